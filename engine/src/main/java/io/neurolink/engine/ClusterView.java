package io.neurolink.engine;

import io.neurolink.engine.cluster.ClusterGroup;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.ClusterConnection;
import io.neurolink.engine.spi.ClusterConnections;
import io.neurolink.engine.spi.ClusterMember;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * The connections of a manager on all nodes of its cluster. Counts are what other nodes told last: they lag behind by a heartbeat interval
 * and the way through the bus, and a node that died is counted until the node timeout has passed. Lists are asked for, and say who has not
 * answered. A server without a cluster is a cluster of one node. Any thread may call any method; none blocks.
 */
public final class ClusterView {
    private static final String ALONE = "local";

    private final WebSocketConnectionManager manager;
    private final AtomicReference<ClusterGroup> group;

    ClusterView(WebSocketConnectionManager manager, AtomicReference<ClusterGroup> group) {
        this.manager = manager;
        this.group = group;
    }

    /** {@return whether this server belongs to a cluster} */
    public boolean isClustered() {
        return group.get() != null;
    }

    /** {@return whether the other nodes can be reached, as far as this one can tell; always where there is no cluster} */
    public boolean isConnected() {
        ClusterGroup present = group.get();
        return present == null || present.isConnected();
    }

    /** {@return name of this node; {@code local} where there is no cluster} */
    public String nodeId() {
        ClusterGroup present = group.get();
        return present == null ? ALONE : present.nodeId();
    }

    /** {@return the nodes there are, with the connections of all their managers: this node first, then the others by name} */
    public List<ClusterMember> members() {
        ClusterGroup present = group.get();
        return present == null ? List.of(new ClusterMember(ALONE, 0, manager.getConnectionCount(), 0, true)) : present.members();
    }

    /** {@return how many connections there are on all nodes} */
    public long getConnectionCount() {
        ClusterGroup present = group.get();
        return manager.getConnectionCount() + (present == null ? 0L : present.connectionsElsewhere());
    }

    /**
     * {@return completes with the connections that belong to the user, when all nodes have answered or the answer timeout has passed}
     *
     * @param userId id of a user.
     */
    public CompletableFuture<ClusterConnections> getConnectionsByUser(String userId) {
        ClusterGroup present = group.get();
        return withOwn(manager.getConnectionsByUser(userId), present == null ? null : () -> present.askForUser(userId));
    }

    /**
     * {@return completes with the connections of that path, at most 10,000 of each other node, when all nodes have answered or the answer
     * timeout has passed}
     *
     * @param path path of upgrade requests.
     */
    public CompletableFuture<ClusterConnections> getConnectionsByPath(String path) {
        ClusterGroup present = group.get();
        return withOwn(manager.getConnectionsByPath(path), present == null ? null : () -> present.askForPath(path));
    }

    private CompletableFuture<ClusterConnections> withOwn(
            List<WebSocketConnection> own, Supplier<CompletableFuture<ClusterConnections>> others) {
        List<ClusterConnection> all = new ArrayList<>();
        for (WebSocketConnection connection : own) {
            AuthenticatedUser user = connection.user();
            all.add(new ClusterConnection(
                    nodeId(), connection.id(), user == null ? null : user.id(), connection.path(), connection.createdAt()));
        }
        if (others == null) {
            return CompletableFuture.completedFuture(new ClusterConnections(all, all.size(), Set.of()));
        }
        return others.get().thenApply(theirs -> {
            all.addAll(theirs.connections());
            return new ClusterConnections(all, own.size() + theirs.total(), theirs.silentNodes());
        });
    }

    /**
     * Closes a connection on whichever node it is.
     *
     * @param id     id of the connection.
     * @param code   close code.
     * @param reason close reason.
     * @return completes when a connection of this node is gone, or when another node has begun to close its own; fails with {@link
     *         WebSocketConnectionError} if no node has it.
     * @throws IllegalArgumentException if code or reason cannot be sent.
     */
    public CompletableFuture<Void> close(String id, int code, String reason) {
        CompletableFuture<Void> here = manager.close(id, code, reason);
        ClusterGroup present = group.get();
        if (present == null || !here.isCompletedExceptionally()) {
            return here;
        }
        return present.askToClose(id, code, reason).thenCompose(answer -> afterClose(id, answer)).toCompletableFuture();
    }

    private static CompletionStage<Void> afterClose(String id, ClusterConnections answer) {
        if (answer.total() > 0) {
            return CompletableFuture.completedFuture(null);
        }
        String silent = answer.silentNodes().isEmpty() ? "" : "; no answer from " + String.join(", ", answer.silentNodes());
        return CompletableFuture.failedFuture(new WebSocketConnectionError("Connection not found: " + id + silent, id));
    }
}

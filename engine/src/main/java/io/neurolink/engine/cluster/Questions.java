package io.neurolink.engine.cluster;

import io.neurolink.engine.cluster.Frame.Type;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.ClusterConnection;
import io.neurolink.engine.spi.ClusterConnections;
import io.neurolink.engine.spi.WebSocketConnection;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** What is asked of all nodes, and who has not answered yet. The cluster's thread. */
final class Questions {
    private static final int MAX_OPEN = 1024;
    private static final int MAX_NAMED = 10_000;
    private static final Kind[] KINDS = Kind.values();

    private final Map<Long, Open> open = new HashMap<>();
    private final Sender sender;
    private final long timeoutNs;
    private final Executor executor;
    private long lastId;

    /** What is asked for. */
    enum Kind { USER, PATH, CLOSE }

    /**
     * A question.
     *
     * @param kind   what is asked for
     * @param group  of connections of which group
     * @param key    user, path, or id of a connection
     * @param code   close code
     * @param reason close reason, or null
     */
    record Question(Kind kind, String group, String key, int code, String reason) {
        BodyWriter encode(BodyWriter body, long id) {
            return body.putLong(id).putByte(kind.ordinal()).putText(group).putText(key).putInt(code).putText(reason);
        }

        static Question decode(ByteBuffer body) {
            int kind = body.get();
            if (kind < 0 || kind >= KINDS.length) {
                throw new IllegalArgumentException("no question");
            }
            return new Question(KINDS[kind], BodyWriter.getName(body), BodyWriter.getName(body), body.getInt(), BodyWriter.getText(body));
        }
    }

    private static final class Open {
        private final CompletableFuture<ClusterConnections> future;
        private final Set<String> waitedFor;
        private final List<ClusterConnection> connections = new ArrayList<>();
        private final long deadlineNs;
        private final boolean endsWithTheFirst;
        private long total;

        Open(CompletableFuture<ClusterConnections> future, Set<String> waitedFor, boolean endsWithTheFirst, long deadlineNs) {
            this.future = future;
            this.waitedFor = new HashSet<>(waitedFor);
            this.endsWithTheFirst = endsWithTheFirst;
            this.deadlineNs = deadlineNs;
        }

        boolean isAnswered() {
            return waitedFor.isEmpty() || endsWithTheFirst && total > 0;
        }

        ClusterConnections result() {
            return new ClusterConnections(connections, total, waitedFor);
        }
    }

    Questions(Sender sender, long timeoutNs, Executor executor) {
        this.sender = sender;
        this.timeoutNs = timeoutNs;
        this.executor = executor;
    }

    void ask(Question question, Set<String> nodes, CompletableFuture<ClusterConnections> future, long nowNs) {
        if (open.size() >= MAX_OPEN) {
            future.completeExceptionally(new IllegalStateException(
                    MAX_OPEN + " questions to the cluster are open: ask again when some of them are answered"));
            return;
        }
        long id = ++lastId;
        Open entry = new Open(future, nodes, question.kind() == Kind.CLOSE, nowNs + timeoutNs);
        if (entry.isAnswered() || !sender.sendControl(Subjects.NODES, Type.QUESTION, question.encode(sender.body(), id))) {
            complete(entry);
        } else {
            open.put(id, entry);
        }
    }

    /** What follows may be anything, and is not for the cluster's thread. */
    private void complete(Open entry) {
        ClusterConnections result = entry.result();
        try {
            executor.execute(() -> entry.future.complete(result));
        } catch (RejectedExecutionException nobodyElseHasTime) {
            entry.future.complete(result);
        }
    }

    /** Another node asks. */
    void answer(Frame from, ByteBuffer body, Map<String, ClusterGroup> groups) {
        long id = body.getLong();
        Question question = Question.decode(body);
        ClusterGroup group = groups.get(question.group());
        List<WebSocketConnection> found = group == null ? List.of() : find(question, group.local());
        int named = Math.min(found.size(), MAX_NAMED);
        BodyWriter answer = sender.body().putLong(id).putLong(found.size()).putInt(named);
        for (WebSocketConnection connection : found.subList(0, named)) {
            AuthenticatedUser user = connection.user();
            answer.putText(connection.id()).putText(user == null ? null : user.id()).putText(connection.path())
                    .putLong(connection.createdAt());
        }
        sender.sendControl(Subjects.node(from.nodeId()), Type.ANSWER, answer);
    }

    private static List<WebSocketConnection> find(Question question, LocalGroup local) {
        return switch (question.kind()) {
            case USER -> local.ofUser(question.key());
            case PATH -> local.ofPath(question.key());
            case CLOSE -> {
                WebSocketConnection connection = local.find(question.key());
                if (connection == null) {
                    yield List.of();
                }
                connection.close(question.code(), question.reason());
                yield List.of(connection);
            }
        };
    }

    /** Another node has answered. */
    void onAnswer(Frame from, ByteBuffer body) {
        long id = body.getLong();
        Open entry = open.get(id);
        if (entry == null || !entry.waitedFor.remove(from.nodeId())) {
            return;
        }
        entry.total += body.getLong();
        for (int count = body.getInt(); count > 0; count--) {
            entry.connections.add(new ClusterConnection(
                    from.nodeId(), BodyWriter.getName(body), BodyWriter.getText(body), BodyWriter.getName(body), body.getLong()));
        }
        if (entry.isAnswered()) {
            open.remove(id);
            complete(entry);
        }
    }

    /** Who waits too long gets what has come. */
    void expire(long nowNs) {
        for (Iterator<Open> entries = open.values().iterator(); entries.hasNext();) {
            Open entry = entries.next();
            if (entry.deadlineNs - nowNs <= 0) {
                entries.remove();
                complete(entry);
            }
        }
    }

    /** Nobody will answer any more. */
    void close() {
        open.values().forEach(this::complete);
        open.clear();
    }
}

package io.neurolink.engine.cluster;

import io.neurolink.engine.cluster.Questions.Kind;
import io.neurolink.engine.cluster.Questions.Question;
import io.neurolink.engine.spi.ClusterConnections;
import io.neurolink.engine.spi.ClusterMember;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The connections of one manager on all nodes: what the manager tells the cluster. Managers of different nodes belong together if their
 * groups have the same name. Any thread may call any method; none blocks.
 */
public final class ClusterGroup {
    private final ClusterNode node;
    private final String name;
    private final LocalGroup local;

    /** Null if nobody asks for them. */
    private final UserCounts users;

    ClusterGroup(ClusterNode node, String name, LocalGroup local, boolean countsUsers) {
        this.node = node;
        this.name = name;
        this.local = local;
        this.users = countsUsers ? new UserCounts(name, local) : null;
    }

    /** {@return name of the group} */
    public String name() {
        return name;
    }

    LocalGroup local() {
        return local;
    }

    UserCounts users() {
        return users;
    }

    // ------------------------------------------------------------------ messages

    /**
     * Sends a message to the other nodes, in order with what the calling thread has published before.
     *
     * @param message the message; its payload is copied.
     * @return false if it was dropped, which is counted.
     */
    public boolean publish(GroupMessage message) {
        return node.publish(message);
    }

    /**
     * Somebody on this node has subscribed to a topic, as the first of an event loop.
     *
     * @param topic the topic.
     */
    public void topicAdded(String topic) {
        node.add(Subjects.topic(name, topic));
    }

    /**
     * The last subscriber of an event loop has gone.
     *
     * @param topic the topic.
     */
    public void topicRemoved(String topic) {
        node.remove(Subjects.topic(name, topic));
    }

    /**
     * A connection belongs to a user from now on.
     *
     * @param userId the user.
     */
    public void userAdded(String userId) {
        node.add(Subjects.user(name, userId));
    }

    /**
     * A connection of a user has gone.
     *
     * @param userId the user.
     */
    public void userRemoved(String userId) {
        node.remove(Subjects.user(name, userId));
    }

    /**
     * The number of a user's admitted connections has changed.
     *
     * @param userId the user.
     */
    public void userCountChanged(String userId) {
        if (users != null) {
            users.mark(userId);
        }
    }

    /**
     * {@return how many connections the user has on other nodes, as far as they have told}
     *
     * @param userId the user.
     */
    public int countElsewhere(String userId) {
        return users == null ? 0 : users.elsewhere(userId);
    }

    // ------------------------------------------------------------------ looking around

    /** {@return how many connections other nodes have, as far as they have told} */
    public int connectionsElsewhere() {
        return node.connectionsElsewhere(name);
    }

    /** {@return name of this node} */
    public String nodeId() {
        return node.nodeId();
    }

    /** {@return whether the bus can be reached} */
    public boolean isConnected() {
        return node.isConnected();
    }

    /** {@return this node first, and the others by name} */
    public List<ClusterMember> members() {
        return node.members();
    }

    /**
     * Asks the other nodes for the connections of a user.
     *
     * @param userId the user.
     * @return completes on a thread for what may block,, with what has come when the answer timeout has passed.
     */
    public CompletableFuture<ClusterConnections> askForUser(String userId) {
        return node.ask(new Question(Kind.USER, name, userId, 0, null));
    }

    /**
     * Asks the other nodes for the connections of a path.
     *
     * @param path the path.
     * @return completes on a thread for what may block,, with what has come when the answer timeout has passed.
     */
    public CompletableFuture<ClusterConnections> askForPath(String path) {
        return node.ask(new Question(Kind.PATH, name, path, 0, null));
    }

    /**
     * Asks the other nodes to close a connection.
     *
     * @param id     of the connection.
     * @param code   close code.
     * @param reason close reason.
     * @return completes on a thread for what may block, with the connection that its node has begun to close, or without.
     */
    public CompletableFuture<ClusterConnections> askToClose(String id, int code, String reason) {
        return node.ask(new Question(Kind.CLOSE, name, id, code, reason));
    }
}

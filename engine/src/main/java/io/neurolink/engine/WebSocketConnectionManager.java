package io.neurolink.engine;

import io.neurolink.engine.cluster.ClusterGroup;
import io.neurolink.engine.cluster.ClusterNode;
import io.neurolink.engine.cluster.GroupMessage.Target;
import io.neurolink.engine.loop.CloseFrames;
import io.neurolink.engine.spi.ConnectionFilter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandler;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * The connections of one or several paths that share a configuration: who handles them, who they are, and how to reach them one by one,
 * all at once, or by
 * topic. Any thread may call any method; none blocks. Give it to {@link NeuroLinkServer.Builder#webSocket}; several managers may share a
 * server.
 */
public final class WebSocketConnectionManager {
    private final WebSocketConfig config;
    private final ManagerEndpoint endpoint;
    private final AtomicReference<Engine> engine = new AtomicReference<>();
    private final AtomicReference<ClusterGroup> cluster = new AtomicReference<>();
    private final Publications publications;

    /** A manager with the default configuration. */
    public WebSocketConnectionManager() {
        this(WebSocketConfig.defaults());
    }

    /**
     * A manager without handlers, to be served by one server.
     *
     * @param config its configuration.
     */
    public WebSocketConnectionManager(WebSocketConfig config) {
        this.config = Objects.requireNonNull(config, "config");
        this.endpoint = new ManagerEndpoint(config, cluster);
        this.publications = new Publications(config, endpoint, engine, cluster);
    }

    /** {@return the configuration} */
    public WebSocketConfig config() {
        return config;
    }

    /**
     * Registers the handler of the configured path.
     *
     * @param handler handles its connections.
     * @return this.
     * @throws IllegalStateException if the path has a handler already.
     */
    public WebSocketConnectionManager registerHandler(WebSocketHandler handler) {
        return registerHandler(config.path(), handler);
    }

    /**
     * Registers the handler of a path.
     *
     * @param path    a path starting with a slash; with {@code /*} at its end, everything below it that has no handler of its own.
     * @param handler handles its connections.
     * @return this.
     * @throws IllegalArgumentException if the path does not start with a slash.
     * @throws IllegalStateException    if the path has a handler already.
     */
    public WebSocketConnectionManager registerHandler(String path, WebSocketHandler handler) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path must start with '/', not '" + path + "'");
        }
        endpoint.register(path, Objects.requireNonNull(handler, "handler"));
        return this;
    }

    // ------------------------------------------------------------------ looking up

    /**
     * {@return the connection, if it is there}
     *
     * @param id id of a connection.
     */
    public Optional<WebSocketConnection> getConnection(String id) {
        return Optional.ofNullable(endpoint.find(id));
    }

    /** {@return all connections, as a copy} */
    public List<WebSocketConnection> getAllConnections() {
        return endpoint.all();
    }

    /**
     * {@return the connections that belong to the user, oldest first, as a copy}
     *
     * @param userId id of a user.
     */
    public List<WebSocketConnection> getConnectionsByUser(String userId) {
        return endpoint.ofUser(userId);
    }

    /**
     * {@return the connections of that path, oldest first, as a copy}
     *
     * @param path path of the upgrade request.
     */
    public List<WebSocketConnection> getConnectionsByPath(String path) {
        return endpoint.ofPath(path);
    }

    /** {@return how many connections there are} */
    public int getConnectionCount() {
        return endpoint.count();
    }

    // ------------------------------------------------------------------ one connection

    /**
     * Sends a text message.
     *
     * @param id   id of the connection.
     * @param text the whole message.
     * @return what became of it.
     * @throws WebSocketConnectionError if there is no such connection.
     */
    public SendResult send(String id, String text) {
        return require(id).send(text);
    }

    /**
     * Sends a binary message.
     *
     * @param id    id of the connection.
     * @param bytes the whole message.
     * @return what became of it.
     * @throws WebSocketConnectionError if there is no such connection.
     */
    public SendResult send(String id, byte[] bytes) {
        return require(id).send(bytes);
    }

    /**
     * Sends a binary message.
     *
     * @param id    id of the connection.
     * @param bytes the bytes between position and limit, which both stay as they are.
     * @return what became of it.
     * @throws WebSocketConnectionError if there is no such connection.
     */
    public SendResult send(String id, ByteBuffer bytes) {
        return require(id).send(bytes);
    }

    private WebSocketConnection require(String id) {
        WebSocketConnection connection = endpoint.find(id);
        if (connection == null) {
            throw notFound(id);
        }
        return connection;
    }

    private static WebSocketConnectionError notFound(String id) {
        return new WebSocketConnectionError("Connection not found: " + id, id);
    }

    /**
     * Closes a connection; see {@link WebSocketConnection#close(int, String)}.
     *
     * @param id     id of the connection.
     * @param code   close code.
     * @param reason close reason.
     * @return completes when the connection is gone; fails with {@link WebSocketConnectionError} if there is none.
     * @throws IllegalArgumentException if code or reason cannot be sent.
     */
    public CompletableFuture<Void> close(String id, int code, String reason) {
        CloseFrames.requireSendable(code, reason);
        WebSocketConnection connection = endpoint.find(id);
        return connection == null ? CompletableFuture.failedFuture(notFound(id)) : connection.close(code, reason).toCompletableFuture();
    }

    /**
     * Closes all connections.
     *
     * @param code   close code.
     * @param reason close reason.
     * @return completes when they are gone.
     * @throws IllegalArgumentException if code or reason cannot be sent.
     */
    public CompletableFuture<Void> closeAll(int code, String reason) {
        CloseFrames.requireSendable(code, reason);
        return CompletableFuture.allOf(
                endpoint.all().stream().map(connection -> connection.close(code, reason)).toArray(CompletableFuture[]::new));
    }

    // ------------------------------------------------------------------ many connections

    /**
     * Sends a text message to all connections, of all nodes where the server belongs to a cluster.
     *
     * @param text the whole message; encoded once.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it. Other nodes are not waited for; what
     *         cannot be sent to them is counted.
     */
    public SendResult broadcast(String text) {
        return broadcast(text, null);
    }

    /**
     * Sends a text message to some connections: of all nodes if the filter is null or a {@link ConnectionFilter}, which can travel; of
     * this node alone if it is anything else, since code cannot.
     *
     * @param text   the whole message; encoded once.
     * @param filter says who gets it; called on the event loops, must not block; null = everybody.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult broadcast(String text, Predicate<WebSocketConnection> filter) {
        return publications.send(Target.ALL, null, filter, text);
    }

    /**
     * Sends a binary message to all connections, of all nodes where the server belongs to a cluster.
     *
     * @param bytes the bytes between position and limit, which both stay as they are; copied once.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult broadcast(ByteBuffer bytes) {
        return broadcast(bytes, null);
    }

    /**
     * Sends a binary message to some connections: of all nodes if the filter is null or a {@link ConnectionFilter}, which can travel; of
     * this node alone if it is anything else, since code cannot.
     *
     * @param bytes  the bytes between position and limit, which both stay as they are; copied once.
     * @param filter says who gets it; called on the event loops, must not block; null = everybody.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult broadcast(ByteBuffer bytes, Predicate<WebSocketConnection> filter) {
        return publications.send(Target.ALL, null, filter, bytes);
    }

    /**
     * Sends a text message to the subscribers of a topic, of all nodes where the server belongs to a cluster.
     *
     * @param topic the topic.
     * @param text  the whole message; encoded once.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult publish(String topic, String text) {
        return publications.send(Target.TOPIC, topic, null, text);
    }

    /**
     * Sends a binary message to the subscribers of a topic, of all nodes where the server belongs to a cluster.
     *
     * @param topic the topic.
     * @param bytes the bytes between position and limit, which both stay as they are; copied once.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult publish(String topic, ByteBuffer bytes) {
        return publications.send(Target.TOPIC, topic, null, bytes);
    }

    /**
     * Sends a text message to all connections of a user, of all nodes where the server belongs to a cluster.
     *
     * @param userId id of the user.
     * @param text   the whole message; encoded once.
     * @return {@link SendResult#ACCEPTED}, also if there is no such connection, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult sendToUser(String userId, String text) {
        return publications.send(Target.USER, userId, null, text);
    }

    /**
     * Sends a binary message to all connections of a user, of all nodes where the server belongs to a cluster.
     *
     * @param userId id of the user.
     * @param bytes  the bytes between position and limit, which both stay as they are; copied once.
     * @return {@link SendResult#ACCEPTED}, also if there is no such connection, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult sendToUser(String userId, ByteBuffer bytes) {
        return publications.send(Target.USER, userId, null, bytes);
    }

    /** {@return the connections of this manager on all nodes; without a cluster those of this server} */
    public ClusterView cluster() {
        return new ClusterView(this, cluster);
    }

    // ------------------------------------------------------------------ wiring

    ManagerEndpoint endpoint() {
        return endpoint;
    }

    /** Nothing about a manager in use may be changed. */
    void requireUnattached() {
        if (engine.get() != null) {
            throw new IllegalStateException("this WebSocketConnectionManager belongs to a server already");
        }
    }

    /** The server belongs to a cluster. Before it starts. */
    void join(ClusterNode node, String name) {
        cluster.set(node.join(name, publications, config.maxConnectionsPerUser() > 0));
    }

    void attach(Engine newEngine) {
        if (!engine.compareAndSet(null, newEngine)) {
            requireUnattached();
        }
    }
}

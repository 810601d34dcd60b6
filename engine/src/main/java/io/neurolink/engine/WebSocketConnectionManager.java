package io.neurolink.engine;

import io.neurolink.engine.loop.Broadcast;
import io.neurolink.engine.loop.CloseFrames;
import io.neurolink.engine.loop.EndpointDeflate;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.SharedFrame;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.protocol.Opcode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
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
        this.endpoint = new ManagerEndpoint(config);
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
     * Sends a text message to all connections.
     *
     * @param text the whole message; encoded once.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult broadcast(String text) {
        return broadcast(text, null);
    }

    /**
     * Sends a text message to some connections.
     *
     * @param text   the whole message; encoded once.
     * @param filter says who gets it; called on the event loops, must not block; null = everybody.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult broadcast(String text, Predicate<WebSocketConnection> filter) {
        return toAll(null, filter, loops -> SharedFrame.text(text, engine.get().framePool(), loops));
    }

    /**
     * Sends a binary message to all connections.
     *
     * @param bytes the bytes between position and limit, which both stay as they are; copied once.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult broadcast(ByteBuffer bytes) {
        return broadcast(bytes, null);
    }

    /**
     * Sends a binary message to some connections.
     *
     * @param bytes  the bytes between position and limit, which both stay as they are; copied once.
     * @param filter says who gets it; called on the event loops, must not block; null = everybody.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult broadcast(ByteBuffer bytes, Predicate<WebSocketConnection> filter) {
        return toAll(null, filter, loops -> SharedFrame.of(Opcode.BINARY, bytes, engine.get().framePool(), loops));
    }

    /**
     * Sends a text message to the subscribers of a topic.
     *
     * @param topic the topic.
     * @param text  the whole message; encoded once.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult publish(String topic, String text) {
        return toAll(topic, null, loops -> SharedFrame.text(text, engine.get().framePool(), loops));
    }

    /**
     * Sends a binary message to the subscribers of a topic.
     *
     * @param topic the topic.
     * @param bytes the bytes between position and limit, which both stay as they are; copied once.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} and nobody gets it.
     */
    public SendResult publish(String topic, ByteBuffer bytes) {
        return toAll(topic, null, loops -> SharedFrame.of(Opcode.BINARY, bytes, engine.get().framePool(), loops));
    }

    private SendResult toAll(String topic, Predicate<WebSocketConnection> filter, Function<Integer, SharedFrame> encoder) {
        Engine running = engine.get();
        if (running == null || endpoint.count() == 0) {
            return SendResult.ACCEPTED;
        }
        List<EventLoop> loops = running.loops();
        for (EventLoop loop : loops) {
            if (!loop.hasRoom()) {
                running.countBackPressuredBroadcast();
                return SendResult.BACK_PRESSURED;
            }
        }
        SharedFrame frame = encoder.apply(loops.size());
        if (frame.payloadLength() > config.maxBufferedBytes()) {
            loops.forEach(loop -> frame.release());
            throw new IllegalArgumentException(
                    "a message of " + frame.payloadLength() + " bytes cannot be sent: maxBufferedBytes is " + config.maxBufferedBytes());
        }
        running.countBroadcast();
        EndpointDeflate deflate = endpoint.settings().deflate();
        SharedFrame[] deflated =
                deflate == null ? null : deflate.deflate(frame, running.framePool(), loops.size(), running.sharedCounters());
        Broadcast broadcast = new Broadcast(frame, deflated, endpoint, topic, filter);
        for (EventLoop loop : loops) {
            loop.broadcast(broadcast);
        }
        return SendResult.ACCEPTED;
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

    void attach(Engine newEngine) {
        if (!engine.compareAndSet(null, newEngine)) {
            requireUnattached();
        }
    }
}

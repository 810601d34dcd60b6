package io.neurolink.engine.loop;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.EngineCounter;

/**
 * A group of WebSocket connections with one configuration, as the loops see a connection manager. Several loops call it at the same
 * time; nothing here
 * blocks.
 */
public interface Endpoint {
    /**
     * Why a connection was not admitted.
     *
     * @param counter counts this kind of refusal
     * @param message tells the client
     */
    record Refusal(EngineCounter counter, String message) {
    }

    /** @return number of this endpoint among those of the server, from 0. */
    int index();

    /** @return the configuration. */
    EndpointSettings settings();

    /**
     * @param path path of an upgrade request.
     * @return who handles connections of that path, or null if this endpoint does not serve it.
     */
    WebSocketHandler handlerFor(String path);

    /** @return decides who may connect, or null if everybody may, anonymously. */
    Authenticator authenticator();

    /** @return is told of connections and refusals. */
    EngineListener listener();

    /**
     * Counts a connection in.
     *
     * @param user whose connection it will be, or null.
     * @return null if there is room, otherwise why not.
     */
    Refusal admit(AuthenticatedUser user);

    /**
     * Counts a connection out that was admitted and is gone, or was never established.
     *
     * @param user as admitted.
     */
    void withdraw(AuthenticatedUser user);

    /**
     * The connection is established: it can be looked up from now on.
     *
     * @param connection the connection.
     */
    void onOpened(LoopConnection connection);

    /**
     * The connection has authenticated, or renewed its credential.
     *
     * @param connection the connection.
     * @param before     whom it belonged to, or null.
     * @param after      whom it belongs to if this is not refused.
     * @return null, or why not, after which nothing has changed.
     */
    Refusal changeUser(LoopConnection connection, AuthenticatedUser before, AuthenticatedUser after);

    /**
     * Finds what a user with all connections may still send, for one connection more.
     *
     * @param user  the user.
     * @param nowNs the time now.
     * @return the user's buckets; to be given back once.
     */
    RateBuckets acquireRates(AuthenticatedUser user, long nowNs);

    /**
     * A connection of that user does not use the buckets any more.
     *
     * @param user  the user.
     * @param nowNs the time now.
     */
    void releaseRates(AuthenticatedUser user, long nowNs);

    /**
     * The connection is gone: it cannot be looked up any more.
     *
     * @param connection the connection.
     */
    void onClosed(LoopConnection connection);

    /**
     * A topic has its first subscriber on a loop, or lost its last one there.
     *
     * @param topic  the topic.
     * @param isThere whether it has one now.
     */
    default void onTopic(String topic, boolean isThere) {
    }
}

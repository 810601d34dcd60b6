package io.neurolink.engine.spi;

import java.net.SocketAddress;

/**
 * Watches the engine, for metrics and audit. The calls come from event loops where nothing else is said, several at once where there are
 * several loops: they must not block and not throw (what is thrown is counted and dropped). Hot events are not here; they are counters.
 */
public interface EngineListener {
    /**
     * A connection was established.
     *
     * @param connection the connection.
     */
    default void onConnectionOpened(WebSocketConnection connection) {
    }

    /**
     * A connection is gone.
     *
     * @param connection the connection.
     * @param code       the close code its handler was told.
     * @param reason     the reason its handler was told.
     */
    default void onConnectionClosed(WebSocketConnection connection, int code, String reason) {
    }

    /**
     * An upgrade was refused.
     *
     * @param remoteAddress who asked.
     * @param path          the path asked for.
     * @param status        the HTTP status answered.
     * @param message       the sentence in the answer.
     */
    default void onUpgradeRefused(SocketAddress remoteAddress, String path, int status, String message) {
    }

    /**
     * A peer reads too slowly and the slow-consumer policy was applied.
     *
     * @param connection    the connection.
     * @param policy        what was done.
     * @param bufferedBytes bytes waiting for the peer.
     */
    default void onSlowConsumer(WebSocketConnection connection, SlowConsumerPolicy policy, long bufferedBytes) {
    }

    /**
     * A thread of the engine has made no progress for as long as the server's {@code handlerStallThreshold}. Called once per stall, on a
     * thread of its own, while the stall goes on. The listeners of all managers of the server are told.
     *
     * @param stall which thread, for whom it works, and where it is.
     */
    default void onHandlerStalled(HandlerStall stall) {
    }
}

package io.neurolink.engine.client;

import io.neurolink.engine.spi.WebSocketConnection;
import java.time.Duration;

/**
 * Is told where a {@link ReconnectingWebSocket} stands, one call at a time and in order, by threads of the engine, event loops among them:
 * its methods must not block. What they throw is dropped.
 */
public interface ReconnectListener {
    /** Is told nothing. */
    ReconnectListener NONE = new ReconnectListener() {
    };

    /**
     * An attempt begins: options are asked for next.
     *
     * @param attempt 1 for the first since the last good connection.
     */
    default void onConnecting(int attempt) {
    }

    /**
     * It is connected.
     *
     * @param connection which the handler has been, or is being, told of as well.
     */
    default void onOpen(WebSocketConnection connection) {
    }

    /**
     * It is not connected, and waits until it tries again.
     *
     * @param failures failures in a row, at least 1.
     * @param delay    how long it waits.
     * @param cause    why the last connection ended or could not be opened.
     */
    default void onWaiting(int failures, Duration delay, Throwable cause) {
    }

    /**
     * It will not connect again. Nothing follows.
     *
     * @param cause why it gave up; null if it was closed, by either side with 1000.
     */
    default void onEnded(Throwable cause) {
    }
}

package io.neurolink.engine.spi;

/** A connection could not be established, found or kept: too many connections, unknown id, lost line. */
public final class WebSocketConnectionError extends WebSocketError {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the error.
     *
     * @param message      what happened.
     * @param connectionId id of the connection concerned, or null.
     */
    public WebSocketConnectionError(String message, String connectionId) {
        super(message, connectionId);
    }

    /**
     * Creates the error.
     *
     * @param message      what happened.
     * @param connectionId id of the connection concerned, or null.
     * @param cause        why it happened, or null.
     */
    public WebSocketConnectionError(String message, String connectionId, Throwable cause) {
        super(message, connectionId, cause);
    }
}

package io.neurolink.engine.spi;

/** Something went wrong with a WebSocket; names the connection where there is one. */
public class WebSocketError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Of the connection concerned, or null. */
    private final String connectionId;

    /**
     * Creates the error.
     *
     * @param message      what happened.
     * @param connectionId id of the connection concerned, or null.
     */
    public WebSocketError(String message, String connectionId) {
        this(message, connectionId, null);
    }

    /**
     * Creates the error.
     *
     * @param message      what happened.
     * @param connectionId id of the connection concerned, or null.
     * @param cause        why it happened, or null.
     */
    public WebSocketError(String message, String connectionId, Throwable cause) {
        super(message, cause);
        this.connectionId = connectionId;
    }

    /** {@return id of the connection concerned, or null if there is none} */
    public final String connectionId() {
        return connectionId;
    }
}

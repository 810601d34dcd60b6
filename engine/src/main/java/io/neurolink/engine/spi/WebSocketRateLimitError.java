package io.neurolink.engine.spi;

/** A message was not delivered because its peer, or the peer's user, sends too much. */
public final class WebSocketRateLimitError extends WebSocketError {
    private static final long serialVersionUID = 1L;

    /** Milliseconds until such a message would be taken. */
    private final long retryAfterMs;

    /**
     * Creates the error.
     *
     * @param connectionId id of the connection concerned.
     * @param retryAfterMs when such a message would be taken, in milliseconds from now, at least 1.
     */
    public WebSocketRateLimitError(String connectionId, long retryAfterMs) {
        super("rate limited: a message was not delivered, the next may come in " + retryAfterMs + " ms", connectionId);
        this.retryAfterMs = retryAfterMs;
    }

    /** {@return when such a message would have been taken, in milliseconds from then, at least 1} */
    public long retryAfterMs() {
        return retryAfterMs;
    }
}

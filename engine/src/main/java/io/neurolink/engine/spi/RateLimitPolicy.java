package io.neurolink.engine.spi;

/** What happens to a peer that sends more messages or bytes per second than its rate limits allow. */
public enum RateLimitPolicy {
    /** The connection is closed with 1008; the reason begins with {@code rate limited} and names the limit. The default. */
    CLOSE,
    /**
     * The connection is not read until the peer may send again, which slows it down by TCP. Nothing is lost. The message that used up what
     * was there is still delivered.
     */
    PAUSE,
    /** The message goes to {@link WebSocketHandler#onRateLimited} instead of {@code onMessage}, so that the peer can be told. */
    REPORT
}

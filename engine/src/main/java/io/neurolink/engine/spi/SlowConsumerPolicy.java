package io.neurolink.engine.spi;

/** What happens to a peer that reads so slowly that a further message would exceed {@code maxBufferedBytes}. */
public enum SlowConsumerPolicy {
    /** The connection is closed with 1013 (try again later), after which the peer may come back. The default. */
    CLOSE,
    /** The new message is dropped and counted; what is queued stays. */
    DROP_NEWEST,
    /**
     * The oldest whole messages of broadcasts that have not begun to be written are dropped until the new one fits; else the new one is.
     */
    DROP_OLDEST
}

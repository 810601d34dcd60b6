package io.neurolink.engine.duty;

/** What a duty's thread does when a cycle had no work. */
public enum IdleMode {

    /** Never sleeps: the lowest latency, for one processor per thread. */
    BUSY_SPIN,

    /** Goes on for some cycles, then sleeps until it is woken or its next deadline comes. */
    BACKOFF,

    /** Sleeps at once: the least processor time, and a wake-up in front of every message. */
    BLOCKING,

    /** {@link #BUSY_SPIN} where there is room for it, else {@link #BACKOFF}; see {@link #resolve}. */
    AUTO;

    private static final int SPARE_PROCESSORS = 2;

    /**
     * Decides what {@link #AUTO} means; the other modes stay what they are.
     *
     * @param availableProcessors how many processors this process may use.
     * @param spinningThreads     how many threads would spin.
     * @return {@link #BUSY_SPIN} if two processors are left for everybody else, otherwise {@link #BACKOFF}.
     */
    public IdleMode resolve(int availableProcessors, int spinningThreads) {
        if (this != AUTO) {
            return this;
        }
        return availableProcessors >= spinningThreads + SPARE_PROCESSORS ? BUSY_SPIN : BACKOFF;
    }
}

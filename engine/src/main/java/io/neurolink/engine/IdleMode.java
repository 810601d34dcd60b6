package io.neurolink.engine;

/** What event loops and workers do when there is nothing to do. */
public enum IdleMode {
    /** {@link #BUSY_SPIN} where there are at least two processors more than spinning threads, otherwise {@link #BACKOFF}. The default. */
    AUTO,
    /** Look again at once: the lowest latency, at the price of a processor per thread. */
    BUSY_SPIN,
    /** Look again some times, then sleep until there is something to do. */
    BACKOFF,
    /** Sleep at once until there is something to do: the least processor time. */
    BLOCKING;

    /** The same for the threads themselves, with {@link #AUTO} decided. */
    io.neurolink.engine.duty.IdleMode resolve(int threadCount) {
        return io.neurolink.engine.duty.IdleMode.valueOf(name()).resolve(Runtime.getRuntime().availableProcessors(), threadCount);
    }
}

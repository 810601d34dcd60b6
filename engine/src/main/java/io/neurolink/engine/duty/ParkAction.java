package io.neurolink.engine.duty;

/** The way a thread really sleeps, for instance {@code LockSupport::parkNanos}. */
@FunctionalInterface
public interface ParkAction {

    /**
     * Blocks the calling thread until it is woken or the time is over; may return early.
     *
     * @param timeoutNs how long to sleep at most, in nanoseconds, above 0.
     */
    void park(long timeoutNs);
}

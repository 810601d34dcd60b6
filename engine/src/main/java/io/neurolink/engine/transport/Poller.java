package io.neurolink.engine.transport;

import java.io.IOException;

/** Tells transports' owners what is ready. Used by the thread of its event loop, except {@link #wakeUp()}. */
public interface Poller extends AutoCloseable {
    /**
     * Tells the owners of all transports that are ready now.
     *
     * @return how many were ready.
     * @throws IOException if polling itself fails.
     */
    int poll() throws IOException;

    /**
     * Waits until a transport is ready, {@link #wakeUp()} is called, or the time is over; then as {@link #poll()}.
     *
     * @param timeoutMs milliseconds, at least 1.
     * @param onAwake   called when the waiting is over, once, before any owner is told.
     * @return how many were ready.
     * @throws IOException if polling itself fails.
     */
    int await(long timeoutMs, Runnable onAwake) throws IOException;

    /** Ends {@link #await} early, also one that begins after this call. Any thread. */
    void wakeUp();

    /** Closes all transports and listeners. */
    @Override
    void close();
}

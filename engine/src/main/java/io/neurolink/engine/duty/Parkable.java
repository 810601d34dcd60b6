package io.neurolink.engine.duty;

/**
 * A duty that can sleep: an event loop sleeps inside its selector, a worker in {@link java.util.concurrent.locks.LockSupport}.
 * Implementations build both methods on a {@link Parking}.
 */
public interface Parkable {

    /**
     * Sleeps until {@link #wakeUp()}, until the duty's next deadline, or not at all when there is work already. Called on the duty's own
     * thread, after a cycle without work. Returning early is always allowed.
     */
    void park();

    /**
     * Makes a sleeping duty run its next cycle now, and the next {@link #park()} notice work that was handed in before this call. Any
     * thread.
     */
    void wakeUp();
}

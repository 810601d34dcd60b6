package io.neurolink.agent.session;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The one timer of a run. It is armed for the earliest deadline and not touched when deadlines move away, as they do with every event: when
 * it fires, the run finds out what is due and arms it again. Not safe for use by several threads.
 */
final class RunTimer {
    private final ScheduledExecutorService scheduler;
    private final Runnable onFired;
    private ScheduledFuture<?> armed;
    private long armedDeadlineNs;

    RunTimer(ScheduledExecutorService scheduler, Runnable onFired) {
        this.scheduler = scheduler;
        this.onFired = onFired;
    }

    /** Makes sure that the timer fires at the deadline or before. */
    void arm(long deadlineNs, long nowNs) {
        if (armed != null && armedDeadlineNs - deadlineNs <= 0) {
            return;
        }
        disarm();
        armedDeadlineNs = deadlineNs;
        try {
            armed = scheduler.schedule(onFired, Math.max(1, deadlineNs - nowNs), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The timers are stopped because the server is: nothing is due any more.
            armed = null;
        }
    }

    /** The timer has fired. */
    void fired() {
        armed = null;
    }

    void disarm() {
        if (armed != null) {
            armed.cancel(false);
            armed = null;
        }
    }
}

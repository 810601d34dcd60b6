package io.neurolink.agent.langchain4j.http;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * Notices that a provider has been silent for too long while we were waiting for it; time in which we did not ask for more does not count.
 * One timer serves the whole stream: it looks when the limit could have been reached, and sleeps again for what is left.
 */
final class IdleWatch {
    private static final long NOT_WAITING = Long.MIN_VALUE;
    private static final Future<?> STOPPED = CompletableFuture.completedFuture(null);

    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoClock;
    private final long limitNs;
    private final Runnable onSilence;
    private final AtomicLong waitingSinceNs = new AtomicLong(NOT_WAITING);
    private final AtomicReference<Future<?>> timer = new AtomicReference<>();

    /**
     * @param onSilence called by the scheduler's thread, at most once; must not block.
     */
    IdleWatch(ScheduledExecutorService scheduler, LongSupplier nanoClock, long limitNs, Runnable onSilence) {
        this.scheduler = scheduler;
        this.nanoClock = nanoClock;
        this.limitNs = limitNs;
        this.onSilence = onSilence;
    }

    /** It is the provider's turn. */
    void waiting() {
        waitingSinceNs.set(nanoClock.getAsLong());
        if (timer.get() == null) {
            arm(limitNs);
        }
    }

    /** It is our turn. */
    void busy() {
        waitingSinceNs.set(NOT_WAITING);
    }

    /** Nothing is waited for any more. */
    void stop() {
        busy();
        Future<?> current = timer.getAndSet(STOPPED);
        if (current != null) {
            current.cancel(false);
        }
    }

    private void arm(long delayNs) {
        Future<?> before = timer.get();
        if (before == STOPPED) {
            return;
        }
        Future<?> next = scheduler.schedule(this::look, delayNs, TimeUnit.NANOSECONDS);
        if (!timer.compareAndSet(before, next)) {
            next.cancel(false);
        }
    }

    private void look() {
        long since = waitingSinceNs.get();
        long leftNs = since == NOT_WAITING ? limitNs : limitNs - (nanoClock.getAsLong() - since);
        if (leftNs > 0) {
            arm(leftNs);
        } else {
            onSilence.run();
        }
    }
}

package io.neurolink.agent.session;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Has runs send what is new in their logs: after a short while, in which more may come, or at once. It is the timers' thread that builds
 * and sends the records, not the one that brings a token. Any thread.
 */
final class ReplicationPump {
    private static final long LINGER_MS = 20;
    private static final long RETRY_MS = 500;

    private final ScheduledExecutorService scheduler;
    private final long maxInFlightBytes;
    private final ConcurrentLinkedQueue<RunReplicator> queue = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<RunReplicator> hurried = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<RunReplicator> parked = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isArmed = new AtomicBoolean();
    private final AtomicBoolean isHurrying = new AtomicBoolean();
    private final AtomicBoolean isRetryArmed = new AtomicBoolean();
    private final AtomicLong inFlightBytes = new AtomicLong();

    /**
     * @param maxInFlightBytes bytes of records that may be on their way.
     */
    ReplicationPump(ScheduledExecutorService scheduler, long maxInFlightBytes) {
        this.scheduler = scheduler;
        this.maxInFlightBytes = maxInFlightBytes;
    }

    /** A run has something to send. */
    void add(RunReplicator run, boolean isUrgent) {
        if (isUrgent) {
            if (run.isHurried.compareAndSet(false, true)) {
                hurried.add(run);
            }
            if (isHurrying.compareAndSet(false, true)) {
                schedule(this::drainHurried, 0, isHurrying);
            }
        } else {
            if (run.isQueued.compareAndSet(false, true)) {
                queue.add(run);
            }
            if (isArmed.compareAndSet(false, true)) {
                schedule(this::drain, LINGER_MS, isArmed);
            }
        }
    }

    /** A run could not send now. */
    void later(RunReplicator run) {
        parked.add(run);
        if (isRetryArmed.compareAndSet(false, true)) {
            schedule(this::retry, RETRY_MS, isRetryArmed);
        }
    }

    /** Those who could not send try again. */
    void retry() {
        isRetryArmed.set(false);
        for (int count = parked.size(); count > 0; count--) {
            RunReplicator run = parked.poll();
            if (run != null) {
                add(run, true);
            }
        }
    }

    private void drain() {
        isArmed.set(false);
        for (RunReplicator run = queue.poll(); run != null; run = queue.poll()) {
            run.isQueued.set(false);
            run.pump();
        }
    }

    private void drainHurried() {
        isHurrying.set(false);
        for (int count = hurried.size(); count > 0; count--) {
            RunReplicator run = hurried.poll();
            if (run != null) {
                run.isHurried.set(false);
                run.pump();
            }
        }
        if (!hurried.isEmpty() && isHurrying.compareAndSet(false, true)) {
            schedule(this::drainHurried, 0, isHurrying);
        }
    }

    private void schedule(Runnable task, long delayMs, AtomicBoolean flag) {
        try {
            if (delayMs == 0) {
                scheduler.execute(task);
            } else {
                scheduler.schedule(task, delayMs, TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException e) {
            // The timers are stopped because the server is: nothing is sent any more.
            flag.set(false);
        }
    }

    /** @return whether so much more may be on its way; then it is counted until {@link #release}. */
    boolean reserve(int bytes) {
        long before = inFlightBytes.getAndAdd(bytes);
        if (before > 0 && before + bytes > maxInFlightBytes) {
            inFlightBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Something has arrived, or is given up. */
    void release(int bytes) {
        inFlightBytes.addAndGet(-bytes);
    }

    /** @return whether nothing waits to be sent and nothing is on its way. */
    boolean isIdle() {
        return queue.isEmpty() && hurried.isEmpty() && parked.isEmpty() && inFlightBytes.get() == 0;
    }
}

package io.neurolink.agent.support;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/** Time that passes only when a test says so: both clocks, and a scheduler whose tasks run in the thread that moves the time. */
public final class ManualTime extends AbstractExecutorService implements ScheduledExecutorService, NanoClock, EpochClock {
    private static final long EPOCH_MS = 1_706_745_600_000L;

    private final PriorityQueue<Task<?>> tasks =
            new PriorityQueue<>(Comparator.<Task<?>>comparingLong(task -> task.dueNs).thenComparing(task -> task.order));
    private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
    private long nowNs = 1_000_000_000L;
    private long order;

    /** Lets time pass, running what becomes due at its own time. */
    public void advance(Duration duration) {
        long endNs = nowNs + duration.toNanos();
        runReady();
        while (!tasks.isEmpty() && tasks.peek().dueNs <= endNs) {
            Task<?> task = tasks.poll();
            nowNs = Math.max(nowNs, task.dueNs);
            task.run();
            runReady();
        }
        nowNs = endNs;
    }

    /** Runs what was handed over for execution, without letting time pass. */
    public void runReady() {
        Runnable task = ready.poll();
        while (task != null) {
            task.run();
            task = ready.poll();
        }
    }

    /** @return timers that are armed. */
    public long armedCount() {
        return tasks.stream().filter(task -> !task.isCancelled()).count();
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    @Override
    public long time() {
        return EPOCH_MS + TimeUnit.NANOSECONDS.toMillis(nowNs);
    }

    @Override
    public void execute(Runnable command) {
        ready.add(command);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return schedule(() -> {
            command.run();
            return null;
        }, delay, unit);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        Task<V> task = new Task<>(callable, nowNs + unit.toNanos(delay), order++);
        tasks.add(task);
        return task;
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {
        tasks.clear();
    }

    @Override
    public List<Runnable> shutdownNow() {
        tasks.clear();
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return false;
    }

    private final class Task<V> extends FutureTask<V> implements ScheduledFuture<V> {
        private final long dueNs;
        private final long order;

        Task(Callable<V> callable, long dueNs, long order) {
            super(callable);
            this.dueNs = dueNs;
            this.order = order;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNs - nowNs, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            tasks.remove(this);
            return super.cancel(mayInterrupt);
        }
    }
}

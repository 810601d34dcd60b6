package io.neurolink.engine;

import io.neurolink.engine.loop.DrainPlan;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.LoopDrain;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Closes the connections of all loops, each of which does it by itself. */
final class EngineDrain {
    /** For loops that are late, for instance since a handler blocks them, beyond the time in which they should have ended. */
    private static final long SLACK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final List<LoopDrain> drains;
    private final CompletableFuture<Void> done;

    /** Begins. */
    EngineDrain(List<EventLoop> loops, DrainPlan plan) {
        drains = loops.stream().map(loop -> new LoopDrain(loop, plan)).toList();
        done = CompletableFuture.allOf(drains.stream().map(LoopDrain::done).toArray(CompletableFuture[]::new));
        drains.forEach(LoopDrain::start);
        endAfter(plan.timeoutNs() + plan.closeTimeoutNs());
    }

    private void endAfter(long timeNs) {
        done.completeOnTimeout(null, timeNs + SLACK_NS, TimeUnit.NANOSECONDS);
    }

    /** All connections are closed now, and what is left is cut after a time. */
    void hurry(Duration closeTimeout) {
        drains.forEach(drain -> drain.hurry(closeTimeout.toNanos()));
        endAfter(closeTimeout.toNanos());
    }

    boolean isDone() {
        return drains.stream().allMatch(drain -> drain.done().isDone());
    }

    /** Waits for the loops as long as they may take. Those that are late by then cut what they have left before they do anything else. */
    void join() {
        done.join();
        end();
    }

    /** What loops have left is cut now, or when they end, whichever is first. */
    void end() {
        drains.forEach(LoopDrain::end);
    }

    /** @return what became of the connections of those loops that are done; when loops have ended, they are, unless they are stuck. */
    Tallies tallies() {
        return new Tallies(drains.stream().filter(drain -> drain.done().isDone()).map(drain -> drain.done().join()).toList());
    }

    /** What became of the connections of each loop. */
    record Tallies(List<LoopDrain.Tally> each) {
        /** Connections that no loop tells of were cut with their loop. */
        DrainReport report(int connections, long undelivered, Duration duration, boolean isHurried) {
            int left = each.stream().mapToInt(LoopDrain.Tally::left).sum();
            int closed = each.stream().mapToInt(LoopDrain.Tally::closed).sum();
            int cut = each.stream().mapToInt(LoopDrain.Tally::cut).sum();
            int interrupted = each.stream().mapToInt(LoopDrain.Tally::interrupted).sum();
            // Connections that left or were still being admitted while they were counted.
            int all = Math.max(connections, left + closed + cut);
            return new DrainReport(all, left, closed, all - left - closed, interrupted, undelivered, duration, isHurried);
        }
    }
}

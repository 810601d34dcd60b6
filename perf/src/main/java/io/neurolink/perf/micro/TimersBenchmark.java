package io.neurolink.perf.micro;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.agrona.DeadlineTimerWheel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@link Timers}, and Agrona's {@link DeadlineTimerWheel}, which it was chosen over, and the JDK's queue by priority, with a timer per
 * connection.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TimersBenchmark {

    private static final long TICK_NS = Timers.DEFAULT_TICK_NS;
    private static final int TICKS = Timers.DEFAULT_TICKS_PER_WHEEL;
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(30);

    /** A cycle of a spinning loop; so short that no ping comes due within an iteration of a second. */
    private static final long CYCLE_NS = 50;

    @Param({"100", "10000"})
    private int connections;

    /** A deadline in the middle of all others, as that of a ping that is put off. */
    private static final long MIDDLE_NS = INTERVAL_NS * 3 / 2;

    private Timers timers;
    private DeadlineTimerWheel wheel;
    private PriorityQueue<Deadline> queue;
    private long nowNs;
    private long fired;
    private final TimerOwner owner = (timerId, kind, atNs) -> fired++;

    /** A timer as the queue needs it: an object each. */
    private record Deadline(long atNs, long number) implements Comparable<Deadline> {
        @Override
        public int compareTo(Deadline other) {
            return Long.compare(atNs, other.atNs);
        }
    }

    @Setup(Level.Iteration)
    public void armPings() {
        nowNs = 0;
        timers = new Timers(nowNs, TICK_NS, TICKS);
        wheel = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, nowNs, TICK_NS, TICKS);
        queue = new PriorityQueue<>();
        for (int i = 0; i < connections; i++) {
            long deadlineNs = INTERVAL_NS + INTERVAL_NS * i / connections;
            timers.schedule(deadlineNs, owner, 0);
            wheel.scheduleTimer(deadlineNs);
            queue.add(new Deadline(deadlineNs, i));
        }
    }

    private boolean expire(TimeUnit unit, long atNs, long timerId) {
        fired++;
        return true;
    }

    /** A timer that is armed and cancelled before it comes due. */
    @Benchmark
    public boolean armAndCancel() {
        return timers.cancel(timers.schedule(nowNs + MIDDLE_NS, owner, 0));
    }

    @Benchmark
    public boolean armAndCancelAgrona() {
        return wheel.cancelTimer(wheel.scheduleTimer(nowNs + MIDDLE_NS));
    }

    /** Looks for its timer in the heap from one end on. */
    @Benchmark
    public boolean armAndCancelPriorityQueue() {
        Deadline deadline = new Deadline(nowNs + MIDDLE_NS, -1);
        queue.add(deadline);
        return queue.remove(deadline);
    }

    /** A cycle of a spinning loop in which nothing is due. Time goes on, so that now and then a tick has passed. */
    @Benchmark
    public int pollIdle() {
        nowNs += CYCLE_NS;
        return timers.poll(nowNs, 64);
    }

    @Benchmark
    public int pollIdleAgrona() {
        nowNs += CYCLE_NS;
        return wheel.poll(nowNs, this::expire, 64);
    }

    @Benchmark
    public int pollIdlePriorityQueue() {
        nowNs += CYCLE_NS;
        return pollQueue(queue, nowNs);
    }

    private int pollQueue(PriorityQueue<Deadline> from, long atNs) {
        int count = 0;
        for (Deadline next = from.peek(); next != null && next.atNs <= atNs; next = from.peek()) {
            from.poll();
            fired++;
            count++;
        }
        return count;
    }

    /** What a loop asks before it sleeps. */
    @Benchmark
    public long armAndAskForTheNextDeadline() {
        long timerId = timers.schedule(nowNs + MIDDLE_NS, owner, 0);
        long delayNs = timers.delayNs(nowNs);
        timers.cancel(timerId);
        return delayNs;
    }

    /** All connections get the same deadline, as when the server closes all of them, and it comes. The figure is for all. */
    @Benchmark
    public long armAllForOneTickAndFire() {
        Timers fresh = new Timers(0, TICK_NS, TICKS);
        for (int i = 0; i < connections; i++) {
            fresh.schedule(INTERVAL_NS, owner, 0);
        }
        fresh.poll(INTERVAL_NS, Integer.MAX_VALUE);
        return fired;
    }

    @Benchmark
    public long armAllForOneTickAndFireAgrona() {
        DeadlineTimerWheel fresh = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, 0, TICK_NS, TICKS);
        for (int i = 0; i < connections; i++) {
            fresh.scheduleTimer(INTERVAL_NS);
        }
        fresh.currentTickTime(INTERVAL_NS);
        while (fresh.timerCount() > 0) {
            fresh.poll(INTERVAL_NS, this::expire, Integer.MAX_VALUE);
        }
        return fired;
    }

    @Benchmark
    public long armAllForOneTickAndFirePriorityQueue() {
        PriorityQueue<Deadline> fresh = new PriorityQueue<>();
        for (int i = 0; i < connections; i++) {
            fresh.add(new Deadline(INTERVAL_NS, i));
        }
        pollQueue(fresh, INTERVAL_NS);
        return fired;
    }

    /** The loop slept for a minute, and every connection's ping is due. The figure is for all. */
    @Benchmark
    public long catchUpAfterAMinute() {
        Timers fresh = new Timers(0, TICK_NS, TICKS);
        for (int i = 0; i < connections; i++) {
            fresh.schedule(INTERVAL_NS * i / connections, owner, 0);
        }
        fresh.poll(2 * INTERVAL_NS, Integer.MAX_VALUE);
        return fired;
    }

    @Benchmark
    public long catchUpAfterAMinutePriorityQueue() {
        PriorityQueue<Deadline> fresh = new PriorityQueue<>();
        for (int i = 0; i < connections; i++) {
            fresh.add(new Deadline(INTERVAL_NS * i / connections, i));
        }
        pollQueue(fresh, 2 * INTERVAL_NS);
        return fired;
    }
}

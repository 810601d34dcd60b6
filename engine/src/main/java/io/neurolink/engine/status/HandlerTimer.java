package io.neurolink.engine.status;

import org.agrona.concurrent.NanoClock;

/**
 * Times the handlers of one thread. To read the clock twice would cost a small message more than all counters together, so of many messages
 * in one cycle only a sample is timed: the first, and every {@link #INTERVAL}th behind it. A loop with one message per cycle, whose system
 * calls cost a hundred times as much as the clock, times them all. Belongs to that thread.
 */
public final class HandlerTimer {
    /** Of this many messages in a cycle one is timed. */
    public static final int INTERVAL = 16;

    private final CounterSet counters;
    private final NanoClock clock;
    private final int interval;
    private long lastCycle = Long.MIN_VALUE;
    private int untilTimed;

    /**
     * Creates a timer that takes samples.
     *
     * @param counters the thread's own set, for {@link EngineHistogram#HANDLER_TIME}.
     * @param clock    the clock.
     */
    public HandlerTimer(CounterSet counters, NanoClock clock) {
        this(counters, clock, INTERVAL);
    }

    private HandlerTimer(CounterSet counters, NanoClock clock, int interval) {
        this.counters = counters;
        this.clock = clock;
        this.interval = interval;
    }

    /**
     * Creates a timer that times every message, for handlers that run on many threads; any of these may call it.
     *
     * @param counters the set of all threads.
     * @param clock    the clock.
     */
    public static HandlerTimer ofAll(CounterSet counters, NanoClock clock) {
        return new HandlerTimer(counters, clock, 0);
    }

    /**
     * Tells whether the next message is to be timed; called once for each.
     *
     * @param cycle a number that differs from cycle to cycle, for instance its time.
     * @return whether {@link #nanoTime} before and {@link #record} after the handler are wanted.
     */
    public boolean isDue(long cycle) {
        if (interval == 0) {
            return true;
        }
        if (cycle == lastCycle && --untilTimed > 0) {
            return false;
        }
        lastCycle = cycle;
        untilTimed = interval;
        return true;
    }

    /** @return the time now. */
    public long nanoTime() {
        return clock.nanoTime();
    }

    /**
     * A handler has returned.
     *
     * @param startNs when it was called.
     * @return how long it took.
     */
    public long record(long startNs) {
        long durationNs = clock.nanoTime() - startNs;
        counters.record(EngineHistogram.HANDLER_TIME, durationNs);
        return durationNs;
    }
}

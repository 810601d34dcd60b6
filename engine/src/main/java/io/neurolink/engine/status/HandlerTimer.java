package io.neurolink.engine.status;

import org.agrona.concurrent.NanoClock;

/**
 * Times the handlers of one thread. To look at the clock twice costs about as much as an engine's whole own work for a small message, so of
 * many messages only a sample is timed: one if the last one timed was in a cycle at least {@link #PAUSE_NS} ago, and otherwise every
 * {@link #INTERVAL}th. A thread whose messages come one by one with pauses times them all. Belongs to that thread.
 */
public final class HandlerTimer {
    /** After this time the next message is timed, in nanoseconds. */
    public static final long PAUSE_NS = 20_000;

    /** Of this many messages that come sooner one is timed. */
    public static final int INTERVAL = 64;

    private final CounterSet counters;
    private final NanoClock clock;
    private final int interval;
    private long lastNs;
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
     * @param cycleNs the time of the thread's present cycle.
     * @return whether {@link #nanoTime} before and {@link #record} after the handler are wanted.
     */
    public boolean isDue(long cycleNs) {
        if (interval == 0) {
            return true;
        }
        if (--untilTimed > 0 && cycleNs - lastNs < PAUSE_NS) {
            return false;
        }
        lastNs = cycleNs;
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

package io.neurolink.engine.status;

/**
 * Notices duty cycles that take too long: a handler that blocks, a pause of the JVM, a processor that was taken away; and adds up those
 * that had something to do. Belongs to the duty's thread; the results are counters, which any thread may read.
 */
public final class StallTracker {

    private final CounterSet counters;
    private final long thresholdNs;
    private final BusyTime busyTime;
    private long lastNs;
    private long lastCycleNs;
    private boolean isMeasuring;

    /**
     * Creates a tracker; the first measurement only starts the clock.
     *
     * @param counters    the duty's own set, for {@link EngineCounter#STALLS} and {@link EngineCounter#STALL_MAX_NS}.
     * @param thresholdNs longer cycles are stalls, in nanoseconds.
     */
    public StallTracker(CounterSet counters, long thresholdNs) {
        this.counters = counters;
        this.thresholdNs = thresholdNs;
        this.busyTime = new BusyTime(counters);
    }

    /**
     * Called once at the start of every cycle.
     *
     * @param nowNs the time of this cycle.
     * @return true if the cycle before this one was a stall.
     */
    public boolean measureAndUpdate(long nowNs) {
        busyTime.begin(nowNs);
        boolean isStall = false;
        if (isMeasuring) {
            lastCycleNs = nowNs - lastNs;
            counters.max(EngineCounter.STALL_MAX_NS, lastCycleNs);
            isStall = lastCycleNs > thresholdNs;
            if (isStall) {
                counters.increment(EngineCounter.STALLS);
            }
        }
        isMeasuring = true;
        lastNs = nowNs;
        return isStall;
    }

    /**
     * Called at the end of a cycle.
     *
     * @param workCount what it has done; see {@link BusyTime}.
     */
    public void worked(int workCount) {
        busyTime.worked(workCount);
    }

    /**
     * Called when the duty wakes up and works before its next cycle: no cycle, but busy.
     *
     * @param nowNs the time now.
     */
    public void awake(long nowNs) {
        pause();
        busyTime.awake(nowNs);
    }

    /** Called before the duty sleeps: the time until the next measurement is no cycle. */
    public void pause() {
        isMeasuring = false;
    }

    /** How long the cycle took that was measured last, in nanoseconds. */
    public long lastCycleNs() {
        return lastCycleNs;
    }

    /** Longer cycles are stalls, in nanoseconds. */
    public long thresholdNs() {
        return thresholdNs;
    }
}

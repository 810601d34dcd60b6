package io.neurolink.engine.status;

/**
 * Adds up the time of those duty cycles that had something to do, from the one look at the clock that each cycle begins with: a cycle lasts
 * until the next one begins, which after work it does at once. Belongs to the duty's thread; the result is a counter.
 */
public final class BusyTime {
    private final CounterSet counters;
    private long sinceNs;
    private boolean isBusy;

    /**
     * @param counters the duty's own set, for {@link EngineCounter#BUSY_NS}.
     */
    public BusyTime(CounterSet counters) {
        this.counters = counters;
    }

    /**
     * A cycle begins.
     *
     * @param nowNs its time.
     */
    public void begin(long nowNs) {
        if (isBusy) {
            isBusy = false;
            counters.add(EngineCounter.BUSY_NS, nowNs - sinceNs);
        }
        sinceNs = nowNs;
    }

    /**
     * A cycle ends.
     *
     * @param workCount what it has done; if that is something, the time up to the next cycle is busy.
     */
    public void worked(int workCount) {
        isBusy = workCount > 0;
    }

    /**
     * The duty wakes up and works before its next cycle begins: that time is busy, too.
     *
     * @param nowNs the time now.
     */
    public void awake(long nowNs) {
        begin(nowNs);
        isBusy = true;
    }
}

package io.neurolink.engine.status;

import java.util.List;
import java.util.function.ObjLongConsumer;

/**
 * Finds duties that do not come forward: busy for longer than a threshold without any progress, because something blocks their thread. It
 * only looks at what the duties publish anyway, so that it costs them nothing. Belongs to the thread that looks; each stall is told once.
 *
 * @param <D> the kind of duty.
 */
public final class StallWatch<D extends StallWatch.Watched> {
    private final List<Seen<D>> duties;
    private final long thresholdNs;
    private final ObjLongConsumer<D> onStall;
    private long lastNs;

    /** A duty as seen by another thread. */
    public interface Watched {
        /** Whether it is doing something: not asleep, not out of work. */
        boolean isBusy();

        /** A number that changes with all it does. */
        long progress();
    }

    private static final class Seen<D> {
        private final D duty;
        private long progress;
        private long sinceNs;
        private boolean isTold;

        private Seen(D duty) {
            this.duty = duty;
        }
    }

    /**
     * @param duties      who is looked at.
     * @param thresholdNs longest time without progress, in nanoseconds.
     * @param onStall     is told of a duty and for how long it has made no progress, in nanoseconds.
     * @param nowNs       the time now.
     */
    public StallWatch(List<D> duties, long thresholdNs, ObjLongConsumer<D> onStall, long nowNs) {
        this.duties = duties.stream().map(Seen::new).toList();
        this.thresholdNs = thresholdNs;
        this.onStall = onStall;
        this.lastNs = nowNs;
        this.duties.forEach(seen -> lookAnew(seen, nowNs));
    }

    /** How often to look, in nanoseconds. */
    public long intervalNs() {
        return Math.max(1_000_000, thresholdNs / 4);
    }

    /**
     * Looks at everybody.
     *
     * @param nowNs the time now.
     */
    public void check(long nowNs) {
        // Who was not looked at for so long was asleep with everybody else: the whole process stood still.
        boolean wasAsleep = nowNs - lastNs > Math.max(thresholdNs, 2 * intervalNs());
        lastNs = nowNs;
        for (Seen<D> seen : duties) {
            if (wasAsleep || !seen.duty.isBusy() || seen.progress != seen.duty.progress()) {
                lookAnew(seen, nowNs);
            } else if (!seen.isTold && nowNs - seen.sinceNs >= thresholdNs) {
                seen.isTold = true;
                onStall.accept(seen.duty, nowNs - seen.sinceNs);
            }
        }
    }

    private static <D extends Watched> void lookAnew(Seen<D> seen, long nowNs) {
        seen.progress = seen.duty.progress();
        seen.sinceNs = nowNs;
        seen.isTold = false;
    }
}

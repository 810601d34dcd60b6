package io.neurolink.agent.session;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * So many units a minute, as one number: the time at which nothing will be missing any more. A unit takes its part of a minute to come
 * back, so using some moves that time on, and nothing is left when it lies a minute ahead. Any thread; lock-free.
 */
final class MinuteBucket {
    /** How little is left. */
    enum Level {
        /** More than a tenth. */
        FINE,
        /** A tenth or less. */
        LOW,
        /** Nothing. */
        EMPTY
    }

    private static final long MINUTE_NS = TimeUnit.MINUTES.toNanos(1);
    private static final long MAX_DEBT_NS = TimeUnit.HOURS.toNanos(1);

    private final long perMinute;
    private final AtomicLong fullNs;
    private final AtomicInteger toldLevel = new AtomicInteger();

    /**
     * @param perMinute units; 0 = no limit.
     * @param missing   how many are missing now.
     */
    MinuteBucket(long perMinute, double missing, long nowNs) {
        this.perMinute = perMinute;
        this.fullNs = new AtomicLong(nowNs + costNs(missing));
    }

    long perMinute() {
        return perMinute;
    }

    private long costNs(double units) {
        return perMinute == 0 ? 0 : (long) Math.min(MINUTE_NS + MAX_DEBT_NS, units * ((double) MINUTE_NS / perMinute));
    }

    /** @return how long until a unit is left, 0 if there is one. */
    long waitNs(long nowNs) {
        return Math.max(0, missingNs(nowNs) + costNs(1) - MINUTE_NS);
    }

    private long missingNs(long nowNs) {
        return Math.max(0, fullNs.get() - nowNs);
    }

    /** @return whether there was a unit, which is used now. */
    boolean tryUse(long nowNs) {
        long costNs = costNs(1);
        while (true) {
            long seenNs = fullNs.get();
            long missingNs = Math.max(0, seenNs - nowNs) + costNs;
            if (missingNs > MINUTE_NS) {
                return perMinute == 0;
            }
            if (fullNs.compareAndSet(seenNs, nowNs + missingNs)) {
                return true;
            }
        }
    }

    /** Uses units whether they are there or not; an hour is the longest that anybody has to wait. */
    void use(long units, long nowNs) {
        long costNs = costNs(units);
        fullNs.updateAndGet(seenNs -> nowNs + Math.min(MINUTE_NS + MAX_DEBT_NS, Math.max(0, seenNs - nowNs) + costNs));
    }

    /** @return units that are missing, with the part of one that is coming back. */
    double missing(long nowNs) {
        return missingNs(nowNs) * ((double) perMinute / MINUTE_NS);
    }

    /** @return units that are left. */
    long left(long nowNs) {
        return Math.max(0, perMinute - (long) Math.ceil(missing(nowNs)));
    }

    boolean isFull(long nowNs) {
        return missingNs(nowNs) == 0;
    }

    /** @return whether it has become emptier than anybody was told, so that it is to be told now. */
    boolean isNews(long nowNs) {
        int level = level(nowNs).ordinal();
        int told = toldLevel.getAndSet(level);
        return level > told;
    }

    private Level level(long nowNs) {
        return perMinute == 0 ? Level.FINE : waitNs(nowNs) > 0 ? Level.EMPTY : left(nowNs) * 10 <= perMinute ? Level.LOW : Level.FINE;
    }
}

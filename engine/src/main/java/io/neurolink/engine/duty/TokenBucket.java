package io.neurolink.engine.duty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A token bucket as one number: the time at which it will be full again. A token takes {@code 1 / perSecond} to come back, so taking some
 * moves that time on, and the bucket is empty when it lies {@code burst / perSecond} ahead.
 *
 * <pre>
 *            now           full again
 *   ──────────┼────────────────┼───────────┼──▶ time
 *             │◀── taken ─────▶│◀── left ─▶│
 *             │◀──────── burst / perSecond ▶│
 * </pre>
 *
 * Any thread; lock-free. Times are {@link System#nanoTime()} values and compared by difference.
 */
public final class TokenBucket {
    /** The highest rate and burst, per second: 4 Gi. */
    public static final long MAX_RATE = 1L << 32;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final VarHandle FULL_NS;

    static {
        try {
            FULL_NS = MethodHandles.lookup().findVarHandle(TokenBucket.class, "fullNs", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long perSecond;
    private final long burstNs;
    private long fullNs;

    /**
     * A full bucket.
     *
     * @param perSecond tokens that come back per second, 1 to {@link #MAX_RATE}.
     * @param burst     tokens of the full bucket, 1 to {@link #MAX_RATE}.
     * @param nowNs     the time now.
     */
    public TokenBucket(long perSecond, long burst, long nowNs) {
        this.perSecond = requireIn("perSecond", perSecond);
        this.burstNs = durationNs(requireIn("burst", burst), perSecond);
        FULL_NS.setOpaque(this, nowNs);
    }

    private static long requireIn(String name, long value) {
        if (value < 1 || value > MAX_RATE) {
            throw new IllegalArgumentException(name + " must be 1 to " + MAX_RATE + ", not " + value);
        }
        return value;
    }

    /**
     * How long a number of tokens takes to come back.
     *
     * @param tokens    how many, 0 to {@link #MAX_RATE}.
     * @param perSecond tokens per second, 1 to {@link #MAX_RATE}.
     * @return nanoseconds, rounded down.
     */
    public static long durationNs(long tokens, long perSecond) {
        return tokens / perSecond * SECOND_NS + tokens % perSecond * SECOND_NS / perSecond;
    }

    /**
     * Takes tokens if they are there.
     *
     * @param tokens how many.
     * @param nowNs  the time now.
     * @return 0 if they were taken; else how long it takes until they are there, in nanoseconds, and nothing was taken.
     */
    public long tryTake(long tokens, long nowNs) {
        long costNs = durationNs(tokens, perSecond);
        while (true) {
            long seenNs = (long) FULL_NS.getOpaque(this);
            long takenNs = Math.max(0, seenNs - nowNs) + costNs;
            if (takenNs > burstNs) {
                return takenNs - burstNs;
            }
            if (FULL_NS.compareAndSet(this, seenNs, nowNs + takenNs)) {
                return 0;
            }
        }
    }

    /**
     * Takes tokens in any case, also those that are not there.
     *
     * @param tokens how many.
     * @param nowNs  the time now.
     * @return how long it takes until there is a token again, in nanoseconds; 0 if there is one.
     */
    public long take(long tokens, long nowNs) {
        long costNs = durationNs(tokens, perSecond);
        while (true) {
            long seenNs = (long) FULL_NS.getOpaque(this);
            long takenNs = Math.max(0, seenNs - nowNs) + costNs;
            if (FULL_NS.compareAndSet(this, seenNs, nowNs + takenNs)) {
                return Math.max(0, takenNs + durationNs(1, perSecond) - burstNs);
            }
        }
    }

    /**
     * Puts tokens back that were taken a moment ago.
     *
     * @param tokens how many.
     */
    public void giveBack(long tokens) {
        FULL_NS.getAndAdd(this, -durationNs(tokens, perSecond));
    }

    /** Whether nothing is missing. */
    public boolean isFull(long nowNs) {
        return (long) FULL_NS.getOpaque(this) - nowNs <= 0;
    }
}

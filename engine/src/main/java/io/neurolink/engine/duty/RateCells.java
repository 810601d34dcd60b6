package io.neurolink.engine.duty;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Token buckets for very many keys in a fixed piece of memory, for keys that an adversary chooses: no allocation, no lock, a handful of
 * steps per call, and nothing grows. Any thread.
 *
 * <pre>
 *   set of 4 cells, chosen by a keyed hash of the key
 *   cell:  | 24 bits: fingerprint | 40 bits: time in ms at which the bucket is full again |
 * </pre>
 *
 * A bucket that is full says nothing, so its cell is free: what is old needs no sweeping. When all four cells of a set are taken, the one
 * that would be free first gives way: whoever was charged most stays. Two keys are taken for one with a chance of four in 2^24 among keys
 * of one set, and nobody outside knows the hash.
 */
public final class RateCells {
    private static final int WAYS = 4;
    private static final int TIME_BITS = 40;
    private static final long TIME_MASK = (1L << TIME_BITS) - 1;
    private static final long MS_PER_MINUTE = 60_000;

    /** The longest that anybody has to wait, whatever was charged. */
    private static final long MAX_DEBT_MS = 60 * MS_PER_MINUTE;

    private final AtomicLongArray cells;
    private final int setMask;
    private final long seed0 = ThreadLocalRandom.current().nextLong();
    private final long seed1 = ThreadLocalRandom.current().nextLong();
    private final long intervalMs;
    private final long burstMs;

    /**
     * @param capacity  how many keys can be told apart, a power of two from 4.
     * @param perMinute tokens of a full bucket, and how many come back in a minute; 1 to 60,000.
     */
    public RateCells(int capacity, int perMinute) {
        this.cells = new AtomicLongArray(capacity);
        this.setMask = capacity / WAYS - 1;
        this.intervalMs = MS_PER_MINUTE / perMinute;
        this.burstMs = (perMinute - 1) * intervalMs;
    }

    /**
     * Says whether a key has a token, and takes none.
     *
     * @param high  half of the key.
     * @param low   the other half.
     * @param nowMs the time, from any origin, never negative.
     * @return 0 if it has, otherwise how long until it has, in milliseconds.
     */
    public long waitMs(long high, long low, long nowMs) {
        long hash = hash(high, low);
        int first = firstCell(hash);
        long wait = 0;
        for (int i = first; i < first + WAYS; i++) {
            long cell = cells.get(i);
            if (isOf(cell, hash)) {
                wait = Math.max(wait, timeOf(cell) - nowMs - burstMs);
            }
        }
        return wait;
    }

    /**
     * Takes a token of a key, also where there is none: the key owes it then.
     *
     * @param high  half of the key.
     * @param low   the other half.
     * @param nowMs the time, from any origin, never negative.
     */
    public void charge(long high, long low, long nowMs) {
        long hash = hash(high, low);
        int first = firstCell(hash);
        boolean isCharged = false;
        while (!isCharged) {
            int index = cellFor(first, hash, nowMs);
            long cell = cells.get(index);
            long fullMs = isOf(cell, hash) ? Math.max(timeOf(cell), nowMs) : nowMs;
            long chargedMs = Math.min(fullMs + intervalMs, nowMs + burstMs + MAX_DEBT_MS);
            isCharged = cells.compareAndSet(index, cell, hash & ~TIME_MASK | chargedMs & TIME_MASK);
        }
    }

    /** The key's own cell, else one that is free, else the one that is free first. */
    private int cellFor(int first, long hash, long nowMs) {
        int best = first;
        for (int i = first; i < first + WAYS; i++) {
            long cell = cells.get(i);
            if (isOf(cell, hash) && timeOf(cell) > nowMs) {
                return i;
            }
            if (timeOf(cell) < timeOf(cells.get(best))) {
                best = i;
            }
        }
        return best;
    }

    private static boolean isOf(long cell, long hash) {
        return (cell ^ hash) >>> TIME_BITS == 0;
    }

    private static long timeOf(long cell) {
        return cell & TIME_MASK;
    }

    private int firstCell(long hash) {
        return ((int) hash & setMask) * WAYS;
    }

    private long hash(long high, long low) {
        return mix(mix(high ^ seed0) + low ^ seed1);
    }

    /** Every bit of the input changes half of the output's. */
    private static long mix(long value) {
        long mixed = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }
}

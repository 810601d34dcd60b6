package io.neurolink.engine.status;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How much memory an engine may take for what its peers make it keep, and how much it takes. Each loop and worker publishes its part as
 * gauges of its own; they are added up at most once in {@link #INTERVAL_NS}. Any thread.
 *
 * <pre>
 *   0            low mark        high mark        limit
 *   ├───────────────┼────────────────┼──────────────┼────────▶ used
 *   │    NORMAL     │ as before      │    TIGHT     │ EXCEEDED
 * </pre>
 *
 * Above the high mark no new connections are taken, above the limit those that hold the most are closed, both until the low mark is
 * reached.
 */
public final class MemoryBudget {
    /** Time between two additions, in nanoseconds. */
    public static final long INTERVAL_NS = 1_000_000;

    /** The least that can be kept within, in bytes. */
    public static final long MIN_BYTES = 1024 * 1024;

    /** The gauges that make up the memory. */
    public static final List<EngineCounter> PARTS = List.of(EngineCounter.HELD_BYTES, EngineCounter.OUTBOUND_BYTES,
            EngineCounter.BROADCAST_BYTES, EngineCounter.LANE_BYTES, EngineCounter.TLS_HELD_BYTES, EngineCounter.DEFLATE_HELD_BYTES,
            EngineCounter.POOLED_BYTES, EngineCounter.HTTP_HELD_BYTES);

    private static final int HIGH_PERCENT = 85;
    private static final int LOW_PERCENT = 70;

    private final Counters counters;
    private final long limitBytes;
    private final AtomicLong readNs;
    private final AtomicReference<Level> level = new AtomicReference<>(Level.NORMAL);

    /** How things are. */
    public enum Level {
        /** There is enough. */
        NORMAL,
        /** New connections are refused. */
        TIGHT,
        /** And connections are closed. */
        EXCEEDED
    }

    /**
     * @param counters   of the engine.
     * @param limitBytes the budget, at least {@link #MIN_BYTES}.
     * @param nowNs      the time now.
     */
    public MemoryBudget(Counters counters, long limitBytes, long nowNs) {
        if (limitBytes < MIN_BYTES) {
            throw new IllegalArgumentException("memoryBudget must be at least " + MIN_BYTES + " bytes, not " + limitBytes);
        }
        this.counters = counters;
        this.limitBytes = limitBytes;
        this.readNs = new AtomicLong(nowNs);
    }

    /**
     * Half of the heap that the JVM may take ({@link Runtime#maxMemory()}). Unless a flag says otherwise, the JVM allows as much direct
     * memory as heap, so the half serves for both.
     */
    public static long defaultBytes() {
        return Math.max(MIN_BYTES, Runtime.getRuntime().maxMemory() / 2);
    }

    /**
     * Tells how things are, as they were at most {@link #INTERVAL_NS} ago.
     *
     * @param nowNs the time now.
     */
    public Level level(long nowNs) {
        long before = readNs.get();
        if (nowNs - before >= INTERVAL_NS && readNs.compareAndSet(before, nowNs)) {
            level.set(levelOf(usedBytes(), level.get()));
        }
        return level.get();
    }

    /** Once it was entered, a level is left only below the low mark. */
    private Level levelOf(long used, Level before) {
        if (used > limitBytes) {
            return Level.EXCEEDED;
        }
        if (used <= lowBytes()) {
            return Level.NORMAL;
        }
        return used > highBytes() && before == Level.NORMAL ? Level.TIGHT : before;
    }

    private long percent(int percent) {
        return limitBytes / 100 * percent + limitBytes % 100 * percent / 100;
    }

    /** What is taken now, in bytes; added up anew. */
    public long usedBytes() {
        long used = 0;
        for (int i = 0; i < PARTS.size(); i++) {
            used += counters.sum(PARTS.get(i));
        }
        return used;
    }

    /** The budget, in bytes. */
    public long limitBytes() {
        return limitBytes;
    }

    /** Where what began above the high mark or the limit ends, in bytes. */
    public long lowBytes() {
        return percent(LOW_PERCENT);
    }

    /** Above this new connections are refused, in bytes. */
    public long highBytes() {
        return percent(HIGH_PERCENT);
    }
}

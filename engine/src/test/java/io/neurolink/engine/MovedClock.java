package io.neurolink.engine;

import java.time.Duration;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/** Time that passes when a test says so. */
final class MovedClock implements NanoClock, EpochClock {
    static final long START_MS = 1_750_000_000_000L;

    /** Shortly before zero, as the origin of {@link System#nanoTime()} is anywhere. */
    private static final long START_NS = -2_000_000_000L;

    private long nowNs = START_NS;

    void advance(Duration duration) {
        nowNs += duration.toNanos();
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    @Override
    public long time() {
        return START_MS + (nowNs - START_NS) / 1_000_000;
    }
}

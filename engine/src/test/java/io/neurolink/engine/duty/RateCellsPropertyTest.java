package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class RateCellsPropertyTest {
    private static final long MAX_DEBT_MS = 3_600_000;

    /** Beside a plain map that has room for everybody. Nobody owes for longer than an hour. */
    @Property(tries = 200)
    void shouldCountLikeABucketPerKey(@ForAll @IntRange(min = 1, max = 100) int perMinute,
            @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 4_999) Integer> steps) {
        RateCells cells = new RateCells(1024, perMinute);
        long interval = 60_000 / perMinute;
        Map<Integer, Long> fullMs = new HashMap<>();
        long nowMs = 0;
        for (int step : steps) {
            int key = step % 3;
            nowMs += step;
            long before = Math.max(nowMs, fullMs.getOrDefault(key, 0L));
            long burst = (perMinute - 1) * interval;
            assertEquals(Math.max(0, before - nowMs - burst), cells.waitMs(key, 0, nowMs));
            cells.charge(key, 0, nowMs);
            fullMs.put(key, Math.min(before + interval, nowMs + burst + MAX_DEBT_MS));
        }
    }
}

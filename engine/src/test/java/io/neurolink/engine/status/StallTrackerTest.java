package io.neurolink.engine.status;

import static io.neurolink.engine.status.EngineCounter.STALLS;
import static io.neurolink.engine.status.EngineCounter.STALL_MAX_NS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StallTrackerTest {

    private final Counters counters = new Counters();
    private final StallTracker tracker = new StallTracker(counters.newSet("loop-0"), 100);

    @Test
    void shouldCountCyclesAboveTheThreshold() {
        assertFalse(tracker.measureAndUpdate(1_000_000));
        assertFalse(tracker.measureAndUpdate(1_000_100));
        assertTrue(tracker.measureAndUpdate(1_000_201));
        assertTrue(tracker.measureAndUpdate(1_000_501));
        assertFalse(tracker.measureAndUpdate(1_000_502));

        assertEquals(2, counters.sum(STALLS));
        assertEquals(300, counters.sum(STALL_MAX_NS));
        assertEquals(100, tracker.thresholdNs());
    }

    @Test
    void shouldNotTakeSleepForAStall() {
        tracker.measureAndUpdate(0);
        tracker.pause();
        assertFalse(tracker.measureAndUpdate(1_000_000));
        assertFalse(tracker.measureAndUpdate(1_000_050));

        assertEquals(0, counters.sum(STALLS));
        assertEquals(50, counters.sum(STALL_MAX_NS));
    }

    @Test
    void shouldMeasureAcrossAClockThatPassesZero() {
        tracker.measureAndUpdate(-50);
        assertFalse(tracker.measureAndUpdate(50));
        assertEquals(100, counters.sum(STALL_MAX_NS));
    }
}

package io.neurolink.engine.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.metrics.HistogramSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HistogramTest {
    static Stream<Histogram> histograms() {
        return Stream.of(new SingleWriterHistogram(), new SharedHistogram());
    }

    @ParameterizedTest
    @MethodSource("histograms")
    void shouldCountValues(Histogram histogram) {
        histogram.record(0);
        histogram.record(-5);
        histogram.record(100);
        histogram.record(Long.MAX_VALUE / 2);
        HistogramSnapshot snapshot = histogram.snapshot();
        assertEquals(4, snapshot.count());
        assertEquals(2, snapshot.countIn(0));
        assertEquals(1, snapshot.countIn(HistogramSnapshot.indexOf(100)));
        assertEquals(1, snapshot.countIn(HistogramSnapshot.BUCKETS - 1));
        assertEquals(100 + Long.MAX_VALUE / 2, snapshot.sum());
        assertEquals(Long.MAX_VALUE / 2, snapshot.max());
    }

    @Test
    void shouldLoseNothingOfSeveralWriters() throws InterruptedException {
        SharedHistogram histogram = new SharedHistogram();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int value = 0; value < 100_000; value++) {
                    histogram.record(value);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(400_000, histogram.snapshot().count());
        assertEquals(4L * 99_999 * 100_000 / 2, histogram.snapshot().sum());
        assertEquals(99_999, histogram.snapshot().max());
    }

    @Test
    void shouldAddUpTheSetsOfAllWriters() {
        Counters counters = new Counters();
        counters.newSet("a").record(EngineHistogram.HANDLER_TIME, 5);
        counters.newSet("b").record(EngineHistogram.HANDLER_TIME, 50);
        counters.shared().record(EngineHistogram.HANDLER_TIME, 500);
        assertEquals(3, counters.sum(EngineHistogram.HANDLER_TIME).count());
        assertEquals(555, counters.sum(EngineHistogram.HANDLER_TIME).sum());
        assertEquals(0, counters.sum(EngineHistogram.ROUND_TRIP_TIME).count());
    }

    /** A clock that is moved by what is timed. */
    private static final class Clock {
        private long nowNs;
        private int looks;

        long look() {
            looks++;
            return nowNs;
        }
    }

    @Test
    void shouldTimeOneOfManyMessages() {
        Counters counters = new Counters();
        Clock clock = new Clock();
        HandlerTimer timer = new HandlerTimer(counters.newSet("loop"), clock::look);
        List<Integer> timed = new ArrayList<>();
        for (int message = 0; message < 130; message++) {
            if (timer.isDue(1000 + message)) {
                timed.add(message);
            }
        }
        assertEquals(List.of(0, 64, 128), timed);
        assertEquals(0, clock.looks, "to ask costs no look at the clock");
    }

    @Test
    void shouldTimeEachMessageThatComesAfterAPause() {
        Counters counters = new Counters();
        HandlerTimer timer = new HandlerTimer(counters.newSet("loop"), new Clock()::look);
        long cycleNs = Long.MAX_VALUE - HandlerTimer.PAUSE_NS;
        assertTrue(timer.isDue(cycleNs));
        assertFalse(timer.isDue(cycleNs), "the same cycle");
        assertFalse(timer.isDue(cycleNs + HandlerTimer.PAUSE_NS - 1));
        assertTrue(timer.isDue(cycleNs + HandlerTimer.PAUSE_NS));
        assertTrue(timer.isDue(cycleNs + 2 * HandlerTimer.PAUSE_NS), "the clock may overflow");
    }

    @Test
    void shouldRecordHowLongAHandlerTook() {
        Counters counters = new Counters();
        Clock clock = new Clock();
        HandlerTimer timer = HandlerTimer.ofAll(counters.shared(), clock::look);
        assertTrue(timer.isDue(0) && timer.isDue(0), "every message");
        long startNs = timer.nanoTime();
        clock.nowNs += 700;
        assertEquals(700, timer.record(startNs));
        assertEquals(700, counters.sum(EngineHistogram.HANDLER_TIME).sum());
    }

    @Test
    void shouldAddUpOnlyCyclesWithWork() {
        Counters counters = new Counters();
        BusyTime time = new BusyTime(counters.newSet("loop"));
        time.begin(100);
        time.worked(1);
        time.begin(150);
        time.worked(0);
        time.begin(1_000);
        assertEquals(50, counters.sum(EngineCounter.BUSY_NS));
        time.worked(0);
        time.awake(5_000);
        time.begin(5_030);
        assertEquals(80, counters.sum(EngineCounter.BUSY_NS), "what is done between waking up and the next cycle");
        time.worked(0);
        time.begin(9_000);
        assertEquals(80, counters.sum(EngineCounter.BUSY_NS));
    }
}

package io.neurolink.engine.status;

import static io.neurolink.engine.status.EngineCounter.CONNECTIONS_OPEN;
import static io.neurolink.engine.status.EngineCounter.MESSAGES_IN;
import static io.neurolink.engine.status.EngineCounter.MESSAGES_QUEUED;
import static io.neurolink.engine.status.EngineCounter.STALL_MAX_NS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CountersTest {

    private final Counters counters = new Counters();

    @Test
    void shouldAddUpOverAllSets() {
        counters.newSet("loop-0").add(MESSAGES_IN, 5);
        counters.newSet("loop-1").increment(MESSAGES_IN);
        counters.shared().add(MESSAGES_IN, 100);

        assertEquals(106, counters.sum(MESSAGES_IN));
        assertEquals(0, counters.sum(MESSAGES_QUEUED));
        assertEquals(List.of("shared", "loop-0", "loop-1"), counters.sets().stream().map(CounterSet::owner).toList());
    }

    @Test
    void shouldLetGaugesFall() {
        CounterSet one = counters.newSet("loop-0");
        CounterSet two = counters.newSet("loop-1");
        one.increment(CONNECTIONS_OPEN);
        one.increment(CONNECTIONS_OPEN);
        two.decrement(CONNECTIONS_OPEN);
        counters.shared().decrement(CONNECTIONS_OPEN);

        assertEquals(0, counters.sum(CONNECTIONS_OPEN));
        assertEquals(2, one.get(CONNECTIONS_OPEN));
    }

    @Test
    void shouldTakeTheLargestOfMaxima() {
        CounterSet one = counters.newSet("loop-0");
        one.max(STALL_MAX_NS, 7);
        one.max(STALL_MAX_NS, 3);
        counters.newSet("loop-1").max(STALL_MAX_NS, 5);
        assertEquals(7, counters.sum(STALL_MAX_NS));

        counters.shared().max(STALL_MAX_NS, 9);
        counters.shared().max(STALL_MAX_NS, 8);
        assertEquals(9, counters.sum(STALL_MAX_NS));
    }

    @Test
    void shouldKeepEveryCounterToItself() {
        for (CounterSet set : List.of(counters.newSet("loop-0"), counters.shared())) {
            for (EngineCounter counter : EngineCounter.values()) {
                if (counter.kind() == EngineCounter.Kind.MAXIMUM) {
                    set.max(counter, counter.id() + 1);
                } else {
                    set.add(counter, counter.id() + 1);
                }
            }
            for (EngineCounter counter : EngineCounter.values()) {
                assertEquals(counter.id() + 1, set.get(counter), counter.label());
            }
        }
    }

    @Test
    void shouldTakeSnapshotsThatDoNotChange() {
        CounterSet set = counters.newSet("loop-0");
        set.add(MESSAGES_IN, 5);
        set.add(CONNECTIONS_OPEN, 3);
        CountersSnapshot before = counters.snapshot();
        set.add(MESSAGES_IN, 2);
        set.add(CONNECTIONS_OPEN, 1);
        CountersSnapshot after = counters.snapshot();

        assertEquals(5, before.get(MESSAGES_IN));
        assertEquals(2, after.since(before).get(MESSAGES_IN));
        assertEquals(4, after.since(before).get(CONNECTIONS_OPEN), "a gauge is what it is now");
        assertEquals(7, after.get(MESSAGES_IN));
    }

    @Test
    void shouldNameValuesByLabelInOrder() {
        counters.shared().add(MESSAGES_IN, 5);
        Map<String, Long> map = counters.snapshot().toMap();

        assertEquals(5, map.get("messages.in"));
        assertEquals(Arrays.stream(EngineCounter.values()).map(EngineCounter::label).toList(), List.copyOf(map.keySet()));
        assertEquals("{messages.in=5}", counters.snapshot().toString());
    }

    @Test
    void shouldDocumentEveryCounterWithAUniqueLabel() {
        assertEquals(EngineCounter.values().length, Arrays.stream(EngineCounter.values()).map(EngineCounter::label).distinct().count());
        for (EngineCounter counter : EngineCounter.values()) {
            assertTrue(counter.label().matches("[a-z0-9_]+(\\.[a-z0-9_]+)*"), counter.label());
            assertTrue(counter.sentence().endsWith(".") && counter.sentence().length() > 10, counter.label());
        }
    }

    @Test
    @Timeout(60)
    void shouldLoseNothingThatManyThreadsCount() throws InterruptedException {
        int threads = 4;
        int times = 50_000;
        Thread[] writers = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            CounterSet own = counters.newSet("loop-" + t);
            writers[t] = new Thread(() -> {
                for (int i = 0; i < times; i++) {
                    own.increment(MESSAGES_IN);
                    counters.shared().increment(MESSAGES_IN);
                }
            });
            writers[t].start();
        }
        long last = 0;
        while (Arrays.stream(writers).anyMatch(Thread::isAlive)) {
            long sum = counters.sum(MESSAGES_IN);
            assertTrue(sum >= last, "a counter only grows");
            last = sum;
        }
        for (Thread writer : writers) {
            writer.join();
        }
        assertEquals(2L * threads * times, counters.sum(MESSAGES_IN));
    }
}

package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HeadcountTest {
    private static final int LIMIT = 200;

    private final Headcount<String> counts = new Headcount<>();

    @Test
    void shouldStopAtTheLimit() {
        for (int i = 0; i < LIMIT; i++) {
            assertTrue(counts.tryEnter("a", LIMIT), "number " + i);
        }
        assertFalse(counts.tryEnter("a", LIMIT));
        assertTrue(counts.tryEnter("b", LIMIT));
        counts.leave("a");
        assertTrue(counts.tryEnter("a", LIMIT));
        assertFalse(counts.tryEnter("a", LIMIT));
        assertEquals(LIMIT, counts.of("a"));
    }

    @Test
    void shouldForgetWhomNobodyIsLeftOf() {
        counts.tryEnter("a", 2);
        counts.tryEnter("a", 2);
        counts.tryEnter("b", 2);
        assertEquals(2, counts.kinds());
        counts.leave("a");
        counts.leave("b");
        assertEquals(1, counts.kinds());
        counts.leave("a");
        assertEquals(0, counts.kinds());
        counts.leave("a");
        assertEquals(0, counts.of("a"));
    }

    /** Those that leave while others are refused must not be forgotten: as many are in as may be, at every moment at most. */
    @Test
    void shouldHoldTheLimitWhileManyComeAndGo() throws InterruptedException, ExecutionException {
        int threads = 4;
        AtomicInteger inside = new AtomicInteger();
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(executor.submit(() -> {
                start.await();
                for (int round = 0; round < 20_000; round++) {
                    if (counts.tryEnter("a", 2)) {
                        assertTrue(inside.incrementAndGet() <= 2);
                        inside.decrementAndGet();
                        counts.leave("a");
                    }
                }
                return null;
            }));
        }
        executor.shutdown();
        assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
        for (Future<?> one : all) {
            one.get();
        }
        assertEquals(0, counts.kinds());
    }
}

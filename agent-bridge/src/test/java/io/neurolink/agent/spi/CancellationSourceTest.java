package io.neurolink.agent.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancellationSourceTest {
    private final CancellationSource source = new CancellationSource();
    private final List<String> calls = new ArrayList<>();

    @Test
    void shouldRunTheLatestActionFirstAndEachOnce() {
        source.onCancel(() -> calls.add("a"));
        source.onCancel(() -> calls.add("b"));
        assertFalse(source.isCancelled());
        assertTrue(source.cancel());
        assertFalse(source.cancel());
        assertTrue(source.isCancelled());
        assertEquals(List.of("b", "a"), calls);
    }

    @Test
    void shouldRunAnActionAtOnceThatComesLate() {
        source.cancel();
        source.onCancel(() -> calls.add("late"));
        assertEquals(List.of("late"), calls);
    }

    @Test
    void shouldRunAllActionsAlsoIfSomeThrow() {
        source.onCancel(() -> calls.add("last"));
        source.onCancel(() -> {
            throw new IllegalStateException("second");
        });
        source.onCancel(() -> {
            throw new IllegalStateException("first");
        });
        IllegalStateException error = assertThrows(IllegalStateException.class, source::cancel);
        assertEquals("first", error.getMessage());
        assertEquals("second", error.getSuppressed()[0].getMessage());
        assertEquals(List.of("last"), calls);
    }

    @Test
    void shouldRunEveryActionExactlyOnceWhenAddedWhileCancelling() throws InterruptedException {
        for (int round = 0; round < 500; round++) {
            CancellationSource racing = new CancellationSource();
            AtomicInteger runs = new AtomicInteger();
            CountDownLatch start = new CountDownLatch(1);
            Thread adder = new Thread(() -> {
                awaitQuietly(start);
                for (int i = 0; i < 10; i++) {
                    racing.onCancel(runs::incrementAndGet);
                }
            });
            adder.start();
            start.countDown();
            racing.cancel();
            adder.join();
            assertEquals(10, runs.get());
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

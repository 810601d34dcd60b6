package io.neurolink.engine.socket.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** What went wrong, the first ones in words. Any thread. */
final class Faults {
    private static final int KEPT = 10;

    private final Queue<String> kept = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    void add(String fault) {
        if (count.getAndIncrement() < KEPT) {
            kept.add(fault);
        }
    }

    int count() {
        return count.get();
    }

    void assertNone() {
        assertEquals(List.of(), List.copyOf(kept), () -> count + " faults");
    }
}

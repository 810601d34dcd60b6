package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CommandQueueTest {

    private final AtomicInteger wakeUps = new AtomicInteger();
    private final Parking parking = new Parking(wakeUps::incrementAndGet);
    private final CommandQueue queue = new CommandQueue(4, parking);
    private final List<Object> drained = new ArrayList<>();

    @Test
    void shouldHandCommandsOverInOrder() {
        assertTrue(queue.offer("a"));
        assertTrue(queue.offer("b"));
        assertTrue(queue.offer("c"));

        assertEquals(3, queue.size());
        assertEquals(2, queue.drain(drained::add, 2));
        assertEquals(1, queue.drain(drained::add, 2));
        assertEquals(0, queue.drain(drained::add, 2));
        assertEquals(List.of("a", "b", "c"), drained);
        assertTrue(queue.isEmpty());
    }

    @Test
    void shouldRefuseAndCountWhenFull() {
        for (int i = 0; i < queue.capacity(); i++) {
            assertTrue(queue.offer(i));
        }
        assertFalse(queue.offer("one too many"));
        assertFalse(queue.offer("two too many"));

        assertEquals(2, queue.refusedCount());
        queue.drain(drained::add, 1);
        assertTrue(queue.offer("fits again"));
        assertEquals(2, queue.refusedCount());
    }

    @Test
    void shouldWakeAParkedConsumerAndOnlyThat() {
        queue.offer("a");
        assertEquals(0, wakeUps.get());

        parking.prepareToPark();
        parking.tryPark();
        queue.offer("b");
        queue.offer("c");
        assertEquals(1, wakeUps.get());
    }

    @Test
    void shouldNotWakeForARefusedCommand() {
        for (int i = 0; i < queue.capacity(); i++) {
            queue.offer(i);
        }
        parking.prepareToPark();
        parking.tryPark();

        assertFalse(queue.offer("one too many"));
        assertEquals(0, wakeUps.get());
    }

    @Test
    void shouldConsumeACommandThatThrowsAndKeepTheRest() {
        queue.offer("bad");
        queue.offer("good");

        assertThrows(IllegalStateException.class, () -> queue.drain(command -> {
            throw new IllegalStateException("broken");
        }, 10));
        assertEquals(1, queue.drain(drained::add, 10));
        assertEquals(List.of("good"), drained);
    }

    @Test
    @Timeout(120)
    void shouldHandOverEverythingFromManyThreadsToOneThatSleeps() throws InterruptedException {
        int producers = 4;
        int perProducer = 25_000;
        Thread consumer = Thread.currentThread();
        Parking own = new Parking(() -> LockSupport.unpark(consumer));
        CommandQueue shared = new CommandQueue(64, own);
        Thread[] threads = new Thread[producers];
        for (int p = 0; p < producers; p++) {
            long base = (long) p * perProducer;
            threads[p] = new Thread(() -> produce(shared, base, perProducer), "producer-" + p);
            threads[p].start();
        }

        long[] next = new long[producers];
        long total = 0;
        while (total < (long) producers * perProducer) {
            int count = shared.drain(command -> {
                int producer = (int) ((Long) command / perProducer);
                assertEquals(next[producer]++, (Long) command % perProducer, "order of each producer");
            }, 16);
            total += count;
            if (count == 0) {
                own.prepareToPark();
                own.park(LockSupport::parkNanos, shared.isEmpty() ? TimeUnit.MINUTES.toNanos(5) : 0);
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(shared.isEmpty());
        assertEquals(0, shared.drain(drained::add, 1));
    }

    private static void produce(CommandQueue queue, long base, int count) {
        for (long i = 0; i < count; i++) {
            while (!queue.offer(base + i)) {
                Thread.yield();
            }
        }
    }
}

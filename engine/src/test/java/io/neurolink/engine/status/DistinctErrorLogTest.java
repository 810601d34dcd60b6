package io.neurolink.engine.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DistinctErrorLogTest {

    private long nowMs = 1_000;
    private final DistinctErrorLog log = new DistinctErrorLog(3, () -> nowMs);

    @Test
    void shouldRememberAnErrorOnceAndCountIt() {
        assertTrue(log.record(broken("one")));
        nowMs = 2_000;
        assertFalse(log.record(broken("one")));
        assertFalse(log.record(broken("one")));

        DistinctError error = log.snapshot().get(0);
        assertEquals(1, log.snapshot().size());
        assertEquals("java.lang.IllegalStateException", error.type());
        assertEquals("one", error.message());
        assertEquals(3, error.count());
        assertEquals(1_000, error.firstMs());
        assertEquals(2_000, error.lastMs());
        assertTrue(error.stack().contains("DistinctErrorLogTest.broken"), error.stack());
    }

    @Test
    void shouldTellErrorsApartByClassMessageAndPlace() {
        assertTrue(log.record(broken("one")));
        assertTrue(log.record(broken("two")));
        assertTrue(log.record(new IllegalStateException("one")), "thrown elsewhere");
        assertEquals(3, log.snapshot().size());
    }

    @Test
    void shouldShowTheLatestFirst() {
        log.record(broken("one"));
        nowMs++;
        log.record(broken("two"));
        nowMs++;
        log.record(broken("one"));

        assertEquals(List.of("one", "two"), log.snapshot().stream().map(DistinctError::message).toList());
    }

    @Test
    void shouldCountWhatDoesNotFit() {
        for (int i = 0; i < 10; i++) {
            assertEquals(i < 3, log.record(broken("error " + i)));
        }
        assertFalse(log.record(broken("error 0")), "is still known");

        assertEquals(3, log.snapshot().size());
        assertEquals(7, log.overflowCount());
        assertEquals(2, log.snapshot().stream().mapToLong(DistinctError::count).max().orElseThrow());
    }

    @Test
    void shouldCutWhatIsTooLong() {
        log.record(new IllegalStateException("m".repeat(10_000), new IllegalArgumentException("c".repeat(100_000))));

        DistinctError error = log.snapshot().get(0);
        assertEquals(DistinctErrorLog.MAX_MESSAGE_LENGTH, error.message().length());
        assertEquals(DistinctErrorLog.MAX_STACK_LENGTH, error.stack().length());
    }

    @Test
    void shouldShowCausesAndTakeErrorsWithoutMessageOrStack() {
        log.record(new IllegalStateException(new IllegalArgumentException("the cause")));
        log.record(new Stackless());

        assertTrue(log.snapshot().stream()
            .anyMatch(error -> error.stack().contains("Caused by: java.lang.IllegalArgumentException: the cause")));
        assertTrue(log.snapshot().stream().anyMatch(error -> error.message().isEmpty()));
    }

    @Test
    void shouldNotFailOverAThrowableThatFailsItself() {
        Throwable nasty = new Nasty();
        assertTrue(log.record(nasty));
        DistinctError error = log.snapshot().get(0);

        assertTrue(error.message().contains("cannot be read"), error.message());
        assertTrue(error.stack().contains("cannot be printed"), error.stack());
        assertFalse(log.record(nasty));
    }

    @Test
    void shouldWantRoomForOne() {
        assertThrows(IllegalArgumentException.class, () -> new DistinctErrorLog(0, () -> 0));
    }

    @Test
    @Timeout(60)
    void shouldCountExactlyFromManyThreadsAndStayWithinItsBound() throws InterruptedException {
        int times = 5_000;
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = new Thread(() -> {
                for (int i = 0; i < times; i++) {
                    log.record(broken("error " + i % 5));
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        long remembered = log.snapshot().stream().mapToLong(DistinctError::count).sum();
        assertEquals(4L * times, remembered + log.overflowCount());
        assertEquals(3, log.snapshot().size());
    }

    private static IllegalStateException broken(String message) {
        return new IllegalStateException(message);
    }

    private static final class Stackless extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stackless() {
            super(null, null, false, false);
        }
    }

    private static final class Nasty extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new UnsupportedOperationException("message");
        }

        @Override
        public void printStackTrace(PrintWriter writer) {
            throw new UnsupportedOperationException("stack");
        }
    }
}

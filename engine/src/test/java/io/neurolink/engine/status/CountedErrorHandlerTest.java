package io.neurolink.engine.status;

import static io.neurolink.engine.status.EngineCounter.LOOP_ERRORS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CountedErrorHandlerTest {

    private final Counters counters = new Counters();
    private final DistinctErrorLog log = new DistinctErrorLog();
    private final List<Throwable> logged = new ArrayList<>();

    @Test
    void shouldCountEachRememberEachKindAndLogTheFirst() {
        CountedErrorHandler handler = new CountedErrorHandler(counters.shared(), LOOP_ERRORS, log, new RecordingLogger(null));
        List<Throwable> errors = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            errors.add(new IllegalStateException("one"));
        }
        errors.add(new IllegalStateException("two"));
        errors.forEach(handler::onError);

        assertEquals(4, counters.sum(LOOP_ERRORS));
        assertEquals(2, log.snapshot().size());
        assertEquals(List.of(errors.get(0), errors.get(3)), logged);
    }

    static List<Throwable> failures() {
        return List.of(new IllegalStateException("disk full"), new ExceptionInInitializerError("disk full"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void shouldNotFailOverALoggerThatFails(Throwable failure) {
        CountedErrorHandler handler = new CountedErrorHandler(counters.shared(), LOOP_ERRORS, log, new RecordingLogger(failure));

        handler.onError(new IllegalStateException("one"));

        assertEquals(1, counters.sum(LOOP_ERRORS));
        assertTrue(log.snapshot().stream().anyMatch(error -> error.message().equals("disk full")));
    }

    private final class RecordingLogger implements System.Logger {

        private final Throwable failure;

        RecordingLogger(Throwable failure) {
            this.failure = failure;
        }

        @Override
        public String getName() {
            return "recording";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (failure instanceof RuntimeException exception) {
                throw exception;
            } else if (failure instanceof Error error) {
                throw error;
            }
            assertEquals(Level.WARNING, level);
            assertTrue(message.contains("errors.loop"), message);
            logged.add(thrown);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
            throw new AssertionError("an error is logged with its stack");
        }
    }
}

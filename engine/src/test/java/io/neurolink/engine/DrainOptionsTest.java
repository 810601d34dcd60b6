package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranges, and over how long closes are spread. */
class DrainOptionsTest {
    private static final Duration DAY = Duration.ofDays(1);

    private static String complaint(UnaryOperator<DrainOptions.Builder> setting) {
        DrainOptions.Builder builder = setting.apply(DrainOptions.builder());
        return assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    }

    @Test
    void shouldNameWhatIsOutOfRange() {
        assertEquals("delay must be zero to one day, not PT-1S", complaint(builder -> builder.delay(Duration.ofSeconds(-1))));
        assertEquals("delay must be zero to one day, not PT24H0.001S", complaint(builder -> builder.delay(DAY.plusMillis(1))));
        assertTrue(complaint(builder -> builder.timeout(DAY.plusNanos(1))).startsWith("timeout "));
        assertTrue(complaint(builder -> builder.closeTimeout(Duration.ofNanos(-1))).startsWith("closeTimeout "));
        assertTrue(complaint(builder -> builder.reconnectAfter(Duration.ofNanos(-1))).startsWith("reconnectAfter "));
        assertEquals("closesPerSecond must not be negative: -1", complaint(builder -> builder.closesPerSecond(-1)));
        complaint(builder -> builder.close(1006, ""));
        complaint(builder -> builder.close(1001, "x".repeat(124)));
    }

    @Test
    void shouldTakeTheEdges() {
        DrainOptions longest = DrainOptions.builder().delay(DAY).timeout(DAY).closeTimeout(DAY).reconnectAfter(DAY).build();
        assertEquals(DAY.multipliedBy(3), longest.longest());
        assertEquals(Duration.ZERO, DrainOptions.builder().timeout(Duration.ZERO).closeTimeout(Duration.ZERO).build().longest());
        assertEquals(Duration.ofSeconds(15), DrainOptions.defaults().longest());
        assertEquals(DAY, DrainOptions.atOnce(DAY.plusDays(1)).closeTimeout());
        assertEquals(Duration.ZERO, DrainOptions.atOnce(Duration.ofSeconds(-1)).closeTimeout());
    }

    @ParameterizedTest
    @CsvSource({"500, 10, 0, 0", "500, 10, 1, 2", "500, 10, 1000, 2000", "500, 10, 4999, 9998", "500, 10, 100000, 10000",
        "0, 10, 100000, 0", "500, 0, 1000, 0", "1, 86400, 2147483647, 86400000", "2147483647, 10, 1000, 0"})
    void shouldSpreadClosesByTheRateWithinTheTimeout(int closesPerSecond, int timeoutSeconds, int connections, long windowMs) {
        DrainOptions options = DrainOptions.builder().closesPerSecond(closesPerSecond).timeout(Duration.ofSeconds(timeoutSeconds)).build();
        assertEquals(windowMs, options.window(connections).toMillis());
    }

    @Test
    void shouldHaveNothingToReportOfAServerThatWasNeverStarted() {
        NeuroLinkServer server = NeuroLinkServer.builder().build();
        assertEquals(DrainReport.NOTHING, server.drain(DrainOptions.defaults()).join());
        assertThrows(IllegalStateException.class, server::start);
        assertEquals("drained in 0.0 s: 0 connections, 0 left, 0 closed, 0 cut, 0 interrupted, 0 messages undelivered",
                server.drain(DrainOptions.defaults()).join().toString());
    }
}

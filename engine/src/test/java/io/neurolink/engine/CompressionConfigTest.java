package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.neurolink.engine.CompressionConfig.Mode;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class CompressionConfigTest {
    @Test
    void shouldHaveTheDocumentedDefaults() {
        CompressionConfig expected = new CompressionConfig(Mode.SHARED, 1024, 3, 15, 15, 0, 128, Duration.ofSeconds(10));
        assertEquals(expected, CompressionConfig.shared());
        assertEquals(Mode.DEDICATED, CompressionConfig.dedicated().mode());
        assertEquals(CompressionConfig.off(), CompressionConfig.of(Mode.OFF));
        assertEquals(Mode.OFF, WebSocketConfig.defaults().compression().mode());
    }

    @Test
    void shouldChangeOneThingAtATime() {
        CompressionConfig changed = CompressionConfig.dedicated().withThreshold(0).withLevel(9).withMaxWindowBits(8, 9).withMaxRatio(100)
                .withDedicated(1, Duration.ofMillis(1));
        assertEquals(new CompressionConfig(Mode.DEDICATED, 0, 9, 8, 9, 100, 1, Duration.ofMillis(1)), changed);
    }

    static Stream<Arguments> wrong() {
        CompressionConfig shared = CompressionConfig.shared();
        return Stream.of(
                wrong(() -> shared.withThreshold(-1), "threshold must be at least 0, not -1"),
                wrong(() -> shared.withLevel(0), "level must be 1 to 9, not 0"),
                wrong(() -> shared.withLevel(10), "level must be 1 to 9, not 10"),
                wrong(() -> shared.withMaxWindowBits(7, 15), "serverMaxWindowBits must be 8 to 15, not 7"),
                wrong(() -> shared.withMaxWindowBits(15, 16), "clientMaxWindowBits must be 8 to 15, not 16"),
                wrong(() -> shared.withMaxRatio(-1), "maxRatio must be at least 0, not -1"),
                wrong(() -> shared.withDedicated(0, Duration.ofSeconds(1)), "maxDedicated must be at least 1, not 0"),
                wrong(() -> shared.withDedicated(1, Duration.ZERO), "dedicatedIdleTimeout must be more than zero: PT0S"));
    }

    private static Arguments wrong(Supplier<CompressionConfig> change, String message) {
        return Arguments.of(change, message);
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void shouldRefuseWhatIsOutOfRange(Supplier<CompressionConfig> change, String message) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, change::get).getMessage());
    }

    @Test
    void shouldMeanNothingToTheLoopsWhereItIsOff() {
        assertNull(CompressionConfig.off().toEndpoint());
        assertNotNull(CompressionConfig.shared().toEndpoint());
    }
}

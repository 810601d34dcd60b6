package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.client.ReconnectPolicy;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandshakeError;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReconnectPolicyTest {
    private static final ReconnectPolicy POLICY = ReconnectPolicy.defaults();

    private static WebSocketHandshakeError refused(int status, String... retryAfter) {
        return new WebSocketHandshakeError("no", status, "", Map.of("retry-after", List.of(retryAfter)), new byte[0]);
    }

    private static long delayMs(ReconnectPolicy policy, int failures, double random) {
        return policy.delay(failures, 1006, Duration.ZERO, random).toMillis();
    }

    @Test
    void shouldWaitForARandomTimeBelowACeilingThatGrows() {
        assertEquals(500, delayMs(POLICY, 1, 0));
        assertEquals(250, delayMs(POLICY, 1, 0.5));
        assertEquals(0, delayMs(POLICY, 1, 1));
        assertEquals(1000, delayMs(POLICY, 2, 0));
        assertEquals(16_000, delayMs(POLICY, 6, 0));
        assertEquals(30_000, delayMs(POLICY, 7, 0));
        assertEquals(30_000, delayMs(POLICY, 1_000_000, 0));
    }

    @Test
    void shouldDoAsItIsTold() {
        ReconnectPolicy policy = POLICY.delays(Duration.ofMillis(100), Duration.ofSeconds(1)).multiplier(3).jitter(0.5);
        assertEquals(100, delayMs(policy, 1, 0));
        assertEquals(50, delayMs(policy, 1, 1));
        assertEquals(900, delayMs(policy, 3, 0));
        assertEquals(1000, delayMs(policy, 4, 0));
        assertEquals(1000, delayMs(policy.jitter(0), 4, 1));
    }

    @Test
    void shouldSpreadThoseWhoWereSentAwayTogether() {
        assertEquals(10_000, POLICY.delay(1, 1012, Duration.ZERO, 0).toMillis());
        assertEquals(5_000, POLICY.delay(1, 1013, Duration.ZERO, 0.5).toMillis());
        assertEquals(500, POLICY.spread(Duration.ZERO).delay(1, 1013, Duration.ZERO, 0).toMillis());
        assertEquals(30_000, POLICY.delay(9, 1012, Duration.ZERO, 0).toMillis());
    }

    @Test
    void shouldWaitOnTopOfWhatTheServerAskedFor() {
        assertEquals(7_250, POLICY.delay(1, 0, Duration.ofSeconds(7), 0.5).toMillis());
    }

    @Test
    void shouldReadWhenToComeBack() {
        assertEquals(Duration.ofSeconds(7), ReconnectPolicy.retryAfter(refused(503, " 7 "), 0));
        assertEquals(ReconnectPolicy.MAX_HINT, ReconnectPolicy.retryAfter(refused(503, "999999999"), 0));
        assertEquals(Duration.ZERO, ReconnectPolicy.retryAfter(refused(503, "9999999999999"), 0));
        assertEquals(Duration.ZERO, ReconnectPolicy.retryAfter(refused(503, "-1"), 0));
        assertEquals(Duration.ZERO, ReconnectPolicy.retryAfter(refused(503), 0));
        assertEquals(Duration.ofSeconds(37), ReconnectPolicy.retryAfter(refused(503, "Sun, 06 Nov 1994 08:49:37 GMT"), 784_111_740_000L));
        assertEquals(Duration.ZERO, ReconnectPolicy.retryAfter(refused(503, "Sun, 06 Nov 1994 08:49:37 GMT"), 784_111_800_000L));
        assertEquals(Duration.ZERO, ReconnectPolicy.retryAfter(new IOException("7"), 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 302, 400, 401, 403, 404, 407, 426, 499, 501, 505, 511})
    void shouldNotRepeatWhatIsRefusedForGood(int status) {
        assertFalse(ReconnectPolicy.isRecoverable(refused(status)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 200, 408, 425, 429, 500, 502, 503, 504})
    void shouldRepeatWhatMayPass(int status) {
        assertTrue(ReconnectPolicy.isRecoverable(refused(status)));
    }

    @Test
    void shouldTellFaultsOfTheNetworkFromOthers() {
        assertTrue(ReconnectPolicy.isRecoverable(new WebSocketConnectionError("gone", null)));
        assertFalse(ReconnectPolicy.isRecoverable(new IllegalArgumentException("no address")));
        assertFalse(ReconnectPolicy.isRecoverable(new OutOfMemoryError()));
    }

    @Test
    void shouldKeepARuleOfTheApplication() {
        assertTrue(POLICY.isRecoverable(1006));
        assertFalse(POLICY.isRecoverable(1000));
        assertTrue(POLICY.recoverable(code -> code == 1000).isRecoverable(1000));
        assertFalse(POLICY.recoverable(code -> code == 1000).isRecoverable(1006));
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertThrows(IllegalArgumentException.class, () -> POLICY.delays(Duration.ZERO, Duration.ofSeconds(1)));
        assertEquals("max must not be less than first, PT2S, but is PT1S", assertThrows(IllegalArgumentException.class,
                () -> POLICY.delays(Duration.ofSeconds(2), Duration.ofSeconds(1))).getMessage());
        assertThrows(IllegalArgumentException.class, () -> POLICY.multiplier(0.9));
        assertThrows(IllegalArgumentException.class, () -> POLICY.multiplier(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> POLICY.jitter(1.1));
        assertThrows(IllegalArgumentException.class, () -> POLICY.jitter(-0.1));
        assertThrows(IllegalArgumentException.class, () -> POLICY.maxAttempts(-1));
        assertThrows(IllegalArgumentException.class, () -> POLICY.spread(Duration.ofSeconds(-1)));
        assertThrows(IllegalArgumentException.class, () -> POLICY.stableAfter(Duration.ofSeconds(-1)));
    }
}

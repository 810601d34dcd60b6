package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HttpLimitsTest {
    @Test
    void shouldHaveTheDocumentedDefaults() {
        assertEquals(new HttpLimits(8192, 8192, 16384, 100), HttpLimits.DEFAULTS);
        assertEquals(8192 + 16384 + 4, HttpLimits.DEFAULTS.maxHeadBytes());
    }

    @ParameterizedTest
    @CsvSource({
        "15,16,16,1,maxStartLineBytes", "16777217,16,16,1,maxStartLineBytes", "16,15,16,1,maxHeaderLineBytes",
            "16,16777217,16,1,maxHeaderLineBytes",
        "16,16,15,1,maxHeaderBytes", "16,16,16777217,1,maxHeaderBytes", "16,16,16,0,maxHeaderCount", "16,16,16,10001,maxHeaderCount",
        "-1,16,16,1,maxStartLineBytes"
    })
    void shouldNameTheValueThatIsOutOfRange(int startLine, int line, int all, int count, String name) {
        final IllegalArgumentException error = assertThrows(IllegalArgumentException.class, () -> new HttpLimits(startLine, line, all,
            count));
        assertTrue(error.getMessage().startsWith(name + " "), error.getMessage());
    }

    @Test
    void shouldAllowTheEndsOfTheRanges() {
        assertEquals(36, new HttpLimits(16, 16, 16, 1).maxHeadBytes());
        assertEquals(10_000, new HttpLimits(1 << 24, 1 << 24, 1 << 24, 10_000).maxHeaderCount());
    }
}

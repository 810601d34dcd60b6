package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PercentCodingTest {
    @ParameterizedTest
    @CsvSource({
        "'',              ''",
        "a,               a",
        "%61,             a",
        "x%61%62y,        xaby",
        "%C3%A9%c3%a9,    éé",
        "%E2%98%83,       ☃",
        "%F0%9F%98%80,    😀",
        "%2B+%20,         '++ '",
        "%25%32%35,       %25",
    })
    void shouldDecode(String text, String decoded) {
        assertEquals(decoded, PercentCoding.decode(text, false));
    }

    @Test
    void shouldDecodeTheEndsOfTheRange() {
        assertEquals("\0\u007f", PercentCoding.decode("%00%7F", false));
        assertEquals("a b + c", PercentCoding.decode("a+b %2B+c", true));
        assertEquals("a b", PercentCoding.decode("a+b", true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "a%", "%4", "a%4", "%4g", "%g4", "%%41", "%-1", "% 1", "%80", "%C3",
        "%C3%28", "%C0%80", "%ED%A0%80", "%FF"})
    void shouldRefuseWhatIsNoEscapeOrNotUtf8(String text) {
        assertNull(PercentCoding.decode(text, false));
        assertNull(PercentCoding.decode(text, true));
    }
}

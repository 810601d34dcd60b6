package io.neurolink.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PayloadTest {
    private static final int LEAD = 3;

    /** A message behind a few other bytes. */
    private static ByteBuffer message(Payload payload, long stamp) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(LEAD + payload.size() + LEAD);
        payload.write(bytes, LEAD);
        bytes.putLong(LEAD + payload.stampOffset(), stamp);
        return bytes;
    }

    private static boolean matches(Payload payload, ByteBuffer bytes, int cut, long stamp) {
        return payload.matches(bytes, LEAD, cut, 0, stamp)
                && payload.matches(bytes, LEAD + cut, payload.size() - cut, cut, stamp);
    }

    @ParameterizedTest
    @CsvSource({"8, false", "9, false", "64, false", "8, true", "31, true", "32, true", "300, true"})
    void shouldFindEveryWrongByteHoweverTheMessageIsCut(int size, boolean isText) {
        Payload payload = new Payload(size, isText);
        long stamp = payload.stamp(7, 12345);
        ByteBuffer bytes = message(payload, stamp);
        for (int cut = 0; cut <= size; cut++) {
            assertTrue(matches(payload, bytes, cut, stamp));
            assertFalse(matches(payload, bytes, cut, payload.stamp(7, 12346)));
            for (int wrong = 0; wrong < size; wrong++) {
                bytes.put(LEAD + wrong, (byte) (bytes.get(LEAD + wrong) ^ 1));
                assertFalse(matches(payload, bytes, cut, stamp));
                bytes.put(LEAD + wrong, (byte) (bytes.get(LEAD + wrong) ^ 1));
                bytes.clear();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"100000, false", "20000, true"})
    void shouldFindAPieceThatComesFromElsewhere(int size, boolean isText) {
        Payload payload = new Payload(size, isText);
        long stamp = payload.stamp(0, 0);
        ByteBuffer bytes = message(payload, stamp);
        assertTrue(matches(payload, bytes, 8192, stamp));
        bytes.clear();
        byte[] piece = new byte[4096];
        bytes.get(LEAD + 4096, piece);
        bytes.put(LEAD + 8192, piece);
        assertFalse(matches(payload, bytes, 8192, stamp));
    }

    @Test
    void shouldBeTextThatLooksLikeJson() {
        Payload payload = new Payload(300, true);
        ByteBuffer bytes = message(payload, payload.stamp(19_899, 1_000_000_000L));
        byte[] text = new byte[300];
        bytes.get(LEAD, text);
        String json = new String(text, StandardCharsets.US_ASCII);
        assertTrue(json.matches("\\{\"id\":\"[A-Za-z0-9_-]{8}\",\"text\":\"[a-z0-9 ]*\"}"), json);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void shouldStampEachMessageOfEachConnectionDifferently(boolean isText) {
        Payload payload = new Payload(64, isText);
        assertNotEquals(payload.stamp(0, 1), payload.stamp(1, 0));
        assertNotEquals(payload.stamp(19_898, 5), payload.stamp(19_899, 5));
        assertNotEquals(payload.stamp(3, 1), payload.stamp(3, 1 + (1L << 32)));
        assertEquals(payload.stamp(3, 1), payload.stamp(3, 1));
    }
}

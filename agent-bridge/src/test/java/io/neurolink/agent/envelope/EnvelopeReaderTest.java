package io.neurolink.agent.envelope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.envelope.EnvelopeException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeReaderTest {
    private static final int MAX_BYTES = 4096;
    private static final int MAX_DEPTH = 8;
    private static final int MAX_VALUES = 50;

    private final EnvelopeReader reader = new EnvelopeReader(MAX_BYTES, MAX_DEPTH, MAX_VALUES);

    @Test
    void shouldFindTypeRequestIdAndPayload() {
        Envelope envelope = read("""
                {"type":"stream","requestId":"r1","payload":{"prompt":"hi","options":{"temperature":0.5,"seed":7,"deep":[true,null]}}}""");

        assertEquals("stream", envelope.type());
        assertEquals("r1", envelope.requestId());
        assertEquals("hi", envelope.payload().string("prompt"));
        assertEquals(0.5, envelope.payload().object("options").number("temperature"));
        assertEquals(7L, envelope.payload().object("options").wholeNumber("seed", 0, 10));
        assertEquals(Arrays.asList(true, null), envelope.payload().object("options").list("deep"));
    }

    @Test
    void shouldFindTheRequestIdInThePayload() {
        assertEquals("r2", read("{\"payload\":{\"requestId\":\"r2\"},\"type\":\"cancel\"}").requestId());
        assertNull(read("{\"type\":\"cancel\"}").requestId());
        assertEquals("top", read("{\"type\":\"x\",\"requestId\":\"top\",\"payload\":{\"requestId\":\"r2\"}}").requestId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"x\",\"requestId\":7}", "{\"type\":\"x\",\"requestId\":\"\"}", "{\"type\":\"x\",\"requestId\":{}}",
        "{\"type\":\"x\",\"payload\":{\"requestId\":[]}}"})
    void shouldRefuseARequestIdThatIsNone(String json) {
        Envelope envelope = read(json);
        assertEquals(Kind.INVALID_PAYLOAD, assertThrows(EnvelopeException.class, envelope::requestId).kind());
    }

    @Test
    void shouldRefuseARequestIdThatIsTooLong() {
        String longest = "x".repeat(Envelope.MAX_REQUEST_ID_LENGTH);
        assertEquals(longest, read("{\"type\":\"x\",\"requestId\":\"" + longest + "\"}").requestId());
        Envelope tooLong = read("{\"type\":\"x\",\"requestId\":\"" + longest + "x\"}");
        assertThrows(EnvelopeException.class, tooLong::requestId);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "1", "\"x\"", "true", "null", "{\"type\":null}", "{\"type\":5}", "{\"type\":\"\"}",
        "{\"typ\":\"x\"}", "{\"payload\":{\"type\":\"x\"}}", " { } "})
    void shouldSayThatTheTypeIsMissing(String json) {
        EnvelopeException error = assertThrows(EnvelopeException.class, () -> read(json));
        assertEquals(Kind.TYPE_REQUIRED, error.kind());
        assertEquals("Message type is required", error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "{", "}", "[", "]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "[1,]", "[,1]", "[1 2]", "{\"a\":1 \"b\":2}", "{a:1}",
        "{'a':1}", "{\"a\":1}}", "{\"a\":1}x", "nul", "nulll", "tru", "True", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "-01",
        "1.", ".5", "1e", "1e+", "1.e5", "0x1", "1_000", "--1", "1e999", "-1e999", "\"", "\"abc", "\"\\\"", "\"\\", "\"\\u\"",
        "\"\\u12\"", "\"\\u12", "\"\\uZZZZ\"", "\"\\u00G0\"", "\"\\x41\"", "\"\\'\"", "{\"type\":\"x\",\"type\":\"y\"}",
        "{\"a\":{\"b\":1,\"b\":1}}", "{\"a\":1,\"\\u0061\":2}", "/* c */ {}", "{} // c", "\u00a0{}", "\u000b{}", "\f{}", "{\"a\":1}\0",
        "[1]]", "\u2028{}", "\ufeff{}", "[\"a\":1]", "{\"a\",1}", "{1:1}", "{\"a\":1;}", "[1;2]", "'x'", "undefined"})
    void shouldRefuseWhatIsNotJson(String text) {
        EnvelopeException error = assertThrows(EnvelopeException.class, () -> value(text));
        assertEquals(Kind.INVALID_JSON, error.kind());
        assertTrue(error.getMessage().startsWith("Invalid JSON message"), error.getMessage());
    }

    @Test
    void shouldRefuseRawControlCharactersInStrings() {
        for (char c = 0; c < ' '; c++) {
            String text = "\"a" + c + "b\"";
            assertThrows(EnvelopeException.class, () -> value(text), () -> "accepted " + text);
        }
        assertEquals("a\u007fb", value("\"a\u007fb\""));
    }

    @Test
    void shouldReadEveryEscape() {
        assertEquals("\"\\/\b\f\n\r\t\u0000\u001f\u00e9\ud83d\ude00\u2028",
                value("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001F\\u00e9\\uD83D\\ude00\\u2028\""));
        assertEquals("é😀", value("\"é😀\""));
    }

    @Test
    void shouldKeepALoneSurrogateThatIsEscaped() {
        assertEquals("a\ud800b", value("\"a\\ud800b\""));
        assertEquals("\ude00\ud83d", value("\"\\ude00\\ud83d\""));
        assertEquals("é\ud83dé\ud83d\ud83d\ude00\n\ud83d", value("\"é\\ud83dé\\ud83d\\ud83d\\ude00\\n\\ud83d\""));
    }

    @Test
    void shouldReadNumbersExactly() {
        assertEquals(List.of(0L, -1L, 9223372036854775807L, -9223372036854775808L, 0.1, 1000.0, 1e-7, -2.5e10, 5e-324,
                1.7976931348623157e308),
                value("[0,-1,9223372036854775807,-9223372036854775808,0.1,1e3,1E-7,-2.5e+10,5e-324,1.7976931348623157e308]"));
        assertEquals(9.223372036854775807e18, value("9223372036854775808"));
        assertEquals(0.1234567890123456789, value("0.1234567890123456789"));
        assertEquals(0.0, value("1e-999"));
        assertEquals(-0.0, value("-0.0"));
        assertEquals(List.of(1.0, 100.0, 125.0, 1e15, -23339184242687.0), value("[1.0,1E2,1.25e2,1e15,-23339184242687.0]"));
        assertEquals(1L, value(" 1 \r\n\t"));
    }

    @Test
    void shouldReadNumbersOfAnyLengthAsTheJdkDoes() {
        String digits = "9007199254740993123456789";
        for (int whole = 1; whole < digits.length(); whole++) {
            for (int end = whole + 1; end <= digits.length(); end++) {
                String text = digits.substring(0, whole) + "." + digits.substring(whole, end);
                assertEquals(Double.parseDouble(text), value(text), text);
                assertEquals(-Double.parseDouble(text), value("-" + text), text);
            }
        }
        for (int end = 1; end <= 19; end++) {
            String text = "9".repeat(Math.min(end, 18)) + (end == 19 ? "0" : "");
            if (end < 19) {
                assertEquals(Long.parseLong(text), value(text));
                assertEquals(-Long.parseLong(text), value("-" + text));
            } else {
                assertEquals(Double.parseDouble(text), value(text));
            }
        }
    }

    /** Wherever in eight bytes, and behind which others, the end of a run of a string lies. */
    @Test
    void shouldFindWhatEndsARunOfAString() {
        for (String other : List.of("a", "!", "#", "[", "]", " ", "\u007f", "\u00e9", "\u20ac", "\ud83d\ude00")) {
            for (int count = 0; count < 20; count++) {
                String run = other.repeat(count);
                assertEquals(run, value("\"" + run + "\""));
                assertEquals(run + "\n" + run + "\"", value("\"" + run + "\\n" + run + "\\\"\""));
                assertEquals(Map.of(run, 1L), value("{\"" + run + "\":1}"));
                for (char c : new char[] {0, 1, 31}) {
                    assertThrows(EnvelopeException.class, () -> value("\"" + run + c + "\""));
                    assertThrows(EnvelopeException.class, () -> value("{\"" + run + c + "\":1}"));
                }
                assertThrows(EnvelopeException.class, () -> value("\"" + run));
                assertThrows(EnvelopeException.class, () -> value("{\"" + run));
            }
        }
    }

    @Test
    void shouldStopAtTheDepthLimit() {
        assertEquals(MAX_DEPTH, depthOf(value("[".repeat(MAX_DEPTH) + "]".repeat(MAX_DEPTH))));
        assertThrows(EnvelopeException.class, () -> value("[".repeat(MAX_DEPTH + 1) + "]".repeat(MAX_DEPTH + 1)));
        assertThrows(EnvelopeException.class, () -> value("[".repeat(MAX_BYTES)));
        assertThrows(EnvelopeException.class, () -> value("{\"a\":".repeat(MAX_DEPTH) + "{}" + "}".repeat(MAX_DEPTH)));
    }

    @Test
    void shouldStopAtTheSizeLimit() {
        String longest = "\"" + "x".repeat(MAX_BYTES - 2) + "\"";
        assertEquals(MAX_BYTES - 2, ((String) value(longest)).length());
        assertThrows(EnvelopeException.class, () -> value(longest + " "));
    }

    @Test
    void shouldStopAtTheLimitOfValues() {
        String elements = "0,".repeat(MAX_VALUES - 2) + "0";
        assertEquals(MAX_VALUES - 1, ((List<?>) value("[" + elements + "]")).size());
        assertThrows(EnvelopeException.class, () -> value("[" + elements + ",0]"));
    }

    @Test
    void shouldNotSeeTheMessageBefore() {
        value("\"" + "\\u0041\\\"".repeat(20) + "\"");
        for (String cut : List.of("\"\\", "\"\\u", "\"\\u00", "\"abc", "{\"a\":tr", "[1,2")) {
            assertThrows(EnvelopeException.class, () -> value(cut), cut);
        }
        assertEquals("ok", value("\"ok\""));
    }

    @Test
    void shouldReadFromAnyPartOfABufferAndLeaveItAsItIs() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(64);
        buffer.position(10).put("[1,2]".getBytes(StandardCharsets.US_ASCII)).flip().position(10);
        assertEquals(List.of(1L, 2L), reader.readValue(buffer.asReadOnlyBuffer()));
        assertEquals(10, buffer.position());
        assertEquals(15, buffer.limit());
    }

    @Test
    void shouldNotKeepALargeBuffer() {
        EnvelopeReader large = new EnvelopeReader(1 << 20, 4, 10);
        String text = "\"" + "x".repeat(500_000) + "\"";
        for (int i = 0; i < 3; i++) {
            assertEquals(500_000, ((String) large.readValue(bytes(text))).length());
            assertEquals(1L, large.readValue(bytes("1")));
        }
    }

    @Test
    void shouldNameTheFieldThatIsWrong() {
        Fields payload = read("{\"type\":\"x\",\"payload\":{\"a\":{\"b\":1.5,\"c\":null}}}").payload();
        assertEquals("payload.a.b must be a string", messageOf(() -> payload.object("a").string("b")));
        assertEquals("payload.a.b must be a whole number from 0 to 9", messageOf(() -> payload.object("a").wholeNumber("b", 0, 9)));
        assertEquals("payload.a must be an array", messageOf(() -> payload.list("a")));
        assertEquals("payload.a must be a number", messageOf(() -> payload.number("a")));
        assertEquals("payload.a.b must be an object", messageOf(() -> payload.object("a").object("b")));
        assertEquals("payload.z is required", messageOf(() -> payload.requiredString("z")));
        assertNull(payload.object("a").string("c"));
        assertNull(payload.object("z"));
        assertEquals("payload must be an object", messageOf(read("{\"type\":\"x\",\"payload\":\"text\"}")::payload));
        assertEquals(Map.of(), read("{\"type\":\"x\"}").payload().asMap());
    }

    private Envelope read(String json) {
        return reader.read(bytes(json));
    }

    private Object value(String json) {
        return reader.readValue(bytes(json));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String messageOf(Executable executable) {
        EnvelopeException error = assertThrows(EnvelopeException.class, executable);
        assertEquals(Kind.INVALID_PAYLOAD, error.kind());
        return error.getMessage();
    }

    private static int depthOf(Object value) {
        return value instanceof List<?> list ? 1 + list.stream().mapToInt(EnvelopeReaderTest::depthOf).max().orElse(0) : 0;
    }
}

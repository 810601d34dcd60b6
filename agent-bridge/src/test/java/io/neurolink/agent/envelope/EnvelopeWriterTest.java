package io.neurolink.agent.envelope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.neurolink.agent.envelope.EnvelopeException.Kind;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EnvelopeWriterTest {
    private final EnvelopeWriter writer = new EnvelopeWriter(1 << 20);

    private record Point(int x, Object label) {
    }

    private enum Colour {
        RED {
            @Override
            public String toString() {
                return "rouge";
            }
        }
    }

    @Test
    void shouldWriteAnEventInOnePass() {
        String json = text(writer.begin("chunk").string("requestId", "r1").number("seq", 12).string("content", "Hi \"you\"\n")
                .bool("last", false).beginObject("usage").number("a", -1).beginObject("b").endObject().endObject()
                .string("none", null).end());
        assertEquals("{\"type\":\"chunk\",\"requestId\":\"r1\",\"seq\":12,\"content\":\"Hi \\\"you\\\"\\n\",\"last\":false,"
                + "\"usage\":{\"a\":-1,\"b\":{}},\"none\":null}", json);
    }

    @Test
    void shouldStartAnewAfterAMessageThatWasNotEnded() {
        writer.begin("first").string("a", "b").beginObject("c");
        assertEquals("{\"type\":\"second\"}", text(writer.begin("second").end()));
    }

    @Test
    void shouldEscapeOnlyWhatMustBe() {
        assertEquals("\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0000\\u001f\u007f\u2028é€😀\"",
                text(writer.write("\"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028é€😀")));
    }

    @Test
    void shouldReplaceLoneSurrogates() {
        assertEquals("\"a\ufffdb\"", text(writer.write("a\ud83db")));
        assertEquals("\"\ufffd\ufffd\"", text(writer.write("\ude00\ud83d")));
        assertEquals("\"\ufffd😀\"", text(writer.write("\ud83d\ud83d\ude00")));
    }

    @Test
    void shouldWriteEveryNumber() {
        for (long value : new long[] {0, 1, -1, 9, 10, 99, 100, 12345, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1}) {
            assertEquals(Long.toString(value), text(writer.write(value)));
        }
        assertEquals("[1,2,3,4.5,5.5,6e+99,12345678901234567890,7.0]", text(writer.write(List.of((byte) 1, (short) 2, 3, 4.5f, 5.5,
                new BigDecimal("6e99"), new BigInteger("12345678901234567890"), new AtomicLong(7)))).replace("E", "e"));
        assertEquals("[null,null,null]", text(writer.write(List.of(Double.NaN, Double.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY))));
    }

    @Test
    void shouldWriteWhateverHasAnObviousForm() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("null", null);
        map.put("record", new Point(1, new Point(2, "in \"ner\"")));
        map.put("array", new Object[] {1, "a", new int[] {1, 2}, new boolean[0]});
        map.put("enum", Colour.RED);
        map.put("optional", List.of(Optional.of(1), Optional.empty()));
        map.put("instant", Instant.EPOCH);
        map.put("duration", Duration.ofSeconds(90));
        map.put("uuid", new UUID(0, 1));
        map.put("uri", URI.create("http://a/b"));
        map.put("path", Path.of("a"));
        map.put("char", 'c');
        map.put("builder", new StringBuilder("b"));
        map.put("empty", Map.of());
        assertEquals("{\"null\":null,\"record\":{\"x\":1,\"label\":{\"x\":2,\"label\":\"in \\\"ner\\\"\"}},\"array\":[1,\"a\",[1,2],[]],"
                + "\"enum\":\"RED\",\"optional\":[1,null],\"instant\":\"1970-01-01T00:00:00Z\",\"duration\":\"PT1M30S\","
                + "\"uuid\":\"00000000-0000-0000-0000-000000000001\",\"uri\":\"http://a/b\",\"path\":\"a\",\"char\":\"c\","
                + "\"builder\":\"b\",\"empty\":{}}", text(writer.write(map)));
    }

    @Test
    void shouldRefuseWhatHasNone() {
        assertEquals(Kind.NOT_WRITABLE, assertThrows(EnvelopeException.class, () -> writer.write(new Object())).kind());
        assertTrue(assertThrows(EnvelopeException.class, () -> writer.write(Map.of("a", new Thread()))).getMessage()
                .contains("java.lang.Thread"));
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        assertThrows(EnvelopeException.class, () -> writer.write(cycle));
        assertEquals("{\"type\":\"next\"}", text(writer.begin("next").end()));
    }

    @Test
    void shouldKeepToItsLimit() {
        EnvelopeWriter small = new EnvelopeWriter(1000);
        assertEquals(1000, small.write("x".repeat(998)).remaining());
        assertThrows(EnvelopeException.class, () -> small.write("x".repeat(999)));
        assertThrows(EnvelopeException.class, () -> small.write("\n".repeat(600)));
        assertThrows(EnvelopeException.class, () -> small.write("€".repeat(400)));
        assertThrows(EnvelopeException.class, () -> small.write(Collections.nCopies(600, 1)));
        assertEquals("1", text(small.write(1)));
        assertThrows(IllegalArgumentException.class, () -> new EnvelopeWriter(1));
        assertThrows(IllegalArgumentException.class, () -> new EnvelopeWriter(Integer.MAX_VALUE));
    }

    @Test
    void shouldGiveAwayABufferThatGrewLarge() {
        for (int i = 0; i < 3; i++) {
            assertEquals(300_002, writer.write("x".repeat(300_000)).remaining());
            assertTrue(writer.write("small").capacity() <= 64 * 1024);
        }
    }

    @Test
    void shouldAllocateNothingForAnEvent() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        StringBuilder content = new StringBuilder("some words, \"quoted\", é and 😀");
        int bytes = 0;
        for (int i = 0; i < 20_000; i++) {
            bytes += event(content, i).remaining();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 20_000; i++) {
            bytes += event(content, i).remaining();
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(bytes > 0);
        assertTrue(allocated < 20_000, () -> "allocated " + allocated + " bytes for 20000 events");
    }

    private ByteBuffer event(CharSequence content, long seq) {
        return writer.begin("chunk").string("requestId", "r1").number("seq", seq).string("content", content).end();
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}

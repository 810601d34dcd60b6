package io.neurolink.agent.envelope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Whatever comes in, a message or the named error comes out, within the limits. */
final class EnvelopeReaderFuzzTest {
    private static final int MAX_BYTES = 4096;
    private static final int MAX_DEPTH = 16;
    private static final int MAX_VALUES = 500;

    /** One for all inputs, as for all messages of a worker: nothing of one message may show in the next. */
    private final EnvelopeReader reused = new EnvelopeReader(MAX_BYTES, MAX_DEPTH, MAX_VALUES);
    private final EnvelopeWriter writer = new EnvelopeWriter(1 << 20);

    @FuzzTest
    void shouldReadOrRefuse(byte[] data) {
        Object value;
        try {
            value = reused.readValue(ByteBuffer.wrap(data));
        } catch (EnvelopeException e) {
            assertEquals(EnvelopeException.Kind.INVALID_JSON, e.kind());
            return;
        }
        assertTrue(data.length <= MAX_BYTES);
        assertTrue(count(value, 0) <= MAX_VALUES);
        Object fresh = new EnvelopeReader(MAX_BYTES, MAX_DEPTH, MAX_VALUES).readValue(ByteBuffer.wrap(data));
        assertEquals(fresh, value);
        Object again = new EnvelopeReader(1 << 20, MAX_DEPTH, MAX_VALUES).readValue(writer.write(value));
        Object onceMore = new EnvelopeReader(1 << 20, MAX_DEPTH, MAX_VALUES).readValue(writer.write(again));
        assertEquals(again, onceMore);
    }

    private static int count(Object value, int depth) {
        assertTrue(depth <= MAX_DEPTH);
        if (value instanceof List<?> list) {
            return 1 + list.stream().mapToInt(element -> count(element, depth + 1)).sum();
        }
        if (value instanceof Map<?, ?> map) {
            return 1 + map.values().stream().mapToInt(element -> count(element, depth + 1)).sum();
        }
        return 1;
    }
}

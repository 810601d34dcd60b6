package io.neurolink.agent.langchain4j;

import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.envelope.EnvelopeWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** JSON of tools as text: schemas, arguments, results. */
final class ToolJson {
    private static final int MAX_BYTES = 16 * 1024 * 1024;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_VALUES = 1_000_000;

    private ToolJson() {
    }

    /**
     * @return the value: Map, List, String, Long, Double, Boolean, or null.
     * @throws EnvelopeException if the text is not JSON, or too much of it.
     */
    static Object read(String json) {
        ByteBuffer utf8 = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
        return new EnvelopeReader(MAX_BYTES, MAX_DEPTH, MAX_VALUES).readValue(utf8);
    }

    /**
     * @return the value as text.
     * @throws EnvelopeException if it has no JSON form.
     */
    static String write(Object value) {
        return StandardCharsets.UTF_8.decode(new EnvelopeWriter(MAX_BYTES).write(value)).toString();
    }
}

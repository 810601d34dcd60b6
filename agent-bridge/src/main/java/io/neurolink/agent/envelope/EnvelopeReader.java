package io.neurolink.agent.envelope;

import com.dslplatform.json.DslJson;
import com.dslplatform.json.JsonReader;
import io.neurolink.agent.envelope.EnvelopeException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON messages. The tokens are the JSON library's; what that lets pass although RFC 8259 forbids it is refused here: other white
 * space, raw control characters in strings, numbers such as {@code +1}, {@code .5} or {@code 1e999}, text after the end. So is a key that
 * occurs twice in one object, because it means different things to different readers, and whatever exceeds the limits.
 *
 * <p>Numbers without fraction and exponent become {@code Long} if they fit, all others {@code Double}; an unpaired surrogate escape stays
 * as it is in the string. Reusable; for one thread at a time.
 */
public final class EnvelopeReader {
    /** Text of the error for anything that is not JSON. */
    public static final String INVALID_JSON = "Invalid JSON message";
    /** Text of the error for a message without a type. */
    public static final String TYPE_REQUIRED = "Message type is required";

    private static final DslJson<Object> JSON = new DslJson<>(new DslJson.Settings<>()
            .errorInfo(JsonReader.ErrorInfo.MINIMAL));

    private static final int INITIAL_LENGTH = 1024;
    private static final int RETAINED_LENGTH = 64 * 1024;
    /** Room for the escape sequence that the library may read beyond a truncated string. */
    private static final int PADDING_LENGTH = 16;

    private final int maxBytes;
    private final int maxDepth;
    private final int maxValues;

    private byte[] bytes = new byte[INITIAL_LENGTH];
    private JsonReader<Object> reader = JSON.newReader(bytes);
    private int valueCount;

    /**
     * Makes a reader.
     *
     * @param maxBytes  bytes a message may have.
     * @param maxDepth  objects and arrays that may lie within each other, the message itself included; at least 1.
     * @param maxValues values a message may consist of, keys not counted; at least 1.
     */
    public EnvelopeReader(int maxBytes, int maxDepth, int maxValues) {
        this.maxBytes = maxBytes;
        this.maxDepth = maxDepth;
        this.maxValues = maxValues;
    }

    /**
     * Reads a message with a type.
     *
     * @param utf8 the bytes between position and limit, which both stay as they are; valid UTF-8.
     * @return the message; it does not refer to the bytes.
     * @throws EnvelopeException {@code INVALID_JSON} or {@code TYPE_REQUIRED}.
     */
    public Envelope read(ByteBuffer utf8) {
        Object value = readValue(utf8);
        if (value instanceof Map<?, ?> map && map.get("type") instanceof String type && !type.isEmpty()) {
            @SuppressWarnings("unchecked")
            Map<String, Object> fields = (Map<String, Object>) map;
            return new Envelope(type, fields);
        }
        throw new EnvelopeException(Kind.TYPE_REQUIRED, TYPE_REQUIRED);
    }

    /**
     * Reads any JSON text.
     *
     * @param utf8 the bytes between position and limit, which both stay as they are; valid UTF-8.
     * @return Map, List, String, Long, Double, Boolean, or null.
     * @throws EnvelopeException {@code INVALID_JSON}.
     */
    public Object readValue(ByteBuffer utf8) {
        int length = utf8.remaining();
        if (length > maxBytes) {
            throw invalid(": more than " + maxBytes + " bytes");
        }
        try {
            load(utf8, length);
            nextToken();
            Object value = value(1);
            expectEnd();
            return value;
        } catch (IOException | IndexOutOfBoundsException e) {
            throw invalid("");
        } finally {
            unload();
        }
    }

    private void load(ByteBuffer utf8, int length) {
        if (bytes.length < length + PADDING_LENGTH) {
            bytes = new byte[Math.max(length + PADDING_LENGTH, Math.min(2 * bytes.length, RETAINED_LENGTH))];
        }
        utf8.get(utf8.position(), bytes, 0, length);
        Arrays.fill(bytes, length, length + PADDING_LENGTH, (byte) 0);
        reader.process(bytes, length);
        valueCount = 0;
    }

    private void unload() {
        if (bytes.length > RETAINED_LENGTH) {
            bytes = new byte[INITIAL_LENGTH];
            reader = JSON.newReader(bytes);
        }
    }

    private Object value(int depth) throws IOException {
        if (++valueCount > maxValues) {
            throw invalid(": more than " + maxValues + " values");
        }
        switch (reader.last()) {
            case '{':
                return object(depth);
            case '[':
                return array(depth);
            case '"':
                return string();
            case 't':
                return literal(reader.wasTrue(), Boolean.TRUE);
            case 'f':
                return literal(reader.wasFalse(), Boolean.FALSE);
            case 'n':
                return literal(reader.wasNull(), null);
            default:
                return number();
        }
    }

    private Map<String, Object> object(int depth) throws IOException {
        checkDepth(depth);
        Map<String, Object> fields = new LinkedHashMap<>();
        if (nextToken() == '}') {
            return fields;
        }
        while (true) {
            expect('"');
            String key = string();
            nextToken();
            expect(':');
            nextToken();
            Object value = value(depth + 1);
            if (fields.containsKey(key)) {
                throw invalid(": a key occurs twice in one object");
            }
            fields.put(key, value);
            if (nextToken() == '}') {
                return fields;
            }
            expect(',');
            nextToken();
        }
    }

    private List<Object> array(int depth) throws IOException {
        checkDepth(depth);
        List<Object> elements = new ArrayList<>();
        if (nextToken() == ']') {
            return elements;
        }
        while (true) {
            elements.add(value(depth + 1));
            if (nextToken() == ']') {
                return elements;
            }
            expect(',');
            nextToken();
        }
    }

    private String string() throws IOException {
        int start = reader.getCurrentIndex();
        String text = reader.readString();
        for (int i = start; i < reader.getCurrentIndex(); i++) {
            if (bytes[i] >= 0 && bytes[i] < ' ') {
                throw invalid("");
            }
        }
        return text;
    }

    /**
     * Parsed here, because the library's type depends on how a number is written. The library's scan goes on to the next comma or bracket,
     * over whatever lies between.
     */
    private Number number() {
        int start = reader.getCurrentIndex() - 1;
        int end = NumberSyntax.endOf(bytes, start, reader.length());
        if (end < 0) {
            throw invalid("");
        }
        reader.scanNumber();
        for (int i = end; i < reader.getCurrentIndex(); i++) {
            if (!isWhiteSpace(bytes[i])) {
                throw invalid("");
            }
        }
        String text = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
        return NumberSyntax.isWhole(bytes, start, end) ? wholeOrDouble(text) : finite(text);
    }

    private static Number wholeOrDouble(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return finite(text);
        }
    }

    private static Double finite(String text) {
        double value = Double.parseDouble(text);
        if (Double.isInfinite(value)) {
            throw invalid(": a number is out of range");
        }
        return value;
    }

    private static Object literal(boolean isThere, Object value) {
        if (!isThere) {
            throw invalid("");
        }
        return value;
    }

    private byte nextToken() throws IOException {
        byte token;
        do {
            token = reader.read();
        } while (isWhiteSpace(token));
        return token;
    }

    private void expectEnd() throws IOException {
        while (reader.getCurrentIndex() < reader.length()) {
            if (!isWhiteSpace(reader.read())) {
                throw invalid("");
            }
        }
    }

    private static boolean isWhiteSpace(byte token) {
        return token == ' ' || token == '\n' || token == '\r' || token == '\t';
    }

    private void expect(char token) {
        if (reader.last() != token) {
            throw invalid("");
        }
    }

    private void checkDepth(int depth) {
        if (depth > maxDepth) {
            throw invalid(": nested deeper than " + maxDepth);
        }
    }

    private static EnvelopeException invalid(String detail) {
        return new EnvelopeException(Kind.INVALID_JSON, INVALID_JSON + detail);
    }
}

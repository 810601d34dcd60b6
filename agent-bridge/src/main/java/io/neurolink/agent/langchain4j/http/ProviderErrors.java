package io.neurolink.agent.langchain4j.http;

import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads the forms in which providers report errors: <code>{"error":{"message", "type", "code"}}</code>, <code>{"error":"text"}</code>,
 * <code>{"message"}</code> and <code>{"detail"}</code>.
 */
final class ProviderErrors {
    private static final int MAX_TEXT_LENGTH = 400;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_VALUES = 100_000;
    private static final String KEY = "\"error\"";

    private ProviderErrors() {
    }

    /**
     * @param body what came with a status that is not a success.
     * @return the error.
     */
    static ProviderException ofStatus(int status, byte[] body, long retryAfterMs) {
        Map<?, ?> fields = fields(body);
        Object error = fields == null ? null : fields.get("error");
        if (error == null && fields != null) {
            error = fields;
        }
        String text = error == null ? new String(body, StandardCharsets.UTF_8) : textOf(error);
        return new ProviderException(status, kindOf(error), shorten(text), retryAfterMs);
    }

    /**
     * Looks for an error within a stream. A quote within a string is escaped, so the key is found only where it is a key.
     *
     * @param event name of the event, or null.
     * @param data  its data.
     * @return the error, or null if it is none.
     */
    static ProviderException inStream(String event, String data) {
        boolean isNamed = "error".equals(event);
        if (!isNamed && !data.contains(KEY)) {
            return null;
        }
        Map<?, ?> fields = fields(data.getBytes(StandardCharsets.UTF_8));
        Object error = fields == null ? null : fields.get("error");
        if (error == null && !isNamed) {
            return null;
        }
        error = error == null ? fields : error;
        return new ProviderException(ProviderException.IN_STREAM, kindOf(error), shorten(error == null ? data : textOf(error)),
                ProviderException.NO_HINT);
    }

    /** @return the error of an answer that is beyond a limit of ours. */
    static ProviderException tooLong(String what, long limit) {
        return new ProviderException(ProviderException.IN_STREAM, "",
                "the model's answer has " + what + " of more than " + limit + " bytes", ProviderException.NO_HINT);
    }

    private static Map<?, ?> fields(byte[] json) {
        try {
            Object value = new EnvelopeReader(Math.max(1, json.length), MAX_DEPTH, MAX_VALUES).readValue(ByteBuffer.wrap(json));
            return value instanceof Map<?, ?> map ? map : null;
        } catch (EnvelopeException e) {
            return null;
        }
    }

    private static String textOf(Object error) {
        if (error instanceof Map<?, ?> fields) {
            for (String name : List.of("message", "detail", "error")) {
                if (fields.get(name) instanceof String text) {
                    return text;
                }
            }
            return "";
        }
        return String.valueOf(error);
    }

    /** Both words, since some providers have the telling one in the type and others in the code. */
    private static String kindOf(Object error) {
        List<String> words = new ArrayList<>();
        if (error instanceof Map<?, ?> fields) {
            for (String name : List.of("type", "code")) {
                Object word = fields.get(name);
                if (word instanceof String || word instanceof Number) {
                    words.add(word.toString());
                }
            }
        }
        return shorten(String.join(" ", words));
    }

    private static String shorten(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        if (line.length() <= MAX_TEXT_LENGTH) {
            return line;
        }
        int end = Character.isHighSurrogate(line.charAt(MAX_TEXT_LENGTH - 1)) ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH;
        return line.substring(0, end) + "…";
    }
}

package io.neurolink.agent.envelope;

import io.neurolink.agent.envelope.EnvelopeException.Kind;
import java.util.Map;

/**
 * A message that was read: {@code {"type": string, "requestId"?: string, "payload"?: object}} and whatever else came with it. Immutable.
 */
public final class Envelope {
    /** Characters a {@code requestId} may have. */
    public static final int MAX_REQUEST_ID_LENGTH = 128;

    private final String type;
    private final Fields fields;

    Envelope(String type, Map<String, Object> fields) {
        this.type = type;
        this.fields = new Fields("", fields);
    }

    /** {@return the type, not empty} */
    public String type() {
        return type;
    }

    /** {@return all fields of the message} */
    public Fields fields() {
        return fields;
    }

    /**
     * The payload.
     *
     * @return its fields, none where the message has no payload.
     * @throws EnvelopeException {@code INVALID_PAYLOAD} if it is not an object.
     */
    public Fields payload() {
        Fields payload = fields.object("payload");
        return payload == null ? Fields.EMPTY_PAYLOAD : payload;
    }

    /**
     * The run the message is about, taken from the message or, where it is missing there, from its payload.
     *
     * @return the id, or null if there is none.
     * @throws EnvelopeException {@code INVALID_PAYLOAD} if it is not a string of 1 to {@value #MAX_REQUEST_ID_LENGTH} characters.
     */
    public String requestId() {
        Object id = fields.raw("requestId");
        if (id == null && fields.raw("payload") instanceof Map<?, ?> payload) {
            id = payload.get("requestId");
        }
        if (id == null) {
            return null;
        }
        if (id instanceof String text && !text.isEmpty() && text.length() <= MAX_REQUEST_ID_LENGTH) {
            return text;
        }
        throw new EnvelopeException(Kind.INVALID_PAYLOAD, "requestId must be a string of 1 to " + MAX_REQUEST_ID_LENGTH + " characters");
    }
}

package io.neurolink.agent.envelope;

/** A message that cannot be read or written. Has no stack trace, because peers can cause it as often as they like. */
public final class EnvelopeException extends RuntimeException {
    /** What is wrong with the message. */
    public enum Kind {
        /** Not JSON (RFC 8259), a key twice in one object, or beyond a limit. */
        INVALID_JSON,
        /** JSON, but without a {@code type}. */
        TYPE_REQUIRED,
        /** A field is missing, has the wrong type or is out of range; the text names it. */
        INVALID_PAYLOAD,
        /** A value that is to be sent has no JSON form, or a message would exceed its limit. */
        NOT_WRITABLE
    }

    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    private final Kind kind;

    /**
     * Creates the error.
     *
     * @param kind    what is wrong.
     * @param message text for people.
     */
    public EnvelopeException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    /** {@return what is wrong} */
    public Kind kind() {
        return kind;
    }
}

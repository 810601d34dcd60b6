package io.neurolink.protocol;

/**
 * Everything a peer can get wrong in its frames, each with the close code that answers it and a reason to put beside the code.
 * The {@link FrameDecoder} checks in the order of the bytes, so a frame that is wrong in several ways is named by what comes first.
 */
public enum ProtocolViolation {
    /** A reserved bit is set that no extension gave a meaning (section 5.2). */
    RESERVED_BIT(CloseCode.PROTOCOL_ERROR, "reserved bit set without a negotiated extension"),

    /** An opcode of 3 to 7 or 11 to 15 (section 5.2). */
    UNKNOWN_OPCODE(CloseCode.PROTOCOL_ERROR, "unknown opcode"),

    /** A control frame without FIN (section 5.5). */
    FRAGMENTED_CONTROL(CloseCode.PROTOCOL_ERROR, "fragmented control frame"),

    /** A continuation frame although no message is open (section 5.4). */
    UNEXPECTED_CONTINUATION(CloseCode.PROTOCOL_ERROR, "continuation frame without a message to continue"),

    /** A text or binary frame although the message before is not finished (section 5.4). */
    INTERLEAVED_MESSAGE(CloseCode.PROTOCOL_ERROR, "new message before the last fragment of the one before"),

    /** A message of more frames than {@link FrameLimits#maxFragments()}, empty ones counted. */
    TOO_MANY_FRAGMENTS(CloseCode.POLICY_VIOLATION, "message has too many fragments"),

    /** A server received a frame without a masking key (section 5.1). */
    UNMASKED_CLIENT_FRAME(CloseCode.PROTOCOL_ERROR, "client frame is not masked"),

    /** A client received a frame with a masking key (section 5.1). */
    MASKED_SERVER_FRAME(CloseCode.PROTOCOL_ERROR, "server frame is masked"),

    /** A control frame of more than 125 bytes (section 5.5). */
    CONTROL_TOO_LONG(CloseCode.PROTOCOL_ERROR, "control frame longer than 125 bytes"),

    /** A close frame with a body of one byte, which cannot hold a code (section 5.5.1). */
    CLOSE_BODY_LENGTH(CloseCode.PROTOCOL_ERROR, "close frame with a body of one byte"),

    /** A length in a longer form than it needs (section 5.2). */
    NON_MINIMAL_LENGTH(CloseCode.PROTOCOL_ERROR, "payload length not in its shortest form"),

    /** A 64-bit length with its top bit set (section 5.2). */
    NEGATIVE_LENGTH(CloseCode.PROTOCOL_ERROR, "payload length with its most significant bit set"),

    /** A message that would be larger than {@link FrameLimits#maxMessageSize()}, known from its headers. */
    MESSAGE_TOO_BIG(CloseCode.MESSAGE_TOO_BIG, "message exceeds the maximum size"),

    /** A text message that is not UTF-8 (section 8.1). */
    INVALID_UTF8(CloseCode.INVALID_PAYLOAD, "text message is not valid UTF-8"),

    /** A close frame with a code that must not be on the wire (section 7.4). */
    CLOSE_CODE_INVALID(CloseCode.PROTOCOL_ERROR, "invalid code in close frame"),

    /** A close frame whose reason is not UTF-8 (section 5.5.1). */
    CLOSE_REASON_UTF8(CloseCode.INVALID_PAYLOAD, "reason of close frame is not valid UTF-8"),

    /**
     * A compressed message that is not what a compressor makes, or breaks off (RFC 7692, section 7.2.2). Its frames are in order and its
     * data is not, which is what 1007 stands for.
     */
    CORRUPT_COMPRESSION(CloseCode.INVALID_PAYLOAD, "compressed message cannot be inflated"),

    /** A compressed message that inflates to more than a set multiple of its length. */
    COMPRESSION_RATIO(CloseCode.POLICY_VIOLATION, "compressed message inflates too much");

    private final int closeCode;
    private final String reason;

    ProtocolViolation(int closeCode, String reason) {
        this.closeCode = closeCode;
        this.reason = reason;
    }

    /**
     * The code to fail the connection with (section 7.1.7).
     *
     * @return a code of {@link CloseCode}.
     */
    public int closeCode() {
        return closeCode;
    }

    /**
     * What was wrong, fit for a close frame.
     *
     * @return ASCII, at most 123 bytes.
     */
    public String reason() {
        return reason;
    }
}

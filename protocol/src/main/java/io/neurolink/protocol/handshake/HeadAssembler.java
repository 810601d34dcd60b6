package io.neurolink.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes of one unfinished head, and the machine for its header field lines (RFC 9112 section 5). It exists only while a head is being
 * received, so that an idle connection holds none of it.
 *
 * <pre>
 *   bytes: | start line | CR LF | name : OWS value OWS | CR LF | … | CR LF |
 *                                 ^    ^     ^    ^
 *   offsets, four per field:  nameStart nameEnd valueStart valueEnd
 * </pre>
 */
final class HeadAssembler {
    private static final int INITIAL_BYTES = 256;
    private static final int INITIAL_FIELDS = 16;
    private static final int MAX_NAMED = 64;

    private enum State { LINE_START, NAME, BEFORE_VALUE, VALUE, LINE_LF, LAST_LF, COMPLETE }

    private final HttpLimits limits;
    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;
    private int[] offsets = new int[INITIAL_FIELDS * HttpFields.INTS_PER_FIELD];
    private int fieldCount;
    private State state = State.LINE_START;
    private int fieldsStart;
    private int nameStart;
    private int nameEnd;
    private int valueStart;
    private int valueEnd;

    HeadAssembler(HttpLimits limits) {
        this.limits = limits;
    }

    /** Forgets the head, to take another one. */
    void clear() {
        length = 0;
        fieldCount = 0;
        state = State.LINE_START;
    }

    int length() {
        return length;
    }

    int heldBytes() {
        return bytes.length;
    }

    byte byteAt(int index) {
        return bytes[index];
    }

    byte[] copyBytes() {
        return Arrays.copyOf(bytes, length);
    }

    String text(int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    /** Keeps one byte. The callers' limits keep {@code length} below {@link HttpLimits#maxHeadBytes()}. */
    void append(byte b) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(length * 2, limits.maxHeadBytes()));
        }
        bytes[length++] = b;
    }

    void startFields() {
        fieldsStart = length;
    }

    boolean isComplete() {
        return state == State.COMPLETE;
    }

    HttpFields fields(byte[] head) {
        return new HttpFields(head, Arrays.copyOf(offsets, fieldCount * HttpFields.INTS_PER_FIELD), fieldCount);
    }

    /** One byte of the header section; {@code null} while all is well. */
    HandshakeViolation onFieldByte(byte b) {
        final HandshakeViolation violation = switch (state) {
            case LINE_START -> onLineStart(b);
            case NAME -> onName(b);
            case BEFORE_VALUE -> onBeforeValue(b);
            case VALUE -> onValue(b);
            case LINE_LF -> onLineLf(b);
            case LAST_LF -> onLastLf(b);
            case COMPLETE -> throw new IllegalStateException("the head is complete");
        };
        if (violation == null) {
            append(b);
        }
        return violation;
    }

    private HandshakeViolation onLineStart(byte b) {
        if (b == '\r') {
            state = State.LAST_LF;
            return null;
        }
        if (HttpChars.isBlank(b)) {
            return HandshakeViolation.badRequest(lastName(), fieldCount == 0
                ? "A header line must not start with a space"
                : "A header value must not be folded over several lines");
        }
        if (fieldCount == limits.maxHeaderCount()) {
            return HandshakeViolation.of(431, null, "The head has more than " + limits.maxHeaderCount() + " header lines");
        }
        nameStart = length;
        state = State.NAME;
        return b == ':' ? HandshakeViolation.badRequest(null, "A header line has no name") : onName(b);
    }

    private HandshakeViolation onName(byte b) {
        if (b == ':') {
            nameEnd = length;
            state = State.BEFORE_VALUE;
            return checkRoom();
        }
        if (!HttpChars.isTokenChar(b & 0xFF)) {
            return HandshakeViolation.badRequest(null, HttpChars.isBlank(b)
                ? "A header name must not be followed by a space"
                : "A header name holds a character that is not allowed: " + hex(b));
        }
        return checkRoom();
    }

    private HandshakeViolation onBeforeValue(byte b) {
        if (HttpChars.isBlank(b)) {
            return checkRoom();
        }
        valueStart = length;
        valueEnd = length;
        state = State.VALUE;
        return onValue(b);
    }

    private HandshakeViolation onValue(byte b) {
        if (b == '\r') {
            state = State.LINE_LF;
            return checkSectionRoom();
        }
        if (!HttpChars.isFieldValueChar(b & 0xFF)) {
            return HandshakeViolation.badRequest(currentName(), b == '\n'
                ? "A header line must end with CR LF, not with LF alone"
                : "The value of a header holds a character that is not allowed: " + hex(b));
        }
        if (!HttpChars.isBlank(b)) {
            valueEnd = length + 1;
        }
        return checkRoom();
    }

    private HandshakeViolation onLineLf(byte b) {
        if (b != '\n') {
            return HandshakeViolation.badRequest(currentName(), "A CR in a header line must be followed by LF");
        }
        addField();
        state = State.LINE_START;
        return checkSectionRoom();
    }

    private HandshakeViolation onLastLf(byte b) {
        if (b != '\n') {
            return HandshakeViolation.badRequest(null, "The CR after the header lines must be followed by LF");
        }
        state = State.COMPLETE;
        return null;
    }

    private HandshakeViolation checkRoom() {
        if (length - nameStart >= limits.maxHeaderLineBytes()) {
            return HandshakeViolation.of(431, currentName(), "A header line is longer than " + limits.maxHeaderLineBytes() + " bytes");
        }
        return checkSectionRoom();
    }

    private HandshakeViolation checkSectionRoom() {
        if (length - fieldsStart >= limits.maxHeaderBytes()) {
            return HandshakeViolation.of(431, null, "The header lines together are longer than " + limits.maxHeaderBytes() + " bytes");
        }
        return null;
    }

    private void addField() {
        final int at = fieldCount * HttpFields.INTS_PER_FIELD;
        if (at == offsets.length) {
            offsets = Arrays.copyOf(offsets, at * 2);
        }
        offsets[at + HttpFields.NAME_START] = nameStart;
        offsets[at + HttpFields.NAME_END] = nameEnd;
        offsets[at + HttpFields.VALUE_START] = valueStart;
        offsets[at + HttpFields.VALUE_END] = valueEnd;
        fieldCount++;
    }

    private String currentName() {
        return state == State.NAME ? null : text(nameStart, Math.min(nameEnd, nameStart + MAX_NAMED));
    }

    private String lastName() {
        return fieldCount == 0 ? null : currentName();
    }

    static String hex(byte b) {
        return String.format("0x%02X", b & 0xFF);
    }
}

package io.neurolink.protocol.handshake;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Reads one response head after another from bytes that may be cut anywhere (RFC 9112 section 4): the client's counterpart of
 * {@link RequestDecoder}, equally strict, with the same promises about time and memory. Its violations carry
 * {@link HandshakeViolation#NO_ANSWER}.
 */
public final class ResponseDecoder {
    private static final int CODE_START = VersionMatcher.LENGTH + 1;
    private static final int CODE_END = CODE_START + 3;

    private enum State { STATUS_LINE, REASON, LINE_LF, FIELDS }

    private final HttpLimits limits;
    private State state = State.STATUS_LINE;
    private DecodeStatus status = DecodeStatus.NEED_INPUT;
    private HeadAssembler assembler;
    private int reasonEnd;
    private HttpResponseHead head;
    private HandshakeViolation violation;

    /**
     * A decoder that waits for the first response.
     *
     * @param limits the limits
     */
    public ResponseDecoder(HttpLimits limits) {
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    /**
     * Consumes bytes up to the end of the head, or to the byte that breaks a rule, and leaves the buffer's own position alone.
     *
     * @param in       the bytes
     * @param position index of the first byte to read
     * @param limit    index after the last byte to read
     * @return index of the first byte that was not consumed; {@code limit} while more is needed
     */
    public int decode(ByteBuffer in, int position, int limit) {
        int at = position;
        while (at < limit && status == DecodeStatus.NEED_INPUT) {
            accept(in.get(at++));
        }
        return at;
    }

    /** {@return where this decoder stands} */
    public DecodeStatus status() {
        return status;
    }

    /** {@return the head; {@code null} unless the status is {@link DecodeStatus#COMPLETE}} */
    public HttpResponseHead head() {
        return head;
    }

    /** {@return what is wrong; {@code null} unless the status is {@link DecodeStatus#VIOLATION}} */
    public HandshakeViolation violation() {
        return violation;
    }

    /** {@return the bytes of memory held for the unfinished head} */
    public int heldBytes() {
        return assembler == null ? 0 : assembler.heldBytes();
    }

    /** Forgets everything and waits for the next response, as after an interim one. */
    public void reset() {
        state = State.STATUS_LINE;
        status = DecodeStatus.NEED_INPUT;
        assembler = null;
        reasonEnd = 0;
        head = null;
        violation = null;
    }

    private void accept(byte b) {
        if (assembler == null) {
            assembler = new HeadAssembler(limits);
        }
        final HandshakeViolation fault = switch (state) {
            case STATUS_LINE -> onStatusLine(b);
            case REASON -> onReason(b);
            case LINE_LF -> onLineLf(b);
            case FIELDS -> onField(b);
        };
        if (fault != null) {
            violation = fault.withoutAnswer();
            status = DecodeStatus.VIOLATION;
            assembler = null;
        }
    }

    private HandshakeViolation onStatusLine(byte b) {
        final int index = assembler.length();
        assembler.append(b);
        if (index < VersionMatcher.LENGTH) {
            return VersionMatcher.check(index, b);
        }
        if (index == CODE_END) {
            state = State.REASON;
        }
        return isAllowedAt(index, b) ? null : fault("The status line must hold one space, three digits and one space after its version");
    }

    private static boolean isAllowedAt(int index, byte b) {
        if (index == VersionMatcher.LENGTH || index == CODE_END) {
            return b == ' ';
        }
        return index == CODE_START ? b >= '1' && b <= '5' : HttpChars.isDigit(b);
    }

    private HandshakeViolation onReason(byte b) {
        if (b == '\r') {
            reasonEnd = assembler.length();
            state = State.LINE_LF;
        } else if (!HttpChars.isFieldValueChar(b & 0xFF)) {
            return fault("The reason phrase holds a character that is not allowed: " + HeadAssembler.hex(b));
        } else if (assembler.length() == limits.maxStartLineBytes()) {
            return fault("The status line is longer than " + limits.maxStartLineBytes() + " bytes");
        }
        assembler.append(b);
        return null;
    }

    private HandshakeViolation onLineLf(byte b) {
        assembler.append(b);
        assembler.startFields();
        state = State.FIELDS;
        return b == '\n' ? null : fault("The status line must end with CR LF");
    }

    private HandshakeViolation onField(byte b) {
        final HandshakeViolation fault = assembler.onFieldByte(b);
        return fault == null && assembler.isComplete() ? complete() : fault;
    }

    private HandshakeViolation complete() {
        final boolean isHttp11 = assembler.byteAt(VersionMatcher.MINOR_INDEX) == '1';
        final HttpFields fields = assembler.fields(assembler.copyBytes());
        final HandshakeViolation fault = Framing.check(fields, isHttp11);
        if (fault == null) {
            final int statusCode = Integer.parseInt(assembler.text(CODE_START, CODE_END));
            final String reason = assembler.text(CODE_END + 1, reasonEnd);
            head = new HttpResponseHead(statusCode, reason, isHttp11 ? 1 : 0, fields, Framing.contentLength(fields));
            status = DecodeStatus.COMPLETE;
            assembler = null;
        }
        return fault;
    }

    private static HandshakeViolation fault(String message) {
        return HandshakeViolation.of(HandshakeViolation.NO_ANSWER, null, message);
    }
}

package io.neurolink.protocol.handshake;

import java.nio.ByteBuffer;

/**
 * Reads one request head after another from bytes that may be cut anywhere (RFC 9112, sections 2 to 6, in its strict reading): lines end
 * with CR LF only, no folded lines, no space before a colon, no control characters, and nothing that two readers could frame differently. A
 * violation is found at its first byte, or, where it takes the whole head to see it, at the last one. The time is linear in the bytes.
 *
 * <p>Between heads an instance is a few dozen bytes; while a head is unfinished it holds the bytes that came, at most
 * {@link HttpLimits#maxHeadBytes()}. Not safe for several threads.
 */
public final class RequestDecoder {
    private static final int MAX_METHOD_LENGTH = 32;

    private enum State { START, EMPTY_LINE_LF, AFTER_EMPTY_LINE, METHOD, TARGET, VERSION, VERSION_CR, LINE_LF, FIELDS }

    private final HttpLimits limits;
    private final HeadScratch scratch;
    private State state = State.START;
    private DecodeStatus status = DecodeStatus.NEED_INPUT;
    private HeadAssembler assembler;
    private String method;
    private RequestTarget target;
    private int methodLength;
    private int targetEnd;
    private int escapeDigits;
    private HttpRequestHead head;
    private HandshakeViolation violation;

    /**
     * A decoder that waits for the first request.
     *
     * @param limits the limits
     */
    public RequestDecoder(HttpLimits limits) {
        this(new HeadScratch(limits));
    }

    /**
     * The same for a thread that has many decoders.
     *
     * @param scratch memory shared with other decoders of the same thread
     */
    public RequestDecoder(HeadScratch scratch) {
        this.scratch = scratch;
        this.limits = scratch.limits();
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
    public HttpRequestHead head() {
        return head;
    }

    /** {@return the method, as soon as it and the target have been read; {@code null} before} Kept until the next reset, as the path is. */
    public String method() {
        return method;
    }

    /** {@return the decoded path, as soon as the target has been read; {@code null} before, or if it is none} */
    public String path() {
        return target == null ? null : target.path();
    }

    /** {@return what is wrong; {@code null} unless the status is {@link DecodeStatus#VIOLATION}} */
    public HandshakeViolation violation() {
        return violation;
    }

    /**
     * {@return whether no byte of a request has come since the start or the last reset, so that the connection may be closed without harm}
     */
    public boolean isIdle() {
        return assembler == null && status == DecodeStatus.NEED_INPUT;
    }

    /** {@return the bytes of memory held for the unfinished head} */
    public int heldBytes() {
        return assembler == null ? 0 : assembler.heldBytes();
    }

    /** Forgets everything and waits for the next request of the same connection. */
    public void reset() {
        state = State.START;
        status = DecodeStatus.NEED_INPUT;
        head = null;
        violation = null;
        method = null;
        target = null;
        release();
    }

    private void release() {
        if (assembler != null) {
            scratch.giveBack(assembler);
            assembler = null;
        }
        methodLength = 0;
        targetEnd = 0;
        escapeDigits = 0;
    }

    private void accept(byte b) {
        final HandshakeViolation fault = switch (state) {
            case START, AFTER_EMPTY_LINE -> onStart(b);
            case EMPTY_LINE_LF -> onEmptyLineLf(b);
            case METHOD -> onMethod(b);
            case TARGET -> onTarget(b);
            case VERSION -> onVersion(b);
            case VERSION_CR -> onVersionCr(b);
            case LINE_LF -> onLineLf(b);
            case FIELDS -> onField(b);
        };
        if (fault != null) {
            fail(fault);
        }
    }

    private void fail(HandshakeViolation fault) {
        violation = fault;
        status = DecodeStatus.VIOLATION;
        release();
    }

    /** RFC 9112 section 2.2: one empty line before the request is skipped, not more. */
    private HandshakeViolation onStart(byte b) {
        if (b == '\r' && state == State.START) {
            state = State.EMPTY_LINE_LF;
            return null;
        }
        if (!HttpChars.isTokenChar(b & 0xFF)) {
            return HandshakeViolation.badRequest(null, b == 0x16
                ? "The connection starts like TLS, but plain HTTP is spoken here"
                : "A request must start with its method, not with " + HeadAssembler.hex(b));
        }
        assembler = scratch.take();
        state = State.METHOD;
        return onMethod(b);
    }

    private HandshakeViolation onEmptyLineLf(byte b) {
        state = State.AFTER_EMPTY_LINE;
        return b == '\n' ? null : HandshakeViolation.badRequest(null, "A CR before the request must be followed by LF");
    }

    private HandshakeViolation onMethod(byte b) {
        if (b == ' ') {
            methodLength = assembler.length();
            state = State.TARGET;
            return keepInLine(b);
        }
        if (!HttpChars.isTokenChar(b & 0xFF)) {
            return HandshakeViolation.badRequest(null, "The method holds a character that is not allowed: " + HeadAssembler.hex(b));
        }
        if (assembler.length() == MAX_METHOD_LENGTH) {
            return HandshakeViolation.of(501, null, "No method longer than " + MAX_METHOD_LENGTH + " characters is known");
        }
        return keepInLine(b);
    }

    private HandshakeViolation onTarget(byte b) {
        final int start = methodLength + 1;
        if (b == ' ' && assembler.length() > start && escapeDigits == 0) {
            return onTargetEnd(start, b);
        }
        if (assembler.length() == start && !startsTarget(b)) {
            return HandshakeViolation.badRequest(null, "The request target must be a path");
        }
        if (!onEscape(b)) {
            return HandshakeViolation.badRequest(null, "The request target holds a broken % escape");
        }
        if (!HttpChars.isVisible(b) || b == '#') {
            return HandshakeViolation.badRequest(null, "The request target holds a character that is not allowed: " + HeadAssembler.hex(b));
        }
        return keepInLine(b);
    }

    private boolean startsTarget(byte b) {
        return b == '/' || HttpChars.isAlpha(b) || b == '*' && assembler.text(0, methodLength).equals("OPTIONS");
    }

    private boolean onEscape(byte b) {
        if (escapeDigits > 0) {
            escapeDigits--;
            return HttpChars.hexValue(b) >= 0;
        }
        escapeDigits = b == '%' ? 2 : 0;
        return true;
    }

    private HandshakeViolation onTargetEnd(int start, byte b) {
        targetEnd = assembler.length();
        method = assembler.text(0, methodLength);
        final RequestTarget.Parsed parsed = RequestTarget.parse(assembler.text(start, targetEnd));
        target = parsed.target();
        state = State.VERSION;
        return parsed.violation() == null ? keepInLine(b) : parsed.violation();
    }

    private HandshakeViolation onVersion(byte b) {
        final int index = assembler.length() - targetEnd - 1;
        final HandshakeViolation fault = VersionMatcher.check(index, b);
        if (index == VersionMatcher.MINOR_INDEX) {
            state = State.VERSION_CR;
        }
        return fault == null ? keepInLine(b) : fault;
    }

    private HandshakeViolation onVersionCr(byte b) {
        state = State.LINE_LF;
        assembler.append(b);
        return b == '\r' ? null : HandshakeViolation.badRequest(null, "The request line must end with CR LF after its version");
    }

    private HandshakeViolation onLineLf(byte b) {
        assembler.append(b);
        assembler.startFields();
        state = State.FIELDS;
        return b == '\n' ? null : HandshakeViolation.badRequest(null, "The request line must end with CR LF");
    }

    private HandshakeViolation keepInLine(byte b) {
        if (assembler.length() == limits.maxStartLineBytes()) {
            return HandshakeViolation.of(414, null, "The request line is longer than " + limits.maxStartLineBytes() + " bytes");
        }
        assembler.append(b);
        return null;
    }

    private HandshakeViolation onField(byte b) {
        final HandshakeViolation fault = assembler.onFieldByte(b);
        return fault == null && assembler.isComplete() ? complete() : fault;
    }

    private HandshakeViolation complete() {
        final boolean isHttp11 = assembler.byteAt(targetEnd + 1 + VersionMatcher.MINOR_INDEX) == '1';
        final HttpFields fields = assembler.fields(assembler.copyBytes());
        final HandshakeViolation hostFault = Framing.checkHost(fields, isHttp11);
        final HandshakeViolation fault = hostFault == null ? Framing.check(fields, isHttp11) : hostFault;
        if (fault == null) {
            head = new HttpRequestHead(method, target, isHttp11 ? 1 : 0, fields, Framing.contentLength(fields));
            status = DecodeStatus.COMPLETE;
            release();
        }
        return fault;
    }
}

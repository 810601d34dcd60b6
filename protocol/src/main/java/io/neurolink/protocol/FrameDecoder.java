package io.neurolink.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Takes the frames of one connection apart (RFC 6455, section 5.2), for either {@link Role}.
 *
 * <pre>
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-------+-+-------------+-------------------------------+
 *   |F|R|R|R| opcode|M| length      | extended length               |
 *   |I|S|S|S|  (4)  |A|  (7)        | 16 bits if length is 126,     |
 *   |N|V|V|V|       |S|             | 64 bits if length is 127      |
 *   | |1|2|3|       |K|             |                               |
 *   +-+-+-+-+-------+-+-------------+-------------------------------+
 *   | ... extended length                                           |
 *   +---------------------------------------------------------------+
 *   | masking key, 4 bytes if MASK is set                           |
 *   +---------------------------------------------------------------+
 *   | payload, extended length bytes                                |
 *   +---------------------------------------------------------------+
 * </pre>
 *
 * <p>The decoder is pulled. Each {@link #decode} goes on to the next event, says in {@link #event()} what that is, and returns how far it
 * came; the caller decodes on from there until the event is {@link #NEED_INPUT}:
 *
 * <pre>{@code
 *   do {
 *       position = decoder.decode(buffer, position, limit);
 *       switch (decoder.event()) { ... }
 *   } while (decoder.event() != FrameDecoder.NEED_INPUT && !decoder.isDone());
 * }</pre>
 *
 * <p>Input may be split anywhere. Payloads are unmasked in place and are never copied, save those of control frames that arrive in pieces.
 * The text of a message is checked before it is delivered, unless it is compressed. Whatever can be known to be wrong is refused at the
 * byte that shows it.
 *
 * <p>A decoder holds no buffer between two calls that ended with {@link #NEED_INPUT} and belongs to one thread at a time.
 */
public final class FrameDecoder {
    /** All input is consumed and there is nothing to deliver. */
    public static final int NEED_INPUT = 0;

    /** A whole message that came in one frame lies in the buffer. */
    public static final int MESSAGE = 1;

    /** A piece, perhaps empty, of a message that is fragmented or whose frame is not wholly here; see {@link #messageEnd()}. */
    public static final int PART = 2;

    /** A whole ping; the answer is a pong with the same payload. */
    public static final int PING = 3;

    /** A whole pong. */
    public static final int PONG = 4;

    /** A whole, valid close frame. The decoder is done. */
    public static final int CLOSE = 5;

    /** The peer broke the protocol; see {@link #violation()}. The decoder is done. */
    public static final int VIOLATION = 6;

    private static final byte STATE_FIRST_BYTE = 0;
    private static final byte STATE_SECOND_BYTE = 1;
    private static final byte STATE_LENGTH_16 = 2;
    private static final byte STATE_LENGTH_64 = 3;
    private static final byte STATE_MASK_KEY = 4;
    private static final byte STATE_PAYLOAD = 5;
    private static final byte STATE_STORED_CONTROL = 6;
    private static final byte STATE_DONE = 7;

    private static final byte NO_MESSAGE = 0;

    private static final int COMPRESSIBLE = 1;

    /** Messages are handed on in parts, so that other limits hold. */
    private static final int STREAMS = 2;

    private static final int END = 0x80;

    private static final int FIN = 0x80;
    private static final int RSV = 0x70;
    private static final int RSV1 = 0x40;
    private static final int OPCODE = 0x0F;
    private static final int MASK = 0x80;
    private static final int LENGTH_7 = 0x7F;
    private static final int LENGTH_IS_16 = 126;
    private static final int LENGTH_IS_64 = 127;
    private static final int MAX_CONTROL_LENGTH = 125;
    private static final int MAX_LENGTH_16 = 0xFFFF;
    private static final int MASK_KEY_LENGTH = 4;
    private static final int FIN_RSV_MASK = (FIN | RSV) << 8 | MASK;
    private static final long NON_ASCII = 0x8080808080808080L;

    private final FrameLimits limits;
    private final boolean masked;

    /** {@link #COMPRESSIBLE}, {@link #STREAMS}. */
    private final byte mode;
    private byte state;

    private byte firstByte;
    private byte headerBytesMissing;
    private int maskKey;
    private long frameRemaining;

    /** With RSV1 beside it for a compressed message, which so is neither TEXT nor BINARY to the checks that need the inflated bytes. */
    private byte messageOpcode;
    private byte utf8State;
    private long messageSize;
    private int fragments;

    private byte event;

    /** With {@link #END} beside it for what completes its message. */
    private byte opcode;
    private short closeCode;
    private int payloadPosition;
    private int payloadLength;
    private ByteBuffer payloadBuffer;

    /** Its place among all, from 1; a byte of what an idle connection takes. */
    private byte violation;

    /**
     * Makes a decoder for a connection whose opening handshake is over.
     *
     * @param role the side that decodes: a {@link Role#SERVER} wants its input masked, a {@link Role#CLIENT} not.
     * @param limits what the peer may send.
     */
    public FrameDecoder(Role role, FrameLimits limits) {
        this(role, limits, false, false);
    }

    /**
     * Makes a decoder for a connection whose opening handshake is over.
     *
     * @param role the side that decodes: a {@link Role#SERVER} wants its input masked, a {@link Role#CLIENT} not.
     * @param limits what the peer may send.
     * @param compressible whether permessage-deflate was agreed on (RFC 7692): messages may be {@link #compressed()}.
     */
    public FrameDecoder(Role role, FrameLimits limits, boolean compressible) {
        this(role, limits, compressible, false);
    }

    /**
     * Makes a decoder for a connection whose opening handshake is over.
     *
     * @param role the side that decodes: a {@link Role#SERVER} wants its input masked, a {@link Role#CLIENT} not.
     * @param limits what the peer may send.
     * @param compressible whether permessage-deflate was agreed on (RFC 7692): messages may be {@link #compressed()}.
     * @param streams whether the caller hands each part on and keeps none, so that a message may have any number of fragments and
     *                {@link FrameLimits#maxStreamedMessageSize()}.
     */
    public FrameDecoder(Role role, FrameLimits limits, boolean compressible, boolean streams) {
        this.mode = (byte) ((compressible ? COMPRESSIBLE : 0) | (streams ? STREAMS : 0));
        this.masked = Objects.requireNonNull(role, "role") == Role.SERVER;
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    /**
     * Consumes bytes up to the next event. The bytes must be those that follow what earlier calls consumed, but need not lie in the same
     * buffer: the rest of a frame may be read to wherever the caller likes.
     *
     * @param buffer holds the input; payloads are unmasked in it, so no byte may be decoded twice.
     * @param position index of the first byte that was not yet consumed.
     * @param limit index after the last byte of input.
     * @return the index up to which the input is consumed; {@code position} itself once the decoder {@link #isDone()}.
     * @throws IndexOutOfBoundsException if {@code position} and {@code limit} are no range of the buffer.
     */
    public int decode(FrameBuffer buffer, int position, int limit) {
        Objects.checkFromToIndex(position, limit, buffer.capacity());
        if (state == STATE_FIRST_BYTE) {
            int next = decodeWholeMessage(buffer, position, limit);
            if (next >= 0) {
                return next;
            }
        }
        return decodeStepwise(buffer, position, limit);
    }

    /** The fast path: an unfragmented data message, wholly here, of less than 64 KiB, with nothing wrong in its header. Else returns -1. */
    private int decodeWholeMessage(FrameBuffer buffer, int position, int limit) {
        int headerLength = masked ? 2 + MASK_KEY_LENGTH : 2;
        int available = limit - position;
        if (available < headerLength) {
            return -1;
        }
        ByteBuffer bytes = buffer.access();
        int head = bytes.getShort(position);
        int length = head & LENGTH_7;
        int frameOpcode = head >> 8 & OPCODE;
        if ((head & FIN_RSV_MASK) != (masked ? FIN << 8 | MASK : FIN << 8)
                || frameOpcode - 1 >>> 1 != 0 || messageOpcode != NO_MESSAGE || length == LENGTH_IS_64) {
            return -1;
        }
        if (length == LENGTH_IS_16) {
            headerLength += 2;
            length = available < headerLength ? 0 : bytes.getShort(position + 2) & 0xFFFF;
            if (length < LENGTH_IS_16) {
                return -1;
            }
        }
        if (length > available - headerLength || length > limits.maxMessageSize()) {
            return -1;
        }
        return takeWholeMessage(buffer, position + headerLength, length, frameOpcode);
    }

    private int takeWholeMessage(FrameBuffer buffer, int position, int length, int frameOpcode) {
        long seen = masked ? unmask(buffer, position, length, buffer.access().getInt(position - MASK_KEY_LENGTH), frameOpcode) : NON_ASCII;
        if (frameOpcode == Opcode.TEXT && (seen & NON_ASCII) != 0
                && Utf8Validator.validate(Utf8Validator.ACCEPT, buffer.access(), position, length) != Utf8Validator.ACCEPT) {
            return fail(ProtocolViolation.INVALID_UTF8, position + length);
        }
        opcode = (byte) (frameOpcode | END);
        return deliver(MESSAGE, buffer, position, length);
    }

    private int decodeStepwise(FrameBuffer buffer, int start, int limit) {
        if (state == STATE_DONE) {
            return start;
        }
        int position = start;
        while (state < STATE_PAYLOAD) {
            if (position == limit) {
                return needInput(position);
            }
            takeHeaderByte(buffer.access().get(position++) & 0xFF);
        }
        return state == STATE_DONE ? position : takePayload(buffer, position, limit);
    }

    private void takeHeaderByte(int value) {
        switch (state) {
            case STATE_FIRST_BYTE -> takeFirstByte(value);
            case STATE_SECOND_BYTE -> takeSecondByte(value);
            case STATE_LENGTH_16, STATE_LENGTH_64 -> takeLengthByte(value);
            default -> takeMaskKeyByte(value);
        }
    }

    private void takeFirstByte(int value) {
        ProtocolViolation wrong = checkFirstByte(value);
        if (wrong != null) {
            fail(wrong, 0);
            return;
        }
        int frameOpcode = value & OPCODE;
        firstByte = (byte) value;
        if (!Opcode.isControl(frameOpcode)) {
            fragments++;
            if (frameOpcode != Opcode.CONTINUATION) {
                messageOpcode = (byte) (value & (RSV1 | OPCODE));
            }
        }
        state = STATE_SECOND_BYTE;
    }

    private ProtocolViolation checkFirstByte(int value) {
        int frameOpcode = value & OPCODE;
        if ((value & RSV) != 0 && !mayBeCompressed(value)) {
            return ProtocolViolation.RESERVED_BIT;
        }
        if (!Opcode.isDefined(frameOpcode)) {
            return ProtocolViolation.UNKNOWN_OPCODE;
        }
        if (Opcode.isControl(frameOpcode)) {
            return (value & FIN) != 0 ? null : ProtocolViolation.FRAGMENTED_CONTROL;
        }
        if ((frameOpcode == Opcode.CONTINUATION) != withinMessage()) {
            return withinMessage() ? ProtocolViolation.INTERLEAVED_MESSAGE : ProtocolViolation.UNEXPECTED_CONTINUATION;
        }
        return fragments < limits.maxFragments() || (mode & STREAMS) != 0 ? null : ProtocolViolation.TOO_MANY_FRAGMENTS;
    }

    /** RSV1 belongs to the first frame of a message (RFC 7692, section 6). */
    private boolean mayBeCompressed(int value) {
        int frameOpcode = value & OPCODE;
        return (mode & COMPRESSIBLE) != 0 && (value & RSV) == RSV1 && (frameOpcode == Opcode.TEXT || frameOpcode == Opcode.BINARY);
    }

    private void takeSecondByte(int value) {
        ProtocolViolation wrong = checkSecondByte(value);
        if (wrong != null) {
            fail(wrong, 0);
            return;
        }
        int length = value & LENGTH_7;
        if (length < LENGTH_IS_16) {
            takeLength(length);
        } else {
            frameRemaining = 0;
            headerBytesMissing = (byte) (length == LENGTH_IS_16 ? Short.BYTES : Long.BYTES);
            state = length == LENGTH_IS_16 ? STATE_LENGTH_16 : STATE_LENGTH_64;
        }
    }

    private ProtocolViolation checkSecondByte(int value) {
        if ((value & MASK) != 0 != masked) {
            return masked ? ProtocolViolation.UNMASKED_CLIENT_FRAME : ProtocolViolation.MASKED_SERVER_FRAME;
        }
        int length = value & LENGTH_7;
        if (isControlFrame() && length > MAX_CONTROL_LENGTH) {
            return ProtocolViolation.CONTROL_TOO_LONG;
        }
        return frameOpcode() == Opcode.CLOSE && length == 1 ? ProtocolViolation.CLOSE_BODY_LENGTH : null;
    }

    private void takeLengthByte(int value) {
        if (headerBytesMissing == Long.BYTES && value > 0x7F) {
            fail(ProtocolViolation.NEGATIVE_LENGTH, 0);
            return;
        }
        frameRemaining = frameRemaining << 8 | value;
        if (--headerBytesMissing == 0) {
            if (frameRemaining < (state == STATE_LENGTH_16 ? LENGTH_IS_16 : MAX_LENGTH_16 + 1)) {
                fail(ProtocolViolation.NON_MINIMAL_LENGTH, 0);
            } else {
                takeLength(frameRemaining);
            }
        }
    }

    private void takeLength(long length) {
        if (!isControlFrame()) {
            if (length > maxLength() - messageSize) {
                fail(ProtocolViolation.MESSAGE_TOO_BIG, 0);
                return;
            }
            messageSize += length;
        } else if (frameOpcode() == Opcode.CLOSE) {
            utf8State = Utf8Validator.ACCEPT;
        }
        frameRemaining = length;
        headerBytesMissing = MASK_KEY_LENGTH;
        state = masked ? STATE_MASK_KEY : STATE_PAYLOAD;
    }

    private long maxLength() {
        if ((mode & STREAMS) != 0) {
            return withinCompressed() ? limits.maxStreamedCompressedLength() : limits.maxStreamedMessageSize();
        }
        return withinCompressed() ? limits.maxCompressedLength() : limits.maxMessageSize();
    }

    private void takeMaskKeyByte(int value) {
        maskKey = maskKey << 8 | value;
        if (--headerBytesMissing == 0) {
            state = STATE_PAYLOAD;
        }
    }

    private int takePayload(FrameBuffer buffer, int position, int limit) {
        int length = (int) Math.min(frameRemaining, limit - position);
        if (length == 0 && frameRemaining != 0) {
            return needInput(position);
        }
        long seen = NON_ASCII;
        if (masked) {
            seen = unmask(buffer, position, length, maskKey, isControlFrame() ? Opcode.BINARY : messageOpcode);
            maskKey = Masking.rotate(maskKey, length);
        }
        frameRemaining -= length;
        return isControlFrame() ? takeControl(buffer, position, length) : takeData(buffer, position, length, seen);
    }

    /** For text, returns what {@link Masking#xorGathering} does. */
    private static long unmask(FrameBuffer buffer, int position, int length, int key, int contentOpcode) {
        if (contentOpcode == Opcode.TEXT) {
            return Masking.xorGathering(buffer, position, length, key);
        }
        Masking.xor(buffer, position, length, key);
        return 0;
    }

    private int takeData(FrameBuffer buffer, int position, int length, long seen) {
        boolean frameEnd = frameRemaining == 0;
        boolean end = frameEnd && (firstByte & FIN) != 0;
        if (messageOpcode == Opcode.TEXT && !takeText(buffer.access(), position, length, seen, end)) {
            return fail(ProtocolViolation.INVALID_UTF8, position + length);
        }
        boolean whole = end && fragments == 1 && length == messageSize;
        opcode = (byte) (end ? messageOpcode | END : messageOpcode);
        if (frameEnd) {
            state = STATE_FIRST_BYTE;
        }
        if (end) {
            messageOpcode = NO_MESSAGE;
            messageSize = 0;
            fragments = 0;
            utf8State = Utf8Validator.ACCEPT;
        }
        return deliver(whole ? MESSAGE : PART, buffer, position, length);
    }

    private boolean takeText(ByteBuffer bytes, int position, int length, long seen, boolean end) {
        if (utf8State != Utf8Validator.ACCEPT || (seen & NON_ASCII) != 0) {
            utf8State = (byte) Utf8Validator.validate(utf8State, bytes, position, length);
        }
        return utf8State == Utf8Validator.ACCEPT || utf8State != Utf8Validator.REJECT && !end;
    }

    private int takeControl(FrameBuffer buffer, int position, int length) {
        if (state == STATE_PAYLOAD && frameRemaining == 0) {
            return finishControl(buffer.bytes(), buffer.access(), position, 0, length, position + length);
        }
        if (state == STATE_PAYLOAD) {
            payloadBuffer = ByteBuffer.allocate(length + (int) frameRemaining);
            state = STATE_STORED_CONTROL;
        }
        ByteBuffer store = payloadBuffer;
        int stored = store.capacity() - (int) frameRemaining - length;
        store.put(stored, buffer.access(), position, length);
        return finishControl(store, store, 0, stored, stored + length, position + length);
    }

    /**
     * Checks the bytes {@code from} to {@code to} of a control frame's payload, which begins at {@code start}, and delivers it if it is
     * whole.
     */
    private int finishControl(ByteBuffer holder, ByteBuffer bytes, int start, int from, int to, int next) {
        if (frameOpcode() == Opcode.CLOSE) {
            ProtocolViolation wrong = checkClose(bytes, start, from, to);
            if (wrong != null) {
                return fail(wrong, next);
            }
        }
        if (frameRemaining != 0) {
            event = NEED_INPUT;
            return next;
        }
        state = frameOpcode() == Opcode.CLOSE ? STATE_DONE : STATE_FIRST_BYTE;
        opcode = (byte) frameOpcode();
        payloadBuffer = holder;
        payloadPosition = start;
        payloadLength = to;
        event = (byte) (frameOpcode() == Opcode.PING ? PING : frameOpcode() == Opcode.PONG ? PONG : CLOSE);
        return next;
    }

    private ProtocolViolation checkClose(ByteBuffer bytes, int start, int from, int to) {
        if (from < Short.BYTES && to >= Short.BYTES) {
            closeCode = bytes.getShort(start);
            if (!CloseCode.isValidOnWire(closeCode & 0xFFFF)) {
                return ProtocolViolation.CLOSE_CODE_INVALID;
            }
        }
        int reason = Math.max(from, Short.BYTES);
        if (to > reason) {
            utf8State = (byte) Utf8Validator.validate(utf8State, bytes, start + reason, to - reason);
        }
        boolean wrong = utf8State == Utf8Validator.REJECT || frameRemaining == 0 && utf8State != Utf8Validator.ACCEPT;
        return wrong ? ProtocolViolation.CLOSE_REASON_UTF8 : null;
    }

    private int deliver(int what, FrameBuffer buffer, int position, int length) {
        event = (byte) what;
        payloadPosition = position;
        payloadLength = length;
        ByteBuffer bytes = buffer.bytes();
        if (payloadBuffer != bytes) {
            payloadBuffer = bytes;
        }
        return position + length;
    }

    private int needInput(int position) {
        event = NEED_INPUT;
        if (state != STATE_STORED_CONTROL) {
            payloadBuffer = null;
        }
        return position;
    }

    private int fail(ProtocolViolation what, int position) {
        violation = (byte) (what.ordinal() + 1);
        event = VIOLATION;
        state = STATE_DONE;
        payloadBuffer = null;
        return position;
    }

    private int frameOpcode() {
        return firstByte & OPCODE;
    }

    private boolean isControlFrame() {
        return Opcode.isControl(firstByte);
    }

    /**
     * What the last {@link #decode} ended with.
     *
     * @return one of the constants {@link #NEED_INPUT} to {@link #VIOLATION}.
     */
    public int event() {
        return event;
    }

    /**
     * Says whether the decoder has delivered a close frame or met a violation. It consumes nothing any more, and the event stays.
     *
     * @return true after {@link #CLOSE} and {@link #VIOLATION}.
     */
    public boolean isDone() {
        return state == STATE_DONE;
    }

    /**
     * What is delivered: {@link Opcode#TEXT} or {@link Opcode#BINARY} of the message for {@link #MESSAGE} and {@link #PART}, also for
     * continuation frames, else the opcode of the control frame. Valid until the next {@link #decode}, like everything about the payload.
     *
     * @return an opcode.
     */
    public int opcode() {
        return opcode & OPCODE;
    }

    /**
     * Says whether what is delivered belongs to a compressed message, so that it must be inflated, and, if it is text, checked to be UTF-8
     * after that. It is at most {@link FrameLimits#maxCompressedLength()} long.
     *
     * @return true for every {@link #MESSAGE} and {@link #PART} of a message whose first frame has RSV1 (RFC 7692, section 6).
     */
    public boolean compressed() {
        return (opcode & RSV1) != 0;
    }

    /**
     * The buffer in which the payload lies: {@link FrameBuffer#bytes()} of what was decoded, but a small buffer of its own for a control
     * frame that came in pieces. Its position and limit mean nothing.
     *
     * @return the buffer, or null if the event has no payload.
     */
    public ByteBuffer payloadBuffer() {
        return payloadBuffer;
    }

    /**
     * Where the payload begins.
     *
     * @return index of its first byte in {@link #payloadBuffer()}.
     */
    public int payloadPosition() {
        return payloadPosition;
    }

    /**
     * How long the delivered payload is; for a {@link #PART} this is the piece, not the message.
     *
     * @return bytes, at least 0.
     */
    public int payloadLength() {
        return payloadLength;
    }

    /**
     * Says whether this piece completes its message.
     *
     * @return true for every {@link #MESSAGE} and for the last {@link #PART} of a message.
     */
    public boolean messageEnd() {
        return opcode < 0;
    }

    /**
     * Says whether a message has begun, with at least the first byte of its first frame, and is not complete.
     *
     * @return true between the first byte and the delivery of the end.
     */
    public boolean withinMessage() {
        return messageOpcode != NO_MESSAGE;
    }

    /**
     * Says whether the message that has begun and is not complete is a compressed one.
     *
     * @return false also between messages.
     */
    public boolean withinCompressed() {
        return (messageOpcode & RSV1) != 0;
    }

    /**
     * How much of the current frame's payload is still to come, to size a buffer for it.
     *
     * @return bytes; 0 between frames and within a header; {@code Integer.MAX_VALUE} if there are more.
     */
    public int frameRemaining() {
        return state == STATE_PAYLOAD || state == STATE_STORED_CONTROL ? (int) Math.min(frameRemaining, Integer.MAX_VALUE) : 0;
    }

    /**
     * The status code of the close frame that was delivered.
     *
     * @return the code, {@link CloseCode#NO_STATUS} if the frame has none.
     */
    public int closeCode() {
        return payloadLength == 0 ? CloseCode.NO_STATUS : closeCode & 0xFFFF;
    }

    /**
     * Makes a string of the reason of the close frame that was delivered.
     *
     * @return the reason, empty if there is none.
     */
    public String closeReason() {
        if (payloadLength <= Short.BYTES) {
            return "";
        }
        byte[] reason = new byte[payloadLength - Short.BYTES];
        payloadBuffer.duplicate().clear().get(payloadPosition + Short.BYTES, reason);
        return new String(reason, StandardCharsets.UTF_8);
    }

    /**
     * What the peer did wrong.
     *
     * @return the violation, null if there was none.
     */
    public ProtocolViolation violation() {
        return violation == 0 ? null : Violations.ALL[violation - 1];
    }

    /** Loaded when somebody breaks the protocol. */
    private static final class Violations {
        static final ProtocolViolation[] ALL = ProtocolViolation.values();
    }
}

package io.neurolink.protocol;

import java.nio.ByteBuffer;

/**
 * Writes frames (RFC 6455, section 5.2) into buffers by absolute access; the buffer's position is neither used nor moved, its limit bounds
 * what is written, and its byte order must be big-endian, as that of a new buffer is.
 *
 * <p>Servers do not mask: {@link #encodeHeader}, then the payload as it is. Clients do: {@link #encodeMaskedHeader} and {@link Masking}, or
 * {@link #encodeMaskedFrame} for both at once. Headers have the shortest form there is:
 *
 * <pre>
 *   payload          header of a server    header of a client
 *   0 .. 125          2 bytes               6 bytes
 *   126 .. 65535      4 bytes               8 bytes
 *   65536 ..         10 bytes              14 bytes
 * </pre>
 */
public final class FrameEncoder {
    /** No header is longer. */
    public static final int MAX_HEADER_LENGTH = 14;

    /** The longest payload of a control frame (section 5.5). */
    public static final int MAX_CONTROL_PAYLOAD = 125;

    /** The longest reason of a close frame, in bytes of UTF-8. */
    public static final int MAX_CLOSE_REASON = MAX_CONTROL_PAYLOAD - Short.BYTES;

    /** Beside the opcode of a text or binary frame: the message is compressed (RFC 7692, section 6). */
    public static final int RSV1 = 0x40;

    private static final int FIN = 0x80;
    private static final int MASK = 0x80;
    private static final int LENGTH_IS_16 = 126;
    private static final int LENGTH_IS_64 = 127;
    private static final int MAX_LENGTH_16 = 0xFFFF;
    private static final int MASK_KEY_LENGTH = 4;

    private FrameEncoder() {
    }

    /**
     * Says how long the header of a frame is.
     *
     * @param role who sends the frame.
     * @param payloadLength bytes, at least 0.
     * @return 2, 4 or 10 bytes, for a client 4 more.
     * @throws IllegalArgumentException if the length is negative.
     */
    public static int headerLength(Role role, long payloadLength) {
        return lengthWithoutKey(payloadLength) + (role.masksOutput() ? MASK_KEY_LENGTH : 0);
    }

    /**
     * Writes a server's header; the payload goes right behind it.
     *
     * @param dst where to.
     * @param position index of the first byte of the header.
     * @param opcode a defined opcode, see {@link Opcode}; with {@link #RSV1} for the first frame of a compressed message.
     * @param fin true for the last or only frame of a message and for every control frame.
     * @param payloadLength bytes, at least 0.
     * @return the header's length.
     * @throws IllegalArgumentException if RFC 6455 has no such frame.
     * @throws IndexOutOfBoundsException if the header does not fit.
     */
    public static int encodeHeader(ByteBuffer dst, int position, int opcode, boolean fin, long payloadLength) {
        return encodeHeader(dst, position, opcode, fin, payloadLength, 0);
    }

    /**
     * Writes a client's header; the payload, masked with the same key, goes right behind it.
     *
     * @param dst where to.
     * @param position index of the first byte of the header.
     * @param opcode a defined opcode, see {@link Opcode}; with {@link #RSV1} for the first frame of a compressed message.
     * @param fin true for the last or only frame of a message and for every control frame.
     * @param payloadLength bytes, at least 0.
     * @param maskKey a fresh key from a strong source of randomness (section 5.3), most significant byte first on the wire.
     * @return the header's length.
     * @throws IllegalArgumentException if RFC 6455 has no such frame.
     * @throws IndexOutOfBoundsException if the header does not fit.
     */
    public static int encodeMaskedHeader(ByteBuffer dst, int position, int opcode, boolean fin, long payloadLength, int maskKey) {
        int length = encodeHeader(dst, position, opcode, fin, payloadLength, MASK);
        dst.putInt(position + length, maskKey);
        return length + MASK_KEY_LENGTH;
    }

    /**
     * Writes a client's header in front of a payload that is already there and masks the payload.
     *
     * @param buffer holds the payload, behind room for a header of {@link #headerLength} bytes.
     * @param payloadPosition index of the first byte of the payload.
     * @param opcode a defined opcode, see {@link Opcode}; with {@link #RSV1} for the first frame of a compressed message.
     * @param fin true for the last or only frame of a message and for every control frame.
     * @param payloadLength bytes, at least 0.
     * @param maskKey a fresh key from a strong source of randomness (section 5.3).
     * @return index of the first byte of the frame.
     * @throws IllegalArgumentException if RFC 6455 has no such frame.
     * @throws IndexOutOfBoundsException if there is no room for the header.
     */
    public static int encodeMaskedFrame(FrameBuffer buffer, int payloadPosition, int opcode, boolean fin, int payloadLength, int maskKey) {
        int start = payloadPosition - headerLength(Role.CLIENT, payloadLength);
        encodeMaskedHeader(buffer.access(), start, opcode, fin, payloadLength, maskKey);
        Masking.xor(buffer, payloadPosition, payloadLength, maskKey);
        return start;
    }

    /**
     * Writes a server's whole ping or pong.
     *
     * @param dst where to.
     * @param position index of the first byte of the frame.
     * @param opcode {@link Opcode#PING} or {@link Opcode#PONG}.
     * @param payload holds what to carry; its position is not used. It may be {@code dst} itself as long as source and target do not
     *                overlap.
     * @param payloadPosition index of the payload's first byte.
     * @param payloadLength 0 to {@value #MAX_CONTROL_PAYLOAD} bytes.
     * @return the frame's length.
     * @throws IllegalArgumentException if it is no ping and no pong, or too long.
     * @throws IndexOutOfBoundsException if the frame does not fit.
     */
    public static int encodeControl(
            ByteBuffer dst, int position, int opcode, ByteBuffer payload, int payloadPosition, int payloadLength) {
        requirePingOrPong(opcode);
        int header = encodeHeader(dst, position, opcode, true, payloadLength);
        dst.put(position + header, payload, payloadPosition, payloadLength);
        return header + payloadLength;
    }

    /**
     * Writes a client's whole ping or pong.
     *
     * @param dst where to.
     * @param position index of the first byte of the frame.
     * @param opcode {@link Opcode#PING} or {@link Opcode#PONG}.
     * @param payload holds what to carry; its position is not used.
     * @param payloadPosition index of the payload's first byte.
     * @param payloadLength 0 to {@value #MAX_CONTROL_PAYLOAD} bytes.
     * @param maskKey a fresh key from a strong source of randomness (section 5.3).
     * @return the frame's length.
     * @throws IllegalArgumentException if it is no ping and no pong, or too long.
     * @throws IndexOutOfBoundsException if the frame does not fit.
     */
    public static int encodeMaskedControl(
            ByteBuffer dst, int position, int opcode, ByteBuffer payload, int payloadPosition, int payloadLength, int maskKey) {
        requirePingOrPong(opcode);
        int header = encodeMaskedHeader(dst, position, opcode, true, payloadLength, maskKey);
        dst.put(position + header, payload, payloadPosition, payloadLength);
        Masking.xor(dst, position + header, payloadLength, maskKey);
        return header + payloadLength;
    }

    /**
     * Writes a server's whole close frame.
     *
     * @param dst where to.
     * @param position index of the first byte of the frame.
     * @param code a code that is {@linkplain CloseCode#isValidOnWire valid on the wire}, or {@link CloseCode#NO_STATUS} for an empty body.
     * @param reason cut to {@value #MAX_CLOSE_REASON} bytes at the end of a whole character; not written without a code.
     * @return the frame's length.
     * @throws IllegalArgumentException if the code must not be sent.
     * @throws IndexOutOfBoundsException if the frame does not fit.
     */
    public static int encodeClose(ByteBuffer dst, int position, int code, String reason) {
        int length = encodeCloseBody(dst, position + 2, code, reason);
        return encodeHeader(dst, position, Opcode.CLOSE, true, length) + length;
    }

    /**
     * Writes a client's whole close frame.
     *
     * @param dst where to.
     * @param position index of the first byte of the frame.
     * @param code a code that is {@linkplain CloseCode#isValidOnWire valid on the wire}, or {@link CloseCode#NO_STATUS} for an empty body.
     * @param reason cut to {@value #MAX_CLOSE_REASON} bytes at the end of a whole character; not written without a code.
     * @param maskKey a fresh key from a strong source of randomness (section 5.3).
     * @return the frame's length.
     * @throws IllegalArgumentException if the code must not be sent.
     * @throws IndexOutOfBoundsException if the frame does not fit.
     */
    public static int encodeMaskedClose(ByteBuffer dst, int position, int code, String reason, int maskKey) {
        int body = position + 2 + MASK_KEY_LENGTH;
        int length = encodeCloseBody(dst, body, code, reason);
        Masking.xor(dst, body, length, maskKey);
        return encodeMaskedHeader(dst, position, Opcode.CLOSE, true, length, maskKey) + length;
    }

    private static int encodeCloseBody(ByteBuffer dst, int position, int code, String reason) {
        if (code == CloseCode.NO_STATUS) {
            return 0;
        }
        if (!CloseCode.isValidOnWire(code)) {
            throw new IllegalArgumentException("close code " + code + " must not be sent");
        }
        dst.putShort(position, (short) code);
        return Short.BYTES + Utf8Encoder.encodeAtMost(reason, dst, position + Short.BYTES, MAX_CLOSE_REASON);
    }

    private static int encodeHeader(ByteBuffer dst, int position, int opcode, boolean fin, long payloadLength, int mask) {
        int header = lengthWithoutKey(payloadLength);
        if ((opcode & ~0x8) > 2 || (opcode & ~0x8) < 0 || Opcode.isControl(opcode) && (!fin || header > 2)) {
            requireCompressed(opcode, fin, payloadLength);
        }
        int first = (fin ? FIN : 0) | opcode;
        if (header == 2) {
            dst.putShort(position, (short) (first << 8 | mask | (int) payloadLength));
        } else if (header == 4) {
            dst.putInt(position, (first << 8 | mask | LENGTH_IS_16) << 16 | (int) payloadLength);
        } else {
            dst.putShort(position, (short) (first << 8 | mask | LENGTH_IS_64));
            dst.putLong(position + 2, payloadLength);
        }
        return header;
    }

    private static int lengthWithoutKey(long payloadLength) {
        if (payloadLength < 0) {
            throw new IllegalArgumentException("payloadLength must not be negative, it is " + payloadLength);
        }
        return payloadLength < LENGTH_IS_16 ? 2 : payloadLength <= MAX_LENGTH_16 ? 4 : 10;
    }

    private static void requirePingOrPong(int opcode) {
        if (opcode != Opcode.PING && opcode != Opcode.PONG) {
            throw new IllegalArgumentException("opcode must be ping or pong, not " + Opcode.name(opcode));
        }
    }

    private static void requireCompressed(int opcode, boolean fin, long payloadLength) {
        if (opcode != (RSV1 | Opcode.TEXT) && opcode != (RSV1 | Opcode.BINARY)) {
            throw noSuchFrame(opcode, fin, payloadLength);
        }
    }

    private static IllegalArgumentException noSuchFrame(int opcode, boolean fin, long payloadLength) {
        if ((opcode & ~0xF) != 0 || !Opcode.isDefined(opcode)) {
            return new IllegalArgumentException("opcode " + opcode + " is not defined");
        }
        String problem = fin ? "at most " + MAX_CONTROL_PAYLOAD + " bytes, not " + payloadLength : "the FIN bit";
        return new IllegalArgumentException("a " + Opcode.name(opcode) + " frame must have " + problem);
    }
}

package io.neurolink.engine.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.PeerDeflate;
import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.socket.Frames;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads what the product writes, and takes nothing that a strict peer would not: never fragmented, no reserved bit, the shortest form of
 * each length, masked if and only if it comes from a client. Compressed messages are inflated where compression was agreed on.
 */
public final class StrictReader {
    private static final int KEY_LENGTH = 4;
    private static final int RSV1 = 0x40;

    private final InputStream in;
    private final boolean isMasked;
    private final PeerDeflate deflate;

    public StrictReader(InputStream in, boolean isMasked) {
        this(in, isMasked, null);
    }

    /** @param deflate what was agreed on, or null. */
    public StrictReader(InputStream in, boolean isMasked, PeerDeflate deflate) {
        this.in = in;
        this.isMasked = isMasked;
        this.deflate = deflate;
    }

    /** @throws EOFException if the stream ends before the frame does. */
    public Frame read() throws IOException {
        int first = readByte();
        int second = readByte();
        int opcode = first & 0x0F;
        boolean isCompressed = deflate != null && opcode < Frames.CLOSE && (first & RSV1) != 0;
        assertEquals(isCompressed ? Frames.FIN | RSV1 : Frames.FIN, first & 0xF0,
                () -> "FIN and no reserved bit, in a first byte of " + Integer.toHexString(first));
        assertTrue(opcode == Frames.TEXT || opcode == Frames.BINARY || opcode >= Frames.CLOSE && opcode <= Frames.PONG, "opcode " + opcode);
        assertEquals(isMasked ? Frames.MASK : 0, second & Frames.MASK, "mask bit");
        int shortLength = second & ~Frames.MASK;
        long length = shortLength < 126 ? shortLength : readLength(shortLength == 126 ? 2 : 8);
        assertTrue(shortLength < 126 || length >= (shortLength == 126 ? 126 : 65_536), () -> "shortest form of length " + length);
        assertTrue(opcode < Frames.CLOSE || length <= 125, () -> "length of a control frame: " + length);
        assertTrue(opcode != Frames.CLOSE || length != 1, "body of a close frame");
        byte[] payload = readPayload(Math.toIntExact(length));
        return new Frame(opcode, isCompressed ? deflate.inflate(payload) : payload);
    }

    private byte[] readPayload(int length) throws IOException {
        byte[] key = readFully(isMasked ? KEY_LENGTH : 0);
        byte[] payload = readFully(length);
        for (int i = 0; isMasked && i < length; i++) {
            payload[i] ^= key[i & 3];
        }
        return payload;
    }

    private byte[] readFully(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException(bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    private long readLength(int bytes) throws IOException {
        long length = 0;
        for (int i = 0; i < bytes; i++) {
            length = length << 8 | readByte();
        }
        return length;
    }

    private int readByte() throws IOException {
        int value = in.read();
        if (value < 0) {
            throw new EOFException("the stream ended where a frame was expected");
        }
        return value;
    }
}

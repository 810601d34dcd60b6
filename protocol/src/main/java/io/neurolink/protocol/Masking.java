package io.neurolink.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * Masking of payloads (RFC 6455, section 5.3). The operation is its own inverse: it masks what is plain and unmasks what is masked.
 *
 * <p>A masking key is an {@code int} whose most significant byte is the first on the wire, as {@link ByteBuffer#getInt(int)} of a
 * big-endian buffer gives it:
 *
 * <pre>
 *   payload    p0 p1 p2 p3 p4 p5 p6 ...
 *   key        k0 k1 k2 k3 k0 k1 k2 ...      int key = k0 &lt;&lt; 24 | k1 &lt;&lt; 16 | k2 &lt;&lt; 8 | k3
 * </pre>
 */
public final class Masking {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private Masking() {
    }

    /**
     * Turns a key so that it fits a payload from its byte number {@code offset} on.
     *
     * @param key as it fits byte 0.
     * @param offset bytes of the payload that are done; at least 0.
     * @return the key whose first byte applies to byte number {@code offset}.
     */
    public static int rotate(int key, int offset) {
        return Integer.rotateLeft(key, offset << 3);
    }

    /**
     * Masks or unmasks bytes in place.
     *
     * @param buffer the bytes.
     * @param position index of the first byte.
     * @param length how many bytes.
     * @param key the key, turned so that its first byte applies to the byte at {@code position}.
     * @return all resulting bytes or-ed together in some order: a value without a bit of {@code 0x8080808080808080L} says that the result
     *         is ASCII.
     */
    public static long xor(FrameBuffer buffer, int position, int length, int key) {
        LongBuffer words = buffer.words(position & 7);
        long wideKey = widen(key);
        int first = position >>> 3;
        int end = first + (length >>> 3);
        long seen = 0;
        for (int i = first; i < end; i++) {
            long word = words.get(i) ^ wideKey;
            words.put(i, word);
            seen |= word;
        }
        int done = length & -8;
        return done == length ? seen : seen | xorTail(buffer.access(), position + done, length - done, key);
    }

    /**
     * Masks or unmasks bytes in place. For few bytes; for many, a {@link FrameBuffer} is faster.
     *
     * @param bytes the buffer, big-endian; its position is not used.
     * @param position index of the first byte.
     * @param length how many bytes.
     * @param key the key, turned so that its first byte applies to the byte at {@code position}.
     */
    public static void xor(ByteBuffer bytes, int position, int length, int key) {
        int done = length & -Integer.BYTES;
        for (int i = position; i < position + done; i += Integer.BYTES) {
            bytes.putInt(i, bytes.getInt(i) ^ key);
        }
        xorTail(bytes, position + done, length - done, key);
    }

    private static long xorTail(ByteBuffer bytes, int position, int length, int key) {
        long seen = 0;
        for (int i = 0; i < length; i++) {
            byte value = (byte) (bytes.get(position + i) ^ rotate(key, i) >>> 24);
            bytes.put(position + i, value);
            seen |= value;
        }
        return seen;
    }

    private static long widen(int key) {
        long twice = (key & 0xFFFF_FFFFL) << 32 | key & 0xFFFF_FFFFL;
        return LITTLE_ENDIAN ? Long.reverseBytes(twice) : twice;
    }
}

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

    /**
     * On JDK 25 the compiler turns a loop over {@link ByteBuffer#getLong(int)} into vector instructions, which pays from this length on.
     * It does not for a {@link LongBuffer}, and on JDK 17 for neither; there, and for short payloads, a {@link LongBuffer} is cheaper.
     */
    private static final int VECTOR_LENGTH = Runtime.version().feature() >= 25 ? 128 : Integer.MAX_VALUE;

    /** Bytes copied at once before they are masked; a multiple of the key's length. */
    private static final int COPY_LENGTH = 8 * 1024;

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
     */
    public static void xor(FrameBuffer buffer, int position, int length, int key) {
        xor(buffer, position, length, key, false);
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
        long wordKey = twice(key);
        int done = length & -Long.BYTES;
        for (int i = position; i < position + done; i += Long.BYTES) {
            bytes.putLong(i, bytes.getLong(i) ^ wordKey);
        }
        xorFew(bytes, position + done, length - done, key);
    }

    /**
     * Copies bytes and masks or unmasks them at their new place. A copy of a few cache lines at a time, which are masked while they are in
     * the first cache, takes less time than a loop that does both word by word.
     *
     * @param src the bytes, in any byte order; its position is not used.
     * @param srcPosition index of the first byte.
     * @param dst where to; its bytes must not overlap those of the source.
     * @param dstPosition index of the first byte there.
     * @param length how many bytes.
     * @param key the key, turned so that its first byte applies to the first byte.
     * @throws IndexOutOfBoundsException if source or target is too short.
     */
    public static void copy(ByteBuffer src, int srcPosition, FrameBuffer dst, int dstPosition, int length, int key) {
        int done = 0;
        while (length - done > COPY_LENGTH) {
            dst.access().put(dstPosition + done, src, srcPosition + done, COPY_LENGTH);
            xor(dst, dstPosition + done, COPY_LENGTH, key);
            done += COPY_LENGTH;
        }
        dst.access().put(dstPosition + done, src, srcPosition + done, length - done);
        xor(dst, dstPosition + done, length - done, key);
    }

    /**
     * Masks or unmasks bytes in place and gathers what the result is made of.
     *
     * @return all resulting bytes or-ed together, at any place of the word: without a bit of {@code 0x8080808080808080L} they are ASCII.
     */
    static long xorGathering(FrameBuffer buffer, int position, int length, int key) {
        return xor(buffer, position, length, key, true);
    }

    /** What is left after the whole words is done as a word that overlaps them, read before they change and written after. */
    private static long xor(FrameBuffer buffer, int position, int length, int key, boolean gather) {
        if ((length & 7) == 0) {
            return xorWords(buffer, position, length, key, gather);
        }
        ByteBuffer bytes = buffer.access();
        if (length < Long.BYTES) {
            return xorFew(bytes, position, length, key);
        }
        int last = position + length - Long.BYTES;
        long lastWord = bytes.getLong(last) ^ twice(rotate(key, length));
        long seen = xorWords(buffer, position, length, key, gather);
        bytes.putLong(last, lastWord);
        return seen | lastWord;
    }

    private static long xorWords(FrameBuffer buffer, int position, int length, int key, boolean gather) {
        long wordKey = LITTLE_ENDIAN ? Long.reverseBytes(twice(key)) : twice(key);
        if (length >= VECTOR_LENGTH) {
            return xorBytes(buffer.nativeAccess(), position, position + (length & -Long.BYTES), wordKey);
        }
        LongBuffer words = buffer.words(position & 7);
        int first = position >>> 3;
        int end = first + (length >>> 3);
        if (gather) {
            return xorGathering(words, first, end, wordKey);
        }
        xor(words, first, end, wordKey);
        return 0;
    }

    private static long xorBytes(ByteBuffer bytes, int position, int end, long wordKey) {
        long seen = 0;
        for (int i = position; i < end; i += Long.BYTES) {
            long word = bytes.getLong(i) ^ wordKey;
            bytes.putLong(i, word);
            seen |= word;
        }
        return seen;
    }

    private static long xorGathering(LongBuffer words, int position, int end, long wordKey) {
        long seen = 0;
        for (int i = position; i < end; i++) {
            long word = words.get(i) ^ wordKey;
            words.put(i, word);
            seen |= word;
        }
        return seen;
    }

    /** Apart from the above because on JDK 17 the chain of ors costs as much as all the rest. */
    private static void xor(LongBuffer words, int position, int end, long wordKey) {
        for (int i = position; i < end; i++) {
            words.put(i, words.get(i) ^ wordKey);
        }
    }

    private static long xorFew(ByteBuffer bytes, int position, int length, int key) {
        long seen = 0;
        int done = length & Integer.BYTES;
        if (done != 0) {
            int value = bytes.getInt(position) ^ key;
            bytes.putInt(position, value);
            seen = value;
        }
        for (int i = done; i < length; i++) {
            byte value = (byte) (bytes.get(position + i) ^ key >>> 24 - 8 * (i - done));
            bytes.put(position + i, value);
            seen |= value;
        }
        return seen;
    }

    private static long twice(int key) {
        return (long) key << 32 | key & 0xFFFF_FFFFL;
    }
}

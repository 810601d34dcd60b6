package io.neurolink.perf.rig;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * What messages are made of: a stamp of 8 bytes that tells connection and number, and a fixed pattern around it.
 *
 * <pre>
 *   binary   [stamp][pattern with a period of 8191 bytes ...]
 *   text     {"id":"[stamp]","text":"words and words ..."}      below 32 bytes as binary, with letters
 * </pre>
 *
 * <p>The period is a prime, so that a server which mixes up pieces of its buffers, whose lengths are powers of two, is found out.
 * Belongs to one thread.
 */
final class Payload {
    static final int STAMP_LENGTH = Long.BYTES;
    static final int MAX_SIZE = 16 * 1024 * 1024;

    private static final int PERIOD = 8191;
    private static final int BINARY_SEQUENCE_BITS = 40;
    private static final int TEXT_SEQUENCE_BITS = 33;
    private static final int JSON_LENGTH = 32;
    private static final byte[] JSON_HEAD = ascii("{\"id\":\"");
    private static final byte[] JSON_MIDDLE = ascii("\",\"text\":\"");
    private static final byte[] JSON_TAIL = ascii("\"}");
    private static final byte[] LETTERS = ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    private static final String[] WORDS = {"the", "order", "price", "status", "update", "42", "1000", "open", "user", "and", "of", "total"};

    private final int size;
    private final boolean isText;
    private final int stampOffset;
    private final int period;
    private final ByteBuffer pattern;

    /**
     * @param size   bytes of a message, {@value #STAMP_LENGTH} to {@value #MAX_SIZE}.
     * @param isText whether it is ASCII.
     */
    Payload(int size, boolean isText) {
        this.size = size;
        this.isText = isText;
        boolean isJson = isText && size >= JSON_LENGTH;
        this.stampOffset = isJson ? JSON_HEAD.length : 0;
        byte[] bytes = isText ? text(size, isJson) : noise();
        this.period = isText ? size : PERIOD;
        this.pattern = ByteBuffer.allocateDirect(bytes.length).put(bytes).clear();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] noise() {
        byte[] bytes = new byte[2 * PERIOD];
        SplittableRandom random = new SplittableRandom(PERIOD);
        for (int i = 0; i < PERIOD; i++) {
            bytes[i] = (byte) random.nextInt();
            bytes[i + PERIOD] = bytes[i];
        }
        return bytes;
    }

    private static byte[] text(int size, boolean isJson) {
        byte[] bytes = new byte[size];
        SplittableRandom random = new SplittableRandom(size);
        int at = 0;
        while (at < size) {
            byte[] word = ascii(WORDS[random.nextInt(WORDS.length)] + " ");
            int length = Math.min(word.length, size - at);
            System.arraycopy(word, 0, bytes, at, length);
            at += length;
        }
        if (isJson) {
            System.arraycopy(JSON_HEAD, 0, bytes, 0, JSON_HEAD.length);
            System.arraycopy(JSON_MIDDLE, 0, bytes, JSON_HEAD.length + STAMP_LENGTH, JSON_MIDDLE.length);
            System.arraycopy(JSON_TAIL, 0, bytes, size - JSON_TAIL.length, JSON_TAIL.length);
        }
        return bytes;
    }

    int size() {
        return size;
    }

    boolean isText() {
        return isText;
    }

    /** Where the stamp lies in a message. */
    int stampOffset() {
        return stampOffset;
    }

    /** The stamp of a message, as eight bytes in the order of the wire. */
    long stamp(int connection, long sequence) {
        return isText ? letters((long) connection << TEXT_SEQUENCE_BITS | sequence) : (long) connection << BINARY_SEQUENCE_BITS | sequence;
    }

    private static long letters(long bits) {
        long letters = 0;
        for (int shift = 42; shift >= 0; shift -= 6) {
            letters = letters << 8 | LETTERS[(int) (bits >>> shift) & 63];
        }
        return letters;
    }

    /** Writes a message without its stamp, from an index on. */
    void write(ByteBuffer to, int position) {
        for (int done = 0; done < size; done += period) {
            to.put(position + done, pattern, 0, Math.min(period, size - done));
        }
    }

    /**
     * Compares a piece of a message.
     *
     * @param bytes    holds the piece, big-endian; its position and limit change.
     * @param position index of its first byte.
     * @param length   how long it is.
     * @param offset   where in the message it begins; the piece must not go beyond the message's end.
     * @param stamp    the message's stamp.
     * @return whether every byte is what was sent.
     */
    boolean matches(ByteBuffer bytes, int position, int length, int offset, long stamp) {
        bytes.clear();
        int from = stampOffset - offset;
        int to = from + STAMP_LENGTH;
        if (to <= 0 || from >= length) {
            return matchesPattern(bytes, position, length, offset);
        }
        if (from < 0 || to > length) {
            return matchesSlowly(bytes, position, length, offset, stamp);
        }
        return bytes.getLong(position + from) == stamp
                && matchesPattern(bytes, position, from, offset)
                && matchesPattern(bytes, position + to, length - to, offset + to);
    }

    private boolean matchesPattern(ByteBuffer bytes, int position, int length, int offset) {
        int done = 0;
        while (done < length) {
            int at = (offset + done) % period;
            int count = Math.min(length - done, pattern.capacity() - at);
            bytes.limit(position + done + count).position(position + done);
            pattern.limit(at + count).position(at);
            if (bytes.mismatch(pattern) >= 0) {
                return false;
            }
            done += count;
        }
        return true;
    }

    /** The piece begins or ends within the stamp. */
    private boolean matchesSlowly(ByteBuffer bytes, int position, int length, int offset, long stamp) {
        for (int i = 0; i < length; i++) {
            int at = offset + i;
            int inStamp = at - stampOffset;
            byte expected = inStamp >= 0 && inStamp < STAMP_LENGTH ? (byte) (stamp >>> 56 - 8 * inStamp) : pattern.get(at % period);
            if (inStamp >= STAMP_LENGTH) {
                return matchesPattern(bytes, position + i, length - i, at);
            }
            if (bytes.get(position + i) != expected) {
                return false;
            }
        }
        return true;
    }
}

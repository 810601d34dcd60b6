package io.neurolink.protocol;

import java.nio.ByteBuffer;

/**
 * Writes text as UTF-8 straight into a buffer, without allocating.
 *
 * <p>A surrogate without its partner becomes U+FFFD (the replacement character, 3 bytes), as browsers do in {@code WebSocket.send}, so
 * whatever string it is given the result is valid UTF-8.
 */
public final class Utf8Encoder {
    /** No {@code char} of a string needs more bytes than this. */
    public static final int MAX_BYTES_PER_CHAR = 3;

    /** The top five bits of U+D800 to U+DFFF. */
    private static final int SURROGATES = 0x1B;

    private static final char REPLACEMENT = '\uFFFD';

    private Utf8Encoder() {
    }

    /**
     * Counts the bytes that {@link #encode} writes for a text.
     *
     * @param text any string.
     * @return bytes, 0 to three times the text's length.
     * @throws ArithmeticException if the text has more than {@link Integer#MAX_VALUE} bytes.
     */
    public static int encodedLength(String text) {
        int chars = text.length();
        long bytes = chars;
        for (int i = 0; i < chars; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                bytes += c < 0x800 ? 1 : 2;
                if (c >>> 11 == SURROGATES && startsPair(text, i, chars)) {
                    i++;
                }
            }
        }
        return Math.toIntExact(bytes);
    }

    /**
     * Encodes a text. Nothing before {@code position} and after the encoded text is touched.
     *
     * @param text any string.
     * @param dst where to, by absolute access; its byte order must be big-endian, as that of a new buffer is.
     * @param position index of the first byte to write.
     * @return how many bytes were written.
     * @throws IndexOutOfBoundsException if the text does not fit below the limit of {@code dst}; part of it may have been written.
     */
    public static int encode(String text, ByteBuffer dst, int position) {
        return encodeChars(text, text.length(), dst, position);
    }

    /**
     * Encodes as many whole characters of a text as fit.
     *
     * @param text any string.
     * @param dst where to, by absolute access; its byte order must be big-endian, as that of a new buffer is.
     * @param position index of the first byte to write.
     * @param maxBytes how many bytes may be written.
     * @return how many bytes were written.
     * @throws IndexOutOfBoundsException if the text, so cut, does not fit below the limit of {@code dst}; part of it may have been written.
     */
    public static int encodeAtMost(String text, ByteBuffer dst, int position, int maxBytes) {
        int chars = text.length();
        int taken = 0;
        int bytes = 0;
        while (taken < chars) {
            int charCount = startsPair(text, taken, chars) ? 2 : 1;
            bytes += charCount == 2 ? 4 : bytesOf(text.charAt(taken));
            if (bytes > maxBytes) {
                break;
            }
            taken += charCount;
        }
        return encodeChars(text, taken, dst, position);
    }

    private static int encodeChars(String text, int chars, ByteBuffer dst, int position) {
        int index = position;
        for (int i = 0; i < chars; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                dst.put(index++, (byte) c);
            } else if (c < 0x800) {
                dst.putShort(index, (short) (0xC080 | c << 2 & 0x1F00 | c & 0x3F));
                index += 2;
            } else if (c >>> 11 != SURROGATES) {
                index = putThree(dst, index, c);
            } else if (startsPair(text, i, chars)) {
                index = putFour(dst, index, Character.toCodePoint(c, text.charAt(++i)));
            } else {
                index = putThree(dst, index, REPLACEMENT);
            }
        }
        return index - position;
    }

    private static boolean startsPair(String text, int index, int length) {
        return Character.isHighSurrogate(text.charAt(index)) && index + 1 < length && Character.isLowSurrogate(text.charAt(index + 1));
    }

    private static int bytesOf(char c) {
        return c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    }

    private static int putThree(ByteBuffer dst, int index, int c) {
        dst.put(index, (byte) (0xE0 | c >> 12));
        dst.putShort(index + 1, (short) (0x8080 | c << 2 & 0x3F00 | c & 0x3F));
        return index + 3;
    }

    private static int putFour(ByteBuffer dst, int index, int codePoint) {
        int highHalf = codePoint << 6 & 0x0700_0000 | codePoint << 4 & 0x3F_0000;
        dst.putInt(index, 0xF080_8080 | highHalf | codePoint << 2 & 0x3F00 | codePoint & 0x3F);
        return index + 4;
    }
}

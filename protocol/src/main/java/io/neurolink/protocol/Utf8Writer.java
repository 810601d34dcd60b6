package io.neurolink.protocol;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Writes text as {@link Utf8Encoder} does, and long text several times faster: in pieces through arrays of its own, where the JDK works on
 * many characters at once. It allocates once, at the first long text, 5 KB. Reusable; for one thread at a time.
 */
public final class Utf8Writer {
    /** For less the way through the arrays is not worth its beginning. */
    private static final int MIN_CHARS = 32;

    private static final int PIECE_CHARS = 1024;

    private CharsetEncoder encoder;
    private CharBuffer chars;
    private ByteBuffer bytes;

    /** A writer that holds nothing yet. */
    public Utf8Writer() {
    }

    /**
     * Encodes a text. Nothing before {@code position} and after the encoded text is touched.
     *
     * @param text any string; a surrogate without its partner becomes U+FFFD.
     * @param dst where to, by absolute access; its byte order must be big-endian, as that of a new buffer is.
     * @param position index of the first byte to write.
     * @return how many bytes were written: {@link Utf8Encoder#encodedLength} of the text.
     * @throws IndexOutOfBoundsException if the text does not fit below the limit of {@code dst}; part of it may have been written.
     */
    public int encode(String text, ByteBuffer dst, int position) {
        int length = text.length();
        if (length < MIN_CHARS) {
            return Utf8Encoder.encode(text, dst, position);
        }
        if (encoder == null) {
            prepare();
        }
        encoder.reset();
        int at = position;
        int taken = 0;
        while (taken < length) {
            int count = Math.min(PIECE_CHARS, length - taken);
            text.getChars(taken, taken + count, chars.array(), 0);
            encoder.encode(chars.clear().limit(count), bytes.clear(), taken + count == length);
            dst.put(at, bytes.array(), 0, bytes.position());
            at += bytes.position();
            // Half of a pair at the end of a piece is left for the next one.
            taken += chars.position();
        }
        return at - position;
    }

    private void prepare() {
        chars = CharBuffer.allocate(PIECE_CHARS);
        bytes = ByteBuffer.allocate(PIECE_CHARS * Utf8Encoder.MAX_BYTES_PER_CHAR);
        encoder = StandardCharsets.UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPLACE)
                .replaceWith("\uFFFD".getBytes(StandardCharsets.UTF_8));
    }
}

package io.neurolink.protocol.handshake;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reads the body of a response from bytes that may be cut anywhere: as long as its {@code Content-Length} says, in chunks (RFC 9112 section
 * 7.1), or up to the end of the connection. Keeps no more than a limit; memory grows with what comes, not with what is declared. Lenient
 * where it can be, since the connection is closed after it: what is no chunk ends the body.
 */
public final class ResponseBody {
    private static final int MIN_CAPACITY = 256;
    private static final int MAX_SIZE_DIGITS = 15;

    private enum State { DATA, CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_END, COMPLETE }

    private final int maxLength;
    private final boolean isChunked;
    private State state;
    private long remaining;
    private int sizeDigits;
    private byte[] kept = new byte[0];
    private int length;

    /**
     * Begins with nothing read.
     *
     * @param head      head of the response.
     * @param maxLength bytes to keep; the body counts as complete when there are so many.
     */
    public ResponseBody(HttpResponseHead head, int maxLength) {
        this.maxLength = maxLength;
        this.isChunked = head.hasTransferEncoding();
        this.remaining = isChunked ? 0 : head.contentLength() < 0 ? Long.MAX_VALUE : head.contentLength();
        boolean isEmpty = head.statusCode() < 200 || head.statusCode() == 204 || head.statusCode() == 304 || !isChunked && remaining == 0;
        this.state = isEmpty || maxLength == 0 ? State.COMPLETE : isChunked ? State.CHUNK_SIZE : State.DATA;
    }

    /**
     * Takes bytes in and leaves the buffer's own position alone.
     *
     * @param in       the bytes.
     * @param position index of the first byte.
     * @param limit    index after the last byte.
     */
    public void decode(ByteBuffer in, int position, int limit) {
        int at = position;
        while (at < limit && state != State.COMPLETE) {
            if (state == State.DATA) {
                at = takeData(in, at, limit);
            } else {
                takeFraming(in.get(at++));
            }
        }
    }

    /** {@return whether nothing more is wanted: the body is there, or as much of it as is kept} */
    public boolean isComplete() {
        return state == State.COMPLETE;
    }

    /** {@return what is there, also before the end; a copy} */
    public byte[] bytes() {
        return Arrays.copyOf(kept, length);
    }

    private int takeData(ByteBuffer in, int position, int limit) {
        int count = (int) Math.min(Math.min(remaining, limit - position), maxLength - length);
        if (length + count > kept.length) {
            kept = Arrays.copyOf(kept, Math.min(maxLength, Math.max(Math.max(MIN_CAPACITY, 2 * kept.length), length + count)));
        }
        in.get(position, kept, length, count);
        length += count;
        remaining -= count;
        if (length == maxLength) {
            state = State.COMPLETE;
        } else if (remaining == 0) {
            state = isChunked ? State.CHUNK_END : State.COMPLETE;
        }
        return position + count;
    }

    private void takeFraming(byte b) {
        if (state == State.CHUNK_END) {
            if (b == '\n') {
                state = State.CHUNK_SIZE;
                sizeDigits = 0;
            } else if (b != '\r') {
                state = State.COMPLETE;
            }
        } else if (b == '\n') {
            state = remaining > 0 && sizeDigits > 0 ? State.DATA : State.COMPLETE;
        } else if (state == State.CHUNK_SIZE) {
            takeSizeDigit(b);
        }
    }

    private void takeSizeDigit(byte b) {
        int digit = HttpChars.hexValue((char) (b & 0xFF));
        if (digit < 0) {
            state = State.CHUNK_EXTENSION;
        } else if (++sizeDigits > MAX_SIZE_DIGITS) {
            state = State.COMPLETE;
        } else {
            remaining = remaining << 4 | digit;
        }
    }
}

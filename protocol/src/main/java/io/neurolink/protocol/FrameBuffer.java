package io.neurolink.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * A {@link ByteBuffer} with what the codec needs to work on it fast: views of 64-bit words, one for each way that a payload can lie
 * relative to an 8-byte boundary. A view is made when the first payload needs it, so a buffer of many frames has all eight and makes no
 * more.
 *
 * <pre>
 *   bytes    0 1 2 3 4 5 6 7 8 9 ...
 *   words(0) [------0------][------1------] ...
 *   words(1)   [------0------][------1------] ...
 *   words(7)               [------0------][------1------] ...
 * </pre>
 *
 * <p>The codec's access is absolute and never moves the position or the limit of {@link #bytes()}; nor do these restrict the codec.
 * Not safe for use by several threads at once.
 */
public final class FrameBuffer {
    private static final int ALIGNMENTS = Long.BYTES;

    private final ByteBuffer bytes;
    private final ByteBuffer access;
    private final ByteBuffer nativeAccess;
    private final LongBuffer[] words = new LongBuffer[ALIGNMENTS];

    private FrameBuffer(ByteBuffer bytes) {
        this.bytes = bytes;
        this.access = bytes.duplicate().clear();
        this.nativeAccess = bytes.duplicate().clear().order(ByteOrder.nativeOrder());
    }

    /**
     * Makes a buffer outside the heap, as sockets like it.
     *
     * @param capacity in bytes, at least 0.
     * @return an empty buffer.
     */
    public static FrameBuffer allocateDirect(int capacity) {
        return new FrameBuffer(ByteBuffer.allocateDirect(capacity));
    }

    /**
     * Wraps a buffer, from index 0 to its capacity whatever its position and limit.
     *
     * @param bytes direct or on the heap, writable.
     * @return a buffer over the same bytes.
     * @throws IllegalArgumentException if the buffer is read-only; frames are unmasked in place.
     */
    public static FrameBuffer wrap(ByteBuffer bytes) {
        if (bytes.isReadOnly()) {
            throw new IllegalArgumentException("buffer must be writable, frames are unmasked in place");
        }
        return new FrameBuffer(bytes);
    }

    /**
     * The buffer that was wrapped or allocated, for the caller to read into and to take payloads from.
     *
     * @return always the same instance.
     */
    public ByteBuffer bytes() {
        return bytes;
    }

    /**
     * The size of the buffer.
     *
     * @return bytes.
     */
    public int capacity() {
        return access.capacity();
    }

    /** The codec's own duplicate: big-endian, never limited. */
    ByteBuffer access() {
        return access;
    }

    /** The same in native byte order. */
    ByteBuffer nativeAccess() {
        return nativeAccess;
    }

    /** The 64-bit words, in native order, of which the first begins at {@code alignment}, 0 to 7. */
    LongBuffer words(int alignment) {
        LongBuffer view = words[alignment];
        return view != null ? view : createWords(alignment);
    }

    private LongBuffer createWords(int alignment) {
        int start = Math.min(alignment, access.capacity());
        int length = access.capacity() - start & -Long.BYTES;
        LongBuffer view = access.slice(start, length).order(ByteOrder.nativeOrder()).asLongBuffer();
        words[alignment] = view;
        return view;
    }
}

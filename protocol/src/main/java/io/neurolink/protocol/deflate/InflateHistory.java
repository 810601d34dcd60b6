package io.neurolink.protocol.deflate;

import java.nio.ByteBuffer;
import java.util.zip.Inflater;

/**
 * The end of what a peer has sent so far, as far back as its next message may look (RFC 7692, section 7.2.2, with context takeover). A ring
 * that grows with what really came, up to the window.
 *
 * <pre>
 *   not full   [ oldest ... newest | free ]           full   [ ... newest | oldest ... ]
 *                                  ^ end                                  ^ end
 * </pre>
 */
public final class InflateHistory {
    private static final int MIN_CAPACITY = 1024;
    private static final byte[] NOTHING = new byte[0];

    private final int window;
    private byte[] ring = NOTHING;
    private int end;
    private int length;

    /**
     * Makes an empty history.
     *
     * @param windowBits how far back the peer may look, 8 to 15.
     */
    public InflateHistory(int windowBits) {
        this.window = 1 << windowBits;
    }

    /**
     * Says what this takes at present.
     *
     * @return bytes, at most 32 KiB.
     */
    public int capacity() {
        return ring.length;
    }

    /**
     * Says how much is remembered.
     *
     * @return bytes, at most the window.
     */
    public int length() {
        return length;
    }

    /**
     * Adds what was inflated.
     *
     * @param bytes    holds it.
     * @param position index of its first byte.
     * @param count    how many bytes it has.
     */
    public void append(ByteBuffer bytes, int position, int count) {
        int kept = Math.min(count, window);
        if (length + kept > ring.length && ring.length < window) {
            grow(length + kept);
        }
        int from = position + count - kept;
        int first = Math.min(kept, ring.length - end);
        bytes.get(from, ring, end, first);
        bytes.get(from + first, ring, 0, kept - first);
        end = kept == first ? end + first : kept - first;
        if (end == ring.length) {
            end = 0;
        }
        length = Math.min(length + kept, ring.length);
    }

    /** Before the ring has its full size, it has never turned: what it holds begins at 0. */
    private void grow(int needed) {
        int capacity = Math.min(window, Math.max(MIN_CAPACITY, Integer.highestOneBit(Math.max(1, needed - 1)) << 1));
        byte[] larger = new byte[capacity];
        int kept = Math.min(length, capacity);
        System.arraycopy(ring, length - kept, larger, 0, kept);
        ring = larger;
        length = kept;
        end = kept == capacity ? 0 : kept;
    }

    /** Lets a fresh inflater look back at what is remembered. */
    void loadInto(Inflater inflater) {
        int newest = length == ring.length ? end : 0;
        if (length > newest) {
            inflater.setDictionary(ring, newest, length - newest);
        }
        if (newest > 0) {
            inflater.setDictionary(ring, 0, newest);
        }
    }
}

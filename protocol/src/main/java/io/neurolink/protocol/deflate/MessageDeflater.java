package io.neurolink.protocol.deflate;

import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/**
 * Compresses messages (RFC 7692, section 7.2.1). One instance serves many connections as long as no message looks back at those before; for
 * context takeover a connection needs its own.
 *
 * <p>The JDK's zlib always works with a window of 32 KiB. A smaller one is honoured all the same: after at most a window of input the
 * compressor is made to forget what it has seen, so nothing refers to anything further back.
 *
 * <pre>
 *   window 2^9    |─── 512 bytes ───|─── 512 bytes ───|── rest ──|
 *                               full flush        full flush    sync flush; a full one without context takeover
 * </pre>
 *
 * <p>Holds native memory, about 264 KiB, until it is closed. Belongs to one thread at a time.
 */
public final class MessageDeflater implements AutoCloseable {
    /** The compressed message did not fit. */
    public static final int TOO_LONG = -1;

    /** The target needs this much room beyond the longest message that is wanted: the end of a flush is written and taken away again. */
    public static final int MARGIN = 8;

    /** About what zlib takes for one compressor, from its own formula for the JDK's settings, in bytes. */
    public static final int NATIVE_BYTES = (1 << 17) + (1 << 17) + 8 * 1024;

    private static final int TAIL_LENGTH = 4;
    private static final byte EMPTY_MESSAGE = 0;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Deflater deflater;

    /** Input since the compressor has last forgotten everything. */
    private int remembered;

    /**
     * Makes a compressor.
     *
     * @param level 1 (fast) to 9 (small).
     * @throws IllegalArgumentException if there is no such level.
     */
    public MessageDeflater(int level) {
        if (level < Deflater.BEST_SPEED || level > Deflater.BEST_COMPRESSION) {
            throw new IllegalArgumentException("level must be in 1 to 9, not " + level);
        }
        this.deflater = new Deflater(level, true);
    }

    /**
     * Compresses a whole message.
     *
     * @param src holds the message between position and limit; direct buffers are read without a copy. Its position moves to the limit,
     *            unless the result is {@link #TOO_LONG}: then it may be anywhere.
     * @param dst takes the payload, from its position, which moves behind it. With {@link #MARGIN} bytes more than the payload may have.
     * @param windowBits no byte refers to one that is 2 to the power of this or further back; 8 to 15.
     * @param keepContext whether messages may look back at those before. All messages of one connection with the same value.
     * @return the payload's length, at least 1; or {@link #TOO_LONG} if it does not fit, and then nothing of it is remembered, so that the
     *         message may be sent uncompressed.
     */
    public int deflate(ByteBuffer src, ByteBuffer dst, int windowBits, boolean keepContext) {
        int start = dst.position();
        if (!src.hasRemaining()) {
            dst.put(EMPTY_MESSAGE);
            return 1;
        }
        if (!compress(src, dst, windowBits, keepContext)) {
            dst.position(start);
            reset();
            return TOO_LONG;
        }
        return withoutTail(dst, start);
    }

    /**
     * Compresses a part of a message that is sent in fragments. Nothing but parts of that message may go through this compressor meanwhile.
     *
     * @param src holds the part between position and limit; its position moves to the limit.
     * @param dst takes what goes over the wire, from its position, which moves behind it. With room for {@link #partRoom} bytes.
     * @param windowBits no byte refers to one that is 2 to the power of this or further back; 8 to 15.
     * @param isLast whether the message ends with this part, which may be empty then.
     * @return how many bytes that is; 0 for an empty part that is not the last.
     */
    public int deflatePart(ByteBuffer src, ByteBuffer dst, int windowBits, boolean isLast) {
        int start = dst.position();
        if (!src.hasRemaining()) {
            // The header of an empty block, whose rest is the tail that does not go over the wire.
            return isLast ? dst.put(EMPTY_MESSAGE).position() - start : 0;
        }
        if (!compress(src, dst, windowBits, true)) {
            throw new IllegalArgumentException("no room for " + src.limit() + " compressed bytes");
        }
        return isLast ? withoutTail(dst, start) : dst.position() - start;
    }

    /**
     * What a part may become at most: data that does not compress grows by a few bytes for each block and each flush.
     *
     * @param length bytes of the part.
     * @return bytes of room that it needs.
     */
    public static int partRoom(int length) {
        return length + length / 8 + 64;
    }

    /** @return whether there was room. */
    private boolean compress(ByteBuffer src, ByteBuffer dst, int windowBits, boolean keepContext) {
        int end = src.limit();
        int window = windowBits == DeflateParameters.MAX_WINDOW_BITS ? Integer.MAX_VALUE : 1 << windowBits;
        boolean isLast;
        do {
            int length = Math.min(end - src.position(), window - remembered);
            isLast = src.position() + length == end;
            remembered += length;
            boolean forgets = !isLast || !keepContext || remembered == window;
            if (forgets) {
                remembered = 0;
            }
            deflater.setInput(src.limit(src.position() + length));
            deflater.deflate(dst, forgets ? Deflater.FULL_FLUSH : Deflater.SYNC_FLUSH);
            if (!dst.hasRemaining()) {
                src.limit(end);
                return false;
            }
        } while (!isLast);
        deflater.setInput(NOTHING);
        return true;
    }

    /** A flush ends with 00 00 FF FF, which does not go over the wire (section 7.2.1). */
    private static int withoutTail(ByteBuffer dst, int start) {
        int end = dst.position() - TAIL_LENGTH;
        if (end <= start || dst.get(end) != 0 || dst.get(end + 1) != 0 || dst.get(end + 2) != -1 || dst.get(end + 3) != -1) {
            throw new IllegalStateException("the compressor did not end with an empty block");
        }
        dst.position(end);
        return end - start;
    }

    /** Forgets all messages before, as must be after a message that was sent compressed by another compressor or not sent at all. */
    public void reset() {
        deflater.setInput(NOTHING);
        deflater.reset();
        remembered = 0;
    }

    /** Gives the native memory back. */
    @Override
    public void close() {
        deflater.end();
    }
}

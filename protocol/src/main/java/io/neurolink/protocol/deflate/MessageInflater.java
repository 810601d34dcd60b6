package io.neurolink.protocol.deflate;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses messages (RFC 7692, section 7.2.2), in steps as large as the caller gives room for, so that a message that inflates to more
 * than is wanted is dropped where that shows. One instance serves any number of connections: what a peer's messages may look back at is
 * kept in an {@link InflateHistory}.
 *
 * <p>The end of a message is made certain. Behind the payload go the 4 bytes that the sender has taken away, and a last, empty block:
 *
 * <pre>
 *   payload ...  00 00 FF FF  03 00
 *                |            last block, nothing in it: if the inflater does not say "finished" here, the payload broke off
 *                rest of an empty block, whose header is the payload's end
 * </pre>
 *
 * <p>A block marked as the last (BFINAL, section 7.2.3.4) may stand within a message: what follows is a new stream, that looks back at
 * nothing. A payload that ends right with such a block, and one without any byte, come from peers that are not strict and are accepted:
 * there is only one thing they can mean.
 *
 * <p>Holds native memory, about 40 KiB, until it is closed. Belongs to one thread at a time.
 */
public final class MessageInflater implements AutoCloseable {
    /** The target is full, and there may be more: go on with another target. */
    public static final int FULL = 0;

    /** The message is complete. */
    public static final int DONE = 1;

    /** The payload is no compressed message; it is corrupt, or breaks off. */
    public static final int CORRUPT = 2;

    /** This part is used up, and the message goes on with another. */
    public static final int DRY = 3;

    /** About what zlib takes for one decompressor, in bytes. */
    public static final int NATIVE_BYTES = (1 << 15) + 8 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Inflater inflater = new Inflater(true);
    private final ByteBuffer trailer = ByteBuffer.allocateDirect(6).put(new byte[] {0, 0, -1, -1, 3, 0}).flip();

    private ByteBuffer payload;
    private boolean isEmpty;
    private boolean isLastPart;

    /** Makes a decompressor. */
    public MessageInflater() {
    }

    /**
     * Begins a message. One that was begun before and is not done is forgotten.
     *
     * @param compressed the whole payload between position and limit; it must stay as it is until the message is done, and its position
     *                   moves. Direct buffers are read without a copy.
     * @param history    what came before, or null without context takeover. The caller appends what this message inflates to.
     */
    public void begin(ByteBuffer compressed, InflateHistory history) {
        begin(history);
        part(compressed, true);
    }

    /**
     * Begins a message that comes in parts. One that was begun before and is not done is forgotten.
     *
     * @param history what came before, or null without context takeover. The caller appends what this message inflates to.
     */
    public void begin(InflateHistory history) {
        inflater.reset();
        if (history != null) {
            history.loadInto(inflater);
        }
        isEmpty = true;
    }

    /**
     * Brings the next part of the message.
     *
     * @param compressed the part between position and limit; it must stay as it is until {@link #inflate} does not say {@link #FULL} any
     *                   more, and its position moves.
     * @param isLast     whether the message ends with it.
     */
    public void part(ByteBuffer compressed, boolean isLast) {
        if (inflater.finished() && compressed.hasRemaining()) {
            inflater.reset();
        }
        payload = compressed;
        isEmpty &= !compressed.hasRemaining();
        isLastPart = isLast;
        inflater.setInput(compressed);
    }

    /**
     * Goes on.
     *
     * @param dst takes what the payload inflates to, from its position, which moves. The message is only said to be done while at least one
     *            byte of room is left.
     * @return {@link #FULL}, {@link #DONE}, {@link #CORRUPT}, or {@link #DRY} after a part that is not the last.
     */
    public int inflate(ByteBuffer dst) {
        try {
            int status = step(dst);
            if (status != FULL) {
                end();
            }
            return status;
        } catch (DataFormatException e) {
            end();
            return CORRUPT;
        }
    }

    private int step(ByteBuffer dst) throws DataFormatException {
        if (isEmpty) {
            return isLastPart ? DONE : DRY;
        }
        while (true) {
            inflater.inflate(dst);
            if (!dst.hasRemaining()) {
                return FULL;
            }
            // There was room, so either all input is used or the stream is at its end.
            if (inflater.finished()) {
                if (!payload.hasRemaining()) {
                    return isLastPart ? DONE : DRY;
                }
                inflater.reset();
                inflater.setInput(payload);
            } else if (payload.hasRemaining()) {
                return CORRUPT;
            } else if (!isLastPart) {
                return DRY;
            } else {
                return endsHere(dst) ? DONE : CORRUPT;
            }
        }
    }

    /** A payload that broke off takes the trailer for something else: it gives bytes, is wrong, or does not get to its end. */
    private boolean endsHere(ByteBuffer dst) throws DataFormatException {
        inflater.setInput(trailer.clear());
        return inflater.inflate(dst) == 0 && inflater.finished() && !trailer.hasRemaining();
    }

    /** Nothing of the message may be held on to. */
    private void end() {
        inflater.setInput(NOTHING);
        payload = null;
    }

    /** Gives the native memory back. */
    @Override
    public void close() {
        inflater.end();
    }
}

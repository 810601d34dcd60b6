package io.neurolink.engine.loop;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Frames of a loop that are used again, so that a message that has to wait in a queue costs no garbage. Sizes are powers of two from 128
 * bytes to 16 KiB;
 * larger frames are made for the occasion.
 */
final class FramePool {
    private static final int MIN_SHIFT = 7;
    private static final int MAX_SHIFT = 14;

    /** Bytes kept per size. */
    private static final int KEPT_BYTES = 512 * 1024;

    private final OutboundFrame[][] free = new OutboundFrame[MAX_SHIFT - MIN_SHIFT + 1][];
    private final int[] counts = new int[free.length];
    private long usedBytes;
    private long keptBytes;

    FramePool() {
        for (int i = 0; i < free.length; i++) {
            free[i] = new OutboundFrame[KEPT_BYTES >> (i + MIN_SHIFT)];
        }
    }

    /** A frame with room for that many bytes, of which nothing is set but the length. */
    OutboundFrame acquire(int length) {
        OutboundFrame frame = acquireRoom(length);
        frame.length = length;
        frame.messages = 0;
        usedBytes += frame.bytes.capacity();
        return frame;
    }

    private OutboundFrame acquireRoom(int length) {
        if (length > 1 << MAX_SHIFT) {
            return new OutboundFrame(ByteBuffer.allocate(length), -1);
        }
        int size = Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, length) - 1) - MIN_SHIFT);
        if (counts[size] == 0) {
            return new OutboundFrame(ByteBuffer.allocate(1 << (size + MIN_SHIFT)), size);
        }
        int last = --counts[size];
        OutboundFrame frame = free[size][last];
        free[size][last] = null;
        keptBytes -= frame.bytes.capacity();
        return frame;
    }

    /** Gives up one hold on the frame; when it was the last, the frame is kept for later. */
    void release(OutboundFrame frame) {
        if (!frame.release() || frame.isBroadcast()) {
            return;
        }
        usedBytes -= frame.bytes.capacity();
        if (frame.poolClass >= 0 && counts[frame.poolClass] < free[frame.poolClass].length) {
            frame.bytes.clear();
            free[frame.poolClass][counts[frame.poolClass]++] = frame;
            keptBytes += frame.bytes.capacity();
        }
    }

    /** Counts a frame that another thread made. */
    OutboundFrame adopt(OutboundFrame frame) {
        usedBytes += frame.bytes.capacity();
        return frame;
    }

    /** Lets go of what is kept for later. */
    void trim() {
        for (int size = 0; size < free.length; size++) {
            Arrays.fill(free[size], 0, counts[size], null);
            counts[size] = 0;
        }
        keptBytes = 0;
    }

    /** Bytes of the frames in use, those of broadcasts left out. */
    long usedBytes() {
        return usedBytes;
    }

    long keptBytes() {
        return keptBytes;
    }
}

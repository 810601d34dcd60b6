package io.neurolink.engine.loop;

import java.nio.ByteBuffer;

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
        return frame;
    }

    /** Gives up one hold on the frame; when it was the last, the frame is kept for later. */
    void release(OutboundFrame frame) {
        if (frame.release() && frame.poolClass >= 0 && counts[frame.poolClass] < free[frame.poolClass].length) {
            frame.bytes.clear();
            free[frame.poolClass][counts[frame.poolClass]++] = frame;
        }
    }
}

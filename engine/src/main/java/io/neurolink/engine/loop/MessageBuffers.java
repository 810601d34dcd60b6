package io.neurolink.engine.loop;

import io.neurolink.protocol.FrameBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Buffers in which messages grow that do not come in one piece. Small ones are heap memory made for the occasion; from 64 KiB on they
 * are direct memory
 * that is used again, so that the socket can be read straight into them. The direct memory of a loop is limited; beyond that heap memory
 * serves.
 */
final class MessageBuffers {
    static final int DIRECT_LENGTH = 64 * 1024;

    /** Direct memory a loop may take for messages in progress. */
    private static final long MAX_DIRECT_BYTES = 64L * 1024 * 1024;

    private static final int MIN_SHIFT = 16;
    private static final int MAX_SHIFT = 25;

    private final ArrayDeque<FrameBuffer>[] free;
    private long directBytes;
    private long keptBytes;

    @SuppressWarnings({"unchecked", "rawtypes"})
    MessageBuffers() {
        free = new ArrayDeque[MAX_SHIFT - MIN_SHIFT + 1];
        for (int i = 0; i < free.length; i++) {
            free[i] = new ArrayDeque<>();
        }
    }

    /** A buffer with at least that capacity. */
    FrameBuffer acquire(int capacity) {
        if (capacity < DIRECT_LENGTH || capacity > 1 << MAX_SHIFT) {
            return FrameBuffer.wrap(ByteBuffer.allocate(capacity));
        }
        int size = Integer.SIZE - Integer.numberOfLeadingZeros(capacity - 1) - MIN_SHIFT;
        FrameBuffer kept = free[size].pollLast();
        if (kept != null) {
            keptBytes -= kept.capacity();
            return kept;
        }
        int rounded = 1 << (size + MIN_SHIFT);
        if (directBytes + rounded > MAX_DIRECT_BYTES) {
            return FrameBuffer.wrap(ByteBuffer.allocate(capacity));
        }
        directBytes += rounded;
        return FrameBuffer.allocateDirect(rounded);
    }

    /** Lets go of what is kept for later. */
    void trim() {
        for (ArrayDeque<FrameBuffer> buffers : free) {
            buffers.clear();
        }
        directBytes -= keptBytes;
        keptBytes = 0;
    }

    long keptBytes() {
        return keptBytes;
    }

    void release(FrameBuffer buffer) {
        if (buffer.bytes().isDirect()) {
            buffer.bytes().clear();
            keptBytes += buffer.capacity();
            free[Integer.numberOfTrailingZeros(buffer.capacity()) - MIN_SHIFT].addLast(buffer);
        }
    }
}

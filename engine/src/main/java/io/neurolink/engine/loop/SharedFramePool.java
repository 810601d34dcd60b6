package io.neurolink.engine.loop;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;

/**
 * Direct buffers for large broadcasts, shared by all threads. Small broadcasts get heap memory: they are gathered into the loop's
 * scratch buffer with
 * their neighbours anyway. At most {@link #MAX_BYTES} of direct memory exist; beyond that heap memory serves too, at the price of a copy.
 */
public final class SharedFramePool {
    /** Frames shorter than this are copied into a write with others, so they need no direct memory. */
    static final int DIRECT_LENGTH = 16 * 1024;

    /** Direct memory this pool may ever take. */
    static final long MAX_BYTES = 64L * 1024 * 1024;

    private static final int MIN_SHIFT = 14;
    private static final int MAX_SHIFT = 24;

    private final MpmcAtomicArrayQueue<ByteBuffer>[] free;
    private final AtomicLong directBytes = new AtomicLong();

    /** An empty pool. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public SharedFramePool() {
        free = new MpmcAtomicArrayQueue[MAX_SHIFT - MIN_SHIFT + 1];
        for (int i = 0; i < free.length; i++) {
            free[i] = new MpmcAtomicArrayQueue<>((int) Math.max(2, MAX_BYTES >> (i + MIN_SHIFT)));
        }
    }

    ByteBuffer acquire(int length) {
        if (length < DIRECT_LENGTH || length > 1 << MAX_SHIFT) {
            return ByteBuffer.allocate(length);
        }
        int size = Integer.SIZE - Integer.numberOfLeadingZeros(length - 1) - MIN_SHIFT;
        ByteBuffer kept = free[size].poll();
        if (kept != null) {
            return kept;
        }
        int capacity = 1 << (size + MIN_SHIFT);
        if (directBytes.addAndGet(capacity) <= MAX_BYTES) {
            return ByteBuffer.allocateDirect(capacity);
        }
        directBytes.addAndGet(-capacity);
        return ByteBuffer.allocate(length);
    }

    void release(ByteBuffer bytes) {
        if (bytes.isDirect()) {
            int size = Integer.numberOfTrailingZeros(bytes.capacity()) - MIN_SHIFT;
            if (!free[size].offer(bytes)) {
                throw new IllegalStateException("more buffers given back than were ever taken");
            }
        }
    }
}

package io.neurolink.engine.loop;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
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
    private final CounterSet counters;

    /**
     * An empty pool.
     *
     * @param counters that any thread may write.
     */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public SharedFramePool(CounterSet counters) {
        this.counters = counters;
        free = new MpmcAtomicArrayQueue[MAX_SHIFT - MIN_SHIFT + 1];
        for (int i = 0; i < free.length; i++) {
            free[i] = new MpmcAtomicArrayQueue<>((int) Math.max(2, MAX_BYTES >> (i + MIN_SHIFT)));
        }
    }

    /** Lets go of what is kept for later. Any thread. */
    public void trim() {
        for (MpmcAtomicArrayQueue<ByteBuffer> buffers : free) {
            for (ByteBuffer kept = buffers.poll(); kept != null; kept = buffers.poll()) {
                directBytes.addAndGet(-kept.capacity());
                counters.add(EngineCounter.POOLED_BYTES, -kept.capacity());
            }
        }
    }

    ByteBuffer acquire(int length) {
        ByteBuffer bytes = acquireRoom(length);
        counters.add(EngineCounter.BROADCAST_BYTES, bytes.capacity());
        return bytes;
    }

    private ByteBuffer acquireRoom(int length) {
        if (length < DIRECT_LENGTH || length > 1 << MAX_SHIFT) {
            return ByteBuffer.allocate(length);
        }
        int size = Integer.SIZE - Integer.numberOfLeadingZeros(length - 1) - MIN_SHIFT;
        ByteBuffer kept = free[size].poll();
        if (kept != null) {
            counters.add(EngineCounter.POOLED_BYTES, -kept.capacity());
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
        counters.add(EngineCounter.BROADCAST_BYTES, -bytes.capacity());
        if (bytes.isDirect()) {
            counters.add(EngineCounter.POOLED_BYTES, bytes.capacity());
            int size = Integer.numberOfTrailingZeros(bytes.capacity()) - MIN_SHIFT;
            if (!free[size].offer(bytes)) {
                throw new IllegalStateException("more buffers given back than were ever taken");
            }
        }
    }
}

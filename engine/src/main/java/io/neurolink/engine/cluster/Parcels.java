package io.neurolink.engine.cluster;

import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/** A queue of messages from any threads to the cluster's own, bounded by bytes and by number. */
final class Parcels {
    /** What a message costs beside its bytes. */
    private static final int OVERHEAD = 128;

    private static final int CHUNK = 256;

    private final MpscUnboundedAtomicArrayQueue<Parcel> queue = new MpscUnboundedAtomicArrayQueue<>(CHUNK);
    private final AtomicLong heldBytes = new AtomicLong();
    private final long maxBytes;

    /**
     * A message and where it goes to or comes from.
     *
     * @param subject    the subject
     * @param bytes      header and body
     * @param enqueuedNs when it was put here
     */
    record Parcel(String subject, byte[] bytes, long enqueuedNs) {
        int cost() {
            return bytes.length + OVERHEAD;
        }
    }

    Parcels(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Any thread. @return false if there is no room. */
    boolean offer(String subject, byte[] bytes, long nowNs) {
        Parcel parcel = new Parcel(subject, bytes, nowNs);
        if (heldBytes.addAndGet(parcel.cost()) > maxBytes) {
            heldBytes.addAndGet(-parcel.cost());
            return false;
        }
        queue.add(parcel);
        return true;
    }

    /** The cluster's thread, like all below. */
    Parcel peek() {
        return queue.peek();
    }

    void remove() {
        heldBytes.addAndGet(-queue.poll().cost());
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Any thread. */
    long heldBytes() {
        return heldBytes.get();
    }
}

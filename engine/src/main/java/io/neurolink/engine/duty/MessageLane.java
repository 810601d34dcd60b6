package io.neurolink.engine.duty;

import java.nio.ByteBuffer;

/**
 * Hands messages from one thread to one other thread: bounded, wait-free, in order, and without allocating. Every lane has a fixed number
 * of slots and one ring of bytes; a slot says where in the ring its payload lies, always in one piece.
 *
 * <pre>
 *   slots    │ m4 │ m5 │ m6 │    │    │    │ m2 │ m3 │      a fixed count of recycled objects
 *              │    │    └──────────┐        │    └────────┐
 *   ring     │m4··│m5···│           │        │m2······│m3··│░░░│   ░ skipped, so that m4 is in one piece
 *                         m6: one-off array, longer than a quarter of the ring
 * </pre>
 *
 * <p>Only two numbers cross threads: how many slots the producer has filled and how many the consumer has emptied. Filling ends with a
 * release store, looking begins with an acquire load, so a slot and its bytes are visible before the number that counts them. How much of
 * the ring is free the producer reads off the slot that was emptied last, which it wrote itself.
 *
 * <p>{@code offer}, {@code tryClaim}, {@code commit} and {@code abort} belong to the producer's thread; {@code drain} to the consumer's.
 * The lane wakes nobody: a producer calls {@link Parkable#wakeUp()} once after the messages of its cycle.
 */
public final class MessageLane {

    /** Answer of {@link #tryClaim}: the lane is full at present. */
    public static final int FULL = -1;

    /**
     * Answer of {@link #tryClaim}: such a length never fits the ring; send it with {@link #offer(Object, int, long, byte[], int, int)}.
     */
    public static final int TOO_LONG = -2;

    private static final int ALIGNMENT = 8;
    private static final byte[] NO_BYTES = new byte[0];

    private final Slot[] slots;
    private final int slotMask;
    private final byte[] ring;
    private final int ringMask;
    private final int maxRingLength;
    private final long maxOverflowBytes;
    private final LaneCursor filled = new LaneCursor();
    private final LaneCursor emptied = new LaneCursor();
    private final LaneProducer producer = new LaneProducer();

    /**
     * Creates an empty lane.
     *
     * @param slotCount        how many messages may wait; a power of two, 2 or more.
     * @param capacityBytes    the size of the ring in bytes; a power of two, 64 or more. A payload up to a quarter of it travels in the
     *                         ring.
     * @param maxOverflowBytes how many bytes of longer payloads may wait. One such payload is let through whatever its length when none
     *                         is waiting, so that no message is stuck for ever.
     */
    public MessageLane(int slotCount, int capacityBytes, int maxOverflowBytes) {
        requirePowerOfTwo("slotCount", slotCount, 2);
        requirePowerOfTwo("capacityBytes", capacityBytes, 64);
        if (maxOverflowBytes < 0) {
            throw new IllegalArgumentException("maxOverflowBytes must be 0 or more: " + maxOverflowBytes);
        }
        this.slots = new Slot[slotCount];
        for (int i = 0; i < slotCount; i++) {
            slots[i] = new Slot();
        }
        this.slotMask = slotCount - 1;
        this.ring = new byte[capacityBytes];
        this.ringMask = capacityBytes - 1;
        this.maxRingLength = capacityBytes / 4;
        this.maxOverflowBytes = maxOverflowBytes;
    }

    /**
     * Hands over a message without payload.
     *
     * @return false if the lane is full: nothing was handed over.
     */
    public boolean offer(Object attachment, int type, long time) {
        if (!hasSlot()) {
            return false;
        }
        publish(attachment, type, time, 0, 0, null);
        return true;
    }

    /**
     * Hands over a message with a copy of the payload. The buffer's own position and limit are neither used nor changed.
     *
     * @param attachment goes with the message; may be null.
     * @param type       goes with the message.
     * @param time       goes with the message.
     * @param src        holds the payload.
     * @param position   where it starts in {@code src}.
     * @param length     how many bytes it has.
     * @return false if the lane is full: nothing was handed over.
     */
    public boolean offer(Object attachment, int type, long time, ByteBuffer src, int position, int length) {
        if (length > maxRingLength) {
            return offerOverflow(attachment, type, time, src, position, length);
        }
        int offset = tryClaim(length);
        if (offset < 0) {
            return false;
        }
        src.get(position, ring, offset, length);
        commit(attachment, type, time, length);
        return true;
    }

    /** As {@link #offer(Object, int, long, ByteBuffer, int, int)}, from an array. */
    public boolean offer(Object attachment, int type, long time, byte[] src, int position, int length) {
        if (length > maxRingLength) {
            return offerOverflow(attachment, type, time, ByteBuffer.wrap(src), position, length);
        }
        int offset = tryClaim(length);
        if (offset < 0) {
            return false;
        }
        System.arraycopy(src, position, ring, offset, length);
        commit(attachment, type, time, length);
        return true;
    }

    private boolean offerOverflow(Object attachment, int type, long time, ByteBuffer src, int position, int length) {
        if (!hasSlot() || !hasOverflowSpace(length)) {
            return false;
        }
        byte[] copy = new byte[length];
        src.get(position, copy, 0, length);
        producer.overflowPosition += length;
        publish(attachment, type, time, 0, length, copy);
        return true;
    }

    /**
     * Reserves room in {@link #ring()} for a payload that the producer encodes in place. {@link #commit} or {@link #abort} follows; a new
     * claim replaces an open one.
     *
     * @param maxLength how many bytes the payload may need.
     * @return where in the ring to write, or {@link #FULL}, or {@link #TOO_LONG}.
     */
    public int tryClaim(int maxLength) {
        if (maxLength > maxRingLength) {
            return TOO_LONG;
        }
        if (maxLength < 0) {
            throw new IllegalArgumentException("maxLength must be 0 or more: " + maxLength);
        }
        long start = contiguousStart(maxLength);
        if (!hasSlot() || !hasRingSpace(start + maxLength)) {
            producer.claimPosition = -1;
            return FULL;
        }
        producer.claimPosition = start;
        producer.claimLength = maxLength;
        return (int) start & ringMask;
    }

    /**
     * Hands over the message whose payload was written at the offset of the last {@link #tryClaim}.
     *
     * @param length how many bytes were written, from 0 to what was claimed.
     */
    public void commit(Object attachment, int type, long time, int length) {
        long start = producer.claimPosition;
        if (start < 0) {
            throw new IllegalStateException("commit without a claim");
        }
        if (length < 0 || length > producer.claimLength) {
            throw new IllegalArgumentException("length " + length + " is not within the claimed " + producer.claimLength);
        }
        producer.claimPosition = -1;
        producer.ringPosition = start + length;
        publish(attachment, type, time, (int) start & ringMask, length, null);
    }

    /** Gives an open claim back. */
    public void abort() {
        producer.claimPosition = -1;
    }

    /** The array that claims point into. Only the bytes of an open claim may be written. */
    public byte[] ring() {
        return ring;
    }

    /**
     * Delivers waiting messages in order; the consumer's thread only, and not from inside the consumer.
     *
     * @param handler takes each message.
     * @param limit   how many messages are delivered at most.
     * @return how many were taken.
     */
    public int drain(LaneConsumer handler, int limit) {
        long first = emptied.indexPlain();
        long end = Math.min(filled.indexAcquire(), first + limit);
        long index = first;
        while (index < end && deliver(handler, index)) {
            index++;
        }
        return (int) (index - first);
    }

    private boolean deliver(LaneConsumer handler, long index) {
        Slot slot = slots[(int) index & slotMask];
        byte[] overflow = slot.overflow;
        byte[] bytes = overflow == null ? ring : overflow;
        boolean taken = true;
        try {
            taken = handler.onMessage(slot.attachment, slot.type, slot.time, bytes, slot.offset, slot.length);
        } finally {
            if (taken) {
                slot.attachment = null;
                slot.overflow = null;
                emptied.indexRelease(index + 1);
            }
        }
        return taken;
    }

    /** Bytes of waiting payloads that were too long for the ring. The producer's thread only. */
    public long overflowBytes() {
        if (producer.overflowPosition != producer.overflowFreedSeen) {
            lookAtConsumer();
        }
        return producer.overflowPosition - producer.overflowFreedSeen;
    }

    /** How many messages were ever taken; any thread. A message counts when its handler is done with it. */
    public long taken() {
        return emptied.indexAcquire();
    }

    /** The attachment of the message being handled, or handled next, or null. Any thread; a guess, unless the consumer is stuck. */
    public Object headAttachment() {
        return isEmpty() ? null : slots[(int) emptied.indexAcquire() & slotMask].attachment;
    }

    /** True if no message waits. Any thread; exact on the consumer's. */
    public boolean isEmpty() {
        return emptied.indexAcquire() == filled.indexAcquire();
    }

    /** How many messages wait; any thread, a snapshot. */
    public int size() {
        long consumed = emptied.indexAcquire();
        return (int) Math.min(filled.indexAcquire() - consumed, slots.length);
    }

    /** How many messages may wait. */
    public int slotCount() {
        return slots.length;
    }

    /** The size of the ring in bytes. */
    public int capacityBytes() {
        return ring.length;
    }

    /** The longest payload that travels in the ring, in bytes; longer ones cost an array each. */
    public int maxRingLength() {
        return maxRingLength;
    }

    private void publish(Object attachment, int type, long time, int offset, int length, byte[] overflow) {
        long index = filled.indexPlain();
        Slot slot = slots[(int) index & slotMask];
        slot.attachment = attachment;
        slot.type = type;
        slot.time = time;
        slot.offset = offset;
        slot.length = length;
        if (overflow != null) {
            slot.overflow = overflow;
        }
        slot.ringEnd = producer.ringPosition;
        slot.overflowEnd = producer.overflowPosition;
        filled.indexRelease(index + 1);
    }

    private long contiguousStart(int length) {
        long start = (producer.ringPosition + ALIGNMENT - 1) & -ALIGNMENT;
        int offset = (int) start & ringMask;
        return offset + length <= ring.length ? start : start + ring.length - offset;
    }

    private boolean hasSlot() {
        return filled.indexPlain() - producer.consumerIndexSeen < slots.length
            || (lookAtConsumer() && filled.indexPlain() - producer.consumerIndexSeen < slots.length);
    }

    private boolean hasRingSpace(long end) {
        return end - producer.ringFreedSeen <= ring.length || (lookAtConsumer() && end - producer.ringFreedSeen <= ring.length);
    }

    private boolean hasOverflowSpace(int length) {
        return fitsOverflow(length) || (lookAtConsumer() && fitsOverflow(length));
    }

    private boolean fitsOverflow(int length) {
        long waiting = producer.overflowPosition - producer.overflowFreedSeen;
        return waiting == 0 || waiting + length <= maxOverflowBytes;
    }

    /**
     * Reads the consumer's index and, from the slot it emptied last, how much it freed. That slot still holds what the producer wrote for
     * it, for it can be filled again only after this method has seen it empty.
     */
    private boolean lookAtConsumer() {
        long consumed = emptied.indexAcquire();
        if (consumed == producer.consumerIndexSeen) {
            return false;
        }
        Slot last = slots[(int) (consumed - 1) & slotMask];
        producer.consumerIndexSeen = consumed;
        producer.ringFreedSeen = last.ringEnd;
        producer.overflowFreedSeen = last.overflowEnd;
        return true;
    }

    private static void requirePowerOfTwo(String name, int value, int minimum) {
        if (value < minimum || Integer.bitCount(value) != 1) {
            throw new IllegalArgumentException(name + " must be a power of two, " + minimum + " or more: " + value);
        }
    }

    private static final class Slot {
        Object attachment;
        byte[] overflow;
        int type;
        int offset;
        int length;
        long time;
        long ringEnd;
        long overflowEnd;
    }
}

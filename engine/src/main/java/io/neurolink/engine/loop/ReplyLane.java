package io.neurolink.engine.loop;

import io.neurolink.engine.duty.MessageLane;
import io.neurolink.engine.duty.Parking;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Utf8Writer;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** What one worker says to one loop: messages to send, and commands, in order. The worker's end; the loop drains it. */
public final class ReplyLane {
    /** Type of a slot whose attachment is a command; other types are opcodes. */
    static final int COMMAND = -1;

    private final MessageLane lane;
    private final Parking loopParking;
    private final ByteBuffer ring;
    private final Utf8Writer texts = new Utf8Writer();

    /** What the worker handed over through the command queue instead, and the loop has not taken yet. */
    private final AtomicInteger queued = new AtomicInteger();
    private Thread owner;

    /**
     * @param lane        the lane itself.
     * @param loopParking wakes the loop.
     */
    public ReplyLane(MessageLane lane, Parking loopParking) {
        this.lane = lane;
        this.ring = ByteBuffer.wrap(lane.ring());
        this.loopParking = loopParking;
    }

    /** Called by the worker when it starts: from now on its thread sends through this lane. */
    public void adopt() {
        owner = Thread.currentThread();
    }

    boolean isOwnedByCurrentThread() {
        return owner == Thread.currentThread();
    }

    /** @return whether something of the worker's is in the command queue, which the lane would overtake. */
    boolean hasQueued() {
        return queued.getAcquire() != 0;
    }

    void addQueued(int delta) {
        queued.addAndGet(delta);
    }

    boolean offer(LoopConnection connection, int opcode, ByteBuffer payload, int position, int length) {
        return woken(lane.offer(connection, opcode, 0, payload, position, length));
    }

    /** Encodes the text where it travels. */
    boolean offerText(LoopConnection connection, String text, int length) {
        int offset = lane.tryClaim(length);
        if (offset == MessageLane.TOO_LONG) {
            ByteBuffer encoded = ByteBuffer.allocate(length);
            texts.encode(text, encoded, 0);
            return offer(connection, Opcode.TEXT, encoded, 0, length);
        }
        if (offset == MessageLane.FULL) {
            return false;
        }
        texts.encode(text, ring, offset);
        lane.commit(connection, Opcode.TEXT, 0, length);
        return woken(true);
    }

    boolean offerCommand(Runnable command) {
        return woken(lane.offer(command, COMMAND, 0));
    }

    private boolean woken(boolean taken) {
        if (taken) {
            loopParking.wakeUp();
        }
        return taken;
    }

    /** @return bytes of waiting payloads that were too long for the ring; the worker's thread only. */
    public long overflowBytes() {
        return lane.overflowBytes();
    }

    MessageLane lane() {
        return lane;
    }
}

package io.neurolink.engine.loop;

import io.neurolink.engine.duty.CommandQueue;
import io.neurolink.engine.duty.Parking;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.Utf8Encoder;
import java.nio.ByteBuffer;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/**
 * The handle of an event loop for all other threads. A worker's thread hands over through its own lane, everybody else through the
 * command queue; both are bounded, and none of the methods blocks.
 *
 * <p>Messages for one connection keep the order in which their sends happened, also if several threads take turns. What is in the queue
 * comes after what was in the lanes when it was put there, because the loop empties the lanes before it takes a command. The other way
 * round the lane is avoided: a worker's thread joins the queue while anything of its own is there, or anything for the same connection.
 */
public final class EventLoopProxy {
    /** Room in the command queue that only commands may use, so that a flood of messages never keeps a close or a broadcast out. */
    static final int RESERVED_COMMANDS = 4096;

    private static final int URGENT_CHUNK = 64;

    private final CommandQueue commands;
    private final Parking parking;
    private final CounterSet counters;
    private final ReplyLane[] lanes;

    /**
     * Connections that wait for {@code onWritable} after a refused send, at most once each; and closes that found every other way full.
     */
    private final MpscUnboundedAtomicArrayQueue<Object> urgent = new MpscUnboundedAtomicArrayQueue<>(URGENT_CHUNK);

    /**
     * @param commands queue of the loop.
     * @param parking  of the loop.
     * @param counters shared by all threads.
     * @param lanes    one for each worker, or none.
     */
    public EventLoopProxy(CommandQueue commands, Parking parking, CounterSet counters, ReplyLane[] lanes) {
        this.commands = commands;
        this.parking = parking;
        this.counters = counters;
        this.lanes = lanes;
    }

    /**
     * Runs something on the loop, after what the calling thread has handed over before.
     *
     * @param command what to run.
     * @return false if there is no room at present.
     */
    public boolean execute(Runnable command) {
        ReplyLane lane = laneOfCurrentThread();
        if (lane != null && !lane.hasQueued()) {
            return counted(lane.offerCommand(command), EngineCounter.LANE_FULL);
        }
        if (lane == null) {
            return counted(commands.offer(command), EngineCounter.COMMANDS_REFUSED);
        }
        lane.addQueued(1);
        boolean taken = commands.offer(new QueuedCommand(command, lane));
        lane.addQueued(taken ? 0 : -1);
        return counted(taken, EngineCounter.COMMANDS_REFUSED);
    }

    private boolean counted(boolean taken, EngineCounter refusal) {
        if (!taken) {
            counters.increment(refusal);
        }
        return taken;
    }

    /**
     * Runs something on the loop for certain, though if there is no room it may overtake. For what happens once per connection at most.
     *
     * @param command what to run.
     */
    public void executeUrgently(Runnable command) {
        if (!execute(command)) {
            urgent.add(command);
            parking.wakeUp();
        }
    }

    /** Asks the loop to call {@code onWritable} of this connection; the caller makes sure that this is asked for once at a time. */
    void requestWritable(LoopConnection connection) {
        urgent.add(connection);
        parking.wakeUp();
    }

    boolean send(LoopConnection connection, int opcode, ByteBuffer payload) {
        ReplyLane lane = laneOfCurrentThread();
        if (mayUse(lane, connection)) {
            return lane.offer(connection, opcode, payload, payload.position(), payload.remaining());
        }
        RemoteSend send = newSend(connection, opcode, payload.remaining(), lane);
        send.frame.bytes.put(send.frame.length - payload.remaining(), payload, payload.position(), payload.remaining());
        return offer(send);
    }

    /** @param type of a {@link Part}. */
    boolean sendPart(LoopConnection connection, int type, ByteBuffer payload) {
        ReplyLane lane = laneOfCurrentThread();
        int length = payload.remaining();
        if (mayUse(lane, connection)) {
            return lane.offer(connection, type, payload, payload.position(), length);
        }
        OutboundFrame copy = new OutboundFrame(ByteBuffer.allocate(length).put(0, payload, payload.position(), length), -1);
        return offer(new RemoteSend(connection, copy, length, lane, type));
    }

    boolean sendText(LoopConnection connection, String text, int payloadLength) {
        ReplyLane lane = laneOfCurrentThread();
        if (mayUse(lane, connection)) {
            return lane.offerText(connection, text, payloadLength);
        }
        RemoteSend send = newSend(connection, Opcode.TEXT, payloadLength, lane);
        Utf8Encoder.encode(text, send.frame.bytes, send.frame.length - payloadLength);
        return offer(send);
    }

    /** The lane must be that of the connection's worker, because lanes keep no order among each other. */
    private boolean mayUse(ReplyLane lane, LoopConnection connection) {
        return lane != null && lane == lanes[Integer.remainderUnsigned(connection.affinity(), lanes.length)]
                && !lane.hasQueued() && connection.commandedSendsAcquire() == 0;
    }

    /** A client's frame gets its key and its mask on the loop, where keys are made. */
    private static RemoteSend newSend(LoopConnection connection, int opcode, int payloadLength, ReplyLane origin) {
        Role role = connection.role();
        OutboundFrame frame = new OutboundFrame(ByteBuffer.allocate(FrameEncoder.headerLength(role, payloadLength) + payloadLength), -1);
        int headerLength = role.masksOutput() ? FrameEncoder.encodeMaskedHeader(frame.bytes, 0, opcode, true, payloadLength, 0)
                : FrameEncoder.encodeHeader(frame.bytes, 0, opcode, true, payloadLength);
        frame.length = headerLength + payloadLength;
        frame.messages = 1;
        return new RemoteSend(connection, frame, payloadLength, origin, 0);
    }

    private boolean offer(RemoteSend send) {
        send.addQueued(1);
        if (commands.size() < commands.capacity() - RESERVED_COMMANDS && commands.offer(send)) {
            return true;
        }
        send.addQueued(-1);
        counters.increment(EngineCounter.COMMANDS_REFUSED);
        return false;
    }

    /** Whether commands of the calling thread will most likely be taken. */
    boolean hasRoom() {
        ReplyLane lane = laneOfCurrentThread();
        return lane == null ? commands.size() < commands.capacity() - RESERVED_COMMANDS / 2 : lane.lane().size() < lane.lane().slotCount();
    }

    private ReplyLane laneOfCurrentThread() {
        for (ReplyLane lane : lanes) {
            if (lane.isOwnedByCurrentThread()) {
                return lane;
            }
        }
        return null;
    }

    ReplyLane[] lanes() {
        return lanes;
    }

    CommandQueue commands() {
        return commands;
    }

    MpscUnboundedAtomicArrayQueue<Object> urgent() {
        return urgent;
    }

    Parking parking() {
        return parking;
    }

    CounterSet counters() {
        return counters;
    }

    /**
     * A message of another thread, encoded already, or a part of one, not encoded.
     *
     * @param origin   lane of the worker it comes from; null if it does not come from one.
     * @param partType of a {@link Part}; 0 for a whole message.
     */
    record RemoteSend(LoopConnection connection, OutboundFrame frame, int payloadLength, ReplyLane origin, int partType) {
        private void addQueued(int delta) {
            connection.addCommandedSendsVolatile(delta);
            if (origin != null) {
                origin.addQueued(delta);
            }
        }
    }

    /** A command of a worker that had something in the queue already. */
    record QueuedCommand(Runnable command, ReplyLane origin) {
    }
}

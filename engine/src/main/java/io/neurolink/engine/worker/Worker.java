package io.neurolink.engine.worker;

import io.neurolink.engine.duty.Duty;
import io.neurolink.engine.duty.LaneConsumer;
import io.neurolink.engine.duty.MessageLane;
import io.neurolink.engine.duty.Parkable;
import io.neurolink.engine.duty.Parking;
import io.neurolink.engine.loop.Callbacks;
import io.neurolink.engine.loop.InboundMessage;
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.loop.ReplyLane;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.status.BusyTime;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.HandlerTimer;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.NanoClock;

/** One thread that runs handlers, fed by one lane from each loop. */
public final class Worker implements Duty, Parkable {
    /** Types of events beside the opcodes, which say that it is a message. */
    static final int OPEN = 16;
    static final int CLOSE = 17;
    static final int ERROR = 18;
    static final int WRITABLE = 19;
    static final int SETTLE = 20;
    static final int DRAIN = 21;

    private static final int MESSAGE_LIMIT = 256;
    private static final int SLOT_COUNT = 4096;
    private static final int RING_LENGTH = 1024 * 1024;
    private static final int MAX_OVERFLOW_BYTES = 16 * 1024 * 1024;
    private static final long LANE_PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long MAX_PARK_NS = TimeUnit.SECONDS.toNanos(1);

    private final String name;
    private final Inbound[] inbounds;
    private final ReplyLane[] replyLanes;
    private final Callbacks callbacks;
    private final CounterSet counters;
    private final Parking parking = new Parking(this::unpark);
    private final Queue<BooleanSupplier> left = new ConcurrentLinkedQueue<>();
    private final NanoClock clock;
    private final BusyTime busyTime;
    private Thread thread;
    private long nowNs;

    /** For whoever asks what this worker is doing; without memory order, for it matters only when the worker is stuck. */
    private Inbound draining;

    /** What was published last of what waits on the way back. */
    private long laneBytes;

    /**
     * @param name         name of the thread.
     * @param replyLanes   one to each loop.
     * @param counters     of this worker.
     * @param handlerErrors counts and keeps what handlers throw.
     * @param clock        time of cycles, and of handlers.
     */
    public Worker(String name, ReplyLane[] replyLanes, CounterSet counters, ErrorHandler handlerErrors, NanoClock clock) {
        this.name = name;
        this.replyLanes = replyLanes;
        this.counters = counters;
        this.clock = clock;
        this.busyTime = new BusyTime(counters);
        this.callbacks = new Callbacks(handlerErrors, new HandlerTimer(counters, clock));
        this.inbounds = new Inbound[replyLanes.length];
        for (int i = 0; i < inbounds.length; i++) {
            inbounds[i] = new Inbound(newLane());
        }
    }

    /** @return a lane of the size used between loops and workers. */
    public static MessageLane newLane() {
        return new MessageLane(SLOT_COUNT, RING_LENGTH, MAX_OVERFLOW_BYTES);
    }

    MessageLane inbound(int loop) {
        return inbounds[loop].lane;
    }

    @Override
    public String roleName() {
        return name;
    }

    @Override
    public void onStart() {
        thread = Thread.currentThread();
        for (ReplyLane lane : replyLanes) {
            lane.adopt();
        }
    }

    @Override
    public int doWork() {
        nowNs = clock.nanoTime();
        busyTime.begin(nowNs);
        counters.increment(EngineCounter.DUTY_CYCLES);
        int workCount = 0;
        for (Inbound inbound : inbounds) {
            draining = inbound;
            workCount += inbound.lane.drain(inbound, MESSAGE_LIMIT);
            callbacks.endTurn();
        }
        publishLaneBytes();
        busyTime.worked(workCount);
        return workCount;
    }

    private void publishLaneBytes() {
        long bytes = 0;
        for (ReplyLane lane : replyLanes) {
            bytes += lane.overflowBytes();
        }
        if (bytes != laneBytes) {
            counters.add(EngineCounter.LANE_BYTES, bytes - laneBytes);
            laneBytes = bytes;
        }
    }

    /** @return whether something waits or is being handled; any thread. */
    public boolean isBusy() {
        return !isIdle();
    }

    /** @return a number that grows with each event handled; any thread. */
    public long progress() {
        long taken = 0;
        for (Inbound inbound : inbounds) {
            taken += inbound.lane.taken();
        }
        return taken;
    }

    /** @return for whom this worker works, as far as another thread can see; exact if it is stuck. Or null. */
    public LoopConnection current() {
        Inbound inbound = draining;
        Object attachment = inbound == null ? null : inbound.lane.headAttachment();
        if (attachment instanceof ErrorEvent event) {
            return event.connection();
        }
        if (attachment instanceof DrainEvent event) {
            return event.connection();
        }
        return attachment instanceof LoopConnection connection ? connection : null;
    }

    @Override
    public void park() {
        parking.prepareToPark();
        parking.park(timeoutNs -> LockSupport.parkNanos(this, timeoutNs), isIdle() ? parkNs() : 0);
    }

    /** What waits on the way back becomes less while this thread sleeps, which nobody else would notice. */
    private long parkNs() {
        return laneBytes == 0 ? MAX_PARK_NS : LANE_PARK_NS;
    }

    private boolean isIdle() {
        for (Inbound inbound : inbounds) {
            if (!inbound.lane.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void wakeUp() {
        parking.wakeUp();
    }

    private void unpark() {
        LockSupport.unpark(thread);
    }

    /** The loops have ended before: what they have handed over is the last, and it is all delivered. */
    @Override
    public void onClose() {
        int workCount;
        do {
            workCount = doWork();
            for (int i = left.size(); i > 0; i--) {
                BooleanSupplier rest = left.poll();
                if (!rest.getAsBoolean()) {
                    left.add(rest);
                }
                workCount++;
            }
        } while (workCount > 0);
    }

    /** A loop has ended and leaves events that found no room; they are offered by this thread from now on. */
    void leave(BooleanSupplier rest) {
        left.add(rest);
    }

    /** What went wrong, and where. */
    record ErrorEvent(LoopConnection connection, Throwable error) {
    }

    /** The server is about to end, and who is told. */
    record DrainEvent(LoopConnection connection, DrainNotice notice) {
    }

    /** One lane with the view of its messages. */
    private final class Inbound implements LaneConsumer {
        private final MessageLane lane;
        private final ByteBuffer ring;
        private final InboundMessage message = new InboundMessage();

        private Inbound(MessageLane lane) {
            this.lane = lane;
            this.ring = ByteBuffer.wrap(lane.ring());
        }

        @Override
        public boolean onMessage(Object attachment, int type, long nowMs, byte[] bytes, int offset, int length) {
            if (type >= OPEN && type <= DRAIN) {
                callbacks.endTurn();
            }
            switch (type) {
                case OPEN -> callbacks.open((LoopConnection) attachment);
                case CLOSE -> callbacks.close((LoopConnection) attachment);
                case SETTLE -> ((LoopConnection) attachment).settled();
                case WRITABLE -> callbacks.writable((LoopConnection) attachment);
                case DRAIN -> callbacks.drain(((DrainEvent) attachment).connection(), ((DrainEvent) attachment).notice());
                case ERROR -> callbacks.error(((ErrorEvent) attachment).connection(), ((ErrorEvent) attachment).error());
                default -> {
                    ByteBuffer buffer = bytes == lane.ring() ? ring : ByteBuffer.wrap(bytes);
                    callbacks.message((LoopConnection) attachment, message.wrap(type, nowMs, buffer, offset, length), nowNs);
                    counters.increment(EngineCounter.WORKER_MESSAGES);
                }
            }
            return true;
        }
    }
}

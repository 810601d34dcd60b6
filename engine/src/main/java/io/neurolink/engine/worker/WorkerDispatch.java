package io.neurolink.engine.worker;

import io.neurolink.engine.duty.MessageLane;
import io.neurolink.engine.loop.Dispatch;
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** The loop's end of its lanes to the workers. A connection always goes to the same worker, so its order is kept. */
public final class WorkerDispatch implements Dispatch {
    private final Worker[] workers;
    private final WorkerLane[] lanes;
    private final CounterSet counters;

    /**
     * @param workers  all workers.
     * @param loop     number of the loop.
     * @param counters of the loop.
     */
    public WorkerDispatch(Worker[] workers, int loop, CounterSet counters) {
        this.workers = workers;
        this.counters = counters;
        this.lanes = Arrays.stream(workers).map(worker -> new WorkerLane(worker.inbound(loop), worker)).toArray(WorkerLane[]::new);
    }

    /**
     * The lanes of a loop.
     *
     * @param workers all workers.
     * @param loop    number of the loop.
     * @return its lane to each of them.
     */
    public static MessageLane[] lanes(Worker[] workers, int loop) {
        return Arrays.stream(workers).map(worker -> worker.inbound(loop)).toArray(MessageLane[]::new);
    }

    @Override
    public boolean onOpen(LoopConnection connection) {
        return offer(connection, connection, Worker.OPEN);
    }

    @Override
    public boolean onMessage(LoopConnection connection, int opcode, long nowMs, ByteBuffer bytes, int position, int length) {
        return counted(laneOf(connection).offer(connection, opcode, nowMs, bytes, position, length));
    }

    @Override
    public void wakeUp() {
        for (WorkerLane lane : lanes) {
            lane.wakeUp();
        }
    }

    @Override
    public boolean onError(LoopConnection connection, Throwable error) {
        return offer(connection, new Worker.ErrorEvent(connection, error), Worker.ERROR);
    }

    @Override
    public boolean onWritable(LoopConnection connection) {
        return offer(connection, connection, Worker.WRITABLE);
    }

    @Override
    public boolean onDrain(LoopConnection connection, DrainNotice notice) {
        return offer(connection, new Worker.DrainEvent(connection, notice), Worker.DRAIN);
    }

    @Override
    public boolean onSettle(LoopConnection connection) {
        return offer(connection, connection, Worker.SETTLE);
    }

    @Override
    public boolean onClose(LoopConnection connection) {
        return offer(connection, connection, Worker.CLOSE);
    }

    @Override
    public void leave(LoopConnection connection, BooleanSupplier rest) {
        workers[workerOf(connection)].leave(rest);
    }

    private boolean offer(LoopConnection connection, Object attachment, int type) {
        return counted(laneOf(connection).offer(attachment, type));
    }

    private WorkerLane laneOf(LoopConnection connection) {
        return lanes[workerOf(connection)];
    }

    private int workerOf(LoopConnection connection) {
        return Integer.remainderUnsigned(connection.affinity(), lanes.length);
    }

    private boolean counted(boolean isTaken) {
        if (!isTaken) {
            counters.increment(EngineCounter.LANE_FULL);
        }
        return isTaken;
    }
}

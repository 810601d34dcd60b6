package io.neurolink.engine.loop;

import io.neurolink.engine.duty.MessageLane;
import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.loop.LoadShedder.Holder;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.MemoryBudget;
import io.neurolink.engine.status.MemoryBudget.Level;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** A loop's part in the engine's memory budget: says from time to time what it takes, and asks whether that is too much. Loop only. */
final class LoopMemory implements TimerOwner {
    private final EventLoop loop;
    private final LoadShedder shedder;
    private MessageLane[] lanes = {};
    private long nextNs;
    private long timerId = Timers.NO_TIMER;

    private long outboundBytes;
    private long pooledBytes;
    private long laneBytes;
    private long requestBytes;

    LoopMemory(EventLoop loop, LoadShedder shedder, long nowNs) {
        this.loop = loop;
        this.shedder = shedder;
        this.nextNs = nowNs;
    }

    /** Those to the workers. */
    void lanes(MessageLane[] newLanes) {
        lanes = newLanes;
    }

    /** Once per cycle. */
    void check(long nowNs) {
        if (nowNs - nextNs >= 0) {
            nextNs = nowNs + MemoryBudget.INTERVAL_NS;
            publish();
            // Also when it is only tight: what lies in pools would keep it so, though nobody uses it.
            if (shedder.relieve(nowNs) != Level.NORMAL) {
                trimPools();
                keepChecking(nowNs);
            }
        }
    }

    /** A loop must not fall asleep over it. */
    private void keepChecking(long nowNs) {
        if (timerId == Timers.NO_TIMER) {
            timerId = loop.timers().schedule(nowNs + MemoryBudget.INTERVAL_NS, this, 0);
        }
    }

    @Override
    public void onTimer(long firedId, int kind, long nowNs) {
        timerId = Timers.NO_TIMER;
    }

    void publish() {
        outboundBytes = publish(EngineCounter.OUTBOUND_BYTES, outboundBytes, loop.frames.usedBytes());
        pooledBytes = publish(EngineCounter.POOLED_BYTES, pooledBytes, loop.frames.keptBytes() + loop.readSide().keptBytes());
        laneBytes = publish(EngineCounter.LANE_BYTES, laneBytes, waitingBytes());
        requestBytes = publish(EngineCounter.HTTP_HELD_BYTES, requestBytes, loop.httpConnections().heldBytes());
    }

    private long publish(EngineCounter gauge, long before, long now) {
        if (now != before) {
            loop.counters.add(gauge, now - before);
        }
        return now;
    }

    private long waitingBytes() {
        long bytes = 0;
        for (MessageLane lane : lanes) {
            bytes += lane.overflowBytes();
        }
        return bytes;
    }

    private void trimPools() {
        loop.frames.trim();
        loop.readSide().trim();
        loop.trimDeflate();
    }

    /** The loop ends. */
    void close() {
        trimPools();
        publish();
    }

    /** Those of this loop's connections that hold the most, but no small ones. */
    List<Holder> largestHolders(int count) {
        PriorityQueue<Holder> largest = new PriorityQueue<>(Comparator.comparingLong(Holder::bytes));
        for (Members group : loop.members()) {
            group.forEach(connection -> name(largest, count, connection.heldBytes(), connection.ending()::shed));
        }
        loop.httpConnections().forEach(connection -> name(largest, count, connection.heldBytes(), connection::shed));
        return List.copyOf(largest);
    }

    private void name(PriorityQueue<Holder> largest, int count, long bytes, Runnable shed) {
        if (bytes >= LoadShedder.MIN_BYTES) {
            largest.add(new Holder(loop, shed, bytes));
            if (largest.size() > count) {
                largest.poll();
            }
        }
    }

    /** Whether new connections are to be refused. */
    boolean isTight() {
        return shedder.budget().level(loop.nowNs()) != Level.NORMAL;
    }

    /** Whether not even sockets are to be taken. */
    boolean isExceeded() {
        return shedder.budget().level(loop.nowNs()) == Level.EXCEEDED;
    }
}

package io.neurolink.perf.micro;

import io.neurolink.engine.duty.MessageLane;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a lane's bookkeeping and copying cost when both sides are one thread: no cache line travels. Beside it queues of the JDK, which
 * take an array per message, and the floor, which is the copy alone.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LaneBenchmark {

    private static final int BATCH = 16;

    @Param({"64", "1024"})
    private int length;

    private final MessageLane lane = new MessageLane(1024, 1 << 18, 0);
    private final ArrayBlockingQueue<byte[]> blocking = new ArrayBlockingQueue<>(1024);
    private final ConcurrentLinkedQueue<byte[]> linked = new ConcurrentLinkedQueue<>();
    private ByteBuffer direct;
    private byte[] array;
    private long sum;

    @Setup
    public void allocate() {
        direct = ByteBuffer.allocateDirect(length);
        array = new byte[length];
    }

    private boolean take(Object attachment, int type, long time, byte[] bytes, int offset, int payloadLength) {
        sum += bytes[offset] + payloadLength;
        return true;
    }

    /** Out of the receive buffer into the lane, and out of it. */
    @Benchmark
    public long offerAndDrain() {
        lane.offer(this, 1, 0, direct, 0, length);
        lane.drain(this::take, 1);
        return sum;
    }

    /** Encoded in place. */
    @Benchmark
    public long claimAndDrain() {
        int offset = lane.tryClaim(length);
        System.arraycopy(array, 0, lane.ring(), offset, length);
        lane.commit(this, 1, 0, length);
        lane.drain(this::take, 1);
        return sum;
    }

    /** Sixteen messages of one cycle, drained in one go; the figure is for all sixteen. */
    @Benchmark
    public long offerAndDrainSixteen() {
        for (int i = 0; i < BATCH; i++) {
            lane.offer(this, 1, 0, direct, 0, length);
        }
        lane.drain(this::take, BATCH);
        return sum;
    }

    @Benchmark
    public long arrayBlockingQueue() {
        blocking.offer(copy());
        return take(blocking.poll());
    }

    @Benchmark
    public long concurrentLinkedQueue() {
        linked.offer(copy());
        return take(linked.poll());
    }

    /** The figure is for all sixteen. */
    @Benchmark
    public long arrayBlockingQueueSixteen() {
        for (int i = 0; i < BATCH; i++) {
            blocking.offer(copy());
        }
        for (int i = 0; i < BATCH; i++) {
            take(blocking.poll());
        }
        return sum;
    }

    /** What any hand-over of bytes costs. */
    @Benchmark
    public byte[] copyOnly() {
        direct.get(0, array);
        return array;
    }

    private byte[] copy() {
        byte[] copy = new byte[length];
        direct.get(0, copy);
        return copy;
    }

    private long take(byte[] bytes) {
        sum += bytes[0] + bytes.length;
        return sum;
    }
}

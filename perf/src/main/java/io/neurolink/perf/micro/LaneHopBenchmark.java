package io.neurolink.perf.micro;

import io.neurolink.engine.duty.LaneConsumer;
import io.neurolink.engine.duty.MessageLane;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.atomic.SpscAtomicArrayQueue;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Control;

/**
 * 64-byte messages from one thread to another, each side as fast as it can: the lane, and designs it was chosen over, which copy every
 * payload into an array of its own. What counts is {@code taken}, the messages that arrived in a microsecond; a hop takes its inverse.
 * All of them are emptied up to {@value #LIMIT} messages at a time. Needs two free processors.
 */
@State(Scope.Group)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LaneHopBenchmark {

    private static final int LENGTH = 64;
    private static final int CAPACITY = 1024;
    private static final int LIMIT = 64;

    private final ByteBuffer source = ByteBuffer.allocateDirect(LENGTH);
    private final MessageLane lane = new MessageLane(CAPACITY, 1 << 18, 0);
    private final SpscAtomicArrayQueue<byte[]> arrays = new SpscAtomicArrayQueue<>(CAPACITY);
    private final ArrayBlockingQueue<byte[]> blocking = new ArrayBlockingQueue<>(CAPACITY);

    /** Messages that arrived. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Arrivals {
        public long taken;
    }

    /**
     * What the receiving thread has. It writes here with every message, so it is an object apart from the one whose fields the sending
     * thread reads: on one cache line they would slow each other down.
     */
    @State(Scope.Thread)
    public static class Receiver implements LaneConsumer, MessagePassingQueue.Consumer<byte[]> {
        private final List<byte[]> batch = new ArrayList<>(LIMIT);
        private long sum;

        @Override
        public boolean onMessage(Object attachment, int type, long time, byte[] bytes, int offset, int length) {
            sum += bytes[offset] + bytes[offset + length - 1];
            return true;
        }

        @Override
        public void accept(byte[] bytes) {
            onMessage(null, 0, 0, bytes, 0, bytes.length);
        }
    }

    /** The next iteration begins with nothing on the way. */
    @TearDown(Level.Iteration)
    public void empty() {
        lane.drain(new Receiver(), Integer.MAX_VALUE);
        arrays.clear();
        blocking.clear();
    }

    @Benchmark
    @Group("lane")
    @GroupThreads(1)
    public void laneOffer(Control control) {
        while (!lane.offer(this, 1, 0, source, 0, LENGTH) && !control.stopMeasurement) {
            Thread.onSpinWait();
        }
    }

    @Benchmark
    @Group("lane")
    @GroupThreads(1)
    public void laneDrain(Arrivals arrivals, Receiver receiver) {
        arrivals.taken += lane.drain(receiver, LIMIT);
    }

    @Benchmark
    @Group("arraysInAQueue")
    @GroupThreads(1)
    public void queueOffer(Control control) {
        byte[] copy = copy();
        while (!arrays.offer(copy) && !control.stopMeasurement) {
            Thread.onSpinWait();
        }
    }

    @Benchmark
    @Group("arraysInAQueue")
    @GroupThreads(1)
    public void queueDrain(Arrivals arrivals, Receiver receiver) {
        arrivals.taken += arrays.drain(receiver, LIMIT);
    }

    @Benchmark
    @Group("blockingQueue")
    @GroupThreads(1)
    public void blockingOffer(Control control) {
        byte[] copy = copy();
        while (!blocking.offer(copy) && !control.stopMeasurement) {
            Thread.onSpinWait();
        }
    }

    @Benchmark
    @Group("blockingQueue")
    @GroupThreads(1)
    public void blockingDrain(Arrivals arrivals, Receiver receiver) {
        arrivals.taken += blocking.drainTo(receiver.batch, LIMIT);
        receiver.batch.forEach(receiver::accept);
        receiver.batch.clear();
    }

    private byte[] copy() {
        byte[] copy = new byte[LENGTH];
        source.get(0, copy);
        return copy;
    }
}

package io.neurolink.perf.micro;

import io.neurolink.engine.duty.CommandQueue;
import io.neurolink.engine.duty.Parking;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One command through the queue on one thread, with and without the wake-up check, and what stands in the JDK. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CommandQueueBenchmark {

    private final Parking parking = new Parking(() -> { });
    private final CommandQueue queue = new CommandQueue(1024, parking);
    private final MpscAtomicArrayQueue<Object> bare = new MpscAtomicArrayQueue<>(1024);
    private final ConcurrentLinkedQueue<Object> linked = new ConcurrentLinkedQueue<>();
    private final ArrayBlockingQueue<Object> blocking = new ArrayBlockingQueue<>(1024);
    private Object last;

    private void take(Object command) {
        last = command;
    }

    @Benchmark
    public Object offerAndDrain() {
        queue.offer(this);
        queue.drain(this::take, 1);
        return last;
    }

    @Benchmark
    public Object bareQueue() {
        bare.offer(this);
        return bare.relaxedPoll();
    }

    @Benchmark
    public Object concurrentLinkedQueue() {
        linked.offer(this);
        return linked.poll();
    }

    @Benchmark
    public Object arrayBlockingQueue() {
        blocking.offer(this);
        return blocking.poll();
    }

    @Benchmark
    public void wakeUpAwake() {
        parking.wakeUp();
    }
}

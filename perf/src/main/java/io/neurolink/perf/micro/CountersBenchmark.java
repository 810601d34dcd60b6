package io.neurolink.perf.micro;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.EngineHistogram;
import io.neurolink.engine.status.HandlerTimer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.agrona.concurrent.SystemNanoClock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Counting and timing one message: as a loop does, as an application thread does, and with what the JDK has. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CountersBenchmark {

    private final Counters counters = new Counters();
    private final CounterSet loop = counters.newSet("loop-0");
    private final CounterSet shared = counters.shared();
    private final HandlerTimer timer = new HandlerTimer(counters.newSet("loop-1"), SystemNanoClock.INSTANCE);
    private long value;
    private final AtomicLong atomic = new AtomicLong();
    private final LongAdder adder = new LongAdder();

    @Benchmark
    public void singleWriter() {
        loop.increment(EngineCounter.MESSAGES_IN);
    }

    @Benchmark
    public void shared() {
        shared.increment(EngineCounter.MESSAGES_IN);
    }

    @Benchmark
    public long atomicLong() {
        return atomic.incrementAndGet();
    }

    @Benchmark
    public void longAdder() {
        adder.increment();
    }

    /** A value of a distribution. */
    @Benchmark
    public void histogram() {
        loop.record(EngineHistogram.HANDLER_TIME, ++value & 0xFFFF);
    }

    /** What it costs to ask whether a message is to be timed, and to time one of many. */
    @Benchmark
    public long handlerTimer() {
        if (!timer.isDue(0)) {
            return 0;
        }
        return timer.record(timer.nanoTime());
    }

    @Benchmark
    public long sum() {
        return counters.sum(EngineCounter.MESSAGES_IN);
    }
}

package io.neurolink.perf.micro;

import io.neurolink.engine.loop.EventLoop;
import io.neurolink.protocol.Role;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The engine's whole way of a message with handlers on the loop: a cycle reads a connection, decodes, calls the handler, which sends the
 * message back, and writes. Only the socket is missing. The figure is for a cycle with all its messages; {@code -prof gc} must show 0 B/op.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EchoPathBenchmark {

    /** Messages that one read brings. */
    @Param({"1", "16"})
    private int messages;

    /** Bytes of payload of each. */
    @Param("64")
    private int length;

    private MemoryLine line;
    private EventLoop loop;
    private long cycles;

    @Setup
    public void open() throws Exception {
        line = new MemoryLine(Role.CLIENT, messages, length);
        loop = new EchoLoop(line).open();
    }

    @Benchmark
    public long echo() throws Exception {
        cycles++;
        line.bringMessages();
        loop.doWork();
        return line.bytesOut();
    }

    /** That nothing was skipped. */
    @TearDown
    public void verify() {
        long expected = cycles * messages * (2 + length);
        if (line.bytesOut() != expected || line.writes() != cycles) {
            throw new IllegalStateException(line.bytesOut() + " bytes in " + line.writes() + " writes came back, not " + expected + " in "
                    + cycles);
        }
    }
}

package io.neurolink.perf.micro;

import io.neurolink.engine.loop.EventLoop;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.nio.ByteBuffer;
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
 * Beside it the codec alone, which no engine can do without: what is above it are the loop, the handler, the rules and the counters.
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
    private FrameDecoder decoder;
    private FrameBuffer received;
    private ByteBuffer frames;
    private ByteBuffer out;
    private long copiedBytes;

    @Setup
    public void open() throws Exception {
        line = new MemoryLine(Role.CLIENT, messages, length);
        loop = new EchoLoop(line).open();
        decoder = new FrameDecoder(Role.SERVER, FrameLimits.DEFAULTS);
        frames = MemoryLine.frames(Role.CLIENT, Opcode.BINARY, messages, length);
        received = FrameBuffer.allocateDirect(frames.capacity());
        out = ByteBuffer.allocateDirect(frames.capacity());
    }

    @Benchmark
    public long echo() throws Exception {
        cycles++;
        line.bringMessages();
        loop.doWork();
        return line.bytesOut();
    }

    /** The same bytes copied into a receive buffer, taken apart, and written into an outgoing buffer. */
    @Benchmark
    public long codecOnly() {
        received.bytes().put(0, frames, 0, frames.capacity());
        int position = decoder.decode(received, 0, received.capacity());
        int written = 0;
        while (decoder.event() == FrameDecoder.MESSAGE) {
            int payloadLength = decoder.payloadLength();
            written += FrameEncoder.encodeHeader(out, written, decoder.opcode(), true, payloadLength);
            out.put(written, decoder.payloadBuffer(), decoder.payloadPosition(), payloadLength);
            written += payloadLength;
            position = decoder.decode(received, position, received.capacity());
        }
        copiedBytes += written;
        return copiedBytes;
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

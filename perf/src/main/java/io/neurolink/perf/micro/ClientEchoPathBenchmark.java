package io.neurolink.perf.micro;

import io.neurolink.engine.loop.EventLoop;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Masking;
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
 * {@link EchoPathBenchmark} with the roles exchanged: what comes in is not masked, what goes out is, with a fresh key for each frame.
 * {@code -prof gc} must show 0 B/op here, too, except for the longest: one of those messages is cut by the end of a read and gets a
 * buffer. Beside it the codec alone, with a key that is there already.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ClientEchoPathBenchmark {

    private static final int MASK_KEY = 0x12345678;

    /** Messages that one read brings. */
    @Param({"1", "16"})
    private int messages;

    /** Bytes of payload of each. */
    @Param({"64", "4096"})
    private int length;

    private MemoryLine line;
    private EventLoop loop;
    private long cycles;
    private FrameDecoder decoder;
    private FrameBuffer received;
    private ByteBuffer frames;
    private FrameBuffer out;
    private long copiedBytes;

    @Setup
    public void open() throws Exception {
        line = new MemoryLine(Role.SERVER, messages, length);
        loop = new EchoLoop(line).openAsClient();
        decoder = new FrameDecoder(Role.CLIENT, FrameLimits.DEFAULTS);
        frames = MemoryLine.frames(Role.SERVER, Opcode.BINARY, messages, length);
        received = FrameBuffer.allocateDirect(frames.capacity());
        out = FrameBuffer.allocateDirect(messages * (FrameEncoder.headerLength(Role.CLIENT, length) + length));
    }

    /** The longest of them take two turns of the loop. */
    @Benchmark
    public long echo() throws Exception {
        cycles++;
        long expected = cycles * bytesPerCycle();
        line.bringMessages();
        do {
            loop.doWork();
        } while (line.bytesOut() < expected);
        return line.bytesOut();
    }

    /** The same bytes copied into a receive buffer, taken apart, and written masked into an outgoing buffer. */
    @Benchmark
    public long codecOnly() {
        received.bytes().put(0, frames, 0, frames.capacity());
        int position = decoder.decode(received, 0, received.capacity());
        int written = 0;
        while (decoder.event() == FrameDecoder.MESSAGE) {
            int payloadLength = decoder.payloadLength();
            int headerLength = FrameEncoder.encodeMaskedHeader(out.bytes(), written, decoder.opcode(), true, payloadLength, MASK_KEY);
            Masking.copy(decoder.payloadBuffer(), decoder.payloadPosition(), out, written + headerLength, payloadLength, MASK_KEY);
            written += headerLength + payloadLength;
            position = decoder.decode(received, position, received.capacity());
        }
        copiedBytes += written;
        return copiedBytes;
    }

    private long bytesPerCycle() {
        return (long) messages * (FrameEncoder.headerLength(Role.CLIENT, length) + length);
    }

    /** That nothing was skipped. */
    @TearDown
    public void verify() {
        long expected = cycles * bytesPerCycle();
        if (line.bytesOut() != expected) {
            throw new IllegalStateException(line.bytesOut() + " bytes came back, not " + expected + " in " + cycles);
        }
    }
}

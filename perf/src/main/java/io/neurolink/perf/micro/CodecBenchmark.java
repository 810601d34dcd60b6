package io.neurolink.perf.micro;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * A server's codec on a receive buffer of masked messages, per message: taking them apart, and with it the echo written into an outgoing
 * buffer. Unmasking in place masks again the second time, so the same buffer serves for ever; a text's key of zeros leaves it text, and is
 * applied like any other.
 *
 * <p>Beside it stand a decoder as one writes it first, {@code plain…}: a byte at a time, an array and for text a string per message; and
 * the floor, {@code copy…}, which only moves the payloads.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class CodecBenchmark {
    private static final int DEPTH = 16;
    private static final int MASK_KEY = 0x9A3B_47C1;

    private final FrameDecoder decoder = new FrameDecoder(Role.SERVER, FrameLimits.DEFAULTS);
    private final ByteBuffer out = ByteBuffer.allocateDirect(2 << 20);

    private final FrameBuffer oneBinary64 = frames(1, Opcode.BINARY, 64, MASK_KEY);
    private final FrameBuffer batchOfBinary64 = frames(DEPTH, Opcode.BINARY, 64, MASK_KEY);
    private final FrameBuffer batchOfText64 = frames(DEPTH, Opcode.TEXT, 64, 0);
    private final FrameBuffer batchOfBinary61 = frames(DEPTH, Opcode.BINARY, 61, MASK_KEY);
    private final FrameBuffer binary16KiB = frames(1, Opcode.BINARY, 16 << 10, MASK_KEY);
    private final FrameBuffer text16KiB = frames(1, Opcode.TEXT, 16 << 10, 0);
    private final FrameBuffer binary1MiB = frames(1, Opcode.BINARY, 1 << 20, MASK_KEY);
    private final FrameBuffer text1MiB = frames(1, Opcode.TEXT, 1 << 20, 0);

    /** One message of 64 bytes in the buffer. */
    @Benchmark
    public int decode64Bytes() {
        return decode(oneBinary64);
    }

    /** One message of 64 bytes in the buffer, and its echo. */
    @Benchmark
    public int echo64Bytes() {
        return echo(oneBinary64);
    }

    /** Sixteen messages of 64 bytes in the buffer. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public int decodeBatchOf64Bytes() {
        return decode(batchOfBinary64);
    }

    /** Sixteen messages of 64 bytes of text in the buffer. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public int decodeBatchOf64BytesText() {
        return decode(batchOfText64);
    }

    /** Sixteen messages of 61 bytes, so that words and a rest have to be unmasked at all alignments. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public int decodeBatchOf61Bytes() {
        return decode(batchOfBinary61);
    }

    /** Sixteen messages of 64 bytes in the buffer, and their echoes. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public int echoBatchOf64Bytes() {
        return echo(batchOfBinary64);
    }

    /** A message of 16 KiB. */
    @Benchmark
    public int decode16KiB() {
        return decode(binary16KiB);
    }

    /** A text of 16 KiB, all ASCII. */
    @Benchmark
    public int decode16KiBText() {
        return decode(text16KiB);
    }

    /** A message of 1 MiB. */
    @Benchmark
    public int decode1MiB() {
        return decode(binary1MiB);
    }

    /** A text of 1 MiB, all ASCII. */
    @Benchmark
    public int decode1MiBText() {
        return decode(text1MiB);
    }

    /** {@link #decodeBatchOf64Bytes()}, plainly. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public int plainBatchOf64Bytes(Blackhole sink) {
        return decodePlainly(batchOfBinary64, sink);
    }

    /** {@link #decodeBatchOf64BytesText()}, plainly. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public int plainBatchOf64BytesText(Blackhole sink) {
        return decodePlainly(batchOfText64, sink);
    }

    /** {@link #decode16KiB()}, plainly. */
    @Benchmark
    public int plain16KiB(Blackhole sink) {
        return decodePlainly(binary16KiB, sink);
    }

    /** {@link #decode16KiBText()}, plainly. */
    @Benchmark
    public int plain16KiBText(Blackhole sink) {
        return decodePlainly(text16KiB, sink);
    }

    /** The floor of {@link #echoBatchOf64Bytes()}. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public ByteBuffer copyBatchOf64Bytes() {
        for (int i = 0; i < DEPTH; i++) {
            out.put(66 * i, batchOfBinary64.bytes(), 70 * i + 6, 64);
        }
        return out;
    }

    /** The floor of a message of 16 KiB. */
    @Benchmark
    public ByteBuffer copy16KiB() {
        return out.put(0, binary16KiB.bytes(), 8, 16 << 10);
    }

    /** The floor of a message of 1 MiB. */
    @Benchmark
    public ByteBuffer copy1MiB() {
        return out.put(0, binary1MiB.bytes(), 14, 1 << 20);
    }

    private int decodePlainly(FrameBuffer in, Blackhole sink) {
        ByteBuffer bytes = in.bytes();
        int limit = in.capacity();
        int position = 0;
        int sum = 0;
        while (position < limit) {
            int opcode = bytes.get(position) & 0x0F;
            int length7 = bytes.get(position + 1) & 0x7F;
            int length = length7 < 126 ? length7 : bytes.getShort(position + 2) & 0xFFFF;
            int keyPosition = position + (length7 < 126 ? 2 : 4);
            byte[] payload = new byte[length];
            for (int i = 0; i < length; i++) {
                payload[i] = (byte) (bytes.get(keyPosition + 4 + i) ^ bytes.get(keyPosition + (i & 3)));
            }
            sink.consume(opcode == Opcode.TEXT ? new String(payload, StandardCharsets.UTF_8) : payload);
            position = keyPosition + 4 + length;
            sum += length;
        }
        return sum;
    }

    private int decode(FrameBuffer in) {
        int limit = in.capacity();
        int position = 0;
        int sum = 0;
        while (true) {
            position = decoder.decode(in, position, limit);
            if (decoder.event() != FrameDecoder.MESSAGE) {
                return sum;
            }
            sum += decoder.payloadLength();
        }
    }

    private int echo(FrameBuffer in) {
        int limit = in.capacity();
        int position = 0;
        int written = 0;
        while (true) {
            position = decoder.decode(in, position, limit);
            if (decoder.event() != FrameDecoder.MESSAGE) {
                return written;
            }
            int length = decoder.payloadLength();
            written += FrameEncoder.encodeHeader(out, written, decoder.opcode(), true, length);
            out.put(written, decoder.payloadBuffer(), decoder.payloadPosition(), length);
            written += length;
        }
    }

    private static FrameBuffer frames(int count, int opcode, int payloadLength, int maskKey) {
        byte[] payload = new byte[payloadLength];
        Arrays.fill(payload, (byte) 'x');
        int frameLength = FrameEncoder.headerLength(Role.CLIENT, payloadLength) + payloadLength;
        FrameBuffer buffer = FrameBuffer.allocateDirect(count * frameLength);
        for (int i = 1; i <= count; i++) {
            int at = i * frameLength - payloadLength;
            buffer.bytes().put(at, payload);
            FrameEncoder.encodeMaskedFrame(buffer, at, opcode, true, payloadLength, maskKey);
        }
        return buffer;
    }
}

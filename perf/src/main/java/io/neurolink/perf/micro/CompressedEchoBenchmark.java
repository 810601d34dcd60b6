package io.neurolink.perf.micro;

import io.neurolink.engine.loop.DeflateSettings;
import io.neurolink.engine.loop.EndpointDeflate;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.deflate.MessageDeflater;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
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
 * As {@link EchoPathBenchmark} with permessage-deflate: a cycle inflates a text of JSON and compresses it again. {@code -prof gc} must show
 * 0 B/op. Beside it what no engine can do without: the JDK's compressor and decompressor on the same text.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CompressedEchoBenchmark {

    /** What RFC 7692 leaves out at the end of a message. */
    private static final int END_OF_BLOCK = 0x0000FFFF;

    /** Bytes of the text. */
    @Param({"1024", "16384"})
    private int length;

    /** 1 (fast) to 9 (small). */
    @Param({"1", "3", "6"})
    private int level;

    /** Whether messages refer to those before. */
    @Param({"false", "true"})
    private boolean dedicated;

    private MemoryLine line;
    private EventLoop loop;
    private long cycles;
    private final Inflater inflater = new Inflater(true);
    private Deflater deflater;
    private byte[] compressed;
    private byte[] plain;
    private byte[] again;

    @Setup
    public void open() throws Exception {
        DeflateParameters wanted = dedicated ? DeflateParameters.UNRESTRICTED : DeflateParameters.NO_CONTEXT_TAKEOVER;
        byte[] payload = compressedJson();
        line = new MemoryLine(Opcode.TEXT | FrameEncoder.RSV1, payload);
        deflater = new Deflater(level, true);
        compressed = ByteBuffer.allocate(payload.length + Integer.BYTES).put(payload).putInt(END_OF_BLOCK).array();
        plain = new byte[length];
        again = new byte[2 * length];
        loop = new EchoLoop(line, new EndpointDeflate(new DeflateSettings(wanted, 0, level, 0, 1, TimeUnit.SECONDS.toNanos(10)))).open();
    }

    private byte[] compressedJson() {
        Random random = new Random(length);
        StringBuilder json = new StringBuilder();
        while (json.length() < length) {
            json.append("{\"type\":\"agent_token\",\"sessionId\":\"").append(Long.toString(random.nextLong(), 36))
                    .append("\",\"sequence\":").append(random.nextInt(10_000)).append(",\"text\":\"of all things\"},");
        }
        ByteBuffer text = ByteBuffer.wrap(json.substring(0, length).getBytes(StandardCharsets.US_ASCII));
        ByteBuffer payload = ByteBuffer.allocate(length);
        try (MessageDeflater deflater = new MessageDeflater(6)) {
            byte[] bytes = new byte[deflater.deflate(text, payload, DeflateParameters.MAX_WINDOW_BITS, false)];
            payload.get(0, bytes);
            return bytes;
        }
    }

    @Benchmark
    public long echo() throws Exception {
        cycles++;
        line.bringMessages();
        loop.doWork();
        return line.bytesOut();
    }

    @Benchmark
    public int zlibOnly() throws DataFormatException {
        inflater.reset();
        inflater.setInput(compressed);
        int count = inflater.inflate(plain);
        if (!dedicated) {
            deflater.reset();
        }
        deflater.setInput(plain, 0, count);
        return deflater.deflate(again, 0, again.length, Deflater.SYNC_FLUSH);
    }

    /** That nothing was skipped. */
    @TearDown
    public void verify() {
        inflater.end();
        deflater.end();
        if (line.writes() != cycles || line.bytesOut() > cycles * length) {
            throw new IllegalStateException(line.bytesOut() + " bytes in " + line.writes() + " writes came back in " + cycles);
        }
        loop.onClose();
    }
}

package io.neurolink.perf.micro;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.Masking;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
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

/** Masking of a payload in a direct buffer, beside the plain loop and the ways to do it by words that lost on one JDK or the other. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class MaskingBenchmark {
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** Bytes of the payload. */
    @Param({"20", "64", "125", "1024", "16384", "1048576"})
    public int length;

    /** Where the payload lies relative to an 8-byte boundary: a short masked header is 6 bytes. */
    @Param({"0", "6"})
    public int alignment;

    private int key = 0x9A3B_47C1;
    private FrameBuffer buffer;
    private ByteBuffer bytes;
    private LongBuffer words;
    private ByteBuffer source;

    /** Makes the buffer. */
    @Setup
    public void setUp() {
        buffer = FrameBuffer.allocateDirect(length + 16);
        bytes = buffer.bytes().duplicate().order(ByteOrder.nativeOrder());
        source = ByteBuffer.allocateDirect(length);
        words = bytes.slice(alignment, length + 8).order(ByteOrder.nativeOrder()).asLongBuffer();
    }

    /** What the codec does. */
    @Benchmark
    public void masking() {
        Masking.xor(buffer, alignment, length, key);
    }

    /** One byte at a time. What does not change is read once, as the others do. */
    @Benchmark
    public void naiveLoop() {
        ByteBuffer target = bytes;
        int maskKey = key;
        int start = alignment;
        int count = length;
        for (int i = 0; i < count; i++) {
            target.put(start + i, (byte) (target.get(start + i) ^ maskKey >>> 24 - 8 * (i & 3)));
        }
    }

    /** The floor: as many bytes copied, from memory of the same kind. */
    @Benchmark
    public void copyOnly() {
        bytes.put(alignment, source, 0, length);
    }

    /** Whole words through a view; the rest of the payload is left out, here and below. */
    @Benchmark
    public void longBufferWords() {
        long wordKey = (long) key << 32 | key & 0xFFFF_FFFFL;
        int count = length >>> 3;
        for (int i = 0; i < count; i++) {
            words.put(i, words.get(i) ^ wordKey);
        }
    }

    /** Whole words by {@link ByteBuffer#getLong(int)}. */
    @Benchmark
    public void byteBufferWords() {
        long wordKey = (long) key << 32 | key & 0xFFFF_FFFFL;
        int end = alignment + (length & -8);
        for (int i = alignment; i < end; i += 8) {
            bytes.putLong(i, bytes.getLong(i) ^ wordKey);
        }
    }

    /** Whole words by a handle on the buffer. */
    @Benchmark
    public void varHandleWords() {
        long wordKey = (long) key << 32 | key & 0xFFFF_FFFFL;
        int end = alignment + (length & -8);
        for (int i = alignment; i < end; i += 8) {
            WORD.set(bytes, i, (long) WORD.get(bytes, i) ^ wordKey);
        }
    }
}

package io.neurolink.perf.micro;

import io.neurolink.protocol.Utf8Encoder;
import io.neurolink.protocol.Utf8Validator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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

/** Checking and writing UTF-8 in a direct buffer, beside what the JDK offers, which allocates. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class Utf8Benchmark {
    /** What the text is made of. */
    public enum Kind {
        /** One byte a character. */
        ASCII("plain text, and more of it. "),
        /** ASCII with a few others. */
        MIXED("plain text, then \u00e4\u00f6\u00fc\u00df, \u2603 and more plain text. "),
        /** Three bytes a character. */
        CJK("\u6f22\u5b57\u304b\u306a\u4ea4\u3058\u308a\u6587");

        private final String sample;

        Kind(String sample) {
            this.sample = sample;
        }
    }

    /** What the text is made of. */
    @Param
    public Kind kind;

    /** Characters of the text. */
    @Param({"24", "1000", "16000"})
    public int chars;

    private String text;
    private int length;
    private ByteBuffer bytes;
    private byte[] copy;

    /** Makes the text. */
    @Setup
    public void setUp() {
        text = kind.sample.repeat(chars / kind.sample.length() + 1).substring(0, chars);
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        length = encoded.length;
        bytes = ByteBuffer.allocateDirect(length).put(encoded);
        copy = new byte[length];
    }

    /** Is it UTF-8? */
    @Benchmark
    public int validate() {
        return Utf8Validator.validate(Utf8Validator.ACCEPT, bytes, 0, length);
    }

    /** The JDK's way, which replaces what is wrong instead of refusing it: a copy to the heap and a string. */
    @Benchmark
    public String validateBaselineNewString() {
        bytes.get(0, copy);
        return new String(copy, StandardCharsets.UTF_8);
    }

    /** The length, then the bytes. */
    @Benchmark
    public int encode() {
        return Utf8Encoder.encodedLength(text) + Utf8Encoder.encode(text, bytes, 0);
    }

    /** The JDK's way: an array, then a copy. */
    @Benchmark
    public int encodeBaselineGetBytes() {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        bytes.put(0, encoded);
        return encoded.length;
    }
}

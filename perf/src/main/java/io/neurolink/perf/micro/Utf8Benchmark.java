package io.neurolink.perf.micro;

import io.neurolink.protocol.Utf8Encoder;
import io.neurolink.protocol.Utf8Validator;
import io.neurolink.protocol.Utf8Writer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
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

/** Checking and writing UTF-8 in a direct buffer, beside what the JDK offers: strings, which allocate, and coders used again. */
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
    private final Utf8Writer writer = new Utf8Writer();
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
    private CharBuffer characters;

    /** Makes the text. */
    @Setup
    public void setUp() {
        text = kind.sample.repeat(chars / kind.sample.length() + 1).substring(0, chars);
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        length = encoded.length;
        bytes = ByteBuffer.allocateDirect(length).put(encoded);
        copy = new byte[length];
        characters = CharBuffer.allocate(chars);
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

    /** The JDK's other way, which refuses what is wrong: a decoder, into characters nobody wants. */
    @Benchmark
    public boolean validateBaselineDecoder() {
        return decoder.reset().decode(bytes.clear(), characters.clear(), true).isUnderflow();
    }

    /** The length, then the bytes, as loops and workers write them. */
    @Benchmark
    public int encode() {
        return Utf8Encoder.encodedLength(text) + writer.encode(text, bytes, 0);
    }

    /** The same as other threads write them, without memory of their own. */
    @Benchmark
    public int encodeFromAnyThread() {
        return Utf8Encoder.encodedLength(text) + Utf8Encoder.encode(text, bytes, 0);
    }

    /** The length alone. */
    @Benchmark
    public int encodedLength() {
        return Utf8Encoder.encodedLength(text);
    }

    /** The JDK's way: an array, then a copy. */
    @Benchmark
    public int encodeBaselineGetBytes() {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        bytes.put(0, encoded);
        return encoded.length;
    }

    /** The JDK's other way: an encoder, out of the characters of the string. */
    @Benchmark
    public boolean encodeBaselineEncoder() {
        characters.clear();
        text.getChars(0, chars, characters.array(), 0);
        return encoder.reset().encode(characters, bytes.clear(), true).isUnderflow();
    }
}

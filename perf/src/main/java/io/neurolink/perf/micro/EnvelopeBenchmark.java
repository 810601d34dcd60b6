package io.neurolink.perf.micro;

import com.dslplatform.json.DslJson;
import com.dslplatform.json.JsonWriter;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.envelope.EnvelopeWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
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

/**
 * Reading a request and writing an event of the agent protocol, beside the JSON library's generic way, which checks less: it lets pass
 * what is no JSON, knows no limits, and drops the first of two keys of the same name.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class EnvelopeBenchmark {
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_VALUES = 10_000;

    /** What the request or the event carries. */
    public enum Kind {
        /** A prompt, or a token, of a few words. */
        SHORT(1),
        /** A prompt, or a text, of 4 KB with quotes and line breaks. */
        LONG(100);

        private final String content;

        Kind(int repetitions) {
            this.content = "some words, a \"quoted\" one,\nand others".repeat(repetitions);
        }
    }

    /** What the request or the event carries. */
    @Param
    public Kind kind;

    private final EnvelopeReader reader = new EnvelopeReader(MAX_BYTES, MAX_DEPTH, MAX_VALUES);
    private final EnvelopeWriter writer = new EnvelopeWriter(MAX_BYTES);
    private final DslJson<Object> library = new DslJson<>(new DslJson.Settings<>());
    private final JsonWriter libraryWriter = library.newWriter();
    private byte[] request;
    private ByteBuffer requestBuffer;
    private String content;
    private long seq;

    /** Makes the request. */
    @Setup
    public void setUp() {
        content = kind.content;
        String escaped = content.replace("\"", "\\\"").replace("\n", "\\n");
        request = ("{\"type\":\"generate\",\"requestId\":\"req-1234\",\"payload\":{\"prompt\":\"" + escaped
                + "\",\"maxTokens\":512,\"temperature\":0.7,\"stream\":true,\"tags\":[\"a\",\"b\"]}}").getBytes(StandardCharsets.UTF_8);
        requestBuffer = ByteBuffer.allocateDirect(request.length).put(request).flip();
    }

    /** A request out of the receive buffer. */
    @Benchmark
    public Object read() {
        return reader.read(requestBuffer);
    }

    /** The library's map, from an array. */
    @Benchmark
    public Object readBaselineLibraryMap() throws IOException {
        return library.deserialize(Map.class, request, request.length);
    }

    /** An event. */
    @Benchmark
    public ByteBuffer write() {
        return writer.begin("chunk").string("requestId", "req-1234").number("seq", seq++).string("content", content).end();
    }

    /** A map, written by the library into a writer that is used again. */
    @Benchmark
    public int writeBaselineLibraryMap() throws IOException {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("type", "chunk");
        event.put("requestId", "req-1234");
        event.put("seq", seq++);
        event.put("content", content);
        libraryWriter.reset();
        library.serialize(libraryWriter, event);
        return libraryWriter.size();
    }
}

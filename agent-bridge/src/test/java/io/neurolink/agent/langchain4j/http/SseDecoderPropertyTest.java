package io.neurolink.agent.langchain4j.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.langchain4j.http.client.sse.ServerSentEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Events come out the same however the bytes are cut. */
class SseDecoderPropertyTest {
    private static final String STREAM = "\uFEFF: comment\r\nid: 7\nevent: first\ndata: {\"a\":\"ü😀\"}\r\n\r\n"
            + "data:no space\ndata:  two spaces\n\nretry: 5\r\revent: only a name\n\ndata\ndata: x\r\r\ndata: [DONE]";
    private static final List<ServerSentEvent> EVENTS = List.of(new ServerSentEvent("first", "{\"a\":\"ü😀\"}"),
            new ServerSentEvent(null, "no space\n two spaces"), new ServerSentEvent(null, "\nx"), new ServerSentEvent(null, "[DONE]"));

    private static List<ServerSentEvent> decode(byte[] bytes, List<Integer> lengths) {
        List<ServerSentEvent> events = new ArrayList<>();
        SseDecoder decoder = new SseDecoder(1000, events::add);
        int position = 0;
        for (int length : lengths) {
            int end = Math.min(bytes.length, position + length);
            decoder.bytes(ByteBuffer.wrap(bytes, position, end - position));
            position = end;
        }
        decoder.bytes(ByteBuffer.wrap(bytes, position, bytes.length - position));
        decoder.end();
        return events;
    }

    @Property(tries = 200)
    void shouldNotDependOnWhereTheBytesAreCut(@ForAll @Size(max = 60) List<@IntRange(min = 1, max = 20) Integer> lengths) {
        assertEquals(EVENTS, decode(STREAM.getBytes(StandardCharsets.UTF_8), lengths));
    }

    @Example
    void shouldRefuseWhatIsTooLong() {
        byte[] line = ("data: " + "x".repeat(1000)).getBytes(StandardCharsets.UTF_8);
        assertThrows(ProviderException.class, () -> decode(line, List.of()));
        byte[] lines = ("data: " + "x".repeat(500) + "\n").repeat(3).getBytes(StandardCharsets.UTF_8);
        assertThrows(ProviderException.class, () -> decode(lines, List.of()));
    }
}

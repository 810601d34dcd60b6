package io.neurolink.agent.langchain4j.http;

import dev.langchain4j.http.client.sse.ServerSentEvent;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** One JSON text per line, out of bytes that come in pieces. Not safe for use by several threads at once. */
final class NdjsonDecoder implements StreamBody.Sink {
    private final LineSplitter splitter;
    private final Consumer<ServerSentEvent> events;

    NdjsonDecoder(int maxLineBytes, Consumer<ServerSentEvent> events) {
        this.splitter = new LineSplitter(maxLineBytes);
        this.events = events;
    }

    @Override
    public void bytes(ByteBuffer piece) {
        splitter.feed(piece, this::line);
    }

    @Override
    public void end() {
        splitter.end(this::line);
    }

    private void line(String line) {
        if (!line.isBlank()) {
            events.accept(new ServerSentEvent(null, line));
        }
    }
}

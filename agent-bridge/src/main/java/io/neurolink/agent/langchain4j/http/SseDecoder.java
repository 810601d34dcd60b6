package io.neurolink.agent.langchain4j.http;

import dev.langchain4j.http.client.sse.ServerSentEvent;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Server-sent events out of bytes that come in pieces, by the rules of the WHATWG. As with LangChain4j's own parser an event that the end
 * of the stream cuts off is an event still, since some servers forget the last empty line. Not safe for use by several threads at once.
 */
final class SseDecoder implements StreamBody.Sink {
    private final LineSplitter splitter;
    private final Consumer<ServerSentEvent> events;
    private final StringBuilder data = new StringBuilder();
    private final int maxEventBytes;
    private String event;
    private boolean hasData;

    SseDecoder(int maxEventBytes, Consumer<ServerSentEvent> events) {
        this.maxEventBytes = maxEventBytes;
        this.splitter = new LineSplitter(maxEventBytes);
        this.events = events;
    }

    @Override
    public void bytes(ByteBuffer piece) {
        splitter.feed(piece, this::line);
    }

    @Override
    public void end() {
        splitter.end(this::line);
        dispatch();
    }

    private void line(String line) {
        if (line.isEmpty()) {
            dispatch();
            return;
        }
        int colon = line.indexOf(':');
        String field = colon < 0 ? line : line.substring(0, colon);
        if (field.equals("data")) {
            append(valueOf(line, colon));
        } else if (field.equals("event")) {
            event = valueOf(line, colon);
        }
    }

    private static String valueOf(String line, int colon) {
        int start = colon < 0 ? line.length() : colon + 1;
        return start < line.length() && line.charAt(start) == ' ' ? line.substring(start + 1) : line.substring(start);
    }

    private void append(String value) {
        if (hasData) {
            data.append('\n');
        }
        hasData = true;
        data.append(value);
        if (data.length() > maxEventBytes) {
            throw ProviderErrors.tooLong("an event", maxEventBytes);
        }
    }

    private void dispatch() {
        if (!data.isEmpty()) {
            events.accept(new ServerSentEvent(event, data.toString()));
        }
        data.setLength(0);
        hasData = false;
        event = null;
    }
}

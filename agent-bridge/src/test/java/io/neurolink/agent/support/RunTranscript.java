package io.neurolink.agent.support;

import io.neurolink.agent.spi.AgentEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a client makes of the events of one run: it checks that none is missing, drops those it has had already, and puts texts together, so
 * that two clients who were sent different joins come to the same result.
 */
public final class RunTranscript {
    private static final Set<String> TERMINAL = Set.of("stream_complete", "response", "cancelled", "error");

    private final List<String> parts = new ArrayList<>();
    private String kind;
    private StringBuilder text = new StringBuilder();
    private long seen;
    private boolean isOver;
    private long joined;

    /** @return seq of the last event that was seen. */
    public long seen() {
        return seen;
    }

    /** @return whether the terminal event was seen. */
    public boolean isOver() {
        return isOver;
    }

    /** @return messages that stood for several events. */
    public long joinedCount() {
        return joined;
    }

    /** Takes an event of the run; what is none is left alone. */
    public void take(Map<String, Object> message) {
        String type = (String) message.get("type");
        if (type.equals("resume_failed")) {
            throw new AssertionError("" + message);
        }
        Long seq = (Long) message.get("seq");
        if (seq == null || seq <= seen) {
            return;
        }
        long count = message.get("n") == null ? 1 : (Long) message.get("n");
        if (seq - count != seen) {
            throw new AssertionError("after " + seen + " came " + message);
        }
        if (isOver) {
            throw new AssertionError("after the end came " + message);
        }
        joined += count > 1 ? 1 : 0;
        seen = seq;
        add(type, message);
        isOver = TERMINAL.contains(type);
    }

    private void add(String type, Map<String, Object> message) {
        if (type.equals("chunk")) {
            addText(message.get("kind") == null ? "text" : (String) message.get("kind"), (String) message.get("content"));
        } else if (type.equals("tool_call")) {
            addEvent("call " + message.get("toolCallId") + " " + message.get("toolName") + " " + message.get("args"));
        } else if (type.equals("tool_result")) {
            addEvent("result " + message.get("toolCallId") + " " + message.get("result") + " " + message.get("error"));
        } else if (type.equals("error")) {
            addEvent("error " + message.get("code") + " " + message.get("error"));
        } else if (type.equals("stream_complete")) {
            addEvent("end " + message.get("finishReason"));
        } else {
            addEvent(type);
        }
    }

    private void addText(String newKind, String content) {
        if (!newKind.equals(kind)) {
            flush();
            kind = newKind;
        }
        text.append(content);
    }

    private void addEvent(String event) {
        flush();
        kind = null;
        parts.add(event);
    }

    private void flush() {
        if (text.length() > 0) {
            parts.add(kind + " " + text);
            text = new StringBuilder();
        }
    }

    /** @return everything that happened, texts put together. */
    public List<String> parts() {
        flush();
        return parts;
    }

    /** @return what a client must come to that misses nothing of what an agent said. */
    public static List<String> expected(List<AgentEvent> events, String end) {
        RunTranscript transcript = new RunTranscript();
        transcript.addEvent("stream_start");
        for (AgentEvent event : events) {
            if (event instanceof AgentEvent.Text piece) {
                transcript.addText("text", piece.text());
            } else if (event instanceof AgentEvent.Reasoning piece) {
                transcript.addText("reasoning", piece.text());
            } else if (event instanceof AgentEvent.ToolStarted tool) {
                transcript.addEvent("call " + tool.toolCallId() + " " + tool.toolName() + " " + tool.args());
            } else if (event instanceof AgentEvent.ToolFinished tool) {
                transcript.addEvent("result " + tool.toolCallId() + " " + tool.result() + " " + tool.error());
            }
        }
        transcript.addEvent(end);
        return transcript.parts();
    }
}

package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.Usage;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** The fields of each event of a run, after {@code type}, {@code requestId} and {@code seq}. */
final class RunEvents {
    /** Writes the fields of an event. */
    interface Body extends Consumer<EnvelopeWriter> {
    }

    /**
     * Durations since the request was received, in milliseconds.
     *
     * @param queuedMs until it was started
     * @param ttftMs   until its first chunk, or -1 if there was none
     * @param totalMs  until its end
     */
    record Timing(long queuedMs, long ttftMs, long totalMs) {
    }

    private RunEvents() {
    }

    /** The whole message that says that a run is known. */
    static ByteBuffer accepted(EnvelopeWriter writer, String requestId, String sessionId) {
        writer.begin("accepted").string("requestId", requestId).number("seq", 0);
        if (sessionId != null) {
            writer.string("sessionId", sessionId);
        }
        return writer.end();
    }

    static void streamStart(EnvelopeWriter writer, RunRequest request) {
        writer.beginObject("data").string("prompt", request.prompt()).endObject();
        if (request.model() != null) {
            writer.string("model", request.model());
        }
    }

    static Body toolCall(AgentEvent.ToolStarted started) {
        return writer -> writer.string("toolCallId", started.toolCallId()).string("toolName", started.toolName())
                .value("args", started.args()).string("approval", "auto");
    }

    static Body toolResult(AgentEvent.ToolFinished finished) {
        return writer -> {
            writer.string("toolCallId", finished.toolCallId()).string("toolName", finished.toolName());
            if (finished.error() == null) {
                writer.value("result", finished.result());
            } else {
                writer.string("error", finished.error());
            }
            writer.number("durationMs", finished.durationMs());
        };
    }

    static Body streamComplete(String finishReason, Usage usage, Timing timing) {
        return writer -> {
            writer.string("finishReason", finishReason);
            write(usage, writer);
            write(timing, writer);
        };
    }

    static Body response(String content, String finishReason, Usage usage, Timing timing) {
        return writer -> {
            writer.string("content", content).string("data", content).string("finishReason", finishReason);
            write(usage, writer);
            write(timing, writer);
        };
    }

    static Body cancelled(String reason, Boolean isUpstreamClosed, long latencyMs, Usage usage) {
        return writer -> {
            if (reason != null) {
                writer.string("reason", reason);
            }
            writer.value("upstreamClosed", isUpstreamClosed == null ? "unknown" : isUpstreamClosed).number("latencyMs", latencyMs);
            write(usage, writer);
        };
    }

    static Body error(AgentException failure) {
        return writer -> ErrorMessages.writeFields(writer, failure);
    }

    /** The whole message that is the heartbeat of a silent run. */
    static ByteBuffer status(EnvelopeWriter writer, String requestId, String state, long sinceMs) {
        return writer.begin("status").string("requestId", requestId).string("state", state).number("sinceMs", sinceMs).end();
    }

    private static void write(Usage usage, EnvelopeWriter writer) {
        writer.beginObject("usage").number("inputTokens", usage.inputTokens()).number("outputTokens", usage.outputTokens())
                .number("totalTokens", usage.totalTokens());
        if (usage.isEstimated()) {
            writer.bool("estimated", true);
        }
        writer.endObject();
    }

    private static void write(Timing timing, EnvelopeWriter writer) {
        writer.beginObject("timing").number("queuedMs", timing.queuedMs());
        if (timing.ttftMs() >= 0) {
            writer.number("ttftMs", timing.ttftMs());
        }
        writer.number("totalMs", timing.totalMs()).endObject();
    }
}

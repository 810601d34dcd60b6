package io.neurolink.agent.client;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.Usage;

/** Turns messages of the server into events and exceptions. What an older server leaves out gets a value that stands for nothing. */
final class ServerEvents {
    private static final Usage NO_USAGE = Usage.of(0, 0);

    private ServerEvents() {
    }

    /** @return the event, or null if this client does not know it. */
    static RunEvent read(Envelope message) {
        Fields fields = message.fields();
        long seq = whole(fields, "seq", 0);
        return switch (message.type()) {
            case "accepted" -> new RunEvent.Accepted(fields.string("sessionId"));
            case "stream_start" -> new RunEvent.Started(seq, prompt(fields.object("data")), fields.string("model"));
            case "chunk" -> chunk(seq, fields);
            case "tool_call" -> new RunEvent.ToolCalled(seq, fields.requiredString("toolCallId"), fields.requiredString("toolName"),
                    fields.raw("args"), text(fields, "approval", "auto"), whole(fields, "expiresAt", 0));
            case "tool_result" -> new RunEvent.ToolEnded(seq, text(fields, "toolCallId", ""), fields.requiredString("toolName"),
                    fields.raw("result"), fields.string("error"), whole(fields, "durationMs", 0));
            case "status" -> new RunEvent.Status(text(fields, "state", "thinking"), whole(fields, "sinceMs", 0));
            case "response", "stream_complete" -> new RunEvent.Completed(seq, text(fields, "finishReason", "stop"), usage(fields),
                    timing(fields.object("timing")));
            case "cancelled" -> new RunEvent.Cancelled(seq, fields.string("reason"),
                    String.valueOf(fields.raw("upstreamClosed")), whole(fields, "latencyMs", 0), usage(fields));
            default -> null;
        };
    }

    private static RunEvent chunk(long seq, Fields fields) {
        String content = fields.requiredString("content");
        return "reasoning".equals(fields.string("kind")) ? new RunEvent.Reasoning(seq, content) : new RunEvent.Text(seq, content);
    }

    private static String prompt(Fields data) {
        return data == null ? null : data.string("prompt");
    }

    private static Usage usage(Fields fields) {
        Fields usage = fields.object("usage");
        return usage == null ? NO_USAGE
                : new Usage(whole(usage, "inputTokens", 0), whole(usage, "outputTokens", 0), Boolean.TRUE.equals(usage.raw("estimated")));
    }

    private static RunEvent.Timing timing(Fields timing) {
        return timing == null ? null
                : new RunEvent.Timing(whole(timing, "queuedMs", 0), whole(timing, "ttftMs", -1), whole(timing, "totalMs", 0));
    }

    /** @return the failure that an {@code error} message tells of. */
    static AgentException error(Fields fields) {
        String code = text(fields, "code", "UNKNOWN_ERROR");
        return new AgentException(code, text(fields, "error", code), Boolean.TRUE.equals(fields.raw("retryable")),
                whole(fields, "retryAfterMs", AgentException.NO_HINT));
    }

    static long whole(Fields fields, String name, long missing) {
        Long value = fields.wholeNumber(name, 0, Long.MAX_VALUE - 1);
        return value == null ? missing : value;
    }

    static String text(Fields fields, String name, String missing) {
        String value = fields.string(name);
        return value == null ? missing : value;
    }
}

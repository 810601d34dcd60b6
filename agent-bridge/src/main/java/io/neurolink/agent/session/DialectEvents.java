package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.agrona.concurrent.EpochClock;

/**
 * Puts the events of this server into the words of NeuroLink's own TypeScript clients: {@code text}, {@code thinking}, {@code tool-call},
 * {@code tool-result}, {@code done} and {@code error}, each with its {@code channel} where the client named one. Messages that are not
 * about a run stay as they are. Any thread.
 */
final class DialectEvents {
    private static final int MAX_DEPTH = 256;

    private final Recycler<EnvelopeReader> readers;
    private final Recycler<EnvelopeWriter> writers;
    private final EpochClock clock;
    private final int maxTextChars;
    private final BiConsumer<WebSocketConnection, String> approval;

    /**
     * @param context  limits, buffers, time.
     * @param approval told of every tool call that waits for approval: these clients have no word to give it.
     */
    DialectEvents(RunContext context, BiConsumer<WebSocketConnection, String> approval) {
        this.readers = new Recycler<>(() -> new EnvelopeReader(context.config().maxEventBytes(), MAX_DEPTH, Integer.MAX_VALUE));
        this.writers = context.writers();
        this.clock = context.epochClock();
        this.maxTextChars = context.config().maxResponseChars();
        this.approval = approval;
    }

    /**
     * Sends what a message of this server's is in the dialect, if it is anything there.
     *
     * @param utf8       the message.
     * @param runs       the runs that the client has started; one whose end was sent is removed.
     * @param connection where it is to go.
     * @return what became of it; what has no counterpart counts as sent.
     */
    SendResult send(ByteBuffer utf8, Map<String, DialectRun> runs, WebSocketConnection connection) {
        Envelope event = read(utf8);
        Fields fields = event.fields();
        String requestId = fields.string("requestId");
        DialectRun run = requestId == null ? null : runs.get(requestId);
        Map<String, Object> translated = translate(event, run);
        if (translated == null) {
            return SendResult.ACCEPTED;
        }
        SendResult result = isSame(event, run) ? connection.sendText(utf8) : write(translated, run, connection);
        if (result == SendResult.ACCEPTED && run != null) {
            note(event, run);
            if (isEnd(event)) {
                runs.remove(requestId);
            } else if (event.type().equals("tool_call") && "required".equals(fields.raw("approval"))) {
                approval.accept(connection, fields.string("toolCallId"));
            }
        }
        return result;
    }

    private Envelope read(ByteBuffer utf8) {
        EnvelopeReader reader = readers.borrow();
        try {
            return reader.read(utf8);
        } finally {
            readers.giveBack(reader);
        }
    }

    private SendResult write(Map<String, Object> translated, DialectRun run, WebSocketConnection connection) {
        if (run != null && run.channel() != null) {
            translated.put("channel", run.channel());
        }
        translated.put("timestamp", clock.time());
        EnvelopeWriter writer = writers.borrow();
        try {
            return connection.sendText(writer.write(translated));
        } finally {
            writers.giveBack(writer);
        }
    }

    /** Whether a message is not about a run of the dialect, and no error: such messages are the same in both. */
    private static boolean isSame(Envelope event, DialectRun run) {
        return run == null && !event.type().equals("error");
    }

    private void note(Envelope event, DialectRun run) {
        if (event.type().equals("chunk") && !isReasoning(event) && run.channel() != null) {
            run.append(event.fields().string("content"), maxTextChars);
        }
    }

    private static boolean isEnd(Envelope event) {
        return switch (event.type()) {
            case "stream_complete", "cancelled", "error", "resume_failed" -> true;
            default -> false;
        };
    }

    /** @return the fields, or null for what has no counterpart. */
    private static Map<String, Object> translate(Envelope event, DialectRun run) {
        Fields fields = event.fields();
        if (run == null) {
            return event.type().equals("error") ? error(fields) : new LinkedHashMap<>();
        }
        return switch (event.type()) {
            case "chunk" -> isReasoning(event) ? of("thinking", "thinking", fields.raw("content"))
                    : of("text", "content", fields.raw("content"));
            case "tool_call" -> of("tool-call", "toolCall", toolCall(fields));
            case "tool_result" -> of("tool-result", "toolResult", toolResult(fields));
            case "stream_complete" -> done(fields, run);
            case "cancelled" -> failure("CANCELLED", "The run was cancelled", false, fields);
            case "resume_failed" -> failure("TOO_SLOW", "The client read too slowly for the answer to be kept", true, fields);
            case "error" -> error(fields);
            default -> null;
        };
    }

    private static boolean isReasoning(Envelope event) {
        return "reasoning".equals(event.fields().raw("kind"));
    }

    private static Map<String, Object> done(Fields fields, DialectRun run) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        putIfPresent(metadata, "finishReason", fields.raw("finishReason"));
        putIfPresent(metadata, "usage", fields.raw("usage"));
        Map<String, Object> done = of("done", "metadata", metadata);
        if (run.channel() != null) {
            putIfPresent(done, "content", run.text());
        }
        return done;
    }

    private static Map<String, Object> toolCall(Fields fields) {
        Map<String, Object> call = of("tool-call", "toolCallId", fields.raw("toolCallId"));
        call.put("id", fields.raw("toolCallId"));
        call.put("toolName", fields.raw("toolName"));
        call.put("args", fields.raw("args"));
        call.put("parameters", fields.raw("args"));
        return call;
    }

    private static Map<String, Object> toolResult(Fields fields) {
        Object error = fields.raw("error");
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("id", fields.raw("toolCallId"));
        result.put("toolName", fields.raw("toolName"));
        result.put("status", error == null ? "success" : "failure");
        result.put(error == null ? "output" : "error", error == null ? fields.raw("result") : error);
        putIfPresent(result, "executionTime", fields.raw("durationMs"));
        return result;
    }

    private static Map<String, Object> error(Fields fields) {
        boolean isRetryable = Boolean.TRUE.equals(fields.raw("retryable"));
        return failure(fields.string("code"), fields.string("error"), isRetryable, fields);
    }

    private static Map<String, Object> failure(String code, String message, boolean isRetryable, Fields fields) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message);
        error.put("status", httpStatus(code));
        error.put("retryable", isRetryable);
        putIfPresent(error, "retryAfterMs", fields.raw("retryAfterMs"));
        putIfPresent(error, "requestId", fields.raw("requestId"));
        return of("error", "error", error);
    }

    /** These clients know errors by the status that HTTP would have. */
    private static int httpStatus(String code) {
        return switch (code) {
            case "INVALID_JSON", "TYPE_REQUIRED", "UNKNOWN_TYPE", "INVALID_PAYLOAD", "DUPLICATE_REQUEST" -> 400;
            case "AUTH_REQUIRED", "AUTH_INVALID", "AUTH_EXPIRED" -> 401;
            case "FORBIDDEN" -> 403;
            case "TOOL_NOT_FOUND" -> 404;
            case "CONTENT_FILTERED" -> 422;
            case "RATE_LIMITED", "TOO_MANY_RUNS", "TOO_SLOW" -> 429;
            case "CANCELLED" -> 499;
            case "MODEL_ERROR" -> 502;
            case "MODEL_UNAVAILABLE", "SHUTTING_DOWN" -> 503;
            case "MODEL_TIMEOUT" -> 504;
            default -> 500;
        };
    }

    private static Map<String, Object> of(String type, String name, Object value) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("type", type);
        fields.put(name, value);
        return fields;
    }

    private static void putIfPresent(Map<String, Object> fields, String name, Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}

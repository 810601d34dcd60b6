package io.neurolink.agent.client;

import io.neurolink.agent.spi.Usage;

/**
 * What happens in a run, in order and each event once, however often the connection was lost meanwhile. Immutable. A run that fails ends
 * with an exception instead of an event.
 */
public sealed interface RunEvent {
    /** {@return its place in the run, 1, 2, 3 …; that of the last piece where pieces of text were joined; 0 where it has none} */
    long seq();

    /**
     * The server has taken the run. It has no seq.
     *
     * @param sessionId the conversation it belongs to, or null.
     */
    record Accepted(String sessionId) implements RunEvent {
        @Override
        public long seq() {
            return 0;
        }
    }

    /**
     * The agent has been asked.
     *
     * @param seq    place in the run.
     * @param prompt what was asked.
     * @param model  the model that was asked for, or null.
     */
    record Started(long seq, String prompt, String model) implements RunEvent {
    }

    /**
     * The next piece of the answer.
     *
     * @param seq  place in the run.
     * @param text the piece.
     */
    record Text(long seq, String text) implements RunEvent {
    }

    /**
     * The next piece of what the model thinks before it answers.
     *
     * @param seq  place in the run.
     * @param text the piece.
     */
    record Reasoning(long seq, String text) implements RunEvent {
    }

    /**
     * The agent calls a tool.
     *
     * @param seq        place in the run.
     * @param toolCallId unique within the run.
     * @param toolName   name of the tool.
     * @param args       its arguments, a JSON value (Map, List, String, Long, Double, Boolean, null).
     * @param approval   {@code auto}, {@code required} or {@code client}.
     * @param expiresAt  until when an answer is waited for, milliseconds since the epoch; 0 for {@code auto}.
     */
    record ToolCalled(long seq, String toolCallId, String toolName, Object args, String approval, long expiresAt) implements RunEvent {
    }

    /**
     * A tool has ended.
     *
     * @param seq        place in the run.
     * @param toolCallId as in {@link ToolCalled}.
     * @param toolName   name of the tool.
     * @param result     what it returned, a JSON value.
     * @param error      why it failed, or null.
     * @param durationMs how long it took, milliseconds.
     */
    record ToolEnded(long seq, String toolCallId, String toolName, Object result, String error, long durationMs) implements RunEvent {
    }

    /**
     * The sign of life of a run that is silent. It has no seq.
     *
     * @param state   {@code queued}, {@code thinking} or {@code tool}.
     * @param sinceMs for how long, milliseconds.
     */
    record Status(String state, long sinceMs) implements RunEvent {
        @Override
        public long seq() {
            return 0;
        }
    }

    /**
     * The answer is complete; nothing follows.
     *
     * @param seq          place in the run.
     * @param finishReason why it ends: {@code stop}, {@code length}, {@code content_filter}, or a word of the model's.
     * @param usage        tokens consumed.
     * @param timing       how long it took.
     */
    record Completed(long seq, String finishReason, Usage usage, Timing timing) implements RunEvent {
    }

    /**
     * The run was stopped; nothing follows.
     *
     * @param seq            place in the run; 0 if it was stopped before the server had it.
     * @param reason         why, or null.
     * @param upstreamClosed {@code "true"}, {@code "false"} or {@code "unknown"}: whether the connection to the model is closed.
     * @param latencyMs      how long stopping took, milliseconds.
     * @param usage          what was delivered.
     */
    record Cancelled(long seq, String reason, String upstreamClosed, long latencyMs, Usage usage) implements RunEvent {
    }

    /**
     * Milliseconds since the server got the request.
     *
     * @param queuedMs until the run was started.
     * @param ttftMs   until its first token, -1 if there was none.
     * @param totalMs  until its end.
     */
    record Timing(long queuedMs, long ttftMs, long totalMs) {
    }
}

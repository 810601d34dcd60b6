package io.neurolink.agent.spi;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** What happens in a run, in the order in which the viewer sees it. Immutable. */
public sealed interface AgentEvent {
    /**
     * The next piece of the answer.
     *
     * @param text the piece; a surrogate pair may be split between two pieces, it is put together again.
     */
    record Text(String text) implements AgentEvent {
        /** Checks that the text is there. */
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * The next piece of what the model thinks before it answers.
     *
     * @param text the piece; a surrogate pair may be split between two pieces.
     */
    record Reasoning(String text) implements AgentEvent {
        /** Checks that the text is there. */
        public Reasoning {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * The agent begins to run one of its tools.
     *
     * @param toolCallId unique within the run.
     * @param toolName   name of the tool.
     * @param args       its arguments as JSON values (Map, List, String, Number, Boolean, null).
     */
    record ToolStarted(String toolCallId, String toolName, Object args) implements AgentEvent {
        /** Checks the names. */
        public ToolStarted {
            Objects.requireNonNull(toolCallId, "toolCallId");
            Objects.requireNonNull(toolName, "toolName");
        }
    }

    /**
     * A tool that was started has ended; its {@link ToolStarted} came before.
     *
     * @param toolCallId as in {@link ToolStarted}.
     * @param toolName   name of the tool.
     * @param result     what it returned, as a JSON value, record or array; null if it failed.
     * @param error      why it failed, for the viewer to read, or null.
     * @param durationMs how long it took, milliseconds, at least 0.
     */
    record ToolFinished(String toolCallId, String toolName, Object result, String error, long durationMs) implements AgentEvent {
        /** Checks the names. */
        public ToolFinished {
            Objects.requireNonNull(toolCallId, "toolCallId");
            Objects.requireNonNull(toolName, "toolName");
        }
    }

    /**
     * The agent wants one of its tools, or one that the client declared, to be run for it: the run tells the viewers, asks for approval
     * where the tool needs it, runs the tool under its deadline (or has the client run it), tells the viewers what came of it, and
     * completes the outcome. An agent that emits this emits no {@link ToolStarted} and {@link ToolFinished} for the call.
     *
     * @param toolCallId unique within the run.
     * @param toolName   name of the tool.
     * @param args       its arguments as JSON values (Map, List, String, Number, Boolean, null).
     * @param approval   what this call needs beside what the tool itself demands, or null: the stricter of both counts, {@code CLIENT}
     *                   being stricter than {@code REQUIRED}, and that than {@code AUTO}.
     * @param outcome    completed exactly once, from any thread and never exceptionally but by cancellation: when the run ends before the
     *                   tool does it is cancelled. What depends on it must not block.
     */
    record ToolRequested(String toolCallId, String toolName, Object args, ToolApproval approval, CompletableFuture<ToolOutcome> outcome)
            implements AgentEvent {
        /** Checks what must be there. */
        public ToolRequested {
            Objects.requireNonNull(toolCallId, "toolCallId");
            Objects.requireNonNull(toolName, "toolName");
            Objects.requireNonNull(outcome, "outcome");
        }

        /**
         * A call that needs the approval its tool demands.
         *
         * @param toolCallId unique within the run.
         * @param toolName   name of the tool.
         * @param args       its arguments.
         * @param outcome    completed with what comes of it.
         */
        public ToolRequested(String toolCallId, String toolName, Object args, CompletableFuture<ToolOutcome> outcome) {
            this(toolCallId, toolName, args, null, outcome);
        }
    }

    /**
     * What the run has cost so far, as the model counts. A later report replaces an earlier one; without any, tokens are estimated.
     *
     * @param usage the counts.
     */
    record UsageReported(Usage usage) implements AgentEvent {
        /** Checks that the usage is there. */
        public UsageReported {
            Objects.requireNonNull(usage, "usage");
        }
    }

    /**
     * The answer is complete; nothing may follow but {@code onComplete}.
     *
     * @param finishReason why it ends: {@code stop}, {@code length}, {@code content_filter}, or a word of the model's.
     */
    record Finished(String finishReason) implements AgentEvent {
        /** Checks that the reason is there. */
        public Finished {
            Objects.requireNonNull(finishReason, "finishReason");
        }
    }
}

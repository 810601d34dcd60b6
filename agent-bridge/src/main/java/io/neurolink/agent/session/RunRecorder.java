package io.neurolink.agent.session;

import static io.neurolink.agent.session.RunTally.millis;

import io.neurolink.agent.metrics.AgentMeter;
import io.neurolink.agent.metrics.RunEnd;
import io.neurolink.agent.metrics.ToolEnd;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.RunLog;
import io.neurolink.agent.spi.Usage;
import java.util.concurrent.TimeUnit;

/**
 * Writes what an agent says into the journal, as far as viewers of that kind of run get to see it, and counts it. What makes no sense, or
 * has no form that can be sent, is thrown; {@link #failureOf} turns it into what the run is to fail with. For whoever has the run's gate.
 */
final class RunRecorder {
    private final RunRequest request;
    private final RunKind kind;
    private final AgentHandlerConfig config;
    private final RunJournal journal;
    private final RunTally tally;
    private final AgentMeter meter;

    /**
     * How a run ends.
     *
     * @param type   type of the terminal event
     * @param fields its fields
     */
    record Ending(String type, RunEvents.Body fields) {
    }

    RunRecorder(RunRequest request, RunContext context, RunJournal journal, long nowNs) {
        this.request = request;
        this.kind = request.kind();
        this.config = context.config();
        this.journal = journal;
        this.tally = new RunTally(request.inputLength(), nowNs);
        this.meter = context.meter();
    }

    /** The agent is asked now. */
    void start(long nowNs) {
        tally.started(nowNs);
        if (kind == RunKind.STREAM) {
            journal.append("stream_start", writer -> RunEvents.streamStart(writer, request));
        }
    }

    /**
     * The agent said something.
     *
     * @return how the run ends, or null if it goes on.
     */
    Ending record(AgentEvent event, long nowNs) {
        if (event instanceof AgentEvent.Text text) {
            record(RunLog.Kind.TEXT, text.text(), nowNs);
        } else if (event instanceof AgentEvent.Reasoning reasoning) {
            record(RunLog.Kind.REASONING, reasoning.text(), nowNs);
        } else if (event instanceof AgentEvent.ToolStarted started) {
            toolStarted(started, nowNs);
        } else if (event instanceof AgentEvent.ToolFinished finished) {
            return toolFinished(finished);
        } else if (event instanceof AgentEvent.UsageReported report) {
            tally.reported(report.usage());
        } else if (event instanceof AgentEvent.Finished finished) {
            return completed(finished.finishReason(), nowNs);
        }
        return null;
    }

    private void record(RunLog.Kind textKind, String text, long nowNs) {
        if (text.isEmpty()) {
            return;
        }
        tally.produced(text.length(), nowNs);
        if (kind == RunKind.STREAM) {
            journal.appendText(textKind, text);
        } else if (textKind == RunLog.Kind.TEXT) {
            addToAnswer(text);
        }
    }

    private void addToAnswer(String text) {
        StringBuilder answer = tally.answer();
        if (answer.length() + text.length() > config.maxResponseChars()) {
            throw new AgentException(ErrorCode.MODEL_ERROR, "The answer exceeds " + config.maxResponseChars() + " characters");
        }
        answer.append(text);
        journal.holdsBeside((long) Character.BYTES * answer.capacity());
    }

    private void toolStarted(AgentEvent.ToolStarted started, long nowNs) {
        if (tally.openToolCount() >= config.maxOpenToolCalls()) {
            throw new AgentException(ErrorCode.MODEL_ERROR, "More than " + config.maxOpenToolCalls() + " tool calls at once");
        }
        if (!tally.openTool(started.toolCallId(), started.toolName(), nowNs)) {
            throw violation("second tool call with id " + started.toolCallId());
        }
        if (kind == RunKind.STREAM) {
            try {
                journal.append("tool_call", RunEvents.toolCall(started));
            } catch (RuntimeException e) {
                // Nobody saw it begin, so nobody is to see it end.
                tally.closeTool(started.toolCallId());
                throw e;
            }
        }
    }

    private Ending toolFinished(AgentEvent.ToolFinished finished) {
        if (kind == RunKind.TOOL) {
            return new Ending("tool_result", RunEvents.toolResult(finished));
        }
        if (!tally.closeTool(finished.toolCallId())) {
            throw violation("tool result without a call: " + finished.toolCallId());
        }
        meter.toolEnded(finished.toolName(), false, finished.error() == null ? ToolEnd.COMPLETED : ToolEnd.FAILED,
                TimeUnit.MILLISECONDS.toNanos(finished.durationMs()));
        if (kind == RunKind.STREAM) {
            journal.append("tool_result", RunEvents.toolResult(finished));
        }
        return null;
    }

    /** The agent has said everything. */
    Ending completed(String finishReason, long nowNs) {
        RunEvents.Timing timing = tally.timing(nowNs);
        return switch (kind) {
            case STREAM -> new Ending("stream_complete", RunEvents.streamComplete(finishReason, tally.usage(), timing));
            case GENERATE -> new Ending("response",
                    RunEvents.response(tally.answer().toString(), finishReason, tally.usage(), timing));
            case TOOL -> throw violation("end without a tool result");
        };
    }

    /** @return what has been used so far. */
    Usage usage() {
        return tally.usage();
    }

    /** @return what is to be counted of a run that ends now. */
    RunEnd end(RunEnd.Outcome outcome, String code, long nowNs) {
        return new RunEnd(kind.type(), request.model(), outcome, code, tally.queuedNs(nowNs), tally.firstNs(), tally.totalNs(nowNs),
                kind == RunKind.TOOL ? null : tally.usage());
    }

    /** @return whether the run waits for a tool. */
    boolean isToolAtWork() {
        return kind == RunKind.TOOL || tally.openToolCount() > 0;
    }

    /** The run ends: a viewer that saw a tool begin also sees it end. */
    void closeTools(long nowNs) {
        tally.closeTools((id, tool) -> {
            meter.toolEnded(tool.name(), false, ToolEnd.CANCELLED, nowNs - tool.startedNs());
            if (kind == RunKind.STREAM) {
                journal.append("tool_result", RunEvents.toolResult(new AgentEvent.ToolFinished(id, tool.name(), null,
                        "The run ended before the tool did", millis(nowNs - tool.startedNs()))));
            }
        });
    }

    /** Appends the terminal event, or, if it cannot be sent, one that says so. */
    void appendLast(Ending ending) {
        try {
            journal.append(ending.type(), ending.fields());
        } catch (RuntimeException e) {
            journal.append("error", RunEvents.error(failureOf(e)));
        }
        journal.holdsBeside(0);
        journal.seal();
    }

    /** @return what the run fails with because of something that was thrown: what is no failure of its own is an event without a form. */
    AgentException failureOf(RuntimeException e) {
        if (e instanceof AgentException failure) {
            return failure;
        }
        ErrorCode code = kind == RunKind.TOOL ? ErrorCode.TOOL_FAILED : ErrorCode.INTERNAL;
        return new AgentException(code, "The event could not be sent: " + e.getMessage());
    }

    static AgentException violation(String what) {
        return new AgentException(ErrorCode.MODEL_ERROR, "The agent broke the rules of its publisher: " + what);
    }
}

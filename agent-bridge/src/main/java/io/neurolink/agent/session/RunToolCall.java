package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.CancellationSource;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One tool call of a run. What is written by others than the holder of the run's gate is in atomic references, of which only the first
 * value counts.
 *
 * <pre>
 *   ASKED ──approved, or none needed──▶ RUNNING ──result, failure, deadline──▶ CLOSED
 *     │                                                                          ▲
 *     └──refused, expired; result of the client─────────── end of the run ───────┘
 * </pre>
 */
final class RunToolCall {
    /** Where a call stands. */
    enum Stage {
        /** Waits for a viewer, who is to approve or to run it. */
        ASKED,
        /** The tool is at work on the server. */
        RUNNING,
        /** Its result is in the log. */
        CLOSED
    }

    /**
     * What a viewer said.
     *
     * @param isApproved whether the tool may run.
     * @param reason     why not, or null.
     */
    record Decision(boolean isApproved, String reason) {
    }

    /** How viewers know it. */
    final String toolCallId;
    final AgentEvent.ToolRequested request;
    /** Null if there is none of that name. */
    final AgentTool tool;
    final ToolApproval approval;
    /** Whose run it is, or null. */
    final String userId;
    final CancellationSource cancellation = new CancellationSource();

    private final AtomicReference<Decision> decision = new AtomicReference<>();
    private final AtomicReference<ToolOutcome> outcome = new AtomicReference<>();
    private final Runnable onAnswer;

    private Stage stage = Stage.ASKED;
    private long seq;
    private long sinceNs;
    private long deadlineNs;
    private long expiresAtMs;

    RunToolCall(String toolCallId, AgentEvent.ToolRequested request, AgentTool tool, ToolApproval approval, String userId,
                Runnable onAnswer) {
        this.toolCallId = toolCallId;
        this.request = request;
        this.tool = tool;
        this.approval = approval;
        this.userId = userId;
        this.onAnswer = onAnswer;
    }

    /** A viewer approves or refuses. Any thread; the first one counts. */
    void decide(Decision made) {
        if (decision.compareAndSet(null, made)) {
            onAnswer.run();
        }
    }

    /** The tool has ended, wherever it ran. Any thread; the first one counts. */
    void ended(ToolOutcome result) {
        if (outcome.compareAndSet(null, result)) {
            onAnswer.run();
        }
    }

    Decision decision() {
        return decision.get();
    }

    ToolOutcome outcome() {
        return outcome.get();
    }

    boolean needsViewer() {
        return approval != ToolApproval.AUTO;
    }

    Stage stage() {
        return stage;
    }

    /** Moves on, to be there until a deadline. */
    void enter(Stage newStage, long nowNs, long newDeadlineNs) {
        stage = newStage;
        sinceNs = nowNs;
        deadlineNs = newDeadlineNs;
    }

    void close() {
        stage = Stage.CLOSED;
    }

    /** @return when it entered its stage. */
    long sinceNs() {
        return sinceNs;
    }

    long deadlineNs() {
        return deadlineNs;
    }

    void expiresAt(long epochMs) {
        expiresAtMs = epochMs;
    }

    /** @return number of the event that told of it, 0 if none did. */
    long seq() {
        return seq;
    }

    void seq(long newSeq) {
        seq = newSeq;
    }

    /** The fields of the event that tells of it. */
    void writeCall(EnvelopeWriter writer) {
        writer.string("toolCallId", toolCallId).string("toolName", request.toolName()).value("args", request.args())
                .string("approval", approval.wireName());
        if (needsViewer()) {
            writer.number("expiresAt", expiresAtMs);
        }
    }
}

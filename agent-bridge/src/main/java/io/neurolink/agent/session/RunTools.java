package io.neurolink.agent.session;

import static io.neurolink.agent.session.RunTally.millis;

import io.neurolink.agent.metrics.ToolEnd;
import io.neurolink.agent.session.RunToolCall.Stage;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.TraceContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/**
 * The tool calls that the agent of one run asks for: has each approved where it must be, runs it or has a viewer run it, tells the viewers,
 * and completes what the agent waits for. All methods are for the holder of the run's gate; tools, and what depends on their outcomes,
 * are called without it.
 */
final class RunTools {
    /** What the run does for its tool calls. */
    interface Host {
        /**
         * Appends an event to the run's log. Called with the gate held.
         *
         * @return its seq.
         * @throws RuntimeException if it has no JSON form or is too long; then nothing is appended.
         */
        long append(String type, RunEvents.Body fields);

        /** Has {@link RunTools#advance} called. Any thread. */
        void wake();
    }

    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");
    private static final int REMEMBERED_IDS = 256;

    private final ToolSet tools;
    private final AuthenticatedUser user;
    private final TraceContext trace;
    private final boolean isAutoShown;
    private final RunToolContext context;
    private final Host host;
    /** By the agent's id. */
    private final Map<String, RunToolCall> open = new LinkedHashMap<>();
    private final RecentIds seen = new RecentIds(REMEMBERED_IDS);

    /**
     * @param tools       what the agent may ask for.
     * @param isAutoShown whether viewers are told of calls that need nobody.
     * @param context     limits, times, threads, and the calls that wait for a viewer.
     * @param host        the run.
     */
    RunTools(ToolSet tools, boolean isAutoShown, RunToolContext context, Host host) {
        this.tools = tools;
        this.user = tools.request() == null ? null : tools.request().user();
        this.trace = tools.request() == null ? null : tools.request().trace();
        this.isAutoShown = isAutoShown;
        this.context = context;
        this.host = host;
    }

    int openCount() {
        return open.size();
    }

    /**
     * The agent asks for a tool.
     *
     * @throws AgentException if the run must fail for it: too many calls at once, an id that was used, arguments without a JSON form. The
     *                        outcome is cancelled then.
     */
    void request(AgentEvent.ToolRequested event, long nowNs) {
        try {
            check(event);
            begin(event, nowNs);
        } catch (RuntimeException e) {
            context.discard(event);
            throw e instanceof AgentException ? e
                    : new AgentException(ErrorCode.INTERNAL, "The event could not be sent: " + e.getMessage());
        }
    }

    private void check(AgentEvent.ToolRequested event) {
        int limit = context.config().maxOpenToolCalls();
        if (open.size() >= limit) {
            throw new AgentException(ErrorCode.MODEL_ERROR, "More than " + limit + " tool calls at once");
        }
        if (open.containsKey(event.toolCallId()) || seen.contains(event.toolCallId())) {
            throw new AgentException(ErrorCode.MODEL_ERROR,
                    "The agent broke the rules of its publisher: second tool call with id " + event.toolCallId());
        }
    }

    private void begin(AgentEvent.ToolRequested event, long nowNs) {
        AgentTool tool = tools.find(event.toolName());
        ToolApproval approval = tool == null ? ToolApproval.AUTO : tool.approval().orStricter(event.approval());
        // An id that a model made up may be another one's too: a late answer to that must not be taken for one to this.
        String toolCallId = approval == ToolApproval.AUTO ? event.toolCallId() : context.waiting().newId();
        RunToolCall call = new RunToolCall(toolCallId, event, tool, approval, user == null ? null : user.id(), host::wake);
        Duration patience = approval == ToolApproval.CLIENT && tool.timeout() != null ? tool.timeout() : context.config().approvalTimeout();
        call.enter(Stage.ASKED, nowNs, nowNs + patience.toNanos());
        call.expiresAt(context.epochClock().time() + patience.toMillis());
        if (isShown(call)) {
            call.seq(host.append("tool_call", call::writeCall));
        }
        open.put(event.toolCallId(), call);
        seen.add(event.toolCallId());
        if (tool == null) {
            close(call, ToolOutcome.failed("Tool not found: " + event.toolName()), ToolEnd.NOT_FOUND, nowNs);
        } else if (call.needsViewer()) {
            context.waiting().add(call);
        } else {
            start(call, nowNs);
        }
    }

    private boolean isShown(RunToolCall call) {
        return isAutoShown || call.needsViewer();
    }

    /**
     * Does what is due: starts tools that were approved, closes calls that have ended or whose time is up.
     *
     * @return whether a call was closed.
     */
    boolean advance(long nowNs) {
        int before = open.size();
        if (before > 0) {
            for (RunToolCall call : List.copyOf(open.values())) {
                advance(call, nowNs);
            }
        }
        return open.size() < before;
    }

    private void advance(RunToolCall call, long nowNs) {
        RunToolCall.Decision decision = call.decision();
        if (call.outcome() != null) {
            close(call, call.outcome(), call.outcome().isFailed() ? ToolEnd.FAILED : ToolEnd.COMPLETED, nowNs);
        } else if (call.stage() == Stage.ASKED && decision != null && !decision.isApproved()) {
            close(call, ToolOutcome.failed("The call was refused" + (decision.reason() == null ? "" : ": " + decision.reason())),
                    ToolEnd.REFUSED, nowNs);
        } else if (call.stage() == Stage.ASKED && decision != null && call.approval == ToolApproval.REQUIRED) {
            start(call, nowNs);
        } else if (nowNs - call.deadlineNs() >= 0) {
            close(call, ToolOutcome.failed(lateness(call)), call.stage() == Stage.RUNNING ? ToolEnd.TIMED_OUT : ToolEnd.EXPIRED, nowNs);
        }
    }

    private String lateness(RunToolCall call) {
        long waitedMs = millis(call.deadlineNs() - call.sinceNs());
        if (call.stage() == Stage.RUNNING) {
            return "The tool gave no result within " + waitedMs + " ms";
        }
        return call.approval == ToolApproval.CLIENT ? "The client gave no result within " + waitedMs + " ms"
                : "Nobody approved the call within " + waitedMs + " ms";
    }

    private void start(RunToolCall call, long nowNs) {
        context.waiting().remove(call);
        Duration timeout = call.tool.timeout() == null ? context.config().toolTimeout() : call.tool.timeout();
        call.enter(Stage.RUNNING, nowNs, nowNs + timeout.toNanos());
        try {
            context.threads().execute(() -> invoke(call));
        } catch (RejectedExecutionException e) {
            close(call, ToolOutcome.failed("The server has too many tools at work"), ToolEnd.FAILED, nowNs);
        }
    }

    /** On a thread of its own, without the gate. */
    private void invoke(RunToolCall call) {
        if (call.isOver()) {
            return;
        }
        CompletableFuture<AgentException> decision = context.authorization().checkTool(user, call.tool.name(), call.request.args());
        if (decision.isDone()) {
            proceed(call, decision.join());
        } else {
            decision.thenAccept(refusal -> context.later(() -> proceed(call, refusal)));
        }
    }

    private void proceed(RunToolCall call, AgentException refusal) {
        if (refusal != null) {
            call.ended(ToolOutcome.failed(refusal.getMessage()));
        } else if (!call.isOver()) {
            callTool(call);
        }
    }

    private void callTool(RunToolCall call) {
        try {
            CompletionStage<?> stage = call.tool.call(new ToolCall(call.toolCallId, call.request.args(), user, call.cancellation, trace));
            if (stage == null) {
                throw new AgentException(ErrorCode.TOOL_FAILED, "The tool " + call.tool.name() + " returned no stage");
            }
            stage.whenComplete((value, error) -> call.ended(error == null ? ToolOutcome.of(value) : failed(call, error)));
        } catch (Throwable e) {
            call.ended(failed(call, e));
        }
    }

    private static ToolOutcome failed(RunToolCall call, Throwable error) {
        AgentException failure = AgentException.of(error, ErrorCode.TOOL_FAILED);
        if (failure.getCause() != null && !call.cancellation.isCancelled()) {
            LOGGER.log(Level.WARNING, "tool " + call.tool.name() + " failed", failure.getCause());
        }
        return ToolOutcome.failed(failure.getMessage());
    }

    private void close(RunToolCall call, ToolOutcome outcome, ToolEnd end, long nowNs) {
        count(call, end, nowNs);
        ToolOutcome told = outcome;
        try {
            appendResult(call, told, nowNs);
        } catch (RuntimeException e) {
            told = ToolOutcome.failed("The result of the tool could not be sent: " + e.getMessage());
            appendResult(call, told, nowNs);
        }
        leave(call);
        ToolOutcome last = told;
        boolean isLeftAtWork = outcome != call.outcome();
        context.later(() -> {
            if (isLeftAtWork) {
                call.cancellation.cancel();
            }
            call.request.outcome().complete(last);
        });
    }

    private void count(RunToolCall call, ToolEnd end, long nowNs) {
        boolean hasRun = hasRun(call) && end != ToolEnd.EXPIRED;
        context.meter().toolEnded(call.request.toolName(), tools.isOfClient(call.request.toolName()), end,
                hasRun ? nowNs - call.sinceNs() : -1);
    }

    private static boolean hasRun(RunToolCall call) {
        return call.stage() == Stage.RUNNING || call.approval == ToolApproval.CLIENT;
    }

    private void appendResult(RunToolCall call, ToolOutcome outcome, long nowNs) {
        if (isShown(call)) {
            host.append("tool_result", RunEvents.toolResult(new AgentEvent.ToolFinished(call.toolCallId, call.request.toolName(),
                    outcome.result(), outcome.error(), hasRun(call) ? millis(nowNs - call.sinceNs()) : 0)));
        }
    }

    private void leave(RunToolCall call) {
        call.close();
        open.remove(call.request.toolCallId());
        context.waiting().remove(call);
    }

    /**
     * The run ends, or stops: calls that are open get an error as their result, in the order in which they began.
     *
     * @param isTold whether events may still be appended.
     */
    void closeAll(boolean isTold, long nowNs) {
        List<RunToolCall> calls = List.copyOf(open.values());
        for (RunToolCall call : calls) {
            count(call, ToolEnd.CANCELLED, nowNs);
            call.over();
            open.remove(call.request.toolCallId());
            context.waiting().remove(call);
            context.later(() -> {
                call.request.outcome().cancel(false);
                call.cancellation.cancel();
            });
        }
        for (RunToolCall call : calls) {
            if (isTold) {
                appendResult(call, ToolOutcome.failed("The run ended before the tool did"), nowNs);
            }
            call.close();
        }
    }

    /** @return the earliest deadline of a call, if any is open. */
    long nextDeadlineNs() {
        long earliestNs = 0;
        boolean isFirst = true;
        for (RunToolCall call : open.values()) {
            earliestNs = isFirst || call.deadlineNs() - earliestNs < 0 ? call.deadlineNs() : earliestNs;
            isFirst = false;
        }
        return earliestNs;
    }

    /** Told of each call that waits for a viewer. */
    interface Pending {
        /**
         * @param seq    that of the event.
         * @param fields its fields.
         */
        void waits(long seq, RunEvents.Body fields);
    }

    /** Finds the calls that wait for a viewer, of which events up to one have told. */
    void forEachPending(long throughSeq, Pending pending) {
        for (RunToolCall call : open.values()) {
            if (call.stage() == Stage.ASKED && call.seq() <= throughSeq) {
                pending.waits(call.seq(), call::writeCall);
            }
        }
    }
}

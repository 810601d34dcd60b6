package io.neurolink.agent.session;

import static io.neurolink.agent.session.RunSubscriber.COMPLETED;
import static io.neurolink.agent.session.RunSubscriber.FAILED;
import static io.neurolink.agent.session.RunSubscriber.SUBSCRIBED;
import static io.neurolink.agent.session.RunSubscriber.VIOLATED;
import static io.neurolink.agent.session.RunTally.millis;

import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.SignalGate;
import io.neurolink.engine.spi.WebSocketConnection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One run of an agent or a tool, from the client's request to exactly one terminal event. Worker, agent, timers and the connection all
 * signal the run's gate; whoever passes it does what is due, one at a time, so that everything below has a single writer.
 *
 * <pre>
 *   NEW ──start──▶ ACTIVE ──complete, fail, violation, silence──▶ ENDED ──terminal event sent──▶ GONE
 *                    │                                             ▲                             ▲
 *                    └──cancel──▶ CANCELLING ──closed, timeout─────┘      any ──disconnect───────┘
 * </pre>
 *
 * The agent is asked for one event at a time, and only while the outbox has room: a viewer that reads slowly makes it wait.
 */
final class Run {
    /** Where a run stands. */
    private enum State {
        /** Not started. */
        NEW,
        /** The agent is at work, or waits for the viewer. */
        ACTIVE,
        /** The agent was told to stop and has not confirmed it. */
        CANCELLING,
        /** The terminal event is in the outbox; whatever the agent still says is ignored. */
        ENDED,
        /** Nothing is left to be done. */
        GONE
    }

    /** Those who must know where a run is to be found. Called with the gate held. */
    interface Registry {
        /** The terminal event is about to leave: the request id and the place among the concurrent runs are free again. */
        void leave(Run run);

        /** The terminal event could not leave: the run wants to hear of {@code onWritable} still. */
        void hold(Run run);

        /** The run is over. */
        void release(Run run);
    }

    private static final int START = 1 << 8;
    private static final int CANCEL = 1 << 9;
    private static final int UPSTREAM_CLOSED = 1 << 10;
    private static final int WRITABLE = 1 << 11;
    private static final int TIMER = 1 << 12;
    private static final int DISCONNECTED = 1 << 13;

    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    private final RunRequest request;
    private final RunContext context;
    private final AgentHandlerConfig config;
    private final WebSocketConnection connection;
    private final Registry registry;
    private final SignalGate gate;
    private final RunSubscriber agent;
    private final RunOutbox outbox;
    private final RunTally tally;
    private final RunTimer timer;
    private final AtomicReference<Cancel> cancel = new AtomicReference<>();
    private final AtomicReference<Boolean> upstreamClosed = new AtomicReference<>();

    private State state = State.NEW;
    private boolean isReplaced;
    private long waitingSinceNs;
    private long lastEventNs;
    private long lastSentNs;
    private long closeDeadlineNs;

    Run(RunRequest request, RunContext context, WebSocketConnection connection, Registry registry) {
        this.request = request;
        this.context = context;
        this.config = context.config();
        this.connection = connection;
        this.registry = registry;
        this.gate = new SignalGate(this::work, context.scheduler());
        this.agent = new RunSubscriber(gate);
        this.outbox = new RunOutbox(request.requestId(), connection, context.writers());
        this.tally = new RunTally(request.inputLength(), context.nanoClock().nanoTime());
        this.timer = new RunTimer(context.scheduler(), () -> gate.signal(TIMER));
    }

    String requestId() {
        return request.requestId();
    }

    /** Starts the run. Called once. */
    void start() {
        gate.signal(START);
    }

    /** Cancels the run, also before it was started; the first call counts. */
    void cancel(String reason) {
        cancel.compareAndSet(null, new Cancel(reason, context.nanoClock().nanoTime()));
        gate.signal(CANCEL);
    }

    /** The connection takes more. */
    void onWritable() {
        gate.signal(WRITABLE);
    }

    /** The connection is gone: the agent is cancelled, nothing is sent. */
    void disconnect() {
        gate.signal(DISCONNECTED);
    }

    private void work(int signals) {
        if (state == State.GONE) {
            cancelLateSubscription(signals);
            return;
        }
        try {
            react(signals, context.nanoClock().nanoTime());
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, "run " + request.requestId() + " is given up", e);
            goAway();
        }
    }

    private void react(int signals, long nowNs) {
        if ((signals & DISCONNECTED) != 0) {
            goAway();
            return;
        }
        if ((signals & START) != 0) {
            begin(nowNs);
        }
        if ((signals & CANCEL) != 0 && state == State.ACTIVE) {
            beginCancel(nowNs);
        }
        if ((signals & (SUBSCRIBED | UPSTREAM_CLOSED | COMPLETED | FAILED)) != 0) {
            reactWhileStopping(signals, nowNs);
        }
        if (state == State.ACTIVE) {
            reactToAgent(signals, nowNs);
        }
        if ((signals & TIMER) != 0) {
            timer.fired();
            onTimer(nowNs);
        }
        deliver();
        askForMore(nowNs);
        armTimer(nowNs);
    }

    private void begin(long nowNs) {
        state = State.ACTIVE;
        tally.started(nowNs);
        lastSentNs = nowNs;
        lastEventNs = nowNs;
        waitingSinceNs = nowNs;
        if (request.kind() == RunKind.STREAM) {
            outbox.addAccepted(writer -> RunEvents.accepted(writer, request));
        }
        if (cancel.get() != null) {
            endCancelled(true, nowNs);
            return;
        }
        if (request.kind() == RunKind.STREAM) {
            outbox.add("stream_start", writer -> RunEvents.streamStart(writer, request));
        }
        deliver();
        if (state == State.ACTIVE) {
            subscribe(nowNs);
        }
    }

    private void subscribe(long nowNs) {
        try {
            Flow.Publisher<AgentEvent> publisher = request.publisher().get();
            if (publisher == null) {
                throw violation("null publisher");
            }
            publisher.subscribe(agent);
        } catch (Throwable e) {
            fail(e, nowNs);
        }
    }

    private void reactToAgent(int signals, long nowNs) {
        AgentEvent event = agent.takeEvent();
        if (event != null) {
            lastEventNs = nowNs;
            onEvent(event, nowNs);
        }
        if (state == State.ACTIVE && (signals & VIOLATED) != 0) {
            fail(violation(agent.violation()), nowNs);
        } else if (state == State.ACTIVE && (signals & COMPLETED) != 0) {
            complete("stop", nowNs);
        } else if (state == State.ACTIVE && (signals & FAILED) != 0) {
            fail(agent.failure(), nowNs);
        }
    }

    private void onEvent(AgentEvent event, long nowNs) {
        if (event instanceof AgentEvent.Text text) {
            onText(RunOutbox.TEXT, text.text(), nowNs);
        } else if (event instanceof AgentEvent.Reasoning reasoning) {
            onText(RunOutbox.REASONING, reasoning.text(), nowNs);
        } else if (event instanceof AgentEvent.ToolStarted started) {
            onToolStarted(started, nowNs);
        } else if (event instanceof AgentEvent.ToolFinished finished) {
            onToolFinished(finished, nowNs);
        } else if (event instanceof AgentEvent.UsageReported report) {
            tally.reported(report.usage());
        } else if (event instanceof AgentEvent.Finished finished) {
            complete(finished.finishReason(), nowNs);
        }
    }

    private void onText(String kind, String text, long nowNs) {
        if (text.isEmpty()) {
            return;
        }
        tally.produced(text.length(), nowNs);
        if (request.kind() == RunKind.STREAM) {
            outbox.addChunk(kind, text);
            lastSentNs = nowNs;
        } else if (kind.equals(RunOutbox.TEXT)) {
            addToAnswer(text, nowNs);
        }
    }

    private void addToAnswer(String text, long nowNs) {
        if (tally.answer().length() + text.length() > config.maxResponseChars()) {
            fail(new AgentException(ErrorCode.MODEL_ERROR, "The answer exceeds " + config.maxResponseChars() + " characters"), nowNs);
        } else {
            tally.answer().append(text);
        }
    }

    private void onToolStarted(AgentEvent.ToolStarted started, long nowNs) {
        if (tally.openToolCount() >= config.maxOpenToolCalls()) {
            fail(new AgentException(ErrorCode.MODEL_ERROR, "More than " + config.maxOpenToolCalls() + " tool calls at once"), nowNs);
        } else if (!tally.openTool(started.toolCallId(), started.toolName(), nowNs)) {
            fail(violation("second tool call with id " + started.toolCallId()), nowNs);
        } else if (request.kind() == RunKind.STREAM) {
            addEvent("tool_call", RunEvents.toolCall(started), nowNs);
        }
    }

    private void onToolFinished(AgentEvent.ToolFinished finished, long nowNs) {
        if (request.kind() == RunKind.TOOL) {
            end("tool_result", RunEvents.toolResult(finished), nowNs);
        } else if (!tally.closeTool(finished.toolCallId())) {
            fail(violation("tool result without a call: " + finished.toolCallId()), nowNs);
        } else if (request.kind() == RunKind.STREAM) {
            addEvent("tool_result", RunEvents.toolResult(finished), nowNs);
        }
    }

    private void addEvent(String type, RunEvents.Body body, long nowNs) {
        outbox.add(type, body);
        lastSentNs = nowNs;
    }

    private void complete(String finishReason, long nowNs) {
        RunEvents.Timing timing = tally.timing(nowNs);
        if (request.kind() == RunKind.STREAM) {
            end("stream_complete", RunEvents.streamComplete(finishReason, tally.usage(), timing), nowNs);
        } else if (request.kind() == RunKind.GENERATE) {
            end("response", RunEvents.response(tally.answer().toString(), finishReason, tally.usage(), timing), nowNs);
        } else {
            fail(violation("end without a tool result"), nowNs);
        }
    }

    private void fail(Throwable error, long nowNs) {
        AgentException failure = AgentException.of(error, request.kind() == RunKind.TOOL ? ErrorCode.TOOL_FAILED : ErrorCode.MODEL_ERROR);
        if (failure.getCause() != null) {
            LOGGER.log(Level.WARNING, "run " + request.requestId() + " failed", failure.getCause());
        }
        end("error", RunEvents.error(failure), nowNs);
    }

    /** The only way to a terminal event: closes what is open, adds the event, and lets go of the agent. */
    private void end(String type, RunEvents.Body body, long nowNs) {
        closeTools(nowNs);
        outbox.add(type, body);
        state = State.ENDED;
        letGoOfAgent();
    }

    /** A viewer that saw a tool begin also sees it end. */
    private void closeTools(long nowNs) {
        tally.closeTools((id, tool) -> {
            if (request.kind() == RunKind.STREAM) {
                outbox.add("tool_result", RunEvents.toolResult(new AgentEvent.ToolFinished(id, tool.name(), null,
                        "The run ended before the tool did", millis(nowNs - tool.startedNs()))));
            }
        });
    }

    private boolean letGoOfAgent() {
        try {
            agent.cancel();
            return true;
        } catch (Throwable e) {
            LOGGER.log(Level.WARNING, "run " + request.requestId() + ": the agent cannot be cancelled", e);
            return false;
        }
    }

    private void beginCancel(long nowNs) {
        state = State.CANCELLING;
        closeDeadlineNs = nowNs + config.cancelTimeout().toNanos();
        if (agent.isSubscribed()) {
            closeUpstream(nowNs);
        }
    }

    private void closeUpstream(long nowNs) {
        if (!letGoOfAgent()) {
            endCancelled(false, nowNs);
            return;
        }
        var closed = agent.whenClosed();
        if (closed == null) {
            endCancelled(null, nowNs);
            return;
        }
        closed.whenComplete((isClosed, error) -> {
            upstreamClosed.set(error == null && Boolean.TRUE.equals(isClosed));
            gate.signal(UPSTREAM_CLOSED);
        });
    }

    /** What the agent says while it is being stopped, or too late. */
    private void reactWhileStopping(int signals, long nowNs) {
        if ((signals & SUBSCRIBED) != 0 && state == State.ENDED) {
            letGoOfAgent();
        }
        if (state != State.CANCELLING) {
            return;
        }
        if ((signals & SUBSCRIBED) != 0) {
            closeUpstream(nowNs);
        }
        if (state == State.CANCELLING && (signals & (COMPLETED | FAILED)) != 0) {
            endCancelled(true, nowNs);
        } else if (state == State.CANCELLING && (signals & UPSTREAM_CLOSED) != 0) {
            endCancelled(upstreamClosed.get(), nowNs);
        }
    }

    private void endCancelled(Boolean isUpstreamClosed, long nowNs) {
        Cancel cause = cancel.get();
        long latencyMs = millis(Math.max(0, nowNs - cause.requestedNs()));
        end("cancelled", RunEvents.cancelled(cause.reason(), isUpstreamClosed, latencyMs, tally.usage()), nowNs);
    }

    private void deliver() {
        if (state == State.ENDED) {
            deliverLast();
        } else if (state != State.GONE) {
            afterFlush(outbox.flush());
        }
    }

    /**
     * The client may answer the terminal event with a request of the same id before the send returns here, so the run leaves the registry
     * first. If the event cannot leave, the run is held and tries once more, because {@code onWritable} may have come in between.
     */
    private void deliverLast() {
        registry.leave(this);
        RunOutbox.Flush result = outbox.flush();
        if (result == RunOutbox.Flush.BUSY) {
            registry.hold(this);
            result = outbox.flush();
        }
        if (result == RunOutbox.Flush.DONE) {
            goAway();
        } else {
            afterFlush(result);
        }
    }

    private void afterFlush(RunOutbox.Flush result) {
        if (result == RunOutbox.Flush.CLOSED) {
            goAway();
        } else if (result == RunOutbox.Flush.UNSENDABLE) {
            replaceUnsendable();
        }
    }

    private void replaceUnsendable() {
        if (isReplaced) {
            LOGGER.log(Level.ERROR, "run {0} cannot send its error: {1}", request.requestId(), outbox.unsendableReason());
            goAway();
            return;
        }
        isReplaced = true;
        outbox.discard();
        tally.closeTools((id, tool) -> { });
        ErrorCode code = request.kind() == RunKind.TOOL ? ErrorCode.TOOL_FAILED : ErrorCode.INTERNAL;
        end("error", RunEvents.error(new AgentException(code, "The event could not be sent: " + outbox.unsendableReason())),
                context.nanoClock().nanoTime());
        deliver();
    }

    private void askForMore(long nowNs) {
        if (state != State.ACTIVE || !agent.isSubscribed() || agent.isWaiting() || !outbox.hasRoom(config.maxJoinedChars())) {
            return;
        }
        waitingSinceNs = nowNs;
        try {
            agent.request();
        } catch (Throwable e) {
            fail(e, nowNs);
            deliver();
        }
    }

    private void onTimer(long nowNs) {
        if (state == State.CANCELLING && nowNs - closeDeadlineNs >= 0) {
            endCancelled(null, nowNs);
        } else if (state == State.ACTIVE && isAgentDue() && nowNs - silenceDeadlineNs() >= 0) {
            fail(silence(), nowNs);
        } else if (state == State.ACTIVE && nowNs - statusDeadlineNs() >= 0) {
            sendStatus(nowNs);
        }
    }

    private AgentException silence() {
        if (isToolAtWork()) {
            return new AgentException(ErrorCode.TOOL_FAILED, "The tool gave no result within " + config.toolTimeout().toMillis() + " ms");
        }
        return new AgentException(ErrorCode.MODEL_TIMEOUT, "The agent was silent for " + config.runIdleTimeout().toMillis() + " ms");
    }

    /** @return whether it is the agent that the run waits for, and not the viewer. */
    private boolean isAgentDue() {
        return !agent.isSubscribed() || agent.isWaiting();
    }

    private boolean isToolAtWork() {
        return request.kind() == RunKind.TOOL || tally.openToolCount() > 0;
    }

    private long silenceDeadlineNs() {
        long idleNs = config.runIdleTimeout().toNanos();
        long toolNs = config.toolTimeout().toNanos();
        long limitNs = request.kind() == RunKind.TOOL ? toolNs : tally.openToolCount() == 0 ? idleNs : Math.max(idleNs, toolNs);
        return waitingSinceNs + limitNs;
    }

    private long statusDeadlineNs() {
        return lastSentNs + config.statusInterval().toNanos();
    }

    private void sendStatus(long nowNs) {
        lastSentNs = nowNs;
        if (outbox.isEmpty() && connection.isWritable()) {
            String doing = isToolAtWork() ? "tool" : "thinking";
            RunEvents.sendStatus(connection, context.writers(), request.requestId(), doing, millis(nowNs - lastEventNs));
        }
    }

    private void armTimer(long nowNs) {
        if (state == State.CANCELLING) {
            timer.arm(closeDeadlineNs, nowNs);
        } else if (state == State.ACTIVE) {
            long statusNs = statusDeadlineNs();
            timer.arm(isAgentDue() && silenceDeadlineNs() - statusNs < 0 ? silenceDeadlineNs() : statusNs, nowNs);
        } else {
            timer.disarm();
        }
    }

    private void goAway() {
        boolean isAgentHeld = state != State.ENDED;
        state = State.GONE;
        timer.disarm();
        if (isAgentHeld) {
            letGoOfAgent();
        }
        registry.leave(this);
        registry.release(this);
    }

    private void cancelLateSubscription(int signals) {
        if ((signals & SUBSCRIBED) != 0) {
            letGoOfAgent();
        }
    }

    private static AgentException violation(String what) {
        return new AgentException(ErrorCode.MODEL_ERROR, "The agent broke the rules of its publisher: " + what);
    }

    private record Cancel(String reason, long requestedNs) {
    }
}

package io.neurolink.agent.session;

import static io.neurolink.agent.session.RunSubscriber.COMPLETED;
import static io.neurolink.agent.session.RunSubscriber.FAILED;
import static io.neurolink.agent.session.RunSubscriber.SUBSCRIBED;
import static io.neurolink.agent.session.RunSubscriber.VIOLATED;
import static io.neurolink.agent.session.RunTally.millis;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.RunLog;
import io.neurolink.agent.spi.SignalGate;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One run of an agent or a tool, from the client's request to exactly one terminal event, and on until it is forgotten. It belongs to its
 * user; connections look at it and go away again. Worker, agent, timers and connections all signal the run's gate; whoever passes it does
 * what is due, one at a time, so that everything below has a single writer.
 *
 * <pre>
 *   NEW ─▶ QUEUED ─▶ ACTIVE ──complete, fail, violation, silence──▶ ENDED ──expired, memory needed──▶ GONE
 *              │        │                                             ▲
 *              │        └──cancel──▶ CANCELLING ──closed, timeout─────┤
 *              └──────────cancel──────────────────────────────────────┘
 * </pre>
 *
 * Every event goes through the journal into the log, and from there to the viewers. The agent is asked for one event at a time, and only
 * while there is room in the log.
 */
final class Run {
    /** Where a run stands. */
    private enum State {
        /** Not started. */
        NEW,
        /** Waits for older runs of its session. */
        QUEUED,
        /** The agent is at work, or waits for room. */
        ACTIVE,
        /** The agent was told to stop and has not confirmed it. */
        CANCELLING,
        /** The terminal event is in the log; whatever the agent still says is ignored. */
        ENDED,
        /** Forgotten. */
        GONE
    }

    /**
     * Whose run it is.
     *
     * @param userId  the user, or null for an anonymous connection
     * @param starter what is known of the connection that started it
     * @param owner   whose limits it counts for
     * @param number  how many runs the server had started then
     */
    record Identity(String userId, RunStarter starter, RunMemory.Owner owner, long number) {
    }

    /** Something that a connection wants of the run. */
    private interface Command {
        void execute(long nowNs);
    }

    private static final int START = 1 << 8;
    private static final int PROCEED = 1 << 9;
    private static final int CANCEL = 1 << 10;
    private static final int UPSTREAM_CLOSED = 1 << 11;
    private static final int VIEWERS = 1 << 12;
    private static final int COMMANDS = 1 << 13;
    private static final int TIMER = 1 << 14;
    private static final int ROOM = 1 << 15;
    private static final int EVICT = 1 << 16;

    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    private final String requestId;
    private final RunKind kind;
    private final Identity identity;
    private final SessionLines.Key session;
    private final RunContext context;
    private final AgentHandlerConfig config;
    private final RunRegistry registry;
    private final RunCounters counters;
    private final SignalGate gate;
    private final RunSubscriber agent;
    private final RunJournal journal;
    private final RunViewers viewers;
    private final RunRoom room;
    private final RunWatch watch;
    private final RunTimer timer;
    private final ConcurrentLinkedQueue<Command> commands = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Cancel> cancel = new AtomicReference<>();
    private final AtomicReference<Boolean> upstreamClosed = new AtomicReference<>();
    private final AtomicReference<RunViewer> firstViewer = new AtomicReference<>();

    /** Null when the run has ended, as it holds what was asked. */
    private RunRequest request;
    /** Null when the run has ended, as it holds the answer of a generate. */
    private RunTally tally;
    private State state = State.NEW;
    private boolean isWaiting;
    private boolean isPaused;
    private boolean awaitsRoom;
    private KeptRuns.Place place;

    Run(RunRequest request, Identity identity, RunContext context, RunLog log, RunMemory.Account memory, RunRegistry registry) {
        long nowNs = context.nanoClock().nanoTime();
        this.requestId = request.requestId();
        this.kind = request.kind();
        this.identity = identity;
        this.session = request.sessionId() == null ? null : new SessionLines.Key(identity.userId(), request.sessionId());
        this.request = request;
        this.context = context;
        this.config = context.config();
        this.registry = registry;
        this.counters = registry.counters();
        this.gate = new SignalGate(this::work, context.scheduler());
        this.agent = new RunSubscriber(gate);
        this.journal = new RunJournal(requestId, log, context.writers(), memory);
        this.viewers = new RunViewers(requestId, journal, context, new Departures());
        this.room = new RunRoom(config.maxRunLogBytes(), journal, viewers, memory, this::tellTrimmed);
        this.tally = new RunTally(request.inputLength(), nowNs);
        this.watch = new RunWatch(config, nowNs);
        this.timer = new RunTimer(context.scheduler(), () -> gate.signal(TIMER));
    }

    String requestId() {
        return requestId;
    }

    String userId() {
        return identity.userId();
    }

    RunStarter starter() {
        return identity.starter();
    }

    RunMemory.Owner owner() {
        return identity.owner();
    }

    long number() {
        return identity.number();
    }

    SessionLines.Key session() {
        return session;
    }

    /** Says, before the start, whether the run has to wait for {@link #proceed}. */
    void waits(boolean hasToWait) {
        isWaiting = hasToWait;
    }

    /** Starts the run, looked at by a viewer. Called once. */
    void start(RunViewer viewer) {
        firstViewer.set(viewer);
        gate.signal(START);
    }

    /** The runs that this one waited for have ended. */
    void proceed() {
        gate.signal(PROCEED);
    }

    /** Gives up a run that was not started. */
    void discard() {
        journal.close();
    }

    /** Cancels the run, also before it was started; the first call counts. */
    void cancel(String reason) {
        cancel.compareAndSet(null, new Cancel(reason, context.nanoClock().nanoTime()));
        gate.signal(CANCEL);
    }

    /** A viewer's connection takes more, or is gone. */
    void onViewer(RunViewer viewer) {
        viewers.signal(viewer);
        gate.signal(VIEWERS);
    }

    /** A viewer wants the events after one. */
    void resume(RunViewer viewer, long after) {
        command(nowNs -> onResume(viewer, after));
    }

    /** Events up to one are not needed any more by a viewer, or by a connection that is none, then null. */
    void ack(RunViewer viewer, long seq) {
        command(nowNs -> onAck(viewer, seq));
    }

    private void command(Command command) {
        commands.add(command);
        gate.signal(COMMANDS);
    }

    /** There may be room again. */
    void onRoom() {
        gate.signal(ROOM);
    }

    /** Forgets a run that has ended. */
    void evict() {
        gate.signal(EVICT);
    }

    private void work(int signals) {
        try {
            react(signals, context.nanoClock().nanoTime());
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, "run " + requestId + " is given up", e);
            giveUp();
        }
    }

    private void react(int signals, long nowNs) {
        if ((signals & START) != 0) {
            begin(nowNs);
        }
        if ((signals & PROCEED) != 0) {
            isWaiting = false;
            activate(nowNs);
        }
        if ((signals & CANCEL) != 0) {
            beginCancel(nowNs);
        }
        if ((signals & COMMANDS) != 0) {
            executeCommands(nowNs);
        }
        if ((signals & (UPSTREAM_CLOSED | COMPLETED | FAILED | SUBSCRIBED)) != 0 && state == State.CANCELLING) {
            reactWhileStopping(signals, nowNs);
        }
        if (state == State.ACTIVE) {
            reactToAgent(signals, nowNs);
        }
        if ((signals & ROOM) != 0) {
            awaitsRoom = false;
        }
        if ((signals & TIMER) != 0) {
            timer.fired();
            onTimer(nowNs);
        }
        viewers.deliver();
        if ((signals & EVICT) != 0) {
            forget();
        }
        whatNext(nowNs);
    }

    private void whatNext(long nowNs) {
        boolean isGoingOn = state == State.QUEUED || state == State.ACTIVE || state == State.CANCELLING;
        if (isGoingOn && watch.becameUnwatched(viewers.count() == 0, nowNs) && request.cancelOnDisconnect()) {
            cancel("The connection is gone");
        }
        askForMore(nowNs);
        armTimer(nowNs);
    }

    private void begin(long nowNs) {
        state = State.QUEUED;
        watch.restart(nowNs);
        RunViewer viewer = firstViewer.getAndSet(null);
        counters.viewers.incrementAndGet();
        viewer.restart(0);
        if (kind == RunKind.STREAM) {
            write(writer -> viewer.sendAhead(RunEvents.accepted(writer, requestId, request.sessionId())));
        }
        viewers.attach(viewer);
        if (cancel.get() != null) {
            endCancelled(true, nowNs);
        } else {
            activate(nowNs);
        }
    }

    private void activate(long nowNs) {
        if (state != State.QUEUED || isWaiting || cancel.get() != null) {
            return;
        }
        state = State.ACTIVE;
        tally.started(nowNs);
        watch.restart(nowNs);
        if (kind == RunKind.STREAM) {
            add("stream_start", writer -> RunEvents.streamStart(writer, request), nowNs);
        }
        viewers.deliver();
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

    private void executeCommands(long nowNs) {
        for (Command command = commands.poll(); command != null; command = commands.poll()) {
            command.execute(nowNs);
        }
    }

    private void onResume(RunViewer viewer, long after) {
        if (viewer.isGone.get()) {
            return;
        }
        String reason = state == State.GONE ? ResumeMessages.EXPIRED : after > journal.lastSeq() ? ResumeMessages.EPOCH
                : after + 1 < journal.log().firstSeq() ? ResumeMessages.TRIMMED : null;
        if (reason != null && !viewer.isAttached()) {
            viewer.client.runs.left(this, viewer);
            tell(viewer, reason, reason.equals(ResumeMessages.TRIMMED) ? journal.log().firstSeq() : -1);
            counters.resumeFailures.increment();
            return;
        }
        counters.resumes.increment();
        if (!viewer.isAttached()) {
            viewer.restart(after);
            viewers.attach(viewer);
            viewer.client.runs.looksAt(this, viewer);
            counters.viewers.incrementAndGet();
        }
        boolean isLive = state != State.ENDED;
        write(writer -> viewer.sendAhead(ResumeMessages.resumed(writer, requestId, viewer.cursor(), journal.lastSeq(), isLive)));
        viewers.signal(viewer);
    }

    private void onAck(RunViewer viewer, long seq) {
        long acked = Math.min(seq, journal.lastSeq());
        if (viewer != null && viewer.isAttached()) {
            viewer.ack(acked);
            acked = viewers.lowestAck(Long.MAX_VALUE);
        } else {
            acked = viewers.lowestAck(acked);
        }
        boolean isTerminalIn = state == State.ENDED;
        journal.trim(isTerminalIn ? Math.min(acked, journal.lastSeq() - 1) : acked, 0);
    }

    private void reactToAgent(int signals, long nowNs) {
        AgentEvent event = agent.takeEvent();
        if (event != null) {
            watch.event(nowNs);
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
            onText(RunLog.Kind.TEXT, text.text(), nowNs);
        } else if (event instanceof AgentEvent.Reasoning reasoning) {
            onText(RunLog.Kind.REASONING, reasoning.text(), nowNs);
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

    private void onText(RunLog.Kind textKind, String text, long nowNs) {
        if (text.isEmpty()) {
            return;
        }
        tally.produced(text.length(), nowNs);
        if (kind == RunKind.STREAM) {
            addText(textKind, text, nowNs);
        } else if (textKind == RunLog.Kind.TEXT) {
            addToAnswer(text, nowNs);
        }
    }

    private void addText(RunLog.Kind textKind, String text, long nowNs) {
        try {
            journal.appendText(textKind, text);
            watch.sent(nowNs);
        } catch (RuntimeException e) {
            fail(unsendable(e), nowNs);
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
        } else if (kind == RunKind.STREAM) {
            add("tool_call", RunEvents.toolCall(started), nowNs);
        }
    }

    private void onToolFinished(AgentEvent.ToolFinished finished, long nowNs) {
        if (kind == RunKind.TOOL) {
            end("tool_result", RunEvents.toolResult(finished), nowNs);
        } else if (!tally.closeTool(finished.toolCallId())) {
            fail(violation("tool result without a call: " + finished.toolCallId()), nowNs);
        } else if (kind == RunKind.STREAM) {
            add("tool_result", RunEvents.toolResult(finished), nowNs);
        }
    }

    /** Adds an event that is not the last; one that has no JSON form, or is too long, ends the run. */
    private void add(String type, RunEvents.Body body, long nowNs) {
        try {
            journal.append(type, body);
            watch.sent(nowNs);
        } catch (RuntimeException e) {
            fail(unsendable(e), nowNs);
        }
    }

    private AgentException unsendable(RuntimeException e) {
        ErrorCode code = kind == RunKind.TOOL ? ErrorCode.TOOL_FAILED : ErrorCode.INTERNAL;
        return new AgentException(code, "The event could not be sent: " + e.getMessage());
    }

    private void complete(String finishReason, long nowNs) {
        RunEvents.Timing timing = tally.timing(nowNs);
        if (kind == RunKind.STREAM) {
            end("stream_complete", RunEvents.streamComplete(finishReason, tally.usage(), timing), nowNs);
        } else if (kind == RunKind.GENERATE) {
            end("response", RunEvents.response(tally.answer().toString(), finishReason, tally.usage(), timing), nowNs);
        } else {
            fail(violation("end without a tool result"), nowNs);
        }
    }

    private void fail(Throwable error, long nowNs) {
        AgentException failure = AgentException.of(error, kind == RunKind.TOOL ? ErrorCode.TOOL_FAILED : ErrorCode.MODEL_ERROR);
        if (failure.getCause() != null) {
            LOGGER.log(Level.WARNING, "run " + requestId + " failed", failure.getCause());
        }
        counters.failed.increment();
        end("error", RunEvents.error(failure), nowNs);
    }

    /** The only way to a terminal event: closes what is open, adds the event, and lets go of the agent. */
    private void end(String type, RunEvents.Body body, long nowNs) {
        closeTools(nowNs);
        try {
            journal.append(type, body);
        } catch (RuntimeException e) {
            journal.append("error", RunEvents.error(unsendable(e)));
        }
        state = State.ENDED;
        journal.seal();
        viewers.over();
        tally = null;
        request = null;
        letGoOfAgent();
        agent.forget();
        timer.disarm();
        place = registry.ended(this);
    }

    /** A viewer that saw a tool begin also sees it end. */
    private void closeTools(long nowNs) {
        tally.closeTools((id, tool) -> {
            if (kind == RunKind.STREAM) {
                journal.append("tool_result", RunEvents.toolResult(new AgentEvent.ToolFinished(id, tool.name(), null,
                        "The run ended before the tool did", millis(nowNs - tool.startedNs()))));
            }
        });
    }

    private boolean letGoOfAgent() {
        try {
            agent.cancel();
            return true;
        } catch (Throwable e) {
            LOGGER.log(Level.WARNING, "run " + requestId + ": the agent cannot be cancelled", e);
            return false;
        }
    }

    private void beginCancel(long nowNs) {
        if (state == State.QUEUED) {
            endCancelled(true, nowNs);
        } else if (state == State.ACTIVE) {
            state = State.CANCELLING;
            watch.stopping(nowNs);
            if (agent.isSubscribed()) {
                closeUpstream(nowNs);
            }
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

    /** What the agent says while it is being stopped. */
    private void reactWhileStopping(int signals, long nowNs) {
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
        counters.cancelled.increment();
        end("cancelled", RunEvents.cancelled(cause.reason(), isUpstreamClosed, latencyMs, tally.usage()), nowNs);
    }

    private void askForMore(long nowNs) {
        if (state != State.ACTIVE || !agent.isSubscribed() || agent.isWaiting() || !isRoom()) {
            return;
        }
        watch.waiting(nowNs);
        try {
            agent.request();
        } catch (Throwable e) {
            fail(e, nowNs);
            viewers.deliver();
        }
    }

    private boolean isRoom() {
        boolean isRoom = room.make();
        if (!isRoom && !isPaused) {
            counters.pauses.increment();
        }
        isPaused = !isRoom;
        if (isPaused && !awaitsRoom && room.isForOthersToGive()) {
            awaitsRoom = true;
            registry.awaitRoom(this);
        }
        return isRoom;
    }

    private void onTimer(long nowNs) {
        if (state == State.CANCELLING) {
            if (watch.isStopOverdue(nowNs)) {
                endCancelled(null, nowNs);
            }
        } else if (state == State.ACTIVE && isAgentDue() && watch.isSilenceOverdue(kind == RunKind.TOOL, isToolOpen(), nowNs)) {
            fail(silence(), nowNs);
        } else if (state == State.ACTIVE || state == State.QUEUED) {
            onIdle(nowNs);
        }
    }

    private void onIdle(long nowNs) {
        if (watch.isUnwatchedTooLong(nowNs)) {
            cancel("Nobody is watching");
        } else if (watch.isStatusDue(nowNs)) {
            watch.sent(nowNs);
            String doing = state == State.QUEUED ? "queued" : kind == RunKind.TOOL || isToolOpen() ? "tool" : "thinking";
            write(writer -> viewers.sendToCurrent(RunEvents.status(writer, requestId, doing, watch.silentForMs(nowNs))));
        }
    }

    private AgentException silence() {
        if (kind == RunKind.TOOL || isToolOpen()) {
            return new AgentException(ErrorCode.TOOL_FAILED, "The tool gave no result within " + config.toolTimeout().toMillis() + " ms");
        }
        return new AgentException(ErrorCode.MODEL_TIMEOUT, "The agent was silent for " + config.runIdleTimeout().toMillis() + " ms");
    }

    /** @return whether it is the agent that the run waits for, and not room. */
    private boolean isAgentDue() {
        return !agent.isSubscribed() || agent.isWaiting();
    }

    private boolean isToolOpen() {
        return tally.openToolCount() > 0;
    }

    private void armTimer(long nowNs) {
        if (state == State.CANCELLING) {
            timer.arm(watch.closeDeadlineNs(), nowNs);
        } else if (state == State.QUEUED) {
            timer.arm(watch.idleDeadlineNs(), nowNs);
        } else if (state == State.ACTIVE) {
            long idleNs = watch.idleDeadlineNs();
            long silenceNs = watch.silenceDeadlineNs(kind == RunKind.TOOL, isToolOpen());
            timer.arm(isAgentDue() && silenceNs - idleNs < 0 ? silenceNs : idleNs, nowNs);
        }
    }

    private void giveUp() {
        try {
            if (state != State.ENDED && state != State.GONE) {
                fail(new AgentException(ErrorCode.INTERNAL, "The run was given up"), context.nanoClock().nanoTime());
                viewers.deliver();
            }
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, "run " + requestId + " cannot even be given up", e);
        }
    }

    private void forget() {
        if (state != State.ENDED) {
            return;
        }
        state = State.GONE;
        for (RunViewer viewer : viewers.detachUpTo(Long.MAX_VALUE)) {
            tell(viewer, ResumeMessages.EXPIRED, -1);
        }
        journal.close();
        registry.forget(this);
    }

    private void tellTrimmed(RunViewer viewer) {
        counters.viewersDetached.increment();
        tell(viewer, ResumeMessages.TRIMMED, journal.log().firstSeq());
    }

    private void tell(RunViewer viewer, String reason, long oldestSeq) {
        viewer.client.reply(writer -> ResumeMessages.failed(writer, requestId, reason, oldestSeq));
    }

    private void write(java.util.function.Consumer<EnvelopeWriter> use) {
        EnvelopeWriter writer = context.writers().borrow();
        try {
            use.accept(writer);
        } finally {
            context.writers().giveBack(writer);
        }
    }

    private static AgentException violation(String what) {
        return new AgentException(ErrorCode.MODEL_ERROR, "The agent broke the rules of its publisher: " + what);
    }

    private record Cancel(String reason, long requestedNs) {
    }

    /** Viewers that go. */
    private final class Departures implements RunViewers.Listener {
        @Override
        public void left(RunViewer viewer) {
            counters.viewers.decrementAndGet();
            viewer.client.runs.left(Run.this, viewer);
        }

        @Override
        public void unsendable(RunViewer viewer) {
            counters.viewersDetached.increment();
            tell(viewer, ResumeMessages.TRIMMED, viewer.cursor() + 1);
        }
    }
}

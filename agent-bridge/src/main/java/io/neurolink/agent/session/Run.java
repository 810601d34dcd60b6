package io.neurolink.agent.session;

import static io.neurolink.agent.session.RunSubscriber.COMPLETED;
import static io.neurolink.agent.session.RunSubscriber.FAILED;
import static io.neurolink.agent.session.RunSubscriber.SUBSCRIBED;
import static io.neurolink.agent.session.RunSubscriber.VIOLATED;
import static io.neurolink.agent.session.RunRecorder.violation;
import static io.neurolink.agent.session.RunTally.millis;

import io.neurolink.agent.metrics.RunEnd;
import io.neurolink.agent.metrics.RunEnd.Outcome;
import io.neurolink.agent.metrics.RunJfr;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.RunLog;
import io.neurolink.agent.spi.SignalGate;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
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
final class Run implements ViewedRun {
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
    private static final int TOOLS = 1 << 17;
    private static final int REPLICATION = 1 << 18;
    private static final int PUMP = 1 << 19;

    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    private final String requestId;
    private final RunKind kind;
    private final int fingerprint;
    private final RunIdentity identity;
    private final SessionLines.Key session;
    private final RunContext context;
    private final AgentHandlerConfig config;
    private final RunRegistry registry;
    private final RunCounters counters;
    private final SignalGate gate;
    private final RunSubscriber agent;
    private final RunJournal journal;
    private final RunAudience audience;
    private final RunViewers viewers;
    private final RunRoom room;
    private final RunWatch watch;
    private final RunTimer timer;
    /** Null if there are no other nodes. */
    private final RunReplicator replicator;
    private final ConcurrentLinkedQueue<Command> commands = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Cancel> cancel = new AtomicReference<>();
    private final AtomicReference<Boolean> upstreamClosed = new AtomicReference<>();
    private final AtomicReference<RunViewer> firstViewer = new AtomicReference<>();

    /** Null when the run has ended, as it holds what was asked. */
    private RunRequest request;
    /** Null when the run has ended, as it holds the answer of a generate. */
    private RunRecorder recorder;
    /** What the agent asked the run to do with tools. Null when the run has ended. */
    private RunTools tools;
    private RunState state = RunState.NEW;
    private boolean isWaiting;
    private boolean isPaused;
    private boolean awaitsRoom;

    Run(RunRequest request, RunIdentity identity, RunContext context, RunLog log, RunMemory.Account memory, RunRegistry registry) {
        long nowNs = context.nanoClock().nanoTime();
        this.requestId = request.requestId();
        this.kind = request.kind();
        this.fingerprint = request.fingerprint();
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
        this.audience = new RunAudience(this, journal, context, counters);
        this.viewers = audience.viewers();
        this.room = new RunRoom(config.maxRunLogBytes(), journal, viewers, memory, audience::detached);
        this.recorder = new RunRecorder(request, context, journal, nowNs);
        this.tools = new RunTools(request.tools(), kind == RunKind.STREAM, context.tools(), new ToolHost());
        this.watch = new RunWatch(config, request.toolTimeout(), nowNs);
        this.timer = new RunTimer(context.scheduler(), () -> gate.signal(TIMER));
        this.replicator = registry.cluster() == null ? null
                : registry.cluster().replicate(this, fingerprint, log, () -> gate.signal(REPLICATION), () -> gate.signal(PUMP));
    }

    @Override
    public String requestId() {
        return requestId;
    }

    int fingerprint() {
        return fingerprint;
    }

    @Override
    public String userId() {
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
        closeJournal();
    }

    /** Cancels the run, also before it was started; the first call counts. */
    void cancel(String reason) {
        cancel(reason, null);
    }

    @Override
    public void stop(AgentException failure) {
        cancel(failure.getMessage(), failure);
    }

    private void cancel(String reason, AgentException failure) {
        cancel.compareAndSet(null, new Cancel(reason, failure, context.nanoClock().nanoTime()));
        gate.signal(CANCEL);
    }

    @Override
    public void onViewer(RunViewer viewer) {
        viewers.signal(viewer);
        gate.signal(VIEWERS);
    }

    @Override
    public void resume(RunViewer viewer, long after) {
        command(nowNs -> {
            if (state == RunState.REFUSED) {
                viewer.client.runs.left(this, viewer);
                registry.cluster().resume(viewer.client, requestId, after, null, ResumeMessages.UNKNOWN);
            } else if (audience.resume(viewer, after) && tools != null) {
                tools.forEachPending(viewer.cursor(), (seq, fields) -> audience.sendAgain(viewer, "tool_call", seq, fields));
            }
        });
    }

    @Override
    public void ack(RunViewer viewer, long seq) {
        command(nowNs -> audience.ack(viewer, seq));
    }

    private void command(Command command) {
        commands.add(command);
        gate.signal(COMMANDS);
    }

    /** Somebody looks at the run on another node. */
    void watched(String node) {
        command(nowNs -> replicator.watched(node, nowNs + TimeUnit.MILLISECONDS.toNanos(RunCluster.WATCH_MS)));
    }

    /** Another node finds nothing after an event; -1 if it does not know yet. */
    void foundElsewhere(long seq) {
        command(nowNs -> replicator.foundUpTo(seq));
    }

    /** Nobody looks at it there any more. */
    void unwatched(String node) {
        command(nowNs -> replicator.unwatched(node));
    }

    /** All who look at it there have acknowledged events up to one. */
    void ackedElsewhere(String node, long seq) {
        command(nowNs -> {
            replicator.acked(node, seq);
            if (watchElsewhere(nowNs)) {
                audience.ackedElsewhere();
            }
        });
    }

    @Override
    public void onRoom() {
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
            follow(replicator == null ? RunReplicator.Verdict.BEGIN : replicator.claim(request.isIdNew()), nowNs);
        }
        if ((signals & REPLICATION) != 0) {
            follow(replicator.advance(), nowNs);
        }
        if ((signals & PROCEED) != 0) {
            isWaiting = false;
            activate(nowNs);
        }
        if ((signals & CANCEL) != 0) {
            beginCancel(nowNs);
        }
        if ((signals & (COMMANDS | START | REPLICATION)) != 0 && state != RunState.NEW) {
            executeCommands(nowNs);
        }
        if ((signals & (UPSTREAM_CLOSED | COMPLETED | FAILED | SUBSCRIBED)) != 0 && state == RunState.CANCELLING) {
            reactWhileStopping(signals, nowNs);
        }
        if (state == RunState.ACTIVE) {
            reactToAgent(signals, nowNs);
        } else {
            context.tools().discard(agent.takeEvent());
        }
        if ((signals & (TOOLS | TIMER)) != 0 && state == RunState.ACTIVE && tools.advance(nowNs)) {
            // It is the agent's turn again.
            watch.event(nowNs);
            watch.waiting(nowNs);
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
        if (replicator != null) {
            replicate((signals & PUMP) != 0, nowNs);
        }
        whatNext(nowNs);
    }

    private void replicate(boolean isTurn, long nowNs) {
        if (isTurn) {
            replicator.send(state == RunState.ENDED);
        }
        watchElsewhere(nowNs);
        replicator.notice(state == RunState.ENDED);
    }

    private boolean watchElsewhere(long nowNs) {
        boolean isWatched = replicator.isWatched(nowNs);
        viewers.elsewhere(isWatched, replicator.replicatedSeq(), replicator.lowestAck(Long.MAX_VALUE));
        return isWatched;
    }

    private void follow(RunReplicator.Verdict verdict, long nowNs) {
        switch (verdict) {
            case BEGIN -> begin(nowNs);
            case REFUSED -> refuse();
            case FENCED -> lose(nowNs);
            case NOTHING -> { }
        }
    }

    /** Another node has a run with this id: the client is told so, and whatever else it wanted of the run goes to that one. */
    private void refuse() {
        state = RunState.REFUSED;
        recorder = null;
        tools = null;
        request = null;
        RunViewer viewer = firstViewer.getAndSet(null);
        viewer.client.runs.left(this, viewer);
        registry.refuse(this);
        closeJournal();
        viewer.client.reply(writer -> ErrorMessages.writeRefusal(writer, RunRegistry.duplicate(requestId), null, kind.type()));
        if (cancel.get() != null) {
            registry.cluster().cancel(viewer.client, requestId, cancel.get().reason());
        }
    }

    /** Another node has ended the run, as it could not reach this one. */
    private void lose(long nowNs) {
        registry.cluster().counters().fenced.increment();
        if (state == RunState.QUEUED || state == RunState.ACTIVE || state == RunState.CANCELLING) {
            fail(new AgentException(ErrorCode.MODEL_UNAVAILABLE.name(), "The run was given up: other servers could not reach this one",
                    true, AgentException.NO_HINT), nowNs);
        }
    }

    private void whatNext(long nowNs) {
        boolean isGoingOn = state == RunState.QUEUED || state == RunState.ACTIVE || state == RunState.CANCELLING;
        if (isGoingOn && watch.becameUnwatched(audience.isEmpty(), nowNs) && request.cancelOnDisconnect()) {
            cancel("The connection is gone");
        }
        askForMore(nowNs);
        armTimer(nowNs);
    }

    private void begin(long nowNs) {
        state = RunState.QUEUED;
        watch.restart(nowNs);
        audience.begin(firstViewer.getAndSet(null), request);
        if (cancel.get() != null) {
            endCancelled(true, nowNs);
        } else {
            activate(nowNs);
        }
    }

    private void activate(long nowNs) {
        if (state != RunState.QUEUED || isWaiting || cancel.get() != null) {
            return;
        }
        state = RunState.ACTIVE;
        watch.restart(nowNs);
        try {
            recorder.start(nowNs);
        } catch (RuntimeException e) {
            fail(recorder.failureOf(e), nowNs);
        }
        viewers.deliver();
        if (state == RunState.ACTIVE) {
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

    private void reactToAgent(int signals, long nowNs) {
        AgentEvent event = agent.takeEvent();
        if (event != null) {
            watch.event(nowNs);
            onEvent(event, nowNs);
        }
        if (state == RunState.ACTIVE && (signals & VIOLATED) != 0) {
            fail(violation(agent.violation()), nowNs);
        } else if (state == RunState.ACTIVE && (signals & COMPLETED) != 0) {
            complete(nowNs);
        } else if (state == RunState.ACTIVE && (signals & FAILED) != 0) {
            fail(agent.failure(), nowNs);
        }
    }

    private void complete(long nowNs) {
        RunRecorder.Ending ending;
        try {
            ending = recorder.completed("stop", nowNs);
        } catch (RuntimeException e) {
            fail(recorder.failureOf(e), nowNs);
            return;
        }
        end(ending, Outcome.COMPLETED, null, nowNs);
    }

    /** Not by way of a lambda, as for a token nothing is to be allocated. */
    private void onEvent(AgentEvent event, long nowNs) {
        long before = journal.lastSeq();
        RunRecorder.Ending ending = null;
        try {
            if (event instanceof AgentEvent.ToolRequested requested) {
                tools.request(requested, nowNs);
            } else {
                ending = recorder.record(event, nowNs);
            }
        } catch (RuntimeException e) {
            fail(recorder.failureOf(e), nowNs);
        }
        if (ending != null) {
            end(ending, Outcome.COMPLETED, null, nowNs);
        }
        if (journal.lastSeq() > before) {
            watch.sent(nowNs);
        }
    }

    private void fail(Throwable error, long nowNs) {
        AgentException failure = AgentException.of(error, kind == RunKind.TOOL ? ErrorCode.TOOL_FAILED : ErrorCode.MODEL_ERROR);
        if (failure.getCause() != null) {
            LOGGER.log(Level.WARNING, "run " + requestId + " failed", failure.getCause());
        }
        counters.failed.increment();
        end(new RunRecorder.Ending("error", RunEvents.error(failure)), Outcome.FAILED, failure.code(), nowNs);
    }

    /** The only way to a terminal event: closes what is open, adds the event, and lets go of the agent. */
    private void end(RunRecorder.Ending ending, Outcome outcome, String code, long nowNs) {
        tools.closeAll(true, nowNs);
        recorder.closeTools(nowNs);
        recorder.appendLast(ending);
        audience.over();
        measured(recorder.end(outcome, code, nowNs));
        spend();
        letGo();
    }

    private void spend() {
        if (identity.use() != null && kind != RunKind.TOOL && state != RunState.QUEUED) {
            registry.quotas().spend(identity.use(), recorder.usage().totalTokens());
        }
    }

    private void measured(RunEnd end) {
        context.meter().ended(end);
        if (RunJfr.isOn()) {
            RunJfr.ended(requestId, end, request.trace(), request.parentSpanId());
        }
    }

    private void letGo() {
        state = RunState.ENDED;
        recorder = null;
        tools = null;
        request = null;
        letGoOfAgent();
        agent.forget();
        timer.disarm();
        registry.ended(this);
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
        if (state == RunState.QUEUED) {
            endCancelled(true, nowNs);
        } else if (state == RunState.ACTIVE) {
            state = RunState.CANCELLING;
            tools.closeAll(true, nowNs);
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
        if (state == RunState.CANCELLING && (signals & (COMPLETED | FAILED)) != 0) {
            endCancelled(true, nowNs);
        } else if (state == RunState.CANCELLING && (signals & UPSTREAM_CLOSED) != 0) {
            endCancelled(upstreamClosed.get(), nowNs);
        }
    }

    private void endCancelled(Boolean isUpstreamClosed, long nowNs) {
        Cancel cause = cancel.get();
        long latencyNs = Math.max(0, nowNs - cause.requestedNs());
        counters.cancelled.increment();
        context.meter().cancelled(isUpstreamClosed, latencyNs);
        if (cause.failure() != null) {
            end(new RunRecorder.Ending("error", RunEvents.error(cause.failure())), Outcome.FAILED, cause.failure().code(), nowNs);
            return;
        }
        end(new RunRecorder.Ending("cancelled", RunEvents.cancelled(cause.reason(), isUpstreamClosed, millis(latencyNs), recorder.usage())),
                Outcome.CANCELLED, null, nowNs);
    }

    private void askForMore(long nowNs) {
        if (state != RunState.ACTIVE || !agent.isSubscribed() || agent.isWaiting() || !isRoom()) {
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
            registry.awaitRoom(this, identity.owner());
        }
        return isRoom;
    }

    private void onTimer(long nowNs) {
        if (state == RunState.CANCELLING) {
            if (watch.isStopOverdue(nowNs)) {
                endCancelled(null, nowNs);
            }
        } else if (state == RunState.ACTIVE && isAgentDue()
                && watch.isSilenceOverdue(kind == RunKind.TOOL, recorder.isToolAtWork(), nowNs)) {
            fail(silence(), nowNs);
        } else if (state == RunState.ACTIVE || state == RunState.QUEUED) {
            onIdle(nowNs);
        }
    }

    private void onIdle(long nowNs) {
        if (watch.isUnwatchedTooLong(nowNs)) {
            cancel("Nobody is watching");
        } else if (watch.isStatusDue(nowNs)) {
            watch.sent(nowNs);
            String doing = state == RunState.QUEUED ? "queued" : recorder.isToolAtWork() || tools.openCount() > 0 ? "tool" : "thinking";
            audience.sendStatus(doing, watch.silentForMs(nowNs));
        }
    }

    private AgentException silence() {
        if (recorder.isToolAtWork()) {
            return new AgentException(ErrorCode.TOOL_FAILED, "The tool gave no result within " + watch.toolTimeoutMs() + " ms");
        }
        return new AgentException(ErrorCode.MODEL_TIMEOUT, "The agent was silent for " + config.runIdleTimeout().toMillis() + " ms");
    }

    /** @return whether it is the agent that the run waits for, and neither room nor tools, which have deadlines of their own. */
    private boolean isAgentDue() {
        return tools.openCount() == 0 && isEventDue();
    }

    private boolean isEventDue() {
        return !agent.isSubscribed() || agent.isWaiting();
    }

    private void armTimer(long nowNs) {
        if (state == RunState.CANCELLING) {
            timer.arm(watch.closeDeadlineNs(), nowNs);
        } else if (state == RunState.QUEUED) {
            timer.arm(watch.idleDeadlineNs(), nowNs);
        } else if (state == RunState.ACTIVE) {
            long idleNs = watch.idleDeadlineNs();
            long silenceNs = watch.silenceDeadlineNs(kind == RunKind.TOOL, recorder.isToolAtWork());
            timer.arm(isAgentDue() && silenceNs - idleNs < 0 ? silenceNs : idleNs, nowNs);
            if (tools.openCount() > 0) {
                timer.arm(tools.nextDeadlineNs(), nowNs);
            }
        }
    }

    private void giveUp() {
        try {
            if (state != RunState.ENDED && state != RunState.GONE) {
                fail(new AgentException(ErrorCode.INTERNAL, "The run was given up"), context.nanoClock().nanoTime());
            }
            viewers.deliver();
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, "run " + requestId + " cannot even say that it is given up", e);
            abandon();
        }
    }

    /** Not even an error could be appended or sent: who looks is told that there is nothing to be had any more. */
    private void abandon() {
        if (state != RunState.ENDED && state != RunState.GONE) {
            measured(recorder.end(Outcome.FAILED, ErrorCode.INTERNAL.name(), context.nanoClock().nanoTime()));
            letGo();
        }
        forget();
    }

    private void forget() {
        if (state == RunState.ENDED) {
            state = RunState.GONE;
            audience.dismiss();
            closeJournal();
            registry.forget(this);
        }
    }

    private void closeJournal() {
        journal.close();
        if (replicator != null) {
            registry.cluster().forget(replicator);
        }
    }

    private final class ToolHost implements RunTools.Host {
        @Override
        public long append(String type, RunEvents.Body fields) {
            long seq = journal.append(type, fields);
            watch.sent(context.nanoClock().nanoTime());
            return seq;
        }

        @Override
        public void wake() {
            gate.signal(TOOLS);
        }
    }

    private record Cancel(String reason, AgentException failure, long requestedNs) {
    }
}

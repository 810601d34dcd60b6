package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.RunLog;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.agent.spi.RunReplication.Stored;
import io.neurolink.agent.spi.SignalGate;
import java.io.ByteArrayOutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A run of another node, at which connections of this one look: a log here that is filled from the one that all nodes see. It is there as
 * long as somebody looks.
 *
 * <pre>
 *   LOADING ──everything there was has been read──▶ FOLLOWING ──terminal event──▶ OVER
 *                                                      │
 *                                                      └─ its node is dead: appends the terminal event, if no other node does
 * </pre>
 *
 * A connection may have seen more than there is in the log, since a run's own node tells its viewers first. It waits until the log has
 * got so far; if the run's node died with that, it gets the terminal event with the number that it expects.
 */
final class FollowedRun implements ViewedRun {
    private static final int VIEWERS = 1;
    private static final int COMMANDS = 1 << 1;
    private static final int COME = 1 << 2;
    private static final int CHANGED = 1 << 3;
    private static final int ROOM = 1 << 4;
    private static final int TIMER = 1 << 5;
    private static final int OWNER_GONE = 1 << 6;
    private static final int LOOK = 1 << 7;
    private static final int RELOAD = 1 << 8;

    /** What was not told of may be there all the same. */
    private static final long LOOK_AGAIN_MS = 1000;
    /** The first look after a change comes too early if the record has not been stored yet. */
    private static final long EARLY_MS = 2;
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");
    private static final String LOST = "The server that ran this was lost";

    /** Something that a connection wants of the run. */
    private interface Command {
        void execute(long nowNs);
    }

    private record Waiting(RunViewer viewer, long after, long sinceNs) {
    }

    private record Come(Object value, Throwable error) {
    }

    private record OpenCall(long seq, byte[] event) {
    }

    private final RunCluster cluster;
    private final RunContext context;
    private final RunReplication replication;
    private final RunReplication.Key key;
    private final RunRecord.Author author;
    private final String owner;
    private final RunMemory.Owner memoryOwner;
    private final SignalGate gate;
    private final MemoryRunLog log = new MemoryRunLog();
    private final RunJournal journal;
    private final RunAudience audience;
    private final RunViewers viewers;
    private final RunRoom room;
    private final ConcurrentLinkedQueue<Command> commands = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Come> come = new AtomicReference<>();
    private final AtomicInteger changes = new AtomicInteger();
    private final AtomicBoolean isStarted = new AtomicBoolean();
    private final AtomicBoolean isOpen = new AtomicBoolean(true);
    private final AtomicBoolean isTimerArmed = new AtomicBoolean();
    private final List<Waiting> waiting = new ArrayList<>(1);
    /** Calls of which the log tells that somebody has to approve or run them, and not of their result. */
    private final Map<String, OpenCall> openCalls = new LinkedHashMap<>();
    private final ByteArrayOutputStream part = new ByteArrayOutputStream(0);
    /** Seq of the entry whose first parts are there, or 0. */
    private long partSeq;

    private RunReplication.Watch watch;
    /** Position of the last record that there was when the run was looked for. */
    private long loadedPosition;
    private long position = RunReplication.NONE;
    /** Seq of the last event up to there; the log may have had more, that are lost. */
    private long storedSeq;
    private boolean isAsking;
    private boolean isUpToDate;
    /** The log was read since it was asked for last: it is not this node that is cut off. */
    private boolean isReadable;
    /** Everything that there was at the start has been read. */
    private boolean isLoaded;
    private boolean mustReload;
    /** It is being read anew, exactly, because something in it may have been lost. */
    private boolean isReloading;
    /** It has been silent: whether it still ends where it did is to be looked at. */
    private boolean mustCheck;
    private boolean isChecking;
    /** Changes that were told of and have not been seen. */
    private int expected;
    private int earlyLooks;
    private boolean isOver;
    private boolean isTakenOver;
    private boolean isTakingOver;
    private boolean isAskingOwner;
    private boolean isOwnerGone;
    private boolean awaitsRoom;
    private long ackedSeq;
    private long lastNewsNs;
    private long lastStatusNs;
    private long lastLookNs;
    private long nextWatchNs;
    private long nextTakeOverNs;

    FollowedRun(RunCluster cluster, Stored last, RunRecord record) {
        this.cluster = cluster;
        this.context = cluster.context();
        this.replication = cluster.replication();
        this.key = last.key();
        this.author = record.author();
        this.owner = record.node();
        this.loadedPosition = last.position();
        this.memoryOwner = cluster.registry().acquireOrNew(key.userId());
        this.gate = new SignalGate(this::work, context.scheduler());
        RunMemory.Account memory = cluster.registry().account(memoryOwner);
        this.journal = new RunJournal(key.requestId(), log, context.writers(), memory);
        this.audience = new RunAudience(this, journal, context, cluster.registry().counters());
        this.viewers = audience.viewers();
        this.room = new RunRoom(context.config().maxRunLogBytes(), journal, viewers, memory, audience::detached);
    }

    @Override
    public String requestId() {
        return key.requestId();
    }

    @Override
    public String userId() {
        return key.userId();
    }

    String instance() {
        return author.instance();
    }

    /** @return whether it can be looked at. Any thread. */
    boolean isOpen() {
        return isOpen.get();
    }

    /** Begins to follow, if it has not begun. */
    void start() {
        if (isStarted.compareAndSet(false, true)) {
            cluster.counters().followed.incrementAndGet();
            commands.add(nowNs -> {
                watch = replication.watch(key, () -> {
                    changes.incrementAndGet();
                    gate.signal(CHANGED);
                });
                cluster.owners().add(owner, this);
                lastNewsNs = nowNs;
                lastStatusNs = nowNs;
                nextTakeOverNs = nowNs;
                tellOwner("watch");
                nextWatchNs = nowNs + TimeUnit.MILLISECONDS.toNanos(RunCluster.WATCH_MS / 3);
            });
        }
    }

    @Override
    public void onViewer(RunViewer viewer) {
        viewers.signal(viewer);
        gate.signal(VIEWERS);
    }

    @Override
    public void stop(AgentException failure) {
        // It goes on where it runs.
    }

    @Override
    public void onRoom() {
        gate.signal(ROOM);
    }

    /** There was no connection for a while: records may have been lost with the bus, and be there again at other positions. */
    void onConnected() {
        gate.signal(RELOAD);
    }

    /** Whoever wanted to look may not do it after all. */
    void check() {
        gate.signal(VIEWERS);
    }

    /** The run's node is dead, as far as can be known. */
    void onOwnerGone() {
        gate.signal(OWNER_GONE);
    }

    @Override
    public void resume(RunViewer viewer, long after) {
        command(nowNs -> {
            if (!isOpen.get()) {
                viewer.client.runs.left(this, viewer);
                cluster.resume(viewer.client, key.requestId(), after, null, ResumeMessages.UNKNOWN);
            } else if (viewer.isAttached()) {
                show(viewer, after);
            } else {
                waiting.removeIf(other -> other.viewer() == viewer);
                waiting.add(new Waiting(viewer, after, nowNs));
            }
        });
    }

    @Override
    public void ack(RunViewer viewer, long seq) {
        command(nowNs -> {
            if (viewer == null || !viewer.isAttached() || !isOpen.get()) {
                return;
            }
            audience.ack(viewer, seq);
            long lowest = viewers.lowestAck(Long.MAX_VALUE);
            if (lowest > ackedSeq && !isOver) {
                ackedSeq = lowest;
                tellOwner("ack");
            }
        });
    }

    private void command(Command command) {
        commands.add(command);
        gate.signal(COMMANDS);
    }

    private void tellOwner(String type) {
        ask(type).whenComplete((answer, error) -> {
            if (error == null && answer.type().equals("gone") && type.equals("watch")) {
                onOwnerGone();
            }
        });
    }

    private CompletionStage<Envelope> ask(String type) {
        return cluster.request(owner, writer -> writer.begin(type).string("instance", author.instance())
                .string("node", replication.nodeId()).number("seq", ackedSeq).number("found", isLoaded ? storedSeq : -1).end());
    }

    private void work(int signals) {
        try {
            if (isOpen.get()) {
                react(signals, context.nanoClock().nanoTime());
            } else {
                executeCommands(context.nanoClock().nanoTime());
            }
        } catch (Throwable e) {
            LOGGER.log(Level.ERROR, "run " + key.requestId() + " of another node is not followed any more", e);
            close();
        }
    }

    private void react(int signals, long nowNs) {
        executeCommands(nowNs);
        if ((signals & CHANGED) != 0) {
            expected += changes.getAndSet(0);
            isUpToDate = false;
            earlyLooks = 0;
        }
        if ((signals & LOOK) != 0) {
            isUpToDate = false;
        }
        if ((signals & RELOAD) != 0) {
            mustReload = true;
        }
        if ((signals & OWNER_GONE) != 0) {
            isOwnerGone = true;
            isUpToDate = false;
        }
        if ((signals & ROOM) != 0) {
            awaitsRoom = false;
        }
        if ((signals & COME) != 0) {
            take(nowNs);
        }
        if ((signals & TIMER) != 0) {
            isTimerArmed.set(false);
            onTimer(nowNs);
        }
        serveWaiting(nowNs);
        viewers.deliver();
        if (viewers.count() == 0 && waiting.isEmpty() && commands.isEmpty()) {
            close();
        } else {
            readOn(nowNs);
            armTimer();
        }
    }

    private void executeCommands(long nowNs) {
        for (Command command = commands.poll(); command != null; command = commands.poll()) {
            command.execute(nowNs);
        }
    }

    // ------------------------------------------------------------------ reading

    private void readOn(long nowNs) {
        if (isAsking || isOver) {
            return;
        }
        if (mustReload) {
            // What is here already is passed over.
            mustReload = false;
            mustCheck = false;
            isReloading = true;
            isUpToDate = false;
            isLoaded = false;
            loadedPosition = Math.max(loadedPosition, position);
            position = RunReplication.NONE;
            storedSeq = 0;
        }
        if (!isUpToDate && isRoom()) {
            isAsking = true;
            lastLookNs = nowNs;
            (isReloading ? replication.exactNext(key, position + 1) : replication.next(key, position + 1)).whenComplete(this::onCome);
        } else if (mustCheck) {
            mustCheck = false;
            isAsking = true;
            isChecking = true;
            replication.last(key).whenComplete(this::onCome);
        } else if (isUpToDate && isReadable && isLoaded && isOwnerGone && nowNs - nextTakeOverNs >= 0) {
            nextTakeOverNs = nowNs + TimeUnit.MILLISECONDS.toNanos(LOOK_AGAIN_MS);
            askOwnerAgain();
        }
    }

    /** What was not answered may have been lost by this node's own line, by which the log was read meanwhile. */
    private void askOwnerAgain() {
        isAsking = true;
        isAskingOwner = true;
        ask("watch").whenComplete((answer, error) -> onCome(error == null && !answer.type().equals("gone"), null));
    }

    private void onCome(Object value, Throwable error) {
        come.set(new Come(value, error instanceof CompletionException && error.getCause() != null ? error.getCause() : error));
        gate.signal(COME);
    }

    private boolean isRoom() {
        long floor = waiting.isEmpty() ? Long.MAX_VALUE : waiting.stream().mapToLong(Waiting::after).min().getAsLong();
        if (viewers.count() == 0 && log.memoryBytes() >= cluster.maxRunLogBytes()) {
            journal.trim(floor, cluster.maxRunLogBytes() / 2);
        }
        boolean isRoom = room.make() || viewers.count() == 0 && journal.lastSeq() <= floor;
        if (!isRoom && !awaitsRoom && room.isForOthersToGive()) {
            awaitsRoom = true;
            cluster.registry().awaitRoom(this, memoryOwner);
        }
        return isRoom;
    }

    private void take(long nowNs) {
        Come taken = come.getAndSet(null);
        if (taken == null) {
            return;
        }
        isAsking = false;
        if (isAskingOwner) {
            isAskingOwner = false;
            isOwnerGone = Boolean.FALSE.equals(taken.value());
            if (isOwnerGone) {
                takeOver();
            }
            return;
        }
        if (isChecking) {
            isChecking = false;
            mustReload |= taken.error() == null && !isLast((Stored) taken.value());
            return;
        }
        boolean wasTakingOver = isTakingOver;
        isTakingOver = false;
        isReadable = taken.error() == null && !wasTakingOver;
        if (taken.error() != null || wasTakingOver) {
            // After a takeover, by whichever node, the log tells what became of it.
            isUpToDate = taken.error() != null && !wasTakingOver;
            mustReload |= taken.error() instanceof RunReplication.Conflict;
        } else if (taken.value() == null) {
            isUpToDate = true;
            isLoaded = true;
            if (isReloading) {
                isReloading = false;
                tellOwner("watch");
            }
            loadedPosition = Math.min(loadedPosition, position);
            if (expected > 0) {
                lookAgainSoon();
            }
        } else {
            add((Stored) taken.value(), nowNs);
        }
    }

    /** The change that was told of may not have got to where it can be read. */
    private void lookAgainSoon() {
        long delayMs = EARLY_MS << earlyLooks;
        if (delayMs < LOOK_AGAIN_MS) {
            earlyLooks++;
            cluster.later(() -> gate.signal(LOOK), delayMs);
        } else {
            expected = 0;
        }
    }

    private void add(Stored stored, long nowNs) {
        RunRecord record = RunRecord.read(stored.bytes());
        if (!isReloading && record.instance().equals(author.instance()) && isGapBefore(record)) {
            mustReload = true;
            return;
        }
        position = stored.position();
        if (isLoaded) {
            expected = Math.max(0, expected - 1);
            isUpToDate = expected == 0;
        }
        if (!record.instance().equals(author.instance())) {
            if (position >= loadedPosition) {
                // Another run has the id by now.
                journal.close();
                close();
            }
            return;
        }
        storedSeq = record.lastSeq();
        lastNewsNs = nowNs;
        lastStatusNs = nowNs;
        if (record.firstSeq() > journal.lastSeq() + 1) {
            skipTo(record.firstSeq());
        }
        boolean isNew = record.lastSeq() > journal.lastSeq();
        record.forEach(this::addEntry);
        if (record.has(RunRecord.END)) {
            isOver = true;
            isTakenOver = record.has(RunRecord.TAKEN_OVER);
            if (isTakenOver && !isNew) {
                // Who ended the run had seen less than there is here.
                withLoss(journal.lastSeq() + 1, loss -> journal.append(RunLog.Kind.EVENT, loss));
            }
            openCalls.clear();
            journal.seal();
            audience.over();
        }
    }

    /** @return whether something is missing between what is here and a record. */
    private boolean isGapBefore(RunRecord record) {
        long next = journal.lastSeq() + 1;
        return record.firstSeq() > next || record.firstSeq() == next && record.beginsInside() && partSeq != next;
    }

    /** @return whether that is what was read last; records that NATS had lost are there again, if at all, at other positions. */
    private boolean isLast(Stored stored) {
        return stored != null && stored.position() == position && RunRecord.read(stored.bytes()).lastSeq() == storedSeq;
    }

    /** Events are missing: nobody is sent what comes after them as if nothing were. */
    private void skipTo(long firstSeq) {
        viewers.deliver();
        viewers.detachUpTo(Long.MAX_VALUE).forEach(viewer -> viewer.client.reply(
                writer -> ResumeMessages.failed(writer, key.requestId(), ResumeMessages.TRIMMED, firstSeq)));
        log.restart(firstSeq);
        part.reset();
        partSeq = 0;
    }

    private void addEntry(long seq, RunLog.Kind kind, ByteBuffer bytes, boolean isRest, boolean isMore) {
        if (seq <= journal.lastSeq()) {
            return;
        }
        if (!isRest) {
            part.reset();
            partSeq = isMore ? seq : 0;
        } else if (partSeq != seq) {
            // Its beginning is gone.
            skipTo(isMore ? seq : seq + 1);
            return;
        }
        if (isRest || isMore) {
            part.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
        if (isMore) {
            return;
        }
        ByteBuffer whole = isRest ? ByteBuffer.wrap(part.toByteArray()) : bytes;
        part.reset();
        journal.append(kind, whole);
        if (kind == RunLog.Kind.EVENT) {
            noteTool(seq, whole);
        }
    }

    private void noteTool(long seq, ByteBuffer event) {
        if (event.remaining() < 20 || event.get(event.position() + 9) != 't' || event.get(event.position() + 13) != '_') {
            // Neither {"type":"tool_call" nor {"type":"tool_result"
            return;
        }
        try {
            Envelope message = cluster.read(event);
            String id = message.fields().string("toolCallId");
            if (message.type().equals("tool_call") && !"auto".equals(message.fields().raw("approval"))) {
                byte[] copy = new byte[event.remaining()];
                event.get(event.position(), copy);
                openCalls.put(id, new OpenCall(seq, copy));
            } else {
                openCalls.remove(id);
            }
        } catch (EnvelopeException e) {
            LOGGER.log(Level.WARNING, "event " + seq + " of run " + key.requestId() + " cannot be read", e);
        }
    }

    // ------------------------------------------------------------------ viewers

    private void serveWaiting(long nowNs) {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            Waiting next = waiting.get(i);
            boolean isThere = journal.lastSeq() >= next.after() && (position >= loadedPosition || isOver);
            if (next.viewer().isGone.get()) {
                waiting.remove(i);
                next.viewer().client.runs.left(this, next.viewer());
            } else if (isThere || isOver) {
                waiting.remove(i);
                show(next.viewer(), next.after());
            } else if (cluster.isPatienceOver(owner, next.sinceNs(), nowNs)) {
                waiting.remove(i);
                giveUp(next);
            }
        }
    }

    private void show(RunViewer viewer, long after) {
        if (isTakenOver && after >= journal.lastSeq()) {
            showLoss(viewer, after);
        } else if (audience.resume(viewer, after)) {
            openCalls.forEach((id, call) -> {
                if (call.seq() <= viewer.cursor()) {
                    viewer.sendAhead(ByteBuffer.wrap(call.event()));
                }
            });
        }
    }

    /** It has seen what the log never got: for it the run ends right after that. */
    private void showLoss(RunViewer viewer, long after) {
        cluster.registry().counters().resumes.increment();
        EnvelopeWriter writer = context.writers().borrow();
        try {
            audience.attachAhead(viewer, after, ResumeMessages.resumed(writer, key.requestId(), after, after + 1, false));
            viewer.sendAhead(writeLoss(writer, after + 1));
        } finally {
            context.writers().giveBack(writer);
        }
    }

    private void withLoss(long seq, Consumer<ByteBuffer> use) {
        EnvelopeWriter writer = context.writers().borrow();
        try {
            use.accept(writeLoss(writer, seq));
        } finally {
            context.writers().giveBack(writer);
        }
    }

    private ByteBuffer writeLoss(EnvelopeWriter writer, long seq) {
        writer.begin("error").string("requestId", key.requestId()).number("seq", seq);
        ErrorMessages.writeFields(writer, new AgentException(ErrorCode.MODEL_UNAVAILABLE.name(), LOST, true, AgentException.NO_HINT));
        return writer.end();
    }

    private void giveUp(Waiting who) {
        cluster.registry().counters().resumeFailures.increment();
        who.viewer().client.runs.left(this, who.viewer());
        boolean isUnreached = position < loadedPosition || !replication.isConnected();
        who.viewer().client.reply(writer -> isUnreached
                ? ErrorMessages.write(writer, new AgentException(ErrorCode.MODEL_UNAVAILABLE.name(),
                        "The run is on another node and cannot be reached", true, LOOK_AGAIN_MS), "resume")
                : ResumeMessages.failed(writer, key.requestId(), ResumeMessages.EPOCH, -1));
    }

    // ------------------------------------------------------------------ the run's node

    /** The run's node is dead, and everything it left has been read: this is how the run ends, unless another node was faster. */
    private void takeOver() {
        isTakingOver = true;
        isAsking = true;
        long seq = journal.lastSeq() + 1;
        var dead = new RunRecord.Author(replication.nodeId(), author.instance(), author.epoch(), author.userId(), author.requestId(),
                author.fingerprint());
        RunRecord.Writer record = beginWithWhatIsLost(dead, seq);
        withLoss(seq, loss -> record.add(RunLog.Kind.EVENT, loss));
        replication.append(key, position, record.end(RunRecord.END | RunRecord.TAKEN_OVER)).whenComplete((appended, error) -> {
            if (error == null) {
                cluster.counters().takeovers.increment();
            }
            onCome(appended, error);
        });
    }

    /** What the log has lost and this node still has is put there again, if there is room for it. */
    private RunRecord.Writer beginWithWhatIsLost(RunRecord.Author dead, long seq) {
        if (storedSeq + 1 < seq && log.firstSeq() <= storedSeq + 1) {
            var record = new RunRecord.Writer(dead, 0, 0, storedSeq + 1, cluster.maxRecordLength() - RunRecord.HEAD_LENGTH);
            record.add(log, storedSeq + 1, seq - 1, 0);
            if (record.nextSeq() == seq) {
                return record;
            }
        }
        return new RunRecord.Writer(dead, 0, 0, seq, cluster.maxRecordLength());
    }

    private void onTimer(long nowNs) {
        if (nowNs - lastLookNs >= TimeUnit.MILLISECONDS.toNanos(LOOK_AGAIN_MS)) {
            isUpToDate = false;
            mustCheck = isLoaded;
        }
        if (!isOver && (nowNs - nextWatchNs >= 0 || isLoaded && !waiting.isEmpty())) {
            nextWatchNs = nowNs + TimeUnit.MILLISECONDS.toNanos(RunCluster.WATCH_MS / 3);
            tellOwner("watch");
        }
        if (!isOver && nowNs - lastStatusNs >= context.config().statusInterval().toNanos()) {
            lastStatusNs = nowNs;
            audience.sendStatus(journal.lastSeq() == 0 ? "queued" : openCalls.isEmpty() ? "thinking" : "tool",
                    TimeUnit.NANOSECONDS.toMillis(nowNs - lastNewsNs));
        }
    }

    private void armTimer() {
        if (isTimerArmed.compareAndSet(false, true) && !cluster.later(() -> gate.signal(TIMER), LOOK_AGAIN_MS)) {
            isTimerArmed.set(false);
        }
    }

    private void close() {
        if (!isOpen.compareAndSet(true, false)) {
            return;
        }
        cluster.unfollowed(key, this);
        cluster.owners().remove(owner, this);
        if (watch != null) {
            watch.close();
            cluster.counters().followed.decrementAndGet();
        }
        if (!isOver) {
            tellOwner("unwatch");
        }
        audience.dismiss();
        waiting.forEach(who -> who.viewer().client.reply(
                writer -> ResumeMessages.failed(writer, key.requestId(), ResumeMessages.EXPIRED, -1)));
        waiting.clear();
        if (!journal.isClosed()) {
            journal.close();
        }
        cluster.registry().release(key.userId());
        executeCommands(context.nanoClock().nanoTime());
    }
}

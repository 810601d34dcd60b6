package io.neurolink.agent.session;

import io.neurolink.agent.spi.RunLog;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.agent.spi.RunReplication.Conflict;
import io.neurolink.agent.spi.RunReplication.Stored;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Copies the log of a run of this node to where other nodes find it, behind the run's back: at most one record is on its way, and what
 * happens meanwhile goes with the next. A record is appended after the last one of ours or not at all. So who finds somebody else's there
 * knows that the run is not ours any more, and one that was lost, or is not known to have arrived, is sorted out by looking at the last.
 *
 * <p>The two flags and {@link #pump} are for any thread; all else for whoever has the run's gate.
 */
final class RunReplicator {
    /** What the run has to do now. */
    enum Verdict {
        /** Nothing. */
        NOTHING,
        /** Begin: the id is ours, or that cannot be found out. */
        BEGIN,
        /** Be no run: there is one with this id. */
        REFUSED,
        /** End: the log is another node's. */
        FENCED
    }

    /** What the one question is that has not been answered. */
    private enum Asked {
        NOTHING, APPEND, LAST, TAKEN
    }

    private record Answer(Object value, Throwable error) {
    }

    private static final class Watcher {
        private long deadlineNs;
        private long ackedSeq;
    }

    /** The run is in the pump's line; the same for the line of those in a hurry. */
    final AtomicBoolean isQueued = new AtomicBoolean();
    final AtomicBoolean isHurried = new AtomicBoolean();

    private final RunCluster cluster;
    private final RunReplication replication;
    private final RunReplication.Key key;
    private final RunRecord.Author author;
    private final RunLog log;
    private final Runnable wake;
    private final Runnable pump;
    private final AtomicReference<Answer> answer = new AtomicReference<>();
    private final AtomicBoolean isClaimOverdue = new AtomicBoolean();
    /** Nodes on which somebody looks at the run. */
    private final Map<String, Watcher> watchers = new HashMap<>(1);

    private Asked asked = Asked.NOTHING;
    private boolean isClaiming;
    private boolean mustLook;
    private boolean isFailing;
    private boolean isOver;
    /** Nothing is appended any more. */
    private boolean isClosed;
    /** The log is another node's. */
    private boolean isFenced;
    private boolean isForgotten;
    private long position = RunReplication.NONE;
    private long number;
    private long noticedSeq;
    private long replicatedSeq;
    /** Bytes of the entry after that which are replicated already. */
    private int partLength;
    private long sentSeq;
    private int sentPartLength;
    private int sentLength;
    private boolean isEndSent;
    private long bytesSinceMark;
    private long markPosition;

    /**
     * @param wake has {@link #advance} called, by any thread.
     * @param pump has {@link #send} called, by any thread.
     */
    RunReplicator(RunCluster cluster, RunReplication.Key key, RunRecord.Author author, RunLog log, Runnable wake, Runnable pump) {
        this.cluster = cluster;
        this.replication = cluster.replication();
        this.key = key;
        this.author = author;
        this.log = log;
        this.wake = wake;
        this.pump = pump;
    }

    RunReplication.Key key() {
        return key;
    }

    RunRecord.Author author() {
        return author;
    }

    /** In the pump's turn. Any thread. */
    void pump() {
        pump.run();
    }

    private void ask(Asked what, CompletionStage<?> stage) {
        asked = what;
        stage.whenComplete((value, error) -> {
            answer.set(new Answer(value, error instanceof CompletionException && error.getCause() != null ? error.getCause() : error));
            wake.run();
        });
    }

    /**
     * Makes the id known, and finds out whether it is already.
     *
     * @param isNew whether nobody can have used the id before.
     * @return BEGIN, or NOTHING if {@link #advance} will tell.
     */
    Verdict claim(boolean isNew) {
        if (!replication.isConnected()) {
            cluster.pump().add(this, true);
            return Verdict.BEGIN;
        }
        if (key.userId() != null) {
            send(false);
        } else if (isNew) {
            cluster.pump().add(this, true);
        } else {
            ask(Asked.TAKEN, cluster.isTaken(key.requestId(), author.fingerprint()));
        }
        if (isNew) {
            return Verdict.BEGIN;
        }
        isClaiming = true;
        cluster.later(() -> {
            isClaimOverdue.set(true);
            wake.run();
        }, RunCluster.CLAIM_TIMEOUT_MS);
        return Verdict.NOTHING;
    }

    /** Something may have come. */
    Verdict advance() {
        Answer come = answer.getAndSet(null);
        Verdict verdict = come == null ? Verdict.NOTHING : take(come);
        if (isClaiming && (verdict != Verdict.NOTHING || isClaimOverdue.get())) {
            isClaiming = false;
            return verdict == Verdict.FENCED ? Verdict.REFUSED : Verdict.BEGIN;
        }
        return verdict == Verdict.FENCED ? verdict : Verdict.NOTHING;
    }

    private Verdict take(Answer come) {
        Asked question = asked;
        asked = Asked.NOTHING;
        return switch (question) {
            case APPEND -> onAppended(come);
            case LAST -> onLast(come);
            case TAKEN -> onTaken(come);
            case NOTHING -> Verdict.NOTHING;
        };
    }

    private Verdict onTaken(Answer come) {
        if (Boolean.TRUE.equals(come.value())) {
            return fenced();
        }
        cluster.pump().add(this, true);
        return Verdict.BEGIN;
    }

    private Verdict onAppended(Answer come) {
        cluster.pump().release(sentLength);
        if (come.error() instanceof Conflict) {
            ask(Asked.LAST, replication.last(key));
            return Verdict.NOTHING;
        }
        if (come.error() != null) {
            return failed();
        }
        isFailing = false;
        position = (Long) come.value();
        replicatedSeq = sentSeq;
        partLength = sentPartLength;
        isClosed |= isEndSent;
        number++;
        cluster.counters().replicatedRecords.increment();
        cluster.counters().replicatedBytes.add(sentLength);
        trim();
        if (isBehind()) {
            cluster.pump().add(this, partLength > 0 || isInHurry());
        }
        return Verdict.BEGIN;
    }

    /** What is far behind goes, so that a run that goes on and on does not fill the place of others. */
    private void trim() {
        bytesSinceMark += sentLength;
        if (bytesSinceMark >= cluster.maxRunLogBytes()) {
            if (markPosition > RunReplication.NONE) {
                replication.trim(key, markPosition);
            }
            markPosition = position;
            bytesSinceMark = 0;
        }
    }

    private Verdict onLast(Answer come) {
        if (come.error() != null) {
            mustLook = true;
            return failed();
        }
        mustLook = false;
        Stored last = (Stored) come.value();
        if (isForgotten) {
            return Verdict.NOTHING;
        }
        if (last == null) {
            // All of it is gone: what there is is put there again.
            isClosed = false;
            restart(RunReplication.NONE, log.firstSeq() - 1);
            return Verdict.NOTHING;
        }
        RunRecord record = readOrNull(last);
        if (record != null && record.node().equals(author.node()) && record.instance().equals(author.instance())) {
            isClosed = record.has(RunRecord.END);
            restart(last.position(), record.lastSeq());
            return Verdict.BEGIN;
        }
        if (record != null && record.node().equals(author.node()) && position == RunReplication.NONE) {
            // A run that had the id before and is forgotten here.
            restart(last.position(), log.firstSeq() - 1);
            return Verdict.NOTHING;
        }
        return fenced();
    }

    private Verdict fenced() {
        isClosed = true;
        isFenced = true;
        return Verdict.FENCED;
    }

    private static RunRecord readOrNull(Stored stored) {
        try {
            return RunRecord.read(stored.bytes());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void restart(long newPosition, long newReplicatedSeq) {
        position = newPosition;
        replicatedSeq = newReplicatedSeq;
        partLength = 0;
        cluster.pump().add(this, true);
    }

    private Verdict failed() {
        if (!isFailing) {
            isFailing = true;
            cluster.counters().replicationFailures.increment();
        }
        cluster.pump().later(this);
        return Verdict.BEGIN;
    }

    /** The run has done something: what is new in the log is sent before long, a lone chunk a little later than the rest. */
    void notice(boolean isOverNow) {
        isOver = isOverNow;
        if (log.lastSeq() > noticedSeq && !isClosed) {
            noticedSeq = log.lastSeq();
            cluster.pump().add(this, isInHurry());
        }
    }

    private boolean isInHurry() {
        return isOver || !watchers.isEmpty() || log.lastSeq() >= log.firstSeq() && log.kind(log.lastSeq()) == RunLog.Kind.EVENT;
    }

    /** @return whether there is something that was not appended. */
    boolean isBehind() {
        return !isClosed && (number == 0 || replicatedSeq < log.lastSeq());
    }

    /** It is this run's turn. */
    void send(boolean isLast) {
        isOver |= isLast;
        if (asked != Asked.NOTHING || !mustLook && !isBehind()) {
            return;
        }
        if (!replication.isConnected()) {
            failed();
        } else if (mustLook) {
            ask(Asked.LAST, replication.last(key));
        } else {
            append();
        }
    }

    private void append() {
        if (replicatedSeq + 1 < log.firstSeq()) {
            cluster.counters().replicationGaps.increment();
            replicatedSeq = log.firstSeq() - 1;
            partLength = 0;
        }
        long from = replicatedSeq + 1;
        var writer = new RunRecord.Writer(author, 0, number, from, cluster.maxRecordLength());
        int part = writer.add(log, from, log.lastSeq(), partLength);
        boolean isEnd = isOver && writer.nextSeq() > log.lastSeq();
        byte[] record = writer.end(isEnd ? RunRecord.END : 0);
        if (!cluster.pump().reserve(record.length)) {
            cluster.pump().later(this);
            return;
        }
        sentSeq = writer.nextSeq() - 1;
        sentPartLength = part;
        sentLength = record.length;
        isEndSent = isEnd;
        ask(Asked.APPEND, replication.append(key, position, record));
    }

    /** The run is forgotten: so is its log, unless it is another node's. */
    void forget() {
        if (isBehind() && number > 0) {
            cluster.counters().replicationLost.increment();
        }
        isClosed = true;
        isForgotten = true;
        mustLook = false;
        watchers.clear();
        if (!isFenced && position > RunReplication.NONE) {
            replication.trim(key, Long.MAX_VALUE);
        }
    }

    /** Another node finds nothing after an event: if more was appended, it may be lost, and is appended again. */
    void foundUpTo(long seq) {
        if (seq >= 0 && seq < replicatedSeq && !isFenced && !isForgotten) {
            mustLook = true;
            cluster.pump().add(this, true);
        }
    }

    /** @return seq of the last event that other nodes can get. */
    long replicatedSeq() {
        return replicatedSeq;
    }

    /** Somebody looks at the run on another node, for a while. */
    void watched(String node, long untilNs) {
        watchers.computeIfAbsent(node, name -> new Watcher()).deadlineNs = untilNs;
    }

    /** Nobody looks at it there any more. */
    void unwatched(String node) {
        watchers.remove(node);
    }

    /** All who look at it on another node have acknowledged events up to one. */
    void acked(String node, long seq) {
        Watcher watcher = watchers.get(node);
        if (watcher != null) {
            watcher.ackedSeq = Math.max(watcher.ackedSeq, Math.min(seq, replicatedSeq));
        }
    }

    /** @return whether somebody looks at the run on another node. */
    boolean isWatched(long nowNs) {
        if (!watchers.isEmpty()) {
            watchers.values().removeIf(watcher -> watcher.deadlineNs - nowNs <= 0);
        }
        return !watchers.isEmpty();
    }

    /** @return seq of the last event that is acknowledged on every other node where somebody looks; {@code ifNone} if nobody does. */
    long lowestAck(long ifNone) {
        long lowest = ifNone;
        for (Watcher watcher : watchers.values()) {
            lowest = Math.min(lowest, watcher.ackedSeq);
        }
        return lowest;
    }
}

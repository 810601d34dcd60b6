package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.RunLog;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.agent.spi.RunReplication.Key;
import io.neurolink.agent.spi.RunReplication.Stored;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What an endpoint has to do with the runs of other nodes: finds and follows them for its connections, brings their messages to the node
 * that runs them, and serves what other nodes ask about the runs of this one. Any thread.
 */
final class RunCluster implements RunReplication.Listener {
    /** For so long a run waits to be told whether its id is taken. */
    static final long CLAIM_TIMEOUT_MS = 500;
    /** For so long other nodes are told that somebody looks at a run; it is said again after a third of that. */
    static final long WATCH_MS = 90_000;
    /** For so long a connection waits for a log that cannot be reached, or does not have what the connection has seen. */
    static final long PATIENCE_MS = 10_000;

    private static final long MAX_PATIENCE_MS = 60_000;
    private static final long RETRY_MS = 250;
    /** For so long nobody must have heard of a run before it is known to be nowhere: nodes may be out of reach for a moment. */
    private static final long UNKNOWN_MS = 3000;
    /** For so long after this node others may not be back yet, where all lost their connection. */
    private static final long RECONNECT_MS = 8000;
    private static final int MAX_WAITING = 4096;
    private static final int MAX_RECORD_LENGTH = 256 * 1024;
    private static final long MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024;
    private static final int MAX_TOLD_EPOCHS = 64;
    private static final long FINISH_TURN_MS = 50;
    private static final long CLOSE_MS = 2000;
    private static final long CLOSE_TURN_MS = 25;
    private static final char NODE_SEPARATOR = '~';
    private static final Pattern NODE_NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final RunReplication replication;
    private final RunContext context;
    private final RunRegistry registry;
    private final WaitingTools waitingTools;
    private final ClusterCounters counters = new ClusterCounters();
    private final ReplicationPump pump;
    private final RunOwners owners = new RunOwners(this);
    private final Recycler<EnvelopeReader> readers;
    private final Map<String, Run> runs = new ConcurrentHashMap<>();
    private final Map<Key, FollowedRun> followed = new ConcurrentHashMap<>();
    /** Searches and messages to other nodes that have not ended. */
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong connectedSinceNs = new AtomicLong();
    private final String ownEpoch;
    /** What clients of this node were told. */
    private final Set<String> toldEpochs = ConcurrentHashMap.newKeySet();

    RunCluster(RunReplication replication, RunContext context, RunRegistry registry) {
        this.replication = replication;
        this.context = context;
        this.connectedSinceNs.set(context.nanoClock().nanoTime());
        this.registry = registry;
        this.waitingTools = context.tools().waiting();
        this.ownEpoch = "node-" + replication.nodeId();
        this.pump = new ReplicationPump(context.scheduler(), MAX_IN_FLIGHT_BYTES);
        this.readers = new Recycler<>(() -> new EnvelopeReader(context.config().maxMessageBytes() + MAX_RECORD_LENGTH,
                context.config().maxPayloadDepth() + 2, context.config().maxPayloadValues()));
        waitingTools.named(NODE_SEPARATOR + replication.nodeId());
    }

    void start() {
        replication.start(this);
    }

    RunReplication replication() {
        return replication;
    }

    RunContext context() {
        return context;
    }

    RunRegistry registry() {
        return registry;
    }

    ClusterCounters counters() {
        return counters;
    }

    ReplicationPump pump() {
        return pump;
    }

    RunOwners owners() {
        return owners;
    }

    int maxRecordLength() {
        return Math.min(MAX_RECORD_LENGTH, replication.maxRecordLength());
    }

    long maxRunLogBytes() {
        return context.config().maxRunLogBytes();
    }

    /** @return what clients are told as the epoch: that of the logs, so that it is the same on all nodes. */
    String epoch() {
        String shared = replication.epoch();
        String told = shared == null ? ownEpoch : shared;
        if (toldEpochs.size() < MAX_TOLD_EPOCHS) {
            toldEpochs.add(told);
        }
        return told;
    }

    /** @return whether a cursor from that epoch fits a run of this node. */
    boolean isEpochHere(String cursorEpoch) {
        return cursorEpoch == null || toldEpochs.contains(cursorEpoch) || cursorEpoch.equals(replication.epoch());
    }

    /** @return whether it fits a run whose node has told these epochs. */
    private boolean isEpochOf(String cursorEpoch, RunRecord run) {
        return isEpochHere(cursorEpoch) || List.of(run.epoch().split(" ")).contains(cursorEpoch);
    }

    /** @return false if the timers are stopped. */
    boolean later(Runnable task, long delayMs) {
        try {
            context.scheduler().schedule(task, delayMs, TimeUnit.MILLISECONDS);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    @Override
    public void onConnected() {
        connectedSinceNs.set(context.nanoClock().nanoTime());
        owners.onConnected();
        pump.retry();
        followed.values().forEach(FollowedRun::onConnected);
    }

    /** @return whether who waits since then has waited long enough: with a connection, and the run's node is there. */
    boolean isPatienceOver(String owner, long sinceNs, long nowNs) {
        long fromNs = connectedSinceNs.get() - sinceNs > 0 ? connectedSinceNs.get() : sinceNs;
        return nowNs - sinceNs >= TimeUnit.MILLISECONDS.toNanos(MAX_PATIENCE_MS)
                || replication.isConnected() && !owners.isSuspect(owner) && nowNs - fromNs >= TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    }

    // ------------------------------------------------------------------ runs of this node

    /** A run begins that other nodes are to find. */
    RunReplicator replicate(Run run, int fingerprint, RunLog log, Runnable wake, Runnable pumpIt) {
        String instance = UnguessableIds.next("");
        runs.put(instance, run);
        Key key = new Key(run.userId(), run.requestId(), run.userId() == null ? instance : "");
        return new RunReplicator(this, key,
                new RunRecord.Author(replication.nodeId(), instance, epoch() + " " + ownEpoch, run.userId(), run.requestId(), fingerprint),
                log, wake, pumpIt);
    }

    /** The run is forgotten. */
    void forget(RunReplicator replicator) {
        runs.remove(replicator.author().instance());
        replicator.forget();
    }

    /** @return whether another node has a run of an anonymous connection that this request was sent for already. */
    CompletionStage<Boolean> isTaken(String requestId, int fingerprint) {
        return replication.find(null, requestId).thenCompose(stored -> {
            RunRecord last = readOrNull(stored);
            if (last == null || last.fingerprint() != fingerprint || last.node().equals(replication.nodeId())) {
                return CompletableFuture.completedStage(false);
            }
            return request(last.node(), writer -> writer.begin("taken").string("instance", last.instance()).end())
                    .thenApply(answer -> Boolean.TRUE.equals(answer.fields().raw("taken")));
        });
    }

    private static RunRecord readOrNull(Stored stored) {
        try {
            return stored == null ? null : RunRecord.read(stored.bytes());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    // ------------------------------------------------------------------ runs of other nodes

    /** A connection wants to see a run that is none of this node; it is told what comes of it. */
    void resume(AgentConnection client, String requestId, long after, String cursorEpoch, String reasonHere) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            client.reply(writer -> ErrorMessages.write(writer, unreachable("Too many are looking for runs of other nodes"), "resume"));
            return;
        }
        new Search(client, requestId, after, cursorEpoch, reasonHere).begin();
    }

    /** Looks for a run until it is found, or known to be nowhere, or time is up. */
    private final class Search {
        private final AgentConnection client;
        private final String userId;
        private final String requestId;
        private final long after;
        private final String cursorEpoch;
        private final String reasonHere;
        private final long sinceNs = context.nanoClock().nanoTime();

        Search(AgentConnection client, String requestId, long after, String cursorEpoch, String reasonHere) {
            this.client = client;
            this.userId = client.runs.userId();
            this.requestId = requestId;
            this.after = after;
            this.cursorEpoch = cursorEpoch;
            this.reasonHere = reasonHere;
        }

        void begin() {
            if (!client.connection.isOpen()) {
                end();
            } else if (!replication.isConnected()) {
                again();
            } else {
                replication.find(userId, requestId).whenComplete((stored, error) -> {
                    if (error != null) {
                        again();
                    } else if (stored == null) {
                        notFound();
                    } else {
                        found(stored);
                    }
                });
            }
        }

        private void again() {
            if (isOver(PATIENCE_MS) || !later(this::begin, RETRY_MS)) {
                end();
                client.reply(writer -> ErrorMessages.write(writer, unreachable("The runs of other nodes cannot be reached"), "resume"));
            }
        }

        private void notFound() {
            if (!reasonHere.equals(ResumeMessages.UNKNOWN)) {
                refuse(reasonHere);
                return;
            }
            replication.isKnown(requestId).whenComplete((isKnown, error) -> {
                if (error != null) {
                    again();
                } else if (isKnown) {
                    beSureOfForbidden();
                } else {
                    askAll();
                }
            });
        }

        /** It may have been appended just after it was looked for. */
        private void beSureOfForbidden() {
            replication.find(userId, requestId).whenComplete((stored, error) -> {
                if (error != null) {
                    again();
                } else if (stored == null) {
                    refuse(ResumeMessages.FORBIDDEN);
                } else {
                    found(stored);
                }
            });
        }

        /** A node whose run it is may not have been able to append to its log so far. */
        private void askAll() {
            requestAny(writer -> named(writer.begin("has"), userId, requestId).end()).whenComplete((answer, error) -> {
                if (error != null && isOver(UNKNOWN_MS) && isPast(connectedSinceNs.get(), RECONNECT_MS)) {
                    refuse(ResumeMessages.UNKNOWN);
                } else {
                    again();
                }
            });
        }

        private boolean isOver(long patienceMs) {
            return isPast(sinceNs, patienceMs);
        }

        private boolean isPast(long startNs, long durationMs) {
            return context.nanoClock().nanoTime() - startNs >= TimeUnit.MILLISECONDS.toNanos(durationMs);
        }

        private void found(Stored stored) {
            RunRecord last = readOrNull(stored);
            if (last == null || !Objects.equals(last.userId(), userId) || !Objects.equals(client.runs.userId(), userId)) {
                refuse(ResumeMessages.FORBIDDEN);
            } else if (!isEpochOf(cursorEpoch, last)) {
                refuse(ResumeMessages.EPOCH);
            } else {
                end();
                show(stored, last);
            }
        }

        private void show(Stored stored, RunRecord last) {
            try {
                ViewedRun run = client.runs.find(requestId);
                if (run == null && last.node().equals(replication.nodeId()) && !last.has(RunRecord.TAKEN_OVER)) {
                    // It was one of this node, and is forgotten.
                    registry.counters().resumeFailures.increment();
                    client.reply(writer -> ResumeMessages.failed(writer, requestId, ResumeMessages.EXPIRED, -1));
                    return;
                }
                resume(run == null ? follow(stored, last) : run);
            } catch (AgentException e) {
                client.reply(writer -> ErrorMessages.write(writer, e, "resume"));
            }
        }

        private void resume(ViewedRun run) {
            try {
                client.runs.resume(run, after);
            } finally {
                if (run instanceof FollowedRun other) {
                    other.check();
                }
            }
        }

        private void refuse(String reason) {
            end();
            registry.counters().resumeFailures.increment();
            client.reply(writer -> ResumeMessages.failed(writer, requestId, reason, -1));
        }

        private void end() {
            waiting.decrementAndGet();
        }
    }

    private FollowedRun follow(Stored last, RunRecord record) {
        FollowedRun run = followed.compute(last.key(), (key, known) -> {
            if (known != null && known.isOpen() && known.instance().equals(record.instance())) {
                return known;
            }
            if (known == null && followed.size() >= context.config().maxRuns()) {
                throw new AgentException(ErrorCode.TOO_MANY_RUNS, "The server follows too many runs of other nodes");
            }
            return new FollowedRun(this, last, record);
        });
        run.start();
        return run;
    }

    /** A run is not followed any more. */
    void unfollowed(Key key, FollowedRun run) {
        followed.remove(key, run);
    }

    /** Cancels a run of another node, if there is one. */
    void cancel(AgentConnection client, String requestId, String reason) {
        String userId = client.runs.userId();
        if (!replication.isConnected()) {
            fail(client, "cancel", null);
            return;
        }
        replication.find(userId, requestId).whenComplete((stored, error) -> {
            RunRecord last = readOrNull(stored);
            if (error != null) {
                fail(client, "cancel", null);
            } else if (last == null) {
                // Whoever has it may not have been able to append to its log so far. If nobody has, there is nothing to cancel.
                requestAny(writer -> because(named(writer.begin("cancel"), userId, requestId), reason).end());
            } else if (!last.has(RunRecord.END) && !last.node().equals(replication.nodeId())) {
                forward(client, "cancel", last.node(),
                        writer -> because(writer.begin("cancel").string("instance", last.instance()), reason).end());
            }
        });
    }

    private static EnvelopeWriter named(EnvelopeWriter writer, String userId, String requestId) {
        return (userId == null ? writer : writer.string("user", userId)).string("requestId", requestId);
    }

    private static EnvelopeWriter because(EnvelopeWriter writer, String reason) {
        return reason == null ? writer : writer.string("reason", reason);
    }

    /** Brings the answer to a tool call to the node that waits for it. @return false if that is this one. */
    boolean answer(AgentConnection client, Envelope message) {
        String toolCallId = message.payload().requiredString("toolCallId");
        int at = toolCallId.lastIndexOf(NODE_SEPARATOR);
        String node = toolCallId.substring(at + 1);
        if (at < 0 || node.equals(replication.nodeId()) || !isNodeName(node)) {
            return false;
        }
        String userId = client.runs.userId();
        forward(client, message.type(), node, writer -> {
            writer.begin(message.type());
            if (userId != null) {
                writer.string("user", userId);
            }
            return writer.value("payload", message.payload().asMap()).end();
        });
        return true;
    }

    private static boolean isNodeName(String text) {
        return NODE_NAME.matcher(text).matches();
    }

    private void forward(AgentConnection client, String type, String node, Function<EnvelopeWriter, ByteBuffer> message) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            fail(client, type, null);
            return;
        }
        counters.forwarded.increment();
        request(node, message).whenComplete((answer, error) -> {
            waiting.decrementAndGet();
            if (error != null) {
                fail(client, type, error);
            } else if (answer.type().equals("error")) {
                Fields fields = answer.fields();
                client.reply(writer -> ErrorMessages.write(writer, new AgentException(fields.string("code"), fields.string("error"),
                        Boolean.TRUE.equals(fields.raw("retryable")), AgentException.NO_HINT), type));
            }
        });
    }

    private void fail(AgentConnection client, String type, Throwable error) {
        counters.forwardFailures.increment();
        AgentException failure = error instanceof AgentException known ? known : unreachable("The node of the run cannot be reached");
        client.reply(writer -> ErrorMessages.write(writer, failure, type));
    }

    private static AgentException unreachable(String text) {
        return new AgentException(ErrorCode.MODEL_UNAVAILABLE.name(), text, true, 1000);
    }

    /** Asks another node. */
    CompletionStage<Envelope> request(String node, Function<EnvelopeWriter, ByteBuffer> message) {
        return replication.request(node, write(message)).thenApply(answer -> read(ByteBuffer.wrap(answer)));
    }

    /** Asks all other nodes. */
    private CompletionStage<Envelope> requestAny(Function<EnvelopeWriter, ByteBuffer> message) {
        return replication.requestAny(write(message)).thenApply(answer -> read(ByteBuffer.wrap(answer)));
    }

    private byte[] write(Function<EnvelopeWriter, ByteBuffer> message) {
        EnvelopeWriter writer = context.writers().borrow();
        try {
            ByteBuffer written = message.apply(writer);
            byte[] bytes = new byte[written.remaining()];
            written.get(written.position(), bytes);
            return bytes;
        } finally {
            context.writers().giveBack(writer);
        }
    }

    Envelope read(ByteBuffer json) {
        EnvelopeReader reader = readers.borrow();
        try {
            return reader.read(json);
        } finally {
            readers.giveBack(reader);
        }
    }

    // ------------------------------------------------------------------ what other nodes ask

    @Override
    public CompletionStage<byte[]> onRequest(byte[] message) {
        Function<EnvelopeWriter, ByteBuffer> answer;
        try {
            answer = serve(read(ByteBuffer.wrap(message)));
        } catch (AgentException | EnvelopeException e) {
            AgentException failure = ErrorMessages.of(e);
            answer = writer -> ErrorMessages.write(writer, failure, null);
        }
        return CompletableFuture.completedStage(answer == null ? null : write(answer));
    }

    /** @return the answer; null for none. */
    private Function<EnvelopeWriter, ByteBuffer> serve(Envelope message) {
        Fields fields = message.fields();
        if (fields.string("instance") == null && fields.string("requestId") != null) {
            return serveAny(message.type(), fields);
        }
        switch (message.type()) {
            case "alive" -> { }
            case "tool_approval" -> waitingTools.approve(fields.string("user"), message);
            case "tool_result" -> waitingTools.result(fields.string("user"), message);
            default -> {
                Run run = runs.get(fields.requiredString("instance"));
                if (run == null) {
                    return writer -> writer.begin("gone").end();
                }
                if (message.type().equals("taken")) {
                    boolean isTaken = registry.isOrphan(run);
                    return writer -> writer.begin("ok").bool("taken", isTaken).end();
                }
                serve(run, message.type(), fields);
            }
        }
        return writer -> writer.begin("ok").end();
    }

    /** All nodes were asked, but it is meant for one. */
    private Function<EnvelopeWriter, ByteBuffer> serveAny(String type, Fields fields) {
        Run run = registry.findFor(fields.string("user"), fields.string("requestId"));
        if (run == null) {
            return null;
        }
        if (type.equals("cancel")) {
            run.cancel(fields.string("reason"));
        } else {
            run.foundElsewhere(0);
        }
        return writer -> writer.begin("ok").end();
    }

    private static void serve(Run run, String type, Fields fields) {
        switch (type) {
            case "cancel" -> run.cancel(fields.string("reason"));
            case "watch" -> {
                run.watched(fields.requiredString("node"));
                Long found = fields.wholeNumber("found", -1, Long.MAX_VALUE);
                run.foundElsewhere(found == null ? -1 : found);
            }
            case "unwatch" -> run.unwatched(fields.requiredString("node"));
            case "ack" -> {
                Long seq = fields.wholeNumber("seq", 0, Long.MAX_VALUE);
                run.ackedElsewhere(fields.requiredString("node"), seq == null ? 0 : seq);
            }
            default -> throw new AgentException(ErrorCode.UNKNOWN_TYPE, "A node of another version asked for " + type);
        }
    }

    /** @return completes when no run of this node goes on, or nobody else could see it, or time is up. */
    CompletableFuture<Void> finishRuns(Duration patience) {
        CompletableFuture<Void> finished = new CompletableFuture<>();
        awaitRuns(context.nanoClock().nanoTime() + patience.toNanos(), finished);
        return finished;
    }

    private void awaitRuns(long deadlineNs, CompletableFuture<Void> finished) {
        boolean isAllSaid = registry.counters().active.get() == 0 && pump.isIdle();
        boolean isOver = isAllSaid || !replication.isConnected() || context.nanoClock().nanoTime() - deadlineNs >= 0;
        if (isOver || !later(() -> awaitRuns(deadlineNs, finished), FINISH_TURN_MS)) {
            finished.complete(null);
        }
    }

    /** Has what is on its way arrive, for a while, and ends the connection. */
    void close() {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MS);
        int idleTurns = 0;
        while (replication.isConnected() && idleTurns < 2 && System.nanoTime() - deadlineNs < 0) {
            idleTurns = pump.isIdle() && registry.counters().active.get() == 0 ? idleTurns + 1 : 0;
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(CLOSE_TURN_MS));
        }
        replication.close();
    }
}

package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.RunLogStore;
import io.neurolink.agent.spi.RunReplication;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/** All runs of an endpoint: they belong to their user, not to the connection that started them. Any thread. */
final class RunRegistry {
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    private final RunContext context;
    private final AgentHandlerConfig config;
    private final RunLogStore logs;
    private final RunIndex index = new RunIndex();
    private final SessionLines sessions;
    private final KeptRuns kept;
    private final RunMemory memory;
    private final RunCounters counters = new RunCounters();
    private final QuotaBook quotas;
    private final Map<String, RunMemory.Owner> users = new ConcurrentHashMap<>();
    private final Set<Run> active = ConcurrentHashMap.newKeySet();
    /** Null without one. */
    private final RunCluster cluster;

    /**
     * @param logs        where the events of runs are kept.
     * @param replication where other nodes find them too; null = there are none.
     */
    RunRegistry(RunContext context, RunLogStore logs, RunReplication replication) {
        this.context = context;
        this.config = context.config();
        this.logs = logs;
        this.quotas = new QuotaBook(config.userQuotas(), context.nanoClock());
        this.sessions = new SessionLines(config.maxQueuedRuns());
        this.kept = new KeptRuns(context.scheduler(), context.nanoClock(), config.resumeTtl().toNanos());
        this.memory = new RunMemory(config.maxLogBytes(), config.maxUserLogBytes(), kept, context.scheduler());
        this.cluster = replication == null ? null : new RunCluster(replication, context, this);
    }

    RunCounters counters() {
        return counters;
    }

    /** @return null if there are no other nodes. */
    RunCluster cluster() {
        return cluster;
    }

    long logBytes() {
        return memory.usedBytes();
    }

    /** @return the run that a connection of this user means, or null. */
    Run find(String userId, RunStarter starter, String requestId) {
        return index.find(userId, starter, requestId);
    }

    /** @return the run that a connection of another node means, or null. */
    Run findFor(String userId, String requestId) {
        return index.findFor(userId, requestId);
    }

    /** @return why there is no such run for the user. */
    String reasonForMissing(String userId, String requestId) {
        return index.reasonForMissing(userId, requestId);
    }

    /**
     * Starts a run.
     *
     * @param use what its user has used of a quota, or null.
     * @return the run, which is to be told to start.
     * @throws AgentException {@code DUPLICATE_REQUEST} or {@code TOO_MANY_RUNS}.
     */
    Run start(String userId, RunStarter starter, UserUse use, RunRequest request) {
        if (index.isTaken(userId, starter, request.requestId(), request.fingerprint())) {
            counters.refused.increment();
            throw duplicate(request.requestId());
        }
        RunMemory.Owner owner = userId == null ? starter.owner : acquire(userId);
        try {
            reserve(owner, starter, runsAtOnce(use));
        } catch (AgentException e) {
            release(userId);
            counters.refused.increment();
            throw e;
        }
        Run run = new Run(request, new RunIdentity(userId, starter, owner, use, counters.number.incrementAndGet()), context,
                logs.open(userId, request.requestId()), memory.new Account(owner), this);
        return enter(run, request);
    }

    private Run enter(Run run, RunRequest request) {
        boolean isIndexed = false;
        try {
            isIndexed = index.add(run);
            if (!isIndexed) {
                throw duplicate(run.requestId());
            }
            SessionLines.Entry entry = sessions.enter(run.session(), run, request.overlap());
            active.add(run);
            counters.started.increment();
            run.waits(entry.isWaiting());
            entry.replaced().forEach(older -> older.cancel("replaced"));
            return run;
        } catch (RuntimeException e) {
            counters.refused.increment();
            if (isIndexed) {
                index.drop(run);
            }
            run.discard();
            unreserve(run);
            release(run.userId());
            throw e;
        }
    }

    private int runsAtOnce(UserUse use) {
        return use == null || use.quota.concurrentRuns() == 0 ? config.maxRunsPerUser() : use.quota.concurrentRuns();
    }

    private void reserve(RunMemory.Owner owner, RunStarter starter, int runsAtOnce) {
        if (starter.activeRuns.incrementAndGet() > config.maxConcurrentRuns()) {
            starter.activeRuns.decrementAndGet();
            throw tooMany("This connection has " + config.maxConcurrentRuns() + " runs going already");
        }
        if (owner.activeRuns.incrementAndGet() > runsAtOnce) {
            starter.activeRuns.decrementAndGet();
            owner.activeRuns.decrementAndGet();
            throw tooMany("This user has " + runsAtOnce + " runs going already");
        }
        if (counters.active.incrementAndGet() > config.maxRuns() || !memory.hasRoom(owner) && !memory.makeRoom(owner)) {
            counters.active.decrementAndGet();
            starter.activeRuns.decrementAndGet();
            owner.activeRuns.decrementAndGet();
            throw tooMany("The server has too many runs going");
        }
    }

    private void unreserve(Run run) {
        counters.active.decrementAndGet();
        run.starter().activeRuns.decrementAndGet();
        run.owner().activeRuns.decrementAndGet();
    }

    static AgentException duplicate(String requestId) {
        return new AgentException(ErrorCode.DUPLICATE_REQUEST, "Request " + requestId + " is known already");
    }

    private static AgentException tooMany(String text) {
        return new AgentException(ErrorCode.TOO_MANY_RUNS, text);
    }

    private RunMemory.Owner acquire(String userId) {
        return users.compute(userId, (id, known) -> {
            RunMemory.Owner owner = known == null ? new RunMemory.Owner() : known;
            owner.runs++;
            return owner;
        });
    }

    /** @return whose limits a run of another node counts for; to be released. */
    RunMemory.Owner acquireOrNew(String userId) {
        return userId == null ? new RunMemory.Owner() : acquire(userId);
    }

    /** @return what a run of another node takes here. */
    RunMemory.Account account(RunMemory.Owner owner) {
        return memory.new Account(owner);
    }

    void release(String userId) {
        if (userId != null) {
            users.computeIfPresent(userId, (id, owner) -> --owner.runs == 0 ? null : owner);
        }
    }

    /** The terminal event of a run has been appended: it takes no place among those that go on, and is kept for a while. */
    KeptRuns.Place ended(Run run) {
        active.remove(run);
        unreserve(run);
        counters.kept.incrementAndGet();
        Run next = sessions.leave(run.session(), run);
        if (next != null) {
            proceed(next);
        }
        return kept.add(run, run.owner().kept());
    }

    /** On another thread's stack, or runs that end at once would call each other. */
    private void proceed(Run next) {
        try {
            context.scheduler().execute(next::proceed);
        } catch (RejectedExecutionException e) {
            LOGGER.log(Level.DEBUG, "a run that waited is not started: the timers are stopped", e);
        }
    }

    /** Has a run told when there may be room for it. */
    void awaitRoom(ViewedRun run, RunMemory.Owner owner) {
        memory.awaitRoom(run);
        if (memory.hasRoom(owner)) {
            // What was given back before the run waited did not wake it.
            run.onRoom();
        }
    }

    /** @return what users have used. */
    QuotaBook quotas() {
        return quotas;
    }

    /** A run is none after all, as another node has one with its id; it never began. */
    void refuse(Run run) {
        counters.refused.increment();
        active.remove(run);
        index.drop(run);
        unreserve(run);
        Run next = sessions.leave(run.session(), run);
        if (next != null) {
            proceed(next);
        }
        release(run.userId());
    }

    /** @return whether the run was started by an anonymous connection that is closed, and whose client may come back for it. */
    boolean isOrphan(Run run) {
        return index.isOrphan(run);
    }

    /** A run that had ended is forgotten. */
    void forget(Run run) {
        counters.kept.decrementAndGet();
        counters.forgotten.increment();
        index.remove(run);
        release(run.userId());
    }

    /**
     * A connection is closed: its anonymous runs can be found by others.
     *
     * @param isClean whether the client closed it, who then has seen the end of every run that has ended.
     */
    void closed(RunStarter starter, boolean isClean) {
        index.close(starter, run -> !isClean || active.contains(run));
    }

    /** Ends all runs that are going on. */
    void close() {
        active.forEach(run -> run.cancel("The server is stopping"));
    }

    /** @return runs that are known. */
    int size() {
        return index.size();
    }

    /** @return sessions that have runs going. */
    int sessionCount() {
        return sessions.size();
    }
}

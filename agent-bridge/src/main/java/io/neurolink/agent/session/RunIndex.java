package io.neurolink.agent.session;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Finds runs by their id. Those of a user are found from all connections of that user. Anonymous connections share one scope, in which an
 * id need only be unique for those who are still there: what a connection started itself comes first, then the latest run of one that is
 * closed, then the latest of all. Any thread.
 */
final class RunIndex {
    private static final int REMEMBERED_IDS = 8192;

    private final Map<Key, Run> ofUsers = new ConcurrentHashMap<>();
    private final Map<String, Run> orphans = new ConcurrentHashMap<>();
    private final Map<String, Run> latest = new ConcurrentHashMap<>();
    /** How many runs have an id, whoever they belong to. */
    private final Map<String, Integer> ids = new ConcurrentHashMap<>();
    private final RecentIds forgotten = new RecentIds(REMEMBERED_IDS);

    private record Key(String userId, String requestId) {
    }

    /**
     * Whether a run may not have this id because another one has it. Among anonymous connections that is one of the same connection, or one
     * whose connection was lost and that was asked for the same: this is the request of a client that has come back.
     */
    boolean isTaken(String userId, RunStarter starter, String requestId, int fingerprint) {
        if (userId != null) {
            return ofUsers.containsKey(new Key(userId, requestId));
        }
        Run orphan = orphans.get(requestId);
        return starter.anonymousRuns.containsKey(requestId) || orphan != null && orphan.fingerprint() == fingerprint;
    }

    /** @return false if its id is taken. */
    boolean add(Run run) {
        if (run.userId() == null) {
            if (isTaken(null, run.starter(), run.requestId(), run.fingerprint())) {
                return false;
            }
            run.starter().anonymousRuns.put(run.requestId(), run);
            latest.put(run.requestId(), run);
        } else if (ofUsers.putIfAbsent(new Key(run.userId(), run.requestId()), run) != null) {
            return false;
        }
        ids.merge(run.requestId(), 1, Integer::sum);
        return true;
    }

    /** @return the run that a connection means, or null. */
    Run find(String userId, RunStarter starter, String requestId) {
        if (userId != null) {
            return ofUsers.get(new Key(userId, requestId));
        }
        Run own = starter.anonymousRuns.get(requestId);
        return own == null ? findFor(null, requestId) : own;
    }

    /** @return the run that a connection of another node means, or null. */
    Run findFor(String userId, String requestId) {
        if (userId != null) {
            return ofUsers.get(new Key(userId, requestId));
        }
        Run orphan = orphans.get(requestId);
        return orphan == null ? latest.get(requestId) : orphan;
    }

    /** @return why there is no such run for the user. */
    String reasonForMissing(String userId, String requestId) {
        if (forgotten.contains(nameOf(userId, requestId))) {
            return ResumeMessages.EXPIRED;
        }
        return ids.containsKey(requestId) ? ResumeMessages.FORBIDDEN : ResumeMessages.UNKNOWN;
    }

    /** Forgets a run, but for its id. */
    void remove(Run run) {
        forgotten.add(nameOf(run.userId(), run.requestId()));
        drop(run);
    }

    /** Takes out a run that was added and did not start after all. */
    void drop(Run run) {
        String requestId = run.requestId();
        if (run.userId() == null) {
            run.starter().anonymousRuns.remove(requestId, run);
            orphans.remove(requestId, run);
            latest.remove(requestId, run);
        } else {
            ofUsers.remove(new Key(run.userId(), requestId), run);
        }
        ids.computeIfPresent(requestId, (id, count) -> count == 1 ? null : count - 1);
    }

    /**
     * A connection is closed: its anonymous runs can be found by other connections.
     *
     * @param isOrphan whether a run's client may come back for it; the ids of all others may be used again.
     */
    void close(RunStarter starter, Predicate<Run> isOrphan) {
        starter.anonymousRuns.forEach((requestId, run) -> {
            if (!isOrphan.test(run)) {
                return;
            }
            orphans.merge(requestId, run, (one, other) -> one.number() > other.number() ? one : other);
            if (!starter.anonymousRuns.containsKey(requestId)) {
                // It was forgotten meanwhile.
                orphans.remove(requestId, run);
            }
        });
    }

    /** @return whether a client may come back for an anonymous run whose connection is closed. */
    boolean isOrphan(Run run) {
        return orphans.get(run.requestId()) == run;
    }

    /** @return runs that are known, ended ones included. */
    int size() {
        return ids.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static String nameOf(String userId, String requestId) {
        return (userId == null ? "" : userId) + '\n' + requestId;
    }
}

package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Which runs of a session are going on and which wait for them. Any thread. */
final class SessionLines {
    private final int maxQueued;
    private final ConcurrentMap<Key, Line> lines = new ConcurrentHashMap<>();

    /** Names a session. */
    record Key(String userId, String sessionId) {
    }

    /**
     * What a run that has entered a session is to do.
     *
     * @param isWaiting whether it must not start before it is told.
     * @param replaced  runs that are to be cancelled for it.
     */
    record Entry(boolean isWaiting, List<Run> replaced) {
        static final Entry FREE = new Entry(false, List.of());
    }

    /** Touched inside of the map's compute only, which makes changes one by one. */
    private static final class Line {
        private final List<Run> going = new ArrayList<>(1);
        private final ArrayDeque<Run> waiting = new ArrayDeque<>(1);
    }

    /**
     * @param maxQueued runs of a session that may wait.
     */
    SessionLines(int maxQueued) {
        this.maxQueued = maxQueued;
    }

    /**
     * A run begins.
     *
     * @throws AgentException {@code TOO_MANY_RUNS} if it must not; then it has not entered.
     */
    Entry enter(Key session, Run run, Overlap overlap) {
        if (session == null) {
            return Entry.FREE;
        }
        Entry[] entry = new Entry[1];
        lines.compute(session, (key, known) -> {
            Line line = known == null ? new Line() : known;
            entry[0] = enter(line, run, overlap);
            return line;
        });
        return entry[0];
    }

    private Entry enter(Line line, Run run, Overlap overlap) {
        if (overlap == Overlap.PARALLEL || line.going.isEmpty()) {
            line.going.add(run);
            return Entry.FREE;
        }
        if (overlap == Overlap.REJECT) {
            throw new AgentException(ErrorCode.TOO_MANY_RUNS, "The session has a run going");
        }
        List<Run> replaced = new ArrayList<>();
        if (overlap == Overlap.REPLACE) {
            replaced.addAll(line.going);
            replaced.addAll(line.waiting);
        } else if (line.waiting.size() >= maxQueued) {
            throw new AgentException(ErrorCode.TOO_MANY_RUNS, "The session has " + maxQueued + " runs waiting already");
        }
        line.waiting.addLast(run);
        return new Entry(true, replaced);
    }

    /** @return the run that is to start because this one has ended, or null. */
    Run leave(Key session, Run run) {
        if (session == null) {
            return null;
        }
        Run[] next = new Run[1];
        lines.computeIfPresent(session, (key, line) -> {
            if (!line.going.remove(run)) {
                line.waiting.remove(run);
            }
            if (line.going.isEmpty() && !line.waiting.isEmpty()) {
                next[0] = line.waiting.removeFirst();
                line.going.add(next[0]);
            }
            return line.going.isEmpty() ? null : line;
        });
        return next[0];
    }

    int size() {
        return lines.size();
    }
}

package io.neurolink.engine.loop;

import io.neurolink.engine.transport.TransportOwner;
import java.util.ArrayDeque;
import org.agrona.concurrent.NanoClock;

/**
 * Keeps those who ask for much from delaying those who ask for little. A turn of the loop serves ready connections as the poller names
 * them, as long as each is quick: one read of {@link #LIGHT_READ_LENGTH} and {@link #QUICK_WORK} at most. Whoever has more than that, and
 * whoever is not upgraded yet, stands in this line, first come, first served, {@link #LINE_WORK} at a time. The line gets a share of each
 * turn: {@link #TURN_WORK}, or a quarter of what all the others take together where that is more, so that nobody starves; and never for
 * longer than {@link #TURN_NS}, but for one of those who stand in it.
 *
 * <p>Work is estimated from what is done, in units that are about a nanosecond of a warm server. The time is looked at between two of the
 * line because a server that is not warm yet, or that others keep from running, takes much more for the same. The loop's thread only.
 */
final class Backlog {
    /** A read that brings less leaves its connection among the quick ones. */
    static final int LIGHT_READ_LENGTH = 128 * 1024;

    /** What the frames of a quick connection may cost: those behind them wait in line. */
    static final int QUICK_WORK = 12_800;

    /** What the frames of a connection may cost when its turn in the line comes. */
    static final int LINE_WORK = 25_600;

    private static final int FRAME_WORK = 100;
    private static final int READ_WORK = 2000;
    private static final int OTHERS_PER_LINE = 4;
    private static final int REQUEST_WORK = 20_000;
    private static final int READ_BYTES_SHIFT = 3;
    private static final int INFLATED_BYTES_SHIFT = 1;
    private static final long TURN_WORK = 1_000_000;
    private static final long TURN_NS = 1_000_000;

    private final NanoClock clock;
    private final ArrayDeque<Waiting> line = new ArrayDeque<>();
    private boolean isServing;
    private long work;

    /** Who stands in the line. */
    interface Waiting extends TransportOwner {
        /** @return whether it did not stand in the line yet; from now on it does. */
        boolean enterLine();

        /** It is its turn, and it stands in the line no longer. */
        void onTurn();
    }

    Backlog(NanoClock clock) {
        this.clock = clock;
    }

    void beginTurn() {
        work = 0;
    }

    void didRead(int byteCount) {
        work += READ_WORK + (byteCount >> READ_BYTES_SHIFT);
    }

    void didFrame() {
        work += FRAME_WORK;
    }

    void didInflate(int byteCount) {
        work += byteCount >> INFLATED_BYTES_SHIFT;
    }

    void didRequest() {
        work += REQUEST_WORK;
    }

    /** @return what the frames may cost of the connection that is served now. */
    int share() {
        return isServing ? LINE_WORK : QUICK_WORK;
    }

    /** @return what was done in this turn up to now. */
    long work() {
        return work;
    }

    /** @return whether enough was done in this turn for those whose next message may cost anything. */
    boolean isTurnFull() {
        return work >= TURN_WORK;
    }

    void add(Waiting waiting) {
        if (waiting.enterLine()) {
            line.addLast(waiting);
        }
    }

    boolean isEmpty() {
        return line.isEmpty();
    }

    /** Serves those who stand in the line now, as far as this turn goes, and at least one. @return how many */
    int serve() {
        int count = line.size();
        if (count == 0) {
            return 0;
        }
        long workLimit = work + Math.max(TURN_WORK, work / OTHERS_PER_LINE);
        long beginNs = clock.nanoTime();
        int served = 0;
        isServing = true;
        do {
            serve(line.pollFirst());
            served++;
        } while (served < count && work < workLimit && clock.nanoTime() - beginNs < TURN_NS);
        isServing = false;
        return served;
    }

    private static void serve(Waiting waiting) {
        try {
            waiting.onTurn();
        } catch (Throwable t) {
            waiting.onTransportError(t);
        }
    }

    /** The loop ends, and its connections have: what is kept for them is let go. */
    void close() {
        while (!line.isEmpty()) {
            serve(line.pollFirst());
        }
    }
}

package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.protocol.CloseCode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Closes the connections of a loop whose server is about to end, bit by bit. Each goes this way:
 *
 * <pre>
 *   told ─▶ WAITING ──handler has heard it, not busy, its share of the window has come──▶ CLOSING ──▶ gone
 *              │                                                                     ▲       │ close timeout
 *              └──deadline: told once more; not busy, or half of the close timeout───┘       └──────────────▶ cut
 * </pre>
 *
 * A timer of the loop brings a turn every few milliseconds; nobody waits. No connection is added meanwhile, as upgrades are refused before
 * this begins. All of it happens on the loop's thread.
 */
public final class LoopDrain implements TimerOwner {
    private static final long TURN_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Connections told at once; then the loop has a turn for others. */
    private static final int NOTICE_BATCH = 256;

    /** Its multiples, without their whole part, fill the range from 0 to 1 evenly, in an order that is not that of the closes. */
    private static final double GOLDEN_RATIO = 0.6180339887498949;

    /**
     * What became of the connections.
     *
     * @param left        those that went before they were closed
     * @param closed      those whose closing handshake was completed
     * @param cut         those that did not manage that in time, or whose line broke
     * @param interrupted those among the closed and the cut that were busy
     */
    public record Tally(int left, int closed, int cut, int interrupted) {
    }

    private final EventLoop loop;
    private final DrainPlan plan;
    private final CompletableFuture<Tally> done = new CompletableFuture<>();
    private final ArrayDeque<LoopConnection> waiting = new ArrayDeque<>();
    private final List<LoopConnection> closing = new ArrayList<>();

    private int openCount;
    private double share;
    private double shareLimit;
    private double sharePerNs;
    private long turnedNs;
    private long deadlineNs;
    private long lastWordsNs;
    private long endNs;
    private boolean hasDeadline;
    private boolean isHurried;
    private boolean isOver;
    private int left;
    private int closed;
    private int cut;
    private int interrupted;

    /**
     * @param loop whose connections.
     * @param plan how.
     */
    public LoopDrain(EventLoop loop, DrainPlan plan) {
        this.loop = loop;
        this.plan = plan;
    }

    /** @return completes when no connection is left; on the loop's thread, so that nothing may wait for it there. */
    public CompletableFuture<Tally> done() {
        return done;
    }

    /** Begins; any thread. */
    public void start() {
        loop.proxy().executeUrgently(this::begin);
    }

    /**
     * There is no time any more: all connections are closed now, and what is left is cut soon; any thread. Nobody gets more time by this.
     *
     * @param closeTimeoutNs time for last words and closing handshakes.
     */
    public void hurry(long closeTimeoutNs) {
        loop.proxy().executeUrgently(() -> onHurry(closeTimeoutNs));
    }

    /** The loop is about to end, late or not: what is left is cut now, and counted; any thread. */
    public void end() {
        loop.proxy().executeUrgently(this::onEnd);
    }

    private void begin() {
        long nowNs = loop.nowNs();
        for (Endpoint endpoint : loop.wiring().endpoints()) {
            loop.members(endpoint).forEach(waiting::add);
        }
        openCount = waiting.size();
        turnedNs = nowNs;
        sharePerNs = plan.windowNs() == 0 ? 0 : (double) openCount / plan.windowNs();
        shareLimit = Math.max(1, sharePerNs * 2 * TURN_NS);
        share = 1;
        deadline(nowNs + plan.timeoutNs(), plan.closeTimeoutNs());
        tell(List.copyOf(waiting), 0);
        turn();
    }

    /** What is sooner counts. */
    private void deadline(long newDeadlineNs, long closeTimeoutNs) {
        deadlineNs = sooner(deadlineNs, newDeadlineNs);
        lastWordsNs = sooner(lastWordsNs, newDeadlineNs + closeTimeoutNs / 2);
        endNs = sooner(endNs, newDeadlineNs + closeTimeoutNs);
        hasDeadline = true;
    }

    private long sooner(long knownNs, long newNs) {
        return hasDeadline && knownNs - newNs < 0 ? knownNs : newNs;
    }

    private void onHurry(long closeTimeoutNs) {
        if (!isHurried) {
            isHurried = true;
            deadline(loop.nowNs(), closeTimeoutNs);
        }
    }

    private void onEnd() {
        deadline(loop.nowNs(), 0);
        turn();
    }

    // ------------------------------------------------------------------ telling

    private void tell(List<LoopConnection> connections, int from) {
        int to = Math.min(connections.size(), from + NOTICE_BATCH);
        for (int i = from; i < to; i++) {
            tell(connections.get(i), i);
        }
        if (to < connections.size()) {
            loop.proxy().executeUrgently(() -> tell(connections, to));
        }
    }

    private void tell(LoopConnection connection, int number) {
        if (connection.state() == ConnectionState.OPEN) {
            double place = number * GOLDEN_RATIO % 1;
            long reconnectAfterNs = plan.reconnectAfterNs() + (long) (place * plan.windowNs());
            Duration timeLeft = Duration.ofNanos(Math.max(1, deadlineNs - loop.nowNs()));
            connection.delivery().drain(new DrainNotice(Duration.ofNanos(reconnectAfterNs), timeLeft));
        }
    }

    private void tellLast() {
        for (LoopConnection connection : waiting) {
            if (connection.state() == ConnectionState.OPEN && isBusy(connection)) {
                connection.delivery().drain(new DrainNotice(Duration.ofNanos(plan.reconnectAfterNs()), Duration.ZERO));
            }
        }
    }

    // ------------------------------------------------------------------ closing

    @Override
    public void onTimer(long timerId, int kind, long nowNs) {
        // As a command, which comes after what workers have handed over.
        loop.proxy().executeUrgently(this::turn);
    }

    private void turn() {
        if (done.isDone()) {
            return;
        }
        long nowNs = loop.nowNs();
        share = Math.min(shareLimit, share + (nowNs - turnedNs) * sharePerNs);
        turnedNs = nowNs;
        if (!isOver && nowNs - deadlineNs >= 0) {
            isOver = true;
            tellLast();
        }
        closeSome(nowNs);
        countGone();
        if (nowNs - endNs >= 0) {
            cutRest();
        }
        if (waiting.isEmpty() && closing.isEmpty()) {
            done.complete(new Tally(left, closed, cut, interrupted));
        } else {
            loop.timers().schedule(nowNs + TURN_NS, this, 0);
        }
    }

    private void closeSome(long nowNs) {
        List<LoopConnection> chosen = new ArrayList<>();
        boolean isUnlimited = isOver || sharePerNs == 0;
        for (int i = waiting.size(); i > 0 && (isUnlimited || share >= 1); i--) {
            LoopConnection connection = waiting.pollFirst();
            if (connection.state() == ConnectionState.CLOSED) {
                left++;
            } else if (mayClose(connection, nowNs)) {
                share--;
                connection.shutVolatile();
                chosen.add(connection);
            } else {
                waiting.addLast(connection);
            }
        }
        if (!chosen.isEmpty()) {
            closing.addAll(chosen);
            // What was accepted until just now is in a lane, or in the queue of commands, and goes first.
            loop.proxy().executeUrgently(() -> chosen.forEach(connection -> connection.ending().close(plan.code(), plan.reason())));
        }
    }

    private boolean mayClose(LoopConnection connection, long nowNs) {
        if (connection.isShutVolatile()) {
            // Its peer or the application is closing it already.
            return false;
        }
        boolean isAtWork = !connection.isNoticedVolatile() || isBusy(connection);
        if (isAtWork && isOver && nowNs - lastWordsNs >= 0) {
            interrupted += isBusy(connection) ? 1 : 0;
            return true;
        }
        return !isAtWork;
    }

    private boolean isBusy(LoopConnection connection) {
        try {
            return connection.handler().isBusy(connection);
        } catch (Throwable t) {
            loop.handlerErrors().onError(t);
            return false;
        }
    }

    // ------------------------------------------------------------------ what became of them

    private void countGone() {
        if (isEverybodyGone()) {
            left += waiting.size();
            waiting.clear();
        }
        closing.removeIf(connection -> {
            boolean isGone = connection.state() == ConnectionState.CLOSED;
            if (isGone) {
                count(connection);
            }
            return isGone;
        });
    }

    private boolean isEverybodyGone() {
        for (Endpoint endpoint : loop.wiring().endpoints()) {
            if (loop.members(endpoint).size() > 0) {
                return false;
            }
        }
        return true;
    }

    private void count(LoopConnection connection) {
        if (connection.ending().code() == CloseCode.ABNORMAL) {
            cut++;
        } else {
            closed++;
        }
    }

    /** A loop that was late may have told nobody yet, so that everybody gets a close frame, if only just now. */
    private void cutRest() {
        waiting.forEach(connection -> {
            if (connection.state() == ConnectionState.CLOSED) {
                left++;
            } else {
                interrupted += isBusy(connection) ? 1 : 0;
                closing.add(connection);
            }
        });
        waiting.clear();
        closing.forEach(connection -> {
            connection.ending().cut(plan.code(), plan.reason());
            count(connection);
        });
        closing.clear();
    }
}

package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Those who look at one run. Each reads the log at its own pace: one that is current is sent every event when it is appended, one that
 * fell behind goes on when its connection says so, with chunks joined. {@link #signal} is for any thread; all else for whoever has the
 * run's gate.
 */
final class RunViewers {
    /** Told of viewers that are none any more. */
    interface Listener {
        /** It has been sent everything, its connection is closed, or it was detached. */
        void left(RunViewer viewer);

        /** It was detached because its connection can never take an event; its cursor is that event's seq. */
        void unsendable(RunViewer viewer);
    }

    /** What became of the messages for a viewer. */
    private enum Outcome {
        CURRENT, BUSY, CLOSED, UNSENDABLE
    }

    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    private final RunJournal journal;
    private final RunContext context;
    private final byte[] chunkHead;
    private final Listener listener;
    private final List<RunViewer> viewers = new ArrayList<>(1);
    private final ConcurrentLinkedQueue<RunViewer> signalled = new ConcurrentLinkedQueue<>();
    private long deliveredSeq;
    /** Where those stand who look at the run on other nodes, if somebody does. */
    private boolean isWatchedElsewhere;
    private long cursorElsewhere;
    private long ackElsewhere;
    private boolean isOver;

    RunViewers(String requestId, RunJournal journal, RunContext context, Listener listener) {
        this.journal = journal;
        this.context = context;
        this.chunkHead = chunkHead(requestId);
        this.listener = listener;
    }

    private byte[] chunkHead(String requestId) {
        EnvelopeWriter writer = context.writers().borrow();
        try {
            return RunFrames.chunkHead(writer, requestId);
        } finally {
            context.writers().giveBack(writer);
        }
    }

    /** Has a viewer looked at with the next delivery: its connection takes more, or is gone. Any thread. */
    void signal(RunViewer viewer) {
        if (viewer.isSignalled.compareAndSet(false, true)) {
            signalled.add(viewer);
        }
    }

    int count() {
        return viewers.size();
    }

    /** Adds a viewer that is to be sent what is ahead of it and the events after its cursor. */
    void attach(RunViewer viewer) {
        viewer.place(viewers.size());
        viewers.add(viewer);
        signal(viewer);
    }

    /** Removes a viewer. */
    void detach(RunViewer viewer) {
        RunViewer last = viewers.remove(viewers.size() - 1);
        if (last != viewer) {
            viewers.set(viewer.place(), last);
            last.place(viewer.place());
        }
        viewer.place(-1);
        viewer.current(false);
        listener.left(viewer);
    }

    /** The terminal event has been appended: who has been sent everything is done. */
    void over() {
        isOver = true;
    }

    /** Sends to each what it takes and has not been sent. */
    void deliver() {
        boolean isNew = journal.lastSeq() > deliveredSeq;
        if (!isNew && signalled.isEmpty()) {
            return;
        }
        RunFrames frames = context.frames().borrow();
        frames.begin(journal.log(), chunkHead, context.config().maxJoinedBytes());
        try {
            deliveredSeq = journal.lastSeq();
            if (isNew) {
                deliverToCurrent(frames);
            }
            deliverToSignalled(frames);
        } finally {
            frames.end();
            context.frames().giveBack(frames);
        }
    }

    private void deliverToCurrent(RunFrames frames) {
        for (int i = viewers.size() - 1; i >= 0; i--) {
            RunViewer viewer = viewers.get(i);
            if (viewer.isCurrent()) {
                deliver(viewer, frames);
            }
        }
    }

    private void deliverToSignalled(RunFrames frames) {
        RunViewer viewer = signalled.poll();
        while (viewer != null) {
            viewer.isSignalled.set(false);
            if (viewer.isAttached()) {
                deliver(viewer, frames);
            }
            viewer = signalled.poll();
        }
    }

    private void deliver(RunViewer viewer, RunFrames frames) {
        Outcome outcome = viewer.isGone.get() ? Outcome.CLOSED : send(viewer, frames);
        viewer.current(outcome == Outcome.CURRENT);
        if (outcome == Outcome.CURRENT && isOver || outcome == Outcome.CLOSED) {
            detach(viewer);
        } else if (outcome == Outcome.UNSENDABLE) {
            viewer.cursor(frames.builtTo());
            detach(viewer);
            listener.unsendable(viewer);
        }
    }

    private Outcome send(RunViewer viewer, RunFrames frames) {
        WebSocketConnection connection = viewer.connection();
        Outcome outcome = readiness(connection);
        while (outcome == Outcome.CURRENT && viewer.nextAhead() != null) {
            if (send(connection, ByteBuffer.wrap(viewer.nextAhead())) == Outcome.BUSY) {
                return Outcome.BUSY;
            }
            viewer.aheadSent();
            outcome = readiness(connection);
        }
        while (outcome == Outcome.CURRENT && viewer.cursor() < journal.lastSeq()) {
            outcome = send(connection, frames.messageAfter(viewer.cursor()));
            if (outcome == Outcome.CURRENT) {
                viewer.cursor(frames.builtTo());
                outcome = viewer.cursor() < journal.lastSeq() ? readiness(connection) : outcome;
            }
        }
        return outcome;
    }

    /** A message is not even built for a connection that does not take it. */
    private static Outcome readiness(WebSocketConnection connection) {
        return connection.isWritable() ? Outcome.CURRENT : connection.isOpen() ? Outcome.BUSY : Outcome.CLOSED;
    }

    private static Outcome send(WebSocketConnection connection, ByteBuffer message) {
        SendResult result;
        try {
            result = connection.sendText(message);
        } catch (RuntimeException e) {
            LOGGER.log(Level.WARNING, "an event of " + message.remaining() + " bytes cannot be sent to " + connection.id(), e);
            return Outcome.UNSENDABLE;
        }
        return switch (result) {
            case ACCEPTED -> Outcome.CURRENT;
            case BACK_PRESSURED -> Outcome.BUSY;
            case DROPPED -> connection.isWritable() ? Outcome.UNSENDABLE : Outcome.BUSY;
            case CLOSED -> Outcome.CLOSED;
        };
    }

    /** Sends a message that belongs to no event to those who are current and take it. */
    void sendToCurrent(ByteBuffer message) {
        for (RunViewer viewer : viewers) {
            if (viewer.isCurrent() && viewer.connection().isWritable()) {
                send(viewer.connection(), message);
            }
        }
    }

    /**
     * Counts those who look at the run on other nodes: they have been sent what is replicated.
     *
     * @param isWatched whether there are any.
     */
    void elsewhere(boolean isWatched, long replicatedSeq, long ackedSeq) {
        isWatchedElsewhere = isWatched;
        cursorElsewhere = isWatched ? replicatedSeq : 0;
        ackElsewhere = ackedSeq;
    }

    /** @return whether nobody looks, neither here nor on other nodes. */
    boolean isEmpty() {
        return viewers.isEmpty() && !isWatchedElsewhere;
    }

    /** @return seq of the last event that every viewer has been sent; 0 without viewers. */
    long lowestCursor() {
        long lowest = viewers.isEmpty() ? cursorElsewhere : Long.MAX_VALUE;
        for (RunViewer viewer : viewers) {
            lowest = Math.min(lowest, viewer.cursor());
        }
        return lowest;
    }

    /** @return seq of the last event that every viewer has acknowledged; {@code ifNone} without viewers. */
    long lowestAck(long ifNone) {
        long lowest = isWatchedElsewhere ? Math.min(ifNone, ackElsewhere) : ifNone;
        for (RunViewer viewer : viewers) {
            lowest = Math.min(lowest, viewer.ackedSeq());
        }
        return lowest;
    }

    /** @return whether someone has been sent everything. */
    boolean isSomeoneCurrent() {
        for (RunViewer viewer : viewers) {
            if (viewer.isCurrent()) {
                return true;
            }
        }
        return false;
    }

    /** Detaches those who have been sent no more than an event. */
    List<RunViewer> detachUpTo(long seq) {
        List<RunViewer> detached = new ArrayList<>();
        for (int i = viewers.size() - 1; i >= 0; i--) {
            RunViewer viewer = viewers.get(i);
            if (viewer.cursor() <= seq) {
                detach(viewer);
                detached.add(viewer);
            }
        }
        return detached;
    }
}

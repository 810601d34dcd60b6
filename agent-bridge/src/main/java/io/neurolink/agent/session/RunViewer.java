package io.neurolink.agent.session;

import io.neurolink.engine.spi.WebSocketConnection;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One connection that looks at one run: a cursor into the run's log, and what is to be sent before the log goes on. All but the flags that
 * the connection sets belongs to whoever has the run's gate.
 */
final class RunViewer {
    final AgentConnection client;
    /** The viewer is among those to be looked at. */
    final AtomicBoolean isSignalled = new AtomicBoolean();
    /** The connection is closed. */
    final AtomicBoolean isGone = new AtomicBoolean();

    /** Messages that come before the next event: {@code accepted}, {@code resumed}, approvals that are asked for again. */
    private final ArrayDeque<byte[]> ahead = new ArrayDeque<>(2);
    /** Place among the run's viewers, or -1. */
    private int place = -1;
    private boolean isCurrent;
    private long cursor;
    private long ackedSeq;

    RunViewer(AgentConnection client) {
        this.client = client;
    }

    WebSocketConnection connection() {
        return client.connection;
    }

    boolean isAttached() {
        return place >= 0;
    }

    int place() {
        return place;
    }

    void place(int newPlace) {
        place = newPlace;
    }

    /** @return whether it has been sent everything there was, and is sent what comes next at once. */
    boolean isCurrent() {
        return isCurrent;
    }

    void current(boolean isCurrentNow) {
        isCurrent = isCurrentNow;
    }

    /** @return seq of the last event that was sent. */
    long cursor() {
        return cursor;
    }

    void cursor(long newCursor) {
        cursor = newCursor;
    }

    long ackedSeq() {
        return ackedSeq;
    }

    /** Acknowledges events; those that were not sent do not count. */
    void ack(long seq) {
        ackedSeq = Math.max(ackedSeq, Math.min(seq, cursor));
    }

    /** Begins anew after an event. */
    void restart(long after) {
        cursor = after;
        ackedSeq = 0;
        isCurrent = false;
        ahead.clear();
    }

    /** Has a message sent before the next event; it is copied. */
    void sendAhead(ByteBuffer message) {
        byte[] copy = new byte[message.remaining()];
        message.get(message.position(), copy);
        ahead.addLast(copy);
    }

    byte[] nextAhead() {
        return ahead.peekFirst();
    }

    void aheadSent() {
        ahead.removeFirst();
    }
}

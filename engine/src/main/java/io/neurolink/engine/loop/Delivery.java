package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * Brings the events of a connection to its handler, in order. While the dispatch has no room, or the peer has to pause, the connection is
 * stalled: it is not read, and what came already waits in a {@link Stall}. Events go on being delivered during a pause.
 */
final class Delivery implements TimerOwner {
    private final LoopConnection connection;
    private final EventLoop loop;
    private final Dispatch dispatch;

    /** Null unless stalled. */
    private Stall stall;

    Delivery(LoopConnection connection, EventLoop loop, Dispatch dispatch) {
        this.connection = connection;
        this.loop = loop;
        this.dispatch = dispatch;
    }

    boolean isStalled() {
        return stall != null;
    }

    void open() {
        deliver(() -> dispatch.onOpen(connection));
    }

    void message(int opcode, ByteBuffer bytes, int position, int length) {
        long nowMs = loop.nowMs();
        if (!hasWaiting() && dispatch.onMessage(connection, opcode, nowMs, bytes, position, length)) {
            return;
        }
        ByteBuffer copy = ByteBuffer.allocate(length).put(0, bytes, position, length);
        stallFor(() -> dispatch.onMessage(connection, opcode, nowMs, copy, 0, length));
        count(length);
    }

    void error(Throwable error) {
        deliver(() -> dispatch.onError(connection, error));
    }

    void writable() {
        deliver(() -> dispatch.onWritable(connection));
    }

    /** Asks for {@link Ending#onSettled()} once the handler has handled what was delivered before. */
    void settle() {
        deliver(() -> dispatch.onSettle(connection));
    }

    void close() {
        deliver(() -> dispatch.onClose(connection));
    }

    private boolean hasWaiting() {
        return stall != null && stall.hasEvents();
    }

    private void deliver(BooleanSupplier event) {
        if (hasWaiting() || !event.getAsBoolean()) {
            stallFor(event);
        }
    }

    private void stallFor(BooleanSupplier event) {
        stopReading();
        if (!stall.hasEvents()) {
            loop.addStalled(connection);
        }
        stall.add(event);
    }

    private void stopReading() {
        if (stall == null) {
            stall = new Stall();
            loop.counters.increment(EngineCounter.READS_PAUSED);
            connection.transport().wantReadable(false);
        }
    }

    /** The peer is not read for some time. */
    void pause(long durationNs) {
        stopReading();
        loop.timers().cancel(stall.timerId);
        stall.timerId = loop.timers().schedule(loop.nowNs() + durationNs, this, 0);
    }

    /** A pause serves nobody any more; it ends with the next turn of the timers, or now if the connection is gone. */
    void endPause() {
        if (stall != null && stall.isPaused()) {
            loop.timers().cancel(stall.timerId);
            if (connection.state() == ConnectionState.CLOSED) {
                onTimer(stall.timerId, 0, loop.nowNs());
            } else {
                stall.timerId = loop.timers().schedule(loop.nowNs(), this, 0);
            }
        }
    }

    @Override
    public void onTimer(long timerId, int kind, long nowNs) {
        stall.timerId = Timers.NO_TIMER;
        if (!stall.hasEvents()) {
            resume();
        }
    }

    /** Keeps bytes that came behind the message that found no room. */
    void hold(ByteBuffer bytes, int position, int limit) {
        stall.hold(bytes, position, limit);
        count(limit - position);
    }

    private void count(long bytes) {
        stall.bytes += bytes;
        loop.counters.add(EngineCounter.HELD_BYTES, bytes);
    }

    /** Forgets the bytes held back. */
    void dropHeld() {
        if (stall != null) {
            count(-stall.dropHeld());
        }
    }

    /** Bytes that wait here and at the dispatch. */
    long heldBytes() {
        return (stall == null ? 0 : stall.bytes) + dispatch.waitingBytes(connection);
    }

    /** @return whether all events that waited were taken; the connection may be stalled anew by what came behind them. */
    boolean retry() {
        if (!stall.retry()) {
            return false;
        }
        if (!stall.isPaused()) {
            resume();
        }
        return true;
    }

    /** The loop ends: what is still here is left to those who run the handler. */
    void leave() {
        count(-stall.bytes);
        loop.counters.increment(EngineCounter.READS_RESUMED);
        dispatch.leave(connection, stall::retry);
    }

    private void resume() {
        ByteBuffer held = stall.held();
        count(-stall.bytes);
        stall = null;
        loop.counters.increment(EngineCounter.READS_RESUMED);
        if (held != null && connection.state() != ConnectionState.CLOSED) {
            loop.readSide().process(connection, held);
        }
        if (stall == null && connection.state() != ConnectionState.CLOSED) {
            connection.transport().wantReadable(true);
        }
    }
}

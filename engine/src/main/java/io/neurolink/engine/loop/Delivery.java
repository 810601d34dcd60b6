package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameBuffer;
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

    void endTurn() {
        dispatch.onTurnEnd();
    }

    void error(Throwable error) {
        deliver(() -> dispatch.onError(connection, error));
    }

    void writable() {
        deliver(() -> dispatch.onWritable(connection));
    }

    void drain(DrainNotice notice) {
        deliver(() -> dispatch.onDrain(connection, notice));
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
        pauseReading();
        if (!stall.hasEvents()) {
            loop.addStalled(connection);
        }
        stall.add(event);
    }

    private void stopReading() {
        if (stall == null) {
            stall = new Stall();
            connection.transport().wantReadable(false);
        }
    }

    private void pauseReading() {
        stopReading();
        if (!stall.isCounted) {
            stall.isCounted = true;
            loop.counters.increment(EngineCounter.READS_PAUSED);
        }
    }

    private void countResumed() {
        if (stall.isCounted) {
            loop.counters.increment(EngineCounter.READS_RESUMED);
        }
    }

    /** The peer is not read for some time. */
    void pause(long durationNs) {
        pauseReading();
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
        resumeIfOver();
    }

    /** Keeps bytes that came behind the message that found no room. */
    void hold(ByteBuffer bytes, int position, int limit, boolean isReadFull) {
        count(stall.hold(bytes, position, limit));
        stall.isReadFull = isReadFull;
    }

    /** The same for bytes that were held before, up to the end of their buffer. */
    void holdAgain(FrameBuffer held, int position, boolean isReadFull) {
        count(stall.holdAgain(held, position));
        stall.isReadFull = isReadFull;
    }

    /** Enough was done for this connection in this turn of the loop; the rest of what was read, which is held next, waits for another. */
    void yieldTurn() {
        loop.counters.increment(EngineCounter.TURNS_YIELDED);
        stopReading();
        stall.isYielding = true;
        loop.backlog().add(connection);
    }

    /** It is this connection's turn again. @return whether something was left of the one before */
    boolean endYield() {
        boolean wasYielding = stall != null && stall.isYielding;
        if (wasYielding) {
            stall.isYielding = false;
            resumeIfOver();
        }
        return wasYielding;
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
        resumeIfOver();
        return true;
    }

    /** The loop ends: what is still here is left to those who run the handler. */
    void leave() {
        count(-stall.bytes);
        countResumed();
        dispatch.leave(connection, stall::retry);
    }

    private void resumeIfOver() {
        if (stall.isOver()) {
            resume(stall);
        }
    }

    private void resume(Stall over) {
        count(-over.bytes);
        countResumed();
        stall = null;
        if (over.held() != null && connection.state() != ConnectionState.CLOSED) {
            loop.readSide().processHeld(connection, over);
        }
        if (stall == null && connection.state() != ConnectionState.CLOSED) {
            connection.transport().wantReadable(true);
        }
    }
}

package io.neurolink.engine.loop;

import io.neurolink.engine.duty.Timers;
import io.neurolink.protocol.FrameBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;

/**
 * What a connection keeps while it is not read: the events its dispatch had no room for, in order, the bytes that came behind them or are
 * left for its next turn, and the timer of a pause. This is one message, a few events and at most one receive buffer; TCP slows the peer
 * down.
 */
final class Stall {
    private final ArrayDeque<BooleanSupplier> events = new ArrayDeque<>(2);
    private FrameBuffer held;
    private int heldPosition;

    /** Ends a pause; {@link Timers#NO_TIMER} if there is none. */
    long timerId = Timers.NO_TIMER;

    /** Whether the connection has had its share of this turn of the loop. */
    boolean isYielding;

    /** Whether the socket may have held more than what is held here. */
    boolean isReadFull;

    /** Whether it was counted as a pause, which having had one's share is not. */
    boolean isCounted;

    /** Bytes that wait here. */
    long bytes;

    void add(BooleanSupplier event) {
        events.addLast(event);
    }

    /** Copies the bytes, which may lie in the receive buffer. @return how many */
    int hold(ByteBuffer bytes, int position, int limit) {
        if (position < limit) {
            held = FrameBuffer.wrap(ByteBuffer.allocate(limit - position).put(0, bytes, position, limit - position));
        }
        return limit - position;
    }

    /** Keeps the rest of what was held before, up to its end. @return how many bytes that takes */
    int holdAgain(FrameBuffer before, int position) {
        held = before;
        heldPosition = position;
        return before.capacity();
    }

    /** Forgets the bytes held back: nobody wants them any more. @return how many */
    int dropHeld() {
        int dropped = held == null ? 0 : held.capacity();
        heldPosition = 0;
        held = null;
        return dropped;
    }

    /** @return bytes held back, or null. */
    FrameBuffer held() {
        return held;
    }

    /** @return where the first of them is. */
    int heldPosition() {
        return heldPosition;
    }

    /** Whether events wait for the dispatch. */
    boolean hasEvents() {
        return !events.isEmpty();
    }

    boolean isPaused() {
        return timerId != Timers.NO_TIMER;
    }

    /** @return whether it ends once the dispatch has room, if it has not ended then. */
    boolean isOver() {
        return !isPaused() && !isYielding && !hasEvents();
    }

    /** @return whether all events were taken. */
    boolean retry() {
        while (!events.isEmpty() && events.peekFirst().getAsBoolean()) {
            events.removeFirst();
        }
        return events.isEmpty();
    }
}

package io.neurolink.engine.loop;

import io.neurolink.engine.duty.Timers;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;

/**
 * What a connection keeps while it is not read: the events its dispatch had no room for, in order, the bytes that came behind them, and the
 * timer of a pause. This is one message, a few events and at most one receive buffer; TCP slows the peer down.
 */
final class Stall {
    private final ArrayDeque<BooleanSupplier> events = new ArrayDeque<>(2);
    private ByteBuffer held;

    /** Ends a pause; {@link Timers#NO_TIMER} if there is none. */
    long timerId = Timers.NO_TIMER;

    /** Bytes that wait here. */
    long bytes;

    void add(BooleanSupplier event) {
        events.addLast(event);
    }

    /** Copies the bytes, which may lie in the receive buffer. */
    void hold(ByteBuffer bytes, int position, int limit) {
        if (position < limit) {
            held = ByteBuffer.allocate(limit - position);
            held.put(0, bytes, position, limit - position);
        }
    }

    /** Forgets the bytes held back: nobody wants them any more. @return how many */
    int dropHeld() {
        int dropped = held == null ? 0 : held.capacity();
        held = null;
        return dropped;
    }

    /** @return bytes held back, or null. */
    ByteBuffer held() {
        return held;
    }

    /** Whether events wait for the dispatch. */
    boolean hasEvents() {
        return !events.isEmpty();
    }

    boolean isPaused() {
        return timerId != Timers.NO_TIMER;
    }

    /** @return whether all events were taken. */
    boolean retry() {
        while (!events.isEmpty() && events.peekFirst().getAsBoolean()) {
            events.removeFirst();
        }
        return events.isEmpty();
    }
}

package io.neurolink.engine.loop;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;

/**
 * What a connection keeps while its dispatch has no room: the events refused, in order, and the bytes that came behind them. The
 * connection is not read
 * meanwhile, so this is one message, a few events and at most one receive buffer; TCP slows the peer down.
 */
final class Stall {
    private final ArrayDeque<BooleanSupplier> events = new ArrayDeque<>(2);
    private ByteBuffer held;

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

    /** @return bytes held back, or null. */
    ByteBuffer held() {
        return held;
    }

    /** @return whether all events were taken. */
    boolean retry() {
        while (!events.isEmpty() && events.peekFirst().getAsBoolean()) {
            events.removeFirst();
        }
        return events.isEmpty();
    }
}

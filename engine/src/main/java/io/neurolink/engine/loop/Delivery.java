package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * Brings the events of a connection to its handler, in order. While the dispatch has no room the connection is stalled: it is not read,
 * and what came
 * already waits in a {@link Stall}.
 */
final class Delivery {
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
        if (stall == null && dispatch.onMessage(connection, opcode, nowMs, bytes, position, length)) {
            return;
        }
        ByteBuffer copy = ByteBuffer.allocate(length).put(0, bytes, position, length);
        stallFor(() -> dispatch.onMessage(connection, opcode, nowMs, copy, 0, length));
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

    private void deliver(BooleanSupplier event) {
        if (stall != null || !event.getAsBoolean()) {
            stallFor(event);
        }
    }

    private void stallFor(BooleanSupplier event) {
        if (stall == null) {
            stall = new Stall();
            loop.addStalled(connection);
            loop.counters.increment(EngineCounter.READS_PAUSED);
            connection.transport().wantReadable(false);
        }
        stall.add(event);
    }

    /** Keeps bytes that came behind the message that found no room. */
    void hold(ByteBuffer bytes, int position, int limit) {
        stall.hold(bytes, position, limit);
    }

    /** @return whether everything that waited was taken; the connection may be stalled anew by what came behind it. */
    boolean retry() {
        if (!stall.retry()) {
            return false;
        }
        ByteBuffer held = stall.held();
        stall = null;
        loop.counters.increment(EngineCounter.READS_RESUMED);
        if (held != null) {
            loop.readSide().process(connection, held);
        }
        if (stall == null && connection.state() != ConnectionState.CLOSED) {
            connection.transport().wantReadable(true);
        }
        return true;
    }
}

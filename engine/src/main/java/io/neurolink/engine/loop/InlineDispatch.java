package io.neurolink.engine.loop;

import io.neurolink.engine.spi.DrainNotice;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Calls the handlers on the loop itself. Always has room. What happens to a connection while its handler is being called, because of
 * what the handler does, is told to it when that call has returned: callbacks of a connection come one after the other here, too.
 */
public final class InlineDispatch implements Dispatch {
    /** State of a connection whose handler is being called; a {@link Deferred} takes its place when something has to wait. */
    private static final Object BUSY = new Object();

    private final Callbacks callbacks;
    private final InboundMessage message = new InboundMessage();

    /** What waits for the present callback to return. */
    private static final class Deferred extends ArrayDeque<Runnable> {
        private static final long serialVersionUID = 1L;
    }

    /**
     * @param callbacks of the loop.
     */
    public InlineDispatch(Callbacks callbacks) {
        this.callbacks = callbacks;
    }

    @Override
    public boolean onOpen(LoopConnection connection) {
        return call(connection, () -> callbacks.open(connection));
    }

    /** Never during another callback: a loop reads one connection after the other. */
    @Override
    public boolean onMessage(LoopConnection connection, int opcode, long nowMs, ByteBuffer bytes, int position, int length) {
        connection.dispatchState(BUSY);
        callbacks.message(connection, message.wrap(opcode, nowMs, bytes, position, length), connection.loop().nowNs());
        settle(connection);
        return true;
    }

    @Override
    public void onTurnEnd() {
        callbacks.endTurn();
    }

    @Override
    public boolean onError(LoopConnection connection, Throwable error) {
        return call(connection, () -> callbacks.error(connection, error));
    }

    @Override
    public boolean onWritable(LoopConnection connection) {
        return call(connection, () -> callbacks.writable(connection));
    }

    @Override
    public boolean onDrain(LoopConnection connection, DrainNotice notice) {
        return call(connection, () -> callbacks.drain(connection, notice));
    }

    @Override
    public boolean onSettle(LoopConnection connection) {
        return call(connection, connection::settled);
    }

    @Override
    public boolean onClose(LoopConnection connection) {
        return call(connection, () -> callbacks.close(connection));
    }

    private boolean call(LoopConnection connection, Runnable callback) {
        if (connection.dispatchState() == null) {
            connection.dispatchState(BUSY);
            callback.run();
            settle(connection);
        } else {
            defer(connection, callback);
        }
        return true;
    }

    private static void defer(LoopConnection connection, Runnable callback) {
        if (connection.dispatchState() == BUSY) {
            connection.dispatchState(new Deferred());
        }
        ((Deferred) connection.dispatchState()).addLast(callback);
    }

    private void settle(LoopConnection connection) {
        if (connection.dispatchState() instanceof Deferred deferred) {
            callbacks.endTurn();
            for (Runnable next = deferred.pollFirst(); next != null; next = deferred.pollFirst()) {
                next.run();
            }
        }
        connection.dispatchState(null);
    }
}

package io.neurolink.engine.loop;

import java.nio.ByteBuffer;

/** Calls the handlers on the loop itself. Always has room. */
public final class InlineDispatch implements Dispatch {
    private final Callbacks callbacks;
    private final InboundMessage message = new InboundMessage();

    /**
     * @param callbacks of the loop.
     */
    public InlineDispatch(Callbacks callbacks) {
        this.callbacks = callbacks;
    }

    @Override
    public boolean onOpen(LoopConnection connection) {
        callbacks.open(connection);
        return true;
    }

    @Override
    public boolean onMessage(LoopConnection connection, int opcode, long nowMs, ByteBuffer bytes, int position, int length) {
        callbacks.message(connection, message.wrap(opcode, nowMs, bytes, position, length));
        return true;
    }

    @Override
    public boolean onError(LoopConnection connection, Throwable error) {
        callbacks.error(connection, error);
        return true;
    }

    @Override
    public boolean onWritable(LoopConnection connection) {
        callbacks.writable(connection);
        return true;
    }

    @Override
    public boolean onClose(LoopConnection connection) {
        callbacks.close(connection);
        return true;
    }
}

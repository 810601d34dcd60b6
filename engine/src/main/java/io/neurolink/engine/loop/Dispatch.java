package io.neurolink.engine.loop;

import io.neurolink.engine.spi.DrainNotice;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * Carries the events of a connection from its loop to the thread that runs its handler, in order. Called by the loop only. A method that
 * answers false
 * has no room at present and took nothing; the loop offers the event again later and stops reading from that connection meanwhile.
 */
public interface Dispatch {
    /**
     * The connection is established.
     *
     * @param connection whose event it is.
     * @return whether it was taken.
     */
    boolean onOpen(LoopConnection connection);

    /**
     * A message came in.
     *
     * @param connection whose event it is.
     * @param opcode     what it is.
     * @param nowMs      when it was read, epoch milliseconds.
     * @param bytes      holds the payload during the call.
     * @param position   where the payload starts.
     * @param length     how many bytes it has.
     * @return whether it was taken.
     */
    boolean onMessage(LoopConnection connection, int opcode, long nowMs, ByteBuffer bytes, int position, int length);

    /**
     * What came in with one read was offered, and the loop turns to something else.
     */
    default void onTurnEnd() {
    }

    /**
     * What there was in this cycle of the loop was offered: whoever takes it is to be awake. Called once per cycle, and before the loop
     * sleeps.
     */
    default void wakeUp() {
    }

    /**
     * Something went wrong.
     *
     * @param connection whose event it is.
     * @param error      what.
     * @return whether it was taken.
     */
    boolean onError(LoopConnection connection, Throwable error);

    /**
     * The connection takes messages again.
     *
     * @param connection whose event it is.
     * @return whether it was taken.
     */
    boolean onWritable(LoopConnection connection);

    /**
     * The server is about to end: {@link LoopConnection#noticedVolatile()} is to be called when the handler has been told.
     *
     * @param connection whose event it is.
     * @param notice     what it is told.
     * @return whether it was taken.
     */
    boolean onDrain(LoopConnection connection, DrainNotice notice);

    /**
     * Nothing more comes from the peer: {@link LoopConnection#settled()} is to be called where the handler runs, after everything before.
     *
     * @param connection whose event it is.
     * @return whether it was taken.
     */
    boolean onSettle(LoopConnection connection);

    /**
     * Tells how much of what was taken is still to be handled.
     *
     * @param connection whose messages.
     * @return bytes; 0 if they are not counted for each connection.
     */
    default long waitingBytes(LoopConnection connection) {
        return 0;
    }

    /**
     * The loop ends, and what had found no room is left to those who run the handlers: they take it when they have come to it. Nothing is
     * offered for this connection by the loop any more.
     *
     * @param connection whose events.
     * @param rest       offers them once more; answers whether all were taken.
     */
    default void leave(LoopConnection connection, BooleanSupplier rest) {
        throw new IllegalStateException("there is always room");
    }

    /**
     * The connection is gone; {@link LoopConnection#finalCode()} and {@link LoopConnection#finalReason()} say how.
     *
     * @param connection whose event it is.
     * @return whether it was taken.
     */
    boolean onClose(LoopConnection connection);
}

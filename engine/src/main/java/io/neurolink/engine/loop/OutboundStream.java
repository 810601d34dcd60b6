package io.neurolink.engine.loop;

import io.neurolink.protocol.deflate.MessageDeflater;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * What a connection has while a message is sent over it in parts: the frames of other messages, which have to wait for its end, and a
 * compressor for it alone, if compression was agreed on. That compressor begins with the message, so that it refers to nothing before it,
 * and what the connection's own compressor has seen is out of step afterwards.
 */
final class OutboundStream {
    private final FrameQueue behind = new FrameQueue();
    private final LoopConnection connection;

    /** Null without compression. */
    private final ConnectionDeflate deflate;
    private final MessageDeflater deflater;

    OutboundStream(LoopConnection connection) {
        this.connection = connection;
        this.deflate = connection.deflate();
        this.deflater = deflate == null ? null : deflate.newStreamDeflater();
    }

    boolean isCompressed() {
        return deflate != null;
    }

    /** Takes a frame of another message. */
    void addBehind(OutboundFrame frame) {
        behind.addLast(frame);
        connection.behindBytesOpaque(connection.behindBytesOpaque() + frame.length);
    }

    /** Frames of other messages, in the order in which they were sent; who takes one out says so by {@link #onTakenOut}. */
    FrameQueue behind() {
        return behind;
    }

    /** @return what goes over the wire, between 0 and the limit, until {@link LoopDeflate#releaseTarget}. */
    ByteBuffer deflate(ByteBuffer payload, int position, int length, boolean isLast) {
        LoopDeflate shared = deflate.shared();
        ByteBuffer dst = shared.partTarget(length);
        deflater.deflatePart(shared.source(payload, position, length), dst, deflate.outboundWindowBits(), isLast);
        return dst.flip();
    }

    void onTakenOut(OutboundFrame frame) {
        connection.behindBytesOpaque(connection.behindBytesOpaque() - frame.length);
    }

    /** The message has ended: what waited for that goes on to where it wanted. */
    void endInto(FrameQueue queue) {
        while (!behind.isEmpty()) {
            queue.addLast(behind.removeFirst());
        }
        close();
    }

    /**
     * The message is given up, and what waits for its end.
     *
     * @param discard takes frames that will not be sent.
     * @return how many messages that are.
     */
    int abort(Consumer<OutboundFrame> discard) {
        int unsent = 1;
        while (!behind.isEmpty()) {
            OutboundFrame frame = behind.removeFirst();
            unsent += frame.messages;
            discard.accept(frame);
        }
        close();
        return unsent;
    }

    private void close() {
        connection.behindBytesOpaque(0);
        if (deflate != null) {
            deflate.onStreamDeflated(deflater);
        }
    }
}

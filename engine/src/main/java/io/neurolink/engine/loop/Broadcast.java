package io.neurolink.engine.loop;

import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.protocol.deflate.DeflateParameters;
import java.util.List;
import java.util.function.Predicate;

/**
 * A message for many connections of an endpoint: encoded once, one command per loop, whatever the number of connections. What {@code
 * null} topic and
 * filter leave open is everybody.
 *
 * @param frame    the message.
 * @param deflated the message compressed, by window bits from 8 on, null where it is not; or null.
 * @param endpoint whose connections.
 * @param topic    only subscribers of this topic, or null.
 * @param recipients only these, or null
 * @param filter   only connections it accepts, called on the loop, or null.
 */
public record Broadcast(
        SharedFrame frame, SharedFrame[] deflated, Endpoint endpoint, String topic, List<LoopConnection> recipients,
        Predicate<WebSocketConnection> filter) {
    /**
     * For all subscribers of a topic, or for all connections.
     *
     * @param frame    the message.
     * @param deflated the message compressed, or null.
     * @param endpoint whose connections.
     * @param topic    only subscribers of this topic, or null.
     * @param filter   only connections it accepts, or null.
     */
    public Broadcast(SharedFrame frame, SharedFrame[] deflated, Endpoint endpoint, String topic, Predicate<WebSocketConnection> filter) {
        this(frame, deflated, endpoint, topic, null, filter);
    }

    /** Called by each loop once. */
    void deliver(EventLoop loop) {
        OutboundFrame[] local = hold();
        try {
            if (recipients != null) {
                offerToRecipients(loop, local);
            } else if (topic == null) {
                loop.members(endpoint).forEach(connection -> offer(loop, connection, local));
            } else {
                loop.topics(endpoint).forEach(topic, connection -> offer(loop, connection, local));
            }
        } finally {
            for (OutboundFrame frame : local) {
                if (frame != null) {
                    loop.frames.release(frame);
                }
            }
        }
    }

    private void offerToRecipients(EventLoop loop, OutboundFrame[] local) {
        for (LoopConnection connection : recipients) {
            if (connection.loop() == loop) {
                offer(loop, connection, local);
            }
        }
    }

    /** The loop's own views: the message as it is, and behind it the compressed ones. */
    private OutboundFrame[] hold() {
        OutboundFrame[] local = new OutboundFrame[deflated == null ? 1 : 1 + deflated.length];
        local[0] = new OutboundFrame(frame).hold();
        for (int i = 1; i < local.length; i++) {
            local[i] = deflated[i - 1] == null ? null : new OutboundFrame(deflated[i - 1]).hold();
        }
        return local;
    }

    private void offer(EventLoop loop, LoopConnection connection, OutboundFrame[] local) {
        if (filter != null && !isWanted(loop, connection)) {
            return;
        }
        ConnectionDeflate deflate = connection.deflate();
        OutboundFrame compressed = deflate == null || local.length == 1 ? null
                : local[1 + deflate.outboundWindowBits() - DeflateParameters.MIN_WINDOW_BITS];
        if (compressed == null) {
            connection.onBroadcast(local[0]);
        } else if (connection.onBroadcast(compressed)) {
            deflate.onSharedFrame();
        }
    }

    /** A filter that throws wants nothing, and is no reason to leave the others out. */
    private boolean isWanted(EventLoop loop, LoopConnection connection) {
        try {
            return filter.test(connection);
        } catch (RuntimeException e) {
            loop.handlerErrors().onError(e);
            return false;
        }
    }
}

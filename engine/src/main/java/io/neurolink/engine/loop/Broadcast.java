package io.neurolink.engine.loop;

import io.neurolink.engine.spi.WebSocketConnection;
import java.util.function.Predicate;

/**
 * A message for many connections of an endpoint: encoded once, one command per loop, whatever the number of connections. What {@code
 * null} topic and
 * filter leave open is everybody.
 *
 * @param frame    the message.
 * @param endpoint whose connections.
 * @param topic    only subscribers of this topic, or null.
 * @param filter   only connections it accepts, called on the loop, or null.
 */
public record Broadcast(SharedFrame frame, Endpoint endpoint, String topic, Predicate<WebSocketConnection> filter) {
    /** Called by each loop once. */
    void deliver(EventLoop loop) {
        OutboundFrame local = new OutboundFrame(frame).hold();
        try {
            if (topic == null) {
                loop.members(endpoint).forEach(connection -> offer(loop, connection, local));
            } else {
                loop.topics(endpoint).forEach(topic, connection -> offer(loop, connection, local));
            }
        } finally {
            loop.frames.release(local);
        }
    }

    private void offer(EventLoop loop, LoopConnection connection, OutboundFrame local) {
        if (filter == null || isWanted(loop, connection)) {
            connection.onBroadcast(local);
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

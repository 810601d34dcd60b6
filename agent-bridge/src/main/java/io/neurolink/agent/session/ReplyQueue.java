package io.neurolink.agent.session;

import io.neurolink.agent.spi.SignalGate;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers to messages that belong to no run, in the order in which they were given, kept while the connection does not take them. A client
 * that goes on asking and never reads is let go with 1013. Any thread.
 */
final class ReplyQueue {
    private static final int CAPACITY = 256;
    private static final int TRY_AGAIN_LATER = 1013;
    private static final int SEND = 1;

    private final WebSocketConnection connection;
    private final ConcurrentLinkedQueue<byte[]> replies = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final SignalGate gate;

    ReplyQueue(WebSocketConnection connection, Executor handOver) {
        this.connection = connection;
        this.gate = new SignalGate(signals -> sendAll(), handOver);
    }

    /** Sends the bytes, or keeps a copy until they can be sent. */
    SendResult send(ByteBuffer utf8) {
        if (count.incrementAndGet() > CAPACITY) {
            count.decrementAndGet();
            connection.close(TRY_AGAIN_LATER, "Too many answers are not read");
            return SendResult.CLOSED;
        }
        byte[] copy = new byte[utf8.remaining()];
        utf8.get(utf8.position(), copy);
        replies.add(copy);
        gate.signal(SEND);
        return connection.isOpen() ? SendResult.ACCEPTED : SendResult.CLOSED;
    }

    /** Sends what was kept. */
    void onWritable() {
        gate.signal(SEND);
    }

    private void sendAll() {
        byte[] next = replies.peek();
        while (next != null) {
            SendResult result = connection.isWritable() || !connection.isOpen() ? connection.sendText(ByteBuffer.wrap(next))
                    : SendResult.BACK_PRESSURED;
            if (result == SendResult.BACK_PRESSURED || result == SendResult.DROPPED && !connection.isWritable()) {
                return;
            }
            replies.poll();
            count.decrementAndGet();
            next = replies.peek();
        }
    }
}

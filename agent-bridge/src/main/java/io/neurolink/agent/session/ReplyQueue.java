package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.SignalGate;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
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
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");
    private static final byte[] UNSENDABLE = copyOf(ErrorMessages.write(new EnvelopeWriter(1024),
            new AgentException(ErrorCode.INTERNAL, "The answer could not be sent"), null));

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
        replies.add(copyOf(utf8));
        gate.signal(SEND);
        return connection.isOpen() ? SendResult.ACCEPTED : SendResult.CLOSED;
    }

    private static byte[] copyOf(ByteBuffer utf8) {
        byte[] copy = new byte[utf8.remaining()];
        utf8.get(utf8.position(), copy);
        return copy;
    }

    /** @return whether something is kept. */
    boolean isWaiting() {
        return count.get() > 0;
    }

    /** Sends what was kept. */
    void onWritable() {
        gate.signal(SEND);
    }

    private void sendAll() {
        byte[] next = replies.peek();
        while (next != null && isTaken(next)) {
            replies.poll();
            count.decrementAndGet();
            next = replies.peek();
        }
    }

    private boolean isTaken(byte[] reply) {
        if (connection.isOpen() && !connection.isWritable()) {
            return false;
        }
        try {
            return isTaken(connection.sendText(ByteBuffer.wrap(reply)));
        } catch (RuntimeException e) {
            LOGGER.log(Level.WARNING, "an answer of " + reply.length + " bytes to connection " + connection.id() + " cannot be sent", e);
            return isTaken(connection.sendText(ByteBuffer.wrap(UNSENDABLE)));
        }
    }

    /** What is dropped although the socket is not busy will never fit, so there is nothing to wait for. */
    private boolean isTaken(SendResult result) {
        return result != SendResult.BACK_PRESSURED && (result != SendResult.DROPPED || connection.isWritable());
    }
}

package io.neurolink.engine.loop;

import io.neurolink.engine.jfr.JfrEvents;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;

/**
 * Decides whether a message may be queued for a connection of its loop: it is open, and what waits for it stays within
 * {@code maxBufferedBytes}. Otherwise the slow-consumer policy is applied. The methods named remote may be called by any thread.
 */
final class SendGate {
    private final EventLoop loop;

    SendGate(EventLoop loop) {
        this.loop = loop;
    }

    private static int limit(LoopConnection connection) {
        return connection.endpoint().settings().maxBufferedBytes();
    }

    private static SlowConsumerPolicy policy(LoopConnection connection) {
        return connection.endpoint().settings().slowConsumerPolicy();
    }

    private static void requireSendable(LoopConnection connection, int length) {
        int limit = limit(connection);
        if (length > limit) {
            throw new IllegalArgumentException("a message of " + length + " bytes cannot be sent: maxBufferedBytes is " + limit);
        }
    }

    // ------------------------------------------------------------------ on the loop

    SendResult admit(LoopConnection connection, int length) {
        requireSendable(connection, length);
        if (!connection.isSending()) {
            loop.counters.increment(EngineCounter.SENDS_CLOSED);
            return SendResult.CLOSED;
        }
        JfrEvents.message(connection.id(), connection.path(), false, length);
        WriteSide writeSide = connection.writeSide();
        if (writeSide.queuedBytes() + length <= limit(connection)) {
            return SendResult.ACCEPTED;
        }
        writeSide.flushEarly();
        return writeSide.queuedBytes() + length <= limit(connection) ? SendResult.ACCEPTED : applyPolicy(connection, length);
    }

    private SendResult applyPolicy(LoopConnection connection, int length) {
        if (policy(connection) == SlowConsumerPolicy.CLOSE) {
            connection.ending().closeSlowConsumer();
            return SendResult.CLOSED;
        }
        reportSlowConsumer(connection);
        if (policy(connection) == SlowConsumerPolicy.DROP_OLDEST) {
            int dropped = connection.writeSide().dropOldestBroadcasts(length, limit(connection));
            JfrEvents.messagesDropped(connection.id(), connection.path(), dropped, true);
            loop.counters.add(EngineCounter.MESSAGES_DROPPED_OLDEST, dropped);
            loop.counters.add(EngineCounter.MESSAGES_REPORTED, dropped);
            if (connection.writeSide().queuedBytes() + length <= limit(connection)) {
                return SendResult.ACCEPTED;
            }
        }
        JfrEvents.messagesDropped(connection.id(), connection.path(), 1, false);
        loop.counters.increment(EngineCounter.MESSAGES_DROPPED_NEWEST);
        return SendResult.DROPPED;
    }

    void reportSlowConsumer(LoopConnection connection) {
        loop.witness().slowConsumer(connection);
    }

    /**
     * A message was accepted when it was handed over; if it cannot be queued now, that is reported. Where only the newest may be dropped,
     * room was kept for it: what goes beyond is headers, or was sent by two threads at once, and at most as much again.
     */
    boolean admitLate(LoopConnection connection, int length) {
        boolean hasRoom = connection.isSending() && policy(connection) == SlowConsumerPolicy.DROP_NEWEST;
        if (hasRoom) {
            JfrEvents.message(connection.id(), connection.path(), false, length);
            return true;
        }
        if (admit(connection, length) == SendResult.ACCEPTED) {
            return true;
        }
        reportLate(connection);
        return false;
    }

    void reportLate(LoopConnection connection) {
        loop.counters.increment(EngineCounter.MESSAGES_QUEUED);
        connection.ending().reportUnsent(1, "the connection was closing or its peer reads too slowly");
    }

    // ------------------------------------------------------------------ any thread

    /** Whether the calling thread may write at once: it is the loop's, and no message of another thread waits to be overtaken. */
    boolean isDirect(LoopConnection connection) {
        return loop.isCurrentThread() && connection.commandedSendsAcquire() == 0;
    }

    /** What is admitted here counts as buffered at once. */
    SendResult admitRemote(LoopConnection connection, int length) {
        requireSendable(connection, length);
        if (connection.isShutVolatile()) {
            remoteCounters().increment(EngineCounter.SENDS_CLOSED);
            return SendResult.CLOSED;
        }
        long buffered = connection.addBufferedBytesVolatile(length);
        if (buffered <= limit(connection)) {
            return SendResult.ACCEPTED;
        }
        return switch (policy(connection)) {
            case CLOSE -> refuseRemote(connection, length, SendResult.CLOSED);
            case DROP_NEWEST -> refuseRemote(connection, length, SendResult.DROPPED);
            // Room is made when the message reaches the queue; what is on the way there is limited as well.
            case DROP_OLDEST -> buffered - connection.queuedBytesOpaque() <= limit(connection) ? SendResult.ACCEPTED
                    : refuseRemote(connection, length, SendResult.DROPPED);
        };
    }

    private SendResult refuseRemote(LoopConnection connection, int length, SendResult result) {
        connection.addBufferedBytesVolatile(-length);
        if (result == SendResult.DROPPED) {
            JfrEvents.messagesDropped(connection.id(), connection.path(), 1, false);
            remoteCounters().increment(EngineCounter.MESSAGES_DROPPED_NEWEST);
            connection.reportSlowConsumerRemotely();
        } else if (connection.shutVolatile()) {
            loop.proxy().executeUrgently(connection.ending()::closeSlowConsumer);
        }
        return result;
    }

    private CounterSet remoteCounters() {
        return loop.proxy().counters();
    }
}

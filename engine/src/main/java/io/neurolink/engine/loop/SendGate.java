package io.neurolink.engine.loop;

import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;

/**
 * Decides whether a message may be queued for a connection: it is open, and what waits for it stays within {@code maxBufferedBytes}.
 * Otherwise the
 * slow-consumer policy is applied. The methods named remote may be called by any thread.
 */
final class SendGate {
    private final LoopConnection connection;
    private final EventLoop loop;

    SendGate(LoopConnection connection, EventLoop loop) {
        this.connection = connection;
        this.loop = loop;
    }

    private int limit() {
        return connection.endpoint().settings().maxBufferedBytes();
    }

    private SlowConsumerPolicy policy() {
        return connection.endpoint().settings().slowConsumerPolicy();
    }

    private void requireSendable(int length) {
        if (length > limit()) {
            throw new IllegalArgumentException("a message of " + length + " bytes cannot be sent: maxBufferedBytes is " + limit());
        }
    }

    // ------------------------------------------------------------------ on the loop

    SendResult admit(int length) {
        requireSendable(length);
        if (!connection.isSending()) {
            loop.counters.increment(EngineCounter.SENDS_CLOSED);
            return SendResult.CLOSED;
        }
        WriteSide writeSide = connection.writeSide();
        if (writeSide.queuedBytes() + length <= limit()) {
            return SendResult.ACCEPTED;
        }
        writeSide.flushEarly();
        return writeSide.queuedBytes() + length <= limit() ? SendResult.ACCEPTED : applyPolicy(length);
    }

    private SendResult applyPolicy(int length) {
        if (policy() == SlowConsumerPolicy.CLOSE) {
            connection.ending().closeSlowConsumer();
            return SendResult.CLOSED;
        }
        reportSlowConsumer();
        if (policy() == SlowConsumerPolicy.DROP_OLDEST) {
            int dropped = connection.writeSide().dropOldestBroadcasts(length, limit());
            loop.counters.add(EngineCounter.MESSAGES_DROPPED_OLDEST, dropped);
            loop.counters.add(EngineCounter.MESSAGES_REPORTED, dropped);
            if (connection.writeSide().queuedBytes() + length <= limit()) {
                return SendResult.ACCEPTED;
            }
        }
        loop.counters.increment(EngineCounter.MESSAGES_DROPPED_NEWEST);
        return SendResult.DROPPED;
    }

    void reportSlowConsumer() {
        loop.tell(() -> connection.endpoint().listener().onSlowConsumer(connection, policy(), connection.bufferedAmount()));
    }

    /** A message was accepted when it was handed over; if it cannot be queued now, that is reported. */
    boolean admitLate(int length) {
        if (admit(length) == SendResult.ACCEPTED) {
            return true;
        }
        loop.counters.increment(EngineCounter.MESSAGES_QUEUED);
        connection.ending().reportUnsent(1, "the connection was closing or its peer reads too slowly");
        return false;
    }

    // ------------------------------------------------------------------ any thread

    /** Whether the calling thread may write at once: it is the loop's, and no message of another thread waits to be overtaken. */
    boolean isDirect() {
        return loop.isCurrentThread() && connection.commandedSendsAcquire() == 0;
    }

    /** What is admitted here counts as buffered at once. */
    SendResult admitRemote(int length) {
        requireSendable(length);
        if (connection.isShutVolatile()) {
            remoteCounters().increment(EngineCounter.SENDS_CLOSED);
            return SendResult.CLOSED;
        }
        long buffered = connection.addBufferedBytesVolatile(length);
        if (buffered <= limit()) {
            return SendResult.ACCEPTED;
        }
        return switch (policy()) {
            case CLOSE -> refuseRemote(length, SendResult.CLOSED);
            case DROP_NEWEST -> refuseRemote(length, SendResult.DROPPED);
            // Room is made when the message reaches the queue; what is on the way there is limited as well.
            case DROP_OLDEST -> buffered - connection.queuedBytesOpaque() <= limit() ? SendResult.ACCEPTED
                    : refuseRemote(length, SendResult.DROPPED);
        };
    }

    private SendResult refuseRemote(int length, SendResult result) {
        connection.addBufferedBytesVolatile(-length);
        if (result == SendResult.DROPPED) {
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

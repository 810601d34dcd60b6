package io.neurolink.agent.nats;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.MessageHandler;
import io.nats.client.Statistics;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One connection of the client library, which restores itself when it is lost. What the library has taken and not written yet is bounded
 * here, since the library bounds the number of messages alone, and waits where it is full. The thread that publishes, but for {@link
 * #isUp}.
 */
final class NatsLink {
    private static final long MAX_PENDING_BYTES = 4 * 1024 * 1024;
    private static final long MAX_PENDING_MESSAGES = NatsClusterBus.QUEUE_LENGTH / 2;
    private static final long MAX_INBOUND_MESSAGES = 64 * 1024;
    private static final long MAX_INBOUND_BYTES = 64 * 1024 * 1024;

    private final Connection connection;
    private final Dispatcher dispatcher;
    private final Statistics statistics;
    private final AtomicBoolean isUp = new AtomicBoolean();
    private final Set<String> subscribed = new HashSet<>();

    /** Beside what the library had written when counting began. It writes more than it is given, so this may fall behind. */
    private long offeredBytes;
    private long offeredMessages;
    private long droppedBefore;

    /** After a reconnection counting begins anew: what was on its way may never be written. */
    private final AtomicBoolean isRecounted = new AtomicBoolean(true);

    NatsLink(Connection connection, MessageHandler handler) {
        this.connection = connection;
        this.statistics = connection.getStatistics();
        this.dispatcher = connection.createDispatcher(handler);
        dispatcher.setPendingLimits(MAX_INBOUND_MESSAGES, MAX_INBOUND_BYTES);
    }

    Connection connection() {
        return connection;
    }

    /** Any thread. */
    boolean isUp() {
        return isUp.get();
    }

    /** Any thread. @return whether this is new. */
    boolean up(boolean value) {
        isRecounted.set(true);
        return isUp.compareAndSet(!value, value);
    }

    private boolean hasRoom() {
        long writtenBytes = statistics.getOutBytes();
        long writtenMessages = statistics.getOutMsgs();
        boolean isAnew = isRecounted.compareAndSet(true, false);
        offeredBytes = isAnew ? writtenBytes : Math.max(offeredBytes, writtenBytes);
        offeredMessages = isAnew ? writtenMessages : Math.max(offeredMessages, writtenMessages);
        return offeredBytes - writtenBytes < MAX_PENDING_BYTES && offeredMessages - writtenMessages < MAX_PENDING_MESSAGES;
    }

    /** @return false if there is no room now. */
    boolean publish(String subject, byte[] message) {
        if (!hasRoom()) {
            return false;
        }
        try {
            connection.publish(subject, message);
        } catch (IllegalStateException closedOrLostMeanwhile) {
            return false;
        }
        offeredBytes += message.length;
        offeredMessages++;
        return true;
    }

    /** @return whether all that is wanted is subscribed to, and nothing else. */
    boolean settle(Set<String> wanted) {
        boolean isSettled = true;
        for (String subject : wanted) {
            isSettled &= subscribed.contains(subject) || subscribe(subject);
        }
        for (String subject : Set.copyOf(subscribed)) {
            isSettled &= wanted.contains(subject) || unsubscribe(subject);
        }
        return isSettled;
    }

    boolean subscribe(String subject) {
        if (!hasRoom()) {
            return false;
        }
        try {
            dispatcher.subscribe(subject);
            offeredMessages++;
            subscribed.add(subject);
            return true;
        } catch (IllegalStateException closedOrLostMeanwhile) {
            return false;
        }
    }

    boolean unsubscribe(String subject) {
        if (!hasRoom()) {
            return false;
        }
        try {
            dispatcher.unsubscribe(subject);
            offeredMessages++;
            subscribed.remove(subject);
            return true;
        } catch (IllegalStateException closedOrLostMeanwhile) {
            return false;
        }
    }

    /** @return how many messages the library has dropped since this was asked last. */
    long takeDropped() {
        long all = dispatcher.getDroppedCount();
        long news = all - droppedBefore;
        droppedBefore = all;
        return news;
    }
}

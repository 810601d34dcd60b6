package io.neurolink.agent.nats;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.MessageHandler;
import io.nats.client.Statistics;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One connection of the client library, which restores itself when it is lost. What the library has taken and not written yet is bounded
 * here, since the library bounds the number of messages alone, and waits where it is full. The thread that publishes, but for what says
 * something else.
 */
final class NatsLink {
    private static final long MAX_PENDING_BYTES = 1024 * 1024;
    private static final long MAX_PENDING_MESSAGES = NatsClusterBus.QUEUE_LENGTH / 2;
    private static final long MAX_INBOUND_MESSAGES = 64 * 1024;
    private static final long MAX_INBOUND_BYTES = 64 * 1024 * 1024;

    /** Nobody publishes to the first and nobody subscribes to the second: they show what is allowed. */
    private static final String PROBE_IN = "probe-in";
    private static final String PROBE_OUT = "probe-out";

    private final Connection connection;
    private final String prefix;
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

    /** Messages that the library was given, and those of them of which NATS is known to have them. */
    private final AtomicLong handed = new AtomicLong();
    private final AtomicLong confirmed = new AtomicLong();

    /** How often the library had connected anew when its subscriptions were there again; negative while they are not. */
    private final AtomicLong settledReconnects = new AtomicLong();

    /**
     * What was the case when NATS was asked whether it is there.
     *
     * @param handed     messages
     * @param reconnects how often the library had connected anew
     */
    record Mark(long handed, long reconnects) {
    }

    NatsLink(Connection connection, MessageHandler handler, String prefix) {
        this.connection = connection;
        this.prefix = prefix;
        this.statistics = connection.getStatistics();
        this.settledReconnects.set(statistics.getReconnects());
        this.dispatcher = connection.createDispatcher(handler);
        dispatcher.setPendingLimits(MAX_INBOUND_MESSAGES, MAX_INBOUND_BYTES);
        dispatcher.subscribe(prefix + PROBE_IN);
    }

    Connection connection() {
        return connection;
    }

    /** Any thread. */
    boolean isUp() {
        return isUp.get();
    }

    // ------------------------------------------------------------------ the connector's thread, and the library's

    /** Does what has to be allowed, and harms nobody. */
    void probe() {
        try {
            connection.publish(prefix + PROBE_OUT, new byte[0]);
        } catch (IllegalStateException lostMeanwhile) {
            // There will be no answer either.
        }
    }

    Mark mark() {
        return new Mark(handed.get(), statistics.getReconnects());
    }

    /** NATS has answered what it was asked after that. @return whether the link was down and is up by now. */
    boolean confirm(Mark mark) {
        if (mark.reconnects() != statistics.getReconnects() || mark.reconnects() != settledReconnects.get()) {
            return false;
        }
        confirmed.accumulateAndGet(mark.handed(), Math::max);
        if (isUp.get()) {
            return false;
        }
        isRecounted.set(true);
        isUp.set(true);
        if (mark.reconnects() != settledReconnects.get()) {
            // Lost meanwhile, by who did not see it up.
            isUp.set(false);
            return false;
        }
        return true;
    }

    void onDisconnected() {
        settledReconnects.set(-1);
    }

    void onResubscribed() {
        settledReconnects.set(statistics.getReconnects());
    }

    void down() {
        isRecounted.set(true);
        isUp.set(false);
    }

    /** @return messages that may not have arrived, at most: the library still has those that it had not written; counted once. */
    long takeUnconfirmed() {
        long all = handed.get();
        return all - confirmed.getAndSet(all);
    }

    // ------------------------------------------------------------------ the thread that publishes

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
        handed.incrementAndGet();
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

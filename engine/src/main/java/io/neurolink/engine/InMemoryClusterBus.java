package io.neurolink.engine;

import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.SendResult;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A cluster inside one JVM: for several servers in a process, and for tests of applications that are to run in a cluster. Messages are
 * handed over by the thread that publishes, so it has no thread and no buffer of its own.
 *
 * <pre>{@code
 * var hub = new InMemoryClusterBus.Hub();
 * NeuroLinkServer.builder().cluster(ClusterConfig.builder(hub.newBus()).build())
 * }</pre>
 */
public final class InMemoryClusterBus implements ClusterBus {
    /** What the nodes of such a cluster share. Safe for use by several threads. */
    public static final class Hub {
        private static final int DEFAULT_MAX_MESSAGE_LENGTH = 1024 * 1024;

        private final Map<String, Set<InMemoryClusterBus>> subscriptions = new ConcurrentHashMap<>();
        private final int maxMessageLength;

        /** A hub for messages of up to a mebibyte. */
        public Hub() {
            this(DEFAULT_MAX_MESSAGE_LENGTH);
        }

        /**
         * Creates it.
         *
         * @param maxMessageLength bytes a message of the bus may have, at least 1024; nodes cut larger ones.
         */
        public Hub(int maxMessageLength) {
            if (maxMessageLength < 1024) {
                throw new IllegalArgumentException("maxMessageLength must be at least 1024, not " + maxMessageLength);
            }
            this.maxMessageLength = maxMessageLength;
        }

        /** {@return a bus for one node} */
        public InMemoryClusterBus newBus() {
            return new InMemoryClusterBus(this);
        }

        private void publish(String subject, byte[] message) {
            for (InMemoryClusterBus bus : subscriptions.getOrDefault(subject, Set.of())) {
                if (bus.isConnected.get()) {
                    bus.listener.get().onMessage(subject, message.clone());
                }
            }
        }
    }

    private final Hub hub;
    private final Set<String> subjects = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Listener> listener = new AtomicReference<>();
    private final AtomicBoolean isConnected = new AtomicBoolean();
    private final AtomicBoolean isCut = new AtomicBoolean();

    private InMemoryClusterBus(Hub hub) {
        this.hub = hub;
    }

    @Override
    public void start(String nodeId, Listener newListener) {
        listener.set(newListener);
        if (isCut.get()) {
            newListener.onLost("cut off");
        } else {
            isConnected.set(true);
            newListener.onConnected();
        }
    }

    /** Cuts this node off from the others, as a bus does that cannot be reached; before the start too. Any thread. */
    public void disconnect() {
        isCut.set(true);
        if (isConnected.compareAndSet(true, false)) {
            listener.get().onLost("cut off");
        }
    }

    /** Ends what {@link #disconnect} began. Any thread. */
    public void reconnect() {
        if (isCut.compareAndSet(true, false) && listener.get() != null && isConnected.compareAndSet(false, true)) {
            listener.get().onConnected();
        }
    }

    @Override
    public SendResult publish(String subject, byte[] message) {
        if (!isConnected.get()) {
            return SendResult.BACK_PRESSURED;
        }
        hub.publish(subject, message);
        return SendResult.ACCEPTED;
    }

    @Override
    public void subscribe(String subject) {
        if (subjects.add(subject)) {
            hub.subscriptions.compute(subject, (same, buses) -> {
                Set<InMemoryClusterBus> present = buses == null ? ConcurrentHashMap.newKeySet() : buses;
                present.add(this);
                return present;
            });
        }
    }

    @Override
    public void unsubscribe(String subject) {
        if (subjects.remove(subject)) {
            hub.subscriptions.computeIfPresent(subject, (same, buses) -> {
                buses.remove(this);
                return buses.isEmpty() ? null : buses;
            });
        }
    }

    @Override
    public int maxMessageLength() {
        return hub.maxMessageLength;
    }

    @Override
    public void close() {
        isConnected.set(false);
        subjects.forEach(this::unsubscribe);
    }
}

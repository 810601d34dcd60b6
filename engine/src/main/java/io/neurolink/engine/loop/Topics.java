package io.neurolink.engine.loop;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Who of one endpoint on one loop is subscribed to what, in the order of subscribing. */
final class Topics {
    private final Map<String, Set<LoopConnection>> subscribers = new HashMap<>();
    private final CounterSet counters;

    Topics(CounterSet counters) {
        this.counters = counters;
    }

    void subscribe(String topic, LoopConnection connection) {
        if (connection.isSending() && !connection.topics().contains(topic)) {
            Set<String> more = new HashSet<>(connection.topics());
            more.add(topic);
            connection.topics(Set.copyOf(more));
            add(topic, connection);
        }
    }

    void unsubscribe(String topic, LoopConnection connection) {
        if (connection.topics().contains(topic)) {
            Set<String> fewer = new HashSet<>(connection.topics());
            fewer.remove(topic);
            connection.topics(Set.copyOf(fewer));
            remove(topic, connection);
        }
    }

    private void add(String topic, LoopConnection connection) {
        Set<LoopConnection> present = subscribers.get(topic);
        if (present == null) {
            present = new LinkedHashSet<>();
            subscribers.put(topic, present);
            counters.increment(EngineCounter.TOPICS);
        }
        if (present.add(connection)) {
            counters.increment(EngineCounter.SUBSCRIPTIONS);
        }
    }

    private void remove(String topic, LoopConnection connection) {
        Set<LoopConnection> present = subscribers.get(topic);
        if (present == null || !present.remove(connection)) {
            return;
        }
        counters.decrement(EngineCounter.SUBSCRIPTIONS);
        if (present.isEmpty()) {
            subscribers.remove(topic);
            counters.decrement(EngineCounter.TOPICS);
        }
    }

    void removeAll(LoopConnection connection) {
        for (String topic : connection.topics()) {
            remove(topic, connection);
        }
    }

    void forEach(String topic, Consumer<LoopConnection> action) {
        Set<LoopConnection> present = subscribers.get(topic);
        if (present != null) {
            present.forEach(action);
        }
    }
}

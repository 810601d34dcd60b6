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
    private final Map<String, Group> groups = new HashMap<>();
    private final CounterSet counters;
    private final Endpoint endpoint;

    /** The subscribers of a topic. They are gone through by a copy, which is made anew after a change: who is told may change them. */
    private static final class Group {
        private final Set<LoopConnection> members = new LinkedHashSet<>();
        private LoopConnection[] copy;

        boolean add(LoopConnection connection) {
            copy = null;
            return members.add(connection);
        }

        boolean remove(LoopConnection connection) {
            copy = null;
            return members.remove(connection);
        }

        void forEach(Consumer<LoopConnection> action) {
            if (copy == null) {
                copy = members.toArray(LoopConnection[]::new);
            }
            LoopConnection[] present = copy;
            for (LoopConnection connection : present) {
                if (copy == present || members.contains(connection)) {
                    action.accept(connection);
                }
            }
        }
    }

    Topics(CounterSet counters, Endpoint endpoint) {
        this.counters = counters;
        this.endpoint = endpoint;
    }

    static void requireName(String topic) {
        if (topic.isEmpty()) {
            throw new IllegalArgumentException("a topic must not be empty");
        }
    }

    void subscribe(String topic, LoopConnection connection) {
        if (connection.isSending() && !connection.topics().contains(topic)) {
            Set<String> more = new HashSet<>(connection.topics());
            more.add(topic);
            connection.topicsRelease(Set.copyOf(more));
            add(topic, connection);
        }
    }

    void unsubscribe(String topic, LoopConnection connection) {
        if (connection.topics().contains(topic)) {
            Set<String> fewer = new HashSet<>(connection.topics());
            fewer.remove(topic);
            connection.topicsRelease(Set.copyOf(fewer));
            remove(topic, connection);
        }
    }

    private void add(String topic, LoopConnection connection) {
        Group group = groups.get(topic);
        if (group == null) {
            group = new Group();
            groups.put(topic, group);
            counters.increment(EngineCounter.TOPICS);
            endpoint.onTopic(topic, true);
        }
        if (group.add(connection)) {
            counters.increment(EngineCounter.SUBSCRIPTIONS);
        }
    }

    private void remove(String topic, LoopConnection connection) {
        Group group = groups.get(topic);
        if (group == null || !group.remove(connection)) {
            return;
        }
        counters.decrement(EngineCounter.SUBSCRIPTIONS);
        if (group.members.isEmpty()) {
            groups.remove(topic);
            counters.decrement(EngineCounter.TOPICS);
            endpoint.onTopic(topic, false);
        }
    }

    void removeAll(LoopConnection connection) {
        Set<String> all = connection.topics();
        if (!all.isEmpty()) {
            all.forEach(topic -> remove(topic, connection));
            connection.topicsRelease(Set.of());
        }
    }

    void forEach(String topic, Consumer<LoopConnection> action) {
        Group group = groups.get(topic);
        if (group != null) {
            group.forEach(action);
        }
    }
}

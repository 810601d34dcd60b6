package io.neurolink.engine;

import io.neurolink.engine.spi.WebSocketConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connections by a key, oldest first. A group is read and changed only inside the map's atomic per-key operations, so that a look-up
 * costs what it returns.
 */
final class ConnectionIndex {
    private final ConcurrentHashMap<String, Set<WebSocketConnection>> groups = new ConcurrentHashMap<>();

    void add(String key, WebSocketConnection connection) {
        groups.compute(key, (k, group) -> {
            Set<WebSocketConnection> present = group == null ? new LinkedHashSet<>() : group;
            present.add(connection);
            return present;
        });
    }

    void remove(String key, WebSocketConnection connection) {
        groups.computeIfPresent(key, (k, group) -> {
            group.remove(connection);
            return group.isEmpty() ? null : group;
        });
    }

    List<WebSocketConnection> get(String key) {
        List<WebSocketConnection> found = new ArrayList<>();
        groups.computeIfPresent(key, (k, group) -> {
            found.addAll(group);
            return group;
        });
        return found;
    }

    /** How many there are of each key. */
    Map<String, Integer> counts() {
        Map<String, Integer> counts = new HashMap<>();
        groups.forEach((key, seen) -> groups.computeIfPresent(key, (k, group) -> {
            counts.put(k, group.size());
            return group;
        }));
        return counts;
    }
}

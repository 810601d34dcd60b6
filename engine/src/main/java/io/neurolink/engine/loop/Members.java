package io.neurolink.engine.loop;

import java.util.Arrays;
import java.util.function.Consumer;

/** The connections of one endpoint on one loop. Removal moves the last one into the gap, so both ways are O(1). */
final class Members {
    private LoopConnection[] connections = new LoopConnection[16];
    private int size;

    int size() {
        return size;
    }

    LoopConnection last() {
        return connections[size - 1];
    }

    void add(LoopConnection connection) {
        if (size == connections.length) {
            connections = Arrays.copyOf(connections, size * 2);
        }
        connection.memberIndex = size;
        connections[size++] = connection;
    }

    void remove(LoopConnection connection) {
        LoopConnection last = connections[--size];
        connections[connection.memberIndex] = last;
        last.memberIndex = connection.memberIndex;
        connections[size] = null;
    }

    /** The action must not end connections, only begin to close them. */
    void forEach(Consumer<LoopConnection> action) {
        for (int i = 0; i < size; i++) {
            action.accept(connections[i]);
        }
    }
}

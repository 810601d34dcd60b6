package io.neurolink.agent.session;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** The ids of the runs that ended last on a connection. Any thread; bounded, the oldest are forgotten. */
final class RecentIds {
    private final int capacity;
    private final Set<String> ids = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<String> oldestFirst = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    RecentIds(int capacity) {
        this.capacity = capacity;
    }

    void add(String id) {
        if (!ids.add(id)) {
            return;
        }
        oldestFirst.add(id);
        if (count.incrementAndGet() > capacity) {
            ids.remove(oldestFirst.poll());
            count.decrementAndGet();
        }
    }

    boolean contains(String id) {
        return ids.contains(id);
    }
}

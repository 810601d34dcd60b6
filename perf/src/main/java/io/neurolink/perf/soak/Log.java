package io.neurolink.perf.soak;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What has happened to the peers, counted by any thread; faults are kept in words, the first of them. */
final class Log {
    private static final int KEPT = 20;

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger faultCount = new AtomicInteger();

    void count(String what) {
        counts.computeIfAbsent(what, any -> new LongAdder()).increment();
    }

    long of(String what) {
        LongAdder count = counts.get(what);
        return count == null ? 0 : count.sum();
    }

    /** Something that must not happen to who behaves well. */
    void fault(String what) {
        if (faultCount.incrementAndGet() <= KEPT) {
            faults.add(what);
        }
    }

    Queue<String> faults() {
        return faults;
    }

    Map<String, LongAdder> counts() {
        return new ConcurrentSkipListMap<>(counts);
    }
}

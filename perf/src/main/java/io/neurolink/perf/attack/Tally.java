package io.neurolink.perf.attack;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts things by name; the driver's thread counts, the attack's thread reads. */
final class Tally {
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    void count(String name) {
        counts.computeIfAbsent(name, any -> new LongAdder()).increment();
    }

    void count(int number) {
        count(String.valueOf(number));
    }

    long of(Object name) {
        LongAdder count = counts.get(String.valueOf(name));
        return count == null ? 0 : count.sum();
    }

    /** Everything that was counted, under any name. */
    long total() {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }

    @Override
    public String toString() {
        return new ConcurrentSkipListMap<>(counts).toString();
    }
}

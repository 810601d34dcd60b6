package io.neurolink.engine.status;

import java.util.LinkedHashMap;
import java.util.Map;

/** The values of all counters as they were read. Immutable. */
public final class CountersSnapshot {

    private final long[] values;

    CountersSnapshot(long[] values) {
        this.values = values;
    }

    /** One value. */
    public long get(EngineCounter counter) {
        return values[counter.ordinal()];
    }

    /**
     * What happened since an earlier snapshot: counters as differences, gauges and maxima as they are now.
     *
     * @param earlier a snapshot of the same {@link Counters}.
     */
    public CountersSnapshot since(CountersSnapshot earlier) {
        long[] differences = values.clone();
        for (EngineCounter counter : EngineCounter.values()) {
            if (counter.kind() == EngineCounter.Kind.COUNTER) {
                differences[counter.ordinal()] -= earlier.get(counter);
            }
        }
        return new CountersSnapshot(differences);
    }

    /** All values by label, in the order of {@link EngineCounter}; the caller's own map. */
    public Map<String, Long> toMap() {
        Map<String, Long> map = new LinkedHashMap<>();
        for (EngineCounter counter : EngineCounter.values()) {
            map.put(counter.label(), get(counter));
        }
        return map;
    }

    /** The values that are not 0, by label. */
    @Override
    public String toString() {
        Map<String, Long> map = toMap();
        map.values().removeIf(value -> value == 0);
        return map.toString();
    }
}

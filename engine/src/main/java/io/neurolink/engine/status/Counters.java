package io.neurolink.engine.status;

import io.neurolink.engine.metrics.HistogramSnapshot;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All counters of one engine: a set per writing thread and one for everybody else, added up when somebody asks. A set stays when its
 * thread has ended, so that nothing it counted is forgotten.
 *
 * <p>Sums are exact when the writers rest. While they run, two counters read one after the other may differ by what happened in between.
 */
public final class Counters {

    private final List<CounterSet> sets = new CopyOnWriteArrayList<>();
    private final CounterSet shared = new SharedCounterSet("shared");

    /** Creates an engine's counters, all 0. */
    public Counters() {
        sets.add(shared);
    }

    /**
     * Adds a set that one thread at a time will write.
     *
     * @param owner who, for instance {@code loop-0}.
     */
    public CounterSet newSet(String owner) {
        CounterSet set = new SingleWriterCounterSet(owner);
        sets.add(set);
        return set;
    }

    /** The set that any thread may write. */
    public CounterSet shared() {
        return shared;
    }

    /** Every set, the shared one first; for pages that show who counted what. */
    public List<CounterSet> sets() {
        return List.copyOf(sets);
    }

    /** The value over all sets: the sum, or the largest for a maximum. Any thread. */
    public long sum(EngineCounter counter) {
        boolean isMaximum = counter.kind() == EngineCounter.Kind.MAXIMUM;
        long result = 0;
        int count = sets.size();
        for (int i = 0; i < count; i++) {
            long value = sets.get(i).get(counter);
            result = isMaximum ? Math.max(result, value) : result + value;
        }
        return result;
    }

    /** A distribution over all sets. Any thread. */
    public HistogramSnapshot sum(EngineHistogram histogram) {
        return sets.stream().map(set -> set.get(histogram)).reduce(HistogramSnapshot.EMPTY, HistogramSnapshot::plus);
    }

    /** All values, read one after the other. Any thread. */
    public CountersSnapshot snapshot() {
        EngineCounter[] counters = EngineCounter.values();
        long[] values = new long[counters.length];
        for (EngineCounter counter : counters) {
            values[counter.ordinal()] = sum(counter);
        }
        return new CountersSnapshot(values);
    }
}

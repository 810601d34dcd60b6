package io.neurolink.engine.status;

import io.neurolink.engine.metrics.HistogramSnapshot;

/**
 * The counters of one writer. Which threads may write is a matter of how the set was made: {@link Counters#newSet} gives a set for one
 * thread, {@link Counters#shared} is for all. Any thread may read.
 */
public interface CounterSet {

    /** Who writes here. */
    String owner();

    /** Adds 1. */
    default void increment(EngineCounter counter) {
        add(counter, 1);
    }

    /** Takes 1 off a gauge. */
    default void decrement(EngineCounter counter) {
        add(counter, -1);
    }

    /** Adds an amount, negative for a gauge that falls. */
    void add(EngineCounter counter, long amount);

    /** Raises a maximum to a value, if it is below. */
    void max(EngineCounter counter, long value);

    /** The value now, of this set alone. */
    long get(EngineCounter counter);

    /** Counts a value of a distribution. */
    void record(EngineHistogram histogram, long value);

    /** A distribution as it is now, of this set alone. */
    HistogramSnapshot get(EngineHistogram histogram);
}

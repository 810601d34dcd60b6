package io.neurolink.engine.status;

import io.neurolink.engine.metrics.HistogramSnapshot;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** Counters that any thread writes: for application threads, whose number nobody knows. */
final class SharedCounterSet implements CounterSet {

    private final String owner;
    private final SharedHistogram[] histograms = new SharedHistogram[EngineHistogram.values().length];
    private final LongAdder[] sums = new LongAdder[EngineCounter.values().length];
    private final LongAccumulator[] maxima = new LongAccumulator[sums.length];

    SharedCounterSet(String owner) {
        this.owner = owner;
        Arrays.setAll(histograms, i -> new SharedHistogram());
        for (int i = 0; i < sums.length; i++) {
            sums[i] = new LongAdder();
            maxima[i] = new LongAccumulator(Math::max, 0);
        }
    }

    @Override
    public String owner() {
        return owner;
    }

    @Override
    public void add(EngineCounter counter, long amount) {
        sums[counter.ordinal()].add(amount);
    }

    @Override
    public void max(EngineCounter counter, long value) {
        maxima[counter.ordinal()].accumulate(value);
    }

    @Override
    public long get(EngineCounter counter) {
        return counter.kind() == EngineCounter.Kind.MAXIMUM ? maxima[counter.ordinal()].get() : sums[counter.ordinal()].sum();
    }

    @Override
    public void record(EngineHistogram histogram, long value) {
        histograms[histogram.ordinal()].record(value);
    }

    @Override
    public HistogramSnapshot get(EngineHistogram histogram) {
        return histograms[histogram.ordinal()].snapshot();
    }
}

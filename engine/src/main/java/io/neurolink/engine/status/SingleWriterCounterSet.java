package io.neurolink.engine.status;

import io.neurolink.engine.metrics.HistogramSnapshot;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Counters that one thread writes: a plain read and an opaque write each, so that counting costs no fence and no bus lock, and a reader
 * elsewhere never sees half a value nor a stale one for ever. The values keep a distance from whatever the heap puts before and behind
 * them.
 */
final class SingleWriterCounterSet implements CounterSet {

    private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PADDING = 16;
    private static final int COUNT = EngineCounter.values().length;

    private final String owner;
    private final SingleWriterHistogram[] histograms = new SingleWriterHistogram[EngineHistogram.values().length];
    private final long[] values = new long[PADDING + COUNT + PADDING];

    SingleWriterCounterSet(String owner) {
        this.owner = owner;
        Arrays.setAll(histograms, i -> new SingleWriterHistogram());
    }

    @Override
    public String owner() {
        return owner;
    }

    @Override
    public void add(EngineCounter counter, long amount) {
        int index = PADDING + counter.ordinal();
        VALUES.setOpaque(values, index, values[index] + amount);
    }

    @Override
    public void max(EngineCounter counter, long value) {
        int index = PADDING + counter.ordinal();
        if (value > values[index]) {
            VALUES.setOpaque(values, index, value);
        }
    }

    @Override
    public long get(EngineCounter counter) {
        return (long) VALUES.getOpaque(values, PADDING + counter.ordinal());
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

package io.neurolink.engine.status;

import io.neurolink.engine.metrics.HistogramSnapshot;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A histogram that one thread at a time writes: three plain reads and opaque writes for each value, no fence, no allocation.
 *
 * <pre>
 *   padding | sum | max | counts of the buckets … | padding
 * </pre>
 */
public final class SingleWriterHistogram implements Histogram {
    private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PADDING = 16;
    private static final int SUM = PADDING;
    private static final int MAX = PADDING + 1;
    private static final int COUNTS = PADDING + 2;

    private final long[] values = new long[COUNTS + HistogramSnapshot.BUCKETS + PADDING];

    /** Creates an empty histogram. */
    public SingleWriterHistogram() {
    }

    @Override
    public void record(long value) {
        long counted = Math.max(0, value);
        add(COUNTS + HistogramSnapshot.indexOf(counted), 1);
        add(SUM, counted);
        if (counted > values[MAX]) {
            VALUES.setOpaque(values, MAX, counted);
        }
    }

    private void add(int index, long amount) {
        VALUES.setOpaque(values, index, values[index] + amount);
    }

    @Override
    public HistogramSnapshot snapshot() {
        long[] counts = new long[HistogramSnapshot.BUCKETS];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (long) VALUES.getOpaque(values, COUNTS + i);
        }
        return HistogramSnapshot.of(counts, (long) VALUES.getOpaque(values, SUM), (long) VALUES.getOpaque(values, MAX));
    }
}

package io.neurolink.engine.status;

import io.neurolink.engine.metrics.HistogramSnapshot;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** A histogram that any thread writes. For what happens some thousand times a second, not for each message of a loop. */
public final class SharedHistogram implements Histogram {
    private final AtomicLongArray counts = new AtomicLongArray(HistogramSnapshot.BUCKETS);
    private final LongAdder sum = new LongAdder();
    private final LongAccumulator max = new LongAccumulator(Math::max, 0);

    /** Creates an empty histogram. */
    public SharedHistogram() {
    }

    @Override
    public void record(long value) {
        long counted = Math.max(0, value);
        counts.incrementAndGet(HistogramSnapshot.indexOf(counted));
        sum.add(counted);
        max.accumulate(counted);
    }

    @Override
    public HistogramSnapshot snapshot() {
        long[] copy = new long[HistogramSnapshot.BUCKETS];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.get(i);
        }
        return HistogramSnapshot.of(copy, sum.sum(), max.get());
    }
}

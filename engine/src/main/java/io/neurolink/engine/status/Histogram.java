package io.neurolink.engine.status;

import io.neurolink.engine.metrics.HistogramSnapshot;

/** Counts values by size. Who may record is said by the class; any thread may look. */
public interface Histogram {
    /**
     * Counts a value.
     *
     * @param value the value; below 0 counts as 0.
     */
    void record(long value);

    /** @return how the values are distributed so far. */
    HistogramSnapshot snapshot();
}

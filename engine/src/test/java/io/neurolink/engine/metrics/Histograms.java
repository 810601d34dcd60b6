package io.neurolink.engine.metrics;

/** Histograms of a few values. */
public final class Histograms {
    private Histograms() {
    }

    public static HistogramSnapshot of(long... values) {
        long[] counts = new long[HistogramSnapshot.BUCKETS];
        long sum = 0;
        long max = 0;
        for (long value : values) {
            counts[HistogramSnapshot.indexOf(value)]++;
            sum += value;
            max = Math.max(max, value);
        }
        return HistogramSnapshot.of(counts, sum, max);
    }
}

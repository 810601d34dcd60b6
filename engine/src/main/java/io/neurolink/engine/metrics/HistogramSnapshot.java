package io.neurolink.engine.metrics;

import java.util.Arrays;

/**
 * How values are distributed, as it was read. Buckets are log-linear: each power of two is divided into {@link #SUB_BUCKETS} equal parts,
 * so that a bucket is at most a quarter of its values wide; the bounds are the same for all histograms, which makes them mergeable.
 * Immutable.
 *
 * <pre>
 *   value   0 1 2 3 | 4 5 6 7 | 8-9 10-11 12-13 14-15 | 16-19 20-23 24-27 28-31 | 32-39 …
 *   bucket  0 1 2 3   4 5 6 7    8    9     10    11     12    13    14    15      16
 * </pre>
 *
 * The histograms of {@link ServerMetrics} count nanoseconds.
 */
public final class HistogramSnapshot {
    /** Parts of each power of two. */
    public static final int SUB_BUCKETS = 4;

    /** Values below this are told apart by bucket; larger ones share the last. 2 to the power of 42: as nanoseconds, 73 minutes. */
    public static final long LIMIT = 1L << 42;

    /** How many buckets there are. */
    public static final int BUCKETS = indexOf(LIMIT) + 1;

    /** Of nothing. */
    public static final HistogramSnapshot EMPTY = new HistogramSnapshot(new long[BUCKETS], 0, 0);

    private static final int SUB_BITS = 2;

    private final long[] counts;
    private final long count;
    private final long sum;
    private final long max;

    private HistogramSnapshot(long[] counts, long sum, long max) {
        this.counts = counts;
        this.sum = sum;
        this.max = max;
        this.count = Arrays.stream(counts).sum();
    }

    /**
     * Makes a snapshot of counts.
     *
     * @param counts of each bucket, {@link #BUCKETS} of them; copied.
     * @param sum    of all values.
     * @param max    the largest value.
     * @return the snapshot.
     */
    public static HistogramSnapshot of(long[] counts, long sum, long max) {
        if (counts.length != BUCKETS) {
            throw new IllegalArgumentException("there must be " + BUCKETS + " buckets, not " + counts.length);
        }
        return new HistogramSnapshot(counts.clone(), sum, max);
    }

    /**
     * {@return its bucket}
     *
     * @param value a value; below 0 counts as 0.
     */
    public static int indexOf(long value) {
        if (value < SUB_BUCKETS) {
            return (int) Math.max(0, value);
        }
        if (value >= LIMIT) {
            return SUB_BUCKETS * (Long.numberOfTrailingZeros(LIMIT) - SUB_BITS + 1);
        }
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        return SUB_BUCKETS * (exponent - SUB_BITS + 1) + (int) (value >>> exponent - SUB_BITS) - SUB_BUCKETS;
    }

    /**
     * {@return the largest value that belongs into it; {@link Long#MAX_VALUE} for the last}
     *
     * @param bucket a bucket, from 0.
     */
    public static long highestIn(int bucket) {
        if (bucket == BUCKETS - 1) {
            return Long.MAX_VALUE;
        }
        if (bucket < SUB_BUCKETS) {
            return bucket;
        }
        int shift = bucket / SUB_BUCKETS - 1;
        return ((long) (SUB_BUCKETS + bucket % SUB_BUCKETS + 1) << shift) - 1;
    }

    /** {@return how many values there were} */
    public long count() {
        return count;
    }

    /** {@return the sum of all values} */
    public long sum() {
        return sum;
    }

    /** {@return the largest value since the start, also in a difference; 0 if there was none} */
    public long max() {
        return max;
    }

    /** {@return the mean, or 0 if there was no value} */
    public double mean() {
        return count == 0 ? 0 : (double) sum / count;
    }

    /**
     * {@return how many values are in it}
     *
     * @param bucket a bucket, from 0 to {@link #BUCKETS} - 1.
     */
    public long countIn(int bucket) {
        return counts[bucket];
    }

    /**
     * Counts values from the least up to a bound. Exact where the bound is one less than a power of two from 4 on, or otherwise the
     * highest value of a bucket; between two of these, the values of the bucket it lies in are left out.
     *
     * @param bound the bound.
     * @return values of at most that.
     */
    public long countUpTo(long bound) {
        long sumOfCounts = 0;
        for (int bucket = 0; bucket < BUCKETS && highestIn(bucket) <= bound; bucket++) {
            sumOfCounts += counts[bucket];
        }
        return sumOfCounts;
    }

    /**
     * Tells below which value a share of all values lies.
     *
     * @param share for instance 0.99, from 0 to 1.
     * @return the highest value of the bucket where that is so, but not more than {@link #max()}; 0 if there is no value.
     */
    public long valueAt(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("a share is from 0 to 1, not " + share);
        }
        long rank = Math.max(1, (long) Math.ceil(share * count));
        long seen = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            seen += counts[bucket];
            if (seen >= rank) {
                return Math.min(max, highestIn(bucket));
            }
        }
        return 0;
    }

    /**
     * {@return both together}
     *
     * @param other another histogram.
     */
    public HistogramSnapshot plus(HistogramSnapshot other) {
        long[] both = counts.clone();
        Arrays.setAll(both, bucket -> counts[bucket] + other.counts[bucket]);
        return new HistogramSnapshot(both, sum + other.sum, Math.max(max, other.max));
    }

    /**
     * {@return what came since; its {@link #max()} remains that since the start}
     *
     * @param earlier an earlier snapshot of the same.
     */
    public HistogramSnapshot since(HistogramSnapshot earlier) {
        long[] later = counts.clone();
        Arrays.setAll(later, bucket -> Math.max(0, counts[bucket] - earlier.counts[bucket]));
        return new HistogramSnapshot(later, Math.max(0, sum - earlier.sum), max);
    }

    @Override
    public String toString() {
        return "count " + count + ", mean " + Math.round(mean()) + ", p50 " + valueAt(0.5) + ", p99 " + valueAt(0.99) + ", max " + max;
    }
}

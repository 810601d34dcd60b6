package io.neurolink.engine.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistogramSnapshotTest {
    @Test
    void shouldPutEveryValueIntoTheBucketWhoseBoundsHoldIt() {
        Random random = new Random(6);
        for (int i = 0; i < 1_000_000; i++) {
            checkBucketOf(random.nextLong() >>> random.nextInt(64) & Long.MAX_VALUE);
        }
        for (int exponent = 0; exponent < 63; exponent++) {
            checkBucketOf((1L << exponent) - 1);
            checkBucketOf(1L << exponent);
            checkBucketOf((1L << exponent) + 1);
        }
        checkBucketOf(Long.MAX_VALUE);
    }

    private static void checkBucketOf(long value) {
        int bucket = HistogramSnapshot.indexOf(value);
        assertTrue(value <= HistogramSnapshot.highestIn(bucket), () -> value + " is above bucket " + bucket);
        assertTrue(bucket == 0 || value > HistogramSnapshot.highestIn(bucket - 1), () -> value + " is below bucket " + bucket);
    }

    @Test
    void shouldHaveBucketsOfAQuarterAtMost() {
        for (int bucket = 1; bucket < HistogramSnapshot.BUCKETS - 1; bucket++) {
            long lowest = HistogramSnapshot.highestIn(bucket - 1) + 1;
            assertTrue((HistogramSnapshot.highestIn(bucket) - lowest) * 4 < lowest, "bucket " + bucket);
        }
        assertEquals(Long.MAX_VALUE, HistogramSnapshot.highestIn(HistogramSnapshot.BUCKETS - 1));
        assertEquals(HistogramSnapshot.BUCKETS - 1, HistogramSnapshot.indexOf(HistogramSnapshot.LIMIT));
        assertEquals(HistogramSnapshot.BUCKETS - 2, HistogramSnapshot.indexOf(HistogramSnapshot.LIMIT - 1));
    }

    @Test
    void shouldCountNegativeValuesAsZero() {
        assertEquals(0, HistogramSnapshot.indexOf(-1));
        assertEquals(0, HistogramSnapshot.indexOf(Long.MIN_VALUE));
    }

    @Test
    void shouldTellSharesOfValues() {
        HistogramSnapshot histogram = Histograms.of(1, 2, 3, 1000, 1_000_000);
        assertEquals(1, histogram.valueAt(0));
        assertEquals(3, histogram.valueAt(0.5));
        assertEquals(1023, histogram.valueAt(0.8));
        assertEquals(1_000_000, histogram.valueAt(1), "not more than the largest");
        assertEquals(5, histogram.count());
        assertEquals(1_001_006, histogram.sum());
        assertEquals(200_201.2, histogram.mean());
        assertEquals(0, HistogramSnapshot.EMPTY.valueAt(0.99));
        assertEquals(0, HistogramSnapshot.EMPTY.mean());
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void shouldRefuseWhatIsNoShare(double share) {
        assertThrows(IllegalArgumentException.class, () -> Histograms.of(1).valueAt(share));
    }

    @Test
    void shouldCountUpToABound() {
        HistogramSnapshot histogram = Histograms.of(0, 3, 4, 7, 8, 1023, 1024, HistogramSnapshot.LIMIT);
        assertEquals(2, histogram.countUpTo(3));
        assertEquals(4, histogram.countUpTo(7));
        assertEquals(6, histogram.countUpTo(1023));
        assertEquals(7, histogram.countUpTo(HistogramSnapshot.LIMIT - 1));
        assertEquals(8, histogram.countUpTo(Long.MAX_VALUE));
        assertEquals(0, histogram.countUpTo(-1));
    }

    @Test
    void shouldAddUpAndSubtract() {
        HistogramSnapshot early = Histograms.of(10, 20);
        HistogramSnapshot late = early.plus(Histograms.of(5_000));
        assertEquals(3, late.count());
        assertEquals(5_030, late.sum());
        assertEquals(5_000, late.max());
        HistogramSnapshot difference = late.since(early);
        assertEquals(1, difference.count());
        assertEquals(5_000, difference.sum());
        assertEquals(5_000, difference.valueAt(0.5));
        assertEquals(0, late.since(late).count());
        assertEquals(2, early.count(), "snapshots do not change");
    }

    @Test
    void shouldRefuseAnotherNumberOfBuckets() {
        assertThrows(IllegalArgumentException.class, () -> HistogramSnapshot.of(new long[3], 0, 0));
    }
}

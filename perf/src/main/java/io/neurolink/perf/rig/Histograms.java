package io.neurolink.perf.rig;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Histograms of times in nanoseconds, to three digits. */
final class Histograms {
    private static final long HIGHEST_NS = TimeUnit.HOURS.toNanos(1);
    private static final int DIGITS = 3;

    private Histograms() {
    }

    static Histogram create() {
        return new Histogram(HIGHEST_NS, DIGITS);
    }

    /** Counts a time; one beyond the range, or before its beginning because the clock was, counts as the nearest there is. */
    static void record(Histogram histogram, long timeNs) {
        histogram.recordValue(Math.max(0, Math.min(HIGHEST_NS, timeNs)));
    }

    /** Mean and percentiles as the JSON has them. */
    static Map<String, Object> percentiles(Histogram histogram) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("mean", Math.round(histogram.getMean()));
        map.put("p50", histogram.getValueAtPercentile(50));
        map.put("p90", histogram.getValueAtPercentile(90));
        map.put("p99", histogram.getValueAtPercentile(99));
        map.put("p999", histogram.getValueAtPercentile(99.9));
        map.put("max", histogram.getMaxValue());
        return map;
    }

    /** The compressed encoding of HdrHistogram in base 64. */
    static String encode(Histogram histogram) {
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    }
}

package io.neurolink.engine.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * A metric with all its values, for exporters. Names follow Micrometer's convention: lower case, dots between words, no unit in the name.
 * In Prometheus that is {@link #prometheusName()}.
 *
 * @param name        for instance {@code neurolink.messages}
 * @param kind        how to read the values
 * @param unit        {@code bytes}, {@code seconds}, {@code ratio}, or empty where things are counted
 * @param description one sentence
 * @param samples     one for each combination of tags; which there are never becomes less while a server runs, but for the paths of
 *                    connections and threads none is ever added either
 */
public record MetricFamily(String name, Kind kind, String unit, String description, List<Sample> samples) {

    /** How values are to be read. */
    public enum Kind {
        /** Only grows. */
        COUNTER,
        /** A present amount. */
        GAUGE,
        /** A distribution; its values are nanoseconds where the unit is seconds. */
        HISTOGRAM
    }

    /**
     * A value.
     *
     * @param tags      in the order in which they are to be shown; same keys for all samples of a family
     * @param value     of a counter or a gauge, in the family's unit; of a histogram the count
     * @param histogram null but for histograms
     */
    public record Sample(Map<String, String> tags, double value, HistogramSnapshot histogram) {
        private Sample plus(Sample other) {
            return new Sample(tags, value + other.value, histogram == null ? null : histogram.plus(other.histogram));
        }
    }

    private static final double NS_PER_SECOND = 1e9;

    /**
     * Tells into which buckets exporters sort the values of a histogram: up to 2^14 - 1 nanoseconds (16 µs), and so on in powers of two,
     * up to 2^40 - 1 (18 min); where things are counted, up to 1, 3, 15, 63 and so on in powers of four, up to 2^24 - 1.
     *
     * @return the highest values of the buckets, as the histogram counts them; not empty also where this is no histogram.
     */
    public long[] bucketBounds() {
        return isTime() ? LongStream.rangeClosed(14, 40).map(power -> (1L << power) - 1).toArray()
                : LongStream.concat(LongStream.of(1), LongStream.rangeClosed(1, 12).map(power -> (1L << 2 * power) - 1)).toArray();
    }

    /** {@return how many of what a histogram counts make one of the unit: nanoseconds of a second, or 1} */
    public double countedPerUnit() {
        return isTime() ? NS_PER_SECOND : 1;
    }

    private boolean isTime() {
        return unit.equals("seconds");
    }

    /**
     * Puts together metrics of several sources: families of one name become one, and values with the same tags are added up.
     *
     * @param families the metrics.
     * @return each name once, in the order in which they first came.
     * @throws IllegalArgumentException if families of one name differ in kind or unit.
     */
    public static List<MetricFamily> merged(List<MetricFamily> families) {
        Map<String, MetricFamily> byName = new LinkedHashMap<>();
        families.forEach(family -> byName.merge(family.name(), family, MetricFamily::plus));
        return List.copyOf(byName.values());
    }

    private MetricFamily plus(MetricFamily other) {
        if (kind != other.kind || !unit.equals(other.unit)) {
            throw new IllegalArgumentException("the metric " + name + " cannot be a " + kind + " in " + unit + " and a " + other.kind
                    + " in " + other.unit);
        }
        Map<Map<String, String>, Sample> byTags = new LinkedHashMap<>();
        samples.forEach(sample -> byTags.merge(sample.tags(), sample, Sample::plus));
        other.samples.forEach(sample -> byTags.merge(sample.tags(), sample, Sample::plus));
        return new MetricFamily(name, kind, unit, description, List.copyOf(byTags.values()));
    }

    /** {@return for instance {@code neurolink_messages_total}; the same name that Micrometer's Prometheus registry gives it} */
    public String prometheusName() {
        String plain = name.replace('.', '_');
        String withUnit = unit.isEmpty() || plain.endsWith("_" + unit) ? plain : plain + "_" + unit;
        return kind == Kind.COUNTER ? withUnit + "_total" : withUnit;
    }
}

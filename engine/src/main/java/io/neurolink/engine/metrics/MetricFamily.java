package io.neurolink.engine.metrics;

import java.util.List;
import java.util.Map;

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
    }

    /** @return for instance {@code neurolink_messages_total}; the same name that Micrometer's Prometheus registry gives it. */
    public String prometheusName() {
        String plain = name.replace('.', '_');
        String withUnit = unit.isEmpty() || plain.endsWith("_" + unit) ? plain : plain + "_" + unit;
        return kind == Kind.COUNTER ? withUnit + "_total" : withUnit;
    }
}

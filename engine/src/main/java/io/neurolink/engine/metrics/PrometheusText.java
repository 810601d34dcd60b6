package io.neurolink.engine.metrics;

import io.neurolink.engine.metrics.MetricFamily.Kind;
import io.neurolink.engine.metrics.MetricFamily.Sample;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes metrics in the forms that Prometheus reads: its text format 0.0.4, and OpenMetrics 1.0. A histogram becomes {@code _bucket},
 * {@code _sum} and {@code _count}; the bounds of its buckets are among those of {@link HistogramSnapshot}, so that each is exact.
 */
public final class PrometheusText {
    /** The forms. */
    public enum Format {
        /** The text format of Prometheus. */
        TEXT_0_0_4("text/plain; version=0.0.4; charset=utf-8"),
        /** OpenMetrics, which tells units too. */
        OPEN_METRICS_1_0("application/openmetrics-text; version=1.0.0; charset=utf-8");

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        /** {@return value of {@code Content-Type}} */
        public String contentType() {
            return contentType;
        }

        /**
         * Chooses what a scraper likes best (RFC 9110 section 12.5.1).
         *
         * @param accept value of {@code Accept}, or null.
         * @return the form; text where the scraper does not care.
         */
        public static Format forAccept(String accept) {
            double openMetrics = quality(accept, "application/openmetrics-text");
            return openMetrics > 0 && openMetrics >= quality(accept, "text/plain") ? OPEN_METRICS_1_0 : TEXT_0_0_4;
        }

        private static double quality(String accept, String type) {
            double best = 0;
            for (String range : accept == null ? new String[0] : accept.toLowerCase(Locale.ROOT).split(",")) {
                String[] parts = range.split(";");
                if (parts[0].strip().equals(type)) {
                    best = Math.max(best, quality(parts));
                }
            }
            return best;
        }

        private static double quality(String... parts) {
            for (String part : parts) {
                if (part.strip().startsWith("q=")) {
                    try {
                        return Double.parseDouble(part.strip().substring(2));
                    } catch (NumberFormatException e) {
                        return 0;
                    }
                }
            }
            return 1;
        }
    }

    private static final double MAX_EXACT = 1L << 53;

    private final Format format;
    private final StringBuilder out = new StringBuilder(32 * 1024);

    private PrometheusText(Format format) {
        this.format = format;
    }

    /**
     * Writes metrics.
     *
     * @param families the metrics, each name once; see {@link MetricFamily#merged}.
     * @param format   the form.
     * @return UTF-8.
     */
    public static byte[] write(List<MetricFamily> families, Format format) {
        PrometheusText text = new PrometheusText(format);
        families.forEach(text::family);
        if (format == Format.OPEN_METRICS_1_0) {
            text.out.append("# EOF\n");
        }
        return text.out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void family(MetricFamily family) {
        String name = family.prometheusName();
        String described = name;
        if (format == Format.OPEN_METRICS_1_0) {
            described = family.kind() == Kind.COUNTER ? name.substring(0, name.length() - "_total".length()) : name;
        }
        out.append("# HELP ").append(described).append(' ').append(escaped(family.description(), format == Format.OPEN_METRICS_1_0))
                .append('\n');
        out.append("# TYPE ").append(described).append(' ').append(family.kind().name().toLowerCase(Locale.ROOT)).append('\n');
        if (format == Format.OPEN_METRICS_1_0 && !family.unit().isEmpty()) {
            out.append("# UNIT ").append(described).append(' ').append(family.unit()).append('\n');
        }
        for (Sample sample : family.samples()) {
            if (sample.histogram() == null) {
                line(name, sample.tags(), null, number(sample.value()));
            } else {
                histogram(family, name, sample);
            }
        }
    }

    private void histogram(MetricFamily family, String name, Sample sample) {
        HistogramSnapshot histogram = sample.histogram();
        for (long bound : family.bucketBounds()) {
            line(name + "_bucket", sample.tags(), plain(bound / family.countedPerUnit()), Long.toString(histogram.countUpTo(bound)));
        }
        line(name + "_bucket", sample.tags(), "+Inf", Long.toString(histogram.count()));
        line(name + "_sum", sample.tags(), null, number(histogram.sum() / family.countedPerUnit()));
        line(name + "_count", sample.tags(), null, Long.toString(histogram.count()));
    }

    private void line(String name, Map<String, String> tags, String upTo, String value) {
        out.append(name);
        char before = '{';
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            out.append(before).append(labelName(tag.getKey())).append("=\"").append(escaped(tag.getValue(), true)).append('"');
            before = ',';
        }
        if (upTo != null) {
            out.append(before).append("le=\"").append(upTo).append('"');
            before = ',';
        }
        out.append(before == ',' ? "} " : " ").append(value).append('\n');
    }

    private static String labelName(String tag) {
        return tag.replaceAll("[^a-zA-Z0-9_]", "_");
    }

    private static String escaped(String text, boolean isQuoted) {
        String escaped = text.replace("\\", "\\\\").replace("\n", "\\n");
        return isQuoted ? escaped.replace("\"", "\\\"") : escaped;
    }

    private static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < MAX_EXACT) {
            return Long.toString((long) value);
        }
        return Double.isInfinite(value) ? (value > 0 ? "+Inf" : "-Inf") : Double.toString(value);
    }

    /** Bounds of buckets are floating-point numbers without exponent, the same in both forms. */
    private static String plain(double value) {
        String text = new BigDecimal(Double.toString(value)).toPlainString();
        return text.indexOf('.') < 0 ? text + ".0" : text;
    }
}

package io.neurolink.engine.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.metrics.MetricFamily.Kind;
import io.neurolink.engine.metrics.MetricFamily.Sample;
import io.neurolink.engine.metrics.PrometheusText.Format;
import io.neurolink.engine.status.SharedHistogram;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms that Prometheus reads, character by character. */
class PrometheusTextTest {
    private static String write(Format format, MetricFamily... families) {
        return new String(PrometheusText.write(List.of(families), format), StandardCharsets.UTF_8);
    }

    private static MetricFamily family(String name, Kind kind, String unit, String description, Sample... samples) {
        return new MetricFamily(name, kind, unit, description, List.of(samples));
    }

    private static Map<String, String> tags(String... namesAndValues) {
        Map<String, String> tags = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            tags.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return tags;
    }

    private static HistogramSnapshot histogram(long... values) {
        SharedHistogram histogram = new SharedHistogram();
        for (long value : values) {
            histogram.record(value);
        }
        return histogram.snapshot();
    }

    @Test
    void shouldWriteCountersAndGauges() {
        MetricFamily counter = family("neurolink.messages", Kind.COUNTER, "", "Messages.",
                new Sample(tags("direction", "in"), 12, null), new Sample(tags("direction", "out"), 0, null));
        MetricFamily gauge = family("neurolink.memory.used", Kind.GAUGE, "bytes", "Memory.", new Sample(Map.of(), 1.5, null));
        assertEquals("""
                # HELP neurolink_messages_total Messages.
                # TYPE neurolink_messages_total counter
                neurolink_messages_total{direction="in"} 12
                neurolink_messages_total{direction="out"} 0
                # HELP neurolink_memory_used_bytes Memory.
                # TYPE neurolink_memory_used_bytes gauge
                neurolink_memory_used_bytes 1.5
                """, write(Format.TEXT_0_0_4, counter, gauge));
        assertEquals("""
                # HELP neurolink_messages Messages.
                # TYPE neurolink_messages counter
                neurolink_messages_total{direction="in"} 12
                neurolink_messages_total{direction="out"} 0
                # HELP neurolink_memory_used_bytes Memory.
                # TYPE neurolink_memory_used_bytes gauge
                # UNIT neurolink_memory_used_bytes bytes
                neurolink_memory_used_bytes 1.5
                # EOF
                """, write(Format.OPEN_METRICS_1_0, counter, gauge));
    }

    @Test
    void shouldWriteExactHistograms() {
        MetricFamily time = family("neurolink.handler.time", Kind.HISTOGRAM, "seconds", "Time.",
                new Sample(tags("a", "b"), 4, histogram(16_383, 16_384, 1_000_000_000L, 1L << 41)));
        List<String> lines = write(Format.TEXT_0_0_4, time).lines().toList();
        assertEquals("# TYPE neurolink_handler_time_seconds histogram", lines.get(1));
        assertEquals("neurolink_handler_time_seconds_bucket{a=\"b\",le=\"0.000016383\"} 1", lines.get(2));
        assertEquals("neurolink_handler_time_seconds_bucket{a=\"b\",le=\"0.000032767\"} 2", lines.get(3));
        assertTrue(lines.contains("neurolink_handler_time_seconds_bucket{a=\"b\",le=\"0.536870911\"} 2"));
        assertTrue(lines.contains("neurolink_handler_time_seconds_bucket{a=\"b\",le=\"1.073741823\"} 3"));
        assertEquals("neurolink_handler_time_seconds_bucket{a=\"b\",le=\"1099.511627775\"} 3", lines.get(28));
        assertEquals(List.of("neurolink_handler_time_seconds_bucket{a=\"b\",le=\"+Inf\"} 4",
                "neurolink_handler_time_seconds_sum{a=\"b\"} 2200.023288319", "neurolink_handler_time_seconds_count{a=\"b\"} 4"),
                lines.subList(29, 32));
        assertEquals(32, lines.size());
    }

    @Test
    void shouldWriteHistogramsOfWhatIsCounted() {
        MetricFamily tokens = family("gen_ai.client.token.usage", Kind.HISTOGRAM, "", "Tokens.", new Sample(Map.of(), 6,
                histogram(0, 1, 3, 4, 63, 64)));
        List<String> lines = write(Format.OPEN_METRICS_1_0, tokens).lines().toList();
        assertEquals(List.of("# HELP gen_ai_client_token_usage Tokens.", "# TYPE gen_ai_client_token_usage histogram",
                "gen_ai_client_token_usage_bucket{le=\"1.0\"} 2", "gen_ai_client_token_usage_bucket{le=\"3.0\"} 3",
                "gen_ai_client_token_usage_bucket{le=\"15.0\"} 4", "gen_ai_client_token_usage_bucket{le=\"63.0\"} 5",
                "gen_ai_client_token_usage_bucket{le=\"255.0\"} 6"), lines.subList(0, 7));
        assertEquals(List.of("gen_ai_client_token_usage_bucket{le=\"+Inf\"} 6", "gen_ai_client_token_usage_sum 135",
                "gen_ai_client_token_usage_count 6", "# EOF"), lines.subList(lines.size() - 4, lines.size()));
    }

    @Test
    void shouldEscapeWhatWouldBeReadWrongly() {
        MetricFamily odd = family("odd", Kind.GAUGE, "", "a\\b\n\"c\"", new Sample(tags("x.y-z", "a\\b\n\"c\""), 1, null));
        assertEquals("# HELP odd a\\\\b\\n\"c\"\n# TYPE odd gauge\nodd{x_y_z=\"a\\\\b\\n\\\"c\\\"\"} 1\n", write(Format.TEXT_0_0_4, odd));
        assertTrue(write(Format.OPEN_METRICS_1_0, odd).startsWith("# HELP odd a\\\\b\\n\\\"c\\\"\n"));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-1, -1", "9007199254740991, 9007199254740991", "1e300, 1.0E300", "0.1, 0.1", "NaN, NaN", "Infinity, +Inf",
        "-Infinity, -Inf"})
    void shouldWriteNumbers(double value, String text) {
        String written = write(Format.TEXT_0_0_4, family("n", Kind.GAUGE, "", "d", new Sample(Map.of(), value, null)));
        assertEquals("n " + text, written.lines().toList().get(2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", value = {
        "null | TEXT_0_0_4", "'' | TEXT_0_0_4", "*/* | TEXT_0_0_4", "text/html,*/*;q=0.1 | TEXT_0_0_4",
        "application/openmetrics-text | OPEN_METRICS_1_0",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,"
            + "*/*;q=0.1 | OPEN_METRICS_1_0",
        "text/plain;version=0.0.4;q=0.5, Application/OpenMetrics-Text; version=1.0.0; q=0.6 | OPEN_METRICS_1_0",
        "text/plain,application/openmetrics-text;q=0.9 | TEXT_0_0_4", "application/openmetrics-text;q=0 | TEXT_0_0_4",
        "application/openmetrics-text;q=much | TEXT_0_0_4"})
    void shouldChooseWhatTheScraperLikesBest(String accept, Format format) {
        assertEquals(format, Format.forAccept(accept));
    }

    @Test
    void shouldPutTogetherMetricsOfSeveralSources() {
        MetricFamily one = family("m", Kind.COUNTER, "", "d", new Sample(tags("a", "1"), 1, null), new Sample(tags("a", "2"), 2, null));
        MetricFamily other = family("m", Kind.COUNTER, "", "d", new Sample(tags("a", "2"), 3, null), new Sample(tags("a", "3"), 4, null));
        MetricFamily times = family("h", Kind.HISTOGRAM, "seconds", "d", new Sample(Map.of(), 1, histogram(7)));
        List<MetricFamily> merged = MetricFamily.merged(List.of(one, times, other, times));
        assertEquals(List.of("m", "h"), merged.stream().map(MetricFamily::name).toList());
        assertEquals(List.of(new Sample(tags("a", "1"), 1, null), new Sample(tags("a", "2"), 5, null), new Sample(tags("a", "3"), 4, null)),
                merged.get(0).samples());
        assertEquals(2, merged.get(1).samples().get(0).histogram().count());
        MetricFamily gauge = family("m", Kind.GAUGE, "", "d");
        assertThrows(IllegalArgumentException.class, () -> MetricFamily.merged(List.of(one, gauge)));
    }
}

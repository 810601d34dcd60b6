package io.neurolink.engine.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.metrics.Histograms;
import io.neurolink.engine.metrics.MetricFamily;
import io.neurolink.engine.metrics.MetricFamily.Kind;
import io.neurolink.engine.metrics.MetricFamily.Sample;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NeuroLinkMetricsTest {
    private static final long WAIT_S = 60;

    private final List<MetricFamily> families = new ArrayList<>();
    private long nowNs;
    private int looks;

    private NeuroLinkMetrics metrics(Tag... tags) {
        return new NeuroLinkMetrics(() -> {
            looks++;
            return List.copyOf(families);
        }, Tags.of(tags), () -> nowNs);
    }

    private static MetricFamily family(String name, Kind kind, String unit, double value, String... tag) {
        Map<String, String> tags = tag.length == 0 ? Map.of() : Map.of(tag[0], tag[1]);
        return new MetricFamily(name, kind, unit, "A sentence.", List.of(new Sample(tags, value, null)));
    }

    @Test
    void shouldBindCountersAndGauges() {
        families.add(family("x.messages", Kind.COUNTER, "", 5, "direction", "in"));
        families.add(family("x.queue", Kind.GAUGE, "bytes", 7));
        families.add(family("x.uptime", Kind.GAUGE, "seconds", 1.5));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        metrics(Tag.of("server", "one")).bindTo(registry);
        assertEquals(5, registry.get("x.messages").tag("direction", "in").tag("server", "one").functionCounter().count());
        assertEquals(7, registry.get("x.queue").tag("server", "one").gauge().value());
        assertEquals("bytes", registry.get("x.queue").gauge().getId().getBaseUnit());
        assertEquals("A sentence.", registry.get("x.queue").gauge().getId().getDescription());
        assertEquals(1500, registry.get("x.uptime").timeGauge().value(TimeUnit.MILLISECONDS));
    }

    @Test
    void shouldBindAHistogramOfTimes() {
        families.add(new MetricFamily("x.time", Kind.HISTOGRAM, "seconds", "A sentence.",
                List.of(new Sample(Map.of(), 3, Histograms.of(1_000, 2_000_000, 3_000_000_000L)))));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        metrics().bindTo(registry);
        assertEquals(3, registry.get("x.time").functionTimer().count());
        assertEquals(3_002_001, registry.get("x.time").functionTimer().totalTime(TimeUnit.MICROSECONDS));
        assertEquals(3, registry.get("x.time.max").timeGauge().value(TimeUnit.SECONDS));
        assertEquals(1, registry.get("x.time.histogram").tag("le", "0.000016383").gauge().value());
        assertEquals(2, registry.get("x.time.histogram").tag("le", "1.073741823").gauge().value());
        assertEquals(3, registry.get("x.time.histogram").tag("le", "+Inf").gauge().value());
    }

    @Test
    void shouldBindAHistogramOfCounts() {
        families.add(new MetricFamily("x.tokens", Kind.HISTOGRAM, "", "A sentence.",
                List.of(new Sample(Map.of("type", "in"), 2, Histograms.of(1, 100)))));
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        metrics().bindTo(registry);
        String text = registry.scrape();
        assertTrue(text.contains("x_tokens_count_total{type=\"in\"} 2.0"), text);
        assertTrue(text.contains("x_tokens_sum_total{type=\"in\"} 101.0"), text);
        assertTrue(text.contains("x_tokens_histogram{le=\"3.0\",type=\"in\"} 1.0"), text);
    }

    @Test
    void shouldLookOnceForAllMeters() {
        families.add(family("x.a", Kind.COUNTER, "", 1));
        families.add(family("x.b", Kind.GAUGE, "", 1));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        metrics().bindTo(registry);
        families.set(0, family("x.a", Kind.COUNTER, "", 2));
        nowNs = Binding.INTERVAL_NS - 1;
        assertEquals(1, registry.get("x.a").functionCounter().count(), "still the same look");
        assertEquals(1, looks);
        nowNs = Binding.INTERVAL_NS;
        assertEquals(2, registry.get("x.a").functionCounter().count());
        assertEquals(1, registry.get("x.b").gauge().value());
        assertEquals(2, looks);
    }

    @Test
    void shouldTakeInWhatComesLaterAndShowZeroForWhatIsGone() {
        families.add(family("x.a", Kind.GAUGE, "", 1));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        metrics().bindTo(registry);
        families.set(0, family("x.threads", Kind.COUNTER, "", 3, "thread", "loop-0"));
        nowNs += Binding.INTERVAL_NS;
        assertEquals(0, registry.get("x.a").gauge().value());
        assertEquals(3, registry.get("x.threads").tag("thread", "loop-0").functionCounter().count());
    }

    /** Micrometer holds what it asks weakly; nobody else holds a binder. */
    @Test
    void shouldLiveAsLongAsTheRegistry() {
        families.add(family("x.a", Kind.COUNTER, "", 1));
        families.add(new MetricFamily("x.time", Kind.HISTOGRAM, "seconds", "A sentence.", List.of(new Sample(Map.of(), 1,
                Histograms.of(7)))));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        metrics().bindTo(registry);
        WeakReference<Object> garbage = new WeakReference<>(new Object());
        while (garbage.get() != null) {
            System.gc();
        }
        families.set(0, family("x.a", Kind.COUNTER, "", 2));
        nowNs += Binding.INTERVAL_NS;
        assertEquals(2, registry.get("x.a").functionCounter().count());
        assertEquals(1, registry.get("x.time").functionTimer().count());
    }

    /** The real thing, with real traffic, in Prometheus' registry: which has the very names that the engine's own exporter uses. */
    @Test
    void shouldShowAServerToPrometheus() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        WebSocketConnectionManager manager = new WebSocketConnectionManager(WebSocketConfig.defaults());
        manager.registerHandler("/ws", new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                connection.send(message.text());
            }
        });
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).eventLoops(1).webSocket(manager).build()) {
            new NeuroLinkMetrics(server).bindTo(registry);
            server.start();
            HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create("ws://localhost:" + server.port() + "/ws"),
                    new WebSocket.Listener() {
                        @Override
                        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
                            answered.countDown();
                            return null;
                        }
                    }).join().sendText("hello", true).join();
            assertTrue(answered.await(WAIT_S, TimeUnit.SECONDS));
            String text = scrapeUntil(registry, "neurolink_messages_total{direction=\"out\"} 1.0",
                    "neurolink_thread_busy_seconds_total{thread=\"neurolink-loop-0\"}", "neurolink_handler_time_seconds_count 1");
            for (String line : List.of("neurolink_messages_total{direction=\"in\"} 1.0", "neurolink_connections_open{path=\"/ws\"} 1.0",
                    "neurolink_upgrades_refused_total{reason=\"unauthorized\"} 0.0", "# TYPE neurolink_handler_time_seconds summary",
                    "neurolink_handler_time_histogram{le=\"+Inf\"} 1.0",
                    "neurolink_thread_busy_seconds_total{thread=\"neurolink-loop-0\"}")) {
                assertTrue(text.contains(line), () -> line + " is not in\n" + text);
            }
            Set<String> seen = text.lines().filter(line -> line.startsWith("# TYPE ")).map(line -> line.split(" ")[2])
                    .collect(Collectors.toSet());
            server.metrics().families().forEach(family -> assertTrue(seen.contains(family.prometheusName()),
                    () -> family.prometheusName() + " is not in " + seen));
        }
    }

    private static String scrapeUntil(PrometheusMeterRegistry registry, String... wanted) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
        String text = registry.scrape();
        while (!Stream.of(wanted).allMatch(text::contains) && System.nanoTime() - deadlineNs < 0) {
            text = registry.scrape();
        }
        return text;
    }

    @Test
    void shouldRefuseNoServer() {
        assertThrows(NullPointerException.class, () -> new NeuroLinkMetrics(null));
    }
}

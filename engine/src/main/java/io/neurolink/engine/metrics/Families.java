package io.neurolink.engine.metrics;

import io.neurolink.engine.metrics.MetricFamily.Kind;
import io.neurolink.engine.metrics.MetricFamily.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The names of all metrics: one list for whoever exports them. */
final class Families {
    private static final String BYTES = "bytes";
    private static final String SECONDS = "seconds";
    private static final double NS_PER_S = 1e9;

    private final List<MetricFamily> all = new ArrayList<>();

    static List<MetricFamily> of(ServerMetrics metrics) {
        Families families = new Families();
        families.addConnections(metrics);
        families.addTraffic(metrics);
        families.addTimes(metrics);
        families.addResources(metrics);
        families.addTroubles(metrics);
        return List.copyOf(families.all);
    }

    private void addConnections(ServerMetrics metrics) {
        add("neurolink.uptime", Kind.GAUGE, SECONDS, "Time since the start of the server.", metrics.uptime().toNanos() / NS_PER_S);
        addEach("neurolink.connections.open", Kind.GAUGE, "", "WebSocket connections that are open now, by the path of their handler.",
                "path", metrics.connections().openByPath());
        add("neurolink.connections.opened", Kind.COUNTER, "", "WebSocket connections opened.", metrics.connections().opened());
        addEach("neurolink.connections.closed", Kind.COUNTER, "", "WebSocket connections closed, by the reason that the close code tells.",
                "reason", metrics.connections().closedByReason());
        add("neurolink.upgrades.accepted", Kind.COUNTER, "", "Upgrades answered with 101.", metrics.upgrades().accepted());
        addEach("neurolink.upgrades.refused", Kind.COUNTER, "", "Upgrades refused.", "reason", metrics.upgrades().refusedByReason());
        add("neurolink.sockets.open", Kind.GAUGE, "", "TCP connections that are open now.", metrics.sockets().open());
        add("neurolink.sockets.accepted", Kind.COUNTER, "", "TCP connections accepted.", metrics.sockets().accepted());
        addEach("neurolink.sockets.refused", Kind.COUNTER, "", "TCP connections closed at once.", "reason",
                metrics.sockets().refusedByReason());
        add("neurolink.http.requests", Kind.COUNTER, "", "HTTP requests that were no upgrades.", metrics.http().requests());
        addEach("neurolink.http.responses", Kind.COUNTER, "", "HTTP answers, those to refused upgrades included.", "status",
                metrics.http().answersByClass());
    }

    private void addTraffic(ServerMetrics metrics) {
        ServerMetrics.Traffic traffic = metrics.traffic();
        addEach("neurolink.messages", Kind.COUNTER, "", "Messages received and sent.", "direction",
                both(traffic.messagesIn(), traffic.messagesOut()));
        addEach("neurolink.traffic", Kind.COUNTER, BYTES, "Bytes read and written, without TLS.", "direction",
                both(traffic.bytesIn(), traffic.bytesOut()));
        ServerMetrics.Outbound outbound = metrics.outbound();
        add("neurolink.outbound.queue", Kind.GAUGE, BYTES, "Bytes that wait in outbound queues.", outbound.queuedBytes());
        Map<String, Long> dropped = new LinkedHashMap<>();
        dropped.put("newest", outbound.droppedNewest());
        dropped.put("oldest", outbound.droppedOldest());
        addEach("neurolink.messages.dropped", Kind.COUNTER, "", "Messages that the slow-consumer policy dropped.", "policy", dropped);
        add("neurolink.messages.unsent", Kind.COUNTER, "", "Accepted messages that could not be sent and were reported to their sender.",
                outbound.reported());
        add("neurolink.sends.backpressured", Kind.COUNTER, "", "Sends answered with back-pressure.", outbound.backPressured());
        add("neurolink.slow.consumers", Kind.COUNTER, "", "Times that the slow-consumer policy was applied.", outbound.slowConsumers());
    }

    private void addTimes(ServerMetrics metrics) {
        add("neurolink.roundtrip.time", "Time from a ping to its pong.", metrics.roundTripTime());
        add("neurolink.handler.time", "Time that handlers took for one message; of messages that come together a sample.",
                metrics.handlerTime());
        addThreads("neurolink.thread.busy", Kind.COUNTER, "Time that event loops and workers spent working; its rate is the busy ratio.",
                SECONDS, metrics, thread -> thread.busyNs() / NS_PER_S);
        addThreads("neurolink.thread.stalls", Kind.COUNTER, "Cycles of event loops that took more than 100 ms.",
                "", metrics, ServerMetrics.ThreadUse::stalls);
        addThreads("neurolink.thread.longest", Kind.GAUGE, "The longest cycle of an event loop so far.", SECONDS,
                metrics, thread -> thread.longestNs() / NS_PER_S);
    }

    private void addResources(ServerMetrics metrics) {
        Map<String, Long> handshakes = new LinkedHashMap<>();
        handshakes.put("completed", metrics.tls().completed());
        handshakes.put("failed", metrics.tls().failed());
        addEach("neurolink.tls.handshakes", Kind.COUNTER, "", "TLS handshakes.", "outcome", handshakes);
        Map<String, Long> reloads = new LinkedHashMap<>();
        reloads.put("completed", metrics.counters().getOrDefault("tls.reloads", 0L));
        reloads.put("failed", metrics.counters().getOrDefault("tls.reload_failures", 0L));
        addEach("neurolink.tls.reloads", Kind.COUNTER, "", "Times that changed certificate or key files were put to use, or could not be.",
                "outcome", reloads);
        ServerMetrics.Compression compression = metrics.compression();
        addEach("neurolink.compression.messages", Kind.COUNTER, "", "Messages that were compressed.", "direction",
                both(compression.messagesInflated(), compression.messagesDeflated()));
        addEach("neurolink.compression.plain", Kind.COUNTER, BYTES, "Bytes of compressed messages as the handlers see them.", "direction",
                both(compression.inflatedTo(), compression.deflatedFrom()));
        addEach("neurolink.compression.wire", Kind.COUNTER, BYTES, "Bytes of compressed messages on the wire.", "direction",
                both(compression.inflatedFrom(), compression.deflatedTo()));
        ServerMetrics.Memory memory = metrics.memory();
        add("neurolink.memory.used", Kind.GAUGE, BYTES, "Memory taken by what peers make the server keep.", memory.usedBytes());
        add("neurolink.memory.limit", Kind.GAUGE, BYTES, "The memory budget.", memory.limitBytes());
        add("neurolink.memory.shed", Kind.COUNTER, "", "Connections closed because the memory budget was exceeded.",
                memory.shedConnections());
    }

    private void addTroubles(ServerMetrics metrics) {
        Map<String, Long> errors = new LinkedHashMap<>();
        errors.put("handler", metrics.errors().handler());
        errors.put("loop", metrics.errors().loop());
        errors.put("accept", metrics.errors().accept());
        addEach("neurolink.errors", Kind.COUNTER, "", "Errors, by where they were caught.", "source", errors);
        add("neurolink.errors.distinct", Kind.GAUGE, "", "Kinds of errors seen.", metrics.errors().distinct().size());
        addPrefixed("neurolink.timeouts", "What ended because it took too long.", "kind", "timeouts.", metrics);
        addPrefixed("neurolink.limits", "Times that a limit on messages, bytes or frames was applied.", "kind", "limits.", metrics);
    }

    private static Map<String, Long> both(long in, long out) {
        Map<String, Long> values = new LinkedHashMap<>();
        values.put("in", in);
        values.put("out", out);
        return values;
    }

    private void add(String name, Kind kind, String unit, String description, double value) {
        all.add(new MetricFamily(name, kind, unit, description, List.of(new Sample(Map.of(), value, null))));
    }

    private void add(String name, String description, HistogramSnapshot histogram) {
        all.add(new MetricFamily(name, Kind.HISTOGRAM, SECONDS, description,
                List.of(new Sample(Map.of(), histogram.count(), histogram))));
    }

    private void addEach(String name, Kind kind, String unit, String description, String tag, Map<String, Long> values) {
        List<Sample> samples = values.entrySet().stream()
                .map(entry -> new Sample(Map.of(tag, entry.getKey()), entry.getValue(), null)).toList();
        all.add(new MetricFamily(name, kind, unit, description, samples));
    }

    private void addThreads(String name, Kind kind, String description, String unit, ServerMetrics metrics,
            ToDoubleFunction<ServerMetrics.ThreadUse> value) {
        List<Sample> samples = metrics.threads().stream()
                .map(thread -> new Sample(Map.of("thread", thread.name()), value.applyAsDouble(thread), null)).toList();
        all.add(new MetricFamily(name, kind, unit, description, samples));
    }

    private void addPrefixed(String name, String description, String tag, String prefix, ServerMetrics metrics) {
        Map<String, Long> values = new LinkedHashMap<>();
        metrics.counters().forEach((label, value) -> {
            if (label.startsWith(prefix)) {
                values.put(label.substring(prefix.length()), value);
            }
        });
        addEach(name, Kind.COUNTER, "", description, tag, values);
    }
}

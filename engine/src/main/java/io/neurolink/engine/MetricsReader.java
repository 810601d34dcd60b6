package io.neurolink.engine;

import io.neurolink.engine.metrics.ServerMetrics;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.CountersSnapshot;
import io.neurolink.engine.status.DistinctErrorLog;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.EngineHistogram;
import io.neurolink.engine.status.MemoryBudget;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochClock;

/** Puts together what an engine measures. Any thread. */
final class MetricsReader {
    private final List<WebSocketConnectionManager> managers;
    private final Counters counters;
    private final DistinctErrorLog errors;
    private final MemoryBudget budget;
    private final NanoClock clock;
    private final EpochClock epochClock;
    private final long startNs;

    MetricsReader(List<WebSocketConnectionManager> managers, Counters counters, DistinctErrorLog errors, MemoryBudget budget,
            NanoClock clock, EpochClock epochClock) {
        this.managers = managers;
        this.counters = counters;
        this.errors = errors;
        this.budget = budget;
        this.clock = clock;
        this.epochClock = epochClock;
        this.startNs = clock.nanoTime();
    }

    /** What a server measures that was not started. */
    static ServerMetrics nothing(NeuroLinkServer.Builder configuration) {
        Counters none = new Counters();
        return new MetricsReader(configuration.managers, none, new DistinctErrorLog(),
                new MemoryBudget(none, configuration.memoryBudget, 0), () -> 0, SystemEpochClock.INSTANCE).read();
    }

    ServerMetrics read() {
        CountersSnapshot values = counters.snapshot();
        return new ServerMetrics(epochClock.time(), Duration.ofNanos(clock.nanoTime() - startNs), connections(values),
                new ServerMetrics.Upgrades(values.get(EngineCounter.UPGRADES_ACCEPTED), withPrefix("upgrades.refused.", values)),
                sockets(values),
                new ServerMetrics.Http(values.get(EngineCounter.HTTP_REQUESTS), withPrefix("http.responses.", values)),
                new ServerMetrics.Traffic(values.get(EngineCounter.MESSAGES_IN), values.get(EngineCounter.MESSAGES_SENT),
                        values.get(EngineCounter.BYTES_IN), values.get(EngineCounter.BYTES_OUT)),
                outbound(values), counters.sum(EngineHistogram.ROUND_TRIP_TIME), counters.sum(EngineHistogram.HANDLER_TIME), threads(),
                new ServerMetrics.Tls(values.get(EngineCounter.TLS_HANDSHAKES_STARTED), values.get(EngineCounter.TLS_HANDSHAKES_COMPLETED),
                        values.get(EngineCounter.TLS_HANDSHAKES_FAILED)),
                compression(values), memory(values), errors(values), Collections.unmodifiableMap(values.toMap()));
    }

    private ServerMetrics.Connections connections(CountersSnapshot values) {
        Map<String, Long> byPath = new TreeMap<>();
        managers.forEach(manager -> manager.endpoint().countByPath(byPath));
        return new ServerMetrics.Connections(values.get(EngineCounter.CONNECTIONS_OPEN), values.get(EngineCounter.CONNECTIONS_OPENED),
                values.get(EngineCounter.CONNECTIONS_CLOSED), Collections.unmodifiableMap(byPath), withPrefix("closes.", values));
    }

    private static ServerMetrics.Sockets sockets(CountersSnapshot values) {
        Map<String, Long> refused = new LinkedHashMap<>();
        refused.put("limit", values.get(EngineCounter.SOCKETS_REFUSED));
        refused.putAll(withPrefix("sockets.refused.", values));
        return new ServerMetrics.Sockets(values.get(EngineCounter.SOCKETS_OPEN), values.get(EngineCounter.SOCKETS_ACCEPTED),
                Collections.unmodifiableMap(refused));
    }

    private static ServerMetrics.Outbound outbound(CountersSnapshot values) {
        return new ServerMetrics.Outbound(values.get(EngineCounter.QUEUED_BYTES), values.get(EngineCounter.MESSAGES_DROPPED_NEWEST),
                values.get(EngineCounter.MESSAGES_DROPPED_OLDEST), values.get(EngineCounter.MESSAGES_REPORTED),
                values.get(EngineCounter.SENDS_BACK_PRESSURED), values.get(EngineCounter.SLOW_CONSUMERS));
    }

    /** The shared set is nobody's. */
    private List<ServerMetrics.ThreadUse> threads() {
        return counters.sets().stream().filter(set -> set != counters.shared()).map(MetricsReader::thread).toList();
    }

    private static ServerMetrics.ThreadUse thread(CounterSet set) {
        return new ServerMetrics.ThreadUse(set.owner(), set.get(EngineCounter.DUTY_CYCLES), set.get(EngineCounter.BUSY_NS),
                set.get(EngineCounter.STALLS), set.get(EngineCounter.STALL_MAX_NS));
    }

    private static ServerMetrics.Compression compression(CountersSnapshot values) {
        return new ServerMetrics.Compression(values.get(EngineCounter.MESSAGES_DEFLATED), values.get(EngineCounter.MESSAGES_NOT_DEFLATED),
                values.get(EngineCounter.MESSAGES_INFLATED), values.get(EngineCounter.DEFLATED_FROM), values.get(EngineCounter.DEFLATED_TO),
                values.get(EngineCounter.INFLATED_FROM), values.get(EngineCounter.INFLATED_TO));
    }

    private ServerMetrics.Memory memory(CountersSnapshot values) {
        boolean isTight = budget.level(clock.nanoTime()) != MemoryBudget.Level.NORMAL;
        return new ServerMetrics.Memory(budget.usedBytes(), budget.limitBytes(), isTight, values.get(EngineCounter.SHED_CONNECTIONS));
    }

    private ServerMetrics.Errors errors(CountersSnapshot values) {
        List<ServerMetrics.SeenError> distinct = errors.snapshot().stream().map(error -> new ServerMetrics.SeenError(error.type(),
                error.message(), error.stack(), error.count(), error.firstMs(), error.lastMs())).toList();
        return new ServerMetrics.Errors(values.get(EngineCounter.HANDLER_ERRORS), values.get(EngineCounter.LOOP_ERRORS),
                values.get(EngineCounter.ACCEPT_ERRORS), distinct, errors.overflowCount());
    }

    /** All counters whose label begins so, by the rest of their label. */
    private static Map<String, Long> withPrefix(String prefix, CountersSnapshot values) {
        Map<String, Long> found = new LinkedHashMap<>();
        Arrays.stream(EngineCounter.values()).filter(counter -> counter.label().startsWith(prefix))
                .forEach(counter -> found.put(counter.label().substring(prefix.length()), values.get(counter)));
        return Collections.unmodifiableMap(found);
    }
}

package io.neurolink.agent;

import io.neurolink.agent.metrics.AgentMetrics;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.metrics.HistogramSnapshot;
import io.neurolink.engine.metrics.ServerMetrics;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Puts together what a running server tells of itself as one JSON object: totals, the connections that matter most, kinds of errors,
 * threads, and agents. Nothing in it lets anybody in: no tokens, no ids of runs. Any thread; takes longer the more connections there are.
 */
final class AgentServerStatus {
    /** Connections that may be asked for. */
    static final int MAX_CONNECTIONS = 1000;

    private static final int MAX_ERRORS = 50;
    private static final int MAX_TEXT_LENGTH = 200;
    private static final double NS_PER_MS = 1e6;

    /** Counters that tell an amount, and not how often something happened. */
    private static final List<String> GAUGES = Arrays.stream(EngineCounter.values())
            .filter(counter -> counter.kind() != EngineCounter.Kind.COUNTER).map(EngineCounter::label).toList();

    private final NeuroLinkServer server;
    private final WebSocketConnectionManager manager;
    private final AgentHandler handler;

    /** Which connections come first. */
    enum Order {
        /** What waits for them. */
        BUFFERED(WebSocketConnection::bufferedAmount),
        /** What came and went. */
        MESSAGES(connection -> connection.traffic().messagesIn() + connection.traffic().messagesOut()),
        /** The oldest. */
        AGE(connection -> -connection.createdAt()),
        /** The longest without a word. */
        IDLE(connection -> -connection.lastActivity()),
        /** The slowest line. */
        RTT(connection -> connection.roundTripTime() == null ? -1 : connection.roundTripTime().toNanos());

        private final ToLongFunction<WebSocketConnection> weight;

        Order(ToLongFunction<WebSocketConnection> weight) {
            this.weight = weight;
        }

        /** @return the order of that name, or null. */
        static Order named(String name) {
            return Arrays.stream(values()).filter(order -> order.wireName().equals(name)).findFirst().orElse(null);
        }

        static List<String> names() {
            return Arrays.stream(values()).map(Order::wireName).toList();
        }

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    AgentServerStatus(NeuroLinkServer server, WebSocketConnectionManager manager, AgentHandler handler) {
        this.server = server;
        this.manager = manager;
        this.handler = handler;
    }

    /**
     * @param order which connections come first.
     * @param limit how many there are of them at most.
     * @return values of JSON.
     */
    Map<String, Object> read(Order order, int limit) {
        ServerMetrics metrics = server.metrics();
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("server", AgentServerWiring.version());
        status.put("pid", ProcessHandle.current().pid());
        status.put("takenAt", metrics.takenAtMs());
        status.put("uptimeMs", metrics.uptime().toMillis());
        status.put("ready", server.isReady());
        status.put("connections", connections(metrics, order, limit));
        status.put("upgrades", Map.of("accepted", metrics.upgrades().accepted(), "refused", metrics.upgrades().refusedByReason()));
        status.put("memory", memory(metrics));
        status.put("times", Map.of("roundTrip", times(metrics.roundTripTime()), "handler", times(metrics.handlerTime())));
        status.put("threads", threads(metrics));
        status.put("errors", errors(metrics));
        status.put("agents", List.of(agent(handler.metrics())));
        status.put("counters", new LinkedHashMap<String, Object>(metrics.counters()));
        status.put("gauges", GAUGES);
        return status;
    }

    private Map<String, Object> connections(ServerMetrics metrics, Order order, int limit) {
        long nowMs = metrics.takenAtMs();
        Map<String, Object> connections = new LinkedHashMap<>();
        connections.put("open", metrics.connections().open());
        connections.put("max", manager.config().maxConnections());
        connections.put("opened", metrics.connections().opened());
        connections.put("closed", metrics.connections().closedByReason());
        connections.put("byPath", metrics.connections().openByPath());
        connections.put("order", order.wireName());
        connections.put("top", manager.getAllConnections().stream()
                .map(connection -> new Weighed(order.weight.applyAsLong(connection), connection))
                .sorted(Comparator.comparingLong(Weighed::weight).reversed()).limit(limit)
                .map(weighed -> connection(weighed.connection(), nowMs)).toList());
        return connections;
    }

    /** What a connection weighs may change while others are weighed, and sorting needs it not to. */
    private record Weighed(long weight, WebSocketConnection connection) {
    }

    private static Map<String, Object> connection(WebSocketConnection connection, long nowMs) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("id", connection.id());
        told.put("user", connection.user() == null ? null : shortened(connection.user().id()));
        told.put("path", shortened(connection.path()));
        told.put("address", connection.remoteAddress() == null ? null : connection.remoteAddress().getHostString());
        told.put("ageMs", Math.max(0, nowMs - connection.createdAt()));
        told.put("idleMs", Math.max(0, nowMs - connection.lastActivity()));
        told.put("bufferedBytes", connection.bufferedAmount());
        told.put("messagesIn", connection.traffic().messagesIn());
        told.put("messagesOut", connection.traffic().messagesOut());
        Duration roundTrip = connection.roundTripTime();
        told.put("roundTripMs", roundTrip == null ? null : roundTrip.toNanos() / NS_PER_MS);
        return told;
    }

    private static Map<String, Object> memory(ServerMetrics metrics) {
        Runtime runtime = Runtime.getRuntime();
        Map<String, Object> memory = new LinkedHashMap<>();
        memory.put("usedBytes", metrics.memory().usedBytes());
        memory.put("limitBytes", metrics.memory().limitBytes());
        memory.put("tight", metrics.memory().isTight());
        memory.put("queuedBytes", metrics.outbound().queuedBytes());
        memory.put("heapUsedBytes", runtime.totalMemory() - runtime.freeMemory());
        memory.put("heapMaxBytes", runtime.maxMemory());
        return memory;
    }

    private static Map<String, Object> times(HistogramSnapshot histogram) {
        Map<String, Object> times = new LinkedHashMap<>();
        times.put("count", histogram.count());
        times.put("p50Ms", histogram.valueAt(0.5) / NS_PER_MS);
        times.put("p99Ms", histogram.valueAt(0.99) / NS_PER_MS);
        times.put("maxMs", histogram.max() / NS_PER_MS);
        return times;
    }

    private static List<Map<String, Object>> threads(ServerMetrics metrics) {
        ThreadMXBean bean = ManagementFactory.getThreadMXBean();
        Map<String, ThreadInfo> byName = new HashMap<>();
        for (ThreadInfo info : bean.dumpAllThreads(false, false, 0)) {
            byName.put(info.getThreadName(), info);
        }
        boolean hasCpu = bean.isThreadCpuTimeSupported() && bean.isThreadCpuTimeEnabled();
        List<Map<String, Object>> threads = new ArrayList<>();
        for (ServerMetrics.ThreadUse use : metrics.threads()) {
            Map<String, Object> told = new LinkedHashMap<>();
            ThreadInfo info = byName.get(use.name());
            told.put("name", use.name());
            told.put("state", info == null ? null : info.getThreadState().name());
            told.put("busyNs", use.busyNs());
            told.put("cpuNs", info == null || !hasCpu ? null : bean.getThreadCpuTime(info.getThreadId()));
            told.put("cycles", use.cycles());
            told.put("stalls", use.stalls());
            told.put("longestMs", use.longestNs() / NS_PER_MS);
            threads.add(told);
        }
        return threads;
    }

    private static List<Map<String, Object>> errors(ServerMetrics metrics) {
        return metrics.errors().distinct().stream().limit(MAX_ERRORS).map(error -> {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("type", error.type());
            told.put("message", shortened(error.message()));
            told.put("at", error.stack().lines().map(String::strip).filter(line -> line.startsWith("at ")).findFirst()
                    .map(line -> line.substring("at ".length())).orElse(null));
            told.put("count", error.count());
            told.put("firstAt", error.firstMs());
            told.put("lastAt", error.lastMs());
            return told;
        }).toList();
    }

    private static Map<String, Object> agent(AgentMetrics metrics) {
        Map<String, Object> agent = new LinkedHashMap<>();
        agent.put("name", metrics.agent());
        agent.put("active", metrics.now().active());
        agent.put("kept", metrics.now().kept());
        agent.put("viewers", metrics.now().viewers());
        agent.put("logBytes", metrics.now().logBytes());
        agent.put("logLimitBytes", metrics.now().logLimitBytes());
        agent.put("started", metrics.started());
        agent.put("completed", metrics.runs().values().stream().mapToLong(AgentMetrics.Ends::completed).sum());
        agent.put("cancelled", metrics.runs().values().stream().mapToLong(AgentMetrics.Ends::cancelled).sum());
        agent.put("failed", metrics.runs().values().stream().mapToLong(AgentMetrics.Ends::failed).sum());
        HistogramSnapshot firstToken = HistogramSnapshot.EMPTY;
        HistogramSnapshot input = HistogramSnapshot.EMPTY;
        HistogramSnapshot output = HistogramSnapshot.EMPTY;
        for (AgentMetrics.ModelUse use : metrics.models().values()) {
            firstToken = firstToken.plus(use.firstTokenTime());
            input = input.plus(use.inputTokens());
            output = output.plus(use.outputTokens());
        }
        agent.put("firstToken", times(firstToken));
        agent.put("inputTokens", input.sum());
        agent.put("outputTokens", output.sum());
        return agent;
    }

    private static String shortened(String text) {
        return text.length() <= MAX_TEXT_LENGTH ? text : text.substring(0, MAX_TEXT_LENGTH - 1) + "…";
    }
}

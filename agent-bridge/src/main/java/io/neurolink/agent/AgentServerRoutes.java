package io.neurolink.agent;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.engine.MemoryUse;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.http.StaticFiles;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The plain HTTP side of the standalone server: health, the web console and the JavaScript client. */
final class AgentServerRoutes {
    /** What browsers may get from the class path, and nothing else. */
    static final List<String> FILES = List.of(
            "index.html", "favicon.svg", "console-panels.css", "console-run.css", "console.css",
            "console-announce.js", "console-composer.js", "console-connection.js", "console-conversation.js",
            "console-dom.js", "console-health.js", "console-keys.js", "console-line.js", "console-log.js",
            "console-markdown.js", "console-mend.js", "console-morph.js", "console-page-tools.js", "console-plot.js",
            "console-run.js", "console-scenarios.js", "console-series.js", "console-store.js", "console-theme.js", "console-tool.js",
            "console-views.js", "console.js",
            "vendor/README.md", "vendor/marked.esm.js", "vendor/marked.LICENSE.txt", "vendor/purify.es.mjs",
            "vendor/dompurify.LICENSE.txt",
            "neurolink.js", "neurolink-error.js", "neurolink-events.js", "neurolink-exchange.js", "neurolink-link.js",
            "neurolink-options.js", "neurolink-run.js", "neurolink-runs.js", "neurolink-tools.js", "neurolink.d.ts",
            "neurolink-protocol.d.ts");

    /**
     * Scripts and styles from here only; connections to anywhere, as the console is a client for any server; no frames, no forms; markup is
     * made from text by the sanitiser alone.
     */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types dompurify";

    private static final String OK = "ok";
    private static final String DEGRADED = "degraded";

    /** The other nodes, or their runs, cannot be reached; said as {@link #DEGRADED}, with 200. */
    private static final String ALONE = "alone";
    private static final int MAX_JSON_BYTES = 1024 * 1024;

    private AgentServerRoutes() {
    }

    /**
     * Adds the routes to a server that is not started yet.
     *
     * @param server  the server.
     * @param manager whose connections are reported.
     * @param paths   the WebSocket paths.
     * @param runs    what happened to the runs of agents, by the counter's name.
     * @param ready   whether new connections are welcome.
     * @param alone   whether the other nodes, or their runs, cannot be reached.
     */
    static void register(NeuroLinkServer server, WebSocketConnectionManager manager, List<String> paths, Supplier<Map<String, Long>> runs,
                         BooleanSupplier ready, BooleanSupplier alone) {
        server.registerRoute(HttpRoute.get("/health", request -> json(status(ready, server, alone), Map.of()))
                .describedAs("Whether new connections are welcome", "health"));
        server.registerRoute(HttpRoute.get("/health/live", request -> json(OK, Map.of()))
                .describedAs("Whether the process is alive", "health"));
        server.registerRoute(HttpRoute.get("/health/ready", request -> json(status(ready, server, alone), Map.of()))
                .describedAs("Whether new connections are welcome", "health"));
        server.registerRoute(HttpRoute.get("/health/websocket",
                        request -> json(status(ready, server, alone), webSocketHealth(server, manager, paths, runs)))
                .describedAs("WebSocket health status", "health"));
        StaticFiles files = StaticFiles.ofResources(AgentServerRoutes.class::getResourceAsStream, "web", FILES);
        server.registerRoute("", HttpRoute.get("/*", request -> secured(files.serve(request, request.path().substring(1))))
                .describedAs("Web console and JavaScript client", "console"));
    }

    private static Map<String, Object> webSocketHealth(NeuroLinkServer server, WebSocketConnectionManager manager, List<String> paths,
                                                       Supplier<Map<String, Long>> runs) {
        var byPath = new LinkedHashMap<String, Object>();
        paths.forEach(path -> byPath.put(path, manager.getConnectionsByPath(path).size()));
        var connections = new LinkedHashMap<String, Object>();
        connections.put("total", manager.getConnectionCount());
        connections.put("maxConnections", manager.config().maxConnections());
        connections.put("paths", byPath);
        var health = new LinkedHashMap<String, Object>();
        health.put("connections", connections);
        if (manager.cluster().isClustered()) {
            health.put("cluster", AgentServerCluster.health(manager.cluster()));
        }
        health.put("memory", Map.of("usedBytes", server.memory().usedBytes(), "budgetBytes", server.memory().budgetBytes()));
        var counters = new LinkedHashMap<String, Object>(server.counters());
        counters.putAll(runs.get());
        health.put("counters", counters);
        return health;
    }

    /** A node that cannot reach the others is degraded, but welcomes clients: all would be sent away at once if the bus were lost. */
    private static String status(BooleanSupplier ready, NeuroLinkServer server, BooleanSupplier alone) {
        String status = status(ready.getAsBoolean(), server.memory());
        return status.equals(OK) && alone.getAsBoolean() ? ALONE : status;
    }

    /** @return {@code ok} if new connections are welcome; else why not. */
    static String status(boolean isReady, MemoryUse memory) {
        return !isReady ? "draining" : memory.isTight() ? DEGRADED : OK;
    }

    private static HttpResponse json(String status, Map<String, Object> details) {
        var body = new LinkedHashMap<String, Object>();
        body.put("status", status.equals(ALONE) ? DEGRADED : status);
        body.putAll(details);
        String json = StandardCharsets.UTF_8.decode(new EnvelopeWriter(MAX_JSON_BYTES).write(body)).toString();
        return HttpResponse.json(status.equals(OK) || status.equals(ALONE) ? 200 : 503, json).withHeader("Cache-Control", "no-store");
    }

    private static HttpResponse secured(HttpResponse response) {
        return response.withHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .withHeader("Referrer-Policy", "no-referrer")
                .withHeader("Cross-Origin-Opener-Policy", "same-origin");
    }
}

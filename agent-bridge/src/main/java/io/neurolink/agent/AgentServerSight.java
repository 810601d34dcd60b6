package io.neurolink.agent;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.http.MetricsRoute;
import io.neurolink.engine.http.RouteAccess;
import io.neurolink.engine.metrics.MetricFamily;
import io.neurolink.engine.metrics.ProcessMetrics;
import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Metrics and status of the standalone server, for those who may read them. */
final class AgentServerSight {
    private static final int MAX_STATUS_BYTES = 4 * 1024 * 1024;
    private static final int DEFAULT_LIMIT = 20;

    private AgentServerSight() {
    }

    /**
     * Adds the routes to a server that is not started yet.
     *
     * @throws BadOptionException if a token is missing or cannot be one.
     */
    static void register(NeuroLinkServer server, WebSocketConnectionManager manager, AgentHandler handler, AgentServerSightOptions options,
            Map<String, String> environment) throws BadOptionException {
        RouteAccess metrics = options.metricsAccess(environment);
        if (metrics != null) {
            server.registerRoute(metrics.guard(MetricsRoute.of(List.of(() -> server.metrics().families(),
                    () -> handler.metrics().families(), ProcessMetrics::families, () -> List.of(build())))));
        }
        RouteAccess status = options.statusAccess(environment);
        if (status != null) {
            AgentServerStatus reader = new AgentServerStatus(server, manager, handler);
            server.registerRoute(status.guard(HttpRoute.get("/status", request -> status(reader, request))
                    .describedAs("What the command status shows", "status")));
        }
    }

    /** @return a metric whose tag is all it tells. */
    static MetricFamily build() {
        return new MetricFamily("neurolink.build.info", MetricFamily.Kind.GAUGE, "", "Version of the server; always 1.",
                List.of(new MetricFamily.Sample(Map.of("version", AgentServerWiring.versionNumber()), 1, null)));
    }

    private static HttpResponse status(AgentServerStatus reader, HttpRequest request) {
        String sort = request.queryParameter("sort");
        AgentServerStatus.Order order = AgentServerStatus.Order.named(sort == null ? "buffered" : sort);
        Integer limit = limit(request.queryParameter("limit"));
        if (order == null || limit == null) {
            return HttpResponse.json(400, "{\"error\":\"Bad Request\",\"message\":\"sort must be one of "
                    + String.join(", ", AgentServerStatus.Order.names()) + ", limit 0 to " + AgentServerStatus.MAX_CONNECTIONS
                    + "\",\"status\":400}");
        }
        String json = StandardCharsets.UTF_8.decode(new EnvelopeWriter(MAX_STATUS_BYTES).write(reader.read(order, limit))).toString();
        return HttpResponse.json(json).withHeader("Cache-Control", "no-store");
    }

    private static Integer limit(String text) {
        if (text == null) {
            return DEFAULT_LIMIT;
        }
        boolean isNumber = text.matches("[0-9]{1,4}") && Integer.parseInt(text) <= AgentServerStatus.MAX_CONNECTIONS;
        return isNumber ? Integer.valueOf(text) : null;
    }
}

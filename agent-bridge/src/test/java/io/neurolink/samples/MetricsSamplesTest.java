package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.Agent;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.http.MetricsRoute;
import io.neurolink.engine.http.RouteAccess;
import io.neurolink.engine.metrics.ProcessMetrics;
import io.neurolink.engine.micrometer.NeuroLinkMetrics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sample of docs/operations/metrics.md. */
@Timeout(60)
class MetricsSamplesTest {
    private static void register(NeuroLinkServer server, AgentHandler handler, String token) {
        server.registerRoute(RouteAccess.token(token).guard(MetricsRoute.of(List.of(
                () -> server.metrics().families(),
                () -> handler.metrics().families(),
                ProcessMetrics::families))));
    }

    private static HttpResponse<String> get(NeuroLinkServer server, String token) throws Exception {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/api/metrics"))
                .header("Authorization", "Bearer " + token).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void shouldTellMetricsOfAnEmbeddedServer() throws Exception {
        String token = "a-token-of-the-sample";
        AgentHandler handler = AgentHandler.create(Agent.of("echo", (request, sink) -> sink.text(request.prompt())));
        WebSocketConnectionManager manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws").build());
        manager.registerHandler("/ws", handler);
        try (handler; NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).build()) {
            register(server, handler, token);
            server.start();
            String metrics = get(server, token).body();
            assertTrue(metrics.contains("\nneurolink_connections_opened_total 0\n")
                    && metrics.contains("neurolink_agent_runs_active{agent=\"echo\"} 0")
                    && metrics.contains("\nprocess_cpu_seconds_total "), metrics);
            assertEquals(401, get(server, "another-token-than-that").statusCode());
        }
    }

    @Test
    void shouldBindTheMetricsOfAnAgentToMicrometer() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (AgentHandler handler = AgentHandler.create(Agent.of("echo", (request, sink) -> sink.text(request.prompt())))) {
            new NeuroLinkMetrics(() -> handler.metrics().families(), Tags.empty()).bindTo(registry);
            assertEquals(0, registry.get("neurolink.agent.runs.active").tag("agent", "echo").gauge().value());
            assertEquals(0, registry.get("gen_ai.client.operation.duration").tags("gen_ai.provider.name", "echo", "error.type", "none")
                    .functionTimer().count());
            assertEquals(0, registry.get("gen_ai.client.token.usage.sum").tag("gen_ai.token.type", "input").functionCounter().count());
        }
    }
}

package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.neurolink.engine.AccessLog;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.micrometer.NeuroLinkMetrics;
import org.junit.jupiter.api.Test;

/** The code of docs/operations/observing.md. */
class ObservingSamplesTest {
    @Test
    void accessLog() {
        WebSocketConnectionManager manager = new WebSocketConnectionManager();
        NeuroLinkServer server = NeuroLinkServer.builder()
                .webSocket(manager)
                .accessLog(AccessLog.json())
                .build();
        server.close();
        assertEquals("AccessLog[JSON, maxWaiting=8192]", AccessLog.json().toString());
    }

    @Test
    void micrometer() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).build().start()) {
            new NeuroLinkMetrics(server, Tag.of("server", "chat")).bindTo(registry);
            assertTrue(registry.get("neurolink.uptime").tag("server", "chat").timeGauge().value() > 0);
        }
    }
}

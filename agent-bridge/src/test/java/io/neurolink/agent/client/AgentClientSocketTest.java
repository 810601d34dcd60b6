package io.neurolink.agent.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.demo.DemoAgent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.client.ClientProxy;
import io.neurolink.engine.client.ClientTlsConfig;
import io.neurolink.engine.client.ProxyChooser;
import io.neurolink.engine.client.WebSocketClient;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client over real sockets, which are reset again and again. */
@Timeout(300)
class AgentClientSocketTest {
    private static final int WORDS = 300;

    private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
    private final AgentHandler handler = AgentHandler.create(new DemoAgent(timers));
    private final AgentClientOptions options = AgentClientOptions.defaults().retryFirst()
            .backOff(Duration.ofMillis(1), Duration.ofMillis(20));
    private NeuroLinkServer server;

    private NeuroLinkServer start(TlsConfig tls) throws Exception {
        var manager = new WebSocketConnectionManager();
        manager.registerHandler("/ws", handler);
        NeuroLinkServer.Builder builder = NeuroLinkServer.builder().host("localhost").port(0).webSocket(manager);
        server = (tls == null ? builder : builder.tls(tls)).build().start();
        return server;
    }

    @AfterEach
    void stop() {
        server.close();
        handler.close();
        timers.shutdownNow();
    }

    private static AgentPrompt words(int delayMs) {
        return AgentPrompt.of("go").option("words", WORDS).option("delayMs", delayMs);
    }

    private static String textOf(AgentClient client) throws Exception {
        return client.stream(words(0)).await(Duration.ofMinutes(4)).text();
    }

    @Test
    void shouldLoseNothingWhenTheSocketIsResetAgainAndAgain() throws Exception {
        start(null);
        try (AgentClient straight = AgentClient.connect(URI.create("ws://localhost:" + server.port() + "/ws"), options);
                CuttingRelay relay = new CuttingRelay(server.port(), number -> 1000 + number * 100);
                AgentClient client = AgentClient.connect(URI.create("ws://localhost:" + relay.port() + "/ws"), options)) {
            String expected = textOf(straight);
            List<CompletableFuture<RunResult>> results = new ArrayList<>();
            StringBuilder read = new StringBuilder();
            for (int i = 0; i < 3; i++) {
                results.add(client.stream(words(1)).result());
            }
            for (RunEvent event : client.stream(words(1))) {
                read.append(event instanceof RunEvent.Text part ? part.text() : "");
            }
            assertEquals(expected, read.toString());
            for (CompletableFuture<RunResult> result : results) {
                assertEquals(expected, result.get().text());
            }
            assertTrue(relay.connectionCount() > 3, () -> relay.connectionCount() + " connections");
        }
    }

    @Test
    void shouldLoseNothingOverTls(@TempDir Path folder) throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        start(TlsConfig.pem(certificate.chain(), certificate.key()));
        try (WebSocketClient sockets = WebSocketClient.builder().tls(ClientTlsConfig.of(certificate.trustingContext())).build();
                CuttingRelay relay = new CuttingRelay(server.port(), number -> 4000 + number * 200);
                AgentClient client = AgentClient.connect(URI.create("wss://localhost:" + relay.port() + "/ws"),
                        options.webSocket(sockets));
                AgentClient straight = AgentClient.connect(URI.create("wss://localhost:" + server.port() + "/ws"),
                        options.webSocket(sockets))) {
            assertEquals(textOf(straight), client.stream(words(1)).await(Duration.ofMinutes(4)).text());
            assertTrue(relay.connectionCount() > 1, () -> relay.connectionCount() + " connections");
        }
    }

    @Test
    void shouldAskWhichProxyToTake() throws Exception {
        start(null);
        URI uri = URI.create("ws://localhost:" + server.port() + "/ws");
        List<URI> asked = new ArrayList<>();
        try (AgentClient client = AgentClient.connect(uri, options.proxies(target -> {
            asked.add(target);
            return null;
        }))) {
            assertTrue(textOf(client).length() > 0);
            assertEquals(List.of(uri), asked);
        }
        try (AgentClient client = AgentClient.connect(uri,
                AgentClientOptions.defaults().proxies(ProxyChooser.always(ClientProxy.of("127.0.0.1", 1))))) {
            ExecutionException failure = assertThrows(ExecutionException.class, () -> client.opened().get());
            assertTrue(failure.getCause().getMessage().contains("through the proxy 127.0.0.1:1"), failure::getMessage);
        }
    }

    @Test
    void shouldTellWhyItCannotConnect() throws Exception {
        start(null);
        try (AgentClient client = AgentClient.connect(URI.create("ws://localhost:" + server.port() + "/nothing"))) {
            assertEquals("CONNECT_FAILED", assertThrows(AgentException.class, () -> client.stream("hello").text()).code());
            assertThrows(ExecutionException.class, () -> client.opened().get());
            assertEquals(ClientState.CLOSED, client.state());
        }
        try (AgentClient client = AgentClient.connect(URI.create("http://localhost/"))) {
            assertEquals("CONNECT_FAILED", assertThrows(AgentException.class, () -> client.stream("hello").text()).code());
        }
    }

    @Test
    void shouldEndRunsWhenItIsClosed() throws Exception {
        start(null);
        AgentClient client = AgentClient.connect(URI.create("ws://localhost:" + server.port() + "/ws"));
        AgentRun run = client.stream(words(1000));
        client.opened().get();
        client.close();
        assertEquals("CLOSED", assertThrows(AgentException.class, run::text).code());
        assertEquals("CLOSED", assertThrows(AgentException.class, () -> client.stream("late").text()).code());
    }
}

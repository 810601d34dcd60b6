package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.TestCertificate;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the samples of the guide with the JDK's WebSocket as the client. */
@Timeout(180)
class SamplesTest {
    private final HttpClient http = HttpClient.newHttpClient();

    /** What a client sees, in order: texts as they are, the end as {@code close CODE REASON}. */
    private static final class Seen implements WebSocket.Listener {
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final StringBuilder partial = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
            partial.append(data);
            if (isLast) {
                events.add(partial.toString());
                partial.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            events.add("close " + code + " " + reason);
            return null;
        }

        String next() throws InterruptedException {
            String event = events.poll(60, TimeUnit.SECONDS);
            assertTrue(event != null, "an event within 60 seconds");
            return event;
        }
    }

    private static NeuroLinkServer start(WebSocketConnectionManager manager) throws IOException {
        return NeuroLinkServer.builder().port(0).webSocket(manager).build().start();
    }

    private static WebSocketConnectionManager serving(WebSocketHandler handler, AuthConfig auth) {
        return new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws").auth(auth).build()).registerHandler(handler);
    }

    private WebSocket connect(NeuroLinkServer server, String target, Seen seen, String... headers) {
        WebSocket.Builder builder = http.newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        return builder.buildAsync(URI.create("ws://localhost:" + server.port() + target), seen).join();
    }

    private int refusal(NeuroLinkServer server, String target, String... headers) {
        var error = assertThrows(CompletionException.class, () -> connect(server, target, new Seen(), headers));
        return ((WebSocketHandshakeException) error.getCause()).getResponse().statusCode();
    }

    @Test
    void shouldEncryptAsTheSampleSays(@TempDir Path folder) throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        var manager = serving(GuideSamples.routed(), AuthConfig.none());
        try (var server = GuideSamples.encrypted(manager, certificate.chain(), certificate.key()).port(0).build().start()) {
            Seen seen = new Seen();
            WebSocket client = HttpClient.newBuilder().sslContext(certificate.trustingContext()).build().newWebSocketBuilder()
                    .buildAsync(URI.create("wss://localhost:" + server.port() + "/ws"), seen).join();
            client.sendText("{\"type\":\"generate\",\"payload\":{\"prompt\":\"Hello\"}}", true).join();
            assertTrue(seen.next().contains("You asked: Hello"));
        }
        var strict = GuideSamples.moreOfTls(certificate.chain(), certificate.key(), certificate.chain(), certificate.key(),
                certificate.chain());
        try (var server = NeuroLinkServer.builder().port(0).tls(strict).build().start()) {
            assertTrue(server.isReady());
        }
    }

    @Test
    void shouldRunTheRouter() throws Exception {
        try (var server = start(serving(GuideSamples.routed(), AuthConfig.none()))) {
            Seen seen = new Seen();
            WebSocket client = connect(server, "/ws", seen);
            client.sendText("{\"type\":\"generate\",\"payload\":{\"prompt\":\"Hello\"}}", true).join();
            assertTrue(seen.next().contains("You asked: Hello"));
            client.sendText("{\"type\":\"later\",\"payload\":{}}", true).join();
            assertTrue(seen.next().contains("at last"));
            client.sendText("{\"type\":\"other\"}", true).join();
            assertTrue(seen.next().contains("Unknown message type: other"));
        }
    }

    @Test
    void shouldRunTheAgent() throws Exception {
        var manager = new WebSocketConnectionManager();
        GuideSamples.agent(manager, GuideSamples.weatherAgent());
        try (var server = start(manager)) {
            Seen seen = new Seen();
            WebSocket client = connect(server, "/ws/agent", seen);
            assertTrue(seen.next().contains("\"connected\""));
            client.sendText("{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"forecast\",\"args\":{\"city\":\"Rome\"}}}", true).join();
            String result = seen.next();
            while (!result.contains("tool_result")) {
                result = seen.next();
            }
            assertTrue(result.contains("blue"), result);
            client.sendText("{\"type\":\"stream\",\"payload\":{\"prompt\":\"Rome\"}}", true).join();
            String event = seen.next();
            StringBuilder text = new StringBuilder();
            while (!event.contains("stream_complete")) {
                int content = event.indexOf("\"content\":\"");
                if (event.contains("\"chunk\"")) {
                    text.append(event, content + 11, event.indexOf('"', content + 11));
                }
                event = seen.next();
            }
            assertEquals("The weather for Rome is fine.", text.toString());
        }
    }

    @Test
    void shouldReportErrorsAsTheSampleSays() throws Exception {
        try (var server = start(serving(GuideSamples.errors(), AuthConfig.none()))) {
            Seen seen = new Seen();
            WebSocket client = connect(server, "/ws", seen);
            client.sendText("", true).join();
            assertTrue(seen.next().contains("WEBSOCKET_ERROR"));
            client.sendText("x", true).join();
            assertTrue(seen.next().contains("UNKNOWN_ERROR"));
        }
    }

    @Test
    void shouldAuthenticateWithEachStrategy() throws Exception {
        var keys = new WebSocketConnectionManager(WebSocketConfig.builder().path("/keys").auth(GuideSamples.apiKeys()).build())
                .registerHandler(GuideSamples.handler());
        var basic = new WebSocketConnectionManager(WebSocketConfig.builder().path("/basic").auth(GuideSamples.basic()).build())
                .registerHandler(GuideSamples.handler());
        var admins = new WebSocketConnectionManager(WebSocketConfig.builder().path("/admin").auth(GuideSamples.adminsOnly()).build())
                .registerHandler(GuideSamples.handler());
        try (var server = NeuroLinkServer.builder().port(0).webSocket(keys).webSocket(basic).webSocket(admins).build().start()) {
            connect(server, "/keys", new Seen(), "X-API-Key", "secret-of-ann");
            connect(server, "/keys?apiKey=secret-of-ann", new Seen());
            assertEquals(401, refusal(server, "/keys", "X-API-Key", "guess"));
            String credentials = Base64.getEncoder().encodeToString("ann:pw".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            connect(server, "/basic", new Seen(), "Authorization", "Basic " + credentials);
            assertEquals(401, refusal(server, "/basic"));
            connect(server, "/admin", new Seen(), "Authorization", "Bearer secret-of-ann");
            assertEquals(401, refusal(server, "/admin", "Authorization", "Bearer nobody"));
            assertEquals(1, admins.getConnectionsByUser("ann").size());
        }
    }

    @Test
    void shouldManageConnections() throws Exception {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws/agent")
                .auth(GuideSamples.fullConfiguration().auth()).build()).registerHandler(GuideSamples.handler());
        try (var server = start(manager)) {
            GuideSamples.health(server, manager);
            Seen seen = new Seen();
            connect(server, "/ws/agent?token=secret-of-ann", seen);
            WebSocketConnection connection = manager.getAllConnections().get(0);
            GuideSamples.lookUp(manager, connection.id(), "ann");
            GuideSamples.sendResult(connection, "one");
            assertEquals("one", seen.next());
            GuideSamples.send(manager, connection.id());
            assertTrue(seen.next().contains("update"));
            GuideSamples.broadcast(manager);
            assertTrue(seen.next().contains("announcement"));
            assertTrue(seen.next().contains("admin-only"));
            assertEquals(SendResult.ACCEPTED, GuideSamples.topics(manager, connection));
            assertTrue(seen.next().contains("EUR"));
            GuideSamples.monitor(manager, server);
            HttpResponse<String> health = http.send(
                    HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/api/health/websocket")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertTrue(health.body().contains("\"total\":1"), health.body());
            GuideSamples.close(manager, connection.id());
            assertEquals("close 1000 Session ended", seen.next());
            assertThrows(WebSocketConnectionError.class, () -> GuideSamples.send(manager, "nobody"));
        }
    }

    @Test
    void shouldKeepThreeConnectionsPerUser() throws Exception {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws").auth(GuideSamples.adminsOnly()).build());
        manager.registerHandler(GuideSamples.threePerUser(manager));
        try (var server = start(manager)) {
            Seen oldest = new Seen();
            connect(server, "/ws?token=secret-of-ann", oldest);
            for (int i = 0; i < 3; i++) {
                connect(server, "/ws?token=secret-of-ann", new Seen());
            }
            assertEquals("close 1008 Connection limit exceeded", oldest.next());
        }
    }

    @Test
    void shouldKeepMetadataAndAuthenticateLate() throws Exception {
        try (var server = start(serving(GuideSamples.metadata(), AuthConfig.none()))) {
            connect(server, "/ws", new Seen()).sendText("prices", true).join();
        }
        try (var server = start(serving(GuideSamples.handler(), GuideSamples.firstMessage()))) {
            connect(server, "/ws", new Seen());
        }
    }

    @Test
    void shouldPauseAProducerWhoseViewerIsSlow() throws Exception {
        AtomicInteger produced = new AtomicInteger();
        var manager = new WebSocketConnectionManager(GuideSamples.flowConfiguration())
                .registerHandler(GuideSamples.pausingProducer(() -> {
                    if (produced.incrementAndGet() == 100_000) {
                        throw new IllegalStateException("enough");
                    }
                }));
        try (var server = start(manager)) {
            Seen seen = new Seen();
            connect(server, "/ws", seen);
            assertEquals("some more", seen.next());
        }
        assertTrue(produced.get() > 0);
    }

    @Test
    void shouldShutDownByTheHook() throws Exception {
        var manager = serving(GuideSamples.handler(), AuthConfig.none());
        try (var server = start(manager)) {
            GuideSamples.gracefulShutdown(server);
            Seen seen = new Seen();
            connect(server, "/ws", seen);
            server.shutdown(java.time.Duration.ofSeconds(10)).join();
            assertEquals("close 1001 Server shutting down", seen.next());
        }
    }
}

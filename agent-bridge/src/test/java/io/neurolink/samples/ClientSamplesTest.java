package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.client.ClientProxy;
import io.neurolink.engine.client.ClientTlsConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.ReconnectListener;
import io.neurolink.engine.client.ReconnectPolicy;
import io.neurolink.engine.client.ReconnectingWebSocket;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketHandshakeError;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The samples of the guide's chapter about the client, run against a server. */
@Timeout(120)
class ClientSamplesTest {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();

    private static NeuroLinkServer startServer() throws Exception {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().subprotocols("chat.v1").build());
        manager.registerHandler("/ws", new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                connection.send(message);
            }
        });
        return NeuroLinkServer.builder().host("localhost").port(0).webSocket(manager).build().start();
    }

    private final WebSocketHandler handler = new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            received.add(connection.subprotocol() + ": " + message.text());
        }
    };

    @Test
    void shouldTalkToAServer() throws Exception {
        try (NeuroLinkServer server = startServer()) {
            String address = "ws://localhost:" + server.port();
            assertEquals("chat.v1: hello", connect(URI.create(address + "/ws"), "secret", received));
            String refused = connect(URI.create(address + "/nothing"), "secret", printed);
            assertEquals("refused with 404 Not Found", refused.lines().findFirst().orElseThrow());
        }
    }

    private String connect(URI uri, String token, BlockingQueue<String> answers) throws InterruptedException {
        try (WebSocketClient client = WebSocketClient.builder().build()) {
            CompletableFuture<WebSocketConnection> opening = client.connect(uri, handler, ConnectOptions.defaults()
                    .subprotocols("chat.v2", "chat.v1")
                    .header("Authorization", "Bearer " + token)
                    .timeout(Duration.ofSeconds(20)));
            opening.whenComplete((connection, error) -> {
                if (connection != null) {
                    connection.send("hello");
                } else if (error instanceof WebSocketHandshakeError refused) {
                    printed.add("refused with " + refused.status() + " " + refused.reason() + "\n" + refused.body());
                } else {
                    printed.add("not reached: " + error.getMessage());
                }
            });
            return answers.poll(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldBeConfigured() throws Exception {
        try (NeuroLinkServer server = startServer(); WebSocketClient client = configured(server, null)) {
            client.connect(URI.create("ws://localhost:" + server.port() + "/ws"), handler).get().send("hi");
            assertEquals("null: hi", received.poll(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void shouldComeBack() throws Exception {
        try (NeuroLinkServer server = startServer(); WebSocketClient client = WebSocketClient.builder().build()) {
            URI uri = URI.create("ws://localhost:" + server.port() + "/ws");
            ReconnectingWebSocket back = reconnecting(client, uri, () -> "secret");
            back.opened().get(60, TimeUnit.SECONDS);
            assertEquals(SendResult.ACCEPTED, back.send("hello"));
            assertEquals("null: hello", received.poll(60, TimeUnit.SECONDS));
            back.close();
            back.ended().get(60, TimeUnit.SECONDS);
        }
    }

    private ReconnectingWebSocket reconnecting(WebSocketClient client, URI uri, Supplier<String> tokens) {
        ReconnectingWebSocket socket = ReconnectingWebSocket.builder(client, uri, handler)
                .options(() -> ConnectOptions.defaults().header("Authorization", "Bearer " + tokens.get()))   // asked before each attempt
                .policy(ReconnectPolicy.defaults().delays(Duration.ofMillis(200), Duration.ofSeconds(20)).maxAttempts(50))
                .listener(new ReconnectListener() {
                    @Override
                    public void onWaiting(int failures, Duration delay, Throwable cause) {
                        printed.add("lost: " + cause.getMessage());
                    }
                })
                .open();
        return socket;
    }

    @Test
    void shouldTakeAProxy() {
        try (WebSocketClient client = throughProxy()) {
            assertEquals(0, client.connectionCount());
        }
    }

    private static WebSocketClient throughProxy() {
        return WebSocketClient.builder()
                .proxy(ClientProxy.of("proxy.example.org", 3128).basic("user", "password"))
                .build();
    }

    private static WebSocketClient configured(NeuroLinkServer server, Path authorities) {
        ClientTlsConfig tls = authorities == null ? ClientTlsConfig.defaults() : ClientTlsConfig.defaults().trusting(authorities);
        return WebSocketClient.builder()
                .config(WebSocketConfig.builder().handlerThreading(HandlerThreading.WORKER).maxConnections(10_000).build())
                .tls(tls)                   // authorities of the JDK by default, host names are checked
                .loopsOf(server)            // own loops by default
                .build();
    }
}

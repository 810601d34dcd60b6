package com.example.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** The application as its users see it: over sockets, on ports of its own. */
@Timeout(120)
class ChatApplicationTest {
    private final HttpClient http = HttpClient.newHttpClient();

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
            events.add("close " + code);
            return null;
        }

        String next() throws InterruptedException {
            String event = events.poll(30, TimeUnit.SECONDS);
            assertNotNull(event, "an event within 30 seconds");
            return event;
        }
    }

    private static ConfigurableApplicationContext start(Class<?> more, String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--server.port=0";
        return new SpringApplicationBuilder(ChatApplication.class, more).run(all);
    }

    private WebSocket connect(ConfigurableApplicationContext context, String target, Seen seen) {
        URI uri = URI.create("ws://localhost:" + context.getBean(NeuroLinkServer.class).port() + target);
        return http.newWebSocketBuilder().buildAsync(uri, seen).join();
    }

    private HttpResponse<String> request(ConfigurableApplicationContext context, String path, String body) throws Exception {
        URI uri = URI.create("http://localhost:" + context.getEnvironment().getProperty("local.server.port") + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        if (body != null) {
            request.header("Content-Type", "text/plain").POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static class Nothing {
    }

    @Test
    void shouldServeHandlersThatAreBeans() throws Exception {
        try (var context = start(Nothing.class, "--neurolink.port=0")) {
            Seen seen = new Seen();
            connect(context, "/ws/echo", seen).sendText("Spring", true).join();
            assertEquals("You said: Spring", seen.next());
            assertEquals("1", request(context, "/announcements", "to all").body());
            assertEquals("to all", seen.next());

            Seen agent = new Seen();
            connect(context, "/ws/agent", agent)
                    .sendText("{\"type\":\"generate\",\"payload\":{\"prompt\":\"Spring\"}}", true).join();
            String event = agent.next();
            while (!event.contains("\"response\"")) {
                event = agent.next();
            }
            assertTrue(event.contains("Hello, Spring!"), event);
        }
    }

    @Test
    void shouldBeConfiguredByProperties() throws Exception {
        try (var context = start(Nothing.class, "--neurolink.port=0", "--neurolink.max-connections=7",
                "--neurolink.max-message-size=2KB", "--neurolink.ping-interval=5s")) {
            var config = context.getBean(WebSocketConnectionManager.class).config();
            assertEquals(7, config.maxConnections());
            assertEquals(2048, config.maxMessageSize());
            assertEquals(5, config.pingInterval().toSeconds());
        }
    }

    @Test
    void shouldBeMeasuredByMicrometer() throws Exception {
        try (var context = start(Nothing.class, "--neurolink.port=0")) {
            connect(context, "/ws/echo", new Seen());
            var meters = context.getBean(MeterRegistry.class);
            Gauge open = meters.get("neurolink.connections.open").tag("path", "/ws/echo").gauge();
            // The server is looked at now and then; the test ends by its time limit if it never is.
            while (open.value() != 1) {
                Thread.onSpinWait();
            }
        }
    }

    static class WithAuth {
        @Bean
        AuthConfig auth() {
            return AuthConfig.bearer(token -> token.equals("good") ? AuthenticatedUser.of("ann") : null).build();
        }
    }

    @Test
    void shouldAskTheBeanWhoMayConnect() throws Exception {
        try (var context = start(WithAuth.class, "--neurolink.port=0")) {
            assertThrows(Exception.class, () -> connect(context, "/ws/echo?token=bad", new Seen()));
            connect(context, "/ws/echo?token=good", new Seen());
            assertEquals(1, context.getBean(WebSocketConnectionManager.class).getConnectionsByUser("ann").size());
        }
    }

    @Test
    void shouldFailTheStartIfThePortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 50, java.net.InetAddress.getByName("localhost"))) {
            Throwable error = assertThrows(Exception.class,
                    () -> start(Nothing.class, "--neurolink.port=" + taken.getLocalPort()).close());
            while (error != null && !(error instanceof BindException)) {
                error = error.getCause();
            }
            assertNotNull(error, "the cause says what is wrong");
            assertTrue(error.getMessage().contains(String.valueOf(taken.getLocalPort())), error.getMessage());
        }
    }

    /** Busy until it is told to be done. */
    static class WithBusyHandler {
        final CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile boolean isAnswered;

        @Bean("/ws/busy")
        WebSocketHandler busy() {
            return new WebSocketHandler() {
                @Override
                public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                    done.thenRun(() -> {
                        connection.send("done");
                        isAnswered = true;
                    });
                }

                @Override
                public boolean isBusy(WebSocketConnection connection) {
                    return !isAnswered;
                }
            };
        }
    }

    @Test
    void shouldDrainWhileSpringStillServes() throws Exception {
        var context = start(WithBusyHandler.class, "--neurolink.port=0");
        Seen idle = new Seen();
        connect(context, "/ws/echo", idle);
        Seen busy = new Seen();
        connect(context, "/ws/busy", busy).sendText("work", true).join();
        NeuroLinkServer server = context.getBean(NeuroLinkServer.class);
        var closing = CompletableFuture.runAsync(context::close, task -> new Thread(task).start());
        assertEquals("close 1001", idle.next());
        assertFalse(server.isReady());
        assertEquals(200, request(context, "/announcements", "still here").statusCode());
        assertEquals("still here", busy.next());
        assertFalse(closing.isDone());
        context.getBean(WithBusyHandler.class).done.complete(null);
        assertEquals("done", busy.next());
        assertEquals("close 1001", busy.next());
        closing.get(30, TimeUnit.SECONDS);
    }
}

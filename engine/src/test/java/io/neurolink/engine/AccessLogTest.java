package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a running server writes of those who come, over real sockets. */
class AccessLogTest {
    private static final String SECRET = "s3cret";
    private static final long WAIT_S = 60;

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private NeuroLinkServer server;

    @AfterEach
    void closeServer() {
        if (server != null) {
            server.close();
        }
    }

    private static WebSocketConnectionManager manager() {
        AuthConfig auth = AuthConfig.bearer(token -> token.equals(SECRET) ? AuthenticatedUser.of("ada") : null).required(true).build();
        WebSocketConnectionManager manager = new WebSocketConnectionManager(
                WebSocketConfig.builder().subprotocols("chat").auth(auth).build());
        return manager.registerHandler("/ws", new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                connection.send(message.text());
            }
        });
    }

    private void start(AccessLog log, String... trustedProxies) throws Exception {
        server = NeuroLinkServer.builder().port(0).accessLog(log).webSocket(manager()).trustedProxies(trustedProxies).build();
        server.registerRoute(HttpRoute.get("/hello", request -> HttpResponse.text(200, "hello")));
        server.start();
    }

    private String nextLine() throws InterruptedException {
        String line = lines.poll(WAIT_S, TimeUnit.SECONDS);
        assertNotNull(line, "a line");
        return line;
    }

    private static void awaitThat(BooleanSupplier condition, String what) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, what);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static void assertHas(String line, String... parts) {
        for (String part : parts) {
            assertTrue((" " + line + " ").contains(" " + part + " "), () -> part + " is not in " + line);
        }
    }

    private WebSocket connect(String query, String forwardedFor) {
        WebSocket.Builder builder = http.newWebSocketBuilder().subprotocols("chat");
        if (forwardedFor != null) {
            builder.header("X-Forwarded-For", forwardedFor);
        }
        return builder.buildAsync(URI.create("ws://localhost:" + server.port() + "/ws" + query), new WebSocket.Listener() { }).join();
    }

    @Test
    void shouldLogRequestsUpgradesAndEnds() throws Exception {
        start(AccessLog.logfmt().to(lines::add));
        http.send(HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/api/hello?key=" + SECRET)).build(),
                BodyHandlers.ofString());
        String request = nextLine();
        assertHas(request, "event=request", "remote=127.0.0.1", "method=GET", "path=/api/hello", "status=200", "bytesIn=0");
        assertThrows(CompletionException.class, () -> connect("?token=wrong-" + SECRET, null));
        String refused = nextLine();
        assertHas(refused, "event=upgrade", "path=/ws", "status=401");
        assertTrue(refused.contains(" reason="), refused);
        WebSocket socket = connect("?token=" + SECRET, null);
        String upgrade = nextLine();
        assertHas(upgrade, "event=upgrade", "path=/ws", "status=101", "user=ada", "subprotocol=chat");
        socket.sendText("hello", true).join();
        socket.sendClose(4000, "so\nlong").join();
        String end = nextLine();
        assertHas(end, "event=close", "path=/ws", "user=ada", "subprotocol=chat", "messagesIn=1", "messagesOut=1", "code=4000",
                "reason=\"so\\u000along\"");
        String id = upgrade.replaceAll(".*connection=(\\S+).*", "$1");
        assertHas(end, "connection=" + id);
        for (String line : new String[] {request, refused, upgrade, end}) {
            assertFalse(line.contains(SECRET), line);
        }
    }

    @Test
    void shouldNameTheClientBehindATrustedProxy() throws Exception {
        start(AccessLog.logfmt().to(lines::add), "127.0.0.1");
        WebSocket socket = connect("?token=" + SECRET, "203.0.113.9");
        assertHas(nextLine(), "status=101", "remote=203.0.113.9");
        socket.abort();
        assertHas(nextLine(), "event=close", "remote=203.0.113.9", "code=1006");
    }

    @Test
    void shouldLogWhatIsNoRequest() throws Exception {
        start(AccessLog.json().to(lines::add));
        try (Socket socket = new Socket("localhost", server.port())) {
            socket.getOutputStream().write("BAD\u0001 REQUEST\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            in.readAllBytes();
        }
        String line = nextLine();
        assertTrue(line.contains("\"status\":400") && line.contains("\"remote\":\"127.0.0.1\"") && !line.contains("\"path\""), line);
    }

    @Test
    void shouldWriteAllThatWaitsWhenTheServerEnds() throws Exception {
        start(AccessLog.logfmt().to(lines::add));
        connect("?token=" + SECRET, null);
        server.close();
        assertHas(nextLine(), "status=101");
        assertHas(nextLine(), "event=close");
    }

    /** A target that hangs costs lines, and nothing else. */
    @Test
    void shouldDropAndCountWhatFindsNoRoom() throws Exception {
        CountDownLatch isWriting = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        start(AccessLog.logfmt().maxWaiting(2).to(line -> {
            isWriting.countDown();
            await(mayGoOn);
            lines.add(line);
        }));
        HttpRequest hello = HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/api/hello")).build();
        http.send(hello, BodyHandlers.ofString());
        await(isWriting);
        for (int i = 0; i < 5; i++) {
            assertEquals(200, http.send(hello, BodyHandlers.ofString()).statusCode());
        }
        assertEquals(3, server.counters().get("access_log.dropped"));
        mayGoOn.countDown();
        for (int i = 0; i < 3; i++) {
            nextLine();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(WAIT_S, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldSurviveATargetThatThrows() throws Exception {
        start(AccessLog.logfmt().to(line -> {
            if (lines.isEmpty()) {
                lines.add(line);
                throw new IllegalStateException("disk full");
            }
            lines.add(line);
        }));
        HttpRequest hello = HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/api/hello")).build();
        http.send(hello, BodyHandlers.ofString());
        http.send(hello, BodyHandlers.ofString());
        // A server that ends does not wait long for its log.
        awaitThat(() -> server.counters().get("access_log.lines") == 1, "the second line");
        server.close();
        assertEquals(2, lines.size());
        Map<String, Long> counters = server.counters();
        assertEquals(1, counters.get("access_log.dropped"));
        assertEquals(1, counters.get("access_log.lines"));
        assertEquals(1, counters.get("errors.handler"));
    }

    @Test
    void shouldLogNothingUnlessAsked() throws Exception {
        start(AccessLog.off());
        http.send(HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/api/hello")).build(), BodyHandlers.ofString());
        assertEquals(0, server.counters().get("access_log.lines"));
        // That of a server before may still be about to end.
        awaitThat(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().equals("neurolink-access-log")),
                "no thread for the log");
    }

    @Test
    void shouldLogTheTraceOfTheUpgrade() throws Exception {
        start(AccessLog.logfmt().to(lines::add));
        http.newWebSocketBuilder().header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .buildAsync(URI.create("ws://localhost:" + server.port() + "/ws?token=" + SECRET), new WebSocket.Listener() { }).join()
                .abort();
        assertHas(nextLine(), "event=upgrade", "status=101", "trace=4bf92f3577b34da6a3ce929d0e0e4736");
        assertHas(nextLine(), "event=close", "trace=4bf92f3577b34da6a3ce929d0e0e4736");
    }
}

package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dslplatform.json.DslJson;
import com.dslplatform.json.ObjectConverter;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.agent.support.TestSocket;
import io.neurolink.engine.MemoryUse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real main in this process, on real sockets. */
@Timeout(120)
class AgentServerTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void shouldSayWhereItListensAndServeTheAgent() throws Exception {
        try (RunningServer server = RunningServer.start(); TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            assertEquals("listening on ws://localhost:" + server.port() + System.lineSeparator(), server.stdout());
            assertTrue(client.next().contains("\"type\":\"connected\""));
            client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"hello\",\"options\":{\"delayMs\":0}}}");
            assertTrue(client.nextOfType("response").contains("You said: hello"));
        }
    }

    @Test
    void shouldSpeakTls(@TempDir Path folder) throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        try (RunningServer server = RunningServer.start("--tls-cert", certificate.chain().toString(), "--tls-key",
                certificate.key().toString())) {
            assertEquals("listening on wss://localhost:" + server.port() + System.lineSeparator(), server.stdout());
            HttpClient http = HttpClient.newBuilder().sslContext(certificate.trustingContext()).build();
            URI health = URI.create("https://localhost:" + server.port() + "/api/health");
            assertEquals(200, http.send(HttpRequest.newBuilder(health).build(), HttpResponse.BodyHandlers.discarding()).statusCode());
            var first = new CompletableFuture<String>();
            http.newWebSocketBuilder().buildAsync(URI.create(server.ws("/ws")), new WebSocket.Listener() {
                @Override
                public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
                    first.complete(data.toString());
                    return null;
                }
            }).join();
            assertTrue(first.get(60, TimeUnit.SECONDS).contains("\"type\":\"connected\""));
        }
    }

    @Test
    void shouldNameACertificateFileThatCannotBeUsed() {
        RunningServer server = RunningServer.run(Map.of(), "--port", "0", "--tls-cert", "no-such.pem", "--tls-key", "none.pem");
        assertEquals(1, server.status());
        assertEquals("neurolink-server: no-such.pem does not exist", server.stderr().strip());
    }

    @Test
    void shouldEndWithStatus0AndNothingOnStderr() throws Exception {
        try (RunningServer server = RunningServer.start()) {
            assertEquals(0, server.stop());
            assertEquals("", server.stderr());
        }
    }

    @Test
    void shouldSayHowItIs() {
        assertEquals("ok", AgentServerRoutes.status(true, new MemoryUse(1, 2, false)));
        assertEquals("degraded", AgentServerRoutes.status(true, new MemoryUse(1, 2, true)));
        assertEquals("draining", AgentServerRoutes.status(false, new MemoryUse(1, 2, true)));
    }

    @Test
    void shouldTellThoseWhoSendTooMuch() throws Exception {
        try (RunningServer server = RunningServer.start("--max-messages-per-second", "1", "--memory-budget", "20000000");
                TestSocket socket = TestSocket.connect(server.ws("/ws"))) {
            socket.nextOfType("connected");
            // More than are allowed even if the last ones come some seconds later.
            for (int i = 0; i < 20; i++) {
                socket.send("{\"type\":\"ping\",\"timestamp\":" + i + "}");
            }
            socket.nextOfType("pong");
            socket.nextOfType("pong");
            Map<?, ?> error = json(socket.nextOfType("error"));
            assertEquals("RATE_LIMITED", error.get("code"));
            assertTrue((Long) error.get("retryAfterMs") > 0);
            Map<?, ?> memory = (Map<?, ?>) json(get(server, "/api/health/websocket").body()).get("memory");
            assertEquals(20_000_000L, memory.get("budgetBytes"));
        }
    }

    @Test
    void shouldWriteAnAccessLog(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("access.log");
        try (RunningServer server = RunningServer.start("--access-log", file.toString(), "--access-log-format", "json");
                TestSocket socket = TestSocket.connect(server.ws("/ws"))) {
            socket.nextOfType("connected");
            get(server, "/api/health");
        }
        List<String> lines = Files.readAllLines(file);
        assertEquals(3, lines.size(), lines::toString);
        Map<?, ?> upgrade = json(lines.get(0));
        assertEquals(Arrays.asList("upgrade", "/ws", 101L),
                Arrays.asList(upgrade.get("event"), upgrade.get("path"), upgrade.get("status")));
        Map<?, ?> request = json(lines.get(1));
        assertEquals(Arrays.asList("request", "/api/health"), Arrays.asList(request.get("event"), request.get("path")));
        Map<?, ?> end = json(lines.get(2));
        assertEquals(Arrays.asList("close", upgrade.get("connection")), Arrays.asList(end.get("event"), end.get("connection")));
    }

    @Test
    void shouldNameTheAccessLogThatCannotBeWritten(@TempDir Path folder) {
        RunningServer server = RunningServer.run(Map.of(), "--access-log", folder.resolve("no").resolve("a.log").toString());
        assertEquals(2, server.status());
        assertEquals(1, server.stderr().lines().count(), server.stderr());
        assertTrue(server.stderr().contains("--access-log: cannot write to " + folder) && server.stderr().contains("does not exist"),
                server.stderr());
    }

    @Test
    void shouldServeTheDefaultPathsAndNoOther() throws Exception {
        try (RunningServer server = RunningServer.start()) {
            TestSocket.connect(server.ws("/ws")).close();
            TestSocket.connect(server.ws("/ws/agent")).close();
            assertEquals(404, TestSocket.refusal(server.ws("/other")));
        }
    }

    @Test
    void shouldServeThePathsItIsGiven() throws Exception {
        try (RunningServer server = RunningServer.start("--path", "/one", "--path", "/deep/*")) {
            TestSocket.connect(server.ws("/one")).close();
            TestSocket.connect(server.ws("/deep/er")).close();
            assertEquals(404, TestSocket.refusal(server.ws("/ws")));
        }
    }

    @Test
    void shouldTellClientsBeforeItEnds() throws Exception {
        try (RunningServer server = RunningServer.start(); TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            client.next();
            assertEquals(0, server.stop());
            assertTrue(client.nextOfType("shutdown").contains("\"reconnectAfterMs\":"));
            assertEquals(1001, client.closeCode());
        }
    }

    /** The first signal waits for the run, whose text comes whole; then its connection is closed. */
    @Test
    void shouldLetRunsFinishBeforeItEnds() throws Exception {
        try (RunningServer server = RunningServer.start("--drain-timeout", "60000");
                TestSocket idle = TestSocket.connect(server.ws("/ws"));
                TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            idle.next();
            client.next();
            client.send("{\"type\":\"stream\",\"payload\":{\"prompt\":\"x\",\"options\":{\"words\":300,\"delayMs\":20}}}");
            client.nextOfType("chunk");
            server.signal();
            client.nextOfType("shutdown");
            assertEquals(1001, idle.closeCode());
            client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"y\"}}");
            assertTrue(client.nextOfType("error").contains("SHUTTING_DOWN"));
            assertTrue(client.nextOfType("stream_complete").contains("\"seq\":302"));
            assertEquals(1001, client.closeCode());
            assertEquals(0, server.status());
            assertTrue(server.stderr().contains(": 2 connections, 0 left, 2 closed, 0 cut, 0 interrupted, 0 messages undelivered;"
                    + " runs: 1 finished, 0 cancelled"), server.stderr());
        }
    }

    @Test
    void shouldCancelARunThatDoesNotFinishInTime() throws Exception {
        try (RunningServer server = RunningServer.start("--drain-timeout", "300");
                TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            client.next();
            client.send("{\"type\":\"stream\",\"payload\":{\"prompt\":\"x\",\"options\":{\"words\":100000,\"delayMs\":20}}}");
            client.nextOfType("chunk");
            server.signal();
            String error = client.nextOfType("error");
            assertTrue(error.contains("\"code\":\"SHUTTING_DOWN\"") && error.contains("\"retryable\":true"), error);
            assertEquals(1001, client.closeCode());
            assertEquals(0, server.status());
            assertTrue(server.stderr().contains("0 interrupted, 0 messages undelivered; runs: 0 finished, 1 cancelled"), server.stderr());
        }
    }

    @Test
    void shouldTakeConnectionsDuringTheDelayThoughNotReady() throws Exception {
        try (RunningServer server = RunningServer.start("--drain-delay", "600000")) {
            assertEquals(200, get(server, "/api/health/ready").statusCode());
            assertEquals(200, get(server, "/api/health/live").statusCode());
            server.signal();
            assertEquals(503, get(server, "/api/health/ready").statusCode());
            assertEquals("{\"status\":\"draining\"}", get(server, "/api/health/ready").body());
            assertEquals(200, get(server, "/api/health/live").statusCode());
            try (TestSocket late = TestSocket.connect(server.ws("/ws"))) {
                late.next();
                late.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"y\",\"options\":{\"delayMs\":0}}}");
                late.nextOfType("response");
                server.signal();
                late.nextOfType("shutdown");
                assertEquals(1001, late.closeCode());
            }
            assertEquals(0, server.status());
            // Cut, if this thread was too slow to answer the close frame.
            assertTrue(server.stderr().matches("(?s).*\\(hurried\\): 1 connections, 0 left, (1 closed, 0|0 closed, 1) cut.*"),
                    server.stderr());
        }
    }

    @Test
    void shouldNotBeReadyWhileItDrains() throws Exception {
        try (RunningServer server = RunningServer.start(); Socket open = new Socket("localhost", server.port())) {
            Socket mute = upgradedAndMute(server);
            var ended = server.beginStop();
            String health = "GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
            String answer = "";
            while (!answer.contains("503")) {
                open.getOutputStream().write(health.getBytes(StandardCharsets.US_ASCII));
                answer = readAnswer(open.getInputStream());
                assertTrue(answer.startsWith("HTTP/1.1 "), answer);
            }
            assertTrue(answer.contains("{\"status\":\"draining\"}"), answer);
            assertFalse(ended.isDone());
            mute.close();
            assertEquals(0, ended.get(30, TimeUnit.SECONDS));
        }
    }

    /** A client that never answers a close frame, so that draining lasts. */
    private static Socket upgradedAndMute(RunningServer server) throws IOException {
        Socket socket = new Socket("localhost", server.port());
        socket.getOutputStream().write(("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        assertEquals("HTTP/1.1 101", new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII));
        return socket;
    }

    private static String readAnswer(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                return head.toString();
            }
            head.append((char) c);
        }
        int length = Integer.parseInt(head.substring(head.indexOf("Content-Length: ") + 16).lines().findFirst().orElseThrow());
        return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    @Test
    void shouldReportHealth() throws Exception {
        try (RunningServer server = RunningServer.start("--max-connections", "7");
                TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            client.next();
            assertEquals("{\"status\":\"ok\"}", get(server, "/api/health").body());
            Map<?, ?> health = json(get(server, "/api/health/websocket").body());
            assertEquals("ok", health.get("status"));
            Map<?, ?> connections = (Map<?, ?>) health.get("connections");
            assertEquals(1L, connections.get("total"));
            assertEquals(7L, connections.get("maxConnections"));
            assertEquals(Map.of("/ws", 1L, "/ws/agent", 0L), connections.get("paths"));
            assertEquals(1L, ((Map<?, ?>) health.get("counters")).get("upgrades.accepted"));
        }
    }

    @ParameterizedTest
    @CsvSource({"/v1, /v1/health", "/v1/, /v1/health", "/, /health"})
    void shouldPutTheRoutesBelowTheBasePath(String basePath, String health) throws Exception {
        try (RunningServer server = RunningServer.start("--base-path", basePath)) {
            assertEquals(200, get(server, health).statusCode());
            assertEquals(200, get(server, health + "/websocket").statusCode());
            assertEquals(404, get(server, "/api/health").statusCode());
            assertEquals(200, get(server, "/").statusCode());
        }
    }

    @Test
    void shouldServeTheConsoleUnderAStrictPolicy() throws Exception {
        try (RunningServer server = RunningServer.start()) {
            for (String path : AgentServerRoutes.FILES) {
                HttpResponse<String> response = get(server, "/" + path);
                assertEquals(200, response.statusCode(), path);
                String policy = response.headers().firstValue("Content-Security-Policy").orElseThrow();
                assertTrue(policy.contains("default-src 'none'") && !policy.contains("unsafe"), policy);
                assertEquals("nosniff", response.headers().firstValue("X-Content-Type-Options").orElseThrow(), path);
            }
            assertEquals(get(server, "/index.html").body(), get(server, "/").body());
            assertEquals(404, get(server, "/package.json").statusCode());
            assertEquals(400, get(server, "/..%2fversion.properties").statusCode());
        }
    }

    /** For the npm package. */
    private static final Set<String> NOT_SERVED = Set.of("package.json", "README.md", "LICENSE");

    @Test
    void shouldServeEveryFileOfTheConsole() throws IOException {
        Path web = Path.of("src/main/resources/io/neurolink/agent/web");
        try (var files = Files.walk(web)) {
            var present = files.filter(Files::isRegularFile).map(file -> web.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> !NOT_SERVED.contains(name)).collect(Collectors.toCollection(TreeSet::new));
            assertEquals(present, new TreeSet<>(AgentServerRoutes.FILES));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--prot 1", "--port x", "--idle lazy", "--config none.json", "--agent nobody", "--auth bearer", "--workers 0"})
    void shouldEndWithStatus2AndOneLineForABadOption(String line) {
        RunningServer server = RunningServer.run(Map.of(), line.split(" "));
        assertEquals(2, server.status());
        assertEquals("", server.stdout());
        assertEquals(1, server.stderr().lines().count(), server.stderr());
        assertTrue(server.stderr().startsWith("neurolink-server: "), server.stderr());
        assertTrue(server.stderr().contains(line.substring(0, line.indexOf(' '))), server.stderr());
    }

    @Test
    void shouldNameTheAgentsThereAre() {
        RunningServer server = RunningServer.run(Map.of(), "--agent", "nobody");
        assertTrue(server.stderr().contains("'nobody'") && server.stderr().contains("demo"), server.stderr());
    }

    @Test
    void shouldEndWithStatus1IfThePortIsInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            RunningServer server = RunningServer.run(Map.of(), "--port", String.valueOf(taken.getLocalPort()));
            assertEquals(1, server.status());
            assertEquals("", server.stdout());
            assertEquals(1, server.stderr().lines().count(), server.stderr());
            assertTrue(server.stderr().contains("localhost:" + taken.getLocalPort()), server.stderr());
        }
    }

    @Test
    void shouldEndWithStatus1IfTheHostIsUnknown() {
        RunningServer server = RunningServer.run(Map.of(), "--host", "no-such-host.invalid");
        assertEquals(1, server.status());
        assertTrue(server.stderr().contains("no-such-host.invalid"), server.stderr());
    }

    @Test
    void shouldPrintHelpAndVersion() {
        RunningServer help = RunningServer.run(Map.of(), "--help");
        assertEquals(0, help.status());
        assertTrue(help.stdout().startsWith("Usage: neurolink-server"), help.stdout());
        RunningServer version = RunningServer.run(Map.of(), "--version");
        assertEquals(0, version.status());
        assertTrue(version.stdout().matches("neurolink-server \\d+\\.\\d+\\.\\d+\\S*\\R"), version.stdout());
    }

    @Test
    void shouldReadTheEnvironment() throws Exception {
        try (RunningServer server = RunningServer.start(Map.of("NEUROLINK_PATH", "/a,/b", "NEUROLINK_MAX_CONNECTIONS", "1"))) {
            try (TestSocket first = TestSocket.connect(server.ws("/b"))) {
                first.next();
                assertEquals(503, TestSocket.refusal(server.ws("/a")));
            }
        }
    }

    @Test
    void shouldRefuseMessagesAboveTheLimit() throws Exception {
        try (RunningServer server = RunningServer.start("--max-message-size", "100");
                TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            assertTrue(client.next().contains("\"maxMessageBytes\":100"));
            client.send("{\"type\":\"ping\",\"timestamp\":1}");
            client.nextOfType("pong");
            client.send(" ".repeat(101));
            assertEquals(1009, client.closeCode());
        }
    }

    @Test
    void shouldPingAndCloseWhoDoesNotAnswer() throws Exception {
        try (RunningServer server = RunningServer.start("--ping-interval", "50", "--pong-timeout", "50");
                Socket mute = upgradedAndMute(server)) {
            byte[] rest = mute.getInputStream().readAllBytes();
            assertTrue(contains(rest, 0x89), "no ping");
            assertTrue(contains(rest, 0x88), "no close frame");
        }
    }

    private static boolean contains(byte[] bytes, int... wanted) {
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            int matched = 0;
            while (matched < wanted.length && (bytes[i + matched] & 0xFF) == wanted[matched]) {
                matched++;
            }
            if (matched == wanted.length) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @ValueSource(strings = {"busy-spin", "backoff", "blocking", "auto"})
    void shouldServeInEveryIdleMode(String mode) throws Exception {
        try (RunningServer server = RunningServer.start("--idle", mode, "--event-loops", "2", "--workers", "2")) {
            assertAnswers(server);
        }
    }

    @Test
    void shouldServeInEveryHandlerThreading() throws Exception {
        for (String mode : Runtime.version().feature() < 21 ? List.of("worker", "inline") : List.of("worker", "inline", "virtual")) {
            try (RunningServer server = RunningServer.start("--handler-threading", mode)) {
                assertAnswers(server);
            }
        }
    }

    private static void assertAnswers(RunningServer server) throws Exception {
        try (TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            client.next();
            client.send("{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"add\",\"args\":{\"a\":2,\"b\":3}}}");
            assertTrue(client.nextOfType("tool_result").contains("\"result\":5"));
        }
    }

    @Test
    void shouldAdmitBearerTokensOnly() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--token", "ann=t0p", "--token", "bob:ops=other")) {
            assertEquals(401, TestSocket.refusal(server.ws("/ws")));
            assertEquals(401, TestSocket.refusal(server.ws("/ws?token=wrong")));
            TestSocket.connect(server.ws("/ws?token=t0p")).close();
            TestSocket.connect(server.ws("/ws"), "Authorization", "Bearer other").close();
            server.stop();
            assertFalse((server.stdout() + server.stderr()).contains("t0p"));
        }
    }

    @Test
    void shouldFindTokensWhereItIsToldTo() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--token", "ann=t0p", "--auth-header", "X-Token",
                "--auth-query", "t")) {
            assertEquals(401, TestSocket.refusal(server.ws("/ws?token=t0p")));
            TestSocket.connect(server.ws("/ws?t=t0p")).close();
            TestSocket.connect(server.ws("/ws"), "X-Token", "t0p").close();
        }
    }

    @Test
    void shouldAdmitApiKeysOnly() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "apiKey", "--token", "ann=k3y")) {
            assertEquals(401, TestSocket.refusal(server.ws("/ws?token=k3y")));
            TestSocket.connect(server.ws("/ws?apiKey=k3y")).close();
            TestSocket.connect(server.ws("/ws"), "X-API-Key", "k3y").close();
        }
    }

    @Test
    void shouldAdmitUsersWithTheirPasswordOnly() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "basic", "--basic-user", "ann:pass:admin")) {
            assertEquals(401, TestSocket.refusal(server.ws("/ws")));
            assertEquals(401, TestSocket.refusal(server.ws("/ws"), "Authorization", basic("ann:wrong")));
            TestSocket.connect(server.ws("/ws"), "Authorization", basic("ann:pass")).close();
        }
    }

    private static String basic(String credentials) {
        return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldAskForAnyOfTheRoles() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--token", "ann:admin,x=a", "--token", "bob=b",
                "--require-role", "admin", "--require-role", "ops")) {
            TestSocket.connect(server.ws("/ws?token=a")).close();
            assertEquals(403, TestSocket.refusal(server.ws("/ws?token=b")));
        }
    }

    @Test
    void shouldAskForAllPermissions() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--token", "ann:admin=a",
                "--require-permission", "agents:run")) {
            assertEquals(403, TestSocket.refusal(server.ws("/ws?token=a")));
        }
    }

    @Test
    void shouldAuthenticateByTheFirstMessage() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--token", "ann=t0p", "--auth-first-message", "20000")) {
            try (TestSocket client = TestSocket.connect(server.ws("/ws"))) {
                client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"x\"}}");
                assertTrue(client.nextOfType("error").contains("AUTH_REQUIRED"));
                client.send("{\"type\":\"auth\",\"payload\":{\"token\":\"t0p\"}}");
                client.nextOfType("auth_ok");
                client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"x\",\"options\":{\"delayMs\":0}}}");
                client.nextOfType("response");
            }
        }
    }

    @Test
    void shouldCloseWhoDoesNotAuthenticateInTime() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--token", "ann=t0p", "--auth-first-message", "50");
                TestSocket client = TestSocket.connect(server.ws("/ws"))) {
            assertEquals(4401, client.closeCode());
        }
    }

    @Test
    void shouldAllowOriginsAsTold() throws Exception {
        try (RunningServer server = RunningServer.start()) {
            assertEquals(403, TestSocket.refusal(server.ws("/ws"), "Origin", "https://evil.example"));
            TestSocket.connect(server.ws("/ws"), "Origin", "http://localhost:" + server.port()).close();
        }
        try (RunningServer server = RunningServer.start("--allowed-origin", "https://good.example")) {
            assertEquals(403, TestSocket.refusal(server.ws("/ws"), "Origin", "https://evil.example"));
            TestSocket.connect(server.ws("/ws"), "Origin", "https://good.example").close();
        }
        try (RunningServer server = RunningServer.start("--allowed-origin", "*")) {
            TestSocket.connect(server.ws("/ws"), "Origin", "https://evil.example").close();
        }
    }

    @Test
    void shouldAgreeOnTheSubprotocol() throws Exception {
        try (RunningServer server = RunningServer.start();
                TestSocket client = TestSocket.connect(server.ws("/ws"), "Sec-WebSocket-Protocol", "other, neurolink.agent.v1");
                TestSocket plain = TestSocket.connect(server.ws("/ws"))) {
            assertEquals("neurolink.agent.v1", client.subprotocol());
            assertNull(plain.subprotocol());
        }
    }

    private static HttpResponse<String> get(RunningServer server, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://localhost:" + server.port() + path);
        return HTTP.send(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Map<?, ?> json(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var reader = new DslJson<>().newReader(bytes);
        reader.getNextToken();
        return (Map<?, ?>) ObjectConverter.deserializeObject(reader);
    }
}

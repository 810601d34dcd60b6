package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.ClientCertificates;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.tls.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A TLS server on a real socket, with the JDK's clients. */
@Timeout(300)
class TlsServerTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.localhost();
    private static final SSLContext TRUSTING = CERTIFICATE.trustingContext();
    private static final int LARGE = 1 << 20;

    @TempDir
    private Path folder;

    private static WebSocketConfig.Builder config(HandlerThreading threading) {
        return WebSocketConfig.builder().path("/ws").maxMessageSize(LARGE).maxBufferedBytes(64 * LARGE).maxConnections(1000)
                .handlerThreading(threading).allowedOrigins("*").pingInterval(Duration.ZERO);
    }

    private static TlsConfig tls() {
        return TlsConfig.pem(CERTIFICATE.chain(), CERTIFICATE.key());
    }

    private static TestServer echo(UnaryOperator<TlsConfig> change) throws IOException {
        return TestServer.start(config(HandlerThreading.INLINE).build(), TestServer.ECHO, builder -> builder.tls(change.apply(tls())));
    }

    private static SSLSocket connect(TestServer server, SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
        socket.connect(server.address(), RawClient.TIMEOUT_MS);
        socket.setSoTimeout(RawClient.TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static RawClient open(TestServer server, String... protocols) throws IOException {
        SSLSocket socket = connect(server, TRUSTING);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        RawClient client = RawClient.over(socket);
        client.upgraded(client.upgrade("/ws"));
        return client;
    }

    private static void assertHandshakesBalance(TestServer server) {
        assertEquals(server.counter("tls.handshakes.started"),
                server.counter("tls.handshakes.completed") + server.counter("tls.handshakes.failed"));
        assertEquals(0, server.counter("tls.held_bytes"));
    }

    private static void end(TestServer server) {
        server.close();
        assertHandshakesBalance(server);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, INLINE", "TLSv1.3, INLINE", "TLSv1.2, WORKER", "TLSv1.3, WORKER"})
    void shouldEchoMessagesOfAllSizes(String protocol, HandlerThreading threading) throws IOException {
        TestServer server = TestServer.start(config(threading).build(), TestServer.ECHO, builder -> builder.tls(tls()));
        try (RawClient client = open(server, protocol)) {
            assertEquals(protocol, ((SSLSocket) client.socket()).getSession().getProtocol());
            for (int size : new int[] {0, 1, 125, 126, 1000, 16_300, 16_384, 16_385, 32_768, 65_535, 65_536, 100_000, 524_288, LARGE}) {
                byte[] payload = new byte[size];
                new Random(size).nextBytes(payload);
                CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(client, Frames.binary(payload)));
                client.expect(new Frame(Frames.BINARY, payload));
                Await.done(sending);
            }
            for (int i = 0; i < 500; i++) {
                client.send(Frames.text("number " + i));
            }
            for (int i = 0; i < 500; i++) {
                client.expect(Frame.text("number " + i));
            }
            Await.untilEquals(0L, () -> server.counter("tls.held_bytes"));
            client.closeNormally();
        }
        end(server);
        assertEquals(1, server.counter("tls.handshakes.completed"));
        assertEquals(0, server.counter("tls.errors"));
    }

    private static void send(RawClient client, byte[] bytes) {
        try {
            client.send(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the JDK's WebSocket receives. */
    private static final class Seen implements WebSocket.Listener {
        private final LinkedBlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            parts.writeBytes(part);
            if (last) {
                messages.add(parts.toByteArray());
                parts.reset();
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            closed.complete(code);
            return null;
        }
    }

    private static HttpClient http(String protocol) {
        var parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        return HttpClient.newBuilder().sslContext(TRUSTING).sslParameters(parameters).connectTimeout(Duration.ofSeconds(60)).build();
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, INLINE", "TLSv1.3, INLINE", "TLSv1.2, WORKER", "TLSv1.3, WORKER"})
    void shouldServeTheClientOfTheJdk(String protocol, HandlerThreading threading) throws Exception {
        TestServer server = TestServer.start(config(threading).build(), TestServer.ECHO, builder -> builder.tls(tls()));
        HttpClient client = http(protocol);
        var seen = new Seen();
        WebSocket socket = Await.done(client.newWebSocketBuilder()
                .buildAsync(URI.create("wss://localhost:" + server.address().getPort() + "/ws"), seen));
        for (int size : new int[] {1, 1000, 16_384, 100_000, LARGE}) {
            byte[] payload = new byte[size];
            new Random(size).nextBytes(payload);
            Await.done(socket.sendBinary(ByteBuffer.wrap(payload), true));
            assertArrayEquals(payload, seen.messages.poll(60, TimeUnit.SECONDS));
        }
        Await.done(socket.sendClose(1000, ""));
        assertEquals(1000, Await.done(seen.closed));
        java.net.http.HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create("https://localhost:" + server.address().getPort() + "/nowhere")).build(),
                java.net.http.HttpResponse.BodyHandlers.ofString());
        assertEquals(404, answer.statusCode());
        Await.untilEquals(0L, () -> server.counter("connections.open"));
        server.server().close();
        assertHandshakesBalance(server);
        assertEquals(List.of(), server.server().errors());
        TestServer.assertBalanced(server.server().counters());
    }

    @Test
    void shouldServeManyConnectionsThatHoldNoBuffersWhenTheyRest() throws Exception {
        TestServer server = TestServer.start(config(HandlerThreading.WORKER).build(), TestServer.ECHO,
                builder -> builder.tls(tls()).eventLoops(2));
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            clients.add(open(server));
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < clients.size(); i++) {
                clients.get(i).send(Frames.text("from " + i + " in " + round));
            }
            for (int i = 0; i < clients.size(); i++) {
                clients.get(i).expect(Frame.text("from " + i + " in " + round));
            }
        }
        assertEquals(200, server.counter("connections.open"));
        assertEquals(0, server.counter("tls.held_bytes"));
        server.manager().broadcast("news");
        for (RawClient client : clients) {
            client.expect(Frame.text("news"));
            client.closeNormally();
            client.close();
        }
        end(server);
        assertEquals(200, server.counter("tls.handshakes.completed"));
    }

    @Test
    void shouldLoseNothingForASlowReaderAndCloseAfterEverything() throws Exception {
        byte[] payload = new byte[100_000];
        new Random(1).nextBytes(payload);
        WebSocketHandler flood = new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                for (int i = 0; i < 200; i++) {
                    if (connection.send(payload) != SendResult.ACCEPTED) {
                        throw new IllegalStateException("message " + i + " was not accepted");
                    }
                }
                connection.close(1000, "that was all");
            }
        };
        TestServer server = TestServer.start(config(HandlerThreading.INLINE).closeTimeout(Duration.ofSeconds(60)).build(), flood,
                builder -> builder.tls(tls()));
        try (RawClient client = open(server)) {
            Await.until("bytes wait", () -> server.counter("tls.held_bytes") > 0);
            for (int i = 0; i < 200; i++) {
                client.expect(new Frame(Frames.BINARY, payload));
            }
            client.expectClose(1000);
            client.send(Frames.close(1000, ""));
            client.expectEnd();
        }
        end(server);
        assertEquals(200, server.counter("messages.sent"));
        assertEquals(0, server.counter("closes.abnormal"));
    }

    @Test
    void shouldSendALargeHttpAnswerWholeToAReaderThatWaits() throws IOException {
        byte[] body = new byte[8 * LARGE];
        new Random(2).nextBytes(body);
        TestServer server = echo(tls -> tls);
        server.server().registerRoute("", HttpRoute.get("/large", request -> HttpResponse.of(200, "application/octet-stream", body)));
        try (RawClient client = RawClient.over(connect(server, TRUSTING))) {
            client.send("GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Await.until("bytes wait", () -> server.counter("tls.held_bytes") > 0);
            HttpAnswer answer = client.readAnswer();
            assertEquals(200, answer.status());
            assertArrayEquals(body, answer.body());
            client.expectEnd();
        }
        end(server);
    }

    @Test
    void shouldAnswerPlainHttpWith400() throws IOException {
        TestServer server = echo(tls -> tls);
        try (RawClient client = RawClient.connect(server.address())) {
            HttpAnswer answer = client.upgrade("/ws");
            assertEquals(400, answer.status());
            assertTrue(answer.text().contains("This port speaks TLS"), answer::text);
            client.expectEnd();
        }
        end(server);
        assertEquals(1, server.counter("tls.plain_http"));
    }

    @Test
    void shouldCloseOnGarbageAndServeOthers() throws IOException {
        TestServer server = echo(tls -> tls);
        for (int i = 0; i < 50; i++) {
            byte[] garbage = new byte[1 + i * 20];
            new Random(i).nextBytes(garbage);
            garbage[0] = (byte) (i % 2 == 0 ? 0x16 : 0x80 + i);
            try (RawClient client = RawClient.connect(server.address())) {
                client.send(garbage);
                client.halfClose();
                client.socket().getInputStream().readAllBytes();
            } catch (IOException reset) {
                assertTrue(String.valueOf(reset.getMessage()).contains("reset"), reset::toString);
            }
        }
        try (RawClient client = open(server)) {
            client.send(Frames.text("still there?"));
            client.expect(Frame.text("still there?"));
            client.closeNormally();
        }
        server.awaitCounter("tls.handshakes.failed", 50);
        end(server);
    }

    @Test
    void shouldCutAHandshakeThatTakesTooLong() throws IOException {
        TestServer server = TestServer.start(config(HandlerThreading.INLINE).build(), TestServer.ECHO,
                builder -> builder.tls(tls()).handshakeTimeout(Duration.ofSeconds(5)));
        try (RawClient silent = RawClient.connect(server.address()); RawClient started = RawClient.connect(server.address())) {
            started.send(new byte[] {0x16, 3, 1, 2, 0});
            silent.expectEnd();
            assertEquals(0x15, started.socket().getInputStream().readAllBytes()[0], "an alert, and the end");
        }
        end(server);
        assertEquals(1, server.counter("tls.handshakes.failed"));
    }

    @Test
    void shouldCountATruncatedConnection() throws IOException {
        TestServer server = echo(tls -> tls);
        RawClient plain = RawClient.connect(server.address());
        SSLSocket socket = (SSLSocket) TRUSTING.getSocketFactory().createSocket(plain.socket(), "localhost", 1, true);
        RawClient client = RawClient.over(socket);
        client.upgraded(client.upgrade("/ws"));
        plain.close();
        server.awaitCounter("connections.closed", 1);
        end(server);
        assertEquals(1, server.counter("tls.truncations"));
        assertEquals(1, server.counter("closes.abnormal"));
        socket.close();
    }

    @Test
    void shouldRefuseRenegotiation() throws IOException {
        TestServer server = echo(tls -> tls.protocols("TLSv1.2"));
        try (RawClient client = open(server)) {
            SSLSocket socket = (SSLSocket) client.socket();
            socket.startHandshake();
            assertThrows(IOException.class, () -> {
                client.send(Frames.text("after"));
                client.read();
                client.read();
            });
        }
        server.awaitCounter("connections.closed", 1);
        end(server);
        assertEquals(1, server.counter("tls.renegotiations_refused"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldLetInOnlyClientsWithACertificateItTrusts(String protocol) throws IOException {
        TestCertificate known = TestCertificate.of("client", "EC", "dns:client");
        TestCertificate unknown = TestCertificate.of("stranger", "RSA", "dns:stranger");
        TestServer server = echo(tls -> tls.clientCertificates(ClientCertificates.REQUIRED, known.chain()).protocols(protocol));
        try (RawClient client = RawClient.over(connect(server, known.context(CERTIFICATE)))) {
            client.upgraded(client.upgrade("/ws"));
            client.closeNormally();
        }
        for (SSLContext context : List.of(TRUSTING, unknown.context(CERTIFICATE))) {
            try (RawClient client = RawClient.over(connect(server, context))) {
                assertThrows(IOException.class, () -> client.upgrade("/ws"));
            } catch (IOException onClose) {
                assertNotEquals(null, onClose);
            }
        }
        server.awaitCounter("tls.handshakes.failed", 2);
        end(server);
        assertEquals(1, server.counter("tls.handshakes.completed"));
    }

    /** The name in a client's certificate is its user. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldShowTheClientsCertificateToTheAuthenticator(String protocol) throws IOException {
        TestCertificate known = TestCertificate.of("client", "EC", "dns:client");
        AuthConfig auth = AuthConfig.custom((request, credential) -> {
            List<X509Certificate> shown = request.clientCertificates();
            return CompletableFuture.completedFuture(shown.isEmpty() ? AuthDecision.anonymous()
                    : AuthDecision.accepted(AuthenticatedUser.of(shown.get(0).getSubjectX500Principal().getName())));
        }).build();
        TestServer server = TestServer.start(config(HandlerThreading.INLINE).auth(auth).build(), new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                connection.send(connection.user() == null ? "nobody" : connection.user().id());
            }
        }, builder -> builder.tls(tls().clientCertificates(ClientCertificates.WANTED, known.chain()).protocols(protocol)));
        assertEquals("CN=client", whoAmI(server, known.context(CERTIFICATE)));
        assertEquals("nobody", whoAmI(server, TRUSTING));
        end(server);
    }

    private static String whoAmI(TestServer server, SSLContext context) throws IOException {
        try (RawClient client = RawClient.over(connect(server, context))) {
            client.upgraded(client.upgrade("/ws"));
            client.send(Frames.text("who am I?"));
            String answer = new String(client.read().payload(), StandardCharsets.UTF_8);
            client.closeNormally();
            return answer;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "WANTED"}, value = ClientCertificates.class)
    void shouldLetInClientsWithoutACertificateIfTheyNeedNone(ClientCertificates mode) throws IOException {
        TestServer server = echo(tls -> tls.clientCertificates(mode, CERTIFICATE.chain()));
        try (RawClient client = open(server)) {
            client.closeNormally();
        }
        end(server);
    }

    @Test
    void shouldShowTheCertificateOfTheHostAskedFor() throws IOException {
        TestCertificate other = TestCertificate.of("a.example", "RSA", "dns:a.example,dns:*.wild.example");
        TestServer server = echo(tls -> tls.andPem(other.chain(), other.key()));
        assertEquals(CERTIFICATE.certificate(), shownTo(server, "localhost"));
        assertEquals(other.certificate(), shownTo(server, "a.example"));
        assertEquals(other.certificate(), shownTo(server, "b.wild.example"));
        assertEquals(CERTIFICATE.certificate(), shownTo(server, "unknown.example"));
        end(server);
    }

    private static Certificate shownTo(TestServer server, String host) throws IOException {
        TestCertificate other = TestCertificate.of("a.example", "RSA", "dns:a.example,dns:*.wild.example");
        for (TestCertificate trusted : List.of(CERTIFICATE, other)) {
            try (SSLSocket socket = connect(server, trusted.trustingContext())) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setServerNames(List.of(new SNIHostName(host)));
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                return socket.getSession().getPeerCertificates()[0];
            } catch (javax.net.ssl.SSLHandshakeException notThisOne) {
                assertTrue(notThisOne.getMessage().contains("PKIX"), notThisOne::getMessage);
            }
        }
        throw new IOException("neither certificate was shown to a client that wanted " + host);
    }

    @Test
    void shouldTakeNewFilesForNewConnectionsAndKeepTheOldConnections() throws IOException {
        TestCertificate newer = TestCertificate.of("newer", "EC", "dns:localhost");
        Path chain = Files.copy(CERTIFICATE.chain(), folder.resolve("chain.pem"));
        Path key = Files.copy(CERTIFICATE.key(), folder.resolve("key.pem"));
        TestServer server = TestServer.start(config(HandlerThreading.INLINE).build(), TestServer.ECHO,
                builder -> builder.tls(TlsConfig.pem(chain, key).reloadInterval(Duration.ofMillis(100))));
        try (RawClient old = open(server)) {
            Files.writeString(chain, "broken");
            // Who looks while the file is written sees another one that is broken.
            Await.until("a failure", () -> server.counter("tls.reload_failures") >= 1);
            try (RawClient meanwhile = open(server)) {
                meanwhile.closeNormally();
            }
            Files.writeString(key, Files.readString(newer.key()));
            Files.writeString(chain, Files.readString(newer.chain()));
            server.awaitCounter("tls.reloads", 1);
            try (RawClient client = RawClient.over(connect(server, newer.trustingContext()))) {
                client.upgraded(client.upgrade("/ws"));
                assertEquals(newer.certificate(), ((SSLSocket) client.socket()).getSession().getPeerCertificates()[0]);
                client.closeNormally();
            }
            old.send(Frames.text("still there?"));
            old.expect(Frame.text("still there?"));
            old.closeNormally();
        }
        server.closeExpectingErrors();
        assertTrue(server.server().errors().stream().anyMatch(error -> error.contains("chain.pem")), server.server().errors()::toString);
        assertHandshakesBalance(server);
    }

    @Test
    void shouldNotStartWithFilesThatCannotBeUsed() {
        Path missing = folder.resolve("missing.pem");
        IOException problem = assertThrows(IOException.class, () -> TestServer.start(config(HandlerThreading.INLINE).build(),
                TestServer.ECHO, builder -> builder.tls(TlsConfig.pem(CERTIFICATE.chain(), missing))));
        assertEquals(missing + " does not exist", problem.getMessage());
    }

    @Test
    void shouldTakeAContextOfTheApplication() throws IOException {
        TestServer server = TestServer.start(config(HandlerThreading.INLINE).build(), TestServer.ECHO,
                builder -> builder.tls(TlsConfig.of(CERTIFICATE.context(null)).clientCertificates(ClientCertificates.WANTED)));
        try (RawClient client = open(server)) {
            byte[] all = new byte[50_000];
            Arrays.fill(all, (byte) 'x');
            client.sendChopped(Frames.binary(all), 1000);
            client.expect(new Frame(Frames.BINARY, all));
            client.closeNormally();
        }
        end(server);
    }

    @Test
    void shouldSayWhatIsWrongWithAConfiguration() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> tls().protocols("TLSv1"));
        assertThrows(IllegalArgumentException.class, () -> tls().protocols());
        assertThrows(IllegalArgumentException.class, () -> tls().reloadInterval(Duration.ZERO));
        assertThrows(IllegalStateException.class, () -> tls().clientCertificates(ClientCertificates.REQUIRED));
        TlsConfig ofContext = TlsConfig.of(SSLContext.getDefault());
        assertThrows(IllegalStateException.class, () -> ofContext.andPem(CERTIFICATE.chain(), CERTIFICATE.key()));
        assertThrows(IllegalStateException.class, () -> ofContext.clientCertificates(ClientCertificates.WANTED, CERTIFICATE.chain()));
    }
}

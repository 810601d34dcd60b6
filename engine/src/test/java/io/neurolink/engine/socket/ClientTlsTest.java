package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.ClientCertificates;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.client.ClientTlsConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.tls.TestCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client over TLS, against the server. */
@Timeout(300)
class ClientTlsTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.localhost();
    private static final TestCertificate ELSEWHERE = TestCertificate.of("elsewhere", "EC", "dns:elsewhere.example");
    private static final int LARGE = 1 << 20;

    private static WebSocketConfig config(HandlerThreading threading) {
        return ClientTest.config(threading).maxMessageSize(LARGE).build();
    }

    private static TestServer echo(TestCertificate certificate, UnaryOperator<TlsConfig> change) throws IOException {
        TlsConfig tls = change.apply(TlsConfig.pem(certificate.chain(), certificate.key()));
        return TestServer.start(config(HandlerThreading.INLINE), TestServer.ECHO, builder -> builder.tls(tls));
    }

    private static TestClient client(ClientTest.Inbox inbox, HandlerThreading threading, ClientTlsConfig tls) {
        return TestClient.start(inbox, builder -> builder.config(config(threading)).tls(tls));
    }

    private static ClientTlsConfig trusting(TestCertificate certificate) {
        return ClientTlsConfig.defaults().trusting(certificate.chain());
    }

    private static URI uri(TestServer server) {
        return URI.create("wss://localhost:" + server.address().getPort() + "/ws");
    }

    private static void assertHandshakesBalance(TestClient client) {
        assertEquals(client.counter("tls.handshakes.started"),
                client.counter("tls.handshakes.completed") + client.counter("tls.handshakes.failed"));
        assertEquals(0, client.counter("tls.held_bytes"));
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, INLINE", "TLSv1.3, INLINE", "TLSv1.3, WORKER"})
    void shouldSendAndReceiveMessagesOfAllSizes(String protocol, HandlerThreading threading) throws Exception {
        var inbox = new ClientTest.Inbox();
        TestClient client = client(inbox, threading, trusting(CERTIFICATE).protocols(protocol));
        try (TestServer server = echo(CERTIFICATE, tls -> tls)) {
            WebSocketConnection connection = client.open(uri(server));
            for (int size : new int[] {0, 1, 125, 126, 16_300, 16_384, 32_768, 65_536, 262_144, LARGE}) {
                byte[] payload = new byte[size];
                new Random(size).nextBytes(payload);
                connection.send(ByteBuffer.wrap(payload));
                assertArrayEquals(payload, (byte[]) inbox.next(), () -> "size " + size);
            }
            Await.done(connection.close(1000, "done"));
            assertEquals("1000 done", inbox.close());
        } finally {
            client.close();
        }
        assertEquals(1, client.counter("tls.handshakes.completed"));
        assertEquals(0, client.counter("tls.truncations"));
        assertHandshakesBalance(client);
    }

    private void assertRefused(TestCertificate shown, ClientTlsConfig tls, String expected) throws IOException {
        try (TestServer server = echo(shown, same -> same);
                TestClient client = client(new ClientTest.Inbox(), HandlerThreading.INLINE, tls)) {
            var error = client.refused(WebSocketConnectionError.class, uri(server), ConnectOptions.defaults());
            assertTrue(error.getMessage().contains(expected), error::getMessage);
            assertInstanceOf(SSLException.class, error.getCause());
            assertHandshakesBalance(client);
        }
    }

    @Test
    void shouldRefuseACertificateForAnotherHost() throws IOException {
        assertRefused(ELSEWHERE, trusting(ELSEWHERE), "localhost");
    }

    @Test
    void shouldRefuseACertificateThatNobodyTrustedHasSigned() throws IOException {
        assertRefused(CERTIFICATE, ClientTlsConfig.defaults(), "PKIX");
        assertRefused(CERTIFICATE, trusting(ELSEWHERE), "PKIX");
    }

    @Test
    void shouldTakeACertificateForAnotherHostIfAskedTo() throws Exception {
        var inbox = new ClientTest.Inbox();
        try (TestServer server = echo(ELSEWHERE, tls -> tls);
                TestClient client = client(inbox, HandlerThreading.INLINE, trusting(ELSEWHERE).withoutHostNameCheck())) {
            client.open(uri(server)).send("hi");
            assertEquals("hi", inbox.next());
        }
    }

    @Test
    void shouldShowItsOwnCertificate() throws Exception {
        var inbox = new ClientTest.Inbox();
        TestCertificate own = TestCertificate.of("client", "RSA", "dns:client.example");
        try (TestServer server = echo(CERTIFICATE, tls -> tls.clientCertificates(ClientCertificates.REQUIRED, own.chain()));
                TestClient client = client(inbox, HandlerThreading.INLINE, trusting(CERTIFICATE).certificate(own.chain(), own.key()));
                TestClient stranger = client(inbox, HandlerThreading.INLINE, trusting(CERTIFICATE).protocols("TLSv1.2"))) {
            client.open(uri(server)).send("it is me");
            assertEquals("it is me", inbox.next());
            stranger.refused(WebSocketConnectionError.class, uri(server), ConnectOptions.defaults());
        }
    }

    @Test
    void shouldTakeAContextOfTheApplication() throws Exception {
        var inbox = new ClientTest.Inbox();
        try (TestServer server = echo(CERTIFICATE, tls -> tls);
                TestClient client = client(inbox, HandlerThreading.WORKER, ClientTlsConfig.of(CERTIFICATE.trustingContext()))) {
            client.open(uri(server)).send("hi");
            assertEquals("hi", inbox.next());
        }
    }

    @Test
    void shouldHoldManyConnections() throws Exception {
        int count = 100;
        var inbox = new ClientTest.Inbox();
        try (TestServer server = echo(CERTIFICATE, tls -> tls);
                TestClient client = client(inbox, HandlerThreading.INLINE, trusting(CERTIFICATE))) {
            List<CompletableFuture<WebSocketConnection>> opening = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                opening.add(client.connect(uri(server), ConnectOptions.defaults().timeout(Duration.ofSeconds(60))));
            }
            opening.forEach(future -> Await.done(future).send("one of many"));
            for (int i = 0; i < count; i++) {
                assertEquals("one of many", inbox.next());
            }
        }
    }

    @Test
    void shouldShareTheLoopsOfAPlainServer() throws Exception {
        var inbox = new ClientTest.Inbox();
        var manager = new WebSocketConnectionManager(config(HandlerThreading.INLINE)).registerHandler(TestServer.ECHO);
        try (NeuroLinkServer secure = NeuroLinkServer.builder().host("localhost").port(0).webSocket(manager)
                .tls(TlsConfig.pem(CERTIFICATE.chain(), CERTIFICATE.key())).build().start();
                TestServer plain = TestServer.start(config(HandlerThreading.INLINE), TestServer.ECHO)) {
            TestClient client = TestClient.start(inbox,
                    builder -> builder.loopsOf(plain.server()).config(config(HandlerThreading.INLINE)).tls(trusting(CERTIFICATE)));
            client.open(URI.create("wss://localhost:" + secure.port() + "/ws")).send("over TLS");
            assertEquals("over TLS", inbox.next());
            client.open(TestClient.uri(plain.address(), "/ws")).send("plain");
            assertEquals("plain", inbox.next());
            client.closeSharing();
            secure.shutdown(Duration.ofSeconds(60)).join();
        }
    }

    @Test
    void shouldSayThatAServerDoesNotSpeakTls() throws Exception {
        try (TestServer server = TestServer.start(config(HandlerThreading.INLINE), TestServer.ECHO);
                TestClient client = client(new ClientTest.Inbox(), HandlerThreading.INLINE, trusting(CERTIFICATE))) {
            var error = client.refused(WebSocketConnectionError.class, uri(server), ConnectOptions.defaults());
            assertTrue(error.getMessage().startsWith("no answer from localhost:"), error::getMessage);
        }
    }

    @Test
    void shouldNotWaitForEverForAServerThatIsSilent() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getByName("localhost"));
                TestClient client = client(new ClientTest.Inbox(), HandlerThreading.INLINE, trusting(CERTIFICATE))) {
            URI uri = URI.create("wss://localhost:" + silent.getLocalPort() + "/");
            var attempt = client.connect(uri, ConnectOptions.defaults().timeout(Duration.ofSeconds(5)));
            try (Socket taken = silent.accept()) {
                var error = TestClient.failure(WebSocketConnectionError.class, attempt);
                assertTrue(error.getMessage().endsWith("within 5000 ms"), error::getMessage);
                assertTrue(taken.isConnected());
            }
            assertHandshakesBalance(client);
        }
    }

    @Test
    void shouldNameTheFileThatCannotBeUsed() {
        WebSocketClient.Builder builder = WebSocketClient.builder().tls(ClientTlsConfig.defaults().trusting(Path.of("/no/such.pem")));
        assertTrue(assertThrows(UncheckedIOException.class, builder::build).getMessage().contains("/no/such.pem"));
    }
}

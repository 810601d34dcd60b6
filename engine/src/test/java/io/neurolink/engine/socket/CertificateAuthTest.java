package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.ClientCertificates;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.auth.CertificateName;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.tls.TestCertificate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users by the certificates of their clients, over real TLS, with certificates that are right and wrong. */
@Timeout(300)
class CertificateAuthTest {
    private static final TestCertificate SERVER = TestCertificate.localhost();
    private static final TestCertificate ANN = TestCertificate.of("ann", "EC", "email:ann@example.com");
    private static final TestCertificate NAMELESS = TestCertificate.of("nameless", "EC", "dns:nameless");
    private static final TestCertificate STRANGER = TestCertificate.of("stranger", "EC", "email:ann@example.com");

    private static final WebSocketHandler WHO_AM_I = new WebSocketHandler() {
        @Override
        public void onOpen(WebSocketConnection connection) {
            connection.send(connection.user() == null ? "nobody" : connection.user().id());
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            connection.authenticate(message.text()).thenAccept(decision -> connection.send(decision.outcome() + " " + decision.message()));
        }
    };

    @TempDir
    private Path folder;

    private static AuthenticatedUser byEmail(X509Certificate certificate) {
        String email = CertificateName.SAN_EMAIL.apply(certificate);
        return email == null ? null : AuthenticatedUser.of(email);
    }

    private TestServer start(ClientCertificates mode, AuthConfig auth, String... protocols) throws IOException {
        Path trusted = Files.writeString(folder.resolve("ca.pem"), Files.readString(ANN.chain()) + Files.readString(NAMELESS.chain()));
        return TestServer.start(WebSocketConfig.builder().path("/ws").handlerThreading(HandlerThreading.INLINE).allowedOrigins("*")
                .pingInterval(Duration.ZERO).auth(auth).build(), WHO_AM_I, builder -> builder.tls(
                        TlsConfig.pem(SERVER.chain(), SERVER.key()).clientCertificates(mode, trusted).protocols(protocols)));
    }

    private static RawClient connect(TestServer server, SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
        socket.connect(server.address(), RawClient.TIMEOUT_MS);
        socket.setSoTimeout(RawClient.TIMEOUT_MS);
        return RawClient.over(socket);
    }

    private static void assertUser(TestServer server, SSLContext context, String user) throws IOException {
        try (RawClient client = connect(server, context)) {
            client.upgraded(client.upgrade("/ws"));
            assertEquals(user, new String(client.read().payload(), StandardCharsets.UTF_8));
            client.closeNormally();
        }
    }

    private static void assertForbidden(TestServer server, SSLContext context, String words) throws IOException {
        try (RawClient client = connect(server, context)) {
            HttpAnswer answer = client.upgrade("/ws");
            assertEquals(403, answer.status());
            String body = new String(answer.body(), StandardCharsets.UTF_8);
            assertTrue(body.contains(words), body);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldMakeAUserOfACertificateAndRefuseAllOthers(String protocol) throws IOException {
        try (TestServer server = start(ClientCertificates.WANTED, AuthConfig.clientCertificate(CertificateAuthTest::byEmail).build(),
                protocol)) {
            assertUser(server, ANN.context(SERVER), "ann@example.com");
            assertForbidden(server, NAMELESS.context(SERVER), "The client certificate belongs to no user");
            assertForbidden(server, SERVER.trustingContext(), "A client certificate is required");
            // The same name, signed by nobody the server trusts.
            try (RawClient client = connect(server, STRANGER.context(SERVER))) {
                // The JDK's client shows no certificate that the server's list of authorities does not allow.
                int status = statusOrZero(client);
                assertTrue(status == 0 || status == 403, "status " + status);
            }
            assertEquals(1, server.counter("upgrades.accepted"));
        }
    }

    private static int statusOrZero(RawClient client) {
        try {
            return client.upgrade("/ws").status();
        } catch (IOException handshakeRefused) {
            return 0;
        }
    }

    @Test
    void shouldRefuseAStrangerInTheHandshakeWhereACertificateIsRequired() throws IOException {
        try (TestServer server = start(ClientCertificates.REQUIRED, AuthConfig.clientCertificate(CertificateAuthTest::byEmail).build(),
                "TLSv1.3")) {
            assertUser(server, ANN.context(SERVER), "ann@example.com");
            for (SSLContext context : new SSLContext[] {STRANGER.context(SERVER), SERVER.trustingContext()}) {
                try (RawClient client = connect(server, context)) {
                    assertThrows(IOException.class, () -> client.upgrade("/ws"));
                }
            }
        }
    }

    @Test
    void shouldLetInAnybodyAnonymouslyWhereNoneIsRequiredButNoWrongOne() throws IOException {
        AuthConfig optional = AuthConfig.clientCertificate(CertificateAuthTest::byEmail).required(false).build();
        try (TestServer server = start(ClientCertificates.WANTED, optional, "TLSv1.3")) {
            assertUser(server, SERVER.trustingContext(), "nobody");
            assertUser(server, ANN.context(SERVER), "ann@example.com");
            assertForbidden(server, NAMELESS.context(SERVER), "The client certificate belongs to no user");
        }
    }

    @Test
    void shouldStillDemandRoles() throws IOException {
        Function<X509Certificate, AuthenticatedUser> mapper = certificate -> byEmail(certificate).withRoles("guest");
        try (TestServer server = start(ClientCertificates.WANTED, AuthConfig.clientCertificate(mapper).roles("admin").build(), "TLSv1.3")) {
            assertForbidden(server, ANN.context(SERVER), "Missing role: admin");
        }
    }

    /** The end of a certificate lies days ahead; what a mapper says may come earlier. */
    @Test
    void shouldCloseWhenTheUserRunsOutBeforeTheCertificate() throws IOException {
        Function<X509Certificate, AuthenticatedUser> mapper =
                certificate -> byEmail(certificate).withExpiresAt(Instant.now().plusSeconds(5));
        try (TestServer server = start(ClientCertificates.WANTED, AuthConfig.clientCertificate(mapper).build(), "TLSv1.3");
                RawClient client = connect(server, ANN.context(SERVER))) {
            client.upgraded(client.upgrade("/ws"));
            client.expect(Frame.text("ann@example.com"));
            Frame end = client.read();
            assertEquals("4403 authentication expired", end.closeCode() + " " + end.text());
        }
    }

    @Test
    void shouldTakeNoCredentialInAMessage() throws IOException {
        try (TestServer server = start(ClientCertificates.WANTED, AuthConfig.clientCertificate(CertificateAuthTest::byEmail).build(),
                "TLSv1.3"); RawClient client = connect(server, ANN.context(SERVER))) {
            client.upgraded(client.upgrade("/ws"));
            client.expect(Frame.text("ann@example.com"));
            client.send(Frames.text("token"));
            client.expect(Frame.text("REJECTED A client certificate cannot be replaced by a message"));
            client.closeNormally();
        }
    }
}

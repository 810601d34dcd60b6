package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.neurolink.agent.jwt.JwtTokens;
import io.neurolink.agent.oauth.IntrospectionEndpoint;
import io.neurolink.agent.oauth.TokenIntrospection;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.support.CapturingLoggers;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.agent.support.TestSocket;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.auth.PasswordHash;
import io.neurolink.engine.auth.StaticTokens;
import io.neurolink.engine.auth.StaticUsers;
import io.neurolink.engine.auth.StoredCredential;
import io.neurolink.engine.auth.TokenHash;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.WebSocketHandler;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * No secret is in anything that a server writes. Servers with every way to authenticate are sent credentials that are right and wrong, at
 * the upgrade and in messages; then all that came out of them is searched: answers, messages, reasons of closes, health, standard output
 * and error, the log at its finest with whole stack traces, and what objects print of themselves.
 */
@Timeout(180)
class AgentServerSecretsTest {
    private static final String TOKEN = "r1ght-t0ken-0123456789";
    private static final String WRONG = "wr0ng-t0ken-9876543210";
    private static final String PASSWORD = "r1ght-passw0rd";
    private static final String WRONG_PASSWORD = "wr0ng-passw0rd";
    private static final String PASSWORD_HASH = PasswordHash.of(PASSWORD, 1000).encoded();
    private static final String JWT_SECRET = "s1gning-s3cret-0123456789abcdefghij";
    private static final List<String> SECRETS = new ArrayList<>(List.of(TOKEN, WRONG, PASSWORD, WRONG_PASSWORD, PASSWORD_HASH,
            PASSWORD_HASH.substring(PASSWORD_HASH.lastIndexOf('$') + 1), TokenHash.of(TOKEN), JWT_SECRET, IntrospectionEndpoint.SECRET,
            base64("ann:" + PASSWORD), base64("ann:" + WRONG_PASSWORD), base64Url(TOKEN), base64Url(WRONG),
            base64("chat+server:cl1ent%3As3cr3t%2B%25")));

    private final StringBuilder seen = new StringBuilder();

    @TempDir
    private Path folder;

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64Url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String jwt(long seconds) throws Exception {
        var jwt = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), new JWTClaimsSet.Builder().subject("ann")
                .expirationTime(Date.from(Instant.now().plusSeconds(seconds))).build());
        jwt.sign(new MACSigner(JWT_SECRET));
        String token = jwt.serialize();
        SECRETS.add(token.substring(token.lastIndexOf('.') + 1));
        return token;
    }

    /** Everything that comes back on a plain connection until its end. */
    private void request(RunningServer server, int status, String target, String... fields) throws IOException {
        try (Socket socket = new Socket("localhost", server.port())) {
            socket.setSoTimeout(60_000);
            boolean isUpgrade = target.startsWith("/ws");
            StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n").append(isUpgrade
                    ? "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    : "Connection: close\r\n");
            for (String field : fields) {
                request.append(field).append("\r\n");
            }
            socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertEquals(String.valueOf(status), answer.split(" ")[1], target);
            seen.append(answer).append('\n');
        }
    }

    /** What is said on a connection that was let in, and is then given other credentials. */
    private void talk(RunningServer server, String target, List<String> messages, String... headers) throws IOException {
        try (TestSocket socket = TestSocket.connect(server.ws(target), headers)) {
            for (String message : messages) {
                socket.send(message);
            }
            socket.send("{\"type\":\"ping\",\"timestamp\":1}");
            String message = socket.next();
            while (message != null && !message.contains("\"type\":\"pong\"")) {
                seen.append(message).append('\n');
                message = socket.next();
            }
            seen.append(socket.closeReason()).append('\n');
        }
    }

    private static String auth(String credential) {
        return "{\"type\":\"auth\",\"payload\":{\"token\":\"" + credential + "\"}}";
    }

    private void end(RunningServer server) throws IOException {
        request(server, 200, "/api/health");
        request(server, 200, "/api/health/websocket");
        assertEquals(0, server.stop());
        seen.append(server.stdout()).append(server.stderr());
    }

    private void assertNothingSeen() {
        seen.append(CapturingLoggers.traces());
        String all = seen.toString();
        for (String secret : SECRETS) {
            int at = all.indexOf(secret);
            assertTrue(at < 0, () -> all.substring(Math.max(0, at - 200), Math.min(all.length(), at + 200)));
        }
    }

    @Test
    void shouldKeepTokensAndKeys() throws Exception {
        for (String stored : List.of(TOKEN, TokenHash.of(TOKEN))) {
            try (RunningServer server = RunningServer.start(Map.of("NEUROLINK_TOKEN", "ann=" + stored), "--auth", "bearer",
                    "--auth-first-message", "60000")) {
                request(server, 401, "/ws", "Authorization: Bearer " + WRONG);
                request(server, 401, "/ws?token=" + WRONG);
                request(server, 401, "/ws", "Sec-WebSocket-Protocol: x, bearer." + base64Url(WRONG));
                request(server, 401, "/ws", "Authorization: Bearer " + TOKEN, "Authorization: Bearer " + WRONG);
                request(server, 404, "/nothing?token=" + TOKEN);
                talk(server, "/ws?token=" + TOKEN, List.of(auth(WRONG), auth(TOKEN), "{\"type\":\"" + WRONG.substring(0, 3)));
                talk(server, "/ws", List.of(auth(TOKEN), auth(WRONG)), "Authorization", "Bearer " + TOKEN);
                talk(server, "/ws", List.of(auth(TOKEN)), "Sec-WebSocket-Protocol", "neurolink.agent.v1, bearer." + base64Url(TOKEN));
                try (TestSocket socket = TestSocket.connect(server.ws("/ws"))) {
                    socket.next();
                    for (int i = 0; i < 5; i++) {
                        socket.send(auth(WRONG));
                        seen.append(socket.next());
                    }
                    assertEquals(4401, socket.closeCode());
                    seen.append(socket.closeReason());
                }
                end(server);
            }
            try (RunningServer server = RunningServer.start("--auth", "apiKey", "--token", "ann=" + stored)) {
                request(server, 401, "/ws", "X-API-Key: " + WRONG);
                request(server, 401, "/ws?apiKey=" + WRONG);
                talk(server, "/ws?apiKey=" + TOKEN, List.of(auth(WRONG)));
                end(server);
            }
        }
        assertNothingSeen();
    }

    @Test
    void shouldKeepPasswords() throws Exception {
        Path file = Files.writeString(folder.resolve("users"), "ann:" + PASSWORD_HASH + "\nbob:" + WRONG_PASSWORD + "\n");
        for (List<String> users : List.of(List.of("--basic-user", "ann:" + PASSWORD), List.of("--basic-user", "ann:" + PASSWORD_HASH),
                List.of("--credentials-file", file.toString()))) {
            var args = new ArrayList<>(List.of("--auth", "basic"));
            args.addAll(users);
            try (RunningServer server = RunningServer.start(args.toArray(String[]::new))) {
                request(server, 401, "/ws", "Authorization: Basic " + base64("ann:" + WRONG_PASSWORD));
                request(server, 401, "/ws", "Authorization: Basic " + base64("zoe:" + PASSWORD));
                request(server, 401, "/ws", "Authorization: Basic *" + PASSWORD);
                request(server, 401, "/ws", "Authorization: Basic " + base64(PASSWORD));
                talk(server, "/ws", List.of(auth("ann:" + WRONG_PASSWORD), auth("ann:" + PASSWORD), auth(PASSWORD)), "Authorization",
                        "Basic " + base64("ann:" + PASSWORD));
                if (users.get(0).equals("--credentials-file")) {
                    Files.writeString(file, "ann " + PASSWORD + "\n");
                }
                end(server);
            }
        }
        assertNothingSeen();
    }

    @Test
    void shouldKeepJwts() throws Exception {
        String good = jwt(60);
        String expired = jwt(-60);
        ECKey key = new ECKeyGenerator(Curve.P_256).generate();
        var elsewhere = new SignedJWT(new JWSHeader(JWSAlgorithm.ES256), new JWTClaimsSet.Builder().subject("ann").build());
        elsewhere.sign(new ECDSASigner(key));
        SECRETS.add(elsewhere.getSignature().toString());
        String forged = good.substring(0, good.length() - 4) + "AAAA";
        try (RunningServer server = RunningServer.start(Map.of("NEUROLINK_JWT_SECRET", JWT_SECRET), "--auth", "bearer")) {
            request(server, 401, "/ws", "Authorization: Bearer " + expired);
            request(server, 401, "/ws?token=" + forged);
            talk(server, "/ws?token=" + good, List.of(auth(expired), auth(forged), auth(good)));
            end(server);
        }
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--jwks", "http://localhost:1/keys")) {
            request(server, 401, "/ws?token=" + good);
            request(server, 503, "/ws?token=" + elsewhere.serialize());
            end(server);
        }
        assertTrue(CapturingLoggers.traces().contains("a token is refused"), "the log is looked at as fine as it gets");
        SECRETS.add("eyJ");
        assertNothingSeen();
        SECRETS.remove("eyJ");
    }

    @Test
    void shouldKeepWhatIsAskedAboutAndTheClientsSecret() throws Exception {
        IntrospectionEndpoint endpoint = IntrospectionEndpoint.start();
        endpoint.knows(TOKEN, "{\"active\":true,\"sub\":\"ann\"}");
        try (RunningServer server = RunningServer.start(Map.of("ID_SECRET", IntrospectionEndpoint.SECRET), "--auth", "bearer",
                "--introspection", endpoint.url().toString(), "--introspection-client", IntrospectionEndpoint.CLIENT,
                "--introspection-secret-env", "ID_SECRET")) {
            request(server, 401, "/ws?token=" + WRONG);
            talk(server, "/ws?token=" + TOKEN, List.of(auth(WRONG), auth(TOKEN)));
            endpoint.answersWith(500);
            request(server, 503, "/ws", "Authorization: Bearer " + WRONG + "2");
            talk(server, "/ws?token=" + TOKEN, List.of(auth(WRONG + "3")));
            endpoint.close();
            request(server, 503, "/ws", "Authorization: Bearer " + WRONG + "4");
            end(server);
        }
        try (IntrospectionEndpoint strict = IntrospectionEndpoint.start();
                RunningServer server = RunningServer.start(Map.of("ID_SECRET", WRONG_PASSWORD), "--auth", "bearer", "--introspection",
                strict.url().toString(), "--introspection-client", "c", "--introspection-secret-env", "ID_SECRET")) {
            request(server, 503, "/ws?token=" + TOKEN);
            end(server);
        }
        assertNothingSeen();
    }

    @Test
    void shouldKeepPrivateKeys() throws Exception {
        TestCertificate own = TestCertificate.make(Files.createDirectory(folder.resolve("server")));
        TestCertificate ann = TestCertificate.make(Files.createDirectory(folder.resolve("ann")), "ann", "email:ann@example.com");
        for (TestCertificate certificate : List.of(own, ann)) {
            SECRETS.addAll(Files.readAllLines(certificate.key()).stream().filter(line -> !line.startsWith("-----")).toList());
        }
        try (RunningServer server = RunningServer.start("--tls-cert", own.chain().toString(), "--tls-key", own.key().toString(), "--auth",
                "mtls", "--tls-client-ca", ann.chain().toString(), "--tls-client-certificates", "wanted")) {
            assertEquals(101, TestSocket.refusal(ann.showingContext(own), server.ws("/ws")));
            assertEquals(403, TestSocket.refusal(own.trustingContext(), server.ws("/ws"), "Authorization", "Bearer " + TOKEN));
            assertEquals(0, server.stop());
            seen.append(server.stdout()).append(server.stderr());
        }
        assertNothingSeen();
    }

    /** Options that are wrong, and secrets in them. */
    @Test
    void shouldKeepWhatIsInBadOptions() throws Exception {
        Path file = Files.writeString(folder.resolve("config.json"), "{\"auth\": \"bearer\", \"jwtSecret\": \"" + PASSWORD + "\"}");
        Path broken = Files.writeString(folder.resolve("broken.json"), "{\"token\": [\"ann=" + TOKEN + "\"");
        Path users = Files.writeString(folder.resolve("users"), "ann=" + TOKEN + "\nbob " + TOKEN);
        for (String[] args : new String[][] {{"--auth", "bearer", "--jwt-secret", PASSWORD}, {"--config", file.toString()},
            {"--config", broken.toString()}, {"--auth", "bearer", "--token", TOKEN}, {"--auth", "basic", "--basic-user", PASSWORD},
            {"--auth", "bearer", "--credentials-file", users.toString()}, {"--auth", "basic", "--credentials-file", users.toString()}}) {
            RunningServer server = RunningServer.run(Map.of(), args);
            assertEquals(2, server.status());
            seen.append(server.stdout()).append(server.stderr());
        }
        assertNothingSeen();
    }

    @Test
    void shouldKeepThemInWhatIsPrinted() throws Exception {
        AuthenticatedUser ann = AuthenticatedUser.of("ann");
        Map<String, AuthenticatedUser> tokens = Map.of(TOKEN, ann);
        TokenIntrospection introspection = TokenIntrospection.at(URI.create("http://localhost:1/i"))
                .client("c", IntrospectionEndpoint.SECRET).build();
        List<AuthConfig> configs = List.of(AuthConfig.bearerTokens(tokens).build(), AuthConfig.apiKeys(tokens).build(),
                AuthConfig.basicUsers(Map.of("ann", PASSWORD, "bob", PASSWORD_HASH), AuthenticatedUser::of).build(),
                AuthConfig.bearer(JwtTokens.withSecret(JWT_SECRET).build()).build(), AuthConfig.bearerAsync(introspection).build());
        List<Object> printed = new ArrayList<>(configs);
        configs.forEach(auth -> printed.add(WebSocketConfig.builder().auth(auth).build()));
        printed.addAll(List.of(introspection, JwtTokens.withSecret(JWT_SECRET), JwtTokens.withSecret(JWT_SECRET).build(),
                TokenIntrospection.at(URI.create("http://localhost:1/i")).client("c", IntrospectionEndpoint.SECRET),
                PasswordHash.parse(PASSWORD_HASH), new StaticTokens(tokens), new StaticUsers.Login("ann", PASSWORD, ann),
                StoredCredential.ofUser("ann:" + PASSWORD), StoredCredential.ofToken("ann=" + TOKEN), AgentHandlerConfig.defaults(),
                new AgentServerCommandLine(Map.of("NEUROLINK_TOKEN", "ann=" + TOKEN)).parse("--auth", "bearer").tokens));
        printed.forEach(object -> seen.append(object).append('\n'));
        assertFalse(seen.toString().contains("null\n"));
        assertNothingSeen();
    }

    /** The errors of a server that is embedded, which are told apart and kept. */
    @Test
    void shouldKeepThemInTheErrorsOfAServer() throws Exception {
        TokenIntrospection introspection = TokenIntrospection.at(URI.create("http://localhost:1/i"))
                .client("c", IntrospectionEndpoint.SECRET).build();
        WebSocketConnectionManager manager = new WebSocketConnectionManager(
                WebSocketConfig.builder().path("/ws").auth(AuthConfig.bearerAsync(introspection).build()).build());
        manager.registerHandler("/ws", new WebSocketHandler() { });
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).build().start()) {
            assertEquals(503, TestSocket.refusal("ws://localhost:" + server.port() + "/ws?token=" + TOKEN));
            assertEquals(1, server.errors().size(), server.errors().toString());
            assertTrue(server.errors().get(0).contains("ConnectException"), server.errors().toString());
            seen.append(server.errors()).append(server.counters());
        }
        assertNothingSeen();
    }
}

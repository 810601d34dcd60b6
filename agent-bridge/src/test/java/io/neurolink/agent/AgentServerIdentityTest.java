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
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.neurolink.agent.oauth.IntrospectionEndpoint;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.agent.support.TestSocket;
import io.neurolink.engine.auth.PasswordHash;
import io.neurolink.engine.auth.TokenHash;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The standalone server with every way to know its users, right and wrong, on real sockets and in real time. */
@Timeout(180)
class AgentServerIdentityTest {
    private static final String KEY = "k3y-0123456789abcdef";

    @TempDir
    private Path folder;

    private static int bearer(RunningServer server, String token) throws IOException {
        return TestSocket.refusal(server.ws("/ws"), "Authorization", "Bearer " + token);
    }

    private static int basic(RunningServer server, String userAndPassword) throws IOException {
        return TestSocket.refusal(server.ws("/ws"), "Authorization",
                "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8)));
    }

    private static String counters(RunningServer server) throws IOException {
        try (var in = URI.create(server.ws("/api/health/websocket").replace("ws:", "http:")).toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    // ------------------------------------------------------------------ hashed secrets

    @Test
    void shouldKnowUsersByHashedPasswords() throws Exception {
        String hash = PasswordHash.of("pw", 20_000).encoded();
        try (RunningServer server = RunningServer.start("--auth", "basic", "--basic-user", "ann:" + hash + ":admin", "--basic-user",
                "bob:" + PasswordHash.of("pw2", 1000).encoded(), "--require-role", "admin")) {
            assertEquals(101, basic(server, "ann:pw"));
            assertEquals(101, basic(server, "ann:pw"));
            assertEquals(403, basic(server, "bob:pw2"));
            assertEquals(401, basic(server, "ann:pw2"));
            assertEquals(401, basic(server, "ann:" + hash));
            assertEquals(401, basic(server, "zoe:pw"));
        }
    }

    @Test
    void shouldKnowTokensAndKeysByHashes() throws Exception {
        for (String strategy : List.of("bearer", "apiKey")) {
            try (RunningServer server = RunningServer.start(Map.of("NEUROLINK_TOKEN", "ann:a,b=" + TokenHash.of(KEY) + ",bob=plain"),
                    "--auth", strategy)) {
                String header = strategy.equals("bearer") ? "Authorization" : "X-API-Key";
                String scheme = strategy.equals("bearer") ? "Bearer " : "";
                assertEquals(101, TestSocket.refusal(server.ws("/ws"), header, scheme + KEY));
                assertEquals(101, TestSocket.refusal(server.ws("/ws"), header, scheme + "plain"));
                assertEquals(401, TestSocket.refusal(server.ws("/ws"), header, scheme + TokenHash.of(KEY)));
                assertEquals(401, TestSocket.refusal(server.ws("/ws"), header, scheme + "wrong"));
            }
        }
    }

    @Test
    void shouldReadCredentialsFromAFile() throws Exception {
        Path file = Files.writeString(folder.resolve("users"), "# users\nann:" + PasswordHash.of("pw", 1000).encoded() + ":admin\n");
        try (RunningServer server = RunningServer.start("--auth", "basic", "--credentials-file", file.toString())) {
            assertEquals(101, basic(server, "ann:pw"));
            assertEquals(401, basic(server, "ann:px"));
        }
        Files.writeString(file, "ann:admin=" + TokenHash.of(KEY));
        try (RunningServer server = RunningServer.start("--auth", "apiKey", "--credentials-file", file.toString())) {
            assertEquals(101, TestSocket.refusal(server.ws("/ws"), "X-API-Key", KEY));
            assertEquals(401, TestSocket.refusal(server.ws("/ws"), "X-API-Key", "wrong"));
        }
    }

    @Test
    void shouldNotStartWithAFileThatCannotBeUsed() throws Exception {
        Path file = Files.writeString(folder.resolve("users"), "ann:s3cr3t\nbob s3cr3t\n");
        RunningServer server = RunningServer.run(Map.of(), "--auth", "basic", "--credentials-file", file.toString());
        assertEquals(2, server.status());
        assertEquals("neurolink-server: --credentials-file " + file + " line 2: must be USER:PASSWORD[:ROLE,ROLE...]\n", server.stderr());
        RunningServer none = RunningServer.run(Map.of(), "--auth", "bearer", "--credentials-file", folder.resolve("none").toString());
        assertEquals(2, none.status());
        assertTrue(none.stderr().contains("there is no such file"), none.stderr());
    }

    // ------------------------------------------------------------------ introspection

    private static RunningServer startWithIntrospection(IntrospectionEndpoint endpoint, String... more) throws Exception {
        var args = new ArrayList<>(List.of("--auth", "bearer", "--introspection", endpoint.url().toString(), "--introspection-client",
                IntrospectionEndpoint.CLIENT, "--introspection-audience", "chat"));
        args.addAll(List.of(more.length > 0 ? more : new String[] {"--introspection-secret-env", "ID_SECRET"}));
        return RunningServer.start(Map.of("ID_SECRET", IntrospectionEndpoint.SECRET), args.toArray(String[]::new));
    }

    private static String active(String user, long seconds) {
        return "{\"active\":true,\"sub\":\"" + user + "\",\"aud\":\"chat\",\"scope\":\"use\",\"exp\":"
                + Instant.now().plusSeconds(seconds).getEpochSecond() + "}";
    }

    @Test
    void shouldAskTheEndpointAboutTokens() throws Exception {
        try (IntrospectionEndpoint endpoint = IntrospectionEndpoint.start();
                RunningServer server = startWithIntrospection(endpoint, "--introspection-secret-env", "ID_SECRET",
                        "--require-permission", "use")) {
            endpoint.knows("good", active("ann", 60));
            endpoint.knows("expired", active("ann", -60));
            endpoint.knows("elsewhere", active("ann", 60).replace("chat", "mail"));
            endpoint.knows("useless", active("ann", 60).replace("use", "look"));
            assertEquals(101, bearer(server, "good"));
            assertEquals(401, bearer(server, "expired"));
            assertEquals(401, bearer(server, "elsewhere"));
            assertEquals(403, bearer(server, "useless"));
            assertEquals(401, bearer(server, "unknown"));
            endpoint.answersWith(500);
            assertEquals(101, bearer(server, "good"));
            assertEquals(503, bearer(server, "another"));
            String health = counters(server);
            for (String counter : List.of("\"introspection.failures\":1", "\"introspection.cache_hits\":1", "\"introspection.requests\":6",
                    "\"upgrades.refused.auth_unavailable\":1")) {
                assertTrue(health.contains(counter), counter + " in " + health);
            }
        }
    }

    @Test
    void shouldAnswer503WhileTheEndpointIsDownOrSlow() throws Exception {
        IntrospectionEndpoint endpoint = IntrospectionEndpoint.start();
        try (RunningServer server = startWithIntrospection(endpoint)) {
            endpoint.hold();
            // Longer than the three seconds that an answer may take.
            assertEquals(503, bearer(server, "slow"));
            endpoint.close();
            assertEquals(503, bearer(server, "down"));
        }
    }

    @Test
    void shouldRenewAnOpaqueTokenOnALivingConnection() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), IntrospectionEndpoint.SECRET + "\n");
        try (IntrospectionEndpoint endpoint = IntrospectionEndpoint.start();
                RunningServer server = startWithIntrospection(endpoint, "--introspection-secret-file", secret.toString())) {
            endpoint.knows("first", active("ann", 12));
            endpoint.knows("other", active("ben", 60));
            try (TestSocket socket = TestSocket.connect(server.ws("/ws?token=first"))) {
                socket.nextOfType("auth_expiring");
                endpoint.answersWith(503);
                socket.send("{\"type\":\"auth\",\"payload\":{\"token\":\"second\"}}");
                String unavailable = socket.nextOfType("error");
                assertTrue(unavailable.contains("\"code\":\"INTERNAL\",\"retryable\":true,\"retryAfterMs\":5000"), unavailable);
                endpoint.answersWith(200);
                endpoint.knows("second", active("ann", 8));
                socket.send("{\"type\":\"auth\",\"payload\":{\"token\":\"second\"}}");
                assertTrue(socket.nextOfType("auth_ok").contains("\"expiresAt\":"));
                socket.send("{\"type\":\"auth\",\"payload\":{\"token\":\"other\"}}");
                assertTrue(socket.nextOfType("error").contains("FORBIDDEN"));
                assertEquals(4403, socket.closeCode());
            }
        }
    }

    @Test
    void shouldNotStartWithoutTheSecret() throws Exception {
        String[] args = {"--auth", "bearer", "--introspection", "https://id.example/i", "--introspection-client", "c",
            "--introspection-secret-env", "NO_SUCH_SECRET"};
        RunningServer server = RunningServer.run(Map.of(), args);
        assertEquals(2, server.status());
        assertEquals("neurolink-server: --introspection-secret-env: there is no variable of that name in the environment\n",
                server.stderr());
        args[6] = "--introspection-secret-file";
        args[7] = folder.resolve("none").toString();
        RunningServer missing = RunningServer.run(Map.of(), args);
        assertEquals(2, missing.status());
        assertTrue(missing.stderr().contains("cannot be read"), missing.stderr());
    }

    // ------------------------------------------------------------------ JSON Web Tokens

    private static String sign(ECKey key, String audience, long seconds, String... roles) throws Exception {
        var jwt = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), claims(audience, seconds, roles));
        jwt.sign(new ECDSASigner(key));
        return jwt.serialize();
    }

    private static JWTClaimsSet claims(String audience, long seconds, String... roles) {
        return new JWTClaimsSet.Builder().subject("ann").audience(audience).issuer("https://id.example").claim("roles", List.of(roles))
                .expirationTime(Date.from(Instant.now().plusSeconds(seconds))).build();
    }

    private static HttpServer serve(AtomicReference<String> keys) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = keys.get().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(body.length == 0 ? 503 : 200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void shouldTellGoodJwtsFromBadOnesAndFollowTheKeys() throws Exception {
        ECKey old = new ECKeyGenerator(Curve.P_256).keyID("old").generate();
        ECKey next = new ECKeyGenerator(Curve.P_256).keyID("next").generate();
        var keys = new AtomicReference<>("");
        HttpServer authority = serve(keys);
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--jwks",
                "http://localhost:" + authority.getAddress().getPort() + "/", "--jwt-audience", "chat", "--jwt-issuer",
                "https://id.example", "--require-role", "dev")) {
            String good = sign(old, "chat", 60, "dev");
            assertEquals(503, bearer(server, good), "while there are no keys a good token is not a wrong one");
            keys.set(new JWKSet(old.toPublicJWK()).toString());
            assertEquals(101, bearer(server, good));
            assertEquals(401, bearer(server, sign(old, "chat", -60, "dev")), "expired");
            assertEquals(401, bearer(server, sign(old, "mail", 60, "dev")), "another audience");
            assertEquals(403, bearer(server, sign(old, "chat", 60, "guest")), "no role");
            assertEquals(401, bearer(server, new PlainJWT(claims("chat", 60, "dev")).serialize()), "no algorithm");
            var confused = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("old").build(), claims("chat", 60, "dev"));
            confused.sign(new MACSigner(old.toPublicJWK().toJSONString()));
            assertEquals(401, bearer(server, confused.serialize()), "the public key as a secret");
            authority.stop(0);
        }
        // Rotated: whoever brings a token with the next key has the set read again.
        HttpServer rotating = serve(keys);
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--jwks",
                "http://localhost:" + rotating.getAddress().getPort() + "/")) {
            assertEquals(101, bearer(server, sign(old, "chat", 60)));
            keys.set(new JWKSet(next.toPublicJWK()).toString());
            assertEquals(101, bearer(server, sign(next, "chat", 60)));
            assertEquals(401, bearer(server, sign(old, "chat", 60)), "the old key is gone");
        } finally {
            rotating.stop(0);
        }
    }

    /** The user has lost the role meanwhile: the renewal is refused, and the connection ends. */
    @Test
    void shouldCheckRolesAgainWithTheRenewal() throws Exception {
        ECKey key = new ECKeyGenerator(Curve.P_256).keyID("k").generate();
        Path file = Files.writeString(folder.resolve("jwks.json"), new JWKSet(key.toPublicJWK()).toString());
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--jwks", file.toString(), "--require-role", "dev");
                TestSocket socket = TestSocket.connect(server.ws("/ws?token=" + sign(key, "chat", 600, "dev")))) {
            socket.send("{\"type\":\"auth\",\"payload\":{\"token\":\"" + sign(key, "chat", 700, "dev", "ops") + "\"}}");
            socket.nextOfType("auth_ok");
            socket.send("{\"type\":\"auth\",\"payload\":{\"token\":\"" + sign(key, "chat", 800, "guest") + "\"}}");
            String refused = socket.nextOfType("error");
            assertTrue(refused.contains("FORBIDDEN") && refused.contains("Missing role: dev"), refused);
            assertEquals(4403, socket.closeCode());
            assertFalse(server.stderr().contains("eyJ"), server.stderr());
        }
    }

    // ------------------------------------------------------------------ client certificates

    @Test
    void shouldKnowUsersByTheirCertificates() throws Exception {
        TestCertificate own = TestCertificate.make(Files.createDirectory(folder.resolve("server")));
        TestCertificate ann = TestCertificate.make(Files.createDirectory(folder.resolve("ann")), "ann", "email:ann@example.com");
        TestCertificate eve = TestCertificate.make(Files.createDirectory(folder.resolve("eve")), "ann", "email:ann@example.com");
        List<String> args = List.of("--tls-cert", own.chain().toString(), "--tls-key", own.key().toString(), "--auth", "mtls",
                "--tls-client-ca", ann.chain().toString(), "--tls-client-certificates");
        var wanted = new ArrayList<>(args);
        wanted.addAll(List.of("wanted", "--mtls-user", "san-email", "--user-runs-per-minute", "1"));
        String run = "{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"add\",\"args\":{\"a\":1,\"b\":2}}}";
        try (RunningServer server = RunningServer.start(wanted.toArray(String[]::new))) {
            try (TestSocket first = TestSocket.connect(ann.showingContext(own), server.ws("/ws"));
                    TestSocket second = TestSocket.connect(ann.showingContext(own), server.ws("/ws"))) {
                first.send(run);
                first.nextOfType("tool_result");
                second.send(run);
                assertTrue(second.nextOfType("error").contains("RATE_LIMITED"), "they are the same user");
            }
            assertEquals(403, TestSocket.refusal(own.trustingContext(), server.ws("/ws")));
            assertNotLetIn(eve.showingContext(own), server);
        }
        var required = new ArrayList<>(args);
        required.add("required");
        try (RunningServer server = RunningServer.start(required.toArray(String[]::new))) {
            assertEquals(101, TestSocket.refusal(ann.showingContext(own), server.ws("/ws")));
            assertNotLetIn(eve.showingContext(own), server);
            assertNotLetIn(own.trustingContext(), server);
        }
    }

    /** In the handshake, or, where the client's TLS shows nothing that the server would not like, with 403. */
    private static void assertNotLetIn(SSLContext tls, RunningServer server) {
        int status;
        try {
            status = TestSocket.refusal(tls, server.ws("/ws"));
        } catch (IOException inTheHandshake) {
            status = 403;
        }
        assertEquals(403, status);
    }

    // ------------------------------------------------------------------ what users may do, and how much

    @Test
    void shouldForbidByActionAndLimitByUser() throws Exception {
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--token", "ann:staff=a", "--token", "bob=b",
                "--require-role-for", "tool:add=staff", "--user-runs-per-minute", "2", "--user-tokens-per-minute", "1000")) {
            String add = "{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"add\",\"args\":{\"a\":1,\"b\":2}}}";
            String echo = add.replace("\"add\"", "\"echo\"");
            try (TestSocket ann = TestSocket.connect(server.ws("/ws?token=a"));
                    TestSocket bob = TestSocket.connect(server.ws("/ws?token=b"))) {
                ann.send(add);
                assertTrue(ann.nextOfType("tool_result").contains("\"result\":3"));
                bob.send(add);
                assertTrue(bob.nextOfType("error").contains("\"error\":\"Not allowed: tool_call add\",\"code\":\"FORBIDDEN\""));
                bob.send(echo);
                bob.nextOfType("tool_result");
                bob.send(echo);
                String limited = bob.nextOfType("error");
                assertTrue(limited.contains("\"code\":\"RATE_LIMITED\",\"retryable\":true,\"retryAfterMs\":"), limited);
                bob.send("{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\",\"options\":{\"tool\":{\"toolName\":\"add\",\"args\":{}}}}}");
                assertTrue(bob.nextOfType("error").contains("RATE_LIMITED"));
                ann.send("{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\",\"options\":{\"delayMs\":0,\"words\":1}}}");
                ann.nextOfType("stream_complete");
            }
            String health = counters(server);
            for (String counter : List.of("\"authorization.denied\":1", "\"quotas.refused.runs\":2", "\"quotas.users\":2")) {
                assertTrue(health.contains(counter), counter + " in " + health);
            }
        }
    }
}

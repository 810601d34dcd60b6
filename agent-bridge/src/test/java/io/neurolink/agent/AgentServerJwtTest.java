package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.neurolink.agent.support.TestSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The standalone server with JSON Web Tokens, on real sockets and in real time. */
@Timeout(120)
class AgentServerJwtTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    private static String token(String user, long seconds) throws Exception {
        var jwt = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), new JWTClaimsSet.Builder().subject(user).audience("chat")
                .claim("roles", List.of("dev")).expirationTime(Date.from(Instant.now().plusSeconds(seconds))).build());
        jwt.sign(new MACSigner(SECRET));
        return jwt.serialize();
    }

    private static int refusal(RunningServer server, String token) throws IOException {
        return TestSocket.refusal(server.ws("/ws"), "Authorization", "Bearer " + token);
    }

    private static RunningServer start(String... more) throws Exception {
        var args = new ArrayList<>(List.of("--auth", "bearer", "--jwt-audience", "chat"));
        args.addAll(List.of(more));
        return RunningServer.start(Map.of("NEUROLINK_JWT_SECRET", SECRET), args.toArray(String[]::new));
    }

    @Test
    void shouldLetInWhoHasAGoodTokenAndPrintNone() throws Exception {
        try (RunningServer server = start("--require-role", "dev")) {
            assertEquals(101, refusal(server, token("ann", 60)));
            assertEquals(401, refusal(server, token("ann", -60)));
            assertEquals(401, refusal(server, token("ann", 60) + "x"));
            assertEquals(0, server.stop());
            assertFalse(server.stdout().contains(SECRET) || server.stderr().contains(SECRET));
            assertFalse(server.stderr().contains("eyJ"), server.stderr());
        }
    }

    /** Good for 30 s of clock skew more than it says: the token has run out 16 s ago. */
    @Test
    void shouldTellOfTheEndRenewAndCloseAtTheEnd() throws Exception {
        try (RunningServer server = start();
                TestSocket socket = TestSocket.connect(server.ws("/ws?token=" + token("ann", -16)))) {
            socket.nextOfType("auth_expiring");
            socket.send("{\"type\":\"auth\",\"payload\":{\"token\":\"" + token("ann", -22) + "\"}}");
            assertTrue(socket.nextOfType("auth_ok").contains("\"expiresAt\":"));
            socket.send("{\"type\":\"auth\",\"payload\":{\"token\":\"" + token("ben", 60) + "\"}}");
            assertTrue(socket.nextOfType("error").contains("FORBIDDEN"));
            socket.send("{\"type\":\"auth\",\"payload\":{\"token\":\"" + token("ann", -60) + "\"}}");
            assertTrue(socket.nextOfType("error").contains("AUTH_EXPIRED"));
            assertEquals(4403, socket.closeCode());
        }
    }

    @Test
    void shouldReadAKeySetFromAFile(@TempDir Path folder) throws Exception {
        RSAKey key = new RSAKeyGenerator(2048).keyID("k").generate();
        Path file = Files.writeString(folder.resolve("jwks.json"), new JWKSet(key.toPublicJWK()).toString());
        var jwt = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
                new JWTClaimsSet.Builder().subject("ann").build());
        jwt.sign(new RSASSASigner(key));
        try (RunningServer server = RunningServer.start("--auth", "bearer", "--jwks", file.toString())) {
            assertEquals(101, refusal(server, jwt.serialize()));
            assertEquals(401, refusal(server, token("ann", 60)));
        }
    }
}

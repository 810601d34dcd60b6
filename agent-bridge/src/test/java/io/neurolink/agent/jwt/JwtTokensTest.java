package io.neurolink.agent.jwt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.neurolink.engine.spi.AuthUnavailableException;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose a token is: right ones, wrong ones, and keys that change or cannot be had. */
class JwtTokensTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final RSAKey RSA = rsa("rsa");
    private static final ECKey EC = ec("ec");

    @TempDir
    private Path folder;

    private HttpServer server;

    @AfterEach
    void stopServer() {
        if (server != null) {
            server.stop(0);
        }
    }

    private static RSAKey rsa(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (com.nimbusds.jose.JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ECKey ec(String id) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
        } catch (com.nimbusds.jose.JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JWTClaimsSet.Builder ann() {
        return new JWTClaimsSet.Builder().subject("ann").expirationTime(Date.from(NOW.plusSeconds(60)));
    }

    private static String sign(JWSHeader header, JWTClaimsSet.Builder claims, JWSSigner signer) throws Exception {
        var jwt = new SignedJWT(header, claims.build());
        jwt.sign(signer);
        return jwt.serialize();
    }

    private static String hmac(JWTClaimsSet.Builder claims) throws Exception {
        return sign(new JWSHeader(JWSAlgorithm.HS256), claims, new MACSigner(SECRET));
    }

    private static String rsa(RSAKey key, JWSAlgorithm algorithm, JWTClaimsSet.Builder claims) throws Exception {
        return sign(new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), claims, new RSASSASigner(key));
    }

    private static JwtTokens.Builder withSecret() {
        return JwtTokens.withSecret(SECRET).clock(CLOCK);
    }

    private Path file(JWK... keys) throws IOException {
        return Files.writeString(folder.resolve("jwks.json"), new JWKSet(List.of(keys)).toString());
    }

    private JwtTokens withFile(JWK... keys) throws IOException {
        return JwtTokens.withKeys(file(keys)).clock(CLOCK).build();
    }

    private static String idOf(AuthenticatedUser user) {
        return user == null ? null : user.id();
    }

    // ------------------------------------------------------------------ claims

    @Test
    void shouldReadTheUser() throws Exception {
        AuthenticatedUser user = withSecret().build().apply(hmac(ann().claim("email", "ann@example.com").claim("name", "Ann")
                .claim("roles", List.of("admin", "dev")).claim("permissions", "read write").claim("tenant", "t1")));

        assertEquals(new AuthenticatedUser("ann", "ann@example.com", "Ann", Set.of("admin", "dev"), Set.of("read", "write"),
                Map.of("tenant", "t1"), NOW.plusSeconds(90)), user);
    }

    @Test
    void shouldReadRolesFromWhereTheyAre() throws Exception {
        AuthenticatedUser user = withSecret().rolesClaim("realm_access.roles").permissionsClaim("https://example.com/scope").build()
                .apply(hmac(ann().claim("realm_access", Map.of("roles", List.of("admin"))).claim("https://example.com/scope", "a  a b")));

        assertEquals(Set.of("admin"), user.roles());
        assertEquals(Set.of("a", "b"), user.permissions());
    }

    @Test
    void shouldIgnoreClaimsOfAnotherShape() throws Exception {
        AuthenticatedUser user = withSecret().build()
                .apply(hmac(ann().claim("email", 5).claim("roles", Map.of("a", "b")).claim("permissions", List.of(1, "p"))));

        assertNull(user.email());
        assertEquals(Set.of(), user.roles());
        assertEquals(Set.of("p"), user.permissions());
    }

    @Test
    void shouldKnowNobodyWithoutSub() throws Exception {
        assertNull(withSecret().build().apply(hmac(new JWTClaimsSet.Builder().claim("name", "Ann"))));
        assertNull(withSecret().build().apply(hmac(new JWTClaimsSet.Builder().subject(" "))));
    }

    @Test
    void shouldTellWhenAnExpiredTokenRanOut() throws Exception {
        String token = hmac(new JWTClaimsSet.Builder().subject("ann").expirationTime(Date.from(NOW.minusSeconds(31))));

        assertEquals(NOW.minusSeconds(1), withSecret().build().apply(token).expiresAt());
    }

    @Test
    void shouldAllowForClocksThatDiffer() throws Exception {
        JwtTokens tokens = withSecret().clockSkew(Duration.ofSeconds(10)).build();

        assertEquals("ann", idOf(tokens.apply(hmac(ann().notBeforeTime(Date.from(NOW.plusSeconds(9)))))));
        assertNull(tokens.apply(hmac(ann().notBeforeTime(Date.from(NOW.plusSeconds(11))))));
    }

    @Test
    void shouldDemandIssuerAudienceAndExpiry() throws Exception {
        JwtTokens tokens = withSecret().issuer("https://id").audience("chat").requireExpiry(true).build();

        assertEquals("ann", idOf(tokens.apply(hmac(ann().issuer("https://id").audience(List.of("mail", "chat"))))));
        assertNull(tokens.apply(hmac(ann().issuer("https://id").audience("mail"))));
        assertNull(tokens.apply(hmac(ann().issuer("https://id"))));
        assertNull(tokens.apply(hmac(ann().issuer("https://evil").audience("chat"))));
        assertNull(tokens.apply(hmac(ann().audience("chat"))));
        assertNull(tokens.apply(hmac(ann().issuer("https://id").audience("chat").expirationTime(null))));
        assertNotNull(withSecret().build().apply(hmac(ann().expirationTime(null))));
    }

    @Test
    void shouldNotTellTheUserOfAnExpiredTokenMeantForOthers() throws Exception {
        JwtTokens tokens = withSecret().audience("chat").build();

        assertNull(tokens.apply(hmac(ann().audience("mail").expirationTime(Date.from(NOW.minusSeconds(3600))))));
    }

    // ------------------------------------------------------------------ signatures

    @Test
    void shouldAcceptEveryKindOfKey() throws Exception {
        KeyPair ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        JwtTokens tokens = withFile(RSA.toPublicJWK(), EC.toPublicJWK(), edJwk("ed", ed));

        assertEquals("ann", idOf(tokens.apply(rsa(RSA, JWSAlgorithm.RS256, ann()))));
        assertEquals("ann", idOf(tokens.apply(rsa(RSA, JWSAlgorithm.PS512, ann()))));
        assertEquals("ann", idOf(tokens.apply(
                sign(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec").build(), ann(), new ECDSASigner(EC)))));
        assertEquals("ann", idOf(tokens.apply(ed25519(ed, JWSAlgorithm.EdDSA, "ed"))));
        assertEquals("ann", idOf(tokens.apply(ed25519(ed, JWSAlgorithm.Ed25519, "ed"))));
    }

    /** Both signs of x, and y with leading zeros now and then. */
    @Test
    void shouldReadAnyEd25519Key() throws Exception {
        for (int i = 0; i < 40; i++) {
            KeyPair ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            assertEquals(ed.getPublic(), Ed25519Verifier.publicKey(edJwk("ed", ed)));
        }
    }

    private static OctetKeyPair edJwk(String id, KeyPair pair) {
        byte[] encoded = pair.getPublic().getEncoded();
        byte[] x = java.util.Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
        return new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(x)).keyID(id).build();
    }

    private static String ed25519(KeyPair pair, JWSAlgorithm algorithm, String keyId) throws Exception {
        var header = new JWSHeader.Builder(algorithm).keyID(keyId).build();
        String input = header.toBase64URL() + "." + Base64URL.encode(ann().build().toString());
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(pair.getPrivate());
        signer.update(input.getBytes(StandardCharsets.US_ASCII));
        return input + "." + Base64URL.encode(signer.sign());
    }

    @Test
    void shouldRefuseAnotherKeysSignature() throws Exception {
        KeyPair ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        KeyPair otherEd = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        JwtTokens tokens = withFile(RSA.toPublicJWK(), edJwk("ed", ed));

        assertNull(tokens.apply(rsa(rsa("rsa"), JWSAlgorithm.RS256, ann())));
        assertNull(tokens.apply(ed25519(otherEd, JWSAlgorithm.EdDSA, "ed")));
        assertNull(withSecret().build().apply(
                sign(new JWSHeader(JWSAlgorithm.HS256), ann(), new MACSigner("x" + SECRET))));
    }

    @Test
    void shouldRefuseATokenThatWasChanged() throws Exception {
        String[] parts = hmac(ann()).split("\\.");
        String other = Base64URL.encode(ann().subject("root").build().toString()).toString();

        assertNull(withSecret().build().apply(parts[0] + "." + other + "." + parts[2]));
        assertNull(withSecret().build().apply(parts[0] + "." + parts[1] + "."));
    }

    @Test
    void shouldRefuseTokensWithoutSignature() throws Exception {
        String plain = new PlainJWT(ann().build()).serialize();
        String none = Base64URL.encode("{\"alg\":\"none\"}") + "." + Base64URL.encode(ann().build().toString()) + ".";

        assertNull(withSecret().build().apply(plain));
        assertNull(withSecret().build().apply(none));
        assertNull(withFile(RSA.toPublicJWK()).apply(none));
    }

    /** The public key is no secret: whoever signs with it as one must not get in. */
    @Test
    void shouldNotTakeAPublicKeyForASecret() throws Exception {
        JwtTokens tokens = withFile(RSA.toPublicJWK());
        byte[] der = RSA.toPublicKey().getEncoded();
        var header = new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa").build();

        assertNull(tokens.apply(sign(header, ann(), new MACSigner(der))));
        assertNull(tokens.apply(sign(header, ann(), new MACSigner(RSA.toPublicJWK().toJSONString()))));
        assertNull(withSecret().build().apply(rsa(RSA, JWSAlgorithm.RS256, ann())));
    }

    @Test
    void shouldNotUseASecretForMoreThanItIsWorth() throws Exception {
        String secret = SECRET + SECRET.substring(16);
        JwtTokens tokens = JwtTokens.withSecret(secret).clock(CLOCK).build();

        assertEquals("ann", idOf(tokens.apply(sign(new JWSHeader(JWSAlgorithm.HS384), ann(), new MACSigner(secret)))));
        assertNull(withSecret().build().apply(sign(new JWSHeader(JWSAlgorithm.HS384), ann(), new MACSigner(secret))));
    }

    @Test
    void shouldTakeAccessTokensButNotOtherTypes() throws Exception {
        JwtTokens tokens = withSecret().build();
        var access = new JWSHeader.Builder(JWSAlgorithm.HS256).type(new JOSEObjectType("at+jwt")).build();
        var logout = new JWSHeader.Builder(JWSAlgorithm.HS256).type(new JOSEObjectType("logout+jwt")).build();

        assertEquals("ann", idOf(tokens.apply(sign(access, ann(), new MACSigner(SECRET)))));
        assertNull(tokens.apply(sign(logout, ann(), new MACSigner(SECRET))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a.b.c", "e30.e30.e30", "not a token", "e30.e30.e30.e30.e30", "\u0000"})
    void shouldRefuseWhatIsNoToken(String text) {
        assertNull(withSecret().build().apply(text));
    }

    @Test
    void shouldRefuseAnEndlessToken() {
        assertNull(withSecret().build().apply("a".repeat(1_000_000)));
    }

    // ------------------------------------------------------------------ where keys are from

    private URI serve(AtomicReference<String> body, AtomicInteger reads) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/jwks", exchange -> {
            reads.incrementAndGet();
            String text = body.get();
            byte[] bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(text == null ? 503 : 200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/jwks");
    }

    private static String set(JWK... keys) {
        return new JWKSet(List.of(keys)).toString();
    }

    @Test
    void shouldReadTheSetOnceAndAgainForAnUnknownKey() throws Exception {
        RSAKey next = rsa("next");
        var body = new AtomicReference<>(set(RSA.toPublicJWK()));
        var reads = new AtomicInteger();
        JwtTokens tokens = JwtTokens.withKeys(serve(body, reads)).clock(CLOCK).fetchTimeout(PATIENCE).build();
        for (int i = 0; i < 5; i++) {
            assertEquals("ann", idOf(tokens.apply(rsa(RSA, JWSAlgorithm.RS256, ann()))));
        }
        assertEquals(1, reads.get());

        body.set(set(next.toPublicJWK()));
        assertEquals("ann", idOf(tokens.apply(rsa(next, JWSAlgorithm.RS256, ann()))));
        assertNull(tokens.apply(rsa(RSA, JWSAlgorithm.RS256, ann())));
        assertEquals(2, reads.get());
    }

    @Test
    void shouldNotBeMadeToReadForEveryUnknownKey() throws Exception {
        var reads = new AtomicInteger();
        JwtTokens tokens = JwtTokens.withKeys(serve(new AtomicReference<>(set(RSA.toPublicJWK())), reads)).clock(CLOCK)
                .fetchTimeout(PATIENCE).build();
        RSAKey unknown = rsa("unknown");
        for (int i = 0; i < 20; i++) {
            assertNull(tokens.apply(rsa(unknown, JWSAlgorithm.RS256, ann())));
        }

        assertTrue(reads.get() <= 2, reads + " reads");
    }

    @Test
    void shouldGoOnWhileTheSetCannotBeRead() throws Exception {
        var body = new AtomicReference<>(set(RSA.toPublicJWK()));
        JwtTokens tokens = JwtTokens.withKeys(serve(body, new AtomicInteger())).clock(CLOCK).fetchTimeout(PATIENCE).build();
        assertEquals("ann", idOf(tokens.apply(rsa(RSA, JWSAlgorithm.RS256, ann()))));
        body.set(null);
        assertNull(tokens.apply(rsa(rsa("unknown"), JWSAlgorithm.RS256, ann())));

        assertEquals("ann", idOf(tokens.apply(rsa(RSA, JWSAlgorithm.RS256, ann()))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"keys\":5}", "<html>"})
    void shouldSayThatThereAreNoKeys(String body) throws Exception {
        URI url = serve(new AtomicReference<>(body.isEmpty() ? null : body), new AtomicInteger());
        JwtTokens tokens = JwtTokens.withKeys(url).clock(CLOCK).fetchTimeout(PATIENCE).build();
        String token = rsa(RSA, JWSAlgorithm.RS256, ann());

        var error = assertThrows(AuthUnavailableException.class, () -> tokens.apply(token));
        assertEquals("The token cannot be checked at present", error.getMessage());
        assertEquals("the keys of " + url + " cannot be had", error.getCause().getMessage());
        assertFalse(stackOf(error).contains(token));
        // Also when the set is not asked for any more for a while: a good token must not be called a bad one.
        for (int i = 0; i < 5; i++) {
            assertThrows(AuthUnavailableException.class, () -> tokens.apply(token));
        }
    }

    private static String stackOf(Throwable error) {
        var text = new java.io.StringWriter();
        error.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }

    @Test
    void shouldNotWaitForEverForTheKeys() throws Exception {
        var release = new CountDownLatch(1);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
        JwtTokens tokens = JwtTokens.withKeys(URI.create("http://localhost:" + server.getAddress().getPort()))
                .fetchTimeout(Duration.ofMillis(50)).clock(CLOCK).build();
        String token = rsa(RSA, JWSAlgorithm.RS256, ann());

        assertThrows(AuthUnavailableException.class, () -> tokens.apply(token));
        release.countDown();
    }

    @Test
    void shouldReadAFileThatWasReplaced() throws Exception {
        RSAKey next = rsa("next");
        JwtTokens tokens = withFile(RSA.toPublicJWK());
        assertEquals("ann", idOf(tokens.apply(rsa(RSA, JWSAlgorithm.RS256, ann()))));
        file(next.toPublicJWK());

        assertEquals("ann", idOf(tokens.apply(rsa(next, JWSAlgorithm.RS256, ann()))));
    }

    @Test
    void shouldSayThatAFileIsGone() throws Exception {
        JwtTokens tokens = JwtTokens.withKeys(folder.resolve("none.json")).build();
        String token = rsa(RSA, JWSAlgorithm.RS256, ann());

        assertThrows(AuthUnavailableException.class, () -> tokens.apply(token));
    }

    // ------------------------------------------------------------------ settings

    @Test
    void shouldRefuseSettingsThatAreNotSafe() {
        assertEquals("the secret must have at least 32 bytes, not 5",
                assertThrows(IllegalArgumentException.class, () -> JwtTokens.withSecret("short")).getMessage());
        assertEquals("the JWK set must be read from https:// (or http://localhost), not from http://example.com/jwks",
                assertThrows(IllegalArgumentException.class, () -> JwtTokens.withKeys(URI.create("http://example.com/jwks"))).getMessage());
        assertEquals("clockSkew must be PT0S to PT10M, not PT11M",
                assertThrows(IllegalArgumentException.class, () -> withSecret().clockSkew(Duration.ofMinutes(11))).getMessage());
    }

    @Test
    void shouldPrintNoSecret() {
        assertEquals("JwtTokens[a secret]", withSecret().build().toString());
    }
}

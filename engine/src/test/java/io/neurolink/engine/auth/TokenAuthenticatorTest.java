package io.neurolink.engine.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthDecision.Outcome;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenAuthenticatorTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    private static final String SECRET = "s3cr3t-tök/n=";
    private static final CredentialSources EVERYWHERE = new CredentialSources("Bearer", "Authorization", "token", "sid", "bearer.");
    private static final CredentialSources KEY_SOURCES = new CredentialSources("ApiKey", "X-API-Key", "apiKey", null, null);

    private static TokenAuthenticator bearer(boolean isRequired) {
        return TokenAuthenticator.bearer(EVERYWHERE, new StaticTokens(Map.of("good", ANN, SECRET, ANN)), isRequired);
    }

    private static TokenAuthenticator apiKey() {
        return TokenAuthenticator.apiKey(KEY_SOURCES, new StaticTokens(Map.of("good", ANN)), true);
    }

    private static AuthDecision decide(TokenAuthenticator authenticator, String target, String... headerLines) {
        return authenticator.authenticate(TestUpgrade.of(target, headerLines), null).toCompletableFuture().join();
    }

    private static String base64Url(String token) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token.getBytes(StandardCharsets.UTF_8));
    }

    static List<Arguments> accepted() {
        List<Arguments> cases = new ArrayList<>();
        for (String header : List.of("Bearer good", "bearer good", "BEARER   good", "Bearer good ")) {
            cases.add(Arguments.of("/ws", new String[] {"Authorization: " + header}));
        }
        cases.add(Arguments.of("/ws?token=good", new String[0]));
        cases.add(Arguments.of("/ws?token=g%6fod&token=bad", new String[0]));
        cases.add(Arguments.of("/ws?token=s3cr3t-t%C3%B6k/n%3D", new String[0]));
        cases.add(Arguments.of("/ws", new String[] {"Cookie: x=1; sid=good"}));
        cases.add(Arguments.of("/ws", new String[] {"Sec-WebSocket-Protocol: neurolink.agent.v1, bearer." + base64Url("good")}));
        cases.add(Arguments.of("/ws", new String[] {"Sec-WebSocket-Protocol: bearer." + base64Url(SECRET) + ", neurolink.agent.v1"}));
        cases.add(Arguments.of("/ws?token=bad", new String[] {"Authorization: Bearer good", "Cookie: sid=bad"}));
        cases.add(Arguments.of("/ws?token=good", new String[] {"Authorization: Basic YTpi", "Cookie: sid=bad"}));
        cases.add(Arguments.of("/ws?token=", new String[] {"Cookie: sid=good", "Sec-WebSocket-Protocol: bearer.YmFk"}));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void shouldFindTheTokenWhereverItMayBe(String target, String[] headerLines) {
        AuthDecision decision = decide(bearer(true), target, headerLines);
        assertEquals(AuthDecision.accepted(ANN), decision);
        assertEquals(AuthDecision.accepted(ANN), decide(bearer(false), target, headerLines));
    }

    static List<Arguments> rejected() {
        List<Arguments> cases = new ArrayList<>();
        String invalid = "The bearer token is not valid";
        for (String header : List.of("Bearer bad", "Bearer goo", "Bearer goodx", "Bearer good good", "Bearer GOOD", "Bearer \"good\"")) {
            cases.add(Arguments.of(invalid, "/ws", new String[] {"Authorization: " + header}));
        }
        cases.add(Arguments.of(invalid, "/ws?token=bad", new String[0]));
        cases.add(Arguments.of(invalid, "/ws?token=good", new String[] {"Authorization: Bearer bad"}));
        cases.add(Arguments.of(invalid, "/ws", new String[] {"Cookie: sid=bad"}));
        cases.add(Arguments.of(invalid, "/ws", new String[] {"Sec-WebSocket-Protocol: bearer." + base64Url("bad")}));
        String unreadable = "The bearer token cannot be read: ";
        cases.add(Arguments.of(unreadable + "the header Authorization must not be sent more than once", "/ws",
                new String[] {"Authorization: Bearer good", "Authorization: Bearer good"}));
        cases.add(Arguments.of(unreadable + "only one subprotocol may start with bearer.", "/ws",
                new String[] {"Sec-WebSocket-Protocol: bearer.Z29vZA, bearer.YmFk"}));
        cases.add(Arguments.of(unreadable + "the subprotocol bearer. carries no credential", "/ws",
                new String[] {"Sec-WebSocket-Protocol: bearer."}));
        for (String bad : List.of("Z", "Z29vZA+", "~", "_w", "Z29vZ*")) {
            cases.add(Arguments.of(unreadable + "the subprotocol bearer. must be followed by UTF-8 text in base64url", "/ws",
                    new String[] {"Sec-WebSocket-Protocol: bearer." + bad}));
        }
        cases.add(Arguments.of(unreadable + "the credential holds a control character", "/ws?token=good%0A", new String[0]));
        cases.add(Arguments.of(unreadable + "the credential holds a control character", "/ws",
                new String[] {"Sec-WebSocket-Protocol: bearer." + base64Url("good\0")}));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("rejected")
    void shouldRejectAWrongTokenAlsoWhereNoneIsRequired(String message, String target, String[] headerLines) {
        for (boolean isRequired : new boolean[] {true, false}) {
            AuthDecision decision = decide(bearer(isRequired), target, headerLines);
            assertEquals(Outcome.REJECTED, decision.outcome());
            assertEquals(message, decision.message());
            assertEquals("Bearer realm=\"neurolink\", error=\"invalid_token\"", decision.challenge());
            assertNull(decision.user());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: y", "Authorization: Basic YTpi", "Authorization: good", "Authorization: Bearer",
        "Authorization: Bearergood", "Authorization:", "Cookie: other=good", "Cookie: sid=",
        "Sec-WebSocket-Protocol: neurolink.agent.v1, Bearer.Z29vZA",
        "X-API-Key: good"})
    void shouldMissATokenThatIsNotThere(String headerLine) {
        AuthDecision decision = decide(bearer(true), "/ws?apiKey=good&Token=good", headerLine);
        assertEquals(Outcome.MISSING, decision.outcome());
        assertEquals("Bearer realm=\"neurolink\"", decision.challenge());
        assertEquals("Authentication required: bearer token in the header Authorization (Bearer) or the query parameter token"
                + " or the cookie sid or the subprotocol bearer.<base64url>", decision.message());
        assertEquals(AuthDecision.anonymous(), decide(bearer(false), "/ws?apiKey=good", headerLine));
    }

    @Test
    void shouldTakeTheCredentialOfAMessageAsItIs() {
        TestUpgrade request = TestUpgrade.of("/ws?token=bad");
        assertEquals(AuthDecision.accepted(ANN), bearer(true).authenticate(request, "good").toCompletableFuture().join());
        assertEquals(Outcome.REJECTED, bearer(false).authenticate(request, "").toCompletableFuture().join().outcome());
        assertEquals(Outcome.REJECTED, bearer(false).authenticate(request, "Bearer good").toCompletableFuture().join().outcome());
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-API-Key: good", "x-api-key:good", "X-API-Key: ApiKey good", "X-API-Key: apikey  good"})
    void shouldFindAnApiKeyInItsHeader(String headerLine) {
        assertEquals(AuthDecision.accepted(ANN), decide(apiKey(), "/ws", headerLine));
    }

    @Test
    void shouldFindAnApiKeyInTheQuery() {
        assertEquals(AuthDecision.accepted(ANN), decide(apiKey(), "/ws?apiKey=good"));
        AuthDecision rejected = decide(apiKey(), "/ws?apiKey=bad");
        assertEquals("The API key is not valid", rejected.message());
        assertEquals("ApiKey realm=\"neurolink\"", rejected.challenge());
        AuthDecision missing = decide(apiKey(), "/ws?token=good", "Authorization: Bearer good", "X-API-Key:");
        assertEquals(Outcome.MISSING, missing.outcome());
        assertEquals("Authentication required: API key in the header X-API-Key or the query parameter apiKey", missing.message());
    }

    @Test
    void shouldLeaveFailuresOfTheValidatorToTheEngine() {
        IllegalStateException failure = new IllegalStateException("database is down");
        TokenAuthenticator throwing = TokenAuthenticator.bearer(EVERYWHERE, token -> {
            throw failure;
        }, true);
        assertSame(failure, assertThrows(IllegalStateException.class, () -> throwing.authenticate(TestUpgrade.of("/?token=x"), null)));
        TokenAuthenticator failing = TokenAuthenticator.bearer(EVERYWHERE, token -> CompletableFuture.failedFuture(failure), false);
        assertTrue(failing.authenticate(TestUpgrade.of("/?token=x"), null).toCompletableFuture().isCompletedExceptionally());
        TokenAuthenticator hanging = TokenAuthenticator.bearer(EVERYWHERE, token -> new CompletableFuture<>(), false);
        assertFalse(hanging.authenticate(TestUpgrade.of("/?token=x"), null).toCompletableFuture().isDone());
    }

    @Test
    void shouldPrintNoSecret() {
        StaticTokens tokens = new StaticTokens(Map.of(SECRET, ANN));
        TokenAuthenticator authenticator = TokenAuthenticator.bearer(EVERYWHERE, tokens, true);
        CredentialSources.Lookup lookup = EVERYWHERE.find(TestUpgrade.of("/?token=" + "s3cr3t"));
        AuthDecision rejected = decide(authenticator, "/?token=s3cr3t");
        for (Object printed : List.of(tokens, authenticator, lookup, rejected)) {
            assertFalse(printed.toString().contains("s3cr3t"), printed.toString());
        }
        assertEquals("StaticTokens[1]", tokens.toString());
        assertEquals("Lookup[found]", lookup.toString());
        assertEquals("Lookup[absent]", EVERYWHERE.find(TestUpgrade.of("/")).toString());
    }

    @Test
    void shouldNotBeMadeWithoutASourceOrWithAnEmptyToken() {
        assertThrows(IllegalArgumentException.class, () -> new CredentialSources("Bearer", null, null, null, null));
        assertThrows(IllegalArgumentException.class, () -> new StaticTokens(Map.of("", ANN)));
    }

    @Test
    void shouldDoWithASingleSource() {
        assertEquals("in the header X", new CredentialSources("Bearer", "X", null, null, null).describe());
        assertEquals("in the query parameter q", new CredentialSources("Bearer", null, "q", null, null).describe());
        assertEquals("in the cookie c", new CredentialSources("Bearer", null, null, "c", null).describe());
        assertEquals("in the subprotocol b.<base64url>", new CredentialSources("Bearer", null, null, null, "b.").describe());
    }

    @Test
    void shouldTellTokensApart() {
        AuthenticatedUser bob = AuthenticatedUser.of("bob");
        StaticTokens tokens = new StaticTokens(Map.of("a", ANN, "b", bob));
        assertEquals(ANN, tokens.apply("a").toCompletableFuture().join());
        assertEquals(bob, tokens.apply("b").toCompletableFuture().join());
        assertNull(tokens.apply("ab").toCompletableFuture().join());
        assertNull(tokens.apply("").toCompletableFuture().join());
        assertNull(new StaticTokens(Map.of()).apply("a").toCompletableFuture().join());
    }
}

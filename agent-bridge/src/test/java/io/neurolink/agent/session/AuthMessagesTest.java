package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthMessagesTest {
    private static final AuthDecision GOOD = AuthDecision.accepted(AuthenticatedUser.of("ann"));

    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent();
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
            .config(AgentHandlerConfig.builder().firstMessageAuth(true).maxAuthFailures(3).build()).build();
    private final List<String> credentials = new ArrayList<>();
    private CompletableFuture<AuthDecision> decision = new CompletableFuture<>();
    private final FakeConnection connection = new FakeConnection().authenticator(credential -> {
        credentials.add(credential);
        return decision;
    }).open(handler);

    private Map<String, Object> last() {
        return connection.messages().get(connection.messages().size() - 1);
    }

    private void auth(AuthDecision outcome) {
        decision = new CompletableFuture<>();
        connection.receive("{\"type\":\"auth\",\"payload\":{\"token\":\"t\"}}");
        decision.complete(outcome);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"type\":\"generate\",\"payload\":{\"prompt\":\"p\"}}", "{\"type\":\"ping\"}", "{\"type\":\"dance\"}", "no json",
        "{\"type\":\"cancel\"}", "{}"})
    void shouldAnswerNothingButAuthBefore(String json) {
        connection.take();
        connection.receive(json);
        assertEquals(1, connection.messages().size());
        assertEquals("AUTH_REQUIRED", last().get("code"));
        connection.receive(WebSocketMessageType.BINARY, new byte[3]);
        assertEquals("AUTH_REQUIRED", last().get("code"));
        assertEquals(0, agent.runCount());
    }

    @Test
    void shouldRefuseARunByItsId() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(Map.of("type", "error", "error", "Authentication is required before anything else", "code", "AUTH_REQUIRED",
                "retryable", false, "requestId", "r", "seq", 1L, "inReplyTo", "stream"), last());
    }

    @Test
    void shouldKeepSilentOnPongAndControlFramesBefore() {
        connection.take();
        connection.receive("{\"type\":\"pong\"}");
        connection.receive(WebSocketMessageType.PONG, new byte[0]);
        assertEquals(List.of(), connection.messages());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"type\":\"auth\",\"payload\":{\"token\":\"secret\"}}", "{\"type\":\"auth\",\"payload\":{\"apiKey\":\"secret\"}}",
        "{\"type\":\"auth\",\"token\":\"secret\"}", "{\"type\":\"auth\",\"apiKey\":\"secret\"}"})
    void shouldServeWhoeverAuthenticates(String json) {
        connection.receive(json);
        assertEquals(List.of("secret"), credentials);
        connection.receive("{\"type\":\"ping\"}");
        assertEquals("AUTH_REQUIRED", last().get("code"), "the decision is not there yet");
        decision.complete(GOOD);
        assertEquals(Map.of("type", "auth_ok"), last());
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals("ann", agent.last().request.user().id());
    }

    @Test
    void shouldServeAnAnonymousConnectionThatWasAccepted() {
        auth(AuthDecision.anonymous());
        connection.receive("{\"type\":\"ping\"}");
        assertEquals("pong", last().get("type"));
    }

    @Test
    void shouldSayWhatIsWrongAndCloseAfterTooManyTries() {
        auth(AuthDecision.rejected("Bearer", "The token is not valid"));
        assertEquals(Map.of("type", "error", "error", "The token is not valid", "code", "AUTH_INVALID", "retryable", false,
                "inReplyTo", "auth"), last());
        auth(AuthDecision.forbidden("Role admin is missing"));
        assertEquals("FORBIDDEN", last().get("code"));
        assertTrue(connection.isOpen());
        auth(AuthDecision.rejected(null, "again"));
        assertEquals(4401, connection.closeCode());
    }

    @Test
    void shouldNotCheckTwoCredentialsAtATime() {
        connection.receive("{\"type\":\"auth\",\"token\":\"a\"}");
        connection.receive("{\"type\":\"auth\",\"token\":\"b\"}");
        assertEquals("RATE_LIMITED", last().get("code"));
        assertEquals(List.of("a"), credentials);
        decision.complete(GOOD);
        assertEquals("auth_ok", last().get("type"));
    }

    @Test
    void shouldSayWhenACredentialCannotBeChecked() {
        connection.receive("{\"type\":\"auth\",\"token\":\"a\"}");
        decision.completeExceptionally(new IllegalStateException("directory is down: ldap://secret"));
        assertEquals(Map.of("type", "error", "error", "The credential could not be checked", "code", "INTERNAL", "retryable", true,
                "inReplyTo", "auth"), last());
        auth(GOOD);
        assertEquals("auth_ok", last().get("type"));
    }

    @Test
    void shouldAskForTheCredential() {
        connection.receive("{\"type\":\"auth\",\"payload\":{}}");
        assertEquals("payload.token or payload.apiKey is required", last().get("error"));
        connection.receive("{\"type\":\"auth\",\"payload\":{\"token\":5}}");
        assertEquals("payload.token must be a string", last().get("error"));
        assertEquals(List.of(), credentials);
    }

    @Test
    void shouldServeAConnectionThatBroughtItsUserAndLetItRenew() {
        FakeConnection known = new FakeConnection().user(AuthenticatedUser.of("bob")).authenticator(credential ->
                CompletableFuture.completedStage(GOOD)).open(handler);
        known.receive("{\"type\":\"ping\"}");
        assertEquals("pong", known.messages().get(1).get("type"));
        known.receive("{\"type\":\"auth\",\"token\":\"new\"}");
        assertEquals("auth_ok", known.messages().get(2).get("type"));
        assertEquals("ann", known.user().id());
    }

    // ------------------------------------------------------------------ credentials that run out

    private AuthenticatedUser annFor(Duration left) {
        return AuthenticatedUser.of("ann").withExpiresAt(Instant.ofEpochMilli(time.time()).plus(left));
    }

    private FakeConnection open(AuthenticatedUser user) {
        FakeConnection opened = new FakeConnection().user(user).authenticator(credential -> decision).open(handler);
        opened.take();
        return opened;
    }

    @Test
    void shouldTellWhenTheCredentialRunsOut() {
        AuthenticatedUser user = annFor(Duration.ofMinutes(10));
        FakeConnection opened = open(user);
        time.advance(Duration.ofMinutes(9).minusMillis(1));
        assertEquals(List.of(), opened.messages());
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of(Map.of("type", "auth_expiring", "expiresAt", user.expiresAtMs())), opened.messages());
    }

    @Test
    void shouldTellOfAShortCredentialAtHalfItsTime() {
        FakeConnection opened = open(annFor(Duration.ofSeconds(10)));
        time.advance(Duration.ofSeconds(5));
        assertEquals("auth_expiring", opened.messages().get(0).get("type"));
    }

    @Test
    void shouldTellAnewAfterARenewal() {
        FakeConnection opened = open(annFor(Duration.ofMinutes(2)));
        AuthenticatedUser renewed = annFor(Duration.ofMinutes(10));
        decision.complete(AuthDecision.accepted(renewed));
        opened.receive("{\"type\":\"auth\",\"token\":\"new\"}");
        assertEquals(List.of(Map.of("type", "auth_ok", "expiresAt", renewed.expiresAtMs())), opened.messages());
        time.advance(Duration.ofMinutes(9).minusMillis(1));
        assertEquals(1, opened.messages().size());
        time.advance(Duration.ofMillis(1));
        assertEquals("auth_expiring", opened.messages().get(1).get("type"));
    }

    @Test
    void shouldNotTellWhoIsGoneOrHasACredentialWithoutEnd() {
        FakeConnection gone = open(annFor(Duration.ofMinutes(2)));
        gone.disconnect();
        FakeConnection forEver = open(AuthenticatedUser.of("ann"));
        FakeConnection centuries = open(AuthenticatedUser.of("ann").withExpiresAt(Instant.MAX));
        time.advance(Duration.ofDays(30));
        assertEquals(List.of(), gone.messages());
        assertEquals(List.of(), forEver.messages());
        assertEquals(List.of(), centuries.messages());
    }

    @Test
    void shouldSayThatACredentialHasExpired() {
        auth(AuthDecision.expired(null, "The credential has expired"));
        assertEquals(Map.of("type", "error", "error", "The credential has expired", "code", "AUTH_EXPIRED", "retryable", false,
                "inReplyTo", "auth"), last());
    }
}

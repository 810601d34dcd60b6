package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.TestPeer.Answer;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthUnavailableException;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who may connect: before the upgrade, and by the first message. */
@InAllModes
class LockStepAuthTest extends LockStepTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    private static final AuthenticatedUser BEN = AuthenticatedUser.of("ben");

    private final RecordingListener listener = new RecordingListener();

    /** What the test's authenticator decides about each credential, when the test completes it. */
    private final Map<String, CompletableFuture<AuthDecision>> pending = new HashMap<>();

    private CompletableFuture<AuthDecision> decision(String credential) {
        return pending.computeIfAbsent(credential, key -> new CompletableFuture<>());
    }

    private void startWith(Authenticator authenticator) {
        startWith(AuthConfig.custom(authenticator));
    }

    private void startWith(AuthConfig.Builder auth) {
        start(config -> config.auth(auth.build()).listener(listener));
    }

    /** One that reads the credential off the path's query and decides when the test says so. */
    private void startWithPending() {
        startWith((request, credential) -> decision(credential == null ? request.queryParameter("token") : credential));
    }

    private TestPeer request(String token) {
        TestPeer peer = server.connect().upgrade("/ws?token=" + token);
        server.settle();
        return peer;
    }

    private void assertRefused(TestPeer peer, int status, String message, EngineCounter counter) {
        Answer answer = peer.answer();
        assertEquals(status, answer.status());
        assertEquals("{\"error\":\"WebSocketConnectionError\",\"message\":\"" + message + "\",\"status\":" + status + "}", answer.body());
        assertEquals(status == 401, answer.header("WWW-Authenticate") != null);
        assertTrue(peer.transport.isOutputShut());
        assertCount(1, counter);
        assertEquals(List.of("refused /ws " + status + " " + message), listener.events());
        assertEquals(List.of(), handler.events());
        assertEquals(0, server.manager.getConnectionCount());
    }

    @Test
    void shouldWaitForTheDecision() {
        startWithPending();
        TestPeer peer = request("a");
        assertEquals(0, peer.transport.sentLength());
        assertFalse(peer.transport.wantsReadable());
        decision("a").complete(AuthDecision.accepted(ANN));
        server.settle();
        peer.agreement();

        assertEquals(ANN, handler.connection().user());
        assertEquals(List.of(handler.connection()), server.manager.getConnectionsByUser("ann"));
        assertEquals(List.of("opened"), listener.events());
    }

    @Test
    void shouldHandOverWhatCameDuringTheDecision() {
        handler = RecordingHandler.echo();
        startWithPending();
        TestPeer peer = server.connect().upgrade("/ws?token=a").send(ClientFrames.text("with"));
        server.settle();
        peer.text("behind");
        server.settle();
        decision("a").complete(AuthDecision.anonymous());
        server.settle();
        peer.agreement();

        assertEquals(List.of("text with", "text behind"), peer.frames());
        assertNull(handler.connection().user());
    }

    @Test
    void shouldAnswer401ToAWrongCredential() {
        startWithPending();
        TestPeer peer = request("a");
        decision("a").complete(AuthDecision.rejected("Bearer realm=\"x\"", "The token is stale"));
        server.settle();

        assertRefused(peer, 401, "The token is stale", EngineCounter.UPGRADES_REFUSED_UNAUTHORIZED);
    }

    @Test
    void shouldAnswer401ToAMissingCredential() {
        startWith(AuthConfig.bearer(token -> ANN));
        TestPeer peer = server.connect().upgrade("/ws");
        server.settle();

        assertEquals("Bearer realm=\"neurolink\"", new TestPeer(peer.transport).answer().header("WWW-Authenticate"));
        assertEquals(401, peer.answer().status());
        assertCount(1, EngineCounter.UPGRADES_REFUSED_UNAUTHORIZED);
    }

    @Test
    void shouldAnswer403WithWhatIsMissing() {
        startWith(AuthConfig.bearer(token -> ANN.withRoles("guest")).roles("admin"));
        TestPeer peer = server.connect().upgrade("/ws", "Authorization: Bearer t");
        server.settle();

        assertRefused(peer, 403, "Missing role: admin", EngineCounter.UPGRADES_REFUSED_FORBIDDEN);
    }

    @Test
    void shouldAnswer500WhenTheAuthenticatorThrows() {
        expectErrors("java.lang.IllegalStateException: database is down");
        startWith((request, credential) -> {
            throw new IllegalStateException("database is down");
        });
        TestPeer peer = request("a");

        assertRefused(peer, 500, "authentication failed: internal error", EngineCounter.UPGRADES_REFUSED_AUTH_FAILURE);
    }

    @Test
    void shouldAnswer500WhenTheAuthenticatorFailsLater() {
        expectErrors("java.lang.IllegalStateException: database went down");
        startWithPending();
        TestPeer peer = request("a");
        decision("a").completeExceptionally(new IllegalStateException("database went down"));
        server.settle();

        assertRefused(peer, 500, "authentication failed: internal error", EngineCounter.UPGRADES_REFUSED_AUTH_FAILURE);
    }

    @Test
    void shouldAnswer500WhenTheAuthenticatorAnswersNull() {
        expectErrors("java.lang.NullPointerException: an Authenticator must not answer null");
        startWith((request, credential) -> null);

        assertRefused(request("a"), 500, "authentication failed: internal error", EngineCounter.UPGRADES_REFUSED_AUTH_FAILURE);
    }

    @Test
    void shouldAnswer500WhenTheDecisionIsNull() {
        expectErrors("java.lang.NullPointerException: an Authenticator decided null");
        startWith((request, credential) -> CompletableFuture.completedFuture(null));

        assertRefused(request("a"), 500, "authentication failed: internal error", EngineCounter.UPGRADES_REFUSED_AUTH_FAILURE);
    }

    @Test
    void shouldAnswer503WhenTooManyAuthenticationsWait() {
        startWithPending();
        server.executor.full(true);

        assertRefused(request("a"), 503, "too many authentications at once", EngineCounter.UPGRADES_REFUSED_AUTH_UNAVAILABLE);
        server.executor.full(false);
    }

    @Test
    void shouldAnswer503WithRetryAfterWhenNothingCanBeSaid() {
        startWithPending();
        TestPeer peer = request("a");
        decision("a").complete(AuthDecision.unavailable("ask again", Duration.ofMillis(6_001)));
        server.settle();
        assertEquals("7", new TestPeer(peer.transport).answer().header("Retry-After"));
        assertRefused(peer, 503, "ask again", EngineCounter.UPGRADES_REFUSED_AUTH_UNAVAILABLE);
    }

    @Test
    void shouldReportWhyNothingCanBeSaid() {
        expectErrors("io.neurolink.engine.spi.AuthUnavailableException: ask again");
        startWith(AuthConfig.bearerAsync(token -> CompletableFuture.failedStage(
                new AuthUnavailableException("ask again", Duration.ZERO, new IllegalStateException("no route to the directory")))));
        TestPeer peer = server.connect().upgrade("/ws?token=t");
        server.settle();
        assertEquals("1", new TestPeer(peer.transport).answer().header("Retry-After"));
        assertRefused(peer, 503, "ask again", EngineCounter.UPGRADES_REFUSED_AUTH_UNAVAILABLE);
    }

    @Test
    void shouldCloseWhoIsNotAllowedAnyMoreAfterTellingIt() {
        handler.atMessage((connection, message) -> authenticate(connection, message.text()));
        startWith(AuthConfig.bearer(role -> ANN.withRoles(role)).roles("admin").firstMessageTimeout(Duration.ofSeconds(3)));
        TestPeer peer = server.open();
        for (String role : List.of("guest", "admin", "guest")) {
            peer.text(role);
            server.settle();
        }
        assertEquals(List.of("FORBIDDEN Missing role: admin", "ACCEPTED", "FORBIDDEN Missing role: admin"), outcomes);
        assertEquals(List.of("close 4403 not authorized any more"), peer.frames());
    }

    @Test
    void shouldStayOpenWhenARenewalCannotBeChecked() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        peer.text("a");
        server.settle();
        decision("a").complete(AuthDecision.accepted(ANN));
        server.settle();
        peer.text("b");
        server.settle();
        decision("b").completeExceptionally(new AuthUnavailableException("ask again", Duration.ofSeconds(1), null));
        server.settle();
        assertEquals(List.of("ACCEPTED", "UNAVAILABLE ask again"), outcomes);
        assertEquals(List.of(), peer.frames());
        assertEquals(ANN, handler.connection().user());
    }

    @Test
    void shouldAnswer504WhenTheAuthenticatorHangsAndIgnoreItsLateAnswer() {
        startWithPending();
        TestPeer peer = request("a");
        server.advance(Duration.ofMillis(4_999));
        assertEquals(0, peer.transport.sentLength());
        server.advance(Duration.ofMillis(1));
        assertRefused(peer, 504, "authentication timed out", EngineCounter.UPGRADES_REFUSED_AUTH_TIMEOUT);

        decision("a").complete(AuthDecision.accepted(ANN));
        server.settle();
        assertEquals(0, peer.unseen().length);
        assertCount(0, EngineCounter.UPGRADES_ACCEPTED);
    }

    @Test
    void shouldAnswer504AlsoWhileNoThreadIsFreeToAsk() {
        startWithPending();
        server.executor.held(true);
        TestPeer peer = request("a");
        server.advance(Duration.ofSeconds(5));
        assertRefused(peer, 504, "authentication timed out", EngineCounter.UPGRADES_REFUSED_AUTH_TIMEOUT);
    }

    @Test
    void shouldForgetAPeerThatLeftDuringTheDecision() {
        startWithPending();
        TestPeer peer = request("a");
        peer.transport.reset();
        server.settle();
        decision("a").complete(AuthDecision.accepted(ANN));
        server.settle();

        assertTrue(peer.transport.isClosed());
        assertCount(0, EngineCounter.SOCKETS_OPEN);
        assertEquals(0, server.manager.getConnectionCount());
    }

    @Test
    void shouldLimitTheConnectionsOfAUser() {
        start(config -> config.auth(AuthConfig.bearer(AuthenticatedUser::of).build()).maxConnectionsPerUser(2).listener(listener));
        TestPeer first = server.open("/ws", "Authorization: Bearer ann");
        server.open("/ws", "Authorization: Bearer ann");
        server.open("/ws", "Authorization: Bearer ben");
        TestPeer third = server.connect().upgrade("/ws", "Authorization: Bearer ann");
        server.settle();

        Answer answer = third.answer();
        assertEquals(503, answer.status());
        assertTrue(answer.body().contains("Maximum connections per user (2) reached"), answer.body());
        assertCount(1, EngineCounter.UPGRADES_REFUSED_USER_LIMIT);
        assertEquals(2, server.manager.getConnectionsByUser("ann").size());
        first.send(ClientFrames.close(1000, ""));
        server.settle();
        server.open("/ws", "Authorization: Bearer ann");
    }

    // ------------------------------------------------------------------ the first message

    private void startWithFirstMessage() {
        handler.atMessage((connection, message) -> authenticate(connection, message.text()));
        start(config -> config.listener(listener).maxConnectionsPerUser(1).auth(
                AuthConfig.bearerAsync(token -> decision(token).thenApply(AuthDecision::user)).firstMessageTimeout(Duration.ofSeconds(3))
                        .build()));
    }

    private final List<String> outcomes = new ArrayList<>();

    private void authenticate(WebSocketConnection connection, String credential) {
        connection.authenticate(credential).whenComplete((decision, failure) -> outcomes.add(
                failure != null ? failure.toString() : decision.outcome() + (decision.isAccepted() ? "" : " " + decision.message())));
    }

    @Test
    void shouldCloseWith4401WhenNoCredentialComesInTime() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        server.advance(Duration.ofMillis(2_999));
        assertEquals(List.of(), peer.frames());
        server.advance(Duration.ofMillis(1));

        assertEquals(List.of("close 4401 authentication required"), peer.frames());
        peer.send(ClientFrames.close(4401, "authentication required"));
        server.settle();
        assertEquals(List.of("open", "close 4401 authentication required"), handler.events());
        assertCount(1, EngineCounter.AUTH_TIMEOUTS);
        assertCount(1, EngineCounter.CLOSES_OTHER);
    }

    @Test
    void shouldLiftTheDeadlineWithTheFirstMessage() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        peer.text("a");
        server.settle();
        assertNull(handler.connection().user());
        decision("a").complete(AuthDecision.accepted(ANN));
        server.settle();
        server.advance(Duration.ofSeconds(10));

        assertEquals(ANN, handler.connection().user());
        assertEquals(List.of(handler.connection()), server.manager.getConnectionsByUser("ann"));
        assertEquals(List.of("ACCEPTED"), outcomes);
        assertEquals(List.of(), peer.frames());
        assertCount(0, EngineCounter.AUTH_TIMEOUTS);
    }

    @Test
    void shouldKeepTheDeadlineAfterAWrongCredential() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        peer.text("a");
        server.settle();
        decision("a").complete(AuthDecision.anonymous());
        server.settle();
        assertEquals(List.of("REJECTED The bearer token is not valid"), outcomes);
        server.advance(Duration.ofSeconds(3));

        assertEquals(List.of("close 4401 authentication required"), peer.frames());
    }

    @Test
    void shouldReportThatTheAuthenticatorHangs() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        peer.text("ok");
        server.settle();
        decision("ok").complete(AuthDecision.accepted(ANN));
        server.settle();
        peer.text("slow");
        server.settle();
        server.advance(Duration.ofSeconds(5));
        decision("slow").complete(AuthDecision.accepted(ANN.withRoles("admin")));
        server.settle();

        assertEquals(List.of("ACCEPTED", "UNAVAILABLE authentication timed out"), outcomes);
        assertEquals(ANN, handler.connection().user());
    }

    @Test
    void shouldRenewTheSameUserButNeverTakeAnother() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        peer.send(ClientFrames.text("a"), ClientFrames.text("renewed"), ClientFrames.text("b"));
        decision("a").complete(AuthDecision.accepted(ANN));
        decision("renewed").complete(AuthDecision.accepted(ANN.withRoles("admin")));
        decision("b").complete(AuthDecision.accepted(BEN));
        server.settle();

        assertEquals(List.of("ACCEPTED", "ACCEPTED", "FORBIDDEN this connection belongs to another user"), outcomes);
        assertEquals(ANN.withRoles("admin"), handler.connection().user());
        assertEquals(List.of(), server.manager.getConnectionsByUser("ben"));
        assertEquals(1, server.manager.getConnectionsByUser("ann").size());
    }

    @Test
    void shouldLimitTheConnectionsOfAUserThatComesByMessage() {
        startWithFirstMessage();
        decision("a").complete(AuthDecision.accepted(ANN));
        TestPeer first = server.open();
        TestPeer second = server.open();
        first.text("a");
        server.settle();
        second.text("a");
        server.settle();
        assertEquals(List.of("ACCEPTED", "FORBIDDEN Maximum connections per user (1) reached"), outcomes);

        first.send(ClientFrames.close(1000, ""));
        server.settle();
        second.text("a");
        server.settle();
        assertEquals("ACCEPTED", outcomes.get(2));
        assertEquals(1, server.manager.getConnectionsByUser("ann").size());
    }

    @Test
    void shouldNotAuthenticateAConnectionThatIsGone() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        peer.text("a");
        server.settle();
        peer.transport.end();
        server.settle();
        decision("a").complete(AuthDecision.accepted(ANN));
        server.settle();

        assertEquals(List.of("REJECTED the connection is closing"), outcomes);
        assertEquals(List.of(), server.manager.getConnectionsByUser("ann"));
    }

    @Test
    void shouldAcceptEverybodyWhereNobodyIsAsked() {
        handler.atMessage((connection, message) -> authenticate(connection, message.text()));
        start();
        TestPeer peer = server.open();
        peer.text("anything");
        server.settle();

        assertEquals(List.of("ACCEPTED"), outcomes);
        assertNull(handler.connection().user());
    }

    // ------------------------------------------------------------------ credentials that run out

    private AuthenticatedUser annFor(Duration time) {
        return ANN.withExpiresAt(Instant.ofEpochMilli(server.clock.time()).plus(time));
    }

    @Test
    void shouldRefuseAnExpiredCredential() {
        startWithPending();
        decision("late").complete(AuthDecision.accepted(annFor(Duration.ZERO)));

        assertRefused(request("late"), 401, "The credential has expired", EngineCounter.UPGRADES_REFUSED_UNAUTHORIZED);
    }

    @Test
    void shouldRefuseACredentialThatExpiredBeforeTimeBegan() {
        startWithPending();
        decision("old").complete(AuthDecision.accepted(ANN.withExpiresAt(Instant.MIN)));

        assertRefused(request("old"), 401, "The credential has expired", EngineCounter.UPGRADES_REFUSED_UNAUTHORIZED);
    }

    @Test
    void shouldCloseWith4403WhenTheCredentialRunsOut() {
        startWithPending();
        decision("a").complete(AuthDecision.accepted(annFor(Duration.ofMillis(2_000))));
        TestPeer peer = request("a");
        peer.agreement();
        server.advance(Duration.ofMillis(1_999));
        assertEquals(List.of(), peer.frames());
        server.advance(Duration.ofMillis(1));

        assertEquals(List.of("close 4403 authentication expired"), peer.frames());
        assertCount(1, EngineCounter.AUTH_EXPIRED);
        assertCount(0, EngineCounter.AUTH_TIMEOUTS);
    }

    @Test
    void shouldStayOpenWithARenewedCredentialUntilThatRunsOut() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        decision("a").complete(AuthDecision.accepted(annFor(Duration.ofSeconds(2))));
        decision("b").complete(AuthDecision.accepted(annFor(Duration.ofSeconds(10))));
        peer.text("a");
        server.settle();
        server.advance(Duration.ofMillis(1_999));
        peer.text("b");
        server.settle();
        server.advance(Duration.ofSeconds(8));
        assertEquals(List.of("ACCEPTED", "ACCEPTED"), outcomes);
        assertEquals(List.of(), peer.frames());
        server.advance(Duration.ofMillis(1));

        assertEquals(List.of("close 4403 authentication expired"), peer.frames());
    }

    @Test
    void shouldKeepItsEndWhenTheNewCredentialIsExpired() {
        startWithFirstMessage();
        TestPeer peer = server.open();
        decision("a").complete(AuthDecision.accepted(annFor(Duration.ofSeconds(2))));
        decision("old").complete(AuthDecision.accepted(annFor(Duration.ofSeconds(-1))));
        peer.send(ClientFrames.text("a"), ClientFrames.text("old"));
        server.settle();
        assertEquals(List.of("ACCEPTED", "EXPIRED The credential has expired"), outcomes);
        server.advance(Duration.ofSeconds(2));

        assertEquals(List.of("close 4403 authentication expired"), peer.frames());
    }

    @Test
    void shouldNotMindACredentialThatIsGoodForCenturies() {
        startWithPending();
        decision("a").complete(AuthDecision.accepted(ANN.withExpiresAt(Instant.MAX)));
        TestPeer peer = request("a");
        peer.agreement();
        server.advance(Duration.ofSeconds(25));

        assertEquals(List.of(), peer.frames());
        assertCount(0, EngineCounter.AUTH_EXPIRED);
    }

    @Test
    void shouldCloseAlsoAfterMoreThanADay() {
        start(config -> config.pingInterval(Duration.ZERO).auth(AuthConfig.custom(
                (request, credential) -> CompletableFuture.completedFuture(AuthDecision.accepted(annFor(Duration.ofHours(25))))).build()));
        TestPeer peer = server.open();
        server.advance(Duration.ofHours(24));
        server.advance(Duration.ofMinutes(59));
        assertEquals(List.of(), peer.frames());
        server.advance(Duration.ofMinutes(1));

        assertEquals(List.of("close 4403 authentication expired"), peer.frames());
    }
}

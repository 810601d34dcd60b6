package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to prove who one is, right and wrong, on one port where each path has rules of its own. */
class AuthTest {
    private static final String GOOD = "token-µ+/=.good";
    private static final AuthenticatedUser ADA = AuthenticatedUser.of("ada").withRoles("admin").withPermissions("read");
    private static final AuthenticatedUser BOB = AuthenticatedUser.of("bob");
    private static final Map<String, AuthenticatedUser> TOKENS = Map.of(GOOD, ADA, "bob-token", BOB);
    private static final String IN_HEADER = "token-good-in-header";

    private static NeuroLinkServer server;
    private static final List<WebSocketConnectionManager> MANAGERS = new ArrayList<>();

    /** Tells the client who it is, and takes a credential as a message. */
    private static final WebSocketHandler WHO_AM_I = new WebSocketHandler() {
        @Override
        public void onOpen(WebSocketConnection connection) {
            connection.send(name(connection));
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            connection.authenticate(message.text())
                    .thenAccept(decision -> connection.send(decision.outcome() + " " + name(connection)));
        }
    };

    private static String name(WebSocketConnection connection) {
        return connection.user() == null ? "nobody" : connection.user().id();
    }

    /**
     * @param path    says which rules.
     * @param query   query of the target, or empty.
     * @param headers headers of the request.
     * @param status  what is answered.
     * @param answer  who the server takes the client for, or words of its refusal.
     */
    private record Attempt(String path, String query, List<String> headers, int status, String answer) {
        static Attempt admitted(String path, String query, String user, String... headers) {
            return new Attempt(path, query, List.of(headers), 101, user);
        }

        static Attempt refused(String path, String query, int status, String words, String... headers) {
            return new Attempt(path, query, List.of(headers), status, words);
        }
    }

    @BeforeAll
    static void start() throws IOException {
        NeuroLinkServer.Builder builder = NeuroLinkServer.builder().host("127.0.0.1").port(0);
        add(builder, "/bearer", AuthConfig.bearer(AuthTest::userOf).cookieName("session"));
        add(builder, "/static-bearer", AuthConfig.bearerTokens(Map.of(IN_HEADER, ADA)));
        add(builder, "/key", AuthConfig.apiKey(AuthTest::userOf));
        add(builder, "/static-key", AuthConfig.apiKeys(Map.of(IN_HEADER, ADA)).headerName("X-Secret").queryParam("secret"));
        add(builder, "/basic", AuthConfig.basic((name, password) -> name.equals("ada") && password.equals("p:w µ") ? ADA : null));
        add(builder, "/static-basic", AuthConfig.basicUsers(Map.of("ada", "pw"), AuthenticatedUser::of));
        add(builder, "/custom", AuthConfig.custom(AuthTest::decide));
        add(builder, "/hurried", AuthConfig.custom(AuthTest::decide).timeout(Duration.ofMillis(300)));
        add(builder, "/optional", AuthConfig.bearer(AuthTest::userOf).required(false));
        add(builder, "/admins", AuthConfig.bearer(AuthTest::userOf).roles("admin", "root"));
        add(builder, "/readers", AuthConfig.bearer(AuthTest::userOf).permissions("read"));
        add(builder, "/first-message", AuthConfig.bearer(AuthTest::userOf).firstMessageTimeout(Duration.ofSeconds(30)));
        add(builder, "/impatient", AuthConfig.bearer(AuthTest::userOf).firstMessageTimeout(Duration.ofMillis(50)));
        add(builder, "/open", null);
        server = builder.build().start();
    }

    private static void add(NeuroLinkServer.Builder builder, String path, AuthConfig.Builder auth) {
        WebSocketConfig.Builder config = WebSocketConfig.builder().path(path).subprotocols("chat");
        if (auth != null) {
            config.auth(auth.build());
        }
        WebSocketConnectionManager manager = new WebSocketConnectionManager(config.build()).registerHandler(WHO_AM_I);
        MANAGERS.add(manager);
        builder.webSocket(manager);
    }

    private static AuthenticatedUser userOf(String token) {
        return token.equals(IN_HEADER) ? ADA : TOKENS.get(token);
    }

    private static CompletionStage<AuthDecision> decide(UpgradeRequest request, String credential) {
        return switch (String.valueOf(request.header("X-Case"))) {
            case "accepted" -> CompletableFuture.completedFuture(AuthDecision.accepted(BOB));
            case "anonymous" -> CompletableFuture.completedFuture(AuthDecision.anonymous());
            case "rejected" -> CompletableFuture.completedFuture(AuthDecision.rejected("Custom realm=\"x\"", "not you"));
            case "forbidden" -> CompletableFuture.completedFuture(AuthDecision.forbidden("not here"));
            case "later" -> CompletableFuture.supplyAsync(() -> AuthDecision.accepted(BOB));
            case "never" -> new CompletableFuture<>();
            case "throws" -> throw new IllegalStateException("secret detail");
            case "fails" -> CompletableFuture.failedFuture(new IllegalStateException("secret detail"));
            case "no stage" -> null;
            case "no decision" -> CompletableFuture.completedFuture(null);
            default -> CompletableFuture.completedFuture(AuthDecision.missing("Custom", "say X-Case"));
        };
    }

    @AfterAll
    static void stop() {
        server.close();
        TestServer.assertBalanced(server.counters());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64Url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<Attempt> tokens() {
        return Stream.of(
                Attempt.admitted("/bearer", "", "ada", "Authorization: Bearer " + IN_HEADER),
                Attempt.admitted("/bearer", "", "ada", "authorization: bearer   " + IN_HEADER),
                Attempt.admitted("/bearer", "?token=token-%C2%B5%2B%2F%3D.good", "ada"),
                Attempt.admitted("/bearer", "?x=1&token=bob-token&y=2", "bob"),
                Attempt.admitted("/bearer", "", "bob", "Cookie: a=b; session=bob-token; c=d"),
                Attempt.admitted("/bearer", "", "ada", "Sec-WebSocket-Protocol: chat, bearer." + base64Url(GOOD)),
                Attempt.admitted("/bearer", "?token=wrong", "bob", "Authorization: Bearer bob-token"),
                Attempt.refused("/bearer", "", 401, "Authentication required"),
                Attempt.refused("/bearer", "", 401, "not valid", "Authorization: Bearer wrong"),
                Attempt.refused("/bearer", "?token=wrong", 401, "not valid"),
                Attempt.refused("/bearer", "?token=wrong", 401, "not valid", "Cookie: session=bob-token"),
                Attempt.refused("/bearer", "", 401, "not valid", "Cookie: session=wrong"),
                Attempt.refused("/bearer", "", 401, "not valid", "Sec-WebSocket-Protocol: bearer." + base64Url("wrong")),
                Attempt.refused("/bearer", "", 401, "base64url", "Sec-WebSocket-Protocol: bearer.a"),
                Attempt.refused("/bearer", "", 401, "more than once", "Authorization: Bearer bob-token", "Authorization: Bearer bob-token"),
                Attempt.refused("/bearer", "", 401, "Authentication required", "Authorization: Basic " + base64("ada:bob-token")),
                Attempt.refused("/bearer", "", 401, "Authentication required", "X-API-Key: bob-token"),
                Attempt.admitted("/static-bearer", "", "ada", "Authorization: Bearer " + IN_HEADER),
                Attempt.refused("/static-bearer", "", 401, "not valid", "Authorization: Bearer " + IN_HEADER + "x"),
                Attempt.admitted("/key", "", "bob", "X-API-Key: bob-token"),
                Attempt.admitted("/key", "?apiKey=bob-token", "bob"),
                Attempt.refused("/key", "", 401, "not valid", "X-API-Key: wrong"),
                Attempt.refused("/key", "?apiKey=wrong", 401, "not valid"),
                Attempt.refused("/key", "", 401, "Authentication required", "Authorization: Bearer bob-token"),
                Attempt.refused("/key", "", 401, "Authentication required"),
                Attempt.admitted("/static-key", "", "ada", "X-Secret: " + IN_HEADER),
                Attempt.admitted("/static-key", "?secret=" + IN_HEADER, "ada"),
                Attempt.refused("/static-key", "?apiKey=" + IN_HEADER, 401, "Authentication required", "X-API-Key: " + IN_HEADER));
    }

    static Stream<Attempt> others() {
        return Stream.of(
                Attempt.admitted("/basic", "", "ada", "Authorization: Basic " + base64("ada:p:w µ")),
                Attempt.refused("/basic", "", 401, "not valid", "Authorization: Basic " + base64("ada:wrong")),
                Attempt.refused("/basic", "", 401, "not valid", "Authorization: Basic " + base64("eve:p:w µ")),
                Attempt.refused("/basic", "", 401, "user:password", "Authorization: Basic " + base64("no colon")),
                Attempt.refused("/basic", "", 401, "base64", "Authorization: Basic ?"),
                Attempt.refused("/basic", "", 401, "Authentication required"),
                Attempt.admitted("/static-basic", "", "ada", "Authorization: Basic " + base64("ada:pw")),
                Attempt.refused("/static-basic", "", 401, "not valid", "Authorization: Basic " + base64("ada:pW")),
                Attempt.admitted("/custom", "", "bob", "X-Case: accepted"),
                Attempt.admitted("/custom", "", "bob", "X-Case: later"),
                Attempt.admitted("/custom", "", "nobody", "X-Case: anonymous"),
                Attempt.refused("/custom", "", 401, "not you", "X-Case: rejected"),
                Attempt.refused("/custom", "", 401, "say X-Case"),
                Attempt.refused("/custom", "", 403, "not here", "X-Case: forbidden"),
                Attempt.refused("/hurried", "", 504, "timed out", "X-Case: never"),
                Attempt.refused("/custom", "", 500, "authentication failed", "X-Case: throws"),
                Attempt.refused("/custom", "", 500, "authentication failed", "X-Case: fails"),
                Attempt.refused("/custom", "", 500, "authentication failed", "X-Case: no stage"),
                Attempt.refused("/custom", "", 500, "authentication failed", "X-Case: no decision"),
                Attempt.admitted("/optional", "", "nobody"),
                Attempt.admitted("/optional", "?token=bob-token", "bob"),
                Attempt.refused("/optional", "?token=wrong", 401, "not valid"),
                Attempt.admitted("/admins", "?token=" + IN_HEADER, "ada"),
                Attempt.refused("/admins", "?token=bob-token", 403, "Missing role"),
                Attempt.refused("/admins", "", 401, "Authentication required"),
                Attempt.admitted("/readers", "?token=" + IN_HEADER, "ada"),
                Attempt.refused("/readers", "?token=bob-token", 403, "Missing permission: read"),
                Attempt.admitted("/open", "?token=wrong", "nobody", "Authorization: Bearer wrong"),
                Attempt.refused("/elsewhere", "?token=" + IN_HEADER, 404, "no WebSocket"));
    }

    @ParameterizedTest
    @MethodSource({"tokens", "others"})
    void shouldAdmitOrRefuse(Attempt attempt) throws IOException {
        try (RawClient client = RawClient.connect(server.address())) {
            HttpAnswer answer = client.upgrade(attempt.path() + attempt.query(), attempt.headers().toArray(String[]::new));
            if (attempt.status() == 101) {
                client.upgraded(answer);
                client.expect(Frame.text(attempt.answer()));
                client.closeNormally();
            } else {
                assertEquals(attempt.status(), answer.status(), answer::text);
                assertTrue(answer.text().contains(attempt.answer()), answer::text);
                assertTrue(answer.text().contains("\"status\":" + attempt.status()), answer::text);
                assertEquals(attempt.status() == 401, answer.header("WWW-Authenticate") != null);
                assertEquals("close", answer.header("Connection"));
                assertFalse(answer.text().contains("secret detail"));
                client.expectEnd();
            }
        }
    }

    @Test
    void shouldChallengeWithItsOwnScheme() throws IOException {
        assertEquals("Bearer realm=\"neurolink\"", challenge("/bearer"));
        assertEquals("Bearer realm=\"neurolink\", error=\"invalid_token\"", challenge("/bearer", "Authorization: Bearer wrong"));
        assertEquals("ApiKey realm=\"neurolink\"", challenge("/key"));
        assertEquals("Basic realm=\"neurolink\", charset=\"UTF-8\"", challenge("/basic"));
        assertEquals("Custom realm=\"x\"", challenge("/custom", "X-Case: rejected"));
    }

    private static String challenge(String target, String... headers) throws IOException {
        try (RawClient client = RawClient.connect(server.address())) {
            return client.upgrade(target, headers).header("WWW-Authenticate");
        }
    }

    @Test
    void shouldAgreeOnTheSubprotocolBesideTheToken() throws IOException {
        try (RawClient client = RawClient.connect(server.address())) {
            HttpAnswer answer = client.upgrade("/bearer", "Sec-WebSocket-Protocol: bearer." + base64Url("bob-token") + ", chat");
            client.upgraded(answer);
            assertEquals("chat", answer.header("Sec-WebSocket-Protocol"));
        }
    }

    @Test
    void shouldAuthenticateByMessage() throws IOException {
        try (RawClient client = RawClient.open(server.address(), "/first-message")) {
            client.expect(Frame.text("nobody"));
            client.send(Frames.text("wrong"));
            client.expect(Frame.text("REJECTED nobody"));
            client.send(Frames.text("bob-token"));
            client.expect(Frame.text("ACCEPTED bob"));
            client.send(Frames.text(GOOD));
            client.expect(Frame.text("FORBIDDEN bob"));
            client.send(Frames.text("bob-token"));
            client.expect(Frame.text("ACCEPTED bob"));
            client.closeNormally();
        }
    }

    @Test
    void shouldCloseWhoDoesNotAuthenticateInTime() throws IOException {
        long timeouts = server.counters().get("timeouts.auth");
        try (RawClient client = RawClient.open(server.address(), "/impatient")) {
            Frame close = client.read();
            // The handler's thread may have less time than the connection.
            if (!close.isClose()) {
                assertEquals(Frame.text("nobody"), close);
                close = client.read();
            }
            assertEquals(4401, close.closeCode());
            assertEquals("authentication required", close.text());
            client.send(Frames.close(4401, ""));
            client.expectEnd();
        }
        assertEquals(timeouts + 1, server.counters().get("timeouts.auth"));
    }

    @Test
    void shouldFindConnectionsByUserAcrossReconnects() throws IOException {
        WebSocketConnectionManager manager = MANAGERS.get(0);
        try (RawClient first = RawClient.open(server.address(), "/bearer?token=bob-token");
                RawClient second = RawClient.open(server.address(), "/bearer?token=bob-token")) {
            first.expect(Frame.text("bob"));
            second.expect(Frame.text("bob"));
            Await.untilEquals(2, () -> manager.getConnectionsByUser("bob").size());
            first.closeNormally();
            Await.untilEquals(1, () -> manager.getConnectionsByUser("bob").size());
            second.closeNormally();
        }
        Await.untilEquals(0, () -> manager.getConnectionsByUser("bob").size());
    }
}

package io.neurolink.agent.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.AuthUnavailableException;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose a token is, as a real endpoint on a real socket says. */
@Timeout(120)
class TokenIntrospectionTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    private final MovableClock clock = new MovableClock();
    private IntrospectionEndpoint endpoint;

    /** Time as the test has it. */
    private static final class MovableClock extends Clock {
        private volatile Instant now = START;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @BeforeEach
    void start() throws IOException {
        endpoint = IntrospectionEndpoint.start();
        endpoint.knows("good", "{\"active\":true,\"sub\":\"ann\"}");
    }

    @AfterEach
    void stop() {
        endpoint.close();
    }

    private TokenIntrospection.Builder builder() {
        return TokenIntrospection.at(endpoint.url()).client(IntrospectionEndpoint.CLIENT, IntrospectionEndpoint.SECRET).clock(clock)
                .connectTimeout(Duration.ofMinutes(1)).requestTimeout(Duration.ofMinutes(1));
    }

    private static AuthenticatedUser user(TokenIntrospection tokens, String token) throws Exception {
        return tokens.apply(token).toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static String idOf(AuthenticatedUser user) {
        return user == null ? null : user.id();
    }

    private static AuthUnavailableException failure(CompletableFuture<?> answer) {
        var error = assertThrows(ExecutionException.class, () -> answer.get(60, TimeUnit.SECONDS));
        return assertInstanceOf(AuthUnavailableException.class, error.getCause());
    }

    @Test
    void shouldReadTheUserOffTheAnswer() throws Exception {
        endpoint.knows("full", """
                {"active":true,"sub":"u1","username":"ann","email":"ann@example.com","scope":"read  write","roles":["dev",5],
                 "exp":1767323105,"aud":["chat","mail"],"iss":"https://id.example.com","client_id":"app","tenant":7,"nothing":null}
                """);
        AuthenticatedUser user = user(builder().build(), "full");
        assertEquals(new AuthenticatedUser("u1", "ann@example.com", "ann", Set.of("dev"), Set.of("read", "write"),
                Map.of("aud", List.of("chat", "mail"), "iss", "https://id.example.com", "client_id", "app", "tenant", 7L),
                Instant.ofEpochSecond(1767323105)), user);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"active\":true,\"username\":\"ann\"} | ann",
        "{\"active\":true,\"client_id\":\"app\"} | app",
        "{\"active\":true,\"sub\":\" \",\"client_id\":\"app\"} | app",
        "{\"active\":true,\"sub\":5} |",
        "{\"active\":true} |",
        "{\"active\":false,\"sub\":\"ann\"} |"})
    void shouldNameWhoeverTheTokenBelongsTo(String answer, String id) throws Exception {
        endpoint.knows("t", answer);
        assertEquals(id, idOf(user(builder().build(), "t")));
    }

    @Test
    void shouldTakeRolesAndScopesInEitherForm() throws Exception {
        endpoint.knows("t", "{\"active\":true,\"sub\":\"a\",\"scope\":[\"read\"],\"realm\":{\"roles\":\"dev ops\"}}");
        AuthenticatedUser user = user(builder().rolesClaim("realm.roles").build(), "t");
        assertEquals(Set.of("dev", "ops"), user.roles());
        assertEquals(Set.of("read"), user.permissions());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"aud\":\"chat\",\"iss\":\"i\" | ann",
        "\"aud\":[\"x\",\"chat\"],\"iss\":\"i\" | ann",
        "\"aud\":\"chats\",\"iss\":\"i\" |",
        "\"aud\":\"x chat\",\"iss\":\"i\" |",
        "\"aud\":[],\"iss\":\"i\" |",
        "\"iss\":\"i\" |",
        "\"aud\":\"chat\",\"iss\":\"j\" |",
        "\"aud\":\"chat\" |"})
    void shouldDemandAudienceAndIssuer(String fields, String id) throws Exception {
        endpoint.knows("t", "{\"active\":true,\"sub\":\"ann\"," + fields + "}");
        assertEquals(id, idOf(user(builder().audience("chat").issuer("i").build(), "t")));
    }

    @Test
    void shouldAskOnceInAWhile() throws Exception {
        TokenIntrospection tokens = builder().keepFor(Duration.ofSeconds(60)).keepInactiveFor(Duration.ofSeconds(10)).build();
        for (int i = 0; i < 3; i++) {
            assertEquals("ann", user(tokens, "good").id());
            assertNull(user(tokens, "bad"));
        }
        assertEquals(List.of("good", "bad"), endpoint.asked());
        clock.now = START.plusSeconds(10);
        endpoint.knows("bad", "{\"active\":true,\"sub\":\"bob\"}");
        assertEquals("bob", user(tokens, "bad").id());
        assertEquals("ann", user(tokens, "good").id());
        clock.now = START.plusSeconds(60);
        endpoint.knows("good", "{\"active\":false}");
        assertNull(user(tokens, "good"));
        assertEquals(List.of("good", "bad", "bad", "good"), endpoint.asked());
        assertEquals(Map.of("introspection.requests", 4L, "introspection.cache_hits", 5L, "introspection.joined", 0L,
                "introspection.rejected", 2L, "introspection.failures", 0L, "introspection.refused", 0L), tokens.counters());
    }

    @Test
    void shouldRememberNoTokenBeyondItsEnd() throws Exception {
        endpoint.knows("short", "{\"active\":true,\"sub\":\"ann\",\"exp\":" + START.plusSeconds(5).getEpochSecond() + "}");
        endpoint.knows("past", "{\"active\":true,\"sub\":\"ann\",\"exp\":" + START.minusSeconds(5).getEpochSecond() + "}");
        endpoint.knows("never", "{\"active\":true,\"sub\":\"ann\",\"exp\":1e300}");
        TokenIntrospection tokens = builder().build();
        for (int i = 0; i < 2; i++) {
            assertEquals(START.plusSeconds(5), user(tokens, "short").expiresAt());
            assertEquals(START.minusSeconds(5), user(tokens, "past").expiresAt());
            assertEquals("ann", user(tokens, "never").id());
        }
        assertEquals(List.of("short", "past", "never", "past"), endpoint.asked());
        clock.now = START.plusSeconds(5);
        user(tokens, "short");
        assertEquals(5, endpoint.asked().size());
    }

    /** Whatever comes while an answer is on its way waits for that answer. */
    @Test
    void shouldAskOnceForACrowdWithOneToken() throws Exception {
        TokenIntrospection tokens = builder().build();
        endpoint.hold();
        List<CompletableFuture<AuthenticatedUser>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add(tokens.apply("good").toCompletableFuture());
        }
        endpoint.release();
        for (CompletableFuture<AuthenticatedUser> answer : answers) {
            assertEquals("ann", answer.get(60, TimeUnit.SECONDS).id());
        }
        assertEquals(List.of("good"), endpoint.asked());
        assertEquals(49, tokens.counters().get("introspection.joined"));
    }

    @Test
    void shouldAskAboutSoManyAtOnceAndNoMore() throws Exception {
        TokenIntrospection tokens = builder().maxConcurrent(2).build();
        endpoint.hold();
        List<CompletableFuture<AuthenticatedUser>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            endpoint.knows("t" + i, "{\"active\":true,\"sub\":\"u" + i + "\"}");
            answers.add(tokens.apply("t" + i).toCompletableFuture());
        }
        assertEquals(2, tokens.counters().get("introspection.requests"));
        endpoint.release();
        for (int i = 0; i < 20; i++) {
            assertEquals("u" + i, answers.get(i).get(60, TimeUnit.SECONDS).id());
        }
        assertEquals(20, endpoint.asked().size());
    }

    @Test
    void shouldTurnAwayWhoHasWaitedTooLong() throws Exception {
        TokenIntrospection tokens = builder().maxConcurrent(1).build();
        endpoint.hold();
        CompletableFuture<AuthenticatedUser> first = tokens.apply("good").toCompletableFuture();
        CompletableFuture<AuthenticatedUser> second = tokens.apply("other").toCompletableFuture();
        clock.now = START.plusSeconds(61);
        endpoint.release();
        assertEquals("ann", first.get(60, TimeUnit.SECONDS).id());
        assertNull(failure(second).getCause());
        assertEquals(1, tokens.counters().get("introspection.refused"));
        assertNull(user(tokens, "other"));
    }

    @Test
    void shouldTurnAwayACrowdBeyondAllMeasure() throws Exception {
        TokenIntrospection tokens = builder().maxConcurrent(1).build();
        endpoint.hold();
        for (int i = 0; i < 10_001; i++) {
            assertFalse(tokens.apply("t" + i).toCompletableFuture().isDone(), "token " + i);
        }
        CompletableFuture<AuthenticatedUser> tooMany = tokens.apply("one more").toCompletableFuture();
        assertEquals("Too many tokens are being checked", failure(tooMany).getMessage());
        assertEquals(Duration.ofSeconds(5), failure(tooMany).decision().retryAfter());
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 401, 403, 404, 429, 500, 503})
    void shouldNotTakeARefusalForAnAnswer(int status) throws Exception {
        TokenIntrospection tokens = builder().build();
        endpoint.answersWith(status);
        AuthUnavailableException failure = failure(tokens.apply("good").toCompletableFuture());
        assertEquals("The token cannot be checked at present", failure.getMessage());
        assertEquals("the introspection endpoint answered " + status, failure.getCause().getMessage());
        assertEquals(1, tokens.counters().get("introspection.failures"));
        endpoint.answersWith(200);
        assertEquals("ann", user(tokens, "good").id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "5", "{}", "{\"active\":\"true\"}", "{\"active\":1}", "<html>", "{\"active\":true}x"})
    void shouldNotTakeNonsenseForAnAnswer(String answer) {
        endpoint.knows("t", answer);
        Throwable cause = failure(builder().build().apply("t").toCompletableFuture()).getCause();
        assertTrue(cause.getMessage().startsWith("the introspection endpoint did not answer "), cause.getMessage());
    }

    @Test
    void shouldNotReadAnAnswerWithoutEnd() throws Exception {
        String filler = "x".repeat(900);
        endpoint.knows("long", "{\"active\":true,\"sub\":\"ann\",\"x\":\"" + filler + "\"}");
        endpoint.knows("longer", "{\"active\":true,\"sub\":\"ann\",\"x\":\"" + filler.repeat(2) + "\"}");
        TokenIntrospection tokens = builder().maxAnswerBytes(1024).build();
        assertEquals("ann", user(tokens, "long").id());
        assertEquals("the introspection endpoint answered more than 1024 bytes",
                failure(tokens.apply("longer").toCompletableFuture()).getCause().getMessage());
        assertEquals(List.of("long", "longer"), endpoint.asked());
    }

    @Test
    void shouldNotWaitForEver() throws Exception {
        TokenIntrospection tokens = builder().requestTimeout(Duration.ofMillis(50)).build();
        endpoint.hold();
        assertEquals("The token cannot be checked at present", failure(tokens.apply("good").toCompletableFuture()).getMessage());
        endpoint.release();
        assertEquals("ann", user(builder().build(), "good").id());
    }

    @Test
    void shouldSayThatNobodyIsThereAndComeBackWithTheEndpoint() throws Exception {
        TokenIntrospection tokens = builder().keepFor(Duration.ZERO).build();
        assertEquals("ann", user(tokens, "good").id());
        endpoint.close();
        failure(tokens.apply("good").toCompletableFuture());
        endpoint = endpoint.restart();
        assertEquals("ann", user(tokens, "good").id());
    }

    @Test
    void shouldAskNobodyAboutWhatCannotBeAToken() throws Exception {
        TokenIntrospection tokens = builder().build();
        assertNull(user(tokens, ""));
        assertNull(user(tokens, "x".repeat(16 * 1024 + 1)));
        assertNull(user(tokens, "x".repeat(16 * 1024)));
        assertNull(user(tokens, "a&token=good+%C3%A4"));
        assertEquals(List.of("x".repeat(16 * 1024), "a&token=good+%C3%A4"), endpoint.asked());
    }

    @Test
    void shouldForgetTheOldestWhenTooManyAreKnown() {
        TokenCache cache = new TokenCache(4);
        for (int i = 0; i < 100; i++) {
            cache.put(ByteBuffer.allocate(4).putInt(0, i), new TokenCache.Entry(AuthenticatedUser.of("u" + i), 10));
            assertTrue(cache.size() <= 4, "size " + cache.size());
            assertEquals("u" + i, cache.find(ByteBuffer.allocate(4).putInt(0, i), 9).user().id());
            assertNull(cache.find(ByteBuffer.allocate(4).putInt(0, i), 10));
        }
        assertNull(cache.find(ByteBuffer.allocate(4).putInt(0, 0), 0));
    }

    /** A crowd of threads, and memory that stays bounded. */
    @Test
    void shouldStayBoundedWhateverThreadsDo() throws Exception {
        TokenCache cache = new TokenCache(64);
        CountDownLatch done = new CountDownLatch(4);
        for (int t = 0; t < 4; t++) {
            int first = t * 10_000;
            new Thread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    cache.put(ByteBuffer.allocate(4).putInt(0, first + i), new TokenCache.Entry(null, 10));
                }
                done.countDown();
            }).start();
        }
        assertTrue(done.await(60, TimeUnit.SECONDS));
        assertTrue(cache.size() <= 64 + 8, "size " + cache.size());
    }

    @Test
    void shouldHoldNoSecretInWhatItPrintsAndThrows() {
        endpoint.answersWith(500);
        TokenIntrospection tokens = builder().build();
        StringWriter trace = new StringWriter();
        failure(tokens.apply("t0ps3cr3t").toCompletableFuture()).printStackTrace(new PrintWriter(trace));
        for (String text : List.of(trace.toString(), tokens.toString())) {
            assertFalse(text.contains("t0ps3cr3t") || text.contains("s3cr3t"), text);
        }
        assertEquals("TokenIntrospection[" + endpoint.url() + "]", tokens.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://example.com/i", "ftp://localhost/i", "https:/i", "/i", "https://user:pw@example.com/i",
        "https://example.com/i#f", "http://localhost.example.com/i"})
    void shouldAskOnlyWhereNobodyListensIn(String url) {
        String message = assertThrows(IllegalArgumentException.class, () -> TokenIntrospection.at(URI.create(url))).getMessage();
        assertFalse(message.contains("pw"), message);
    }

    @Test
    void shouldRefuseSettingsThatMakeNoSense() {
        TokenIntrospection.Builder builder = TokenIntrospection.at(URI.create("https://id.example.com/introspect"));
        assertThrows(IllegalArgumentException.class, builder::build);
        assertThrows(IllegalArgumentException.class, () -> builder.client("", "x").build());
        assertEquals("maxConcurrent must be 1 to 10000, not 0",
                assertThrows(IllegalArgumentException.class, () -> builder.maxConcurrent(0)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> builder.cacheSize(1));
        assertThrows(IllegalArgumentException.class, () -> builder.keepFor(Duration.ofHours(2)));
        assertThrows(IllegalArgumentException.class, () -> builder.keepInactiveFor(Duration.ofMillis(-1)));
        assertThrows(IllegalArgumentException.class, () -> builder.requestTimeout(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> builder.connectTimeout(Duration.ofHours(1)));
        assertThrows(IllegalArgumentException.class, () -> builder.maxAnswerBytes(1023));
    }
}

package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.Usage;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What users may use in a minute: messages, runs, tokens, and runs at once. */
class UserQuotaTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");

    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent(
            AgentTool.of("add", "a tool", "{}", call -> CompletableFuture.completedFuture(7)));
    private int ids;
    private AgentHandler handler;

    private FakeConnection start(Function<AuthenticatedUser, UserQuota> quotas) {
        handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
                .config(AgentHandlerConfig.builder().userQuotas(quotas).build()).build();
        return connect(ANN);
    }

    private FakeConnection start(UserQuota quota) {
        return start(user -> quota);
    }

    private FakeConnection connect(AuthenticatedUser user) {
        FakeConnection connection = new FakeConnection().user(user).open(handler);
        connection.take();
        return connection;
    }

    private String stream(FakeConnection connection) {
        String id = "r" + ids++;
        receive(connection, "{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}");
        return id;
    }

    private void receive(FakeConnection connection, String json) {
        connection.receive(json);
        time.runReady();
    }

    private static Map<String, Object> last(FakeConnection connection) {
        List<Map<String, Object>> messages = connection.messages();
        return messages.get(messages.size() - 1);
    }

    private void finish(long inputTokens, long outputTokens) {
        agent.last().emit(new AgentEvent.UsageReported(Usage.of(inputTokens, outputTokens)));
        time.runReady();
        agent.last().subscriber.onComplete();
        time.runReady();
    }

    private static Map<String, Object> limit(String limit, long max, long remaining, long retryAfterMs) {
        return Map.of("type", "rate_limit", "limit", limit, "max", max, "remaining", remaining, "retryAfterMs", retryAfterMs);
    }

    @Test
    void shouldLimitMessages() {
        FakeConnection connection = start(UserQuota.NONE.withMessagesPerMinute(3));
        for (int i = 0; i < 3; i++) {
            receive(connection, "{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"x\",\"approved\":true}}");
        }
        List<Map<String, Object>> messages = connection.take();
        assertEquals("INVALID_PAYLOAD", messages.get(0).get("code"));
        assertTrue(messages.contains(limit("messages", 3, 0, 20_000)), messages.toString());
        receive(connection, "{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"x\",\"approved\":true}}");
        assertEquals(List.of(Map.of("type", "error", "error", "The quota of 3 messages per minute is used up", "code", "RATE_LIMITED",
                "retryable", true, "retryAfterMs", 20_000L, "inReplyTo", "tool_approval")), connection.take());
        time.advance(Duration.ofSeconds(20));
        receive(connection, "{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"x\",\"approved\":true}}");
        assertEquals("INVALID_PAYLOAD", connection.take().get(0).get("code"));
        assertEquals(1, handler.counters().get("quotas.refused.messages"));
    }

    /** Also what cannot be read costs something, but nobody is kept from ending, acknowledging or authenticating. */
    @Test
    void shouldCountWhatCannotBeReadAndLetThroughWhatHelps() {
        FakeConnection connection = start(UserQuota.NONE.withMessagesPerMinute(2));
        stream(connection);
        receive(connection, "no json");
        assertTrue(connection.take().stream().anyMatch(message -> "INVALID_JSON".equals(message.get("code"))));
        receive(connection, "no json");
        assertEquals("RATE_LIMITED", last(connection).get("code"));
        receive(connection, "{\"type\":\"ping\",\"timestamp\":1}");
        assertEquals("pong", last(connection).get("type"));
        receive(connection, "{\"type\":\"ack\",\"payload\":{\"requestId\":\"r0\",\"seq\":1}}");
        receive(connection, "{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r0\"}}");
        assertEquals("cancelled", last(connection).get("type"));
    }

    @Test
    void shouldLimitRunsByTheirIdAndTellOfIt() {
        FakeConnection connection = start(UserQuota.NONE.withRunsPerMinute(10));
        for (int i = 0; i < 10; i++) {
            stream(connection);
            finish(1, 1);
        }
        List<Map<String, Object>> told = connection.take().stream().filter(m -> m.get("type").equals("rate_limit")).toList();
        assertEquals(List.of(limit("runs", 10, 1, 0), limit("runs", 10, 0, 6000)), told);
        String id = stream(connection);
        assertEquals(List.of(Map.of("type", "error", "error", "The quota of 10 runs per minute is used up", "code", "RATE_LIMITED",
                "retryable", true, "retryAfterMs", 6000L, "requestId", id, "seq", 1L, "inReplyTo", "stream")), connection.take());
        receive(connection, "{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"add\",\"args\":{}}}");
        assertEquals("RATE_LIMITED", last(connection).get("code"));
        assertEquals(10, agent.runCount());
        time.advance(Duration.ofMillis(6000));
        stream(connection);
        assertEquals(11, agent.runCount());
        assertEquals(2, handler.counters().get("quotas.refused.runs"));
    }

    @Test
    void shouldLimitTokensAsModelsReportThem() {
        FakeConnection connection = start(UserQuota.NONE.withTokensPerMinute(600));
        stream(connection);
        finish(100, 400);
        stream(connection);
        finish(100, 100);
        connection.take();
        // 700 of 600: a hundred and one have to come back, ten in a second.
        stream(connection);
        assertEquals(List.of(limit("tokens", 600, 0, 10_100), Map.of("type", "error", "error",
                "The quota of 600 tokens per minute is used up", "code", "RATE_LIMITED", "retryable", true, "retryAfterMs", 10_100L,
                "requestId", "r2", "seq", 1L, "inReplyTo", "stream")), connection.take());
        receive(connection, "{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"add\",\"args\":{}}}");
        assertEquals("tool_result", last(connection).get("type"), "a tool uses no tokens");
        time.advance(Duration.ofMillis(10_099));
        stream(connection);
        assertEquals("RATE_LIMITED", last(connection).get("code"));
        time.advance(Duration.ofMillis(1));
        stream(connection);
        assertEquals(3, agent.runCount());
        assertEquals(2, handler.counters().get("quotas.refused.tokens"));
    }

    @Test
    void shouldCountTokensOfRunsThatFailAndAreCancelledAndEstimateThem() {
        FakeConnection connection = start(UserQuota.NONE.withTokensPerMinute(60));
        String id = stream(connection);
        agent.last().text("x".repeat(120));
        time.runReady();
        receive(connection, "{\"type\":\"cancel\",\"payload\":{\"requestId\":\"" + id + "\"}}");
        // 1 token of the prompt and 30 of the answer, at four characters each.
        stream(connection);
        agent.last().text("x".repeat(116));
        time.runReady();
        agent.last().subscriber.onError(new IllegalStateException("broken"));
        time.runReady();
        stream(connection);
        assertEquals(2000L, last(connection).get("retryAfterMs"));
    }

    @Test
    void shouldShareAQuotaAmongConnectionsOfAUserAndNotBeyond() {
        FakeConnection first = start(UserQuota.NONE.withRunsPerMinute(2));
        FakeConnection second = connect(AuthenticatedUser.of("ann"));
        FakeConnection other = connect(AuthenticatedUser.of("bob"));
        stream(first);
        stream(second);
        stream(first);
        assertEquals("RATE_LIMITED", last(first).get("code"));
        stream(second);
        assertEquals("RATE_LIMITED", last(second).get("code"));
        stream(other);
        assertEquals("stream_start", last(other).get("type"));
        first.disconnect();
        second.disconnect();
        FakeConnection again = connect(ANN);
        stream(again);
        assertEquals("RATE_LIMITED", last(again).get("code"), "coming again brings no new quota");
        assertEquals(2, handler.counters().get("quotas.users"));
    }

    @Test
    void shouldGiveEachAnonymousConnectionAQuota() {
        start(UserQuota.NONE.withRunsPerMinute(1).withTokensPerMinute(10));
        FakeConnection one = connect(null);
        FakeConnection two = connect(null);
        stream(one);
        finish(100, 0);
        stream(two);
        assertEquals("stream_start", last(two).get("type"));
        stream(one);
        assertEquals("The quota of 10 tokens per minute is used up", last(one).get("error"));
        assertEquals(0, handler.counters().get("quotas.users"));
    }

    @Test
    void shouldGiveQuotasByRoleAndFollowTheRole() {
        FakeConnection connection = start(user -> user == null ? null
                : user.roles().contains("pro") ? UserQuota.NONE.withRunsPerMinute(4) : UserQuota.NONE.withRunsPerMinute(2));
        stream(connection);
        stream(connection);
        stream(connection);
        assertEquals("The quota of 2 runs per minute is used up", last(connection).get("error"));
        connection.user(ANN.withRoles("pro"));
        stream(connection);
        stream(connection);
        stream(connection);
        assertEquals("The quota of 4 runs per minute is used up", last(connection).get("error"));
        assertEquals(4, agent.runCount());
        FakeConnection anonymous = connect(null);
        for (int i = 0; i < 16; i++) {
            stream(anonymous);
        }
        assertEquals(20, agent.runCount());
    }

    @Test
    void shouldLimitRunsAtOnceByUser() {
        FakeConnection connection = start(user -> user.id().equals("ann") ? UserQuota.NONE.withConcurrentRuns(1) : UserQuota.NONE);
        stream(connection);
        stream(connection);
        assertEquals("This user has 1 runs going already", last(connection).get("error"));
        assertEquals("TOO_MANY_RUNS", last(connection).get("code"));
        finish(1, 1);
        stream(connection);
        assertEquals("stream_start", last(connection).get("type"));
        FakeConnection other = connect(AuthenticatedUser.of("bob"));
        for (int i = 0; i < 3; i++) {
            stream(other);
        }
        assertEquals("stream_start", last(other).get("type"));
    }

    @Test
    void shouldServeWhereNoQuotaCanBeTold() {
        FakeConnection connection = start(user -> {
            throw new IllegalStateException("database is down");
        });
        stream(connection);
        assertEquals("stream_start", last(connection).get("type"));
    }

    /** Users who are gone are forgotten when nothing is missing of their quotas any more. */
    @Test
    void shouldRememberNobodyForEver() {
        QuotaBook book = new QuotaBook(user -> UserQuota.NONE.withRunsPerMinute(10).withTokensPerMinute(100), time);
        List<UserUse> uses = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            UserUse use = book.of(AuthenticatedUser.of("u" + i), null);
            uses.add(use);
            book.charge(use, true, true, (limit, max, left, retryAfterMs) -> { });
            if (i % 1000 == 999) {
                time.advance(Duration.ofSeconds(1));
            }
        }
        assertTrue(book.userCount() < 30_000, "users " + book.userCount());
        time.advance(Duration.ofMinutes(2));
        // A run that ends late counts, also if the user was forgotten meanwhile.
        for (int i = 0; i < 100_000; i++) {
            book.of(AuthenticatedUser.of("v" + i), null);
        }
        assertTrue(book.userCount() < 3000, "users " + book.userCount());
        book.spend(uses.get(0), 200);
        assertFalse(book.of(AuthenticatedUser.of("u0"), null).isFull(time.nanoTime()));
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertEquals("messagesPerMinute must be 0 to 10000000000, not -1",
                assertThrows(IllegalArgumentException.class, () -> UserQuota.NONE.withMessagesPerMinute(-1)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> UserQuota.NONE.withRunsPerMinute(-1));
        assertThrows(IllegalArgumentException.class, () -> UserQuota.NONE.withTokensPerMinute(10_000_000_001L));
        assertThrows(IllegalArgumentException.class, () -> UserQuota.NONE.withConcurrentRuns(-1));
        assertThrows(NullPointerException.class, () -> AgentHandlerConfig.builder().userQuota(null));
    }
}

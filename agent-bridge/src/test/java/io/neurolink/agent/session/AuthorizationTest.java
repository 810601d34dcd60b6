package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.ActionRules;
import io.neurolink.agent.spi.AgentAction;
import io.neurolink.agent.spi.AgentAuthorizer;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what, once they are connected. */
@Timeout(120)
class AuthorizationTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    private static final String STREAM = "{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}";

    private final ManualTime time = new ManualTime();
    private final List<String> called = new ArrayList<>();
    private final ScriptedAgent agent = new ScriptedAgent(tool("add"), tool("drop"));
    private final List<String> asked = new ArrayList<>();
    private final List<CompletableFuture<Boolean>> pending = new ArrayList<>();
    private AgentHandler handler;
    private FakeConnection connection;

    private AgentTool tool(String name) {
        return AgentTool.of(name, "a tool", "{}", call -> {
            called.add(name);
            return CompletableFuture.completedFuture(name + " done");
        });
    }

    private void start(AgentAuthorizer authorizer) {
        handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).toolThreads(Runnable::run)
                .route("greet", (from, payload) -> Map.of("type", "pong", "timestamp", 7))
                .config(AgentHandlerConfig.builder().authorizer(authorizer).build()).build();
        connection = new FakeConnection().ownMessages().user(ANN).open(handler);
        connection.take();
    }

    private void startWithRule(Set<String> forbidden) {
        start(AgentAuthorizer.of((user, action) -> {
            asked.add((user == null ? "nobody" : user.id()) + " " + action);
            return !forbidden.contains(action.toString());
        }));
    }

    /** Each decision is made by the test. */
    private void startWithPending() {
        start((user, action) -> {
            asked.add(action.toString());
            CompletableFuture<Boolean> decision = new CompletableFuture<>();
            pending.add(decision);
            return decision;
        });
    }

    private void receive(String json) {
        connection.receive(json);
        time.runReady();
    }

    private Map<String, Object> last() {
        List<Map<String, Object>> messages = connection.messages();
        return messages.get(messages.size() - 1);
    }

    @Test
    void shouldAskAboutEverythingThatIsDone() {
        startWithRule(Set.of());
        receive(STREAM);
        for (String json : List.of("{\"type\":\"generate\",\"payload\":{\"prompt\":\"p\"}}",
                "{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"add\",\"args\":{}}}",
                "{\"type\":\"tool_call\",\"payload\":{\"toolName\":5}}",
                "{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0}}",
                "{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"x\",\"approved\":true}}", "{\"type\":\"greet\"}",
                "{\"type\":\"dance\",\"payload\":5}", "{\"type\":\"message\",\"payload\":{\"prompt\":\"p\"}}",
                "{\"type\":\"ping\"}", "{\"type\":\"pong\"}", "{\"type\":\"ack\",\"payload\":{\"requestId\":\"r\",\"seq\":1}}",
                "{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}", "no json", "{}")) {
            receive(json);
        }
        assertEquals(List.of("ann stream", "ann generate", "ann tool_call add", "ann tool_call", "ann resume", "ann tool_approval",
                "ann greet", "ann dance", "ann stream"), asked);
        assertEquals(0, handler.counters().get("authorization.denied"));
    }

    @Test
    void shouldTellTheWholeAction() {
        List<AgentAction> actions = new ArrayList<>();
        start(AgentAuthorizer.of((user, action) -> actions.add(action)));
        receive("{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\",\"options\":{\"model\":\"large\"}}}");
        Map<String, Object> payload = Map.of("prompt", "p", "options", Map.of("model", "large"));
        assertEquals(List.of(new AgentAction("stream", "scripted", null, payload)), actions);
        assertThrows(UnsupportedOperationException.class, () -> actions.get(0).payload().clear());
    }

    @Test
    void shouldRefuseARunByItsId() {
        startWithRule(Set.of("stream"));
        receive(STREAM);
        assertEquals(Map.of("type", "error", "error", "Not allowed: stream", "code", "FORBIDDEN", "retryable", false, "requestId", "r",
                "seq", 1L, "inReplyTo", "stream"), last());
        assertEquals(0, agent.runCount());
        receive("{\"type\":\"generate\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(1, agent.runCount());
        assertEquals(1, handler.counters().get("authorization.denied"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"message\",\"payload\":{\"prompt\":\"p\"}}", "{\"type\":\"stream\",\"input\":{\"text\":\"p\"}}"})
    void shouldRefuseTheMessagesOfOtherClientsThatDoTheSame(String json) {
        startWithRule(Set.of("stream"));
        receive(json);
        assertEquals(0, agent.runCount());
        assertEquals("FORBIDDEN", last().get("code"));
    }

    @Test
    void shouldRefuseAToolAndAnswerOfAnApplication() {
        startWithRule(Set.of("tool_call drop", "greet"));
        receive("{\"type\":\"tool_call\",\"requestId\":\"t\",\"payload\":{\"toolName\":\"drop\",\"args\":{}}}");
        assertEquals("Not allowed: tool_call drop", last().get("error"));
        assertEquals("t", last().get("requestId"));
        receive("{\"type\":\"greet\"}");
        assertEquals(Map.of("type", "error", "error", "Not allowed: greet", "code", "FORBIDDEN", "retryable", false, "inReplyTo", "greet"),
                last());
        receive("{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"add\",\"args\":{}}}");
        assertEquals(List.of("add"), called);
    }

    @Test
    void shouldRefuseAResumeAsTheProtocolDoes() {
        startWithRule(Set.of("resume"));
        receive(STREAM);
        connection.take();
        receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0}}");
        assertEquals(Map.of("type", "resume_failed", "requestId", "r", "reason", "forbidden"), last());
        assertEquals(1, handler.counters().get("runs.resume_failures"));
    }

    /** What a user may not call, the user's agent may not call either. */
    @Test
    void shouldRefuseAToolThatAnAgentCalls() {
        startWithRule(Set.of("tool_call drop"));
        receive(STREAM);
        var dropped = new CompletableFuture<ToolOutcome>();
        var added = new CompletableFuture<ToolOutcome>();
        agent.last().emit(new AgentEvent.ToolRequested("c1", "drop", Map.of(), ToolApproval.AUTO, dropped));
        time.runReady();
        agent.last().emit(new AgentEvent.ToolRequested("c2", "add", Map.of("a", 1L), ToolApproval.AUTO, added));
        time.runReady();
        assertEquals("Not allowed: tool_call drop", dropped.join().error());
        assertEquals("add done", added.join().result());
        assertEquals(List.of("add"), called);
        assertEquals(List.of("ann stream", "ann tool_call drop", "ann tool_call add"), asked);
    }

    @Test
    void shouldWaitForADecisionAboutAToolThatAnAgentCalls() {
        startWithPending();
        receive(STREAM);
        pending.get(0).complete(true);
        time.runReady();
        var added = new CompletableFuture<ToolOutcome>();
        agent.last().emit(new AgentEvent.ToolRequested("c1", "add", Map.of(), ToolApproval.AUTO, added));
        time.runReady();
        assertFalse(added.isDone());
        assertEquals(List.of(), called);
        pending.get(1).complete(true);
        time.runReady();
        assertEquals("add done", added.join().result());
    }

    @Test
    void shouldKeepTheOrderWhileDecisionsArePending() {
        startWithPending();
        receive("{\"type\":\"greet\"}");
        receive(STREAM);
        receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        receive("{\"type\":\"ping\",\"timestamp\":1}");
        assertEquals(List.of(Map.of("type", "pong", "timestamp", 1L)), connection.take(), "a heartbeat waits for nobody");
        assertEquals(List.of("greet"), asked);
        pending.get(0).complete(true);
        time.runReady();
        assertEquals(List.of(Map.of("type", "pong", "timestamp", 7L)), connection.take());
        assertEquals(List.of("greet", "stream"), asked);
        pending.get(1).complete(true);
        time.runReady();
        List<Object> types = connection.ofRun("r").stream().map(event -> event.get("type")).toList();
        assertEquals(List.of("accepted", "stream_start", "cancelled"), types);
    }

    @Test
    void shouldLimitWhatWaits() {
        startWithPending();
        for (int i = 0; i < 256; i++) {
            receive("{\"type\":\"greet\"}");
        }
        assertEquals(List.of(), connection.take());
        receive("{\"type\":\"greet\"}");
        assertEquals("RATE_LIMITED", last().get("code"));
        connection.take();
        for (int i = 0; i < 256; i++) {
            pending.get(i).complete(true);
        }
        time.runReady();
        assertEquals(256, connection.take().size());
        receive("{\"type\":\"greet\"}");
        pending.get(256).complete(true);
        assertEquals(1, connection.take().size());
    }

    @Test
    void shouldServeNothingWhoseConnectionIsGone() {
        startWithPending();
        receive(STREAM);
        connection.disconnect();
        pending.get(0).complete(true);
        time.runReady();
        assertEquals(0, agent.runCount());
        assertEquals(0, handler.counters().get("runs.active"));
    }

    @Test
    void shouldRefuseWhatCannotBeDecided() {
        List<AgentAuthorizer> broken = List.of((user, action) -> {
            throw new IllegalStateException("database is down");
        }, (user, action) -> null, (user, action) -> CompletableFuture.completedFuture(null),
                (user, action) -> CompletableFuture.failedFuture(new IllegalStateException("database went down")));
        for (AgentAuthorizer authorizer : broken) {
            start(authorizer);
            receive(STREAM);
            assertEquals(Map.of("type", "error", "error", "It could not be decided whether this is allowed", "code", "INTERNAL",
                    "retryable", true, "requestId", "r", "seq", 1L, "inReplyTo", "stream"), last());
            assertEquals(1, handler.counters().get("authorization.failures"));
            assertEquals(0, agent.runCount());
        }
    }

    @Test
    void shouldTellTheReasonOfTheAuthorizer() {
        start((user, action) -> CompletableFuture.failedStage(new AgentException(ErrorCode.FORBIDDEN, "Not on Sundays")));
        receive(STREAM);
        assertEquals("Not on Sundays", last().get("error"));
        assertEquals("FORBIDDEN", last().get("code"));
        assertEquals(1, handler.counters().get("authorization.denied"));
    }

    @Test
    void shouldNotWaitForEver() throws Exception {
        handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).config(AgentHandlerConfig.builder()
                .authorizer((user, action) -> new CompletableFuture<>()).authorizationTimeout(Duration.ofMillis(20)).build()).build();
        CountDownLatch answered = new CountDownLatch(2);
        connection = new FakeConnection().user(ANN);
        connection.onSent(message -> answered.countDown());
        connection.open(handler);
        connection.receive(STREAM);
        assertTrue(answered.await(60, TimeUnit.SECONDS));
        assertEquals("INTERNAL", last().get("code"));
        assertThrows(IllegalArgumentException.class,
                () -> AgentHandlerConfig.builder().authorizationTimeout(Duration.ZERO).build());
    }

    /** Roles that came with the renewal of a credential count from then on. */
    @Test
    void shouldAskWithTheUserAsItIsNow() {
        handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).config(AgentHandlerConfig.builder()
                .authorizer(ActionRules.builder().role("stream", "dev").build()).build()).build();
        AuthenticatedUser renewed = ANN.withRoles("dev");
        connection = new FakeConnection().user(ANN);
        connection.authenticator(credential -> {
            connection.user(renewed);
            return CompletableFuture.completedFuture(AuthDecision.accepted(renewed));
        }).open(handler);
        receive(STREAM);
        assertEquals("FORBIDDEN", last().get("code"));
        receive("{\"type\":\"auth\",\"payload\":{\"token\":\"t\"}}");
        receive(STREAM.replace("\"r\"", "\"r2\""));
        assertEquals("stream_start", last().get("type"));
    }

    @Test
    void shouldHoldToRules() {
        ActionRules rules = ActionRules.builder().role("stream", "dev").role("stream", "ops").permission("stream", "chat")
                .permission("stream", "use").role("tool:*", "staff").permission("tool:drop", "drop").build();
        AuthenticatedUser dev = ANN.withRoles("dev").withPermissions("chat", "use");
        AuthenticatedUser staff = ANN.withRoles("staff");
        assertTrue(allows(rules, dev, "stream", null));
        assertFalse(allows(rules, dev.withPermissions("chat"), "stream", null));
        assertFalse(allows(rules, dev.withRoles("guest"), "stream", null));
        assertTrue(allows(rules, dev.withRoles("ops"), "stream", null));
        assertFalse(allows(rules, null, "stream", null));
        assertTrue(allows(rules, null, "generate", null));
        assertTrue(allows(rules, staff, "tool_call", "add"));
        assertFalse(allows(rules, dev, "tool_call", "add"));
        assertFalse(allows(rules, staff, "tool_call", "drop"));
        assertTrue(allows(rules, staff.withPermissions("drop"), "tool_call", "drop"));
        assertFalse(allows(rules, dev.withPermissions("drop"), "tool_call", "drop"));
        assertEquals("ActionRules[stream, tool:*, tool:drop]", rules.toString());
    }

    private static boolean allows(AgentAuthorizer authorizer, AuthenticatedUser user, String type, String tool) {
        return authorizer.authorize(user, new AgentAction(type, "a", tool, Map.of())).toCompletableFuture().join();
    }

    @Test
    void shouldJoinAuthorizers() {
        List<String> second = new ArrayList<>();
        AgentAuthorizer both = AgentAuthorizer.of((user, action) -> user != null).and(AgentAuthorizer.of((user, action) -> {
            second.add(action.type());
            return action.type().equals("stream");
        }));
        assertTrue(allows(both, ANN, "stream", null));
        assertFalse(allows(both, ANN, "generate", null));
        assertFalse(allows(both, null, "stream", null));
        assertEquals(List.of("stream", "generate"), second);
    }

    @ParameterizedTest
    @ValueSource(strings = {"auth", "ping", "pong", "ack", "cancel", "tool:", "", " "})
    void shouldRefuseRulesThatWouldNeverHold(String action) {
        assertThrows(IllegalArgumentException.class, () -> ActionRules.builder().role(action, "r"));
        assertThrows(IllegalArgumentException.class, () -> ActionRules.builder().permission(action, "p"));
        assertThrows(IllegalArgumentException.class, () -> ActionRules.builder().permission("stream", " "));
    }

    @Test
    void shouldAskNobodyWhereNobodyIsToBeAsked() {
        start(null);
        receive(STREAM);
        assertEquals("stream_start", last().get("type"));
        assertNull(AgentHandlerConfig.defaults().authorizer());
    }
}

package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentMessage;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages of the protocol, one by one. */
class AgentHandlerTest {
    private final ManualTime time = new ManualTime();
    private final AtomicReference<ToolCall> toolCall = new AtomicReference<>();
    private final CompletableFuture<Object> toolResult = new CompletableFuture<>();
    private final ScriptedAgent agent = new ScriptedAgent(
            AgentTool.of("later", "Answers when told.", "{}", this::later),
            AgentTool.of("twice", "Doubles.", "{}", call -> CompletableFuture.completedStage(call.number("x").longValue() * 2)),
            AgentTool.of("bad", "Throws.", "{}", call -> {
                throw new IllegalStateException("broken tool");
            }),
            AgentTool.of("none", "Returns no stage.", "{}", call -> null),
            AgentTool.of("odd", "Returns what is no JSON.", "{}", call -> CompletableFuture.completedStage(new Object())));
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).serverId("s1")
            .config(AgentHandlerConfig.builder().maxConcurrentRuns(2).build()).build();
    private final FakeConnection connection = new FakeConnection().open(handler);

    private CompletionStage<Object> later(ToolCall call) {
        toolCall.set(call);
        call.cancellation().onCancel(() -> toolResult.cancel(false));
        return toolResult;
    }

    private Map<String, Object> last() {
        List<Map<String, Object>> messages = connection.messages();
        return messages.get(messages.size() - 1);
    }

    private Map<String, Object> answerTo(String json) {
        int before = connection.messages().size();
        connection.receive(json);
        assertEquals(before + 1, connection.messages().size(), () -> "answers to " + json);
        return last();
    }

    private static Map<String, Object> error(String text, String code, String inReplyTo) {
        return Map.of("type", "error", "error", text, "code", code, "retryable", false, "inReplyTo", inReplyTo);
    }

    @Test
    void shouldSayConnectedFirst() {
        Map<String, Object> connected = last();
        String epoch = (String) connected.get("epoch");
        assertEquals(Map.of("type", "connected", "connectionId", connection.id(), "timestamp", time.time(), "protocol", 1L,
                "serverId", "s1", "epoch", epoch, "heartbeatMs", 30_000L,
                "limits", Map.of("maxMessageBytes", 1_048_576L, "maxConcurrentRuns", 2L, "resumeTtlMs", 300_000L,
                        "replayBytes", 1_048_576L)), connected);
        assertTrue(epoch.length() >= 22);
        FakeConnection other = new FakeConnection().open(AgentHandler.create(agent));
        assertNotEquals(epoch, other.messages().get(0).get("epoch"));
        assertTrue(((String) other.messages().get(0).get("serverId")).length() > 22);
    }

    @Test
    void shouldTakeItsLimitsFromTheManagersConfiguration() {
        WebSocketConfig config = WebSocketConfig.builder().maxMessageSize(5000).pingInterval(Duration.ofSeconds(7))
                .maxBufferedBytes(16_000).auth(AuthConfig.none()).build();
        AgentHandlerConfig matching = AgentHandlerConfig.builder().matching(config).build();
        assertEquals(5000, matching.maxMessageBytes());
        assertEquals(Duration.ofSeconds(7), matching.heartbeatInterval());
        assertFalse(matching.firstMessageAuth());
        assertEquals(16_000, matching.maxEventBytes());
        assertEquals(2000, matching.maxJoinedBytes());
    }

    @Test
    void shouldAnswerPingAndKeepSilentOnPong() {
        assertEquals(Map.of("type", "pong", "timestamp", 1_706_745_600_000L), answerTo("{\"type\":\"ping\",\"timestamp\":1706745600000}"));
        assertEquals(Map.of("type", "pong", "timestamp", "t1"), answerTo("{\"type\":\"ping\",\"payload\":{\"timestamp\":\"t1\"}}"));
        assertEquals(Map.of("type", "pong", "timestamp", time.time()), answerTo("{\"type\":\"ping\"}"));
        int before = connection.messages().size();
        connection.receive("{\"type\":\"pong\",\"timestamp\":1706745600000}");
        assertEquals(before, connection.messages().size());
    }

    @Test
    void shouldSayWhenAMessageWasOneTooMany() {
        String text = "Too many messages in too short a time";
        connection.receiveLimited("{\"type\":\"stream\",\"requestId\":\"r1\",\"payload\":{\"prompt\":\"p\"}}", 250);
        assertEquals(Map.of("type", "error", "error", text, "code", "RATE_LIMITED", "retryable", true, "retryAfterMs", 250L,
                "requestId", "r1", "seq", 1L, "inReplyTo", "stream"), last());
        connection.receiveLimited("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r0\"}}", 7);
        assertEquals(Map.of("type", "error", "error", text, "code", "RATE_LIMITED", "retryable", true, "retryAfterMs", 7L,
                "inReplyTo", "cancel"), last());
        connection.receiveLimited("{no json", 7);
        assertEquals(Map.of("type", "error", "error", text, "code", "RATE_LIMITED", "retryable", true, "retryAfterMs", 7L), last());
        assertEquals(4, connection.messages().size());
    }

    @Test
    void shouldAnswerWhatItDoesNotUnderstandAndLiveOn() {
        assertEquals(Map.of("type", "error", "error", "Invalid JSON message", "code", "INVALID_JSON", "retryable", false),
                answerTo("{no json"));
        assertEquals(Map.of("type", "error", "error", "Message type is required", "code", "TYPE_REQUIRED", "retryable", false),
                answerTo("{}"));
        assertEquals(error("Unknown message type: dance", "UNKNOWN_TYPE", "dance"), answerTo("{\"type\":\"dance\",\"requestId\":\"r\"}"));
        connection.receive(WebSocketMessageType.BINARY, new byte[] {1});
        assertEquals(Map.of("type", "error", "error", "Only text messages are supported for routing", "code", "INVALID_PAYLOAD",
                "retryable", false), last());
        assertEquals("pong", answerTo("{\"type\":\"ping\"}").get("type"));
        assertTrue(connection.isOpen());
    }

    @Test
    void shouldIgnoreControlFrames() {
        int before = connection.messages().size();
        connection.receive(WebSocketMessageType.PING, new byte[0]);
        connection.receive(WebSocketMessageType.CLOSE, new byte[0]);
        assertEquals(before, connection.messages().size());
    }

    @Test
    void shouldShortenAnUnknownTypeInTheAnswer() {
        String text = (String) answerTo("{\"type\":\"" + "x".repeat(100_000) + "\"}").get("error");
        assertTrue(text.length() < 200, text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"type\":\"stream\",\"payload\":{\"prompt\":\"hi\"}}",
        "{\"type\":\"stream\",\"prompt\":\"hi\"}",
        "{\"type\":\"stream\",\"input\":{\"text\":\"hi\"}}",
        "{\"type\":\"stream\",\"payload\":{\"input\":{\"text\":\"hi\"}}}",
        "{\"type\":\"stream\",\"payload\":{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}}",
        "{\"type\":\"stream\",\"payload\":{\"prompt\":\"hi\"},\"prompt\":\"not this\"}"})
    void shouldFindThePromptUnderEveryName(String json) {
        connection.receive(json);
        assertEquals("hi", agent.last().request.prompt());
        assertEquals(List.of(AgentMessage.user("hi")), agent.last().request.messages());
    }

    @Test
    void shouldMintAnUnguessableRequestId() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            connection.receive("{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\"}}");
            String id = (String) last().get("requestId");
            assertTrue(id.length() >= 22, id);
            ids.add(id);
        }
        assertEquals(2, ids.size());
    }

    @Test
    void shouldTakeTheRequestIdFromThePayloadToo() {
        connection.receive("{\"type\":\"generate\",\"payload\":{\"prompt\":\"p\",\"requestId\":\"mine\"}}");
        agent.last().subscriber.onComplete();
        assertEquals("mine", last().get("requestId"));
    }

    @Test
    void shouldPassTheWholeRequestToTheAgent() {
        AuthenticatedUser user = AuthenticatedUser.of("u1");
        connection.user(user);
        connection.receive("""
                {"type":"stream","requestId":"r","payload":{"sessionId":"s","prompt":"now","messages":[
                {"role":"system","content":"be brief"},{"role":"user","content":"before"}],"custom":[1],"options":{
                "model":"m","provider":"p","temperature":0.5,"maxTokens":100,"topP":1,"stop":["a","b"],"systemPrompt":"sp","seed":-7,
                "delayMs":0,"nested":{"x":[true]}}}}""");
        AgentRequest request = agent.last().request;
        assertEquals("r", request.requestId());
        assertEquals("now", request.prompt());
        assertEquals(List.of(new AgentMessage("system", "be brief"), AgentMessage.user("before"), AgentMessage.user("now")),
                request.messages());
        assertEquals(new AgentOptions("m", "p", 0.5, 100, 1.0, List.of("a", "b"), "sp", -7L,
                Map.of("delayMs", 0L, "nested", Map.of("x", List.of(true)))), request.options());
        assertEquals("s", request.sessionId());
        assertEquals(user, request.user());
        assertEquals(List.of(1L), request.payload().get("custom"));
        Map<String, Object> accepted = connection.ofRun("r").get(0);
        assertEquals("s", accepted.get("sessionId"));
    }

    @Test
    void shouldTakeTheLastMessageOfTheUserForThePrompt() {
        connection.receive("""
                {"type":"stream","payload":{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"},
                {"role":"assistant","content":"c"}],"options":{"stop":"end"}}}""");
        assertEquals("b", agent.last().request.prompt());
        assertEquals(List.of("end"), agent.last().request.options().stop());
        connection.receive("{\"type\":\"stream\",\"payload\":{\"messages\":[{\"role\":\"tool\",\"content\":\"only\"}]}}");
        assertEquals("only", agent.last().request.prompt());
        assertNull(agent.last().request.options().model());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}|payload.prompt or payload.messages is required",
        "{\"messages\":[]}|payload.prompt or payload.messages is required",
        "{\"prompt\":5}|payload.prompt must be a string",
        "{\"messages\":\"x\"}|payload.messages must be an array",
        "{\"messages\":[5]}|payload.messages[0] must be an object with role and content",
        "{\"messages\":[{\"role\":\"user\"}]}|payload.messages[0].content is required",
        "{\"prompt\":\"p\",\"options\":[]}|payload.options must be an object",
        "{\"prompt\":\"p\",\"options\":{\"temperature\":\"hot\"}}|payload.options.temperature must be a number",
        "{\"prompt\":\"p\",\"options\":{\"maxTokens\":0}}|payload.options.maxTokens must be a whole number from 1 to 2147483647",
        "{\"prompt\":\"p\",\"options\":{\"stop\":[1]}}|options.stop must be a string or an array of strings",
        "{\"prompt\":\"p\",\"options\":{\"stop\":1}}|payload.options.stop must be an array",
        "{\"prompt\":\"p\",\"sessionId\":1}|payload.sessionId must be a string",
        "7|payload must be an object"})
    void shouldRefuseARequestThatMakesNoSense(String payload, String text) {
        Map<String, Object> answer = answerTo("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":" + payload + "}");
        assertEquals(Map.of("type", "error", "error", text, "code", "INVALID_PAYLOAD", "retryable", false, "requestId", "r", "seq", 1L,
                "inReplyTo", "stream"), answer);
        assertEquals(0, agent.runCount());
    }

    @Test
    void shouldRefuseARequestIdThatIsNone() {
        Map<String, Object> answer = answerTo("{\"type\":\"stream\",\"requestId\":5,\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(error("requestId must be a string of 1 to 128 characters", "INVALID_PAYLOAD", "stream"), answer);
    }

    @Test
    void shouldNotRunTheSameRequestTwice() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        Map<String, Object> answer = answerTo("{\"type\":\"generate\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(error("Request r is known already", "DUPLICATE_REQUEST", "generate"), answer);
        assertEquals(1, agent.runCount());
        agent.last().text("alive");
        agent.last().subscriber.onComplete();
        assertEquals("stream_complete", last().get("type"));
        assertEquals("DUPLICATE_REQUEST",
                answerTo("{\"type\":\"generate\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}").get("code"));
        assertFalse(last().containsKey("requestId"));
        assertEquals(1, agent.runCount());
    }

    @Test
    void shouldLimitTheRunsOfAConnection() {
        for (String id : List.of("a", "b")) {
            connection.receive("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}");
        }
        Map<String, Object> answer = answerTo("{\"type\":\"stream\",\"requestId\":\"c\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(Map.of("type", "error", "error", "This connection has 2 runs going already", "code", "TOO_MANY_RUNS",
                "retryable", true, "requestId", "c", "seq", 1L, "inReplyTo", "stream"), answer);
        FakeConnection other = new FakeConnection().open(handler);
        other.receive("{\"type\":\"stream\",\"requestId\":\"c\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals("stream_start", other.messages().get(2).get("type"));
        agent.run(0).subscriber.onComplete();
        connection.receive("{\"type\":\"stream\",\"requestId\":\"c\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals("stream_start", last().get("type"));
    }

    @Test
    void shouldNotCountARunWhoseEndWaitsForTheSocket() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"a\",\"payload\":{\"prompt\":\"p\"}}");
        connection.receive("{\"type\":\"stream\",\"requestId\":\"b\",\"payload\":{\"prompt\":\"p\"}}");
        connection.laneFull(true);
        agent.run(0).subscriber.onComplete();
        agent.run(1).subscriber.onComplete();
        connection.receive("{\"type\":\"stream\",\"requestId\":\"c\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(3, agent.runCount());
        connection.laneFull(false);
        assertEquals("stream_complete", connection.ofRun("a").get(2).get("type"));
        assertEquals("stream_complete", connection.ofRun("b").get(2).get("type"));
        assertEquals("stream_start", connection.ofRun("c").get(1).get("type"));
    }

    @Test
    void shouldInterleaveManyRuns() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"a\",\"payload\":{\"prompt\":\"p\"}}");
        connection.receive("{\"type\":\"stream\",\"requestId\":\"b\",\"payload\":{\"prompt\":\"p\"}}");
        for (int i = 0; i < 3; i++) {
            agent.run(0).text("a" + i);
            agent.run(1).text("b" + i);
        }
        for (String id : List.of("a", "b")) {
            assertEquals(List.of(id + 0, id + 1, id + 2), connection.ofRun(id).stream()
                    .filter(event -> event.containsKey("content")).map(event -> event.get("content")).toList());
        }
    }

    @Test
    void shouldCallATool() {
        Map<String, Object> result = answerTo("""
                {"type":"tool_call","requestId":"t","payload":{"toolName":"twice","args":{"x":21}}}""");
        String callId = (String) result.get("toolCallId");
        assertEquals(Map.of("type", "tool_result", "requestId", "t", "seq", 1L, "toolName", "twice", "result", 42L, "durationMs", 0L,
                "toolCallId", callId), result);
        assertTrue(callId.length() >= 22);
    }

    @Test
    void shouldWaitForAToolWithoutBlocking() {
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"t\",\"payload\":{\"toolName\":\"later\",\"args\":[1,\"two\"]}}");
        assertEquals("pong", answerTo("{\"type\":\"ping\"}").get("type"));
        time.advance(Duration.ofSeconds(20));
        assertEquals("tool", connection.ofRun("t").get(0).get("state"));
        assertEquals(List.of(1L, "two"), toolCall.get().args());
        toolResult.complete(Map.of("ok", true));
        assertEquals(Map.of("ok", true), last().get("result"));
        assertEquals(20_000L, last().get("durationMs"));
        assertEquals(1L, last().get("seq"));
    }

    @Test
    void shouldTurnWhatGoesWrongWithAToolIntoAnError() {
        String[][] cases = {{"missing", "TOOL_NOT_FOUND", "Tool not found: missing"}, {"bad", "TOOL_FAILED", "broken tool"},
            {"none", "TOOL_FAILED", "The tool none returned no stage"}, {"twice", "INVALID_PAYLOAD", "args.x must be a number"},
            {"odd", "TOOL_FAILED", "The event could not be sent: cannot write as JSON: java.lang.Object"}};
        for (String[] each : cases) {
            Map<String, Object> answer = answerTo(
                    "{\"type\":\"tool_call\",\"requestId\":\"t" + each[0] + "\",\"payload\":{\"toolName\":\"" + each[0] + "\"}}");
            assertEquals(each[1], answer.get("code"));
            assertEquals(each[2], answer.get("error"));
            assertEquals("t" + each[0], answer.get("requestId"));
            assertEquals(1L, answer.get("seq"));
        }
        assertEquals("payload.toolName is required", answerTo("{\"type\":\"tool_call\",\"payload\":{}}").get("error"));
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"t\",\"payload\":{\"toolName\":\"later\"}}");
        toolResult.completeExceptionally(new AgentException("MY_CODE", "my text", true, 5));
        assertEquals("MY_CODE", last().get("code"));
        assertEquals(5L, last().get("retryAfterMs"));
    }

    @Test
    void shouldGiveUpAToolThatTakesTooLong() {
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"t\",\"payload\":{\"toolName\":\"later\"}}");
        time.advance(Duration.ofSeconds(60));
        assertEquals("TOOL_FAILED", last().get("code"));
        assertEquals("The tool gave no result within 60000 ms", last().get("error"));
        assertTrue(toolCall.get().cancellation().isCancelled());
        time.advance(Duration.ofMinutes(5));
        assertEquals(0, time.armedCount());
    }

    @Test
    void shouldCancelATool() {
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"t\",\"payload\":{\"toolName\":\"later\"}}");
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"t\"}}");
        assertTrue(toolResult.isCancelled());
        assertEquals("cancelled", last().get("type"));
        assertEquals(true, last().get("upstreamClosed"));
        assertFalse(last().containsKey("reason"));
    }

    @Test
    void shouldSayWhatIsWrongWithACancel() {
        assertEquals(error("payload.requestId is required", "INVALID_PAYLOAD", "cancel"), answerTo("{\"type\":\"cancel\"}"));
        assertEquals(error("payload.requestId must be a string", "INVALID_PAYLOAD", "cancel"),
                answerTo("{\"type\":\"cancel\",\"payload\":{\"requestId\":7}}"));
    }

    @Test
    void shouldTakeAFlatCancelToo() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        connection.receive("{\"type\":\"cancel\",\"requestId\":\"r\",\"reason\":\"flat\"}");
        assertEquals("cancelled", last().get("type"));
        assertEquals("flat", last().get("reason"));
    }

    @Test
    void shouldForgetTheOldestOfTooManyEarlyCancels() {
        for (int i = 0; i <= 128; i++) {
            connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r" + i + "\"}}");
        }
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r128\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals("cancelled", last().get("type"));
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r0\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals("stream_start", last().get("type"));
    }

    @Test
    void shouldTellAllConnectionsThatItShutsDown() {
        FakeConnection other = new FakeConnection().open(handler);
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(2, handler.shutdown("Back soon", 1000));
        for (FakeConnection each : List.of(connection, other)) {
            Map<String, Object> shutdown = each.messages().get(each.messages().size() - 1);
            long reconnectAfterMs = (Long) shutdown.get("reconnectAfterMs");
            assertEquals(Map.of("type", "shutdown", "message", "Back soon", "reconnectAfterMs", reconnectAfterMs,
                    "resume", true), shutdown);
            assertTrue(reconnectAfterMs >= 1000 && reconnectAfterMs <= 2000, () -> "" + reconnectAfterMs);
        }
        Map<String, Object> answer = answerTo("{\"type\":\"generate\",\"requestId\":\"x\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals("SHUTTING_DOWN", answer.get("code"));
        assertEquals(true, answer.get("retryable"));
        agent.last().text("still");
        agent.last().subscriber.onComplete();
        assertEquals("stream_complete", last().get("type"));
        assertThrows(IllegalArgumentException.class, () -> handler.shutdown("x", -1));
    }

    @Test
    void shouldBeBusyUntilAllOfARunWasSent() {
        FakeConnection other = new FakeConnection().open(handler);
        assertFalse(handler.isBusy(connection));
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        assertTrue(handler.isBusy(connection));
        assertFalse(handler.isBusy(other));
        agent.last().text("all");
        connection.laneFull(true);
        agent.last().subscriber.onComplete();
        assertTrue(handler.isBusy(connection), "the end was not sent");
        connection.laneFull(false);
        assertEquals("stream_complete", last().get("type"));
        assertFalse(handler.isBusy(connection));
        connection.laneFull(true);
        connection.receive("{\"type\":\"ping\",\"timestamp\":1}");
        assertTrue(handler.isBusy(connection), "an answer waits");
        connection.laneFull(false);
        assertFalse(handler.isBusy(connection));
        handler.onClose(other, 1000, "");
        assertFalse(handler.isBusy(other));
    }

    @Test
    void shouldTellOnceThatItIsDrainedAndStopRunsAtTheEnd() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        connection.take();
        handler.onDrain(connection, new DrainNotice(Duration.ofMillis(2731), Duration.ofSeconds(10)));
        assertEquals(List.of(Map.of("type", "shutdown", "message", "Server shutting down", "reconnectAfterMs", 2731L, "resume", true)),
                connection.take());
        assertEquals("SHUTTING_DOWN", answerTo("{\"type\":\"generate\",\"requestId\":\"x\",\"payload\":{\"prompt\":\"p\"}}").get("code"));
        assertEquals(0, handler.shutdown("again", 1));
        connection.take();
        agent.last().text("still");
        assertEquals("chunk", last().get("type"));
        handler.onDrain(connection, new DrainNotice(Duration.ofMillis(2731), Duration.ZERO));
        assertEquals("error", last().get("type"));
        assertEquals("SHUTTING_DOWN", last().get("code"));
        assertEquals(true, last().get("retryable"));
        assertEquals("r", last().get("requestId"));
        assertFalse(handler.isBusy(connection));
    }

    @Test
    void shouldServeRoutesOfTheApplication() {
        AgentHandler own = AgentHandler.builder(agent).scheduler(time)
                .route("hello", (from, payload) -> Map.of("type", "greeting", "to", payload.get("name")))
                .route("ping", (from, payload) -> Map.of("type", "mine")).build();
        FakeConnection other = new FakeConnection().ownMessages().open(own);
        other.take();
        other.receive("{\"type\":\"hello\",\"payload\":{\"name\":\"you\"}}");
        other.receive("{\"type\":\"ping\"}");
        assertEquals(List.of(Map.of("type", "greeting", "to", "you"), Map.of("type", "mine")), other.messages());
    }

    @Test
    void shouldKeepAnswersThatTheLaneDoesNotTakeAndLetGoOfWhoNeverReads() {
        connection.laneFull(true);
        connection.take();
        for (int i = 0; i < 100; i++) {
            connection.receive("{\"type\":\"ping\",\"timestamp\":" + i + "}");
        }
        assertEquals(List.of(), connection.messages());
        connection.laneFull(false);
        List<Map<String, Object>> answers = connection.take();
        for (int i = 0; i < 100; i++) {
            assertEquals((long) i, answers.get(i).get("timestamp"));
        }
        assertEquals(100, answers.size());
        connection.laneFull(true);
        for (int i = 0; i < 300 && connection.isOpen(); i++) {
            connection.receive("{\"type\":\"ping\"}");
        }
        assertEquals(1013, connection.closeCode());
    }

    @Test
    void shouldForgetAConnectionThatIsGone() {
        connection.disconnect();
        connection.take();
        connection.receive("{\"type\":\"ping\"}");
        handler.onWritable(connection);
        handler.onClose(connection, 1000, "again");
        handler.onError(connection, new IllegalStateException("late"));
        assertEquals(List.of(), connection.messages());
        assertEquals(0, handler.shutdown("nobody", 0));
    }

    @Test
    void shouldRefuseAnAgentWithTwoToolsOfOneName() {
        AgentTool tool = AgentTool.of("same", "", "{}", call -> CompletableFuture.completedStage(1));
        ScriptedAgent twins = new ScriptedAgent(tool, tool);
        assertEquals("agent scripted has two tools named same",
                assertThrows(IllegalArgumentException.class, () -> AgentHandler.create(twins)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65_537})
    void shouldCheckItsConfiguration(int runs) {
        assertThrows(IllegalArgumentException.class, () -> AgentHandlerConfig.builder().maxConcurrentRuns(runs).build());
    }

    @Test
    void shouldNameTheSettingThatIsWrong() {
        AgentHandlerConfig.Builder builder = AgentHandlerConfig.builder().toolTimeout(Duration.ZERO);
        assertEquals("toolTimeout must be more than zero: PT0S", assertThrows(IllegalArgumentException.class, builder::build).getMessage());
        builder.toolTimeout(Duration.ofSeconds(1)).heartbeatInterval(Duration.ofSeconds(-1));
        assertThrows(IllegalArgumentException.class, builder::build);
        builder.heartbeatInterval(Duration.ZERO).maxPayloadDepth(1);
        assertEquals("maxPayloadDepth must be 2 to 512, not 1", assertThrows(IllegalArgumentException.class, builder::build).getMessage());
    }
}

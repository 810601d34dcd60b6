package io.neurolink.agent.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.client.ScriptedServer.Line;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.Usage;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.TraceContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of a client over connections that come and go, step by step. */
class AgentClientTest {
    private static final String COMPLETE = ",\"finishReason\":\"stop\",\"usage\":{\"inputTokens\":1,\"outputTokens\":2,\"totalTokens\":3},"
            + "\"timing\":{\"queuedMs\":0,\"ttftMs\":1,\"totalMs\":2}}";

    private final ScriptedServer server = new ScriptedServer();
    private final List<String> told = new ArrayList<>();
    private final AgentClientOptions options = AgentClientOptions.defaults().listener(new ClientListener() {
        @Override
        public void onState(ClientState from, ClientState to, AgentException cause) {
            told.add(from + " " + to);
        }

        @Override
        public void onError(AgentException error) {
            told.add(error.code());
        }
    });
    private AgentClient client = server.client(options);

    private static AgentPrompt prompt(String requestId) {
        return AgentPrompt.of("hello").requestId(requestId);
    }

    private static String chunk(int seq, String text) {
        return "{\"type\":\"chunk\",\"requestId\":\"r\",\"seq\":" + seq + ",\"content\":\"" + text + "\"}";
    }

    private static String accepted() {
        return "{\"type\":\"accepted\",\"requestId\":\"r\",\"seq\":0}";
    }

    private static String started() {
        return "{\"type\":\"stream_start\",\"requestId\":\"r\",\"seq\":1,\"data\":{\"prompt\":\"hello\"}}";
    }

    private static String completed(int seq) {
        return "{\"type\":\"stream_complete\",\"requestId\":\"r\",\"seq\":" + seq + COMPLETE;
    }

    private static String resumed(int after) {
        return "{\"type\":\"resumed\",\"requestId\":\"r\",\"after\":" + after + ",\"to\":9,\"live\":true}";
    }

    private void reconnect() {
        server.closes(1006);
        int before = server.lines.size();
        while (server.lines.size() == before) {
            server.time.advance(Duration.ofMillis(100));
        }
        server.accept();
    }

    private AgentRun begun() {
        server.accept();
        AgentRun run = client.stream(prompt("r"));
        server.last().takes("stream");
        server.says(accepted(), started());
        return run;
    }

    private RunResult result(AgentRun run) {
        server.time.runReady();
        assertTrue(run.result().isDone(), "has ended");
        return run.result().join();
    }

    private String failure(CompletableFuture<?> future) {
        server.time.runReady();
        assertTrue(future.isCompletedExceptionally(), "has failed");
        return ((AgentException) assertThrows(CompletionException.class, future::join).getCause()).code();
    }

    @Test
    void shouldStream() {
        AgentRun run = begun();
        EventLog log = EventLog.of(run);
        server.says(chunk(2, "Hel"), "{\"type\":\"chunk\",\"requestId\":\"r\",\"seq\":3,\"content\":\"hm\",\"kind\":\"reasoning\"}",
                "{\"type\":\"status\",\"requestId\":\"r\",\"state\":\"thinking\",\"sinceMs\":5}",
                "{\"type\":\"chunk\",\"requestId\":\"r\",\"seq\":6,\"content\":\"lo!\",\"n\":3}", completed(7));
        assertEquals(List.of(new RunEvent.Accepted(null), new RunEvent.Started(1, "hello", null), new RunEvent.Text(2, "Hel"),
                new RunEvent.Reasoning(3, "hm"), new RunEvent.Status("thinking", 5), new RunEvent.Text(6, "lo!"),
                new RunEvent.Completed(7, "stop", Usage.of(1, 2), new RunEvent.Timing(0, 1, 2))), log.events);
        assertTrue(log.isComplete);
        assertEquals(new RunResult("r", "Hello!", "hm", false, "stop", null, Usage.of(1, 2), new RunEvent.Timing(0, 1, 2)), result(run));
    }

    @Test
    void shouldHoldRequestsUntilThereIsAConnection() {
        AgentRun run = client.stream(prompt("r").option("temperature", 0.5).option("model", "small").sessionId("s").overlap("queue"));
        server.time.runReady();
        assertTrue(server.last().received.isEmpty());
        server.accept();
        assertEquals(Map.of("prompt", "hello", "options", Map.of("temperature", 0.5, "model", "small"), "sessionId", "s",
                "overlap", "queue"), server.last().takesPayload("stream"));
        assertEquals(ClientState.OPEN, client.state());
        assertTrue(client.opened().isDone());
        assertFalse(run.result().isDone());
    }

    @Test
    void shouldGoOnFromTheLastEventAndDropWhatItHas() {
        AgentRun run = begun();
        EventLog log = EventLog.of(run);
        server.says(chunk(2, "a"), chunk(3, "b"));
        reconnect();
        assertEquals(Map.of("requestId", "r", "after", 3L, "epoch", "e1"), server.last().takesPayload("resume"));
        server.says(resumed(3), chunk(2, "a"), chunk(3, "b"), chunk(4, "c"), chunk(4, "c"));
        reconnect();
        assertEquals(4L, server.last().takesPayload("resume").get("after"));
        server.says(resumed(4), completed(5), completed(5));
        assertEquals("abc", result(run).text());
        assertEquals("abc", log.text());
        assertEquals(6, log.events.size());
        assertEquals(List.of("CONNECTING OPEN", "OPEN RECONNECTING", "RECONNECTING OPEN", "OPEN RECONNECTING", "RECONNECTING OPEN"), told);
    }

    @Test
    void shouldGoOnWithARunOfWhichOnlyTheAcceptanceCame() {
        server.accept();
        AgentRun run = client.stream(prompt("r"));
        server.last().takes("stream");
        server.says(accepted());
        reconnect();
        assertEquals(0L, server.last().takesPayload("resume").get("after"));
        server.says(resumed(0), started(), chunk(2, "x"), completed(3));
        assertEquals("x", result(run).text());
    }

    @Test
    void shouldSendAgainWhatTheServerDoesNotKnow() {
        server.accept();
        AgentRun run = client.stream(prompt("r"));
        server.last().takes("stream");
        reconnect();
        assertEquals(Map.of("requestId", "r", "after", 0L), server.last().takesPayload("resume"));
        server.says("{\"type\":\"resume_failed\",\"requestId\":\"r\",\"reason\":\"unknown\"}");
        assertEquals("r", server.last().takes("stream").get("requestId"));
        server.says("{\"type\":\"error\",\"error\":\"A run\",\"code\":\"DUPLICATE_REQUEST\",\"retryable\":false,\"inReplyTo\":\"stream\"}");
        server.last().takes("resume");
        server.says(resumed(0), started(), chunk(2, "x"), completed(3));
        assertEquals("x", result(run).text());
        assertEquals("CONNECTING OPEN", told.get(0));
    }

    @Test
    void shouldSendAgainWhereTheServerCannotResume() {
        server.accept();
        client.stream(prompt("r"));
        server.last().takes("stream");
        reconnect();
        server.last().takes("resume");
        server.says("{\"type\":\"error\",\"error\":\"Unknown message type: resume\",\"code\":\"UNKNOWN_TYPE\",\"retryable\":false,"
                + "\"inReplyTo\":\"resume\"}");
        server.last().takes("stream");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "expired", "trimmed", "epoch", "forbidden"})
    void shouldFailARunThatCannotGoOn(String reason) {
        AgentRun run = begun();
        EventLog log = EventLog.of(run);
        reconnect();
        server.says("{\"type\":\"resume_failed\",\"requestId\":\"r\",\"reason\":\"" + reason + "\"}");
        assertEquals("RESUME_" + reason.toUpperCase(Locale.ROOT), failure(run.result()));
        assertInstanceOf(AgentException.class, log.error);
    }

    @Test
    void shouldGoOnWhereItWasDetachedForReadingTooSlowly() {
        AgentRun run = begun();
        server.says(chunk(2, "a"), "{\"type\":\"resume_failed\",\"requestId\":\"r\",\"reason\":\"trimmed\",\"oldestSeq\":3}");
        assertEquals(2L, server.last().takesPayload("resume").get("after"));
        server.says(resumed(2), chunk(3, "b"), "{\"type\":\"resume_failed\",\"requestId\":\"r\",\"reason\":\"trimmed\",\"oldestSeq\":5}");
        assertEquals("RESUME_TRIMMED", failure(run.result()));
    }

    @Test
    void shouldReplaceAConnectionOnWhichAnEventIsMissingOnce() {
        AgentRun run = begun();
        server.says(chunk(4, "c"));
        assertEquals(ClientState.RECONNECTING, client.state());
        assertEquals(4000, server.last().closeCode);
        server.time.advance(Duration.ofSeconds(1));
        server.accept();
        assertEquals(1L, server.last().takesPayload("resume").get("after"));
        server.says(resumed(1), chunk(4, "c"));
        assertEquals("SEQUENCE_GAP", failure(run.result()));
    }

    @Test
    void shouldDeliverOnlyWhatIsAskedForAndJoinTextMeanwhile() {
        AgentRun run = begun();
        EventLog log = EventLog.of(run, 1);
        server.says(chunk(2, "a"), chunk(3, "b"), chunk(4, "c"), completed(5));
        assertEquals(List.of(RunEvent.Accepted.class), log.types());
        log.subscription.request(2);
        server.time.runReady();
        assertEquals(new RunEvent.Text(4, "abc"), log.events.get(2));
        assertFalse(log.isComplete);
        log.subscription.request(1);
        server.time.runReady();
        assertTrue(log.isComplete);
    }

    @Test
    void shouldRefuseABadRequestOfASubscriberAndASecondSubscriber() {
        AgentRun run = begun();
        EventLog log = EventLog.of(run, 0);
        assertInstanceOf(IllegalStateException.class, EventLog.of(run).error);
        log.subscription.request(0);
        server.time.runReady();
        assertInstanceOf(IllegalArgumentException.class, log.error);
    }

    @Test
    void shouldEndTheSubscriptionOfASlowReaderButNotTheRun() {
        client = server.client(options.maxBufferedChars(1000));
        AgentRun run = begun();
        EventLog log = EventLog.of(run, 0);
        server.says(chunk(2, "x".repeat(600)), completed(3));
        server.time.runReady();
        assertEquals("SUBSCRIBER_TOO_SLOW", ((AgentException) log.error).code());
        assertEquals(600, result(run).text().length());
    }

    @Test
    void shouldCancelTheRunWhenItsSubscriberLeaves() {
        AgentRun run = begun();
        EventLog log = EventLog.of(run, 1);
        server.time.runReady();
        log.subscription.cancel();
        assertEquals("r", server.last().takesPayload("cancel").get("requestId"));
        server.says(chunk(2, "a"), "{\"type\":\"cancelled\",\"requestId\":\"r\",\"seq\":3,\"reason\":\"left\",\"upstreamClosed\":true,"
                + "\"latencyMs\":1,\"usage\":{\"inputTokens\":1,\"outputTokens\":1,\"totalTokens\":2,\"estimated\":true}}");
        assertEquals(List.of(RunEvent.Accepted.class), log.types());
        RunResult result = result(run);
        assertTrue(result.isCancelled());
        assertEquals("a", result.text());
        assertTrue(result.usage().isEstimated());
    }

    @Test
    void shouldCancelWhileThereIsNoConnection() {
        AgentRun never = client.stream(prompt("never"));
        never.cancel("no");
        assertTrue(result(never).isCancelled());
        AgentRun run = begun();
        server.closes(1006);
        run.cancel("stop");
        server.time.advance(Duration.ofSeconds(1));
        server.accept();
        server.last().takes("resume");
        assertEquals("stop", server.last().takesPayload("cancel").get("reason"));
        assertTrue(server.last().received.isEmpty(), "nothing of the one that was never sent");
    }

    @Test
    void shouldGenerateAndCallTools() throws ExecutionException, InterruptedException {
        server.accept();
        CompletableFuture<RunResult> answer = client.generate(prompt("r"));
        server.last().takes("generate");
        server.says("{\"type\":\"response\",\"requestId\":\"r\",\"seq\":1,\"content\":\"Hi\",\"data\":\"Hi\"" + COMPLETE);
        server.time.runReady();
        assertEquals("Hi", answer.get().text());
        CompletableFuture<Object> sum = client.callTool("add", Map.of("a", 1));
        Map<String, Object> call = server.last().takes("tool_call");
        String result = "{\"type\":\"tool_result\",\"requestId\":\"" + call.get("requestId") + "\",\"seq\":1,\"toolCallId\":\"t\","
                + "\"toolName\":\"add\",\"durationMs\":1,";
        server.says(result + "\"result\":5}");
        server.time.runReady();
        assertEquals(5L, sum.get());
        CompletableFuture<Object> bad = client.callTool("add", null);
        call = server.last().takes("tool_call");
        server.says("{\"type\":\"error\",\"error\":\"no\",\"code\":\"TOOL_NOT_FOUND\",\"retryable\":false,\"requestId\":\""
                + call.get("requestId") + "\",\"seq\":1,\"inReplyTo\":\"tool_call\"}");
        assertEquals("TOOL_NOT_FOUND", failure(bad));
    }

    @Test
    void shouldAttachToARun() {
        server.accept();
        AgentRun run = client.attach("r", 5);
        assertEquals(Map.of("requestId", "r", "after", 5L), server.last().takesPayload("resume"));
        server.says(resumed(5), chunk(6, "z"), completed(7));
        assertEquals("z", result(run).text());
        AgentRun none = client.attach("r", 5);
        server.last().takes("resume");
        server.says("{\"type\":\"resume_failed\",\"requestId\":\"r\",\"reason\":\"unknown\"}");
        assertEquals("RESUME_UNKNOWN", failure(none.result()));
        assertThrows(IllegalArgumentException.class, () -> client.attach("r", -1));
    }

    private static String toolCall(int seq, String approval) {
        return "{\"type\":\"tool_call\",\"requestId\":\"r\",\"seq\":" + seq + ",\"toolCallId\":\"t\",\"toolName\":\"where\","
                + "\"args\":{\"a\":1},\"approval\":\"" + approval + "\",\"expiresAt\":99}";
    }

    @Test
    void shouldAskOnceForAnApprovalAndSendTheAnswerAgain() {
        List<String> asked = new ArrayList<>();
        client = server.client(options.approver((requestId, call) -> {
            asked.add(requestId + " " + call.toolName() + " " + call.args());
            return CompletableFuture.completedFuture(ToolDecision.refused("too dear"));
        }));
        AgentRun run = begun();
        server.says(toolCall(2, "required"));
        Map<String, Object> answer = Map.of("requestId", "r", "toolCallId", "t", "approved", false, "reason", "too dear");
        assertEquals(answer, server.last().takesPayload("tool_approval"));
        reconnect();
        server.last().takes("resume");
        server.says(resumed(2), toolCall(2, "required"));
        assertEquals(answer, server.last().takesPayload("tool_approval"));
        server.says("{\"type\":\"tool_result\",\"requestId\":\"r\",\"seq\":3,\"toolCallId\":\"t\",\"toolName\":\"where\","
                + "\"error\":\"refused\",\"durationMs\":0}", completed(4));
        assertEquals(List.of("r where {a=1}"), asked);
        assertEquals("", result(run).text());
    }

    @Test
    void shouldLetTheApplicationApproveLater() {
        AgentRun run = begun();
        server.says(toolCall(2, "required"));
        server.time.runReady();
        assertTrue(server.last().received.isEmpty());
        run.approve("t", ToolDecision.APPROVED);
        run.approve("t", ToolDecision.refused("late"));
        assertEquals(true, server.last().takesPayload("tool_approval").get("approved"));
        server.time.runReady();
        assertTrue(server.last().received.isEmpty());
    }

    @Test
    void shouldRunToolsForTheAgent() {
        ClientTool tool = new ClientTool("where", "Tells where", Map.of("type", "object"),
                args -> CompletableFuture.completedFuture(Map.of("args", args)));
        client = server.client(options.tool(tool));
        server.accept();
        client.stream(prompt("r").tools("add"));
        assertEquals(List.of("add", Map.of("name", "where", "description", "Tells where", "parameters", Map.of("type", "object"))),
                server.last().takesPayload("stream").get("tools"));
        server.says(accepted(), started(), toolCall(2, "client"));
        assertEquals(Map.of("requestId", "r", "toolCallId", "t", "result", Map.of("args", Map.of("a", 1L))),
                server.last().takesPayload("tool_result"));
    }

    @Test
    void shouldTellTheAgentWhenAToolFails() {
        client = server.client(options.tool(new ClientTool("where", "", Map.of(), args -> {
            throw new IllegalStateException("lost");
        })));
        begun();
        server.says(toolCall(2, "client"));
        assertEquals("lost", server.last().takesPayload("tool_result").get("error"));
    }

    /** What a tool has done cannot be undone: only the server that got the call can say that it did not. */
    @Test
    void shouldCallAToolAgainOnlyWhereTheSameServerHasNotHeardOfIt() {
        server.accept();
        CompletableFuture<Object> sum = client.callTool("add", Map.of("a", 1));
        Object requestId = server.last().takes("tool_call").get("requestId");
        String unknown = "{\"type\":\"resume_failed\",\"requestId\":\"" + requestId + "\",\"reason\":\"unknown\"}";
        reconnect();
        server.last().takes("resume");
        server.says(unknown);
        assertEquals(requestId, server.last().takes("tool_call").get("requestId"));

        server.closes(1006);
        server.time.advance(Duration.ofSeconds(1));
        server.accept(ScriptedServer.CONNECTED.replace("\"e1\"", "\"e2\""));
        server.last().takes("resume");
        server.says(unknown);
        assertEquals("RESUME_UNKNOWN", failure(sum));
        assertTrue(server.last().received.isEmpty(), "the tool is called again");
    }

    @Test
    void shouldSendATokenWithTheRequestAndANewOneWhenItEnds() {
        List<String> tokens = new ArrayList<>(List.of("one", "two", "three", "four"));
        client = server.client(options.header("X-App", "test").token(() -> tokens.remove(0)));
        assertEquals(Map.of("X-App", "test", "Authorization", "Bearer one"), server.last().headers);
        server.accept();
        server.says("{\"type\":\"auth_expiring\",\"expiresAt\":5}");
        assertEquals("two", server.last().takesPayload("auth").get("token"));
        server.says("{\"type\":\"auth_ok\"}");
        server.closes(4401);
        server.time.advance(Duration.ofSeconds(1));
        assertEquals("Bearer three", server.last().headers.get("Authorization"));
        server.accept();
        server.closes(4403);
        server.time.advance(Duration.ofSeconds(1));
        assertEquals("Bearer four", server.last().headers.get("Authorization"));
        server.closes(4401);
        assertEquals(ClientState.CLOSED, client.state(), "a token that is refused is not tried again");
    }

    @Test
    void shouldAuthenticateByTheFirstMessage() {
        client = server.client(options.token(() -> "one").tokenAsMessage());
        AgentRun run = client.stream(prompt("r"));
        server.accept();
        assertEquals("one", server.last().takesPayload("auth").get("token"));
        assertTrue(server.last().received.isEmpty());
        server.says("{\"type\":\"auth_ok\",\"expiresAt\":5}");
        server.last().takes("stream");
        server.closes(1006);
        server.time.advance(Duration.ofSeconds(1));
        server.accept();
        server.says("{\"type\":\"error\",\"error\":\"no\",\"code\":\"AUTH_INVALID\",\"retryable\":false,\"inReplyTo\":\"auth\"}");
        assertEquals("AUTH_INVALID", failure(run.result()));
    }

    @Test
    void shouldTryACredentialAgainThatCouldNotBeChecked() {
        client = server.client(options.token(() -> "one").tokenAsMessage());
        AgentRun run = client.stream(prompt("r"));
        server.accept();
        server.last().takes("auth");
        server.says("{\"type\":\"auth_ok\"}");
        server.last().takes("stream");
        server.closes(1006);
        server.time.advance(Duration.ofSeconds(1));
        server.accept();
        server.says("{\"type\":\"error\",\"error\":\"later\",\"code\":\"INTERNAL\",\"retryable\":true,\"retryAfterMs\":4000,"
                + "\"inReplyTo\":\"auth\"}");
        int before = server.lines.size();
        server.time.advance(Duration.ofMillis(3999));
        assertEquals(before, server.lines.size());
        server.time.advance(Duration.ofMillis(1));
        assertEquals(before + 1, server.lines.size());
        server.accept();
        assertEquals("one", server.last().takesPayload("auth").get("token"));
        assertFalse(run.result().isDone());
    }

    @Test
    void shouldTellOfAQuota() {
        List<String> told = new ArrayList<>();
        client = server.client(options.listener(new ClientListener() {
            @Override
            public void onRateLimit(String limit, long remaining, long retryAfterMs) {
                told.add(limit + " " + remaining + " " + retryAfterMs);
            }
        }));
        server.accept();
        server.says("{\"type\":\"rate_limit\",\"limit\":\"tokens\",\"max\":1000,\"remaining\":0,\"retryAfterMs\":4200}");
        assertEquals(List.of("tokens 0 4200"), told);
    }

    @Test
    void shouldWaitLongerWithEachFailureAndAsLongAsTheServerSays() {
        client = server.client(options.retryFirst());
        long[] delaysMs = {250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000};
        for (long delayMs : delaysMs) {
            int before = server.lines.size();
            server.refuses(new IOException("down"));
            server.time.advance(Duration.ofMillis(delayMs - 1));
            assertEquals(before, server.lines.size());
            server.time.advance(Duration.ofMillis(1));
            assertEquals(before + 1, server.lines.size());
        }
        server.accept();
        server.time.advance(Duration.ofSeconds(5));
        server.says("{\"type\":\"shutdown\",\"message\":\"bye\",\"reconnectAfterMs\":60000,\"resume\":true}");
        int before = server.lines.size();
        server.closes(1001);
        server.time.advance(Duration.ofMillis(59_999));
        assertEquals(before, server.lines.size());
        server.time.advance(Duration.ofMillis(1));
        assertEquals(before + 1, server.lines.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1002, 1003, 1007, 1008, 1009, 1010, 4401, 4403})
    void shouldNotComeBackWhereItIsNotWanted(int code) {
        AgentRun run = begun();
        server.closes(code);
        assertEquals(ClientState.CLOSED, client.state());
        assertEquals(code == 4401 ? "AUTH_INVALID" : code == 4403 ? "AUTH_EXPIRED" : "CONNECTION_LOST", failure(run.result()));
        server.time.advance(Duration.ofMinutes(5));
        assertEquals(2, server.lines.size() + 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1001, 1006, 1011, 1012, 1013, 4408, 4429})
    void shouldComeBackAfterWhatPasses(int code) {
        begun();
        server.closes(code);
        server.time.advance(Duration.ofSeconds(1));
        assertEquals(2, server.lines.size());
    }

    @Test
    void shouldFailWhereTheFirstConnectionCannotBeMade() {
        AgentRun run = client.stream("hello");
        server.refuses(new IOException("down"));
        assertEquals("CONNECT_FAILED", failure(run.result()));
        assertEquals("CONNECT_FAILED", failure(client.opened()));
        assertEquals("CONNECT_FAILED", failure(client.stream("again").result()));
    }

    @Test
    void shouldGiveUpAfterSoManyAttempts() {
        client = server.client(options.maxAttempts(2));
        server.accept();
        server.closes(1006);
        for (int i = 0; i < 2; i++) {
            server.time.advance(Duration.ofSeconds(1));
            server.refuses(new IOException("down"));
        }
        assertEquals(ClientState.CLOSED, client.state());
    }

    @Test
    void shouldNotWaitForAConnectionForEver() {
        AgentRun run = client.stream("hello");
        server.time.advance(Duration.ofSeconds(10));
        assertEquals("CONNECT_FAILED", failure(run.result()));
        assertEquals(1001, server.last().closeCode);
    }

    @Test
    void shouldKeepWhatTheSocketDoesNotTakeYet() {
        server.accept();
        Line line = server.last();
        line.sendResult = SendResult.BACK_PRESSURED;
        client.stream(prompt("a"));
        client.stream(prompt("b"));
        server.time.runReady();
        assertTrue(line.received.isEmpty());
        line.takesMore();
        assertEquals("a", line.takes("stream").get("requestId"));
        assertEquals("b", line.takes("stream").get("requestId"));
        line.sendResult = SendResult.CLOSED;
        client.stream(prompt("c"));
        server.time.advance(Duration.ofSeconds(1));
        server.accept();
        assertEquals(3, server.last().received.size());
    }

    @Test
    void shouldKeepToItsLimits() {
        client = server.client(options.maxRuns(1).maxAnswerChars(5));
        AgentRun run = begun();
        assertEquals("QUEUE_FULL", failure(client.stream(prompt("other")).result()));
        server.says(chunk(2, "123"), chunk(3, "456"));
        assertEquals("ANSWER_TOO_LONG", failure(run.result()));
        server.last().takes("cancel");
        assertEquals("MESSAGE_TOO_LARGE", failure(client.stream("x".repeat(2000)).result()));
        client.stream(prompt("same"));
        assertEquals("DUPLICATE_REQUEST", failure(client.stream(prompt("same")).result()));
        assertThrows(IllegalArgumentException.class, () -> AgentPrompt.of("x").requestId("x".repeat(129)));
    }

    @Test
    void shouldSayNowAndThenHowFarItHasGot() {
        begun();
        for (int seq = 2; seq <= 600; seq++) {
            server.says(chunk(seq, "x"));
        }
        assertEquals(256L, server.last().takesPayload("ack").get("seq"));
        assertEquals(512L, server.last().takesPayload("ack").get("seq"));
        assertTrue(server.last().received.isEmpty());
    }

    @Test
    void shouldFailRunsWithTheirErrorAndReportOthers() {
        AgentRun run = begun();
        server.says("{\"type\":\"error\",\"error\":\"slow down\",\"code\":\"RATE_LIMITED\",\"retryable\":true,\"inReplyTo\":\"ack\"}",
                "{\"type\":\"error\",\"error\":\"later\",\"code\":\"MODEL_UNAVAILABLE\",\"retryable\":true,\"retryAfterMs\":7,"
                        + "\"requestId\":\"r\",\"seq\":2}");
        server.time.runReady();
        AgentException failure = (AgentException) assertThrows(CompletionException.class, () -> run.result().join()).getCause();
        assertEquals("MODEL_UNAVAILABLE later true 7",
                failure.code() + " " + failure.getMessage() + " " + failure.isRetryable() + " " + failure.retryAfterMs());
        assertTrue(told.contains("RATE_LIMITED"));
    }

    @Test
    void shouldRepeatWhatTheServerWasTooBusyFor() {
        AgentRun run = begun();
        server.says(toolCall(2, "required"));
        run.approve("t", ToolDecision.APPROVED);
        run.cancel("enough");
        reconnect();
        server.last().takes("resume");
        server.last().takes("cancel");
        for (String type : List.of("resume", "cancel")) {
            server.says("{\"type\":\"error\",\"error\":\"too many\",\"code\":\"RATE_LIMITED\",\"retryable\":true,\"retryAfterMs\":70,"
                    + "\"inReplyTo\":\"" + type + "\"}");
        }
        server.time.advance(Duration.ofMillis(69));
        assertTrue(server.last().received.isEmpty());
        server.time.advance(Duration.ofMillis(1));
        server.last().takes("resume");
        server.last().takes("cancel");
        server.last().takes("tool_approval");
        assertTrue(server.last().received.isEmpty());
    }

    @Test
    void shouldPassOverWhatItDoesNotKnowAndDropAConnectionThatTalksNonsense() {
        AgentRun run = begun();
        server.says("{\"type\":\"later\",\"requestId\":\"r\"}", "{\"type\":\"later\",\"requestId\":\"r\",\"seq\":2}",
                "{\"type\":\"ping\",\"timestamp\":5}", chunk(3, "x"));
        assertEquals(5L, server.last().takes("pong").get("timestamp"));
        server.says("nonsense");
        assertEquals(ClientState.RECONNECTING, client.state());
        assertTrue(told.contains("INVALID_MESSAGE"));
        assertFalse(run.result().isDone());
    }

    @Test
    void shouldEndEverythingWhenItIsClosed() {
        AgentRun run = begun();
        client.close();
        server.time.runReady();
        client.close();
        assertEquals("CLOSED", failure(run.result()));
        assertEquals(1000, server.last().closeCode);
        assertEquals(ClientState.CLOSED, client.state());
        assertNull(server.last().received.stream().findFirst().orElse(null));
    }

    @Test
    void shouldTellTheServerOfTheTrace() {
        server.accept();
        TraceContext trace = TraceContext.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=1");
        client.stream(prompt("r").trace(trace));
        Map<String, Object> payload = server.last().takesPayload("stream");
        assertEquals(List.of(trace.traceparent(), "a=1"), List.of(payload.get("traceparent"), payload.get("tracestate")));
    }
}

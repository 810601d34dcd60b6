package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What NeuroLink's own TypeScript clients send, and what they get. The clients themselves are run by the tests in JavaScript. */
class NeuroLinkDialectTest {
    private static final String STREAM = "{\"type\":\"stream\",\"input\":{\"text\":\"hi\"}}";
    private static final String MESSAGE = "{\"type\":\"message\",\"channel\":\"c1\",\"payload\":{\"prompt\":\"hi\"}}";

    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent(
            AgentTool.of("pay", "Pays.", "{}", call -> CompletableFuture.completedStage("paid")));
    private final AgentHandler handler = AgentHandler.builder(agent).toolThreads(Runnable::run).scheduler(time)
            .clocks(time, time).serverId("s1").config(AgentHandlerConfig.builder().maxResponseChars(10).build()).build();
    private final FakeConnection connection = new FakeConnection().ownMessages().open(handler);

    NeuroLinkDialectTest() {
        connection.take();
    }

    private Map<String, Object> only() {
        List<Map<String, Object>> messages = connection.take();
        assertEquals(1, messages.size(), messages::toString);
        assertEquals(time.time(), messages.get(0).get("timestamp"));
        return messages.get(0);
    }

    @Test
    void shouldSpeakOfTextAndItsEndToTheStreamingClient() {
        connection.receive(STREAM);
        assertEquals("hi", agent.last().request.prompt());
        assertEquals(List.of(), connection.take(), "they have no word for accepted and stream_start");
        agent.last().text("Hello");
        assertEquals(Map.of("type", "text", "content", "Hello", "timestamp", time.time()), only());
        agent.last().emit(new AgentEvent.Reasoning("hm"));
        assertEquals(Map.of("type", "thinking", "thinking", "hm", "timestamp", time.time()), only());
        agent.last().subscriber.onComplete();
        Map<String, Object> done = only();
        assertEquals("done", done.get("type"));
        assertNull(done.get("content"));
        assertTrue(((Map<?, ?>) done.get("metadata")).containsKey("usage"));
    }

    @Test
    void shouldNameTheChannelAndEndWithTheWholeText() {
        connection.receive("{\"type\":\"subscribe\",\"channel\":\"c1\"}");
        connection.receive(MESSAGE);
        agent.last().text("Hel");
        agent.last().text("lo");
        assertEquals(List.of("c1", "c1"), connection.take().stream().map(event -> event.get("channel")).toList());
        agent.last().subscriber.onComplete();
        Map<String, Object> done = only();
        assertEquals("Hello", done.get("content"));
        assertEquals("c1", done.get("channel"));
    }

    @Test
    void shouldKeepNoTextThatIsTooLong() {
        connection.receive(MESSAGE);
        agent.last().text("Hello ");
        agent.last().text("world");
        agent.last().subscriber.onComplete();
        List<Map<String, Object>> events = connection.take();
        assertEquals(3, events.size());
        assertFalse(events.get(2).containsKey("content"));
    }

    @Test
    void shouldSpeakOfTools() {
        connection.receive(STREAM);
        agent.last().emit(new AgentEvent.ToolStarted("t1", "add", Map.of("a", 1)));
        Map<?, ?> call = (Map<?, ?>) only().get("toolCall");
        Map<String, Object> args = Map.of("a", 1L);
        assertEquals(Map.of("type", "tool-call", "id", "t1", "toolCallId", "t1", "toolName", "add", "args", args, "parameters", args),
                call);
        agent.last().emit(new AgentEvent.ToolFinished("t1", "add", 5, null, 3_000_000L));
        Map<?, ?> result = (Map<?, ?>) only().get("toolResult");
        assertEquals("success", result.get("status"));
        assertEquals(5L, result.get("output"));
        agent.last().emit(new AgentEvent.ToolStarted("t2", "add", Map.of()));
        agent.last().emit(new AgentEvent.ToolFinished("t2", "add", null, "a is missing", 0L));
        Map<?, ?> failed = (Map<?, ?>) connection.take().get(1).get("toolResult");
        assertEquals("failure", failed.get("status"));
        assertEquals("a is missing", failed.get("error"));
    }

    @Test
    void shouldRefuseWhatTheClientCannotApprove() {
        CompletableFuture<ToolOutcome> outcome = new CompletableFuture<>();
        connection.receive(STREAM);
        agent.last().emit(new AgentEvent.ToolRequested("t1", "pay", Map.of(), ToolApproval.REQUIRED, outcome));
        time.advance(Duration.ofMillis(20));
        time.advance(Duration.ofMillis(20));
        assertTrue(outcome.isDone(), "the agent need not wait for a client that has no word for it");
        List<Object> types = connection.take().stream().map(event -> event.get("type")).toList();
        assertEquals(List.of("tool-call", "tool-result"), types);
    }

    @ParameterizedTest
    @CsvSource({"RATE_LIMITED,429,true", "MODEL_TIMEOUT,504,true", "CONTENT_FILTERED,422,false", "MODEL_ERROR,502,false"})
    void shouldSpeakOfErrorsAsHttpDoes(ErrorCode code, long status, boolean isRetryable) {
        connection.receive(MESSAGE);
        agent.last().subscriber.onError(new AgentException(code, "why"));
        Map<String, Object> error = only();
        assertEquals("c1", error.get("channel"));
        Map<?, ?> details = (Map<?, ?>) error.get("error");
        assertEquals(code.name(), details.get("code"));
        assertEquals("why", details.get("message"));
        assertEquals(status, details.get("status"));
        assertEquals(isRetryable, details.get("retryable"));
    }

    @Test
    void shouldSayThatARequestIsRefused() {
        connection.receive("{\"type\":\"message\",\"channel\":\"c1\",\"payload\":{}}");
        Map<String, Object> error = only();
        assertEquals("c1", error.get("channel"));
        assertEquals("INVALID_PAYLOAD", ((Map<?, ?>) error.get("error")).get("code"));
        assertEquals(0, agent.runCount());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"subscribe\"}", "{\"type\":\"subscribe\",\"channel\":\"\"}", "{\"type\":\"unsubscribe\"}"})
    void shouldAskForTheNameOfAChannel(String json) {
        connection.receive(json);
        assertTrue(connection.take().get(0).toString().contains("INVALID_PAYLOAD"));
    }

    @Test
    void shouldCancelTheRunsOfAChannelThatIsLeft() {
        connection.receive(MESSAGE);
        connection.receive(MESSAGE.replace("c1", "c2"));
        connection.receive("{\"type\":\"unsubscribe\",\"channel\":\"c1\"}");
        assertTrue(agent.run(0).isCancelled);
        assertFalse(agent.run(1).isCancelled);
    }

    @Test
    void shouldEndARunWithItsConnection() {
        connection.receive(STREAM);
        connection.disconnect();
        assertTrue(agent.last().isCancelled);
    }

    @Test
    void shouldTakeWhatStandsBesideTheTypeForOptions() {
        connection.receive("{\"type\":\"stream\",\"input\":{\"text\":\"hi\"},\"model\":\"m\",\"temperature\":0.5,\"systemPrompt\":\"s\","
                + "\"sessionId\":\"s1\",\"options\":{\"seed\":7,\"other\":1}}");
        assertEquals("m", agent.last().request.options().model());
        assertEquals(0.5, agent.last().request.options().temperature());
        assertEquals("s", agent.last().request.options().systemPrompt());
        assertEquals(7L, agent.last().request.options().seed());
        assertEquals(1L, agent.last().request.options().extra().get("other"));
        assertEquals("s1", agent.last().request.sessionId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"stream\",\"requestId\":\"r\",\"input\":{\"text\":\"hi\"}}",
        "{\"type\":\"stream\",\"payload\":{\"input\":{\"text\":\"hi\"}}}", "{\"type\":\"stream\",\"prompt\":\"hi\"}"})
    void shouldSpeakTheAgentProtocolToEveryoneElse(String json) {
        connection.receive(json);
        assertEquals(List.of("accepted", "stream_start"), connection.take().stream().map(event -> event.get("type")).toList());
    }

    @Test
    void shouldKeepWhatIsNotAboutARun() {
        connection.receive(STREAM);
        connection.receive("{\"type\":\"ping\",\"timestamp\":5}");
        assertEquals(List.of(Map.of("type", "pong", "timestamp", 5L)), connection.take());
        connection.receive("{\"type\":\"generate\",\"requestId\":\"g\",\"payload\":{\"prompt\":\"whole\"}}");
        agent.last().text("all");
        agent.last().subscriber.onComplete();
        assertEquals("response", connection.take().get(0).get("type"));
        connection.receive("{\"type\":\"dance\"}");
        assertEquals("UNKNOWN_TYPE", ((Map<?, ?>) only().get("error")).get("code"));
    }
}

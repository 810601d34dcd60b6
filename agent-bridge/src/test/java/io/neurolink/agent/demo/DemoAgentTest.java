package io.neurolink.agent.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentProvider;
import io.neurolink.agent.spi.AgentSettings;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The demo agent as scripts see it. */
class DemoAgentTest {
    private final ManualTime time = new ManualTime();
    private final Agent agent = AgentProvider.named("demo").create(AgentSettings.of(time));
    private final AgentHandler handler = AgentHandler.builder(agent)
            .scheduler(time).clocks(time, time).build();
    private final FakeConnection connection = new FakeConnection().marks(100_000, 1_000_000).open(handler);

    /** Id of the run that was started last. */
    private String run = "r";

    private void stream(String prompt, String options) {
        run += "+";
        connection.receive("{\"type\":\"stream\",\"requestId\":\"" + run + "\",\"payload\":{\"prompt\":\"" + prompt
                + "\",\"options\":" + options + "}}");
    }

    private List<Object> chunks() {
        return connection.ofRun(run).stream().filter(event -> event.get("type").equals("chunk"))
                .map(event -> event.get("content")).toList();
    }

    private Map<String, Object> last() {
        List<Map<String, Object>> events = connection.ofRun(run);
        return events.get(events.size() - 1);
    }

    private Object tool(String name, String args) {
        run += "+";
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"" + run + "\",\"payload\":{\"toolName\":\"" + name
                + "\",\"args\":" + args + "}}");
        time.advance(Duration.ofSeconds(10));
        Map<String, Object> result = connection.ofRun(run).get(0);
        return result.containsKey("result") ? result.get("result") : result.get("code");
    }

    @Test
    void shouldAnswerWordByWordEveryTwentyMilliseconds() {
        stream("hello big  world", "{}");
        assertEquals(List.of("You "), chunks());
        time.advance(Duration.ofMillis(19));
        assertEquals(1, chunks().size());
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of("You ", "said: "), chunks());
        time.advance(Duration.ofMillis(60));
        assertEquals(List.of("You ", "said: ", "hello ", "big  ", "world"), chunks());
        assertEquals("stream_complete", last().get("type"));
        assertEquals("stop", last().get("finishReason"));
        assertEquals(Map.of("inputTokens", 3L, "outputTokens", 5L, "totalTokens", 8L), last().get("usage"));
        assertEquals(Map.of("queuedMs", 0L, "ttftMs", 0L, "totalMs", 80L), last().get("timing"));
    }

    @Test
    void shouldKeepEveryWhiteSpaceOfThePrompt() {
        stream("  a\\n\\tb ", "{\"delayMs\":0}");
        assertEquals(List.of("You ", "said:   ", "a\n\t", "b "), chunks());
        connection.take();
        stream("", "{\"delayMs\":0}");
        assertEquals(List.of("You ", "said: "), chunks());
    }

    @Test
    void shouldAnswerGenerate() {
        connection.receive("{\"type\":\"generate\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"hi\",\"options\":{\"delayMs\":0}}}");
        assertEquals("You said: hi", last().get("content"));
        assertEquals("You said: hi", last().get("data"));
    }

    @Test
    void shouldMakeUpWords() {
        stream("p", "{\"words\":3,\"delayMs\":5}");
        time.advance(Duration.ofMillis(10));
        assertEquals(List.of("w1 ", "w2 ", "w3"), chunks());
        assertEquals("stream_complete", last().get("type"));
        connection.take();
        stream("p", "{\"words\":0}");
        assertEquals(List.of(), chunks());
        assertEquals("stream_complete", last().get("type"));
    }

    @Test
    void shouldMakeUpManyWordsWithoutHoldingTheThread() {
        stream("p", "{\"words\":5000,\"delayMs\":0}");
        assertTrue(chunks().size() < 5000, "handed over after some turns");
        time.runReady();
        assertEquals(5000, chunks().size());
        assertEquals("stream_complete", last().get("type"));
    }

    @Test
    void shouldFailAfterTheFirstWord() {
        stream("a b", "{\"fail\":\"RATE_LIMITED\"}");
        assertEquals(List.of("You "), chunks());
        time.advance(Duration.ofMillis(20));
        assertEquals(List.of("You "), chunks());
        assertEquals("error", last().get("type"));
        assertEquals("RATE_LIMITED", last().get("code"));
        assertEquals(true, last().get("retryable"));
        connection.take();
        stream("a b", "{\"words\":1,\"fail\":\"SOMETHING\",\"delayMs\":0}");
        assertEquals(List.of("w1"), chunks());
        assertEquals("SOMETHING", last().get("code"));
        assertEquals(false, last().get("retryable"));
    }

    @Test
    void shouldCallAToolBeforeItAnswers() {
        stream("p", "{\"delayMs\":0,\"tool\":{\"toolName\":\"sleep\",\"args\":{\"ms\":50}}}");
        List<Map<String, Object>> events = connection.ofRun(run);
        assertEquals("tool_call", events.get(2).get("type"));
        assertEquals("sleep", events.get(2).get("toolName"));
        assertEquals(Map.of("ms", 50L), events.get(2).get("args"));
        assertEquals(3, events.size());
        time.advance(Duration.ofMillis(50));
        events = connection.ofRun(run);
        assertEquals("tool_result", events.get(3).get("type"));
        assertEquals(events.get(2).get("toolCallId"), events.get(3).get("toolCallId"));
        assertEquals(List.of("You ", "said: ", "p"), chunks());
    }

    @Test
    void shouldGoOnAfterAToolThatFailed() {
        stream("p", "{\"delayMs\":0,\"tool\":{\"toolName\":\"add\",\"args\":{\"a\":1}}}");
        assertEquals("args.b must be a number", connection.ofRun(run).get(3).get("error"));
        assertEquals("stream_complete", last().get("type"));
    }

    @Test
    void shouldStopItsTimersWhenCancelled() {
        stream("a b c d", "{\"delayMs\":1000}");
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"" + run + "\"}}");
        assertEquals("cancelled", last().get("type"));
        assertEquals(true, last().get("upstreamClosed"));
        assertEquals(1, time.armedCount(), "only that the run is to be forgotten some time");
        connection.take();
        stream("p", "{\"tool\":{\"toolName\":\"sleep\",\"args\":{\"ms\":5000}}}");
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"" + run + "\"}}");
        assertEquals(List.of("accepted", "stream_start", "tool_call", "tool_result", "cancelled"),
                connection.ofRun(run).stream().map(event -> event.get("type")).toList());
        assertEquals(1, time.armedCount());
    }

    @Test
    void shouldWaitForASlowViewer() {
        FakeConnection slow = new FakeConnection().marks(300, 200_000).open(handler);
        slow.stopReading();
        slow.receive("""
                {"type":"stream","requestId":"s","payload":{"prompt":"p","options":{"words":100000,"delayMs":0}}}""");
        time.advance(Duration.ofSeconds(1));
        assertTrue(slow.peakBuffered() < 1000, () -> "buffered " + slow.peakBuffered());
        slow.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"s\"}}");
        slow.readAll();
        List<Map<String, Object>> events = slow.ofRun("s");
        assertEquals("cancelled", events.get(events.size() - 1).get("type"));
        long joined = (Long) events.get(events.size() - 2).get("n");
        assertTrue(joined > 1000 && joined < 5000, () -> "joined " + joined);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"delayMs\":-1}|INVALID_PAYLOAD|options.delayMs must be a whole number from 0 to 3600000",
        "{\"words\":\"many\"}|INVALID_PAYLOAD|options.words must be a whole number from 0 to 9223372036854775807",
        "{\"fail\":1}|INVALID_PAYLOAD|options.fail must be a string",
        "{\"tool\":1}|INVALID_PAYLOAD|options.tool must be an object with toolName and args",
        "{\"tool\":{\"toolName\":\"none\"}}|TOOL_NOT_FOUND|Tool not found: none",
        "{\"tool\":{\"toolName\":\"echo\",\"approval\":\"required\"}}|INVALID_PAYLOAD|options.tool.approval must be \"auto\""})
    void shouldRefuseOptionsThatMakeNoSense(String options, String code, String text) {
        stream("p", options);
        assertEquals(code, last().get("code"));
        assertEquals(text, last().get("error"));
    }

    @Test
    void shouldOfferItsTools() {
        assertEquals(Map.of("a", List.of(1L, "x")), tool("echo", "{\"a\":[1,\"x\"]}"));
        assertEquals("text", tool("echo", "\"text\""));
        assertEquals(5L, tool("add", "{\"a\":2,\"b\":3}"));
        assertEquals(2.5, tool("add", "{\"a\":2,\"b\":0.5}"));
        assertEquals(9.223372036854775807e18, tool("add", "{\"a\":9223372036854775807,\"b\":1}"));
        assertEquals("TOOL_FAILED", tool("add", "{\"a\":1e308,\"b\":1e308}"));
        assertEquals("INVALID_PAYLOAD", tool("add", "{\"a\":\"1\",\"b\":2}"));
        Instant told = Instant.parse((String) tool("clock", "{}"));
        assertTrue(Duration.between(told, Instant.now()).abs().toMinutes() < 5);
        assertEquals(Map.of("sleptMs", 30L), tool("sleep", "{\"ms\":30}"));
        assertEquals("INVALID_PAYLOAD", tool("sleep", "{\"ms\":-1}"));
        assertEquals("INVALID_PAYLOAD", tool("sleep", "{}"));
    }
}

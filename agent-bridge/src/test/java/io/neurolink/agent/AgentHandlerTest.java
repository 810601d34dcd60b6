package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.demo.DemoAgent;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AgentHandlerTest {
    private final ManualTime time = new ManualTime();
    private final AgentHandler handler = AgentHandler.builder(new DemoAgent(time)).scheduler(time).clocks(time, time).build();
    private final FakeConnection connection = new FakeConnection().open(handler);

    @Test
    void shouldStreamTheAnswerOfTheDemoAgentWordByWord() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r1\",\"payload\":{\"prompt\":\"hello big world\"}}");
        time.advance(Duration.ofSeconds(1));

        List<Map<String, Object>> events = connection.ofRun("r1");
        assertEquals(List.of("accepted", "stream_start", "chunk", "chunk", "chunk", "chunk", "chunk", "stream_complete"),
                events.stream().map(event -> event.get("type")).toList());
        assertEquals(List.of("You ", "said: ", "hello ", "big ", "world"),
                events.stream().filter(event -> event.get("type").equals("chunk")).map(event -> event.get("content")).toList());
        for (int i = 0; i < events.size(); i++) {
            assertEquals((long) i, events.get(i).get("seq"));
        }
        assertEquals("stop", events.get(7).get("finishReason"));
        assertEquals(Map.of("inputTokens", 3L, "outputTokens", 5L, "totalTokens", 8L), events.get(7).get("usage"));
        assertEquals(Map.of("queuedMs", 0L, "ttftMs", 0L, "totalMs", 80L), events.get(7).get("timing"));
        assertEquals(0, time.armedCount());
    }

    @Test
    void shouldAnswerGenerateWithOneResponse() {
        connection.receive("{\"type\":\"generate\",\"requestId\":\"r1\",\"payload\":{\"prompt\":\"hello\"}}");
        time.advance(Duration.ofSeconds(1));

        List<Map<String, Object>> events = connection.ofRun("r1");
        assertEquals(1, events.size());
        assertEquals("response", events.get(0).get("type"));
        assertEquals("You said: hello", events.get(0).get("content"));
        assertEquals("You said: hello", events.get(0).get("data"));
        assertEquals(1L, events.get(0).get("seq"));
    }

    @Test
    void shouldSayConnectedFirst() {
        Map<String, Object> connected = connection.messages().get(0);
        assertEquals("connected", connected.get("type"));
        assertEquals(connection.id(), connected.get("connectionId"));
        assertEquals(time.time(), connected.get("timestamp"));
        assertEquals(1L, connected.get("protocol"));
        assertEquals(30_000L, connected.get("heartbeatMs"));
        assertEquals(Map.of("maxMessageBytes", 1_048_576L, "maxConcurrentRuns", 16L), connected.get("limits"));
        assertTrue(((String) connected.get("epoch")).length() >= 22);
    }
}

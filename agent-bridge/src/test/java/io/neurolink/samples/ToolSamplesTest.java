package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.CancellationSource;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.agent.support.TestClient;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Runs the samples of the chapter on tools. */
class ToolSamplesTest {
    private static final Path SOURCE = Path.of("src/test/java/io/neurolink/samples/ToolSamples.java");

    private static List<Map<String, Object>> conversation(boolean isApproved) throws Exception {
        WebSocketConnectionManager manager = new WebSocketConnectionManager(WebSocketConfig.builder().build());
        ToolSamples.travel(manager);
        try (var server = NeuroLinkServer.builder().port(0).webSocket(manager).build().start();
             var client = new TestClient(server.port(), "/ws/agent")) {
            client.send("{\"type\":\"stream\",\"payload\":{\"prompt\":\"Rome\"}}");
            client.until("tool_result");
            List<Map<String, Object>> asked = client.until("tool_call");
            Object id = asked.get(asked.size() - 1).get("toolCallId");
            client.send("{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"" + id + "\",\"approved\":" + isApproved + "}}");
            asked.addAll(client.until("stream_complete"));
            return asked;
        }
    }

    private static String text(List<Map<String, Object>> events) {
        return events.stream().filter(event -> event.get("type").equals("chunk")).map(event -> (String) event.get("content"))
                .collect(Collectors.joining());
    }

    @Test
    void shouldTravelWithApprovalOnly() throws Exception {
        assertEquals("I see blue sky over Rome. Booked: 7 days in Rome", text(conversation(true)));
        assertEquals("I see blue sky over Rome. Not booked: The call was refused", text(conversation(false)));
    }

    @Test
    void shouldBeAnAgentInTwentyLines() throws Exception {
        List<String> lines = Files.readAllLines(SOURCE);
        int begin = lines.indexOf("    static void travel(WebSocketConnectionManager manager) {");
        assertTrue(lines.subList(begin, lines.size()).indexOf("    }") - 1 <= 20, "lines of the body");
    }

    @Test
    void shouldUseAnnotatedMethodsAndToolsOfClients() throws Exception {
        AgentTool tool = ToolSamples.annotated(Agent.of("a", (request, sink) -> { })).tools().get(0);
        assertEquals("blue sky over Oslo", tool.call(new ToolCall("c", Map.of("city", "Oslo"), null, new CancellationSource()))
                .toCompletableFuture().get(60, TimeUnit.SECONDS));
        assertEquals(ToolApproval.CLIENT, ToolSamples.clientTool().approval());
    }
}

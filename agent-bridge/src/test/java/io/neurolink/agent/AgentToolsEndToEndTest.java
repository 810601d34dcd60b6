package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.support.TestClient;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tools with approval and tools of clients, over real sockets, with an agent that blocks while it waits for them. */
class AgentToolsEndToEndTest {
    private static final long TIMEOUT_SECONDS = 60;

    private final List<AutoCloseable> closeables = new ArrayList<>();
    private final AtomicInteger deleted = new AtomicInteger();
    private final CountDownLatch working = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private NeuroLinkServer server;

    /** Calls the tool that the prompt names, and says what came of it. */
    private final class Caller implements Agent {
        private final Agent body = Agent.of("caller", (request, sink) -> {
            ToolOutcome outcome = sink.callTool(request.prompt(), Map.of("file", "x"));
            sink.text(outcome.isFailed() ? "failed: " + outcome.error() : "got: " + outcome.result());
        });

        @Override
        public String name() {
            return "caller";
        }

        @Override
        public List<AgentTool> tools() {
            return List.of(
                    AgentTool.named("delete").string("file", "Which one.").approval(ToolApproval.REQUIRED)
                            .blocking(call -> call.string("file") + " deleted " + deleted.incrementAndGet()),
                    AgentTool.named("hang").blocking(call -> {
                        working.countDown();
                        try {
                            return new CountDownLatch(1).await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
                        } catch (InterruptedException e) {
                            interrupted.countDown();
                            throw e;
                        }
                    }));
        }

        @Override
        public Flow.Publisher<AgentEvent> run(AgentRequest request) {
            return body.run(request);
        }
    }

    @BeforeEach
    void serve() throws IOException {
        WebSocketConnectionManager manager = new WebSocketConnectionManager(WebSocketConfig.builder().build());
        AgentHandler handler = AgentHandler.create(new Caller());
        manager.registerHandler("/ws", handler);
        server = NeuroLinkServer.builder().port(0).webSocket(manager).eventLoops(1).workers(2).build().start();
        closeables.add(server);
        closeables.add(handler);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    private TestClient connect() throws InterruptedException {
        TestClient client = new TestClient(server.port(), "/ws");
        closeables.add(0, client);
        assertEquals("connected", client.next().get("type"));
        return client;
    }

    private static Map<String, Object> lastOf(List<Map<String, Object>> events) {
        return events.get(events.size() - 1);
    }

    private static String text(List<Map<String, Object>> events) {
        return (String) events.stream().filter(event -> event.get("type").equals("chunk")).findFirst().orElseThrow().get("content");
    }

    @Test
    void shouldRunOnceWhatTheSecondTabApprovesAfterTheFirstWasCut() throws Exception {
        TestClient first = connect();
        first.send("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"delete\"}}");
        Map<String, Object> asked = lastOf(first.until("tool_call"));
        first.close();
        TestClient second = connect();
        second.send("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":" + asked.get("seq") + "}}");
        assertEquals(asked, lastOf(second.until("tool_call")));
        String approval = "{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"" + asked.get("toolCallId") + "\",\"approved\":true}}";
        second.send(approval);
        second.send(approval);
        List<Map<String, Object>> events = second.until("stream_complete");
        assertEquals("x deleted 1", events.get(0).get("result"));
        assertEquals("got: x deleted 1", text(events));
        assertEquals(1, deleted.get());
    }

    @Test
    void shouldHaveTheClientRunItsTool() throws Exception {
        TestClient client = connect();
        client.send("""
                {"type":"stream","requestId":"r","payload":{"prompt":"where",
                "tools":[{"name":"where","description":"Tells the position."}]}}""");
        Map<String, Object> asked = lastOf(client.until("tool_call"));
        assertEquals("client", asked.get("approval"));
        assertEquals(Map.of("file", "x"), asked.get("args"));
        client.send("{\"type\":\"tool_result\",\"payload\":{\"toolCallId\":\"" + asked.get("toolCallId") + "\",\"result\":\"here\"}}");
        assertEquals("got: here", text(client.until("stream_complete")));
    }

    @Test
    void shouldTellTheAgentWhyNot() throws Exception {
        TestClient client = connect();
        client.send("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"delete\"}}");
        Map<String, Object> asked = lastOf(client.until("tool_call"));
        client.send("{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"" + asked.get("toolCallId")
                + "\",\"approved\":false,\"reason\":\"keep it\"}}");
        assertEquals("failed: The call was refused: keep it", text(client.until("stream_complete")));
        assertEquals(0, deleted.get());
    }

    @Test
    void shouldInterruptAToolThatIsAtWorkWhenTheRunIsCancelled() throws Exception {
        TestClient client = connect();
        client.send("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"hang\"}}");
        client.until("tool_call");
        assertTrue(working.await(TIMEOUT_SECONDS, TimeUnit.SECONDS));
        client.send("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        List<Map<String, Object>> events = client.until("cancelled");
        assertEquals("The run ended before the tool did", events.get(0).get("error"));
        assertEquals(true, lastOf(events).get("upstreamClosed"));
        assertTrue(interrupted.await(TIMEOUT_SECONDS, TimeUnit.SECONDS));
    }
}

package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.mcp.client.transport.stdio.StdioMcpTransport;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.CancellationSource;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.engine.spi.TraceContext;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** MCP servers as sources of tools: a process, and one behind HTTP. */
class McpToolsTest {
    private static final long TIMEOUT_SECONDS = 60;

    private final List<AutoCloseable> closeables = new ArrayList<>();
    private final McpTestServer behindHttp = new McpTestServer();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    private McpTools process() {
        return opened(McpTools.connect(McpTestServer.command(), Map.of("MODE", "test")));
    }

    private McpTools http() throws IOException {
        HttpServer server = behindHttp.serve();
        closeables.add(() -> server.stop(0));
        URI url = URI.create("http://localhost:" + server.getAddress().getPort() + "/mcp");
        return opened(McpTools.connect(url, Map.of("Authorization", "Bearer t")));
    }

    private McpTools opened(McpTools tools) {
        closeables.add(0, tools);
        return tools;
    }

    private static Object call(McpTools source, String name, Map<String, Object> args) throws Exception {
        return begin(source, name, args, new CancellationSource()).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private static CompletableFuture<?> begin(McpTools source, String name, Map<String, Object> args, CancellationSource cancellation) {
        AgentTool tool = source.tools().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        return tool.call(new ToolCall("c", args, null, cancellation)).toCompletableFuture();
    }

    private static AgentException failure(McpTools source, String name) {
        ExecutionException error = assertThrows(ExecutionException.class, () -> call(source, name, Map.of("text", "x")));
        return (AgentException) error.getCause();
    }

    private static void checkTools(McpTools source) throws Exception {
        AgentTool shout = source.tools().get(0);
        assertEquals("shout", shout.name());
        assertEquals("Does shout.", shout.description());
        Map<?, ?> schema = (Map<?, ?>) ToolJson.read(shout.inputSchema());
        assertEquals(List.of("text"), schema.get("required"));
        assertEquals("string", ((Map<?, ?>) ((Map<?, ?>) schema.get("properties")).get("text")).get("type"));
        assertEquals("mcp_shout", source.tools("mcp_").get(0).name());

        assertEquals("HELLO", call(source, "shout", Map.of("text", "hello")));
        assertEquals(Map.of("a", List.of(1, 2)), call(source, "structure", Map.of("text", "x")));
        assertEquals(List.of(Map.of("type", "text", "text", "look"), Map.of("type", "image", "mimeType", "image/png", "data", "AAAA")),
                call(source, "picture", Map.of("text", "x")));
        assertEquals("it broke", failure(source, "fail").getMessage());
        assertEquals("TOOL_FAILED", failure(source, "fail").code());
        assertEquals("text is too loud", failure(source, "refuse").getMessage());
        assertEquals("INVALID_PAYLOAD", failure(source, "refuse").code());
    }

    @Test
    void shouldServeTheToolsOfAProcess() throws Exception {
        checkTools(process());
    }

    @Test
    void shouldServeTheToolsOfAServerBehindHttp() throws Exception {
        checkTools(http());
        assertTrue(behindHttp.authorizations.stream().allMatch("Bearer t"::equals));
    }

    @Test
    void shouldTellTheServerOfTheTraceOfACall() throws Exception {
        McpTools source = http();
        AgentTool shout = source.tools().get(0);
        TraceContext trace = TraceContext.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", null);
        shout.call(new ToolCall("c", Map.of("text", "x"), null, new CancellationSource(), trace)).toCompletableFuture()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertEquals("X", call(source, "shout", Map.of("text", "x")));
        assertEquals(List.of(trace.traceparent()), List.copyOf(behindHttp.traces));
    }

    @Test
    void shouldCancelACallAtTheServerToo() throws Exception {
        McpTools source = process();
        CancellationSource cancellation = new CancellationSource();
        CompletableFuture<?> hanging = begin(source, "hang", Map.of("text", "x"), cancellation);
        awaitCall(source, "hanging");
        assertEquals("0", call(source, "cancelled", Map.of()));
        cancellation.cancel();
        assertTrue(hanging.isCancelled());
        awaitCall(source, "cancelled");
    }

    /** Asks again and again until the server has had a call that hangs, or was cancelled. */
    private static void awaitCall(McpTools source, String what) throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (call(source, what, Map.of()).equals("0")) {
            assertTrue(System.nanoTime() < deadlineNs, () -> "the server heard of none that was " + what);
        }
    }

    @Test
    void shouldEndTheProcessWhenItIsClosed() throws Exception {
        StdioMcpTransport transport = StdioMcpTransport.builder().command(McpTestServer.command()).build();
        McpTools source = McpTools.connect(transport);
        CompletableFuture<?> hanging = begin(source, "hang", Map.of("text", "x"), new CancellationSource());
        awaitCall(source, "hanging");
        source.close();
        assertTrue(transport.getProcess().onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS) != null);
        assertThrows(CompletionException.class, () -> hanging.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join());
        assertFalse(hanging.isCompletedExceptionally() && isTimeout(hanging), "the call hears of the end of the process");
    }

    private static boolean isTimeout(CompletableFuture<?> future) {
        return future.handle((value, error) -> error instanceof TimeoutException).join();
    }

    @Test
    void shouldSayWhenThereIsNoServer() {
        String message = assertThrows(IllegalStateException.class,
                () -> McpTools.connect(List.of("/no/such/program"), Map.of())).getMessage();
        assertTrue(message.startsWith("the MCP server does not answer: "), message);
    }
}

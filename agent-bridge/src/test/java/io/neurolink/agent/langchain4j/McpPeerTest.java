package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.CancellationSource;
import io.neurolink.agent.spi.ToolCall;
import java.io.BufferedReader;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** MCP servers that others wrote, from npm: {@code npm ci} in {@code src/test/mcp}, then {@code -Dneurolink.mcp.peers=src/test/mcp}. */
@EnabledIfSystemProperty(named = "neurolink.mcp.peers", matches = ".+")
class McpPeerTest {
    private static final long TIMEOUT_SECONDS = 60;

    private static String script(String server) {
        return Path.of(System.getProperty("neurolink.mcp.peers"), "node_modules/@modelcontextprotocol", server, "dist/index.js")
                .toAbsolutePath().toString();
    }

    private static Object call(McpTools source, String name, Map<String, Object> args) throws Exception {
        AgentTool tool = source.tools().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        return tool.call(new ToolCall("c", args, null, new CancellationSource())).toCompletableFuture()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private static void useEverything(McpTools everything) throws Exception {
        List<AgentTool> tools = everything.tools();
        assertTrue(tools.size() >= 10, tools::toString);
        tools.forEach(tool -> assertEquals(tool.name(), ToolSpecs.of(tool).name()));
        assertEquals("Echo: hello", call(everything, "echo", Map.of("message", "hello")));
        assertEquals("The sum of 2 and 3 is 5.", call(everything, "get-sum", Map.of("a", 2, "b", 3)));
        Object structured = call(everything, "get-structured-content", Map.of("location", "Chicago"));
        assertTrue(structured instanceof Map<?, ?> weather && weather.keySet().equals(Set.of("temperature", "conditions", "humidity")),
                () -> "was " + structured);
        Object image = call(everything, "get-tiny-image", Map.of());
        assertTrue(image instanceof List<?> parts && parts.stream().anyMatch(part -> "image".equals(((Map<?, ?>) part).get("type"))));
        ExecutionException refused = assertThrows(ExecutionException.class, () -> call(everything, "get-sum", Map.of("a", "x")));
        assertTrue(refused.getCause().getMessage().contains("expected number"), refused.getCause().getMessage());
    }

    @Test
    void shouldUseTheReferenceServerAsAProcess() throws Exception {
        try (McpTools everything = McpTools.connect(List.of("node", script("server-everything"), "stdio"), Map.of())) {
            useEverything(everything);
        }
    }

    @Test
    void shouldUseTheReferenceServerOverHttp() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        ProcessBuilder builder = new ProcessBuilder("node", script("server-everything"), "streamableHttp").redirectErrorStream(true);
        builder.environment().put("PORT", String.valueOf(port));
        Process process = builder.start();
        try (BufferedReader lines = process.inputReader()) {
            String line = lines.readLine();
            while (line != null && !line.contains("listening")) {
                line = lines.readLine();
            }
            try (McpTools everything = McpTools.connect(URI.create("http://localhost:" + port + "/mcp"), Map.of())) {
                useEverything(everything);
            }
        } finally {
            process.destroy();
        }
    }

    @Test
    void shouldUseTheFileServer(@TempDir Path directory) throws Exception {
        Path root = directory.toRealPath();
        Files.writeString(root.resolve("a.txt"), "what is in it");
        try (McpTools files = McpTools.connect(List.of("node", script("server-filesystem"), root.toString()), Map.of())) {
            Set<String> names = files.tools("fs_").stream().map(AgentTool::name).collect(Collectors.toSet());
            assertTrue(names.contains("fs_read_text_file"), names::toString);
            assertTrue(String.valueOf(call(files, "read_text_file", Map.of("path", root.resolve("a.txt").toString())))
                    .contains("what is in it"));
            ExecutionException outside = assertThrows(ExecutionException.class,
                    () -> call(files, "read_text_file", Map.of("path", "/etc/passwd")));
            assertTrue(outside.getCause().getMessage().contains("Access denied"), outside.getCause().getMessage());
        }
    }
}

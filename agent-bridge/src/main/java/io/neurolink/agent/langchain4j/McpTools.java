package io.neurolink.agent.langchain4j;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.ToolArgumentsException;
import dev.langchain4j.exception.ToolExecutionException;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.McpCallContext;
import dev.langchain4j.mcp.client.McpClient;
import dev.langchain4j.mcp.client.McpClientListener;
import dev.langchain4j.mcp.client.transport.McpTransport;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import dev.langchain4j.mcp.client.transport.stdio.StdioMcpTransport;
import dev.langchain4j.mcp.protocol.McpCancellationNotification;
import dev.langchain4j.service.tool.ToolExecutionResult;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.engine.spi.TraceContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * The tools of an MCP server, as tools of an agent. A connection serves any number of calls at once:
 * <pre>{@code
 * try (McpTools files = McpTools.connect(List.of("npx", "-y", "@modelcontextprotocol/server-filesystem", "/data"), Map.of())) {
 *     List<AgentTool> tools = files.tools();
 * }
 * }</pre>
 *
 * <p>A call that is cancelled or out of time is cancelled at the server as well. What the server reports as an error fails the call with
 * {@code TOOL_FAILED}; arguments that it refuses, with {@code INVALID_PAYLOAD}. Results that are text are a String, structured ones their
 * JSON value, and others (images, resources) the list of content objects that the server sent.
 *
 * <p>A call that belongs to a distributed trace says so in {@code _meta}, as {@code traceparent} and {@code tracestate}.
 *
 * <p>A server that is a process reads and writes in the default charset of this JVM: UTF-8 from JDK 18 on, before as the system has it.
 */
public final class McpTools implements AutoCloseable {
    private final McpClient client;
    private final McpTransport transport;
    /** The id of the request that is on its way, as the thread that executes it knows it. */
    private final ThreadLocal<Long> operationId;
    private final ThreadLocal<TraceContext> trace;

    private McpTools(McpClient client, McpTransport transport, ThreadLocal<Long> operationId, ThreadLocal<TraceContext> trace) {
        this.client = client;
        this.transport = transport;
        this.operationId = operationId;
        this.trace = trace;
    }

    /**
     * Starts a server as a process and speaks with it over its standard input and output. Blocks until the server has answered, at most 30
     * seconds.
     *
     * @param command     program and arguments.
     * @param environment variables to set beside those of this process.
     * @return the connection; closing it ends the process.
     * @throws IllegalStateException if the server does not start or does not speak MCP.
     */
    public static McpTools connect(List<String> command, Map<String, String> environment) {
        return connect(StdioMcpTransport.builder().command(command).environment(environment).build());
    }

    /**
     * Connects to a server that is reached by streamable HTTP. Blocks until the server has answered, at most 30 seconds.
     *
     * @param url     its end point.
     * @param headers headers to send with each request, such as {@code Authorization}.
     * @return the connection.
     * @throws IllegalStateException if the server cannot be reached or does not speak MCP.
     */
    public static McpTools connect(URI url, Map<String, String> headers) {
        return connect(StreamableHttpMcpTransport.builder().url(url.toString()).customHeaders(headers)
                .timeout(Duration.ofSeconds(30)).build());
    }

    /**
     * Connects over a transport that was made elsewhere, with LangChain4j's own options.
     *
     * @param transport the transport; belongs to the connection from now on.
     * @return the connection.
     * @throws IllegalStateException if the server does not answer as it should.
     */
    public static McpTools connect(McpTransport transport) {
        ThreadLocal<Long> operationId = new ThreadLocal<>();
        ThreadLocal<TraceContext> trace = new ThreadLocal<>();
        try {
            // Time is kept by the caller of a tool: this client would report a call that is out of time as a success.
            McpClient client = DefaultMcpClient.builder().transport(transport).clientName("neurolink").toolExecutionTimeout(Duration.ZERO)
                    .autoHealthCheck(false).toolResultExtractor(McpTools::extract).addListener(new OperationIds(operationId))
                    .metaSupplier(context -> trace.get() == null ? Map.of() : Map.copyOf(trace.get().headers())).build();
            return new McpTools(client, transport, operationId, trace);
        } catch (RuntimeException e) {
            close(transport);
            throw new IllegalStateException("the MCP server does not answer: " + rootMessage(e), e);
        }
    }

    private static String rootMessage(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    private static void close(McpTransport transport) {
        try {
            transport.close();
        } catch (IOException | RuntimeException e) {
            // It has failed already; that is what the caller hears.
        }
    }

    /**
     * Asks the server for its tools, unless it is known that they have not changed. Blocks.
     *
     * @return a tool for each of them, by the name it has there.
     */
    public List<AgentTool> tools() {
        return tools("");
    }

    /**
     * Asks the server for its tools, to be used beside those of others. Blocks.
     *
     * @param prefix what their names get in front, so that those of several servers differ.
     * @return a tool for each of them.
     */
    public List<AgentTool> tools(String prefix) {
        return client.listTools().stream().map(specification -> tool(prefix, specification)).toList();
    }

    private AgentTool tool(String prefix, ToolSpecification specification) {
        String description = specification.description() == null ? "" : specification.description();
        return AgentTool.blocking(prefix + specification.name(), description, ToolSpecs.inputSchema(specification),
                call -> execute(specification.name(), call));
    }

    private Object execute(String name, ToolCall call) {
        ToolExecutionRequest request = ToolExecutionRequest.builder().id(call.toolCallId()).name(name)
                .arguments(ToolJson.write(call.arguments())).build();
        trace.set(call.trace());
        try {
            ToolExecutionResult result = client.executeTool(request);
            return result.result() == null ? result.resultText() : result.result();
        } catch (ToolArgumentsException e) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, messageOf(e));
        } catch (ToolExecutionException e) {
            throw new AgentException(ErrorCode.TOOL_FAILED, messageOf(e));
        } catch (RuntimeException e) {
            cancelAtServer(call);
            throw e;
        } finally {
            operationId.remove();
            trace.remove();
        }
    }

    private void cancelAtServer(ToolCall call) {
        Long id = operationId.get();
        if (call.cancellation().isCancelled() && id != null) {
            // The interrupt has done its work; it must not keep the message from leaving.
            Thread.interrupted();
            transport.executeOperationWithoutResponse(new McpCancellationNotification(id, "cancelled"));
        }
    }

    private static String messageOf(RuntimeException error) {
        return error.getMessage() == null || error.getMessage().isEmpty() ? "The MCP server reported an error" : error.getMessage();
    }

    private static ToolExecutionResult extract(JsonNode content, boolean isError) {
        boolean isText = StreamSupport.stream(content.spliterator(), false).allMatch(item -> item.path("type").asText().equals("text"));
        ToolExecutionResult.Builder result = ToolExecutionResult.builder().isError(isError);
        if (isText) {
            return result.resultText(StreamSupport.stream(content.spliterator(), false).map(item -> item.path("text").asText())
                    .collect(Collectors.joining("\n"))).build();
        }
        return result.result(ToolJson.read(content.toString())).resultText(content.toString()).build();
    }

    /** Closes the connection; a server that is a process ends. Calls that are under way fail. */
    @Override
    public void close() {
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Remembers the id of each request on the thread that sends it. */
    private record OperationIds(ThreadLocal<Long> current) implements McpClientListener {
        @Override
        public void beforeExecuteTool(McpCallContext context) {
            current.set(context.message().getId());
        }
    }
}

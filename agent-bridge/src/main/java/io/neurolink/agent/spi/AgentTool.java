package io.neurolink.agent.spi;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Something an agent can do besides talking, and that clients may call directly. One tool serves many calls at once.
 *
 * <p>The shortest one:
 * <pre>{@code
 * AgentTool forecast = AgentTool.named("forecast")
 *         .description("Tells the weather of a city.")
 *         .string("city", "Name of the city.")
 *         .blocking(call -> weather.of(call.string("city")));
 * }</pre>
 */
public interface AgentTool {
    /** {@return unique name within the agent} Any thread; must not block. */
    String name();

    /** {@return one sentence that tells a model when to use it} Any thread; must not block. */
    String description();

    /** {@return JSON schema of the arguments, as JSON text} Any thread; must not block. */
    String inputSchema();

    /** {@return who decides whether a call that an agent asks for runs} Any thread; must not block. */
    default ToolApproval approval() {
        return ToolApproval.AUTO;
    }

    /**
     * {@return time a call has for its result, not counting that in which it waits for approval; more than zero, or null = what the handler
     * is configured to give every tool} Any thread; must not block.
     */
    default Duration timeout() {
        return null;
    }

    /**
     * The same tool with another rule of approval.
     *
     * @param approval who decides whether it runs.
     * @return a view of this tool.
     */
    default AgentTool withApproval(ToolApproval approval) {
        return new AdjustedTool(this, approval, timeout());
    }

    /**
     * The same tool with another deadline.
     *
     * @param timeout time a call has for its result, more than zero; null = what the handler gives every tool.
     * @return a view of this tool.
     */
    default AgentTool withTimeout(Duration timeout) {
        return new AdjustedTool(this, approval(), timeout);
    }

    /**
     * Runs the tool. Called on a thread of its own where an agent asks for it by {@link AgentEvent.ToolRequested}, and on the connection's
     * handler thread where a client does by {@code tool_call}: so it must not block; {@link #blocking} makes tools that may. When the call
     * is cancelled, or its time is up, the result is ignored.
     *
     * @param call the arguments, and the way to learn that the call was cancelled.
     * @return completes with the result: a JSON value (Map, List, String, Number, Boolean, null), a record or an array. A failure, also one
     *         that is thrown, with an {@link AgentException} keeps its code; any other becomes {@code TOOL_FAILED}.
     */
    CompletionStage<?> call(ToolCall call);

    /**
     * Begins a tool.
     *
     * @param name unique name within the agent; models want 1 to 64 letters, digits, {@code _} and {@code -}.
     * @return a builder.
     */
    static ToolBuilder named(String name) {
        return new ToolBuilder(name);
    }

    /**
     * A tool from a function.
     *
     * @param name        unique name within the agent.
     * @param description one sentence.
     * @param inputSchema JSON schema of the arguments.
     * @param function    runs the tool, under the rules of {@link #call}.
     * @return the tool.
     */
    static AgentTool of(String name, String description, String inputSchema, Function<ToolCall, CompletionStage<?>> function) {
        return new FunctionTool(name, description, inputSchema, function);
    }

    /**
     * A tool from a function that blocks. Each call gets a thread of its own, as the runs of {@link Agent#of(String, Agent.BlockingBody)}
     * do, and that thread is interrupted when the call is cancelled.
     *
     * @param name        unique name within the agent.
     * @param description one sentence.
     * @param inputSchema JSON schema of the arguments.
     * @param body        runs the tool.
     * @return the tool.
     */
    static AgentTool blocking(String name, String description, String inputSchema, BlockingBody body) {
        return new FunctionTool(name, description, inputSchema, call -> BlockingCall.start(BlockingThreads.shared(), body, call));
    }

    /**
     * A tool that a viewer of the run executes and answers with {@code tool_result}: what only the client can do, such as asking its user.
     *
     * @param name        unique name within the agent.
     * @param description one sentence.
     * @param inputSchema JSON schema of the arguments.
     * @return the tool; called on the server it fails.
     */
    static AgentTool client(String name, String description, String inputSchema) {
        return of(name, description, inputSchema, call -> {
            throw new AgentException(ErrorCode.TOOL_FAILED, "The tool " + name + " is run by clients");
        }).withApproval(ToolApproval.CLIENT);
    }

    /** Runs a tool in blocking style. */
    @FunctionalInterface
    interface BlockingBody {
        /**
         * Called once per call on a thread that may block.
         *
         * @param call the arguments, and the way to learn that the call was cancelled.
         * @return the result, as for {@link AgentTool#call}.
         * @throws Exception fails the call; an {@link AgentException} chooses the code.
         */
        Object call(ToolCall call) throws Exception;
    }
}

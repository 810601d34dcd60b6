package io.neurolink.agent.spi;

import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Something an agent can do besides talking, and that clients may call directly. One tool serves many calls at once. */
public interface AgentTool {
    /** @return unique name within the agent. Any thread; must not block. */
    String name();

    /** @return one sentence that tells a model when to use it. Any thread; must not block. */
    String description();

    /** @return JSON schema of the arguments, as JSON text. Any thread; must not block. */
    String inputSchema();

    /** @return who decides whether a call that an agent asks for runs. Any thread; must not block. */
    default ToolApproval approval() {
        return ToolApproval.AUTO;
    }

    /**
     * The same tool with another rule of approval.
     *
     * @param approval who decides whether it runs.
     * @return a view of this tool.
     */
    default AgentTool withApproval(ToolApproval approval) {
        return new ApprovedTool(this, approval);
    }

    /**
     * Runs the tool. Called on the thread that asks for it, for a client's call the connection's handler thread: it must not block; long
     * work goes to a thread of the tool's own. When the call is cancelled the result is ignored.
     *
     * @param call the arguments, and the way to learn that the call was cancelled.
     * @return completes with the result: a JSON value (Map, List, String, Number, Boolean, null), a record or an array. A failure, also one
     *         that is thrown, with an {@link AgentException} keeps its code; any other becomes {@code TOOL_FAILED}.
     */
    CompletionStage<?> call(ToolCall call);

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

    /**
     * A tool with a rule of approval of its own.
     *
     * @param tool     the tool.
     * @param approval who decides whether it runs.
     */
    record ApprovedTool(AgentTool tool, ToolApproval approval) implements AgentTool {
        /** Checks that all parts are there. */
        public ApprovedTool {
            Objects.requireNonNull(tool, "tool");
            Objects.requireNonNull(approval, "approval");
        }

        @Override
        public String name() {
            return tool.name();
        }

        @Override
        public String description() {
            return tool.description();
        }

        @Override
        public String inputSchema() {
            return tool.inputSchema();
        }

        @Override
        public CompletionStage<?> call(ToolCall call) {
            return tool.call(call);
        }
    }

    /**
     * A tool made of its parts.
     *
     * @param name        unique name.
     * @param description one sentence.
     * @param inputSchema JSON schema of the arguments.
     * @param function    runs the tool.
     */
    record FunctionTool(String name, String description, String inputSchema, Function<ToolCall, CompletionStage<?>> function)
            implements AgentTool {
        /** Checks that all parts are there. */
        public FunctionTool {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(description, "description");
            Objects.requireNonNull(inputSchema, "inputSchema");
            Objects.requireNonNull(function, "function");
        }

        @Override
        public CompletionStage<?> call(ToolCall call) {
            return function.apply(call);
        }
    }
}

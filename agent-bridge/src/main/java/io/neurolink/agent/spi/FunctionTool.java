package io.neurolink.agent.spi;

import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A tool made of its parts. */
record FunctionTool(String name, String description, String inputSchema, Function<ToolCall, CompletionStage<?>> function)
        implements AgentTool {
    FunctionTool {
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

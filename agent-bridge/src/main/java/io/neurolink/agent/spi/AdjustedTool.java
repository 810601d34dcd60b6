package io.neurolink.agent.spi;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/** A tool with rules of its own. */
record AdjustedTool(AgentTool tool, ToolApproval approval, Duration timeout) implements AgentTool {
    AdjustedTool {
        Objects.requireNonNull(tool, "tool");
        Objects.requireNonNull(approval, "approval");
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw new IllegalArgumentException("timeout of tool " + tool.name() + " must be more than zero: " + timeout);
        }
    }

    @Override
    public AgentTool withApproval(ToolApproval newApproval) {
        return new AdjustedTool(tool, newApproval, timeout);
    }

    @Override
    public AgentTool withTimeout(Duration newTimeout) {
        return new AdjustedTool(tool, approval, newTimeout);
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

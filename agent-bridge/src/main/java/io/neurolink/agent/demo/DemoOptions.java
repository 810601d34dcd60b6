package io.neurolink.agent.demo;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import java.util.List;
import java.util.Map;

/**
 * The options of the demo agent, checked.
 *
 * @param delayMs  milliseconds between words
 * @param words    words to make up, or -1 to answer with the prompt
 * @param failCode code to fail with after the first word, or null
 * @param tool     tool to call first, or null
 * @param toolArgs its arguments
 */
record DemoOptions(long delayMs, long words, String failCode, AgentTool tool, Object toolArgs) {
    private static final long DEFAULT_DELAY_MS = 20;
    private static final long MAX_DELAY_MS = 3_600_000;

    static DemoOptions of(AgentOptions options, List<AgentTool> tools) {
        Map<?, ?> call = toolCall(options.extra().get("tool"));
        return new DemoOptions(
                options.extraLong("delayMs", 0, MAX_DELAY_MS, DEFAULT_DELAY_MS),
                options.extraLong("words", 0, Long.MAX_VALUE, -1),
                options.extraString("fail"),
                call == null ? null : find(call.get("toolName"), tools),
                call == null ? null : call.get("args"));
    }

    private static Map<?, ?> toolCall(Object value) {
        if (value == null) {
            return null;
        }
        if (!(value instanceof Map<?, ?> call)) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "options.tool must be an object with toolName and args");
        }
        Object approval = call.get("approval");
        if (approval != null && !approval.equals("auto")) {
            // A tool that is to wait for approval must not run because nobody can be asked.
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "options.tool.approval must be \"auto\"");
        }
        return call;
    }

    private static AgentTool find(Object name, List<AgentTool> tools) {
        for (AgentTool tool : tools) {
            if (tool.name().equals(name)) {
                return tool;
            }
        }
        throw new AgentException(ErrorCode.TOOL_NOT_FOUND, "Tool not found: " + name);
    }
}

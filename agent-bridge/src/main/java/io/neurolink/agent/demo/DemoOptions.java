package io.neurolink.agent.demo;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolApproval;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The options of the demo agent, checked.
 *
 * @param delayMs  milliseconds between words
 * @param words    words to make up, or -1 to answer with the prompt
 * @param failCode code to fail with after the first word, or null
 * @param tool     tool to call first, or null
 */
record DemoOptions(long delayMs, long words, String failCode, Call tool) {
    private static final long DEFAULT_DELAY_MS = 20;
    private static final long MAX_DELAY_MS = 3_600_000;

    /**
     * A tool call.
     *
     * @param name     name of the tool
     * @param args     its arguments
     * @param approval what the call needs, or null
     */
    record Call(String name, Object args, ToolApproval approval) {
    }

    static DemoOptions of(AgentRequest request, List<AgentTool> tools) {
        AgentOptions options = request.options();
        return new DemoOptions(
                options.extraLong("delayMs", 0, MAX_DELAY_MS, DEFAULT_DELAY_MS),
                options.extraLong("words", 0, Long.MAX_VALUE, -1),
                options.extraString("fail"),
                call(options.extra().get("tool"), request, tools));
    }

    private static Call call(Object value, AgentRequest request, List<AgentTool> tools) {
        if (value == null) {
            return null;
        }
        if (!(value instanceof Map<?, ?> call)) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "options.tool must be an object with toolName and args");
        }
        Object name = call.get("toolName");
        boolean isKnown = tools.stream().anyMatch(tool -> tool.name().equals(name))
                || request.clientTools().stream().anyMatch(tool -> tool.name().equals(name));
        if (!isKnown) {
            throw new AgentException(ErrorCode.TOOL_NOT_FOUND, "Tool not found: " + name);
        }
        return new Call((String) name, call.get("args"), approval(call.get("approval")));
    }

    private static ToolApproval approval(Object word) {
        return word == null ? null : Arrays.stream(ToolApproval.values()).filter(known -> known.wireName().equals(word)).findFirst()
                .orElseThrow(() -> new AgentException(ErrorCode.INVALID_PAYLOAD,
                        "options.tool.approval must be \"auto\", \"required\" or \"client\""));
    }
}

package io.neurolink.agent.spi;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.Map;
import java.util.Objects;

/**
 * One call of a tool.
 *
 * @param toolCallId   identifies the call
 * @param args         what the caller passed, as a JSON value (Map, List, String, Long, Double, Boolean, null)
 * @param user         on whose behalf, or null
 * @param cancellation tells the tool when nobody waits for its result any more
 */
public record ToolCall(String toolCallId, Object args, AuthenticatedUser user, Cancellation cancellation) {
    /** Checks what must be there. */
    public ToolCall {
        Objects.requireNonNull(toolCallId, "toolCallId");
        Objects.requireNonNull(cancellation, "cancellation");
    }

    /**
     * The arguments by name.
     *
     * @return the arguments, empty where the caller passed none.
     * @throws AgentException {@code INVALID_PAYLOAD} if they are not an object.
     */
    @SuppressWarnings("unchecked")
    public Map<String, Object> arguments() {
        if (args == null) {
            return Map.of();
        }
        if (args instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, "args must be an object");
    }

    /**
     * An argument that is a number.
     *
     * @param name name of the argument.
     * @return its value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is missing or something else.
     */
    public Number number(String name) {
        if (arguments().get(name) instanceof Number number) {
            return number;
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, "args." + name + " must be a number");
    }
}

package io.neurolink.agent.spi;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.TraceContext;
import java.util.Map;
import java.util.Objects;

/**
 * One call of a tool.
 *
 * @param toolCallId   identifies the call
 * @param args         what the caller passed, as a JSON value (Map, List, String, Long, Double, Boolean, null)
 * @param user         on whose behalf, or null
 * @param cancellation tells the tool when nobody waits for its result any more
 * @param trace        the run's step in its client's distributed trace, to be told to whom the tool asks; or null
 */
public record ToolCall(String toolCallId, Object args, AuthenticatedUser user, Cancellation cancellation, TraceContext trace) {
    /** Checks what must be there. */
    public ToolCall {
        Objects.requireNonNull(toolCallId, "toolCallId");
        Objects.requireNonNull(cancellation, "cancellation");
    }

    /**
     * A call that belongs to no trace.
     *
     * @param toolCallId   identifies the call.
     * @param args         what the caller passed.
     * @param user         on whose behalf, or null.
     * @param cancellation tells the tool when nobody waits for its result any more.
     */
    public ToolCall(String toolCallId, Object args, AuthenticatedUser user, Cancellation cancellation) {
        this(toolCallId, args, user, cancellation, null);
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
     * An argument that is text.
     *
     * @param name name of the argument.
     * @return its value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is missing or something else.
     */
    public String string(String name) {
        return required(name, String.class, "a string");
    }

    /**
     * An argument that is text and may be missing.
     *
     * @param name         name of the argument.
     * @param defaultValue what a missing one means, possibly null.
     * @return its value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is something else.
     */
    public String string(String name, String defaultValue) {
        return optional(name, String.class, "a string", defaultValue);
    }

    /**
     * An argument that is a number.
     *
     * @param name name of the argument.
     * @return its value: a Long if it was written without fraction and exponent, else a Double.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is missing or something else.
     */
    public Number number(String name) {
        return required(name, Number.class, "a number");
    }

    /**
     * An argument that is a number and may be missing.
     *
     * @param name         name of the argument.
     * @param defaultValue what a missing one means, possibly null.
     * @return its value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is something else.
     */
    public Number number(String name, Number defaultValue) {
        return optional(name, Number.class, "a number", defaultValue);
    }

    /**
     * An argument that is a whole number, {@code 5} or {@code 5.0}.
     *
     * @param name name of the argument.
     * @return its value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is missing or something else.
     */
    public long wholeNumber(String name) {
        return whole(name, required(name, Number.class, "a whole number"));
    }

    /**
     * An argument that is a whole number and may be missing.
     *
     * @param name         name of the argument.
     * @param defaultValue what a missing one means.
     * @return its value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is something else.
     */
    public long wholeNumber(String name, long defaultValue) {
        return whole(name, optional(name, Number.class, "a whole number", defaultValue));
    }

    /**
     * An argument that is true or false.
     *
     * @param name name of the argument.
     * @return its value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is missing or something else.
     */
    public boolean bool(String name) {
        return required(name, Boolean.class, "true or false");
    }

    /**
     * An argument that is true or false and may be missing.
     *
     * @param name         name of the argument.
     * @param defaultValue what a missing one means.
     * @return its value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is something else.
     */
    public boolean bool(String name, boolean defaultValue) {
        return optional(name, Boolean.class, "true or false", defaultValue);
    }

    private <T> T required(String name, Class<T> type, String expected) {
        T value = optional(name, type, expected, null);
        if (value == null) {
            throw wrong(name, expected);
        }
        return value;
    }

    private <T> T optional(String name, Class<T> type, String expected, T defaultValue) {
        Object value = arguments().get(name);
        if (value == null) {
            return defaultValue;
        }
        if (type.isInstance(value)) {
            return type.cast(value);
        }
        throw wrong(name, expected);
    }

    private static long whole(String name, Number number) {
        if (number.doubleValue() != number.longValue() && !(number instanceof Long)) {
            throw wrong(name, "a whole number");
        }
        return number.longValue();
    }

    private static AgentException wrong(String name, String expected) {
        return new AgentException(ErrorCode.INVALID_PAYLOAD, "args." + name + " must be " + expected);
    }
}

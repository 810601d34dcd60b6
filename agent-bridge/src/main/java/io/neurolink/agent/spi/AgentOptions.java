package io.neurolink.agent.spi;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a request is to be answered. What the client left out is null, and the agent uses its own default.
 *
 * @param model        name of the model, or null
 * @param provider     name of the provider, or null
 * @param temperature  randomness of the answer, or null
 * @param maxTokens    tokens the answer may have, or null
 * @param topP         share of probability that tokens are drawn from, or null
 * @param stop         texts that end the answer, possibly none
 * @param systemPrompt instruction that precedes the conversation, or null
 * @param seed         makes the answer repeatable where the model can do that, or null
 * @param extra        every other option exactly as the client sent it (JSON values)
 */
public record AgentOptions(
        String model,
        String provider,
        Double temperature,
        Integer maxTokens,
        Double topP,
        List<String> stop,
        String systemPrompt,
        Long seed,
        Map<String, Object> extra) {

    /** No option at all. */
    public static final AgentOptions NONE = new AgentOptions(null, null, null, null, null, List.of(), null, null, Map.of());

    /** Copies the collections. */
    public AgentOptions {
        stop = List.copyOf(stop);
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /**
     * Only options that the protocol does not know.
     *
     * @param extra the options.
     * @return options with nothing else set.
     */
    public static AgentOptions ofExtra(Map<String, Object> extra) {
        return new AgentOptions(null, null, null, null, null, List.of(), null, null, extra);
    }

    /**
     * An extra option that is a whole number.
     *
     * @param name         name of the option.
     * @param min          smallest value allowed.
     * @param max          largest value allowed.
     * @param defaultValue value where the client left it out.
     * @return the value.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is something else or out of range.
     */
    public long extraLong(String name, long min, long max, long defaultValue) {
        Object value = extra.get(name);
        if (value == null) {
            return defaultValue;
        }
        if (value instanceof Number number && isWhole(number) && number.longValue() >= min && number.longValue() <= max) {
            return number.longValue();
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, "options." + name + " must be a whole number from " + min + " to " + max);
    }

    /**
     * An extra option that is text.
     *
     * @param name name of the option.
     * @return the value, or null where the client left it out.
     * @throws AgentException {@code INVALID_PAYLOAD} if it is something else.
     */
    public String extraString(String name) {
        Object value = extra.get(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, "options." + name + " must be a string");
    }

    private static boolean isWhole(Number number) {
        return number instanceof Long || number instanceof Integer || number.doubleValue() == number.longValue();
    }
}

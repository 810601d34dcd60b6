package io.neurolink.agent.langchain4j;

import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;

/** Takes the options of a request one by one, and knows which nobody took. For one request. */
final class ExtraOptions {
    private final AgentOptions options;
    private final Map<String, Object> left;

    ExtraOptions(AgentOptions options) {
        this.options = options;
        this.left = new LinkedHashMap<>(options.extra());
        left.values().removeIf(value -> value == null);
    }

    void mapCommon(DefaultChatRequestParameters.Builder<?> parameters) {
        parameters.modelName(options.model()).temperature(options.temperature()).maxOutputTokens(options.maxTokens())
                .topP(options.topP()).frequencyPenalty(number("frequencyPenalty"))
                .presencePenalty(number("presencePenalty"));
        if (!options.stop().isEmpty()) {
            parameters.stopSequences(options.stop());
        }
    }

    Double number(String name) {
        Object value = left.remove(name);
        if (value == null || value instanceof Number) {
            return value == null ? null : ((Number) value).doubleValue();
        }
        throw wrong(name, "a number");
    }

    Integer wholeNumber(String name) {
        Object value = left.remove(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number number && number.doubleValue() == number.intValue()) {
            return number.intValue();
        }
        throw wrong(name, "a whole number");
    }

    Boolean bool(String name) {
        Object value = left.remove(name);
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw wrong(name, "true or false");
    }

    String text(String name) {
        Object value = left.remove(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrong(name, "a string");
    }

    /** @return what nobody took. */
    Map<String, Object> rest() {
        return left;
    }

    void refuseTheRest() {
        if (!left.isEmpty()) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD,
                    "options." + left.keySet().iterator().next() + " is not an option of this model");
        }
    }

    private static AgentException wrong(String name, String what) {
        return new AgentException(ErrorCode.INVALID_PAYLOAD, "options." + name + " must be " + what);
    }
}

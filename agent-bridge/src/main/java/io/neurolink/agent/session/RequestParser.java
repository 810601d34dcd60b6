package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentMessage;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.TraceContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns {@code generate} and {@code stream} messages into requests. Where the payload has no prompt, it is looked for under the names that
 * other clients use: {@code payload.input.text}, {@code input.text} and {@code prompt} beside the type.
 */
final class RequestParser {
    private static final Set<String> KNOWN_OPTIONS =
            Set.of("model", "provider", "temperature", "maxTokens", "topP", "stop", "systemPrompt", "seed");

    private RequestParser() {
    }

    /**
     * @param toolsOfAgent names of the agent's tools.
     * @param trace        the run's step in a trace, or null.
     */
    static AgentRequest parse(Envelope message, String requestId, AuthenticatedUser user, Set<String> toolsOfAgent, TraceContext trace) {
        Fields payload = message.payload();
        String prompt = prompt(message, payload);
        List<AgentMessage> messages = messages(payload);
        if (prompt != null) {
            messages.add(AgentMessage.user(prompt));
        }
        if (messages.isEmpty()) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.prompt or payload.messages is required");
        }
        Fields options = payload.object("options");
        if (options == null) {
            options = message.fields().object("options");
        }
        return new AgentRequest(requestId, prompt == null ? lastOfUser(messages) : prompt, messages, options(options),
                payload.string("sessionId"), user, ToolsParser.parse(payload, toolsOfAgent), payload.asMap(), trace);
    }

    /**
     * Finds the trace that a message belongs to: its own {@code traceparent}, beside the type or in the payload, else that of the upgrade
     * request. What breaks the rules of W3C Trace Context is ignored, as they demand.
     *
     * @return what the client's step is, or null if there is none.
     */
    static TraceContext trace(Envelope message, TraceContext ofConnection) {
        Fields fields = message.fields().raw("traceparent") == null ? message.payload() : message.fields();
        Object parent = fields.raw("traceparent");
        TraceContext own = parent instanceof String text
                ? TraceContext.parse(text, fields.raw("tracestate") instanceof String state ? state : null) : null;
        return own == null ? ofConnection : own;
    }

    private static String prompt(Envelope message, Fields payload) {
        String prompt = payload.string("prompt");
        prompt = prompt == null ? inputText(payload) : prompt;
        prompt = prompt == null ? inputText(message.fields()) : prompt;
        return prompt == null ? message.fields().string("prompt") : prompt;
    }

    private static String inputText(Fields fields) {
        Fields input = fields.object("input");
        return input == null ? null : input.string("text");
    }

    private static List<AgentMessage> messages(Fields payload) {
        List<AgentMessage> messages = new ArrayList<>();
        List<?> list = payload.list("messages");
        if (list != null) {
            for (int i = 0; i < list.size(); i++) {
                messages.add(message(list.get(i), "payload.messages[" + i + "]"));
            }
        }
        return messages;
    }

    private static AgentMessage message(Object element, String path) {
        if (element instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked")
            Fields fields = Fields.of(path, (Map<String, Object>) map);
            return new AgentMessage(fields.requiredString("role"), fields.requiredString("content"));
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, path + " must be an object with role and content");
    }

    private static String lastOfUser(List<AgentMessage> messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role().equals(AgentMessage.USER)) {
                return messages.get(i).content();
            }
        }
        return messages.get(messages.size() - 1).content();
    }

    private static AgentOptions options(Fields options) {
        if (options == null) {
            return AgentOptions.NONE;
        }
        Map<String, Object> extra = new LinkedHashMap<>(options.asMap());
        extra.keySet().removeAll(KNOWN_OPTIONS);
        Long maxTokens = options.wholeNumber("maxTokens", 1, Integer.MAX_VALUE);
        return new AgentOptions(options.string("model"), options.string("provider"), options.number("temperature"),
                maxTokens == null ? null : maxTokens.intValue(), options.number("topP"), stop(options), options.string("systemPrompt"),
                options.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE), extra);
    }

    private static List<String> stop(Fields options) {
        Object stop = options.raw("stop");
        if (stop == null) {
            return List.of();
        }
        if (stop instanceof String text) {
            return List.of(text);
        }
        List<String> texts = new ArrayList<>();
        for (Object element : options.list("stop")) {
            if (!(element instanceof String text)) {
                throw new AgentException(ErrorCode.INVALID_PAYLOAD, "options.stop must be a string or an array of strings");
            }
            texts.add(text);
        }
        return texts;
    }
}

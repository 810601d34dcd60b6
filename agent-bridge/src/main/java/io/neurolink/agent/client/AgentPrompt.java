package io.neurolink.agent.client;

import io.neurolink.agent.spi.AgentMessage;
import io.neurolink.engine.spi.TraceContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What is asked, and how. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * AgentPrompt.of("Tell me a story").option("temperature", 0.9).sessionId("evening")
 * }</pre>
 */
public final class AgentPrompt {
    private final String requestId;
    private final Map<String, Object> payload;

    private AgentPrompt(String requestId, Map<String, Object> payload) {
        this.requestId = requestId;
        this.payload = payload;
    }

    /**
     * Asks one thing.
     *
     * @param prompt what is asked.
     * @return a prompt with nothing else set.
     */
    public static AgentPrompt of(String prompt) {
        return new AgentPrompt(null, Map.of("prompt", Objects.requireNonNull(prompt, "prompt")));
    }

    /**
     * Goes on with a conversation.
     *
     * @param messages what was said so far, the last one being what is asked; at least one.
     * @return a prompt with nothing else set.
     */
    public static AgentPrompt of(List<AgentMessage> messages) {
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("messages must not be empty");
        }
        List<Map<String, Object>> list = new ArrayList<>();
        messages.forEach(message -> list.add(Map.of("role", message.role(), "content", message.content())));
        return new AgentPrompt(null, Map.of("messages", list));
    }

    /**
     * Names the run; 128 random bits are its name otherwise.
     *
     * @param value 1 to 128 characters, never used before.
     * @return a changed copy.
     */
    public AgentPrompt requestId(String value) {
        if (value.isEmpty() || value.length() > Requests.MAX_REQUEST_ID_LENGTH) {
            throw new IllegalArgumentException("requestId must have 1 to " + Requests.MAX_REQUEST_ID_LENGTH + " characters");
        }
        return new AgentPrompt(value, payload);
    }

    /**
     * Sets an option: {@code model}, {@code provider}, {@code temperature}, {@code maxTokens}, {@code topP}, {@code stop},
     * {@code systemPrompt}, {@code seed}, or one that the agent knows.
     *
     * @param name  its name.
     * @param value a JSON value.
     * @return a changed copy.
     */
    public AgentPrompt option(String name, Object value) {
        Map<String, Object> options = new LinkedHashMap<>();
        if (payload.get("options") instanceof Map<?, ?> before) {
            before.forEach((key, set) -> options.put((String) key, set));
        }
        options.put(name, value);
        return with("options", options);
    }

    /**
     * {@return a changed copy}
     *
     * @param value name of the conversation, which a later prompt with the same name continues.
     */
    public AgentPrompt sessionId(String value) {
        return with("sessionId", Objects.requireNonNull(value, "sessionId"));
    }

    /**
     * Restricts the agent to some of its tools. Tools of the client come on top.
     *
     * @param names names of tools of the server.
     * @return a changed copy.
     */
    public AgentPrompt tools(String... names) {
        return with("tools", List.of(names));
    }

    /**
     * Ends the run when nobody watches it any more, a lost connection of this client included; it goes on otherwise.
     *
     * @return a changed copy.
     */
    public AgentPrompt cancelOnDisconnect() {
        return with("onDisconnect", "cancel");
    }

    /**
     * {@return a changed copy}
     *
     * @param value what happens where the session has a run already: {@code parallel} (default), {@code queue}, {@code reject},
     *              {@code replace}.
     */
    public AgentPrompt overlap(String value) {
        return with("overlap", Objects.requireNonNull(value, "overlap"));
    }

    /**
     * Tells the server to which distributed trace the run belongs, so that the agent can hand it on.
     *
     * @param value the step that asks.
     * @return a changed copy.
     */
    public AgentPrompt trace(TraceContext value) {
        AgentPrompt changed = this;
        for (Map.Entry<String, String> field : value.headers().entrySet()) {
            changed = changed.with(field.getKey(), field.getValue());
        }
        return changed;
    }

    private AgentPrompt with(String name, Object value) {
        Map<String, Object> copy = new LinkedHashMap<>(payload);
        copy.put(name, value);
        return new AgentPrompt(requestId, copy);
    }

    String requestId() {
        return requestId;
    }

    /** @return name of the conversation, or null. */
    String sessionId() {
        return (String) payload.get("sessionId");
    }

    /** @return the payload, with tools of the client added to those the prompt names. */
    Map<String, Object> payload(Iterable<ClientTool> clientTools) {
        List<Object> tools = new ArrayList<>();
        if (payload.get("tools") instanceof List<?> names) {
            tools.addAll(names);
        }
        clientTools.forEach(tool -> tools.add(tool.declaration()));
        return tools.isEmpty() ? payload : with("tools", tools).payload;
    }
}

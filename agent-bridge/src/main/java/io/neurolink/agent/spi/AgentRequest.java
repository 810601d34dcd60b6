package io.neurolink.agent.spi;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.TraceContext;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a client asks of an agent. Immutable.
 *
 * @param requestId identifies the run
 * @param prompt    what is asked now: the prompt, or the last message of role {@code user}; never null, possibly empty
 * @param messages  the whole conversation, what is asked now included; at least one message
 * @param options   how to answer
 * @param sessionId name of the conversation as the client gave it, or null
 * @param user      who asks, or null for an anonymous connection
 * @param clientTools tools that the client offers to run, by {@link AgentEvent.ToolRequested}; often none
 * @param payload   everything the client sent with the request (JSON values), also what is not understood here
 * @param trace     where this run stands in the distributed trace of its client, as a step of its own; null if the client told of none.
 *                  What the agent asks of others belongs to it: send its {@link TraceContext#headers()} with that
 */
public record AgentRequest(
        String requestId,
        String prompt,
        List<AgentMessage> messages,
        AgentOptions options,
        String sessionId,
        AuthenticatedUser user,
        List<ToolDeclaration> clientTools,
        Map<String, Object> payload,
        TraceContext trace) {

    /** Checks what must be there and copies the collections. */
    public AgentRequest {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(options, "options");
        messages = List.copyOf(messages);
        clientTools = List.copyOf(clientTools);
        payload = Collections.unmodifiableMap(new LinkedHashMap<>(payload));
    }

    /**
     * A request that belongs to no trace.
     *
     * @param requestId   identifies the run.
     * @param prompt      what is asked now.
     * @param messages    the whole conversation.
     * @param options     how to answer.
     * @param sessionId   name of the conversation, or null.
     * @param user        who asks, or null.
     * @param clientTools tools that the client offers to run.
     * @param payload     everything the client sent with the request.
     */
    public AgentRequest(String requestId, String prompt, List<AgentMessage> messages, AgentOptions options, String sessionId,
                        AuthenticatedUser user, List<ToolDeclaration> clientTools, Map<String, Object> payload) {
        this(requestId, prompt, messages, options, sessionId, user, clientTools, payload, null);
    }

    /**
     * A request with nothing but a prompt.
     *
     * @param requestId identifies the run.
     * @param prompt    what is asked.
     * @return the request.
     */
    public static AgentRequest of(String requestId, String prompt) {
        return new AgentRequest(requestId, prompt, List.of(AgentMessage.user(prompt)), AgentOptions.NONE, null, null, List.of(),
                Map.of());
    }

    /**
     * {@return a copy with those options}
     *
     * @param newOptions options to have instead of the present ones.
     */
    public AgentRequest withOptions(AgentOptions newOptions) {
        return new AgentRequest(requestId, prompt, messages, newOptions, sessionId, user, clientTools, payload, trace);
    }

    /**
     * Whether the client lets the agent use a tool of the server in this run: names in {@code payload.tools} are all it lets it use, an
     * empty array none. Without {@code tools}, or where there are only tools of the client's in it, it may use all.
     *
     * @param toolName name of a tool of the agent.
     * @return whether a model should be told of it; a call of one that may not be used fails.
     */
    public boolean mayUseTool(String toolName) {
        if (!(payload.get("tools") instanceof List<?> tools)) {
            return true;
        }
        boolean isRestricted = tools.isEmpty() || tools.stream().anyMatch(String.class::isInstance);
        return !isRestricted || tools.contains(toolName);
    }

    /** {@return characters of the whole conversation, for estimating tokens} */
    public long length() {
        long length = 0;
        for (AgentMessage message : messages) {
            length += message.content().length();
        }
        return length;
    }
}

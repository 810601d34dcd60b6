package io.neurolink.agent.spi;

import java.util.Map;
import java.util.Objects;

/**
 * What somebody wants to do.
 *
 * @param type    type of the message: {@code generate}, {@code stream}, {@code tool_call}, {@code resume}, {@code tool_approval}, or one of
 *                the application's own. Messages of NeuroLink's own clients count as what they do: their {@code message} is a
 *                {@code stream}. A tool that the agent calls in a run is a {@code tool_call} of the run's user.
 * @param agent   name of the agent
 * @param tool    name of the tool of a {@code tool_call}, else null
 * @param payload payload of the message as it came, not checked yet; not to be changed
 */
public record AgentAction(String type, String agent, String tool, Map<String, Object> payload) {
    /** Checks that all but the tool are there. */
    public AgentAction {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(payload, "payload");
    }

    /** What it is, for a sentence, without the payload. */
    @Override
    public String toString() {
        return tool == null ? type : type + " " + tool;
    }
}

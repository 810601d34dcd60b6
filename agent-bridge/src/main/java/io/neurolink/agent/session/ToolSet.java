package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolDeclaration;
import java.util.Map;

/**
 * The tools of one run.
 *
 * @param ofAgent tools of the agent by name
 * @param request what the client declared, and which tools of the agent it lets it use; null = no tool at all
 */
record ToolSet(Map<String, AgentTool> ofAgent, AgentRequest request) {
    /** No tool at all. */
    static final ToolSet NONE = new ToolSet(Map.of(), null);

    /** @return whether the client has declared a tool of this name. */
    boolean isOfClient(String name) {
        return request != null && request.clientTools().stream().anyMatch(declared -> declared.name().equals(name));
    }

    /** @return the tool of this name that the agent may use in this run, or null. */
    AgentTool find(String name) {
        if (request == null) {
            return null;
        }
        for (ToolDeclaration declared : request.clientTools()) {
            if (declared.name().equals(name)) {
                return AgentTool.client(name, declared.description(), declared.inputSchema());
            }
        }
        return request.mayUseTool(name) ? ofAgent.get(name) : null;
    }
}

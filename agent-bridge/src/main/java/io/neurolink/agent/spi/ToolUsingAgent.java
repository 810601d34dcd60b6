package io.neurolink.agent.spi;

import java.util.List;
import java.util.concurrent.Flow;

/** An agent with tools that it does not bring itself. */
record ToolUsingAgent(Agent agent, List<AgentTool> tools) implements Agent {
    @Override
    public String name() {
        return agent.name();
    }

    @Override
    public String model() {
        return agent.model();
    }

    @Override
    public Flow.Publisher<AgentEvent> run(AgentRequest request) {
        return agent.run(request);
    }

    @Override
    public Agent withTools(List<AgentTool> others) {
        return new ToolUsingAgent(agent, List.copyOf(others));
    }
}

package io.neurolink.agent.demo;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentProvider;
import io.neurolink.agent.spi.AgentSettings;

/** Makes the agent named {@code demo}; it takes no settings. */
public final class DemoAgentProvider implements AgentProvider {
    /** For {@link java.util.ServiceLoader}. */
    public DemoAgentProvider() {
    }

    @Override
    public String name() {
        return DemoAgent.NAME;
    }

    @Override
    public Agent create(AgentSettings settings) {
        return new DemoAgent(settings.scheduler());
    }
}

package io.neurolink.agent.langchain4j;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentProvider;
import io.neurolink.agent.spi.AgentSettings;

/** Makes the agent named {@code anthropic}, for models of Anthropic. It needs {@code dev.langchain4j:langchain4j-anthropic}. */
public final class AnthropicAgentProvider implements AgentProvider {
    static final String NAME = "anthropic";

    /** For {@link java.util.ServiceLoader}. */
    public AnthropicAgentProvider() {
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Agent create(AgentSettings settings) {
        return ModelProviders.create(NAME, "dev.langchain4j:langchain4j-anthropic", settings, each -> AnthropicModels.agent(each));
    }
}

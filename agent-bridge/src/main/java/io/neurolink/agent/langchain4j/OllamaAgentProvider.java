package io.neurolink.agent.langchain4j;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentProvider;
import io.neurolink.agent.spi.AgentSettings;

/** Makes the agent named {@code ollama}, for models of Ollama. It needs {@code dev.langchain4j:langchain4j-ollama}. */
public final class OllamaAgentProvider implements AgentProvider {
    static final String NAME = "ollama";

    /** For {@link java.util.ServiceLoader}. */
    public OllamaAgentProvider() {
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Agent create(AgentSettings settings) {
        return ModelProviders.create(NAME, "dev.langchain4j:langchain4j-ollama", settings, each -> OllamaModels.agent(each));
    }
}

package io.neurolink.agent.langchain4j;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentProvider;
import io.neurolink.agent.spi.AgentSettings;

/**
 * Makes the agent named {@code openai}, for models of OpenAI, and for anything that speaks its chat completions API. It needs {@code
 * dev.langchain4j:langchain4j-open-ai}.
 */
public final class OpenAiAgentProvider implements AgentProvider {
    static final String NAME = "openai";

    /** For {@link java.util.ServiceLoader}. */
    public OpenAiAgentProvider() {
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Agent create(AgentSettings settings) {
        return ModelProviders.create(NAME, "dev.langchain4j:langchain4j-open-ai", settings, each -> OpenAiModels.agent(each));
    }
}

package io.neurolink.agent.langchain4j;

import dev.langchain4j.model.anthropic.AnthropicChatRequestParameters;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.neurolink.agent.langchain4j.http.ModelThreads;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentSettings;

/** Models behind Anthropic's messages API. */
final class AnthropicModels {
    private static final String DEFAULT_MODEL = "claude-haiku-4-5-20251001";
    private static final String DEFAULT_URL = "https://api.anthropic.com/v1";
    private static final String KEY_VARIABLE = "ANTHROPIC_API_KEY";
    /** The API wants a limit. */
    private static final int DEFAULT_MAX_TOKENS = 4096;

    private AnthropicModels() {
    }

    static Agent agent(AgentSettings settings) {
        String key = ModelProviders.apiKey(AnthropicAgentProvider.NAME, settings, KEY_VARIABLE, false);
        AnthropicStreamingChatModel model = AnthropicStreamingChatModel.builder()
                .httpClientBuilder(ModelProviders.http(settings))
                .baseUrl(ModelProviders.setting(settings, ModelProviders.BASE_URL, DEFAULT_URL))
                .apiKey(key)
                .modelName(ModelProviders.setting(settings, ModelProviders.MODEL, DEFAULT_MODEL))
                .maxTokens(DEFAULT_MAX_TOKENS)
                .returnThinking(true)
                .build();
        return LangChain4jAgent.builder()
                .name(AnthropicAgentProvider.NAME)
                .model(model)
                .options(AnthropicModels::parameters)
                .memory(ConversationMemory.create())
                .executor(ModelThreads.shared())
                .redactor(Redactor.of(key))
                .build();
    }

    static ChatRequestParameters parameters(AgentOptions options) {
        ExtraOptions extra = new ExtraOptions(options);
        AnthropicChatRequestParameters.Builder parameters = AnthropicChatRequestParameters.builder();
        extra.mapCommon(parameters);
        parameters.topK(extra.wholeNumber("topK"));
        parameters.thinkingType(extra.text("thinkingType")).thinkingBudgetTokens(extra.wholeNumber("thinkingBudgetTokens"))
                .cacheSystemMessages(extra.bool("cacheSystemMessages")).cacheTools(extra.bool("cacheTools"))
                .disableParallelToolUse(extra.bool("disableParallelToolUse")).userId(extra.text("userId"));
        extra.refuseTheRest();
        return parameters.build();
    }
}

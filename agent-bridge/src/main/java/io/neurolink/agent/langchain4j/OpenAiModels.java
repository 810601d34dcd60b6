package io.neurolink.agent.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.neurolink.agent.langchain4j.http.ModelThreads;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentSettings;
import io.neurolink.agent.spi.ErrorCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Models behind OpenAI's chat completions API. */
final class OpenAiModels {
    private static final String DEFAULT_MODEL = "gpt-4o-mini";
    private static final String KEY_VARIABLE = "OPENAI_API_KEY";
    /** What the request itself says; as an option it would contradict it. */
    private static final List<String> OURS = List.of("messages", "stream", "stream_options", "tools", "tool_choice", "functions", "n");

    private OpenAiModels() {
    }

    static Agent agent(AgentSettings settings) {
        String baseUrl = settings.value(ModelProviders.BASE_URL);
        String key = ModelProviders.apiKey(OpenAiAgentProvider.NAME, settings, KEY_VARIABLE, baseUrl != null);
        OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder()
                .httpClientBuilder(ModelProviders.http(settings))
                .baseUrl(baseUrl)
                .apiKey(key)
                .modelName(ModelProviders.setting(settings, ModelProviders.MODEL, DEFAULT_MODEL))
                .returnThinking(true)
                .build();
        return LangChain4jAgent.builder()
                .name(OpenAiAgentProvider.NAME)
                .model(model)
                .options(options -> parameters(options, baseUrl == null))
                .memory(ConversationMemory.create())
                .executor(ModelThreads.shared())
                .redactor(Redactor.of(key))
                .build();
    }

    /**
     * Unknown options are the API's to judge.
     *
     * @param isOpenAi whether it is OpenAI itself, whose newer models insist on the new name of {@code max_tokens}, which others do not
     *                 know.
     */
    static ChatRequestParameters parameters(AgentOptions options, boolean isOpenAi) {
        ExtraOptions extra = new ExtraOptions(options);
        OpenAiChatRequestParameters.Builder parameters = OpenAiChatRequestParameters.builder();
        extra.mapCommon(parameters);
        if (isOpenAi) {
            parameters.maxOutputTokens(null).maxCompletionTokens(options.maxTokens());
        }
        parameters.reasoningEffort(extra.text("reasoningEffort")).parallelToolCalls(extra.bool("parallelToolCalls"));
        Map<String, Object> custom = new LinkedHashMap<>(extra.rest());
        for (String name : OURS) {
            if (custom.containsKey(name)) {
                throw new AgentException(ErrorCode.INVALID_PAYLOAD, "options." + name + " is not an option");
            }
        }
        if (options.seed() != null) {
            custom.put("seed", options.seed());
        }
        return parameters.customParameters(custom).build();
    }
}

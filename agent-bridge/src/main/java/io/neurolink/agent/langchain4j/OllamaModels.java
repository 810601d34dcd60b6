package io.neurolink.agent.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.ollama.OllamaChatRequestParameters;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import io.neurolink.agent.langchain4j.http.ModelThreads;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentSettings;
import java.util.Map;

/** Models that Ollama serves, usually on this machine. */
final class OllamaModels {
    private static final String DEFAULT_MODEL = "llama3.2";
    private static final String DEFAULT_URL = "http://localhost:11434";

    private OllamaModels() {
    }

    static Agent agent(AgentSettings settings) {
        String variable = settings.value(ModelProviders.API_KEY_ENV);
        String key = variable == null ? null : ModelProviders.apiKey(OllamaAgentProvider.NAME, settings, variable, false);
        OllamaStreamingChatModel model = OllamaStreamingChatModel.builder()
                .httpClientBuilder(ModelProviders.http(settings))
                .baseUrl(ModelProviders.setting(settings, ModelProviders.BASE_URL, DEFAULT_URL))
                .modelName(ModelProviders.setting(settings, ModelProviders.MODEL, DEFAULT_MODEL))
                .customHeaders(key == null ? Map.of() : Map.of("Authorization", "Bearer " + key))
                .returnThinking(true)
                .build();
        return LangChain4jAgent.builder()
                .name(OllamaAgentProvider.NAME)
                .model(model)
                .options(OllamaModels::parameters)
                .memory(ConversationMemory.create())
                .executor(ModelThreads.shared())
                .redactor(Redactor.of(key))
                .build();
    }

    static ChatRequestParameters parameters(AgentOptions options) {
        ExtraOptions extra = new ExtraOptions(options);
        OllamaChatRequestParameters.Builder parameters = OllamaChatRequestParameters.builder();
        extra.mapCommon(parameters);
        parameters.topK(extra.wholeNumber("topK"));
        parameters.numCtx(extra.wholeNumber("numCtx")).minP(extra.number("minP"))
                .repeatLastN(extra.wholeNumber("repeatLastN")).repeatPenalty(extra.number("repeatPenalty"))
                .mirostat(extra.wholeNumber("mirostat")).mirostatEta(extra.number("mirostatEta"))
                .mirostatTau(extra.number("mirostatTau")).numThread(extra.wholeNumber("numThread"))
                .keepAlive(extra.wholeNumber("keepAlive")).think(extra.bool("think"));
        if (options.seed() != null) {
            // Ollama's seed has 32 bits; any of a request's is as good as another, as long as it is always the same.
            parameters.seed(Long.hashCode(options.seed()));
        }
        extra.refuseTheRest();
        return parameters.build();
    }
}

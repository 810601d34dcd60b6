package io.neurolink.agent.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentOptions;

/**
 * Turns the options of a request into what a model understands. The system prompt is no parameter; the agent sees to it. An option that the
 * model does not know is an error, so that nobody believes it has an effect; only {@code seed} is a wish.
 */
@FunctionalInterface
public interface OptionMapper {
    /**
     * Called once per run, by the thread that takes the request; must not block.
     *
     * @param options the options; {@code provider} and {@code systemPrompt} have been dealt with.
     * @return parameters, of the class that the model expects or of LangChain4j's common one.
     * @throws AgentException {@code INVALID_PAYLOAD} if an option is unknown or wrong; the text names it.
     */
    ChatRequestParameters map(AgentOptions options);

    /**
     * What all of LangChain4j's models understand: {@code model}, {@code temperature}, {@code maxTokens}, {@code topP}, {@code stop},
     * and of the extra options {@code topK}, {@code frequencyPenalty} and {@code presencePenalty}.
     *
     * @return the mapper.
     */
    static OptionMapper common() {
        return options -> {
            ExtraOptions extra = new ExtraOptions(options);
            DefaultChatRequestParameters.Builder<?> parameters = ChatRequestParameters.builder();
            extra.mapCommon(parameters);
            parameters.topK(extra.wholeNumber("topK"));
            extra.refuseTheRest();
            return parameters.build();
        };
    }
}

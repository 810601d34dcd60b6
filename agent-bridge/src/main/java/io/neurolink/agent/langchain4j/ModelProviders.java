package io.neurolink.agent.langchain4j;

import io.neurolink.agent.langchain4j.http.ModelHttpClientBuilder;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentSettings;
import java.time.Duration;
import java.util.function.Function;

/** What the providers of models have in common. Knows no class of LangChain4j in its signatures, since these may be missing. */
final class ModelProviders {
    static final String MODEL = "model";
    static final String BASE_URL = "baseUrl";
    static final String API_KEY_ENV = "apiKeyEnv";

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(90);

    private ModelProviders() {
    }

    /**
     * @param name    name of the provider.
     * @param library what must be on the class path.
     * @param make    makes the agent.
     * @throws IllegalArgumentException if the library is not there, or a setting is wrong.
     */
    static Agent create(String name, String library, AgentSettings settings, Function<AgentSettings, Agent> make) {
        try {
            return make.apply(settings);
        } catch (NoClassDefFoundError e) {
            throw new IllegalArgumentException(name + " needs " + library + " on the class path", e);
        }
    }

    /**
     * Reads the API key from the environment.
     *
     * @param defaultVariable where it is looked for unless the user says otherwise.
     * @param isOptional      whether one can do without, unless the user says where it is.
     * @return the key, or null if it is optional and not there.
     * @throws IllegalArgumentException if it is missing or cannot be a key; the text names the variable and tells nothing of its value.
     */
    static String apiKey(String name, AgentSettings settings, String defaultVariable, boolean isOptional) {
        String chosen = settings.value(API_KEY_ENV);
        String variable = chosen == null ? defaultVariable : chosen;
        String key = settings.environment().apply(variable);
        if (key == null || key.isBlank()) {
            if (isOptional && chosen == null) {
                return null;
            }
            throw new IllegalArgumentException(name + " needs its API key in the environment variable " + variable + ", which is not set");
        }
        String trimmed = key.strip();
        if (!trimmed.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IllegalArgumentException("the environment variable " + variable + " holds characters that no API key has");
        }
        return trimmed;
    }

    static String setting(AgentSettings settings, String name, String otherwise) {
        String value = settings.value(name);
        return value == null ? otherwise : value;
    }

    static ModelHttpClientBuilder http(AgentSettings settings) {
        return new ModelHttpClientBuilder().timeouts(CONNECT_TIMEOUT, IDLE_TIMEOUT).scheduler(settings.scheduler());
    }
}

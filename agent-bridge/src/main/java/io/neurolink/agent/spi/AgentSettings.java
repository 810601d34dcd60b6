package io.neurolink.agent.spi;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.UnaryOperator;

/**
 * What an {@link AgentProvider} gets to make an agent of.
 *
 * @param values    settings by name, as configured by the user: {@code model}, {@code baseUrl}, {@code apiKeyEnv}, …
 * @param scheduler for timers; belongs to the caller, who shuts it down. Tasks on it must not block
 * @param environment values of environment variables by name, null for one that is not set: where secrets are kept
 */
public record AgentSettings(Map<String, String> values, ScheduledExecutorService scheduler, UnaryOperator<String> environment) {
    /** Copies the values. */
    public AgentSettings {
        values = Map.copyOf(values);
        Objects.requireNonNull(scheduler, "scheduler");
        Objects.requireNonNull(environment, "environment");
    }

    /**
     * Settings with the environment of this process.
     *
     * @param values    settings by name.
     * @param scheduler for timers.
     */
    public AgentSettings(Map<String, String> values, ScheduledExecutorService scheduler) {
        this(values, scheduler, System::getenv);
    }

    /**
     * Settings with nothing configured.
     *
     * @param scheduler for timers.
     * @return the settings.
     */
    public static AgentSettings of(ScheduledExecutorService scheduler) {
        return new AgentSettings(Map.of(), scheduler);
    }

    /**
     * {@return its value, or null if the user did not set it}
     *
     * @param name name of a setting.
     */
    public String value(String name) {
        return values.get(name);
    }
}

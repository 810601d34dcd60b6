package io.neurolink.agent.client;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A tool that this client runs for the agent.
 *
 * @param name        unique name, 1 to 64 letters, digits, {@code _} or {@code -}
 * @param description one sentence that tells a model when to use it
 * @param parameters  JSON schema of its arguments, as JSON values
 * @param function    is given the arguments and returns what goes into the result, a JSON value or record. Called by the executor of the
 *                    options, once for each call, also if the connection is lost meanwhile; it may block. What it throws, or fails with, is
 *                    told to the agent by its message.
 */
public record ClientTool(String name, String description, Map<String, Object> parameters,
                         Function<Object, CompletionStage<?>> function) {
    /** Checks that all parts are there. */
    public ClientTool {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(parameters, "parameters");
        Objects.requireNonNull(function, "function");
    }

    /** @return the declaration as it goes into a request. */
    Map<String, Object> declaration() {
        return Map.of("name", name, "description", description, "parameters", parameters);
    }
}

package io.neurolink.agent.spi;

import java.util.Objects;

/**
 * A tool that a client offers to run, declared with its request. Immutable.
 *
 * @param name        unique name within the request
 * @param description one sentence that tells a model when to use it, possibly empty
 * @param inputSchema JSON schema of the arguments, as JSON text
 */
public record ToolDeclaration(String name, String description, String inputSchema) {
    /** Checks that all parts are there. */
    public ToolDeclaration {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(inputSchema, "inputSchema");
    }
}

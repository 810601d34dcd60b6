package io.neurolink.agent.spi;

/**
 * What came of a tool that an agent asked for. Immutable.
 *
 * @param result what the tool returned, as a JSON value, record or array; null if it failed
 * @param error  why it failed or was refused, for the model to read, or null
 */
public record ToolOutcome(Object result, String error) {
    /**
     * {@return the outcome of a tool that succeeded}
     *
     * @param result what the tool returned.
     */
    public static ToolOutcome of(Object result) {
        return new ToolOutcome(result, null);
    }

    /**
     * {@return the outcome of a tool that did not succeed}
     *
     * @param error why it failed or was refused.
     */
    public static ToolOutcome failed(String error) {
        return new ToolOutcome(null, error);
    }

    /** {@return whether the tool failed or was refused} */
    public boolean isFailed() {
        return error != null;
    }
}

package io.neurolink.agent.metrics;

import io.neurolink.agent.spi.Usage;
import java.util.Objects;

/**
 * How a run ended, and what it took. Durations are nanoseconds.
 *
 * @param kind        {@code stream}, {@code generate} or {@code tool_call}
 * @param model       model that was asked for, or null where the request named none
 * @param outcome     how it ended
 * @param code        error code of a run that failed, else null
 * @param queuedNs    from the request until the agent was asked; of a run that never got there, all of its time
 * @param firstNs     from the request until the first text; negative if there was none
 * @param totalNs     from the request until its end
 * @param usage       tokens; null for a tool
 */
public record RunEnd(String kind, String model, Outcome outcome, String code, long queuedNs, long firstNs, long totalNs, Usage usage) {
    /** How a run ends. */
    public enum Outcome {
        /** The agent said everything. */
        COMPLETED,
        /** A client, or the server on its behalf, did not want the rest. */
        CANCELLED,
        /** Something went wrong. */
        FAILED
    }

    /** Checks that the outcome is there. */
    public RunEnd {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(outcome, "outcome");
    }
}

package io.neurolink.agent.client;

import io.neurolink.agent.spi.Usage;

/**
 * How a run ended that did not fail.
 *
 * @param requestId    name of the run
 * @param text         the whole answer; of a run that was cancelled, what had arrived
 * @param reasoning    what the model thought, as far as it was told
 * @param isCancelled  whether the run was stopped
 * @param finishReason why it ended, or null for one that was cancelled
 * @param reason       why it was cancelled, or null
 * @param usage        tokens consumed
 * @param timing       how long it took, or null for one that was cancelled
 */
public record RunResult(String requestId, String text, String reasoning, boolean isCancelled, String finishReason, String reason,
                        Usage usage, RunEvent.Timing timing) {
}

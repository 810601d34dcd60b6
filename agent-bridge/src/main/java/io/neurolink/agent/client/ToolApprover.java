package io.neurolink.agent.client;

import java.util.concurrent.CompletionStage;

/** Decides about tool calls that need approval. */
@FunctionalInterface
public interface ToolApprover {
    /**
     * Called by the executor of the options, once for each call, also if the connection is lost meanwhile; it may block.
     *
     * @param requestId the run that wants the tool.
     * @param call      which tool, with which arguments, and until when an answer is waited for.
     * @return the decision, now or later. Null, or a failure, leaves the call to somebody else: to
     *         {@link AgentRun#approve}, or to another viewer.
     */
    CompletionStage<ToolDecision> approve(String requestId, RunEvent.ToolCalled call);
}

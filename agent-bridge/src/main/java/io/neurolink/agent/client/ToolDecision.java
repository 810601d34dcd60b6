package io.neurolink.agent.client;

/**
 * Whether a tool may run.
 *
 * @param isApproved whether it may
 * @param reason     text for the agent where it may not, or null
 */
public record ToolDecision(boolean isApproved, String reason) {
    /** It may. */
    public static final ToolDecision APPROVED = new ToolDecision(true, null);

    /**
     * It may not.
     *
     * @param reason text for the agent, or null.
     * @return the decision.
     */
    public static ToolDecision refused(String reason) {
        return new ToolDecision(false, reason);
    }
}

package io.neurolink.agent.metrics;

/** How a tool call ends. */
public enum ToolEnd {
    /** With a result. */
    COMPLETED,
    /** With an error of the tool, or of what should have run it. */
    FAILED,
    /** A client did not approve it. */
    REFUSED,
    /** Nobody approved it, or no client ran it, in time. */
    EXPIRED,
    /** The tool took too long. */
    TIMED_OUT,
    /** There is no such tool. */
    NOT_FOUND,
    /** The run ended before it did. */
    CANCELLED
}

package io.neurolink.agent.session;

/** Where a run stands. */
enum RunState {
    /** Not started. */
    NEW,
    /** Waits for older runs of its session. */
    QUEUED,
    /** The agent is at work, or waits for room. */
    ACTIVE,
    /** The agent was told to stop and has not confirmed it. */
    CANCELLING,
    /** The terminal event is in the log; whatever the agent still says is ignored. */
    ENDED,
    /** Forgotten. */
    GONE,
    /** Was none after all: another node has a run with its id. */
    REFUSED
}

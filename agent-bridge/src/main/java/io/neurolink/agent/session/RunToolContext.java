package io.neurolink.agent.session;

import java.util.concurrent.Executor;
import org.agrona.concurrent.EpochClock;

/**
 * What the tool calls of all runs of an endpoint share.
 *
 * @param config     limits and times
 * @param epochClock time of day
 * @param threads    runs tools, and what depends on their outcomes; may reject
 * @param scheduler  runs what the threads reject
 * @param waiting    calls that wait for a viewer
 */
record RunToolContext(AgentHandlerConfig config, EpochClock epochClock, Executor threads, Executor scheduler, WaitingTools waiting) {
}

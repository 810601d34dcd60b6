package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.metrics.AgentMeter;
import java.util.concurrent.ScheduledExecutorService;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/**
 * What all runs of an endpoint share.
 *
 * @param config     limits and times
 * @param nanoClock  measures durations
 * @param epochClock time of day
 * @param scheduler  timers; tasks on it do not block
 * @param writers    writers of events
 * @param frames     builders of what viewers are sent
 * @param tools      what their tool calls share
 * @param meter      counts what they do
 */
record RunContext(
        AgentHandlerConfig config,
        NanoClock nanoClock,
        EpochClock epochClock,
        ScheduledExecutorService scheduler,
        Recycler<EnvelopeWriter> writers,
        Recycler<RunFrames> frames,
        RunToolContext tools,
        AgentMeter meter) {
}

package io.neurolink.agent.session;

import io.neurolink.agent.metrics.AgentMeter;
import io.neurolink.agent.spi.AgentEvent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.agrona.concurrent.EpochClock;

/**
 * What the tool calls of all runs of an endpoint share.
 *
 * @param config     limits and times
 * @param epochClock time of day
 * @param threads    runs tools, and what depends on their outcomes; may reject
 * @param scheduler  runs what the threads reject
 * @param waiting    calls that wait for a viewer
 * @param authorization says which tools a user may have called
 * @param meter      counts how they end
 */
record RunToolContext(AgentHandlerConfig config, EpochClock epochClock, Executor threads, Executor scheduler, WaitingTools waiting,
        Authorization authorization, AgentMeter meter) {
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    /** Does what calls code of an agent's or a tool's: on another thread than the one that may have a run's gate. */
    void later(Runnable action) {
        Runnable guarded = () -> {
            try {
                action.run();
            } catch (RuntimeException e) {
                LOGGER.log(Level.WARNING, "what was to follow a tool call failed", e);
            }
        };
        if (!isHandedOver(guarded, threads) && !isHandedOver(guarded, scheduler)) {
            guarded.run();
        }
    }

    private static boolean isHandedOver(Runnable action, Executor executor) {
        try {
            executor.execute(action);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** An event comes too late to be served: if it asks for a tool, nobody must wait for that. */
    void discard(AgentEvent event) {
        if (event instanceof AgentEvent.ToolRequested requested) {
            later(() -> requested.outcome().cancel(false));
        }
    }
}

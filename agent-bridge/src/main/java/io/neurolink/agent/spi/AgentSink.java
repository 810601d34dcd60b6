package io.neurolink.agent.spi;

import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Takes the events of one run written in blocking style. Every method waits while the viewer is slow, and throws
 * {@link java.util.concurrent.CancellationException} once the run was cancelled: let it pass. One thread at a time.
 */
public interface AgentSink {
    /**
     * Any event.
     *
     * @param event the event; {@link AgentEvent.Finished} ends the answer.
     */
    void emit(AgentEvent event);

    /**
     * The next piece of the answer.
     *
     * @param text the piece.
     */
    default void text(String text) {
        emit(new AgentEvent.Text(text));
    }

    /**
     * The next piece of what the model thinks.
     *
     * @param text the piece.
     */
    default void reasoning(String text) {
        emit(new AgentEvent.Reasoning(text));
    }

    /**
     * Has a tool run, and waits for what comes of it: see {@link AgentEvent.ToolRequested}.
     *
     * @param toolName name of the tool.
     * @param args     its arguments as a JSON value.
     * @return the outcome; a tool that failed or was refused is one too.
     */
    default ToolOutcome callTool(String toolName, Object args) {
        CompletableFuture<ToolOutcome> outcome = new CompletableFuture<>();
        emit(new AgentEvent.ToolRequested("call_" + UUID.randomUUID(), toolName, args, outcome));
        return outcome.join();
    }

    /** {@return tells when the run is cancelled, to close what a blocking call waits for} */
    Cancellation cancellation();
}

package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.engine.spi.TraceContext;
import java.time.Duration;
import java.util.concurrent.Flow;
import java.util.function.Supplier;

/**
 * What a run is to do.
 *
 * @param requestId   identifies the run
 * @param isIdNew     whether the server made the id up
 * @param kind        what the viewer gets to see
 * @param fingerprint the same for a request that is sent again, and most likely another one for any other
 * @param prompt      what was asked; null for a tool
 * @param inputLength characters of the conversation, for estimating tokens
 * @param model       model asked for, or null
 * @param sessionId   conversation as named by the client, or null
 * @param overlap     what it does when its session has runs going
 * @param cancelOnDisconnect whether it is cancelled when nobody looks at it any more
 * @param tools       tools that the agent may ask for
 * @param toolTimeout time the run has if it is that of a tool; null = what the configuration gives
 * @param trace       the run's step in the trace of its client, or null
 * @param parentSpanId the step that it belongs to, or null
 * @param publisher   starts the agent or the tool; may throw
 */
record RunRequest(
        String requestId,
        boolean isIdNew,
        RunKind kind,
        int fingerprint,
        String prompt,
        long inputLength,
        String model,
        String sessionId,
        Overlap overlap,
        boolean cancelOnDisconnect,
        ToolSet tools,
        Duration toolTimeout,
        TraceContext trace,
        String parentSpanId,
        Supplier<Flow.Publisher<AgentEvent>> publisher) {
}

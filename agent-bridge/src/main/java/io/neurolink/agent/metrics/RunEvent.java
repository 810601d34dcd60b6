package io.neurolink.agent.metrics;

import io.neurolink.engine.spi.TraceContext;
import java.util.Locale;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A run of an agent has ended. The ids of its step in a trace make it a span of that trace. */
@Name("io.neurolink.Run")
@Label("Run")
@Description("A run of an agent, or of a tool, has ended")
@Category({"NeuroLink", "Agent"})
@StackTrace(false)
final class RunEvent extends Event {
    private static final RunEvent PROBE = new RunEvent();

    @Label("Request")
    String requestId;

    @Label("Kind")
    String kind;

    @Label("Model")
    String model;

    @Label("Outcome")
    String outcome;

    @Label("Error Code")
    String code;

    @Label("Queued")
    @Timespan(Timespan.NANOSECONDS)
    long queued;

    @Label("Time to First Token")
    @Timespan(Timespan.NANOSECONDS)
    long firstToken;

    @Label("Total")
    @Timespan(Timespan.NANOSECONDS)
    long total;

    @Label("Input Tokens")
    long inputTokens;

    @Label("Output Tokens")
    long outputTokens;

    @Label("Trace")
    String traceId;

    @Label("Span")
    String spanId;

    @Label("Parent Span")
    String parentSpanId;

    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static void emit(String requestId, RunEnd end, TraceContext trace, String parentSpanId) {
        RunEvent event = new RunEvent();
        event.requestId = requestId;
        event.kind = end.kind();
        event.model = end.model();
        event.outcome = end.outcome().name().toLowerCase(Locale.ROOT);
        event.code = end.code();
        event.queued = end.queuedNs();
        event.firstToken = end.firstNs();
        event.total = end.totalNs();
        event.inputTokens = end.usage() == null ? 0 : end.usage().inputTokens();
        event.outputTokens = end.usage() == null ? 0 : end.usage().outputTokens();
        event.traceId = trace == null ? null : trace.traceId();
        event.spanId = trace == null ? null : trace.spanId();
        event.parentSpanId = parentSpanId;
        event.commit();
    }
}

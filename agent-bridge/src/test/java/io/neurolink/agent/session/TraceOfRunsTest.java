package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.engine.spi.TraceContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the trace of a client reaches agents and tools. */
class TraceOfRunsTest {
    private static final String TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN_ID = "00f067aa0ba902b7";
    private static final String FIELDS = "\"traceparent\":\"00-" + TRACE_ID + "-" + SPAN_ID + "-01\",\"tracestate\":\"a=1\"";
    private static final String OTHER_ID = "0af7651916cd43dd8448eb211c80319c";

    private final ManualTime time = new ManualTime();
    private final List<ToolCall> calls = new ArrayList<>();
    private final ScriptedAgent agent = new ScriptedAgent(AgentTool.of("see", "Sees.", "{}", call -> {
        calls.add(call);
        return CompletableFuture.completedFuture("seen");
    }));
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).toolThreads(Runnable::run).build();
    private final FakeConnection connection = new FakeConnection();

    private TraceContext traceOfRun(String message) {
        connection.open(handler);
        connection.receive(message);
        return agent.last().request.trace();
    }

    private void upgradedWith(String traceparent) {
        connection.metadata().put(TraceContext.METADATA_KEY, TraceContext.parse(traceparent, null));
    }

    private static void assertBelow(TraceContext trace) {
        assertEquals(TRACE_ID, trace.traceId());
        assertNotEquals(SPAN_ID, trace.spanId());
        assertEquals("a=1", trace.state());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"type\":\"stream\"," + FIELDS + ",\"payload\":{\"prompt\":\"p\"}}",
        "{\"type\":\"generate\"," + FIELDS + ",\"payload\":{\"prompt\":\"p\"}}",
        "{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\"," + FIELDS + "}}",
        "{\"type\":\"stream\",\"input\":{\"text\":\"p\"}," + FIELDS + "}",
        "{\"type\":\"message\",\"channel\":\"c\",\"payload\":{\"prompt\":\"p\"," + FIELDS + "}}"})
    void shouldMakeTheRunAStepInTheTraceOfItsMessage(String message) {
        connection.ownMessages();
        assertBelow(traceOfRun(message));
    }

    @Test
    void shouldTakeTheTraceOfTheConnectionWhereTheMessageHasNone() {
        upgradedWith("00-" + OTHER_ID + "-b7ad6b7169203331-00");
        TraceContext trace = traceOfRun("{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(OTHER_ID, trace.traceId());
        assertNotEquals("b7ad6b7169203331", trace.spanId());
        assertEquals(0, trace.flags());
    }

    @Test
    void shouldPreferTheTraceOfTheMessage() {
        upgradedWith("00-" + OTHER_ID + "-b7ad6b7169203331-00");
        assertBelow(traceOfRun("{\"type\":\"stream\"," + FIELDS + ",\"payload\":{\"prompt\":\"p\"}}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"00-" + OTHER_ID + "-0000000000000000-01\"", "\"\"", "7", "null", "{}", "[\"x\"]", "true"})
    void shouldIgnoreATraceThatBreaksTheRules(String traceparent) {
        assertNull(traceOfRun("{\"type\":\"stream\",\"traceparent\":" + traceparent + ",\"payload\":{\"prompt\":\"p\"}}"));
    }

    @Test
    void shouldKeepATraceWhoseStateIsNoText() {
        TraceContext trace = traceOfRun("{\"type\":\"stream\",\"traceparent\":\"00-" + TRACE_ID + "-" + SPAN_ID
                + "-01\",\"tracestate\":[1],\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(TRACE_ID, trace.traceId());
        assertEquals("", trace.state());
    }

    @Test
    void shouldTellToolsOfTheStepOfTheirRun() {
        TraceContext trace = traceOfRun("{\"type\":\"stream\"," + FIELDS + ",\"payload\":{\"prompt\":\"p\"}}");
        agent.last().emit(new AgentEvent.ToolRequested("t", "see", null, new CompletableFuture<>()));
        assertEquals(trace, calls.get(0).trace());
    }

    @Test
    void shouldTellAToolThatIsCalledWithoutTheAgent() {
        connection.open(handler);
        connection.receive("{\"type\":\"tool_call\"," + FIELDS + ",\"payload\":{\"toolName\":\"see\"}}");
        assertBelow(calls.get(0).trace());
        connection.receive("{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"see\"}}");
        assertNull(calls.get(1).trace());
    }
}

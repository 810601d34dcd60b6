package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.metrics.AgentMetrics;
import io.neurolink.agent.metrics.AgentMetrics.Ends;
import io.neurolink.agent.metrics.AgentMetrics.ModelUse;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.Usage;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.engine.metrics.HistogramSnapshot;
import io.neurolink.engine.metrics.MetricFamily;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the runs of an agent are measured by, to the nanosecond. */
class RunMetricsTest {
    private static final long MS = 1_000_000;

    private final ManualTime time = new ManualTime();
    private final CompletableFuture<Object> slow = new CompletableFuture<>();
    private final ScriptedAgent agent = new ScriptedAgent(
            AgentTool.of("add", "Adds.", "{}", call -> CompletableFuture.completedFuture(5)),
            AgentTool.of("break", "Breaks.", "{}", call -> CompletableFuture.failedFuture(new AgentException(ErrorCode.TOOL_FAILED, "no"))),
            AgentTool.of("slow", "Waits.", "{}", call -> (CompletionStage<?>) slow),
            AgentTool.of("ask", "Asks.", "{}", call -> CompletableFuture.completedFuture(1)).withApproval(ToolApproval.REQUIRED));
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).toolThreads(Runnable::run)
            .config(AgentHandlerConfig.builder().maxMeteredModels(2).toolTimeout(Duration.ofSeconds(10)).build()).build();
    private final FakeConnection connection = new FakeConnection().open(handler);

    private ScriptedRun stream(String requestId, String model) {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"" + requestId + "\",\"payload\":{\"prompt\":\"12345678\",\"options\":{"
                + (model == null ? "" : "\"model\":\"" + model + "\"") + "}}}");
        return agent.last();
    }

    private void pass(long ms) {
        time.advance(Duration.ofMillis(ms));
    }

    private AgentMetrics metrics() {
        return handler.metrics();
    }

    private ModelUse model(String name) {
        return metrics().models().get(name);
    }

    private static void assertOne(long value, HistogramSnapshot histogram) {
        assertEquals(1, histogram.count());
        assertEquals(value, histogram.sum());
    }

    private void complete(String requestId, String model) {
        ScriptedRun run = stream(requestId, model);
        run.text("x");
        run.subscriber.onComplete();
    }

    @Test
    void shouldMeasureACompletedRun() {
        ScriptedRun run = stream("r", null);
        assertEquals(1, metrics().now().active());
        assertEquals(1, metrics().now().viewers());
        assertEquals(1, metrics().started());
        pass(300);
        run.text("a");
        pass(200);
        run.emit(new AgentEvent.UsageReported(Usage.of(7, 5)));
        run.emit(new AgentEvent.Finished("stop"));
        assertEquals(Map.of("stream", new Ends(1, 0, 0), "generate", new Ends(0, 0, 0), "tool_call", new Ends(0, 0, 0)), metrics().runs());
        ModelUse use = model("none");
        assertEquals(List.of("none"), List.copyOf(use.requestTime().keySet()));
        assertOne(500 * MS, use.requestTime().get("none"));
        assertOne(500 * MS, use.operationTime().get("none"));
        assertOne(300 * MS, use.firstTokenTime());
        assertOne(50 * MS, use.perTokenTime());
        assertOne(7, use.inputTokens());
        assertOne(5, use.outputTokens());
        assertEquals(0, metrics().now().active());
        assertEquals(1, metrics().now().kept());
        assertTrue(metrics().now().logBytes() > 0 && metrics().now().logBytes() < metrics().now().logLimitBytes());
    }

    @Test
    void shouldTellTheTimeOfTheAgentFromTheTimeInTheLine() {
        String payload = "{\"prompt\":\"p\",\"sessionId\":\"s\",\"overlap\":\"queue\"}";
        connection.receive("{\"type\":\"stream\",\"requestId\":\"a\",\"payload\":" + payload + "}");
        ScriptedRun first = agent.last();
        connection.receive("{\"type\":\"stream\",\"requestId\":\"b\",\"payload\":" + payload + "}");
        pass(400);
        first.subscriber.onComplete();
        time.runReady();
        pass(100);
        agent.last().subscriber.onComplete();
        assertEquals(900 * MS, model("none").requestTime().get("none").sum());
        assertEquals(500 * MS, model("none").operationTime().get("none").sum());
        assertEquals(0, model("none").firstTokenTime().count());
    }

    @Test
    void shouldCountFailuresByTheirCode() {
        stream("a", null).subscriber.onError(new AgentException(ErrorCode.MODEL_TIMEOUT, "late"));
        stream("b", null).subscriber.onError(new AgentException("OWN_CODE", "own", false, -1));
        assertEquals(new Ends(0, 0, 2), metrics().runs().get("stream"));
        assertEquals(1, metrics().errors().get("MODEL_TIMEOUT"));
        assertEquals(1, metrics().errors().get("other"));
        assertEquals(0, metrics().errors().get("INTERNAL"));
        assertEquals(1, model("none").requestTime().get("MODEL_TIMEOUT").count());
        assertEquals(1, model("none").requestTime().get("other").count());
        assertEquals(0, model("none").perTokenTime().count());
    }

    @Test
    void shouldMeasureHowLongACancelTakes() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\",\"options\":{\"canTell\":true}}}");
        ScriptedRun run = agent.last();
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        pass(30);
        run.closed.complete(true);
        assertOne(30 * MS, metrics().cancels().get("true"));
        assertEquals(new Ends(0, 1, 0), metrics().runs().get("stream"));
        assertOne(30 * MS, model("none").requestTime().get("cancelled"));

        stream("q", null);
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"q\"}}");
        assertOne(0, metrics().cancels().get("unknown"));
        assertEquals(0, metrics().cancels().get("false").count());
    }

    /** A client may send any name: only those that led to something become names of metrics, and not too many. */
    @Test
    void shouldBoundTheNamesOfModels() {
        stream("a", "junk").subscriber.onError(new AgentException(ErrorCode.MODEL_ERROR, "no such model"));
        assertEquals(1, model("other").requestTime().get("MODEL_ERROR").count());
        assertFalse(metrics().models().containsKey("junk"));
        complete("b", "small");
        complete("c", "large");
        complete("d", "huge");
        assertEquals(List.of("none", "other"), List.copyOf(metrics().models().keySet()), "two names at most");

        AgentHandler roomy = AgentHandler.builder(agent).scheduler(time).clocks(time, time).build();
        FakeConnection other = new FakeConnection().open(roomy);
        for (String name : List.of("small", "large", "x".repeat(101))) {
            other.receive("{\"type\":\"generate\",\"payload\":{\"prompt\":\"p\",\"options\":{\"model\":\"" + name + "\"}}}");
            agent.last().subscriber.onComplete();
        }
        assertEquals(List.of("large", "none", "other", "small"), List.copyOf(roomy.metrics().models().keySet()));
        assertEquals(new Ends(3, 0, 0), roomy.metrics().runs().get("generate"));
    }

    @Test
    void shouldCountToolsThatTheRunCalls() {
        ScriptedRun run = stream("r", null);
        for (String name : List.of("add", "break", "fly", "slow", "ask")) {
            run.emit(new AgentEvent.ToolRequested(name, name, Map.of(), new CompletableFuture<>()));
        }
        pass(2000);
        slow.complete(1);
        assertEquals(1, metrics().tools().get("add").ends().get("completed"));
        assertEquals(1, metrics().tools().get("break").ends().get("failed"));
        assertEquals(1, metrics().tools().get("other").ends().get("not_found"));
        assertOne(2000 * MS, metrics().tools().get("slow").time());
        assertEquals(0, metrics().tools().get("other").time().count(), "it did not run");
        String id = (String) connection.messages().stream().filter(message -> "required".equals(message.get("approval"))).findFirst()
                .orElseThrow().get("toolCallId");
        connection.receive("{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"" + id + "\",\"approved\":false}}");
        assertEquals(1, metrics().tools().get("ask").ends().get("refused"));
        run.emit(new AgentEvent.ToolRequested("ask2", "ask", Map.of(), new CompletableFuture<>()));
        time.advance(Duration.ofMinutes(5));
        assertEquals(1, metrics().tools().get("ask").ends().get("expired"));
        run.emit(new AgentEvent.ToolRequested("ask3", "ask", Map.of(), new CompletableFuture<>()));
        run.subscriber.onComplete();
        assertEquals(1, metrics().tools().get("ask").ends().get("cancelled"));
        assertEquals(0, metrics().tools().get("ask").time().count());
    }

    @Test
    void shouldCountToolsThatTakeTooLong() {
        stream("r", null).emit(new AgentEvent.ToolRequested("t", "slow", Map.of(), new CompletableFuture<>()));
        pass(10_000);
        assertEquals(1, metrics().tools().get("slow").ends().get("timed_out"));
        assertOne(10_000 * MS, metrics().tools().get("slow").time());
    }

    @Test
    void shouldCountToolsOfClientsUnderOneName() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\",\"tools\":[{\"name\":\"mine\","
                + "\"description\":\"d\",\"inputSchema\":{\"type\":\"object\"}}]}}");
        agent.last().emit(new AgentEvent.ToolRequested("t", "mine", Map.of(), new CompletableFuture<>()));
        agent.last().subscriber.onComplete();
        assertEquals(1, metrics().tools().get("client").ends().get("cancelled"));
        assertFalse(metrics().tools().containsKey("mine"));
    }

    @Test
    void shouldCountToolsThatAgentsRunThemselves() {
        ScriptedRun run = stream("r", null);
        run.emit(new AgentEvent.ToolStarted("1", "add", Map.of()));
        run.emit(new AgentEvent.ToolFinished("1", "add", 5, null, 70));
        run.emit(new AgentEvent.ToolStarted("2", "own", Map.of()));
        run.emit(new AgentEvent.ToolFinished("2", "own", null, "broken", 30));
        run.emit(new AgentEvent.ToolStarted("3", "add", Map.of()));
        run.subscriber.onComplete();
        assertEquals(List.of(1L, 1L), List.of(metrics().tools().get("add").ends().get("completed"),
                metrics().tools().get("add").ends().get("cancelled")));
        assertEquals(70 * MS, metrics().tools().get("add").time().sum());
        assertEquals(1, metrics().tools().get("other").ends().get("failed"));
    }

    @Test
    void shouldCountToolsThatClientsCall() {
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"1\",\"payload\":{\"toolName\":\"add\"}}");
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"2\",\"payload\":{\"toolName\":\"break\"}}");
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"3\",\"payload\":{\"toolName\":\"slow\"}}");
        pass(100);
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"3\"}}");
        pass(1000);
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"4\",\"payload\":{\"toolName\":\"fly\"}}");
        assertEquals(new Ends(1, 1, 1), metrics().runs().get("tool_call"));
        assertEquals(1, metrics().tools().get("add").ends().get("completed"));
        assertEquals(1, metrics().tools().get("break").ends().get("failed"));
        assertEquals(1, metrics().tools().get("slow").ends().get("cancelled"));
        assertOne(100 * MS, metrics().tools().get("slow").time());
        assertEquals(1, metrics().refused().get("TOOL_NOT_FOUND"));
        assertEquals(0, model("none").requestTime().get("none").count(), "a tool is no model");
    }

    @Test
    void shouldCountResumesAndRefusals() {
        stream("r", null);
        connection.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0}}");
        connection.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"x\",\"after\":0}}");
        connection.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0,\"epoch\":\"other\"}}");
        stream("r", null);
        connection.receive("{\"type\":\"stream\",\"payload\":{}}");
        handler.shutdown("bye", 0);
        stream("later", null);
        assertEquals(Map.of("resumed", 1L, "unknown", 1L, "epoch", 1L, "expired", 0L, "trimmed", 0L, "forbidden", 0L), metrics().resumes());
        Map<String, Long> refused = metrics().refused().entrySet().stream().filter(entry -> entry.getValue() > 0)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        assertEquals(Map.of("DUPLICATE_REQUEST", 1L, "INVALID_PAYLOAD", 1L, "SHUTTING_DOWN", 1L), refused);
    }

    /** Every sample of a family has the same tags, no two the same values; started runs are active or have ended. */
    @Test
    void shouldHaveSoundFamilies() {
        complete("a", "m");
        stream("b", null).subscriber.onError(new IllegalStateException("x"));
        stream("c", null);
        List<MetricFamily> families = metrics().families();
        assertEquals(families.size(), families.stream().map(MetricFamily::prometheusName).distinct().count());
        for (MetricFamily family : families) {
            assertEquals(1, family.samples().stream().map(sample -> sample.tags().keySet()).distinct().count(), family.name());
            assertEquals(family.samples().size(), family.samples().stream().map(MetricFamily.Sample::tags).distinct().count(),
                    family.name());
            assertTrue(family.description().endsWith("."), family.name());
        }
        double ended = families.stream().filter(family -> family.name().equals("neurolink.agent.runs.ended"))
                .flatMap(family -> family.samples().stream()).mapToDouble(MetricFamily.Sample::value).sum();
        assertEquals(metrics().started(), ended + metrics().now().active());
    }
}

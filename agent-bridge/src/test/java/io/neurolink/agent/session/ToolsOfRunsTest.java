package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tools that agents ask for, as viewers see and answer them. */
class ToolsOfRunsTest {
    private final ManualTime time = new ManualTime();
    private final List<ToolCall> calls = new ArrayList<>();
    private final CompletableFuture<Object> result = new CompletableFuture<>();
    private final AgentTool pay = AgentTool.named("pay").string("to", "Who gets it.").approval(ToolApproval.REQUIRED)
            .timeout(Duration.ofMinutes(10)).async(call -> {
                calls.add(call);
                return result;
            });
    private final ScriptedAgent agent = new ScriptedAgent(pay, AgentTool.client("ask", "Asks the user.", "{}"));
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).toolThreads(time)
            .config(AgentHandlerConfig.builder().viewerlessGrace(Duration.ofHours(1)).build()).build();
    private final FakeConnection connection = connect(null);

    private FakeConnection connect(String user) {
        FakeConnection opened = new FakeConnection().marks(100_000, 1_000_000);
        return (user == null ? opened : opened.user(AuthenticatedUser.of(user))).open(handler);
    }

    private ScriptedRun start(FakeConnection from, String type) {
        from.receive("{\"type\":\"" + type + "\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        return agent.last();
    }

    private CompletableFuture<ToolOutcome> request(ScriptedRun run, String tool) {
        CompletableFuture<ToolOutcome> outcome = new CompletableFuture<>();
        run.emit(new AgentEvent.ToolRequested("c1", tool, Map.of("to", "bob"), outcome));
        return outcome;
    }

    private static List<Object> types(FakeConnection of) {
        return of.ofRun("r").stream().map(event -> event.get("type")).toList();
    }

    private static Map<String, Object> last(FakeConnection of) {
        return of.messages().get(of.messages().size() - 1);
    }

    private static String callId(FakeConnection of) {
        return (String) of.ofRun("r").stream().filter(event -> event.get("type").equals("tool_call")).findFirst().orElseThrow()
                .get("toolCallId");
    }

    private void approve(FakeConnection from, String toolCallId, boolean isApproved) {
        from.receive("{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"" + toolCallId + "\",\"approved\":" + isApproved + "}}");
        time.runReady();
    }

    private static void resume(FakeConnection from, long after) {
        from.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":" + after + "}}");
    }

    @Test
    void shouldRunAToolThatAViewerApproves() {
        ScriptedRun run = start(connection, "stream");
        CompletableFuture<ToolOutcome> outcome = request(run, "pay");
        assertTrue(run.isWanted(), "the agent may go on while it waits");
        run.text("meanwhile");
        approve(connection, callId(connection), true);
        result.complete("paid");
        time.runReady();
        assertEquals("paid", outcome.join().result());
        run.emit(new AgentEvent.Finished("stop"));
        assertEquals(List.of("accepted", "stream_start", "tool_call", "chunk", "tool_result", "stream_complete"), types(connection));
        assertEquals("bob", calls.get(0).string("to"));
    }

    @Test
    void shouldSendWhatStillWaitsAgainAfterResumed() {
        ScriptedRun run = start(connection, "stream");
        request(run, "pay");
        Map<String, Object> asked = last(connection);
        run.text("meanwhile");
        connection.disconnect();
        FakeConnection seen = connect(null);
        resume(seen, 3);
        assertEquals(List.of("resumed", "tool_call"), types(seen));
        assertEquals(asked, last(seen));
        assertEquals(3L, seen.ofRun("r").get(0).get("to"));
        FakeConnection early = connect(null);
        resume(early, 1);
        assertEquals(List.of("resumed", "tool_call", "chunk"), types(early));
        FakeConnection late = connect(null);
        run.text("more");
        resume(late, 4);
        assertEquals(List.of("resumed", "tool_call"), types(late));
        assertEquals(asked, last(late));
    }

    @Test
    void shouldSendApprovalsThatWaitButNoOthersAgain() {
        ScriptedRun run = start(connection, "stream");
        request(run, "pay");
        FakeConnection other = connect(null);
        resume(other, 2);
        assertEquals(List.of("resumed", "tool_call"), types(other));
        resume(other, 2);
        assertEquals(List.of("resumed", "tool_call", "resumed", "tool_call"), types(other));
        approve(other, callId(other), true);
        other.take();
        resume(other, 2);
        assertEquals(List.of("resumed"), types(other));
        assertEquals(1, calls.size());
        result.complete(1);
        time.runReady();
        assertEquals(List.of("accepted", "stream_start", "tool_call", "tool_result"), types(connection));
        assertEquals(1, calls.size());
    }

    @Test
    void shouldLetAnyConnectionOfTheUserAnswerAndNoOther() {
        FakeConnection ann = connect("ann");
        ScriptedRun run = start(ann, "stream");
        CompletableFuture<ToolOutcome> outcome = request(run, "ask");
        String id = callId(ann);
        for (FakeConnection stranger : List.of(connection, connect("bob"))) {
            stranger.receive("{\"type\":\"tool_result\",\"payload\":{\"toolCallId\":\"" + id + "\",\"result\":1}}");
            assertEquals("INVALID_PAYLOAD", last(stranger).get("code"));
            assertEquals("tool_result", last(stranger).get("inReplyTo"));
            assertFalse(last(stranger).containsKey("requestId"));
        }
        assertFalse(outcome.isDone());
        FakeConnection phone = connect("ann");
        phone.receive("{\"type\":\"tool_result\",\"payload\":{\"toolCallId\":\"" + id + "\",\"result\":{\"yes\":true}}}");
        time.runReady();
        assertEquals(Map.of("yes", true), outcome.join().result());
        assertEquals(Map.of("yes", true), last(ann).get("result"));
        int before = phone.messages().size();
        phone.receive("{\"type\":\"tool_result\",\"payload\":{\"toolCallId\":\"" + id + "\",\"result\":2}}");
        assertEquals(before, phone.messages().size(), "a second answer has no effect and gets none");
    }

    @Test
    void shouldAskInGenerateRunsToo() {
        ScriptedRun run = start(connection, "generate");
        request(run, "pay");
        approve(connection, callId(connection), false);
        run.text("No money.");
        run.emit(new AgentEvent.Finished("stop"));
        assertEquals(List.of("tool_call", "tool_result", "response"), types(connection));
        assertEquals(List.of(1L, 2L, 3L), connection.ofRun("r").stream().map(event -> event.get("seq")).toList());
    }

    @Test
    void shouldCloseCallsBeforeTheRunIsCancelled() {
        ScriptedRun run = start(connection, "stream");
        CompletableFuture<ToolOutcome> outcome = request(run, "pay");
        approve(connection, callId(connection), true);
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        time.runReady();
        assertEquals(List.of("accepted", "stream_start", "tool_call", "tool_result", "cancelled"), types(connection));
        assertTrue(outcome.isCancelled());
        assertTrue(calls.get(0).cancellation().isCancelled());
        assertEquals("The run ended before the tool did", connection.ofRun("r").get(3).get("error"));
    }

    @Test
    void shouldCloseCallsWhenTheAgentEndsWithoutWaiting() {
        ScriptedRun run = start(connection, "stream");
        CompletableFuture<ToolOutcome> outcome = request(run, "ask");
        run.emit(new AgentEvent.Finished("stop"));
        time.runReady();
        assertEquals(List.of("accepted", "stream_start", "tool_call", "tool_result", "stream_complete"), types(connection));
        assertTrue(outcome.isCancelled());
        String late = "{\"type\":\"tool_result\",\"payload\":{\"toolCallId\":\"" + callId(connection) + "\",\"result\":1}}";
        connection.receive(late);
        assertEquals("stream_complete", last(connection).get("type"));
    }

    @Test
    void shouldNotLeaveAnAgentWaitingThatAsksTooLate() {
        ScriptedRun run = start(connection, "stream");
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        CompletableFuture<ToolOutcome> outcome = request(run, "pay");
        time.runReady();
        assertTrue(outcome.isCancelled());
        assertEquals("cancelled", last(connection).get("type"));
    }

    @Test
    void shouldNotLeaveAnAgentWaitingThatAsksWhileItIsBeingStopped() {
        connection.receive("""
                {"type":"stream","requestId":"r","payload":{"prompt":"p","options":{"canTell":true}}}""");
        ScriptedRun run = agent.last();
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        CompletableFuture<ToolOutcome> outcome = request(run, "pay");
        time.runReady();
        assertTrue(outcome.isCancelled());
        run.closed.complete(true);
        assertEquals(List.of("accepted", "stream_start", "cancelled"), types(connection));
    }

    @Test
    void shouldNotTakeTheWaitForAnApprovalForSilence() {
        ScriptedRun run = start(connection, "stream");
        CompletableFuture<ToolOutcome> outcome = request(run, "pay");
        time.advance(Duration.ofMinutes(4));
        assertEquals("status", last(connection).get("type"));
        assertEquals("tool", last(connection).get("state"));
        approve(connection, callId(connection), true);
        time.advance(Duration.ofMinutes(9));
        result.complete(1);
        time.runReady();
        assertTrue(outcome.isDone());
        time.advance(Duration.ofSeconds(119));
        assertFalse(types(connection).contains("error"));
        time.advance(Duration.ofSeconds(2));
        assertEquals("MODEL_TIMEOUT", last(connection).get("code"));
    }

    @Test
    void shouldFailTheRunForTooManyCalls() {
        ScriptedRun run = start(connection, "stream");
        for (int i = 0; i < 64; i++) {
            run.emit(new AgentEvent.ToolRequested("c" + i, "ask", null, new CompletableFuture<>()));
        }
        run.emit(new AgentEvent.ToolRequested("last", "ask", null, new CompletableFuture<>()));
        assertEquals("More than 64 tool calls at once", last(connection).get("error"));
        List<Object> types = types(connection);
        assertEquals(64, types.stream().filter("tool_result"::equals).count());
        assertEquals("error", types.get(types.size() - 1));
        assertEquals(0, time.armedCount() - 1, "but for the one that forgets the run");
    }

    @Test
    void shouldRefuseWhatNamesNoCall() {
        connection.receive("{\"type\":\"tool_approval\",\"payload\":{\"approved\":true}}");
        assertEquals("payload.toolCallId is required", last(connection).get("error"));
        approve(connection, "call_unknown", true);
        assertEquals("payload.toolCallId: no such call waits for an answer", last(connection).get("error"));
        assertEquals("tool_approval", last(connection).get("inReplyTo"));
    }

    @Test
    void shouldNotRunAToolOfClientsOnTheServer() {
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"r\",\"payload\":{\"toolName\":\"ask\"}}");
        assertEquals("TOOL_FAILED", last(connection).get("code"));
        assertEquals("The tool ask is run by clients", last(connection).get("error"));
        connection.receive("{\"type\":\"tool_call\",\"requestId\":\"t\",\"payload\":{\"toolName\":\"pay\",\"args\":{\"to\":\"x\"}}}");
        time.advance(Duration.ofMinutes(9));
        result.complete("directly, without approval, in its own time");
        assertEquals("tool_result", last(connection).get("type"));
    }

    @Test
    void shouldRefuseClientToolsWithNamesOfTheAgents() {
        connection.receive("""
                {"type":"stream","requestId":"r","payload":{"prompt":"p","tools":[{"name":"pay"}]}}""");
        assertEquals("INVALID_PAYLOAD", last(connection).get("code"));
        assertEquals("payload.tools[0].name is that of a tool of the agent: pay", last(connection).get("error"));
        assertEquals(0, agent.runCount());
    }
}

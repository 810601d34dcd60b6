package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.agent.spi.ToolDeclaration;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The rules of tool calls, one by one. */
class RunToolsTest {
    private final ToolTrial trial = new ToolTrial();
    private final List<ToolCall> calls = new ArrayList<>();
    private final List<CompletableFuture<Object>> results = new ArrayList<>();

    /** A tool whose results the test completes. */
    private AgentTool tool(String name) {
        return AgentTool.of(name, "d", "{}", call -> {
            calls.add(call);
            CompletableFuture<Object> result = new CompletableFuture<>();
            results.add(result);
            return result;
        });
    }

    private void completes(int index, Object value) {
        results.get(index).complete(value);
        trial.settle();
    }

    private List<Object> logged(String field) {
        return trial.log.stream().map(event -> event.get(field)).toList();
    }

    @Test
    void shouldRunAToolAtOnce() {
        trial.add(tool("add"));
        CompletableFuture<ToolOutcome> outcome = trial.request("c1", "add", Map.of("a", 1));
        assertEquals(Map.of("type", "tool_call", "toolCallId", "c1", "toolName", "add", "args", Map.of("a", 1L), "approval", "auto"),
                trial.last());
        assertEquals(Map.of("a", 1), calls.get(0).args());
        assertEquals("ann", calls.get(0).user().id());
        assertFalse(outcome.isDone());
        trial.pass(Duration.ofMillis(7));
        completes(0, 5L);
        assertEquals(Map.of("type", "tool_result", "toolCallId", "c1", "toolName", "add", "result", 5L, "durationMs", 7L), trial.last());
        assertEquals(ToolOutcome.of(5L), outcome.join());
        assertFalse(calls.get(0).cancellation().isCancelled());
        assertEquals(0, trial.tools().openCount());
    }

    @Test
    void shouldCallNeitherToolNorAgentWithTheGateHeld() {
        trial.add(tool("add"));
        CompletableFuture<ToolOutcome> outcome = new CompletableFuture<>();
        trial.tools().request(new AgentEvent.ToolRequested("c1", "add", null, outcome), trial.time.nanoTime());
        assertEquals(0, calls.size());
        trial.time.runReady();
        results.get(0).complete(1);
        trial.tools().advance(trial.time.nanoTime());
        assertEquals("tool_result", trial.last().get("type"));
        assertFalse(outcome.isDone());
        trial.time.runReady();
        assertTrue(outcome.isDone());
    }

    @Test
    void shouldWaitForApproval() {
        trial.add(tool("pay").withApproval(ToolApproval.REQUIRED));
        CompletableFuture<ToolOutcome> outcome = trial.request("c1", "pay", null);
        assertEquals("required", trial.last().get("approval"));
        assertEquals(trial.time.time() + 60_000, trial.last().get("expiresAt"));
        assertNotEquals("c1", trial.lastId());
        trial.pass(Duration.ofSeconds(30));
        assertEquals(0, calls.size());
        trial.approve(trial.lastId(), true);
        assertEquals(1, calls.size());
        trial.pass(Duration.ofSeconds(1));
        completes(0, "paid");
        assertEquals("paid", outcome.join().result());
        assertEquals(1000L, trial.last().get("durationMs"));
    }

    @Test
    void shouldNotRunWhatIsRefused() {
        trial.add(tool("pay").withApproval(ToolApproval.REQUIRED));
        CompletableFuture<ToolOutcome> outcome = trial.request("c1", "pay", null);
        String id = trial.lastId();
        trial.waiting.approve(ToolTrial.ANN.id(), ToolTrial.envelope("tool_approval",
                "{\"toolCallId\":\"" + id + "\",\"approved\":false,\"reason\":\"too much\"}"));
        trial.settle();
        assertEquals("The call was refused: too much", outcome.join().error());
        assertEquals("The call was refused: too much", trial.last().get("error"));
        assertEquals(0L, trial.last().get("durationMs"));
        trial.approve(id, true);
        trial.pass(Duration.ofMinutes(2));
        assertEquals(0, calls.size());
        assertEquals(2, trial.log.size());
    }

    @Test
    void shouldCountTheFirstAnswerOnly() {
        trial.add(tool("pay").withApproval(ToolApproval.REQUIRED));
        trial.request("c1", "pay", null);
        String id = trial.lastId();
        trial.approve(id, true);
        trial.approve(id, false);
        trial.approve(id, true);
        assertEquals(1, calls.size());
        completes(0, 1);
        assertEquals(List.of("tool_call", "tool_result"), logged("type"));
    }

    @Test
    void shouldTakeAnExpiredApprovalForARefusal() {
        trial.add(tool("pay").withApproval(ToolApproval.REQUIRED));
        CompletableFuture<ToolOutcome> outcome = trial.request("c1", "pay", null);
        String id = trial.lastId();
        trial.pass(Duration.ofSeconds(60));
        assertEquals("Nobody approved the call within 60000 ms", outcome.join().error());
        trial.approve(id, true);
        assertEquals(0, calls.size());
        assertEquals(0, trial.waiting.size());
    }

    @Test
    void shouldHaveAClientRunItsTool() {
        trial.ofClient.add(new ToolDeclaration("where", "", "{}"));
        CompletableFuture<ToolOutcome> outcome = trial.request("c1", "where", Map.of());
        assertEquals("client", trial.last().get("approval"));
        trial.pass(Duration.ofSeconds(3));
        trial.result(trial.lastId(), ",\"result\":{\"lat\":1.5}");
        assertEquals(Map.of("lat", 1.5), outcome.join().result());
        assertEquals(3000L, trial.last().get("durationMs"));
        trial.result(trial.lastId(), ",\"result\":2");
        assertEquals(2, trial.log.size());
    }

    @Test
    void shouldTakeErrorsMissingResultsAndRefusalsOfClients() {
        trial.ofClient.add(new ToolDeclaration("where", "", "{}"));
        CompletableFuture<ToolOutcome> failed = trial.request("c1", "where", null);
        trial.result(trial.lastId(), ",\"error\":\"no position\"");
        assertEquals("no position", failed.join().error());
        CompletableFuture<ToolOutcome> empty = trial.request("c2", "where", null);
        trial.result(trial.lastId(), "");
        assertEquals(ToolOutcome.of(null), empty.join());
        CompletableFuture<ToolOutcome> refused = trial.request("c3", "where", null);
        trial.approve(trial.lastId(), false);
        assertEquals("The call was refused", refused.join().error());
        CompletableFuture<ToolOutcome> late = trial.request("c4", "where", null);
        trial.approve(trial.lastId(), true);
        assertFalse(late.isDone(), "the client is to run it, approved or not");
        trial.pass(Duration.ofSeconds(60));
        assertEquals("The client gave no result within 60000 ms", late.join().error());
        assertEquals(0, calls.size());
    }

    @Test
    void shouldGiveEachToolItsTime() {
        trial.add(tool("slow")).add(tool("quick").withTimeout(Duration.ofSeconds(2)));
        trial.add(AgentTool.named("ask").timeout(Duration.ofSeconds(5)).client());
        CompletableFuture<ToolOutcome> slow = trial.request("c1", "slow", null);
        CompletableFuture<ToolOutcome> quick = trial.request("c2", "quick", null);
        CompletableFuture<ToolOutcome> ask = trial.request("c3", "ask", null);
        assertEquals(Duration.ofSeconds(2).toNanos(), trial.tools().nextDeadlineNs() - trial.time.nanoTime());
        trial.pass(Duration.ofSeconds(2));
        assertEquals("The tool gave no result within 2000 ms", quick.join().error());
        assertTrue(calls.get(1).cancellation().isCancelled());
        trial.pass(Duration.ofSeconds(3));
        assertEquals("The client gave no result within 5000 ms", ask.join().error());
        assertFalse(slow.isDone());
        trial.pass(Duration.ofSeconds(5));
        assertEquals("The tool gave no result within 10000 ms", slow.join().error());
        completes(0, "too late");
        assertEquals(6, trial.log.size());
    }

    @Test
    void shouldTellTheModelOfUnknownToolsAndFailures() {
        trial.add(AgentTool.of("throws", "d", "{}", call -> {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "args.a must be a number");
        }));
        trial.add(AgentTool.of("fails", "d", "{}", call -> CompletableFuture.failedStage(new IllegalStateException("broken"))));
        trial.add(AgentTool.of("null", "d", "{}", call -> null));
        trial.add(AgentTool.of("dies", "d", "{}", call -> {
            throw new StackOverflowError();
        }));
        assertEquals("Tool not found: fly", trial.request("c1", "fly", null).join().error());
        assertEquals("args.a must be a number", trial.request("c2", "throws", null).join().error());
        assertEquals("broken", trial.request("c3", "fails", null).join().error());
        assertEquals("The tool null returned no stage", trial.request("c4", "null", null).join().error());
        assertEquals("StackOverflowError", trial.request("c5", "dies", null).join().error());
        assertEquals(10, trial.log.size());
    }

    @Test
    void shouldTellWhenTheServerIsBusy() {
        trial.add(tool("add"));
        trial.threads = task -> {
            throw new RejectedExecutionException();
        };
        assertEquals("The server has too many tools at work", trial.request("c1", "add", null).join().error());
    }

    @Test
    void shouldReplaceResultsThatCannotBeSent() {
        trial.add(tool("big")).add(tool("odd"));
        CompletableFuture<ToolOutcome> big = trial.request("c1", "big", null);
        completes(0, "x".repeat(2000));
        assertTrue(big.join().error().startsWith("The result of the tool could not be sent: "), big.join().error());
        CompletableFuture<ToolOutcome> odd = trial.request("c2", "odd", null);
        completes(1, new Object());
        assertTrue(odd.join().isFailed());
        assertEquals(List.of("tool_call", "tool_result", "tool_call", "tool_result"), logged("type"));
    }

    @Test
    void shouldFailTheRunForArgumentsThatCannotBeSent() {
        trial.add(tool("add"));
        CompletableFuture<ToolOutcome> outcome = new CompletableFuture<>();
        var event = new AgentEvent.ToolRequested("c1", "add", new Object(), outcome);
        assertTrue(assertThrows(AgentException.class, () -> trial.tools().request(event, 0)).getMessage()
                .startsWith("The event could not be sent: "));
        trial.settle();
        assertTrue(outcome.isCancelled());
        assertEquals(0, trial.tools().openCount());
    }

    @Test
    void shouldTellCallsOfTheSameNameApart() {
        trial.add(tool("pay").withApproval(ToolApproval.REQUIRED));
        CompletableFuture<ToolOutcome> one = trial.request("c1", "pay", 1);
        String first = trial.lastId();
        CompletableFuture<ToolOutcome> two = trial.request("c2", "pay", 2);
        String second = trial.lastId();
        trial.approve(second, true);
        trial.approve(first, false);
        completes(0, "paid");
        assertEquals(List.of(2), calls.stream().map(ToolCall::args).toList());
        assertTrue(one.join().isFailed());
        assertEquals("paid", two.join().result());
        assertEquals(List.of(first, second, first, second), logged("toolCallId"));
    }

    @Test
    void shouldHaveSeveralAtWorkInAnyOrder() {
        trial.add(tool("add"));
        CompletableFuture<ToolOutcome> one = trial.request("c1", "add", null);
        CompletableFuture<ToolOutcome> two = trial.request("c2", "add", null);
        completes(1, 2);
        assertFalse(one.isDone());
        assertEquals(2, two.join().result());
        completes(0, 1);
        assertEquals(List.of("c1", "c2", "c2", "c1"), logged("toolCallId"));
    }

    @Test
    void shouldFailTheRunForTooManyOrRepeatedCalls() {
        trial.add(tool("add"));
        for (int i = 0; i < 4; i++) {
            trial.request("c" + i, "add", null);
        }
        assertEquals("More than 4 tool calls at once",
                assertThrows(AgentException.class, () -> trial.request("c4", "add", null)).getMessage());
        completes(0, null);
        AgentException repeated = assertThrows(AgentException.class, () -> trial.request("c0", "add", null));
        assertTrue(repeated.getMessage().endsWith("second tool call with id c0"), repeated.getMessage());
        assertEquals(4, calls.size());
    }

    @Test
    void shouldCloseEverythingWhenTheRunEnds() {
        trial.add(tool("add")).add(tool("pay").withApproval(ToolApproval.REQUIRED));
        CompletableFuture<ToolOutcome> running = trial.request("c1", "add", null);
        CompletableFuture<ToolOutcome> waiting = trial.request("c2", "pay", null);
        String id = trial.lastId();
        trial.tools().closeAll(true, trial.time.nanoTime());
        trial.settle();
        assertTrue(running.isCancelled() && waiting.isCancelled());
        assertTrue(calls.get(0).cancellation().isCancelled());
        assertEquals(List.of("tool_call", "tool_call", "tool_result", "tool_result"), logged("type"));
        assertEquals("The run ended before the tool did", trial.last().get("error"));
        trial.approve(id, true);
        completes(0, 1);
        assertEquals(1, calls.size());
        assertEquals(4, trial.log.size());
        trial.tools().closeAll(true, trial.time.nanoTime());
        assertEquals(4, trial.log.size());
    }

    @Test
    void shouldNotStartWhatWasCancelledOnItsWay() {
        trial.add(tool("add"));
        var event = new AgentEvent.ToolRequested("c1", "add", null, new CompletableFuture<>());
        trial.threads = task -> trial.time.schedule(task, 1, TimeUnit.SECONDS);
        trial.tools().request(event, trial.time.nanoTime());
        trial.tools().closeAll(false, trial.time.nanoTime());
        trial.threads = trial.time;
        trial.pass(Duration.ofSeconds(5));
        assertEquals(0, calls.size());
        assertEquals(1, trial.log.size());
        assertTrue(event.outcome().isCancelled());
    }

    @Test
    void shouldCancelTheOutcomeOfAnEventThatComesTooLate() {
        var event = new AgentEvent.ToolRequested("c1", "add", null, new CompletableFuture<>());
        trial.tools();
        trial.context.discard(event);
        trial.context.discard(new AgentEvent.Text("t"));
        trial.settle();
        assertTrue(event.outcome().isCancelled());
    }

    @Test
    void shouldTellOfCallsThatStillWait() {
        trial.add(tool("add")).add(tool("pay").withApproval(ToolApproval.REQUIRED));
        trial.ofClient.add(new ToolDeclaration("where", "", "{}"));
        trial.request("c1", "add", null);
        trial.request("c2", "pay", null);
        String pay = trial.lastId();
        trial.request("c3", "where", null);
        assertEquals(List.of(2L, 3L), pending(9));
        assertEquals(List.of(2L), pending(2));
        trial.approve(pay, true);
        assertEquals(List.of(3L), pending(9));
    }

    private List<Long> pending(long throughSeq) {
        List<Long> seqs = new ArrayList<>();
        trial.tools().forEachPending(throughSeq, (seq, fields) -> seqs.add(seq));
        return seqs;
    }

    @Test
    void shouldShowOnlyWhatNeedsAViewerInAQuietRun() {
        trial.isAutoShown = false;
        trial.add(tool("add")).add(tool("pay").withApproval(ToolApproval.REQUIRED));
        CompletableFuture<ToolOutcome> outcome = trial.request("c1", "add", null);
        completes(0, 1);
        assertEquals(1, outcome.join().result());
        assertEquals(List.of(), trial.log);
        trial.request("c2", "pay", null);
        trial.approve(trial.lastId(), false);
        assertEquals(List.of("tool_call", "tool_result"), logged("type"));
    }

    @Test
    void shouldTakeTheStricterApproval() {
        trial.add(tool("add")).add(tool("pay").withApproval(ToolApproval.REQUIRED));
        trial.request("c1", "add", null, ToolApproval.REQUIRED);
        trial.request("c2", "pay", null, ToolApproval.AUTO);
        trial.request("c3", "pay", null, ToolApproval.CLIENT);
        assertEquals(List.of("required", "required", "client"), logged("approval"));
        assertEquals(0, calls.size());
    }

    @Test
    void shouldUseOnlyToolsThatTheClientAllows() {
        trial.allowed = List.of("add");
        trial.add(tool("add")).add(tool("sub"));
        assertEquals("Tool not found: sub", trial.request("c1", "sub", null).join().error());
        trial.request("c2", "add", null);
        assertEquals(1, calls.size());
    }

    @Test
    void shouldLetOnlyTheUserOfTheRunAnswer() {
        trial.add(tool("pay").withApproval(ToolApproval.REQUIRED));
        trial.request("c1", "pay", null);
        String payload = "{\"toolCallId\":\"" + trial.lastId() + "\",\"approved\":true}";
        for (AuthenticatedUser other : new AuthenticatedUser[] {null, AuthenticatedUser.of("bob")}) {
            AgentException error = assertThrows(AgentException.class,
                    () -> trial.waiting.approve(other == null ? null : other.id(), ToolTrial.envelope("tool_approval", payload)));
            assertEquals("payload.toolCallId: no such call waits for an answer", error.getMessage());
        }
        trial.settle();
        assertEquals(0, calls.size());
    }

    @Test
    void shouldRefuseAnswersThatMakeNoSense() {
        trial.add(tool("pay").withApproval(ToolApproval.REQUIRED));
        trial.request("c1", "pay", null);
        String id = trial.lastId();
        assertEquals("payload.toolCallId: this call waits for tool_approval",
                assertThrows(AgentException.class, () -> trial.result(id, ",\"result\":1")).getMessage());
        assertEquals("payload.approved must be true or false", assertThrows(AgentException.class, () -> trial.waiting.approve(
                ToolTrial.ANN.id(),
                ToolTrial.envelope("tool_approval", "{\"toolCallId\":\"" + id + "\",\"approved\":\"yes\"}"))).getMessage());
        assertThrows(EnvelopeException.class, () -> trial.waiting.result(ToolTrial.ANN.id(), ToolTrial.envelope("tool_result", "{}")));
        assertNull(trial.waiting.approve(ToolTrial.ANN.id(), ToolTrial.envelope("tool_approval",
                "{\"toolCallId\":\"" + id + "\",\"approved\":true}")));
        trial.settle();
        assertEquals(1, calls.size());
    }
}

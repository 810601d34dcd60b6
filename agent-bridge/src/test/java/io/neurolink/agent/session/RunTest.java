package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.Usage;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One run on one connection, step by step. */
class RunTest {
    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent();
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
            .config(AgentHandlerConfig.builder().maxJoinedBytes(10).maxResponseChars(20).maxOpenToolCalls(2).maxEventBytes(2000)
                    .maxConcurrentRuns(1).maxRunLogBytes(32 * 1024).build())
            .build();
    private final FakeConnection connection = new FakeConnection().marks(400, 1500).open(handler);
    /** Of the run that was started last. */
    private String id = "r";

    private ScriptedRun stream() {
        return stream("{}");
    }

    private ScriptedRun stream(String options) {
        if (agent.runCount() > 0) {
            id = "r" + (agent.runCount() + 1);
        }
        connection.receive("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"12345678\",\"options\":"
                + options + "}}");
        return agent.last();
    }

    private ScriptedRun generate() {
        connection.receive("{\"type\":\"generate\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"12345678\"}}");
        return agent.last();
    }

    private void cancel() {
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"" + id + "\",\"reason\":\"enough\"}}");
    }

    private List<String> types() {
        return connection.ofRun(id).stream().map(event -> (String) event.get("type")).toList();
    }

    private Map<String, Object> last() {
        List<Map<String, Object>> events = connection.ofRun(id);
        return events.get(events.size() - 1);
    }

    /** Whatever a test did: seq is gapless, and nothing follows the terminal event. */
    @AfterEach
    void shouldHaveKeptTheSequence() {
        long seen = 0;
        boolean isOver = false;
        for (Map<String, Object> event : connection.ofRun(id)) {
            if (List.of("status", "resume_failed").contains(event.get("type"))) {
                continue;
            }
            assertFalse(isOver, () -> "after the terminal event: " + event);
            long seq = (Long) event.get("seq");
            long parts = event.get("n") == null ? 1 : (Long) event.get("n");
            assertEquals(event.get("type").equals("accepted") ? 0 : seen + parts, seq, event::toString);
            seen = seq;
            isOver = List.of("stream_complete", "response", "cancelled", "error").contains(event.get("type"));
        }
    }

    @Test
    void shouldAcceptAndStartBeforeTheAgentSaysAnything() {
        stream("{\"model\":\"m1\"}");
        List<Map<String, Object>> events = connection.ofRun(id);
        assertEquals(Map.of("type", "accepted", "requestId", "r", "seq", 0L), events.get(0));
        assertEquals(Map.of("type", "stream_start", "requestId", "r", "seq", 1L, "data", Map.of("prompt", "12345678"), "model", "m1"),
                events.get(1));
        assertEquals(2, events.size());
    }

    @Test
    void shouldSendEachChunkAtOnceAndAskForOneAtATime() {
        ScriptedRun run = stream();
        assertEquals(1, run.requested);
        run.text("a");
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 2L, "content", "a"), last());
        assertEquals(2, run.requested);
        run.emit(new AgentEvent.Reasoning("why"));
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 3L, "content", "why", "kind", "reasoning"), last());
        run.text("");
        run.subscriber.onComplete();
        assertEquals(List.of("accepted", "stream_start", "chunk", "chunk", "stream_complete"), types());
        assertEquals(Map.of("inputTokens", 2L, "outputTokens", 1L, "totalTokens", 3L, "estimated", true), last().get("usage"));
        assertEquals("stop", last().get("finishReason"));
        assertTimersEnd();
    }

    @Test
    void shouldTellWhatTheAgentTold() {
        ScriptedRun run = stream();
        time.advance(Duration.ofMillis(300));
        run.text("a");
        time.advance(Duration.ofMillis(100));
        run.emit(new AgentEvent.UsageReported(Usage.of(7, 1)));
        run.emit(new AgentEvent.UsageReported(Usage.of(7, 9)));
        run.emit(new AgentEvent.Finished("length"));
        assertEquals("length", last().get("finishReason"));
        assertEquals(Map.of("inputTokens", 7L, "outputTokens", 9L, "totalTokens", 16L), last().get("usage"));
        assertEquals(Map.of("queuedMs", 0L, "ttftMs", 300L, "totalMs", 400L), last().get("timing"));
        assertTrue(run.isCancelled, "an agent that does not complete after Finished is let go");
        run.text("late");
        run.subscriber.onComplete();
        assertEquals("stream_complete", last().get("type"));
    }

    @Test
    void shouldJoinChunksWhileTheSocketIsBusy() {
        ScriptedRun run = stream();
        fillSocket();
        run.text("abc");
        run.text("defg");
        run.text("hijk");
        assertTrue(run.isWanted(), "a slow viewer does not make the agent wait");
        assertEquals(List.of("accepted", "stream_start"), types());
        connection.readAll();
        List<Map<String, Object>> events = connection.ofRun("r");
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 3L, "content", "abcdefg", "n", 2L), events.get(2));
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 4L, "content", "hijk"), last());
        run.text("l");
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 5L, "content", "l"), last());
    }

    @Test
    void shouldSendAChunkThatIsLongerThanWhatIsJoined() {
        ScriptedRun run = stream();
        fillSocket();
        run.text("a");
        run.text("0123456789abc");
        run.text("b");
        connection.readAll();
        assertEquals(List.of("a", "0123456789abc", "b"), connection.ofRun("r").stream().map(event -> event.get("content"))
                .filter(Objects::nonNull).toList());
    }

    @Test
    void shouldMakeTheAgentWaitWhenTheLogIsFullAndGoOnWhenThereIsRoom() {
        ScriptedRun run = stream();
        fillSocket();
        int count = fillLog(run);
        assertTrue(count > 30, () -> "events: " + count);
        assertEquals(List.of("accepted", "stream_start"), types());
        connection.readAll();
        assertTrue(run.isWanted());
        assertEquals(count, connection.ofRun("r").stream().filter(event -> event.get("type").equals("chunk")).count());
    }

    @Test
    void shouldFlushWhatCameBeforeAnEventThatIsNoChunk() {
        ScriptedRun run = stream();
        fillSocket();
        run.text("a");
        run.emit(new AgentEvent.Reasoning("b"));
        connection.readAll();
        fillSocket();
        run.text("c");
        run.emit(new AgentEvent.ToolStarted("t1", "echo", Map.of("x", 1L)));
        connection.readAll();
        run.emit(new AgentEvent.ToolFinished("t1", "echo", List.of("y"), null, 5));
        List<Map<String, Object>> events = connection.ofRun(id);
        assertEquals(List.of("accepted", "stream_start", "chunk", "chunk", "chunk", "tool_call", "tool_result"), types());
        assertEquals(Map.of("type", "tool_call", "requestId", "r", "seq", 5L, "toolCallId", "t1", "toolName", "echo",
                "args", Map.of("x", 1L), "approval", "auto"), events.get(5));
        assertEquals(Map.of("type", "tool_result", "requestId", "r", "seq", 6L, "toolCallId", "t1", "toolName", "echo",
                "result", List.of("y"), "durationMs", 5L), events.get(6));
    }

    @Test
    void shouldTryAgainWhatTheLaneDidNotTake() {
        ScriptedRun run = stream();
        connection.laneFull(true);
        run.text("a");
        run.text("b");
        run.subscriber.onComplete();
        assertEquals(List.of("accepted", "stream_start"), types());
        connection.laneFull(false);
        assertEquals(List.of("accepted", "stream_start", "chunk", "stream_complete"), types());
        assertTimersEnd();
    }

    @Test
    void shouldNotMissAnOnWritableThatComesWhileTheLastEventIsRefused() {
        ScriptedRun run = stream();
        connection.laneFull(true);
        connection.onBackPressure(() -> connection.laneFull(false));
        run.subscriber.onComplete();
        assertEquals("stream_complete", last().get("type"));
    }

    @Test
    void shouldBeOverBeforeTheClientSeesItsEnd() {
        ScriptedRun first = stream();
        connection.onSent(message -> {
            if (message.get("type").equals("stream_complete") && agent.runCount() == 1) {
                stream();
            }
        });
        first.subscriber.onComplete();
        assertEquals(2, agent.runCount(), "the one run that may be going on has ended");
        agent.last().subscriber.onComplete();
        assertEquals(List.of("accepted", "stream_start", "stream_complete"), types());
    }

    @Test
    void shouldNotStartARunWhoseNamesakeIsKept() {
        ScriptedRun run = stream();
        connection.laneFull(true);
        run.subscriber.onComplete();
        String again = "{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}";
        connection.receive(again);
        connection.laneFull(false);
        assertEquals(List.of("accepted", "stream_start", "stream_complete"), types());
        connection.receive(again);
        assertEquals(1, agent.runCount());
        assertEquals(2, connection.messages().stream().filter(message -> "DUPLICATE_REQUEST".equals(message.get("code"))).count());
        time.advance(Duration.ofMinutes(5));
        connection.take();
        connection.receive(again);
        assertEquals(2, agent.runCount());
    }

    @Test
    void shouldCancelALateSubscriptionOfARunWhoseEndWaits() {
        ScriptedRun run = stream("{\"lateSubscription\":true}");
        connection.laneFull(true);
        cancel();
        time.advance(Duration.ofSeconds(1));
        run.subscribed();
        assertTrue(run.isCancelled);
        connection.laneFull(false);
        assertEquals("cancelled", last().get("type"));
    }

    @Test
    void shouldHoldAllOfARunThatStartedWhileTheLaneWasFull() {
        connection.laneFull(true);
        ScriptedRun run = stream();
        assertTrue(run.isWanted());
        connection.laneFull(false);
        assertEquals(List.of("accepted", "stream_start"), types());
    }

    @Test
    void shouldNeverCutASurrogatePair() {
        ScriptedRun run = stream();
        run.text("a\ud83d");
        assertEquals("a", last().get("content"));
        assertTrue(run.isWanted());
        run.text("\ude00b");
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 3L, "content", "\ud83d\ude00b"), last());
        run.text("\ud83d");
        assertEquals(3L, last().get("seq"));
        run.text("\ude00");
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 4L, "content", "\ud83d\ude00"), last());
        run.text("c\ud83d");
        run.emit(new AgentEvent.Finished("stop"));
        List<Map<String, Object>> events = connection.ofRun(id);
        assertEquals("c", events.get(events.size() - 3).get("content"));
        assertEquals("\ufffd", events.get(events.size() - 2).get("content"));
    }

    @Test
    void shouldAnswerGenerateWithTheWholeTextOnly() {
        ScriptedRun run = generate();
        run.text("ab");
        run.emit(new AgentEvent.Reasoning("thinking"));
        run.emit(new AgentEvent.ToolStarted("t1", "echo", null));
        run.emit(new AgentEvent.ToolFinished("t1", "echo", 1, null, 0));
        run.text("\ud83d");
        run.text("\ude00");
        run.subscriber.onComplete();
        assertEquals(List.of("response"), types());
        assertEquals("ab\ud83d\ude00", last().get("content"));
        assertEquals(last().get("content"), last().get("data"));
    }

    @Test
    void shouldFailAnAnswerThatGrowsTooLong() {
        ScriptedRun run = generate();
        run.text("x".repeat(20));
        run.text("y");
        assertEquals("MODEL_ERROR", last().get("code"));
        assertTrue(run.isCancelled);
    }

    @Test
    void shouldPassOnAnErrorWithItsCode() {
        ScriptedRun run = stream();
        run.text("a");
        run.subscriber.onError(new AgentException("RATE_LIMITED", "wait a little", true, 7000));
        assertEquals(Map.of("type", "error", "requestId", "r", "seq", 3L, "error", "wait a little", "code", "RATE_LIMITED",
                "retryable", true, "retryAfterMs", 7000L), last());
        assertFalse(run.isCancelled, "what has ended is not cancelled");
    }

    @Test
    void shouldGiveOtherErrorsACode() {
        stream().subscriber.onError(new IllegalStateException("boom"));
        assertEquals("MODEL_ERROR", last().get("code"));
        assertEquals("boom", last().get("error"));
        assertEquals(false, last().get("retryable"));
    }

    @Test
    void shouldCancelTheAgentAndSayThatItCannotTell() {
        ScriptedRun run = stream();
        run.text("abcdefgh");
        cancel();
        assertTrue(run.isCancelled);
        assertEquals(Map.of("type", "cancelled", "requestId", "r", "seq", 3L, "reason", "enough", "upstreamClosed", "unknown",
                "latencyMs", 0L, "usage", Map.of("inputTokens", 2L, "outputTokens", 2L, "totalTokens", 4L, "estimated", true)), last());
        run.text("late");
        run.subscriber.onError(new IllegalStateException("closed"));
        assertEquals("cancelled", last().get("type"));
        cancel();
        assertEquals(4, types().size());
        assertTimersEnd();
    }

    @Test
    void shouldWaitForTheAgentToSayThatItIsClosed() {
        ScriptedRun run = stream("{\"canTell\":true}");
        cancel();
        assertTrue(run.isCancelled);
        run.text("late");
        time.advance(Duration.ofMillis(30));
        assertEquals(List.of("accepted", "stream_start"), types());
        run.closed.complete(true);
        assertEquals(true, last().get("upstreamClosed"));
        assertEquals(30L, last().get("latencyMs"));
    }

    @Test
    void shouldNotWaitForEverForTheAgentToClose() {
        stream("{\"canTell\":true}");
        cancel();
        time.advance(Duration.ofSeconds(1));
        assertEquals("unknown", last().get("upstreamClosed"));
        assertEquals(1000L, last().get("latencyMs"));
        agent.last().closed.complete(true);
        assertEquals(3, types().size());
        assertTimersEnd();
    }

    @Test
    void shouldSayThatUpstreamIsNotClosed() {
        ScriptedRun first = stream("{\"canTell\":true}");
        cancel();
        first.closed.completeExceptionally(new IllegalStateException());
        assertEquals(false, last().get("upstreamClosed"));
        connection.take();
        ScriptedRun second = stream();
        second.throwOnCancel = new IllegalStateException("stuck");
        cancel();
        assertEquals(false, last().get("upstreamClosed"));
    }

    @Test
    void shouldTakeAnEndOfTheAgentForClosed() {
        ScriptedRun run = stream("{\"canTell\":true}");
        cancel();
        run.subscriber.onError(new IllegalStateException("closed"));
        assertEquals("cancelled", last().get("type"));
        assertEquals(true, last().get("upstreamClosed"));
    }

    @Test
    void shouldCancelBeforeTheAgentHasSubscribed() {
        ScriptedRun run = stream("{\"lateSubscription\":true,\"canTell\":true}");
        cancel();
        assertEquals(List.of("accepted", "stream_start"), types());
        run.subscribed();
        assertTrue(run.isCancelled);
        run.closed.complete(true);
        assertEquals(true, last().get("upstreamClosed"));
    }

    @Test
    void shouldCancelALateSubscriptionOfARunThatIsOver() {
        ScriptedRun run = stream("{\"lateSubscription\":true}");
        cancel();
        time.advance(Duration.ofSeconds(1));
        assertEquals("unknown", last().get("upstreamClosed"));
        assertFalse(run.isCancelled);
        run.subscribed();
        assertTrue(run.isCancelled);
        assertEquals(0, run.requested);
    }

    @Test
    void shouldRememberACancelForARunThatHasNotCome() {
        cancel();
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals(0, agent.runCount());
        assertEquals(List.of("accepted", "cancelled"), types());
        assertEquals(true, last().get("upstreamClosed"));
        assertEquals("enough", last().get("reason"));
    }

    @Test
    void shouldForgetACancelForARunThatIsOver() {
        stream().subscriber.onComplete();
        cancel();
        time.advance(Duration.ofMinutes(5));
        cancel();
        connection.take();
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        agent.last().subscriber.onComplete();
        assertEquals("stream_complete", last().get("type"));
    }

    @Test
    void shouldCancelAnAgentThatIsPaused() {
        ScriptedRun run = stream();
        fillSocket();
        fillLog(run);
        cancel();
        assertTrue(run.isCancelled);
        connection.readAll();
        assertEquals("cancelled", last().get("type"));
    }

    @Test
    void shouldGoOnWhenTheConnectionGoesUntilNobodyHasLookedForLong() {
        ScriptedRun run = stream();
        connection.disconnect();
        run.text("still working");
        time.advance(Duration.ofSeconds(119));
        assertFalse(run.isCancelled);
        run.text("still");
        time.advance(Duration.ofSeconds(1));
        assertTrue(run.isCancelled);
        run.text("late");
        assertEquals(List.of("accepted", "stream_start"), types());
        assertTimersEnd();
    }

    @Test
    void shouldCancelTheAgentWhenTheConnectionGoesIfItIsAskedTo() {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\",\"onDisconnect\":\"cancel\"}}");
        connection.disconnect();
        assertTrue(agent.last().isCancelled);
        assertTimersEnd();
    }

    @Test
    void shouldCancelASubscriptionThatComesAfterTheRunWasGivenUp() {
        ScriptedRun run = stream("{\"lateSubscription\":true}");
        connection.disconnect();
        time.advance(Duration.ofSeconds(130));
        run.subscribed();
        assertTrue(run.isCancelled);
    }

    @Test
    void shouldCloseOpenToolsBeforeTheEnd() {
        ScriptedRun run = stream();
        run.emit(new AgentEvent.ToolStarted("t1", "sleep", Map.of()));
        time.advance(Duration.ofMillis(40));
        cancel();
        List<Map<String, Object>> events = connection.ofRun(id);
        assertEquals(List.of("accepted", "stream_start", "tool_call", "tool_result", "cancelled"), types());
        assertEquals(Map.of("type", "tool_result", "requestId", "r", "seq", 3L, "toolCallId", "t1", "toolName", "sleep",
                "error", "The run ended before the tool did", "durationMs", 40L), events.get(3));
    }

    @Test
    void shouldFailAnAgentWhoseToolsMakeNoSense() {
        ScriptedRun unknown = stream();
        unknown.emit(new AgentEvent.ToolFinished("t1", "echo", 1, null, 0));
        assertEquals("MODEL_ERROR", last().get("code"));
        connection.take();
        ScriptedRun twice = stream();
        twice.emit(new AgentEvent.ToolStarted("t1", "echo", null));
        twice.emit(new AgentEvent.ToolStarted("t1", "echo", null));
        assertEquals("MODEL_ERROR", last().get("code"));
        connection.take();
        ScriptedRun many = stream();
        for (int i = 0; i < 3; i++) {
            many.emit(new AgentEvent.ToolStarted("t" + i, "echo", null));
        }
        assertEquals("MODEL_ERROR", last().get("code"));
        assertTrue(many.isCancelled);
    }

    @Test
    void shouldFailAnAgentThatBreaksTheRulesOfFlow() {
        ScriptedRun nulls = stream();
        nulls.subscriber.onNext(null);
        assertEquals("The agent broke the rules of its publisher: null event", last().get("error"));
        assertTrue(nulls.isCancelled);
        nulls.text("late");
        connection.take();

        ScriptedRun pushy = stream();
        fillSocket();
        for (int i = 0; i < 10_000 && !pushy.isCancelled; i++) {
            pushy.text("0123456789");
        }
        assertTrue(pushy.isCancelled);
        connection.readAll();
        assertEquals("The agent broke the rules of its publisher: event that was not requested", last().get("error"));
        connection.take();

        ScriptedRun twice = stream();
        twice.subscribed();
        assertEquals("The agent broke the rules of its publisher: second subscription", last().get("error"));
        connection.take();

        ScriptedRun early = stream("{\"lateSubscription\":true}");
        early.text("before");
        assertEquals("MODEL_ERROR", last().get("code"));
        connection.take();

        stream("{\"lateSubscription\":true}").subscriber.onSubscribe(null);
        assertEquals("The agent broke the rules of its publisher: null subscription", last().get("error"));
        connection.take();

        ScriptedRun throwing = stream();
        throwing.throwOnRequest = new IllegalStateException("not now");
        throwing.text("a");
        assertEquals("not now", last().get("error"));
    }

    @Test
    void shouldFailARunWhoseAgentThrowsOrReturnsNothing() {
        AgentHandler broken = AgentHandler.builder(new BrokenAgent()).scheduler(time).clocks(time, time).build();
        FakeConnection other = new FakeConnection().open(broken);
        for (String prompt : List.of("throw", "null", "error")) {
            other.receive("{\"type\":\"stream\",\"requestId\":\"" + prompt + "\",\"payload\":{\"prompt\":\"" + prompt + "\"}}");
            List<Map<String, Object>> events = other.ofRun(prompt);
            assertEquals("MODEL_ERROR", events.get(2).get("code"), prompt);
        }
        assertTimersEnd();
    }

    private static final class BrokenAgent implements Agent {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public Flow.Publisher<AgentEvent> run(AgentRequest request) {
            switch (request.prompt()) {
                case "throw":
                    throw new IllegalStateException("broken");
                case "error":
                    throw new StackOverflowError();
                default:
                    return null;
            }
        }
    }

    @Test
    void shouldEndARunWhoseAgentFallsSilent() {
        ScriptedRun run = stream();
        time.advance(Duration.ofSeconds(119));
        run.text("a");
        time.advance(Duration.ofSeconds(119));
        assertFalse(run.isCancelled);
        time.advance(Duration.ofSeconds(1));
        assertTrue(run.isCancelled);
        assertEquals("MODEL_TIMEOUT", last().get("code"));
        assertEquals(true, last().get("retryable"));
        assertTimersEnd();
    }

    @Test
    void shouldEndARunWhoseAgentNeverSubscribes() {
        ScriptedRun run = stream("{\"lateSubscription\":true}");
        time.advance(Duration.ofSeconds(120));
        assertEquals("MODEL_TIMEOUT", last().get("code"));
        run.subscribed();
        assertTrue(run.isCancelled);
    }

    @Test
    void shouldNotCountItsOwnPauseAsSilence() {
        ScriptedRun run = stream();
        fillSocket();
        fillLog(run);
        time.advance(Duration.ofHours(1));
        assertFalse(run.isCancelled);
        connection.readAll();
        time.advance(Duration.ofSeconds(119));
        run.text("still here");
        assertEquals("still here", last().get("content"));
    }

    @Test
    void shouldSendStatusWhileTheAgentIsSilent() {
        ScriptedRun run = stream();
        time.advance(Duration.ofSeconds(14));
        assertEquals(2, types().size());
        time.advance(Duration.ofSeconds(1));
        assertEquals(Map.of("type", "status", "requestId", "r", "state", "thinking", "sinceMs", 15_000L), last());
        time.advance(Duration.ofSeconds(15));
        assertEquals(30_000L, last().get("sinceMs"));
        run.emit(new AgentEvent.ToolStarted("t1", "sleep", null));
        time.advance(Duration.ofSeconds(15));
        assertEquals(Map.of("type", "status", "requestId", "r", "state", "tool", "sinceMs", 15_000L), last());
        connection.stopReading();
        fillSocket();
        int before = types().size();
        time.advance(Duration.ofSeconds(60));
        assertEquals(before, types().size(), "no status on a busy socket");
    }

    @Test
    void shouldReplaceAnEventThatCannotBeSent() {
        ScriptedRun noJson = stream();
        noJson.emit(new AgentEvent.ToolStarted("t1", "echo", new Object()));
        assertEquals("INTERNAL", last().get("code"));
        assertEquals(2L, last().get("seq"));
        assertTrue(noJson.isCancelled);
        connection.take();

        ScriptedRun tooLargeForWriter = stream();
        tooLargeForWriter.text("x".repeat(5000));
        assertEquals("INTERNAL", last().get("code"));
        connection.take();

        ScriptedRun fine = stream();
        fine.text("x");
        fine.subscriber.onComplete();
        assertEquals("stream_complete", last().get("type"));
        assertTimersEnd();
    }

    @Test
    void shouldDetachAViewerThatCanNeverTakeAnEvent() {
        ScriptedRun refused = stream();
        connection.refuseAbove(1000);
        refused.text("x".repeat(1100));
        assertEquals(Map.of("type", "resume_failed", "requestId", "r", "reason", "trimmed", "oldestSeq", 3L), last());
        connection.refuseAbove(Long.MAX_VALUE);
        refused.text("y");
        connection.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":2}}");
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 3L, "content", "y"), last());
        refused.subscriber.onComplete();
        connection.take();

        ScriptedRun tooLarge = stream();
        tooLarge.text("x".repeat(1600));
        assertEquals(Map.of("type", "resume_failed", "requestId", id, "reason", "trimmed", "oldestSeq", 3L), last());
        assertFalse(tooLarge.isCancelled);
        connection.take();
    }

    /** Makes the socket busy: above the high mark, but far from the limit. */
    private void fillSocket() {
        connection.stopReading();
        while (connection.isWritable()) {
            connection.receive("{\"type\":\"ping\",\"timestamp\":1}");
        }
    }

    /** Has the agent talk until it has to wait. @return how often it did. */
    private static int fillLog(ScriptedRun run) {
        int count = 0;
        while (run.isWanted()) {
            assertTrue(count < 10_000, "the agent never has to wait");
            run.text("0123456789");
            count++;
        }
        return count;
    }

    /** Nothing but what is to be forgotten in some minutes has a timer. */
    private void assertTimersEnd() {
        time.advance(Duration.ofMinutes(5));
        assertEquals(0, time.armedCount());
    }
}

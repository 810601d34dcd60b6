package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are seen from other nodes: who may, what is told, what messages of viewers do. */
class RunClusterTest extends ClusterTrial {
    @Test
    void shouldGoOnLiveOnAnotherNode() {
        FakeConnection first = a.connect();
        ScriptedRun run = stream(a, first, "r");
        run.text("a");
        first.disconnect();
        run.text("b");
        linger();
        FakeConnection second = b.connect();
        resume(second, "r", 2);
        assertEquals(List.of(resumed("r", 2, 3, true), chunk("r", 3, "b")), second.take());
        run.text("c");
        settle();
        assertEquals(List.of(chunk("r", 4, "c")), second.take());
        run.subscriber.onComplete();
        settle();
        assertEquals("stream_complete", last(second).get("type"));
        assertEquals(5L, last(second).get("seq"));
        assertEquals(0, b.counter("runs.followed"));
        assertEquals(0, b.counter("runs.viewers"));
        assertEquals(0, b.counter("runs.log_bytes"));
    }

    @Test
    void shouldReplayARunThatIsOverFromAnyNodeAnyNumberOfTimes() {
        FakeConnection first = a.connect();
        ScriptedRun run = stream(a, first, "r");
        run.text("a");
        run.emit(new AgentEvent.Finished("stop"));
        linger();
        List<Map<String, Object>> all = first.take();
        for (Server server : List.of(b, c, b)) {
            FakeConnection other = server.connect();
            resume(other, "r", 0);
            List<Map<String, Object>> again = other.take();
            assertEquals(resumed("r", 0, 3, false), again.get(0));
            assertEquals(all.subList(1, 4), again.subList(1, 4));
            resume(other, "r", 3);
            assertEquals(List.of(resumed("r", 3, 3, false)), other.take());
        }
    }

    /** A node that ends when the last run has ended would take its last words with it. */
    @Test
    void shouldNotBeFinishedBeforeTheLastWordsOfRunsHaveArrived() {
        ScriptedRun run = stream(a, a.connect(), "r");
        run.text("a");
        CompletableFuture<Void> finished = a.handler.finishRuns(Duration.ofSeconds(10));
        pass(Duration.ofMillis(200));
        assertFalse(finished.isDone(), "the run goes on");
        run.emit(new AgentEvent.Finished("stop"));
        time.advance(Duration.ofMillis(200));
        assertEquals(0, a.counter("runs.active"));
        assertFalse(finished.isDone(), "its end is on its way");
        pass(Duration.ofMillis(200));
        assertTrue(finished.isDone());

        FakeConnection other = b.connect();
        resume(other, "r", 0);
        assertEquals("stream_complete", last(other).get("type"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void shouldLoseAndDoubleNothingWhereverItIsCut(int kind) {
        int events = 24;
        if (kind == 7) {
            logs.tellTwice();
        }
        for (int cut = 0; cut <= events; cut++) {
            String id = "cut" + kind + "-" + cut;
            List<Server> way = List.of(a, b, c, a, c, b);
            FakeConnection viewer = a.connect();
            ScriptedRun run = stream(a, viewer, id);
            Transcript seen = new Transcript(id);
            int hop = 0;
            for (int i = 0; i <= events; i++) {
                boolean isCut = kind == 0 ? i == cut : i % (cut + 1) == cut;
                seen.add(viewer.take());
                if (isCut) {
                    viewer.disconnect();
                    hop++;
                    viewer = way.get(hop % way.size()).connect();
                    resume(viewer, id, seen.seq);
                }
                run.text("w" + i + " ");
                if (i % 3 == kind % 3) {
                    settle();
                }
            }
            run.subscriber.onComplete();
            linger();
            seen.add(viewer.take());
            assertEquals(words(events), seen.text.toString(), id);
            assertEquals("stream_complete", seen.end, id);
        }
    }

    @Test
    void shouldWaitForWhatTheViewerHasSeenAlready() {
        FakeConnection first = a.connect();
        ScriptedRun run = stream(a, first, "r");
        run.text("a");
        run.text("b");
        first.disconnect();
        FakeConnection second = b.connect();
        resume(second, "r", 3);
        assertEquals(List.of(), second.take());
        linger();
        assertEquals(List.of(resumed("r", 3, 3, true)), second.take());
        run.text("c");
        settle();
        assertEquals(List.of(chunk("r", 4, "c")), second.take());
    }

    @Test
    void shouldSayEpochIfTheRunNeverGetsThere() {
        stream(a, a.connect(), "r");
        FakeConnection second = b.connect();
        resume(second, "r", 9);
        pass(Duration.ofSeconds(9));
        assertEquals(List.of(), second.take());
        pass(Duration.ofSeconds(3));
        assertEquals(List.of(failed("r", "epoch")), second.take());
        assertEquals(0, b.counter("runs.followed"));
    }

    @Test
    void shouldNotShowARunToWhoIsSomebodyElseByThen() {
        stream(a, a.connect(ANN), "r");
        FakeConnection viewer = b.connect(ANN);
        viewer.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0}}");
        viewer.user(BOB);
        settle();
        assertEquals(List.of(failed("r", "forbidden")), viewer.take());
    }

    @Test
    void shouldCutEventsThatAreTooLongForARecord() {
        logs.recordLength(1024);
        ScriptedRun run = stream(a, a.connect(), "r");
        run.text("short");
        run.text("x".repeat(5000));
        run.text("y".repeat(900) + "\u00fc".repeat(900));
        run.subscriber.onComplete();
        linger();
        FakeConnection viewer = b.connect().marks(1_000_000, 2_000_000);
        resume(viewer, "r", 0);
        Transcript seen = new Transcript("r");
        seen.add(viewer.take());
        assertEquals("short" + "x".repeat(5000) + "y".repeat(900) + "\u00fc".repeat(900), seen.text.toString());
        assertEquals("stream_complete", seen.end);
    }

    @Test
    void shouldNotShowRunsToOtherUsers() {
        stream(a, a.connect(ANN), "r");
        FakeConnection bob = b.connect(BOB);
        resume(bob, "r", 0);
        assertEquals(List.of(failed("r", "forbidden")), bob.take());
        FakeConnection nobody = b.connect();
        resume(nobody, "r", 0);
        assertEquals(List.of(failed("r", "forbidden")), nobody.take());
        resume(bob, "no", 0);
        assertEquals(List.of(), bob.take(), "somebody may be out of reach for a moment");
        pass(Duration.ofSeconds(4));
        assertEquals(List.of(failed("no", "unknown")), bob.take());
        FakeConnection ann = b.connect(ANN);
        resume(ann, "r", 0);
        assertEquals(resumed("r", 0, 1, true), ann.take().get(0));
        bob.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        settle();
        assertFalse(a.agent.last().isCancelled);
    }

    @Test
    void shouldNotRunARequestTwice() {
        stream(a, a.connect(ANN), "r");
        FakeConnection again = b.connect(ANN);
        again.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        resume(again, "r", 0);
        Map<String, Object> refusal = again.messages().get(0);
        assertEquals("DUPLICATE_REQUEST", refusal.get("code"));
        assertNull(refusal.get("requestId"));
        assertEquals("stream", refusal.get("inReplyTo"));
        assertEquals(resumed("r", 0, 1, true), again.messages().get(1));
        assertEquals(0, b.agent.runCount());
        assertEquals(0, b.counter("runs.active"));
        FakeConnection bob = b.connect(BOB);
        stream(b, bob, "r");
        assertEquals(1, b.agent.runCount());
    }

    @Test
    void shouldNotRunARequestOfALostAnonymousConnectionTwice() {
        FakeConnection first = a.connect();
        stream(a, first, "r");
        FakeConnection other = b.connect();
        stream(b, other, "r");
        assertEquals(1, b.agent.runCount(), "the connection on the other node is open: these are different runs");
        other.leave();
        first.disconnect();
        FakeConnection again = c.connect();
        c.agent.runCount();
        again.receive("{\"type\":\"stream\",\"requestId\":\"q\",\"payload\":{\"prompt\":\"p\"}}");
        settle();
        assertEquals(1, c.agent.runCount());
        again.disconnect();
        FakeConnection twice = b.connect();
        twice.receive("{\"type\":\"stream\",\"requestId\":\"q\",\"payload\":{\"prompt\":\"p\"}}");
        settle();
        assertEquals("DUPLICATE_REQUEST", twice.take().get(0).get("code"));
        assertEquals(1, b.agent.runCount());
    }

    @Test
    void shouldCancelARunOfAnotherNode() {
        ScriptedRun run = stream(a, a.connect(ANN), "r");
        FakeConnection viewer = b.connect(ANN);
        resume(viewer, "r", 1);
        viewer.take();
        c.connect(ANN).receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\",\"reason\":\"enough\"}}");
        settle();
        assertTrue(run.isCancelled);
        assertEquals("cancelled", last(viewer).get("type"));
        assertEquals("enough", last(viewer).get("reason"));
    }

    @Test
    void shouldLetViewersOnOtherNodesApproveAndRunTools() {
        ScriptedRun run = stream(a, a.connect(ANN), "r");
        CompletableFuture<ToolOutcome> paid = new CompletableFuture<>();
        CompletableFuture<ToolOutcome> looked = new CompletableFuture<>();
        run.emit(new AgentEvent.ToolRequested("1", "pay", Map.of(), ToolApproval.AUTO, paid));
        run.emit(new AgentEvent.ToolRequested("2", "look", Map.of(), ToolApproval.AUTO, looked));
        linger();
        FakeConnection viewer = b.connect(ANN);
        resume(viewer, "r", 3);
        List<Map<String, Object>> calls = viewer.take();
        assertEquals(resumed("r", 3, 3, true), calls.get(0));
        assertEquals(List.of("pay", "look"), List.of(calls.get(1).get("toolName"), calls.get(2).get("toolName")));
        FakeConnection bob = b.connect(BOB);
        bob.receive("{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"" + calls.get(1).get("toolCallId")
                + "\",\"approved\":true}}");
        settle();
        assertEquals("INVALID_PAYLOAD", last(bob).get("code"));
        assertFalse(paid.isDone());
        viewer.receive("{\"type\":\"tool_approval\",\"payload\":{\"toolCallId\":\"" + calls.get(1).get("toolCallId")
                + "\",\"approved\":true}}");
        viewer.receive("{\"type\":\"tool_result\",\"payload\":{\"toolCallId\":\"" + calls.get(2).get("toolCallId")
                + "\",\"result\":{\"seen\":1.5}}}");
        settle();
        assertEquals("paid", paid.join().result());
        assertEquals(Map.of("seen", 1.5), looked.join().result());
        assertEquals(List.of("tool_result", "tool_result"), viewer.take().stream().map(message -> message.get("type")).toList());
        resume(viewer, "r", 5);
        assertEquals(List.of(resumed("r", 5, 5, true)), viewer.take());
    }

    @Test
    void shouldKeepARunGoingAsLongAsSomebodyLooksAnywhere() {
        FakeConnection first = a.connect();
        ScriptedRun run = stream(a, first, "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        first.disconnect();
        for (int i = 0; i < 5; i++) {
            pass(Duration.ofSeconds(60));
            run.text("x");
        }
        assertFalse(run.isCancelled);
        viewer.disconnect();
        run.text("y");
        pass(Duration.ofSeconds(5));
        assertEquals(0, b.counter("runs.followed"));
        pass(Duration.ofSeconds(60));
        assertFalse(run.isCancelled);
        pass(Duration.ofSeconds(80));
        assertTrue(run.isCancelled);
    }

    @Test
    void shouldNotWaitForRoomWhileItIsWatchedElsewhere() {
        FakeConnection first = a.connect();
        ScriptedRun run = stream(a, first, "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        first.disconnect();
        Transcript seen = new Transcript("r");
        seen.seq = 1;
        for (int i = 0; i < 20_000; i++) {
            assertTrue(run.isWanted(), "the agent waits at event " + i);
            run.text("0123456789");
            if (i % 100 == 0) {
                linger();
                seen.add(viewer.take());
            }
        }
        run.subscriber.onComplete();
        linger();
        seen.add(viewer.take());
        assertEquals(200_000, seen.text.length());
        assertTrue(logs.recordCount() * 1024L <= 3 * LOG_LIMIT, () -> "records left: " + logs.recordCount());
    }

    @Test
    void shouldForgetTheLogWithTheRun() {
        ScriptedRun run = stream(a, a.connect(ANN), "r");
        run.subscriber.onComplete();
        linger();
        assertTrue(logs.recordCount() > 0);
        pass(Duration.ofMinutes(6));
        assertEquals(0, logs.recordCount());
        FakeConnection late = b.connect(ANN);
        resume(late, "r", 0);
        pass(Duration.ofSeconds(4));
        assertEquals(List.of(failed("r", "unknown")), late.take());
        stream(b, late, "r");
        assertEquals(1, b.agent.runCount());
    }

    @Test
    void shouldHoldEpochRulesOnAllNodes() {
        stream(a, a.connect(), "r");
        for (Server server : List.of(a, b)) {
            FakeConnection viewer = server.connect();
            viewer.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0,\"epoch\":\"old\"}}");
            settle();
            assertEquals(List.of(failed("r", "epoch")), viewer.take());
            viewer.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0,\"epoch\":\"logs\"}}");
            settle();
            assertEquals(resumed("r", 0, 1, true), viewer.take().get(0));
        }
    }

    @Test
    void shouldTakeTheEpochThatTheRunsNodeToldBeforeItKnewTheLogs() {
        a.bus.knowsEpoch(false);
        FakeConnection early = new FakeConnection().open(a.handler);
        Object epoch = early.take().get(0).get("epoch");
        a.bus.knowsEpoch(true);
        ScriptedRun run = stream(a, early, "r");
        for (int i = 0; i < 2; i++) {
            FakeConnection viewer = b.connect();
            viewer.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0,\"epoch\":\"" + epoch + "\"}}");
            settle();
            assertEquals("resumed", viewer.take().get(0).get("type"));
            a.kill();
            pass(Duration.ofSeconds(8));
        }
        assertFalse(run.isCancelled);
    }

    @Test
    void shouldForgetWhatAllHaveAcknowledged() {
        FakeConnection own = a.connect();
        ScriptedRun run = stream(a, own, "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        for (int i = 0; i < 3000; i++) {
            run.text("0123456789");
            if (i % 50 == 0) {
                settle();
            }
        }
        linger();
        long before = a.counter("runs.log_bytes");
        own.receive("{\"type\":\"ack\",\"payload\":{\"requestId\":\"r\",\"seq\":2900}}");
        settle();
        assertEquals(before, a.counter("runs.log_bytes"), "on the other node nobody has acknowledged anything");
        viewer.receive("{\"type\":\"ack\",\"payload\":{\"requestId\":\"r\",\"seq\":2900}}");
        settle();
        assertTrue(a.counter("runs.log_bytes") < before / 2);
    }

    @Test
    void shouldHurtOnlyTheSlowViewerOfAFollowedRun() {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection slow = b.connect();
        FakeConnection quick = b.connect();
        resume(slow, "r", 1);
        resume(quick, "r", 1);
        slow.stopReading();
        Transcript seen = new Transcript("r");
        seen.seq = 1;
        for (int i = 0; i < 20_000; i++) {
            run.text("0123456789");
            if (i % 100 == 0) {
                linger();
                seen.add(quick.take());
            }
        }
        run.subscriber.onComplete();
        linger();
        seen.add(quick.take());
        assertEquals("stream_complete", seen.end);
        assertEquals(200_000, seen.text.length());
        slow.readAll();
        assertEquals("trimmed", last(slow).get("reason"));
    }

    @Test
    void shouldSayThatASilentRunGoesOn() {
        stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        pass(Duration.ofSeconds(17));
        assertEquals("status", last(viewer).get("type"));
    }

    @Test
    void shouldFollowSeveralRunsOfManyViewers() {
        List<ScriptedRun> runs = new ArrayList<>();
        List<FakeConnection> viewers = new ArrayList<>();
        FakeConnection own = a.connect();
        for (int i = 0; i < 10; i++) {
            runs.add(stream(a, own, "r" + i));
        }
        for (int i = 0; i < 30; i++) {
            FakeConnection viewer = (i % 2 == 0 ? b : c).connect();
            viewers.add(viewer);
            resume(viewer, "r" + i % 10, 0);
        }
        runs.forEach(run -> run.text("hello"));
        runs.forEach(run -> run.subscriber.onComplete());
        linger();
        viewers.forEach(viewer -> assertEquals("stream_complete", last(viewer).get("type")));
        for (Server server : List.of(b, c)) {
            assertEquals(0, server.counter("runs.followed"));
            assertEquals(0, server.counter("runs.log_bytes"));
        }
    }
}

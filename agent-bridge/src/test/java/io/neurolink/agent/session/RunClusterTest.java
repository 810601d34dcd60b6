package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.MemoryReplication;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are seen from other nodes, in lock-step: whatever happens between nodes happens when the test says so. */
class RunClusterTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    private static final AuthenticatedUser BOB = AuthenticatedUser.of("bob");
    private static final int LOG_LIMIT = 32 * 1024;

    private final ManualTime time = new ManualTime();
    private final MemoryReplication logs = new MemoryReplication();
    private final Server a = new Server("a");
    private final Server b = new Server("b");
    private final Server c = new Server("c");

    /** A node with an agent of its own. */
    private final class Server {
        private final MemoryReplication.Node bus;
        private final ScriptedAgent agent = new ScriptedAgent(
                AgentTool.named("pay").approval(ToolApproval.REQUIRED).async(call -> CompletableFuture.completedStage("paid")),
                AgentTool.client("look", "Looks.", "{}"));
        private final AgentHandler handler;

        Server(String name) {
            bus = logs.node(name);
            handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).toolThreads(time).replication(bus)
                    .config(AgentHandlerConfig.builder().maxRunLogBytes(LOG_LIMIT).maxJoinedBytes(100).build()).build();
        }

        FakeConnection connect() {
            return connect(null);
        }

        FakeConnection connect(AuthenticatedUser user) {
            FakeConnection connection = new FakeConnection().marks(400, 100_000).user(user).open(handler);
            connection.take();
            return connection;
        }

        long counter(String name) {
            return handler.counters().get(name);
        }

        void kill() {
            bus.kill();
        }
    }

    /** Everything that is due now happens. */
    private void settle() {
        do {
            time.advance(Duration.ZERO);
        } while (logs.settle());
    }

    /** What lingers is sent. */
    private void linger() {
        pass(Duration.ofMillis(30));
    }

    private void pass(Duration duration) {
        settle();
        long endNs = time.nanoTime() + duration.toNanos();
        while (time.nanoTime() < endNs) {
            time.advance(Duration.ofNanos(Math.min(10_000_000, endNs - time.nanoTime())));
            settle();
        }
    }

    private ScriptedRun stream(Server server, FakeConnection connection, String id) {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}");
        settle();
        return server.agent.last();
    }

    private void resume(FakeConnection connection, String id, long after) {
        connection.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"" + id + "\",\"after\":" + after + "}}");
        settle();
    }

    private static Map<String, Object> resumed(String id, long after, long to, boolean isLive) {
        return Map.of("type", "resumed", "requestId", id, "after", after, "to", to, "live", isLive);
    }

    private static Map<String, Object> failed(String id, String reason) {
        return Map.of("type", "resume_failed", "requestId", id, "reason", reason);
    }

    private static Map<String, Object> chunk(String id, long seq, String content) {
        return Map.of("type", "chunk", "requestId", id, "seq", seq, "content", content);
    }

    private static Map<String, Object> lost(String id, long seq) {
        return Map.of("type", "error", "requestId", id, "seq", seq, "error", "The server that ran this was lost",
                "code", "MODEL_UNAVAILABLE", "retryable", true);
    }

    private static Map<String, Object> last(FakeConnection connection) {
        List<Map<String, Object>> messages = connection.messages();
        return messages.get(messages.size() - 1);
    }

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

    private static String words(int last) {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i <= last; i++) {
            words.append('w').append(i).append(' ');
        }
        return words.toString();
    }

    /** What a client makes of what it is sent; it takes nothing that is not exactly next. */
    private static final class Transcript {
        private final String id;
        private final StringBuilder text = new StringBuilder();
        private long seq;
        private String end;

        Transcript(String id) {
            this.id = id;
        }

        void add(List<Map<String, Object>> messages) {
            for (Map<String, Object> message : messages) {
                String type = (String) message.get("type");
                if (type.equals("accepted") || type.equals("resumed")) {
                    continue;
                }
                assertFalse(type.equals("resume_failed"), () -> id + ": " + message);
                assertNull(end, () -> id + ": after its end " + message);
                long parts = (Long) message.getOrDefault("n", 1L);
                assertEquals(seq, (Long) message.get("seq") - parts, () -> id + ": " + message);
                seq = (Long) message.get("seq");
                if (type.equals("chunk")) {
                    text.append(message.get("content"));
                } else if (!type.equals("stream_start")) {
                    end = type;
                }
            }
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
    void shouldEndARunWhoseNodeIsDead() {
        ScriptedRun run = stream(a, a.connect(), "r");
        run.text("a");
        linger();
        FakeConnection viewer = b.connect();
        FakeConnection other = c.connect();
        resume(viewer, "r", 1);
        resume(other, "r", 2);
        viewer.take();
        other.take();
        a.kill();
        pass(Duration.ofSeconds(4));
        assertEquals(List.of(), viewer.take());
        pass(Duration.ofSeconds(4));
        assertEquals(List.of(lost("r", 3)), viewer.take());
        assertEquals(List.of(lost("r", 3)), other.take());
        assertEquals(1, b.counter("runs.takeovers") + c.counter("runs.takeovers"));
        FakeConnection late = c.connect();
        resume(late, "r", 0);
        List<Map<String, Object>> all = late.take();
        assertEquals(resumed("r", 0, 3, false), all.get(0));
        assertEquals(chunk("r", 2, "a"), all.get(2));
        assertEquals(lost("r", 3), all.get(3));
    }

    @Test
    void shouldEndARunForThoseWhoHaveSeenMoreThanItsNodeLeft() {
        FakeConnection first = a.connect();
        ScriptedRun run = stream(a, first, "r");
        run.text("a");
        linger();
        run.text("b");
        run.text("c");
        a.kill();
        FakeConnection second = b.connect();
        resume(second, "r", 4);
        pass(Duration.ofSeconds(8));
        assertEquals(List.of(resumed("r", 4, 5, false), lost("r", 5)), second.take());
        resume(second, "r", 2);
        assertEquals(List.of(resumed("r", 2, 3, false), lost("r", 3)), second.take());
        assertEquals(0, b.counter("runs.viewers"));
    }

    @Test
    void shouldFenceANodeThatComesBack() {
        FakeConnection own = a.connect();
        ScriptedRun run = stream(a, own, "r");
        run.text("a");
        linger();
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 2);
        a.bus.cut();
        run.text("b");
        own.take();
        pass(Duration.ofSeconds(10));
        assertEquals(lost("r", 3), last(viewer));
        run.text("c");
        assertEquals(List.of(chunk("r", 4, "c")), own.take());
        a.bus.heal();
        pass(Duration.ofSeconds(1));
        assertEquals("MODEL_UNAVAILABLE", last(own).get("code"));
        assertEquals(5L, last(own).get("seq"));
        assertTrue(run.isCancelled);
        assertEquals(1, a.counter("runs.fenced"));
        FakeConnection late = c.connect();
        resume(late, "r", 2);
        assertEquals(List.of(resumed("r", 2, 3, false), lost("r", 3)), late.take());
        pass(Duration.ofMinutes(6));
        assertEquals(3, logs.records("r").size(), "a node forgets only logs of its own");
    }

    @Test
    void shouldNotTakeANodeForDeadBecauseTheBusWasAway() {
        FakeConnection own = a.connect();
        ScriptedRun run = stream(a, own, "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        a.bus.cut();
        b.bus.cut();
        run.text("a");
        pass(Duration.ofMinutes(1));
        b.bus.heal();
        pass(Duration.ofSeconds(3));
        a.bus.heal();
        pass(Duration.ofSeconds(2));
        assertEquals(chunk("r", 2, "a"), last(viewer));
        run.subscriber.onComplete();
        pass(Duration.ofSeconds(2));
        assertEquals("stream_complete", last(viewer).get("type"));
        assertEquals("stream_complete", last(own).get("type"));
    }

    @Test
    void shouldNotGiveUpWhoHasSeenMoreWhileADeadNodeCannotBeToldFromOneThatIsCutOff() {
        FakeConnection first = a.connect();
        ScriptedRun run = stream(a, first, "r");
        linger();
        run.text("a");
        a.kill();
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 2);
        for (int times = 0; times < 5; times++) {
            pass(Duration.ofSeconds(4));
            b.bus.cut();
            pass(Duration.ofSeconds(4));
            b.bus.heal();
        }
        assertEquals(List.of(), viewer.take());
        pass(Duration.ofSeconds(8));
        assertEquals(List.of(resumed("r", 2, 3, false), lost("r", 3)), viewer.take());
    }

    @Test
    void shouldGoOnLocallyWithoutTheBusAndCatchUp() {
        a.bus.cut();
        FakeConnection own = a.connect(ANN);
        ScriptedRun run = stream(a, own, "r");
        for (int i = 0; i < 100; i++) {
            run.text("x");
        }
        assertEquals(102, own.messages().size());
        a.bus.heal();
        linger();
        FakeConnection viewer = b.connect(ANN);
        resume(viewer, "r", 0);
        assertEquals(resumed("r", 0, 101, true), viewer.take().get(0));
        assertEquals(1, a.counter("runs.replication_failures"));
        assertEquals(0, a.counter("runs.replication_gaps"));
    }

    @Test
    void shouldSayWhatCouldNotBeReplicated() {
        FakeConnection own = a.connect();
        ScriptedRun run = stream(a, own, "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        viewer.take();
        a.bus.cut();
        b.bus.cut();
        for (int i = 0; i < 10_000; i++) {
            run.text("0123456789");
        }
        a.bus.heal();
        b.bus.heal();
        pass(Duration.ofSeconds(2));
        assertEquals(1, a.counter("runs.replication_gaps"));
        Map<String, Object> trimmed = viewer.take().get(0);
        assertEquals("trimmed", trimmed.get("reason"));
        long oldest = (Long) trimmed.get("oldestSeq");
        resume(viewer, "r", oldest - 1);
        assertEquals(resumed("r", oldest - 1, 10_001, true), viewer.take().get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void shouldSortOutAnswersThatGotLost(int count) {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 0);
        Transcript seen = new Transcript("r");
        logs.loseAnswers(count);
        for (int i = 0; i < 50; i++) {
            run.text("w" + i + " ");
            settle();
        }
        pass(Duration.ofSeconds(5));
        run.subscriber.onComplete();
        linger();
        seen.add(viewer.take());
        assertEquals(words(49), seen.text.toString());
        assertEquals("stream_complete", seen.end);
    }

    @Test
    void shouldPutAgainWhatTheBusLost() {
        ScriptedRun run = stream(a, a.connect(), "r");
        for (int i = 0; i < 20; i++) {
            run.text("w" + i + " ");
            linger();
        }
        logs.dropYoungest("r", 5);
        run.text("w20 ");
        linger();
        Transcript seen = new Transcript("r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 0);
        seen.add(viewer.take());
        assertEquals(words(20), seen.text.toString());
        logs.dropYoungest("r", 100);
        run.text("w21 ");
        linger();
        FakeConnection other = c.connect();
        resume(other, "r", seen.seq);
        assertEquals(chunk("r", seen.seq + 1, "w21 "), last(other));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 9})
    void shouldDoubleAndLoseNothingWhenTheBusForgetsWhatViewersHaveSeen(int lost) {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 0);
        for (int i = 0; i < 10; i++) {
            run.text("w" + i + " ");
            linger();
        }
        a.bus.cut();
        b.bus.cut();
        logs.dropYoungest("r", lost);
        run.text("w10 ");
        a.bus.heal();
        b.bus.heal();
        pass(Duration.ofSeconds(2));
        run.text("w11 ");
        run.subscriber.onComplete();
        linger();
        Transcript seen = new Transcript("r");
        seen.add(viewer.take());
        assertEquals(words(11), seen.text.toString());
        assertEquals("stream_complete", seen.end);
    }

    @Test
    void shouldNotShowHalfAnEventWhoseBeginningIsGone() {
        logs.recordLength(1024);
        ScriptedRun run = stream(a, a.connect(), "r");
        run.text("x".repeat(5000));
        linger();
        run.text("end");
        linger();
        logs.dropOldest("r", 3);
        FakeConnection viewer = b.connect().marks(1_000_000, 2_000_000);
        resume(viewer, "r", 1);
        assertEquals("trimmed", last(viewer).get("reason"));
        assertEquals(3L, last(viewer).get("oldestSeq"));
        resume(viewer, "r", 2);
        assertEquals(chunk("r", 3, "end"), last(viewer));
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
    void shouldSayTrimmedWhereTheBusHasGivenUpTheOldest() {
        ScriptedRun run = stream(a, a.connect(), "r");
        for (int i = 0; i < 20; i++) {
            run.text("w" + i + " ");
            linger();
        }
        logs.dropOldest("r", 5);
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 2);
        Map<String, Object> trimmed = last(viewer);
        assertEquals("trimmed", trimmed.get("reason"));
        long oldest = (Long) trimmed.get("oldestSeq");
        resume(viewer, "r", oldest - 1);
        assertEquals(resumed("r", oldest - 1, 21, true), viewer.messages().get(1));
    }

    @Test
    void shouldSeeWhatIsStoredLaterThanItIsToldOf() {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        viewer.take();
        logs.hideLast(3);
        run.text("a");
        settle();
        assertEquals(List.of(), viewer.take());
        pass(Duration.ofMillis(60));
        assertEquals(List.of(chunk("r", 2, "a")), viewer.take());
    }

    @Test
    void shouldLookByItselfWhenItIsToldNothing() {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        viewer.take();
        logs.tellNothing();
        run.text("a");
        pass(Duration.ofMillis(2100));
        assertEquals(List.of(chunk("r", 2, "a")), viewer.take());
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
    void shouldStartWithoutAnAnswerOfTheBus() {
        FakeConnection own = a.connect(ANN);
        own.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        time.advance(Duration.ofMillis(400));
        assertEquals(0, a.agent.runCount());
        time.advance(Duration.ofMillis(200));
        assertEquals(1, a.agent.runCount());
        assertEquals("accepted", own.take().get(0).get("type"));
        settle();
        pass(Duration.ofSeconds(1));
        assertEquals(0, a.counter("runs.fenced"));
        FakeConnection viewer = b.connect(ANN);
        resume(viewer, "r", 0);
        assertEquals(resumed("r", 0, 1, true), viewer.take().get(0));
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
    void shouldSayWhenTheNodeOfARunCannotBeReached() {
        stream(a, a.connect(ANN), "r");
        FakeConnection other = c.connect(ANN);
        a.kill();
        other.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        settle();
        Map<String, Object> error = other.take().get(0);
        assertEquals("MODEL_UNAVAILABLE", error.get("code"));
        assertEquals("cancel", error.get("inReplyTo"));
        assertNull(error.get("requestId"));
        c.bus.cut();
        other.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        assertEquals("MODEL_UNAVAILABLE", other.take().get(0).get("code"));
        resume(other, "r", 0);
        pass(Duration.ofSeconds(11));
        assertEquals("resume", other.take().get(0).get("inReplyTo"));
        assertEquals(2, c.counter("runs.forward_failures"));
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

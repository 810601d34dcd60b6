package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Looking at runs from other connections: who may, from where on, and how the bounds of the log show. */
class RunResumeTest {
    private static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    private static final AuthenticatedUser BOB = AuthenticatedUser.of("bob");

    private static final int LOG_LIMIT = 32 * 1024;

    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent();
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
            .config(AgentHandlerConfig.builder().maxRunLogBytes(LOG_LIMIT).maxJoinedBytes(100).build()).build();

    private FakeConnection connect() {
        return connect(null);
    }

    private FakeConnection connect(AuthenticatedUser user) {
        FakeConnection connection = new FakeConnection().marks(400, 100_000).user(user).open(handler);
        connection.take();
        return connection;
    }

    private ScriptedRun stream(FakeConnection connection, String id) {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}");
        return agent.last();
    }

    private static void resume(FakeConnection connection, String id, long after) {
        connection.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"" + id + "\",\"after\":" + after + "}}");
    }

    private static void ack(FakeConnection connection, String id, long seq) {
        connection.receive("{\"type\":\"ack\",\"payload\":{\"requestId\":\"" + id + "\",\"seq\":" + seq + "}}");
    }

    private static Map<String, Object> resumed(String id, long after, long to, boolean isLive) {
        return Map.of("type", "resumed", "requestId", id, "after", after, "to", to, "live", isLive);
    }

    private static Map<String, Object> failed(String id, String reason) {
        return Map.of("type", "resume_failed", "requestId", id, "reason", reason);
    }

    private static Map<String, Object> last(FakeConnection connection) {
        List<Map<String, Object>> messages = connection.messages();
        return messages.get(messages.size() - 1);
    }

    private long counter(String name) {
        return handler.counters().get(name);
    }

    /** Has the agent talk until it has to wait. */
    private static int fillLog(ScriptedRun run) {
        int count = 0;
        while (run.isWanted()) {
            assertTrue(count < 10_000, "the agent never has to wait");
            run.text("0123456789");
            count++;
        }
        return count;
    }

    @Test
    void shouldReplayJoinedAndGoOnLive() {
        FakeConnection first = connect();
        ScriptedRun run = stream(first, "r");
        run.text("a");
        first.disconnect();
        run.text("b");
        run.text("c");
        FakeConnection second = connect();
        resume(second, "r", 2);
        assertEquals(List.of(resumed("r", 2, 4, true),
                Map.of("type", "chunk", "requestId", "r", "seq", 4L, "content", "bc", "n", 2L)), second.take());
        run.text("d");
        assertEquals(List.of(Map.of("type", "chunk", "requestId", "r", "seq", 5L, "content", "d")), second.take());
        run.subscriber.onComplete();
        assertEquals("stream_complete", last(second).get("type"));
    }

    @Test
    void shouldReplayARunThatIsOverAnyNumberOfTimes() {
        FakeConnection first = connect();
        ScriptedRun run = stream(first, "r");
        run.text("a");
        run.emit(new AgentEvent.Finished("stop"));
        List<Map<String, Object>> all = first.take();
        for (int time = 0; time < 3; time++) {
            resume(first, "r", 0);
            List<Map<String, Object>> again = first.take();
            assertEquals(resumed("r", 0, 3, false), again.get(0));
            assertEquals(all.subList(1, 4), again.subList(1, 4));
            resume(first, "r", 3);
            assertEquals(List.of(resumed("r", 3, 3, false)), first.take());
        }
        assertEquals(0, counter("runs.viewers"));
        assertEquals(6, counter("runs.resumes"));
    }

    @Test
    void shouldChangeNothingForWhoLooksAlready() {
        FakeConnection connection = connect();
        ScriptedRun run = stream(connection, "r");
        run.text("a");
        connection.take();
        resume(connection, "r", 0);
        assertEquals(List.of(resumed("r", 2, 2, true)), connection.take());
        run.text("b");
        assertEquals(1, connection.take().size());
        assertEquals(1, counter("runs.viewers"));
    }

    @Test
    void shouldServeSeveralViewersAtTheirOwnPace() {
        FakeConnection fast = connect();
        FakeConnection slow = connect();
        ScriptedRun run = stream(fast, "r");
        resume(slow, "r", 0);
        fill(slow);
        run.text("a");
        run.text("b");
        assertEquals(3L, last(fast).get("seq"));
        assertEquals(1L, slow.ofRun("r").get(1).get("seq"));
        slow.readAll();
        assertEquals(Map.of("type", "chunk", "requestId", "r", "seq", 3L, "content", "ab", "n", 2L), last(slow));
        assertEquals(2, counter("runs.viewers"));
        run.text("c");
        assertEquals(last(fast), last(slow));
    }

    @Test
    void shouldResumeAGenerate() {
        FakeConnection first = connect();
        first.receive("{\"type\":\"generate\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        first.disconnect();
        FakeConnection second = connect();
        resume(second, "r", 0);
        assertEquals(List.of(resumed("r", 0, 0, true)), second.take());
        agent.last().text("whole");
        agent.last().subscriber.onComplete();
        assertEquals("whole", last(second).get("content"));
        FakeConnection third = connect();
        resume(third, "r", 0);
        assertEquals(last(second), last(third));
    }

    @Test
    void shouldSayWhyARunCannotBeResumed() {
        FakeConnection ann = connect(ANN);
        FakeConnection bob = connect(BOB);
        FakeConnection nobody = connect();
        ScriptedRun run = stream(ann, "r");
        run.text("a");
        resume(bob, "r", 0);
        assertEquals(List.of(failed("r", "forbidden")), bob.take());
        resume(nobody, "r", 0);
        assertEquals(List.of(failed("r", "forbidden")), nobody.take());
        resume(ann, "other", 0);
        assertEquals(failed("other", "unknown"), last(ann));
        FakeConnection alsoAnn = connect(ANN);
        resume(alsoAnn, "r", 3);
        assertEquals(List.of(failed("r", "epoch")), alsoAnn.take());
        alsoAnn.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0,\"epoch\":\"before\"}}");
        assertEquals(List.of(failed("r", "epoch")), alsoAnn.take());
        run.subscriber.onComplete();
        time.advance(Duration.ofMinutes(5));
        resume(alsoAnn, "r", 0);
        assertEquals(List.of(failed("r", "expired")), alsoAnn.take());
        resume(bob, "r", 0);
        assertEquals(List.of(failed("r", "unknown")), bob.take());
        assertEquals(7, counter("runs.resume_failures"));
    }

    @Test
    void shouldTakeItsOwnEpoch() {
        FakeConnection connection = new FakeConnection().open(handler);
        String epoch = (String) connection.take().get(0).get("epoch");
        stream(connection, "r");
        connection.receive("{\"type\":\"resume\",\"requestId\":\"r\",\"payload\":{\"after\":0,\"epoch\":\"" + epoch + "\"}}");
        assertEquals("resumed", last(connection).get("type"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"type\":\"resume\",\"payload\":{\"after\":1}}|payload.requestId is required",
        "{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\"}}|payload.after is required",
        "{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":\"1\"}}|"
                + "payload.after must be a whole number from 0 to 9223372036854775806",
        "{\"type\":\"ack\",\"payload\":{\"requestId\":\"r\"}}|payload.seq is required",
        "{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\",\"onDisconnect\":\"n\"}}|payload.onDisconnect must be continue or cancel",
        "{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\",\"overlap\":\"queue\"}}|payload.overlap needs a payload.sessionId",
        "{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\",\"overlap\":\"x\"}}|"
                + "payload.overlap must be parallel, queue, reject or replace"})
    void shouldSayWhatIsWrongWithAMessage(String json, String text) {
        FakeConnection connection = connect();
        connection.receive(json);
        assertEquals(text, last(connection).get("error"));
        assertEquals("INVALID_PAYLOAD", last(connection).get("code"));
    }

    @Test
    void shouldFindTheRunsOfAUserFromEveryConnection() {
        FakeConnection first = connect(ANN);
        FakeConnection second = connect(ANN);
        ScriptedRun run = stream(first, "r");
        assertEquals("DUPLICATE_REQUEST", refusal(second, "r").get("code"));
        second.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        assertTrue(run.isCancelled);
        assertEquals("cancelled", last(first).get("type"));
        assertEquals("stream_start", startedBy(connect(BOB), "r").get("type"), "another user's id is another id");
    }

    private Map<String, Object> refusal(FakeConnection connection, String id) {
        int before = agent.runCount();
        stream(connection, id);
        assertEquals(before, agent.runCount());
        return last(connection);
    }

    private Map<String, Object> startedBy(FakeConnection connection, String id) {
        stream(connection, id);
        return last(connection);
    }

    @Test
    void shouldLetAnonymousConnectionsUseTheSameIds() {
        FakeConnection one = connect();
        FakeConnection two = connect();
        ScriptedRun first = stream(one, "r");
        ScriptedRun second = stream(two, "r");
        first.text("one");
        second.text("two");
        assertEquals("one", last(one).get("content"));
        assertEquals("two", last(two).get("content"));
        FakeConnection three = connect();
        resume(three, "r", 0);
        assertEquals("two", last(three).get("content"), "the latest, as all who started one are there");
        one.disconnect();
        FakeConnection four = connect();
        resume(four, "r", 0);
        assertEquals("one", last(four).get("content"), "that of who is gone");
        assertEquals("DUPLICATE_REQUEST", refusal(four, "r").get("code"), "whoever is gone may have come back");
        two.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        assertTrue(second.isCancelled, "one's own comes first");
        assertFalse(first.isCancelled);
    }

    @Test
    void shouldLetAnIdBeUsedAgainByAnonymousConnectionsThatCannotMeanTheSameRun() {
        FakeConnection one = connect();
        stream(one, "r").subscriber.onComplete();
        one.leave();
        FakeConnection two = connect();
        assertEquals("stream_start", startedBy(two, "r").get("type"), "who closed the connection has seen the end");
        two.disconnect();
        FakeConnection three = connect();
        assertEquals("DUPLICATE_REQUEST", refusal(three, "r").get("code"), "whoever was cut off may have come back");
        three.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"something else\"}}");
        assertEquals("stream_start", last(three).get("type"), "who asks for something else does not repeat a request");
    }

    @Test
    void shouldNotRunAgainWhatGoesOnAfterItsConnectionWasClosed() {
        FakeConnection one = connect();
        stream(one, "r");
        one.leave();
        assertEquals("DUPLICATE_REQUEST", refusal(connect(), "r").get("code"));
    }

    @Test
    void shouldReplayARunWhoseConnectionWasClosed() {
        FakeConnection one = connect();
        ScriptedRun run = stream(one, "r");
        run.text("all");
        run.subscriber.onComplete();
        one.leave();
        FakeConnection two = connect();
        resume(two, "r", 0);
        assertEquals("stream_complete", last(two).get("type"));
    }

    @Test
    void shouldNotLookAtTheRunsOfWhoItWasBefore() {
        FakeConnection connection = connect(ANN).authenticator(token ->
                CompletableFuture.completedStage(AuthDecision.accepted(token.equals("bob") ? BOB : ANN)));
        ScriptedRun run = stream(connection, "r");
        connection.receive("{\"type\":\"auth\",\"payload\":{\"token\":\"ann\"}}");
        run.text("for ann");
        assertEquals("for ann", last(connection).get("content"));
        connection.receive("{\"type\":\"auth\",\"payload\":{\"token\":\"bob\"}}");
        run.text("for ann only");
        assertEquals("auth_ok", last(connection).get("type"));
        resume(connection, "r", 0);
        assertEquals(failed("r", "forbidden"), last(connection));
        assertEquals(0, counter("runs.viewers"));
    }

    @Test
    void shouldGiveUpWhatAllHaveAcknowledged() {
        FakeConnection one = connect();
        FakeConnection two = connect();
        ScriptedRun run = stream(one, "r");
        resume(two, "r", 0);
        for (int i = 0; i < 200; i++) {
            run.text("0123456789");
        }
        long before = counter("runs.log_bytes");
        ack(one, "r", 201);
        assertEquals(before, counter("runs.log_bytes"), "the other one has not");
        ack(two, "r", Long.MAX_VALUE);
        assertTrue(counter("runs.log_bytes") < before);
        FakeConnection three = connect();
        resume(three, "r", 0);
        Map<String, Object> answer = last(three);
        assertEquals("trimmed", answer.get("reason"));
        long oldest = (Long) answer.get("oldestSeq");
        resume(three, "r", oldest - 1);
        run.subscriber.onComplete();
        assertEquals("stream_complete", last(three).get("type"));
        ack(three, "r", 1_000_000);
        resume(three, "r", (Long) last(three).get("seq") - 1);
        assertEquals("stream_complete", last(three).get("type"), "the terminal event can always be had");
        ack(three, "nobody", 1);
    }

    @Test
    void shouldTrimWhatEveryoneWasSentWhenTheLogIsFull() {
        FakeConnection connection = connect();
        ScriptedRun run = stream(connection, "r");
        for (int i = 0; i < 5000; i++) {
            assertTrue(run.isWanted());
            run.text("0123456789");
        }
        assertTrue(counter("runs.log_bytes") <= LOG_LIMIT + 8192 + RunMemory.RUN_OVERHEAD, () -> "" + counter("runs.log_bytes"));
        assertEquals(5002, connection.messages().size());
        assertEquals(0, counter("runs.pauses"));
        connection.disconnect();
        FakeConnection second = connect();
        resume(second, "r", 10);
        assertEquals("trimmed", last(second).get("reason"));
        resume(second, "r", (Long) last(second).get("oldestSeq") - 1);
        assertEquals(5001L, last(second).get("seq"));
    }

    @Test
    void shouldDetachWhoStandsInTheWayOfOthers() {
        FakeConnection fast = connect();
        FakeConnection slow = connect();
        ScriptedRun run = stream(fast, "r");
        resume(slow, "r", 0);
        fill(slow);
        for (int i = 0; i < 5000; i++) {
            assertTrue(run.isWanted(), "the agent need not wait for the slow one");
            run.text("0123456789");
        }
        assertEquals(1, counter("runs.viewers_detached"));
        assertEquals(1, counter("runs.viewers"));
        slow.readAll();
        Map<String, Object> notice = slow.messages().stream().filter(message -> message.get("type").equals("resume_failed"))
                .findFirst().orElseThrow();
        assertEquals("trimmed", notice.get("reason"));
        resume(slow, "r", 4990);
        assertEquals(5001L, last(slow).get("seq"));
        run.subscriber.onComplete();
        assertEquals(last(fast), last(slow));
    }

    @Test
    void shouldMakeTheAgentWaitIfNobodyLooksAndGoOnWhenSomebodyDoes() {
        FakeConnection first = connect();
        ScriptedRun run = stream(first, "r");
        first.disconnect();
        int count = fillLog(run);
        assertEquals(1, counter("runs.pauses"));
        FakeConnection second = connect();
        resume(second, "r", 0);
        assertTrue(run.isWanted());
        assertEquals(count + 1L, last(second).get("seq"));
        run.text("more");
        assertEquals("more", last(second).get("content"));
    }

    @Test
    void shouldForgetFinishedRunsFirstWhenAUserHasTooMuch() {
        AgentHandler small = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
                .config(AgentHandlerConfig.builder().maxUserLogBytes(40_000).build()).build();
        FakeConnection ann = new FakeConnection().marks(1_000_000, 2_000_000).user(ANN).open(small);
        FakeConnection bob = new FakeConnection().marks(1_000_000, 2_000_000).user(BOB).open(small);
        stream(bob, "b").subscriber.onComplete();
        for (int i = 0; i < 20; i++) {
            ScriptedRun run = stream(ann, "r" + i);
            for (int j = 0; j < 300; j++) {
                run.text("0123456789");
            }
            run.subscriber.onComplete();
            assertEquals("stream_complete", last(ann).get("type"));
            long bytes = small.counters().get("runs.log_bytes");
            assertTrue(bytes < 52_000, () -> "log bytes " + bytes);
        }
        resume(ann, "r0", 0);
        assertEquals(failed("r0", "expired"), last(ann));
        resume(ann, "r19", 0);
        assertEquals("stream_complete", last(ann).get("type"));
        resume(bob, "b", 0);
        assertEquals("stream_complete", last(bob).get("type"), "another user is not harmed");
        time.advance(Duration.ofMinutes(6));
        assertEquals(0, small.counters().get("runs.log_bytes"));
        assertEquals(0, small.counters().get("runs.kept"));
    }

    @Test
    void shouldWaitForMemoryThatOthersHold() {
        AgentHandler small = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
                .config(AgentHandlerConfig.builder().maxLogBytes(100_000).build()).build();
        FakeConnection ann = new FakeConnection().user(ANN).open(small);
        FakeConnection bob = new FakeConnection().user(BOB).open(small);
        ScriptedRun big = stream(ann, "a");
        ann.disconnect();
        ScriptedRun other = stream(bob, "b");
        bob.disconnect();
        while (big.isWanted() || other.isWanted()) {
            for (ScriptedRun run : List.of(big, other)) {
                if (run.isWanted()) {
                    run.text("0123456789");
                }
            }
        }
        long bytes = small.counters().get("runs.log_bytes");
        assertTrue(bytes < 100_000 + 2 * 8192, () -> "log bytes " + bytes);
        FakeConnection late = new FakeConnection().user(AuthenticatedUser.of("cid")).open(small);
        assertEquals("TOO_MANY_RUNS", refusal(late, "c").get("code"));
        FakeConnection again = new FakeConnection().marks(1_000_000, 2_000_000).user(ANN).open(small);
        again.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"a\"}}");
        assertEquals("stream_start", startedBy(late, "d").get("type"), "a run that has ended makes room");
        time.runReady();
        assertTrue(other.isWanted(), "and lets others go on");
    }

    @Test
    void shouldLimitRunsPerUserAndInAll() {
        AgentHandler small = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
                .config(AgentHandlerConfig.builder().maxRunsPerUser(2).maxRuns(3).build()).build();
        FakeConnection ann = new FakeConnection().user(ANN).open(small);
        stream(ann, "a1");
        ann.disconnect();
        FakeConnection again = new FakeConnection().user(ANN).open(small);
        ScriptedRun second = stream(again, "a2");
        assertEquals("This user has 2 runs going already", refusal(again, "a3").get("error"));
        FakeConnection bob = new FakeConnection().user(BOB).open(small);
        stream(bob, "b1");
        assertEquals("The server has too many runs going", refusal(bob, "b2").get("error"));
        second.subscriber.onComplete();
        assertEquals("stream_start", startedBy(bob, "b2").get("type"));
        assertEquals(2, small.counters().get("runs.refused"));
    }

    @Test
    void shouldLimitTheRunsThatAConnectionLooksAt() {
        AgentHandler small = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
                .config(AgentHandlerConfig.builder().maxViewsPerConnection(1).build()).build();
        FakeConnection one = new FakeConnection().open(small);
        FakeConnection two = new FakeConnection().open(small);
        stream(one, "a");
        stream(two, "b");
        resume(two, "a", 0);
        assertEquals("TOO_MANY_RUNS", last(two).get("code"));
        assertFalse(last(two).containsKey("requestId"), "it must not look like the end of the run");
    }

    @Test
    void shouldTellWhoIsStillReadingThatARunIsForgotten() {
        FakeConnection slow = connect();
        ScriptedRun run = stream(slow, "r");
        fill(slow);
        run.text("a");
        run.subscriber.onComplete();
        time.advance(Duration.ofMinutes(5));
        slow.readAll();
        assertEquals(failed("r", "expired"), last(slow));
        assertEquals(0, counter("runs.viewers"));
    }

    @Test
    void shouldCancelWhenTheLastOfSeveralViewersGoesIfItIsAskedTo() {
        FakeConnection one = connect();
        FakeConnection two = connect();
        one.receive("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\",\"onDisconnect\":\"cancel\"}}");
        resume(two, "r", 0);
        one.disconnect();
        assertFalse(agent.last().isCancelled);
        two.disconnect();
        assertTrue(agent.last().isCancelled);
        FakeConnection three = connect();
        resume(three, "r", 0);
        assertEquals("The connection is gone", last(three).get("reason"));
    }

    @Test
    void shouldStartTheGraceAnewWhenSomebodyLooks() {
        FakeConnection one = connect();
        ScriptedRun run = stream(one, "r");
        one.disconnect();
        run.text("a");
        time.advance(Duration.ofSeconds(100));
        run.text("b");
        FakeConnection two = connect();
        resume(two, "r", 0);
        time.advance(Duration.ofSeconds(100));
        run.text("c");
        two.disconnect();
        time.advance(Duration.ofSeconds(119));
        assertFalse(run.isCancelled);
        run.text("d");
        time.advance(Duration.ofSeconds(1));
        assertTrue(run.isCancelled);
        FakeConnection three = connect();
        resume(three, "r", 0);
        assertEquals("Nobody is watching", last(three).get("reason"));
    }

    @Test
    void shouldCancelRunsWhenTheHandlerIsClosed() {
        ScriptedRun run = stream(connect(), "r");
        handler.close();
        assertTrue(run.isCancelled);
        assertEquals(0, counter("runs.active"));
    }

    @Test
    void shouldNotKeepAnswersForWhoAsksAgainAndAgainAndDoesNotRead() {
        FakeConnection connection = connect();
        stream(connection, "r");
        connection.take();
        fill(connection);
        for (int i = 0; i < 10_000; i++) {
            resume(connection, "r", 0);
        }
        connection.take();
        connection.readAll();
        assertTrue(connection.take().size() <= 256);
    }

    /** Makes the socket busy: above the high mark, but far from the limit. */
    private static void fill(FakeConnection connection) {
        connection.stopReading();
        while (connection.isWritable()) {
            connection.receive("{\"type\":\"ping\",\"timestamp\":1}");
        }
    }
}

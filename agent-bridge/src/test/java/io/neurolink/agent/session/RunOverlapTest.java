package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Runs of one session that come while others are going on. */
class RunOverlapTest {
    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent();
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
            .config(AgentHandlerConfig.builder().maxQueuedRuns(2).build()).build();
    private final FakeConnection connection = new FakeConnection().open(handler);

    private void stream(String id, String session, String overlap) {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"" + id + "\",\"sessionId\":\""
                + session + "\",\"overlap\":\"" + overlap + "\"}}");
        time.runReady();
    }

    private List<Object> types(String id) {
        return connection.ofRun(id).stream().map(event -> event.get("type")).toList();
    }

    private Map<String, Object> last(String id) {
        List<Map<String, Object>> events = connection.ofRun(id);
        return events.get(events.size() - 1);
    }

    private void complete(int run) {
        agent.run(run).subscriber.onComplete();
        time.runReady();
    }

    @Test
    void shouldRunSideBySide() {
        stream("a", "s", "parallel");
        stream("b", "s", "parallel");
        assertEquals(2, agent.runCount());
    }

    @Test
    void shouldRunOneAfterTheOther() {
        stream("a", "s", "queue");
        stream("b", "s", "queue");
        stream("c", "s", "queue");
        stream("other", "t", "queue");
        assertEquals(2, agent.runCount(), "another session does not wait");
        assertEquals(List.of("accepted"), types("b"));
        time.advance(Duration.ofSeconds(15));
        assertEquals(Map.of("type", "status", "requestId", "b", "state", "queued", "sinceMs", 15_000L), last("b"));
        complete(0);
        assertEquals("b", agent.last().request.prompt());
        assertEquals("stream_start", last("b").get("type"));
        assertEquals("status", last("c").get("type"));
        time.advance(Duration.ofSeconds(1));
        complete(2);
        assertEquals("c", agent.last().request.prompt());
        complete(3);
        assertEquals(16_000L, ((Map<?, ?>) last("c").get("timing")).get("queuedMs"));
        assertEquals(16_000L, ((Map<?, ?>) last("c").get("timing")).get("totalMs"));
    }

    @Test
    void shouldLimitTheQueue() {
        stream("a", "s", "parallel");
        stream("b", "s", "queue");
        stream("c", "s", "queue");
        stream("d", "s", "queue");
        assertEquals("TOO_MANY_RUNS", last("d").get("code"));
        assertEquals("The session has 2 runs waiting already", last("d").get("error"));
        stream("e", "s", "parallel");
        assertEquals("stream_start", last("e").get("type"));
        assertEquals(4, handler.counters().get("runs.active"));
    }

    @Test
    void shouldCancelARunThatWaits() {
        stream("a", "s", "queue");
        stream("b", "s", "queue");
        stream("c", "s", "queue");
        connection.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"b\"}}");
        assertEquals(List.of("accepted", "cancelled"), types("b"));
        assertEquals(true, last("b").get("upstreamClosed"));
        complete(0);
        assertEquals("c", agent.last().request.prompt());
    }

    @Test
    void shouldRejectWhileOneIsGoing() {
        stream("a", "s", "reject");
        stream("b", "s", "reject");
        assertEquals("TOO_MANY_RUNS", last("b").get("code"));
        assertEquals("The session has a run going", last("b").get("error"));
        complete(0);
        stream("b", "s", "reject");
        assertEquals("stream_start", last("b").get("type"));
    }

    @Test
    void shouldReplaceThoseBefore() {
        connection.receive("""
                {"type":"stream","requestId":"a","payload":{"prompt":"a","sessionId":"s","options":{"canTell":true}}}""");
        stream("b", "s", "queue");
        stream("c", "s", "replace");
        assertTrue(agent.run(0).isCancelled);
        assertEquals("replaced", last("b").get("reason"));
        assertEquals(List.of("accepted"), types("c"));
        assertEquals(1, agent.runCount(), "the new one waits until the old one has let go");
        agent.run(0).closed.complete(true);
        time.runReady();
        assertEquals("replaced", last("a").get("reason"));
        assertEquals("c", agent.last().request.prompt());
        stream("d", "s", "replace");
        assertEquals("replaced", last("c").get("reason"));
        assertEquals("d", agent.last().request.prompt());
    }

    @Test
    void shouldBeFreeForTheNextBeforeTheClientSeesTheEnd() {
        stream("a", "s", "reject");
        connection.onSent(message -> {
            if (message.get("type").equals("stream_complete")) {
                connection.receive("""
                        {"type":"stream","requestId":"b","payload":{"prompt":"b","sessionId":"s","overlap":"reject"}}""");
            }
        });
        complete(0);
        assertEquals("b", agent.last().request.prompt());
    }

    @Test
    void shouldKeepTheSessionsOfUsersApart() {
        FakeConnection ann = new FakeConnection().user(AuthenticatedUser.of("ann")).open(handler);
        stream("a", "s", "parallel");
        ann.receive("{\"type\":\"stream\",\"requestId\":\"x\",\"payload\":{\"prompt\":\"x\",\"sessionId\":\"s\",\"overlap\":\"replace\"}}");
        assertEquals("x", agent.last().request.prompt());
        assertFalse(agent.run(0).isCancelled);
    }

    @Test
    void shouldGiveUpAWaitingRunThatNobodyLooksAt() {
        stream("a", "s", "queue");
        stream("b", "s", "queue");
        connection.disconnect();
        time.advance(Duration.ofSeconds(100));
        agent.run(0).text("still");
        time.advance(Duration.ofSeconds(20));
        assertEquals(0, handler.counters().get("runs.active"));
        assertEquals(2, handler.counters().get("runs.cancelled"));
        assertTrue(agent.last().isCancelled);
    }
}

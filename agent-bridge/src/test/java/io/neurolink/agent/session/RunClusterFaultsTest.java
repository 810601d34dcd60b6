package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that die or are cut off, and a bus that is away, slow, or loses what it had. */
class RunClusterFaultsTest extends ClusterTrial {
    /** Words are appended one by one. @param end the first that is not said. */
    private void say(ScriptedRun run, int from, int end) {
        for (int i = from; i < end; i++) {
            run.text("w" + i + " ");
            linger();
        }
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

    /** Nobody says that the node cannot be reached: each question takes its time, so that it is found out later. */
    @Test
    void shouldNotGiveUpWhoHasSeenMoreBeforeItIsKnownWhetherTheNodeIsThere() {
        ScriptedRun run = stream(a, a.connect(), "r");
        linger();
        run.text("a");
        a.bus.swallow();
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 2);
        for (int questions = 0; questions < 8; questions++) {
            pass(Duration.ofSeconds(2));
            logs.timeOut();
        }
        pass(Duration.ofSeconds(2));
        assertEquals(List.of(resumed("r", 2, 3, false), lost("r", 3)), viewer.take());
    }

    /** Such as while NATS has no leader, or not for that node. */
    @Test
    void shouldWaitForARunThatItsNodeCouldNotAppendSoFar() {
        for (AuthenticatedUser user : new AuthenticatedUser[] {ANN, null}) {
            String id = user == null ? "anonymous" : "ann's";
            a.bus.appends(false);
            FakeConnection own = a.connect(user);
            own.receive("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}");
            pass(Duration.ofSeconds(1));
            ScriptedRun run = a.agent.last();
            run.text("a");
            own.leave();
            FakeConnection viewer = b.connect(user);
            resume(viewer, id, 1);
            pass(Duration.ofSeconds(5));
            assertEquals(List.of(), viewer.take());
            a.bus.appends(true);
            pass(Duration.ofSeconds(2));
            assertEquals(List.of(resumed(id, 1, 2, true), chunk(id, 2, "a")), viewer.take());
            run.subscriber.onComplete();
            pass(Duration.ofSeconds(1));
            assertEquals("stream_complete", last(viewer).get("type"));
        }
    }

    @Test
    void shouldNotForbidARunThatIsAppendedWhileItIsLookedFor() {
        stream(a, a.connect(ANN), "r");
        linger();
        logs.missFinds(1);
        FakeConnection viewer = b.connect(ANN);
        resume(viewer, "r", 0);
        assertEquals(resumed("r", 0, 1, true), viewer.take().get(0));
    }

    /** All were away, and NATS has lost the run: its node is not back as early as the one where somebody resumes it. */
    @Test
    void shouldWaitForNodesThatAreBackLaterBeforeARunIsUnknown() {
        ScriptedRun run = stream(a, a.connect(ANN), "r");
        run.text("a");
        linger();
        a.bus.cut();
        b.bus.cut();
        logs.dropYoungest("r", 100);
        FakeConnection viewer = b.connect(ANN);
        b.bus.heal();
        resume(viewer, "r", 1);
        resume(viewer, "never was", 1);
        pass(Duration.ofSeconds(6));
        assertEquals(List.of(), viewer.take());
        a.bus.heal();
        pass(Duration.ofMillis(1500));
        assertEquals(List.of(resumed("r", 1, 2, true), chunk("r", 2, "a")), viewer.take());
        pass(Duration.ofMillis(1500));
        assertEquals(List.of(failed("never was", "unknown")), viewer.take());
    }

    @Test
    void shouldNotTellAnybodyElseOfARunThatItsNodeCouldNotAppendSoFar() {
        a.bus.appends(false);
        stream(a, a.connect(ANN), "r");
        pass(Duration.ofSeconds(1));
        FakeConnection bob = b.connect(BOB);
        resume(bob, "r", 0);
        bob.receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        pass(Duration.ofSeconds(4));
        assertEquals(List.of(failed("r", "unknown")), bob.take());
        assertFalse(a.agent.last().isCancelled);
    }

    @Test
    void shouldSayThatARunCannotBeReachedWhichIsNeverAppended() {
        a.bus.appends(false);
        stream(a, a.connect(ANN), "r");
        pass(Duration.ofSeconds(1));
        FakeConnection viewer = b.connect(ANN);
        resume(viewer, "r", 0);
        pass(Duration.ofSeconds(9));
        assertEquals(List.of(), viewer.take());
        pass(Duration.ofSeconds(2));
        Map<String, Object> answer = viewer.take().get(0);
        assertEquals("MODEL_UNAVAILABLE", answer.get("code"));
        assertEquals("resume", answer.get("inReplyTo"));
        assertEquals(true, answer.get("retryable"));
    }

    @Test
    void shouldCancelARunThatItsNodeCouldNotAppendSoFar() {
        a.bus.appends(false);
        stream(a, a.connect(ANN), "r");
        pass(Duration.ofSeconds(1));
        b.connect(ANN).receive("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\",\"reason\":\"enough\"}}");
        settle();
        assertTrue(a.agent.last().isCancelled);
    }

    /** Three servers of NATS that were all killed come back without what they had not written, and nobody is told. */
    @Test
    void shouldFindAgainWhatWasLostFromTheLogAndAppendedAnewElsewhere() {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 0);
        Transcript seen = new Transcript("r");
        say(run, 0, 6);
        logs.dropYoungest("r", 4);
        stream(a, a.connect(), "another that takes positions");
        say(run, 6, 12);
        pass(Duration.ofSeconds(3));
        seen.add(viewer.take());
        assertEquals(words(11), seen.text.toString());
        FakeConnection late = c.connect();
        resume(late, "r", 0);
        Transcript again = new Transcript("r");
        again.add(late.take());
        assertEquals(words(11), again.text.toString());
    }

    @Test
    void shouldEndARunWhoseNodeIsDeadAndWhoseLogHasLostItsEnd() {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 0);
        say(run, 0, 6);
        assertEquals(chunk("r", 7, "w5 "), last(viewer));
        a.kill();
        logs.dropYoungest("r", 4);
        pass(Duration.ofSeconds(15));
        assertEquals(lost("r", 8), last(viewer));
        FakeConnection late = c.connect();
        resume(late, "r", 0);
        pass(Duration.ofSeconds(1));
        assertEquals(lost("r", 8), last(late));
        Transcript seen = new Transcript("r");
        seen.add(late.take());
        assertEquals(words(5), seen.text.toString(), "what the node that ends it still had is in the log again");
    }

    /** It had followed the run, and what it has seen was lost from the log; the node that ended the run had not seen it. */
    @Test
    void shouldTellOfTheEndWhoHasSeenMoreThanTheNodeThatEndedTheRun() {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 0);
        say(run, 0, 6);
        assertEquals(chunk("r", 7, "w5 "), last(viewer));
        a.kill();
        b.bus.cut();
        logs.dropYoungest("r", 4);
        FakeConnection other = c.connect();
        resume(other, "r", 0);
        pass(Duration.ofSeconds(15));
        long endSeq = (Long) last(other).get("seq");
        assertEquals(lost("r", endSeq), last(other));
        assertTrue(endSeq < 7, "seq of the end: " + endSeq);
        b.bus.heal();
        pass(Duration.ofSeconds(3));
        assertEquals(lost("r", 8), last(viewer));
        assertEquals(0, b.counter("runs.viewers"));
    }

    /** Two nodes are as fast; the one that comes second reads from a server of NATS that does not have the end yet. */
    @Test
    void shouldFindTheEndThatAnotherNodeWasFasterToAppend() {
        ScriptedRun run = stream(a, a.connect(), "r");
        run.text("a");
        linger();
        FakeConnection ofB = b.connect();
        FakeConnection ofC = c.connect();
        resume(ofB, "r", 1);
        resume(ofC, "r", 1);
        a.kill();
        logs.hideLast(1000);
        logs.tellNothing();
        for (int i = 0; i < 1000 && b.counter("runs.takeovers") + c.counter("runs.takeovers") == 0; i++) {
            pass(Duration.ofMillis(10));
        }
        assertEquals(1, b.counter("runs.takeovers") + c.counter("runs.takeovers"));
        assertEquals(lost("r", 3), last(b.counter("runs.takeovers") == 0 ? ofB : ofC));
    }

    /** NATS has lost the end of a log and nothing more comes that would be appended after it: somebody looks from elsewhere and says so. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAppendAgainTheLostEndOfARunThatHasEndedOrIsSilent(boolean hasEnded) {
        FakeConnection own = a.connect(ANN);
        ScriptedRun run = stream(a, own, "r");
        say(run, 0, 6);
        if (hasEnded) {
            run.subscriber.onComplete();
            linger();
        }
        long seq = (Long) last(own).get("seq");
        for (int lost : new int[] {3, 100}) {
            logs.dropYoungest("r", lost);
            FakeConnection viewer = b.connect(ANN);
            resume(viewer, "r", seq - 1);
            pass(Duration.ofSeconds(4));
            assertEquals(resumed("r", seq - 1, seq, !hasEnded), viewer.take().get(0));
            FakeConnection late = c.connect(ANN);
            resume(late, "r", 0);
            Transcript seen = new Transcript("r");
            seen.add(late.take());
            assertEquals(words(5), seen.text.toString());
            assertEquals(hasEnded ? "stream_complete" : null, seen.end);
            pass(Duration.ofSeconds(5));
        }
        assertEquals(0, b.counter("runs.takeovers") + c.counter("runs.takeovers"));
    }

    @Test
    void shouldMissNothingThatIsNotOnEveryServer() {
        ScriptedRun run = stream(a, a.connect(), "r");
        FakeConnection viewer = b.connect();
        say(run, 0, 6);
        logs.skipOne(3);
        resume(viewer, "r", 0);
        run.text("w6 ");
        pass(Duration.ofSeconds(2));
        Transcript seen = new Transcript("r");
        seen.add(viewer.take());
        assertEquals(words(6), seen.text.toString());
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

    /** The line is dead and nobody knows: no node answers, so all others seem to be. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotEndTheRunsOfOthersBecauseItsOwnLineWasDead(boolean isNoticed) {
        FakeConnection own = a.connect();
        ScriptedRun run = stream(a, own, "r");
        FakeConnection viewer = b.connect();
        resume(viewer, "r", 1);
        b.bus.swallow();
        run.text("a");
        pass(Duration.ofSeconds(20));
        if (isNoticed) {
            b.bus.cut();
            b.bus.heal();
        } else {
            b.bus.spit();
        }
        pass(Duration.ofSeconds(3));
        assertEquals(chunk("r", 2, "a"), last(viewer));
        run.subscriber.onComplete();
        pass(Duration.ofSeconds(2));
        assertEquals("stream_complete", last(viewer).get("type"));
        assertEquals("stream_complete", last(own).get("type"));
        assertEquals(0, b.counter("runs.takeovers"));
        assertEquals(0, a.counter("runs.fenced"));
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
        say(run, 0, 20);
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
        say(run, 0, 10);
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
    void shouldSayTrimmedWhereTheBusHasGivenUpTheOldest() {
        ScriptedRun run = stream(a, a.connect(), "r");
        say(run, 0, 20);
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
}

package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A drain by the clock: who is told what, who is closed when, who is waited for, and what becomes of those who do not go. */
@InAllModes
class LockStepDrainTest extends LockStepTest {
    private static final Duration TURN = Duration.ofMillis(10);
    private static final String GOING = "close 1001 Server shutting down";

    private final Set<WebSocketConnection> busy = ConcurrentHashMap.newKeySet();
    private final List<TestPeer> peers = new ArrayList<>();

    private EngineDrain drain;

    private void startWith(int count) {
        handler.busy(busy::contains);
        start(config -> config.maxConnections(2000));
        for (int i = 0; i < count; i++) {
            peers.add(server.open());
        }
    }

    private void begin(DrainOptions.Builder options) {
        drain = server.drain(options.build());
        server.settle();
    }

    private static DrainOptions.Builder options() {
        return DrainOptions.builder();
    }

    /** Answers close frames that have come. @return how many came */
    private int answerCloses() {
        int count = 0;
        for (TestPeer peer : peers) {
            if (!peer.transport.isClosed() && peer.hasUnseen() && peer.frames().contains(GOING)) {
                peer.send(ClientFrames.close(1001, ""));
                count++;
            }
        }
        server.settle();
        return count;
    }

    private DrainReport report() {
        assertTrue(drain.isDone());
        return drain.tallies().report(peers.size(), 0, Duration.ZERO, false);
    }

    private void assertReport(int left, int closed, int cut, int interrupted) {
        server.advance(TURN).advance(TURN);
        assertEquals(new DrainReport(peers.size(), left, closed, cut, interrupted, 0, Duration.ZERO, false), report());
        assertEquals(0, server.manager.getConnectionCount());
    }

    @Test
    void shouldBeDoneAtOnceWithoutConnections() {
        startWith(0);
        begin(options());
        assertReport(0, 0, 0, 0);
    }

    @Test
    void shouldTellThenClose() {
        startWith(1);
        handler.atDrain((connection, notice) -> connection.send("going"));
        begin(options());
        server.advance(TURN);
        assertEquals(List.of("text going", GOING), peers.get(0).frames());
        assertFalse(drain.isDone());
        peers.get(0).send(ClientFrames.close(1001, ""));
        server.settle();
        assertEquals(List.of("open", "drain 1000 10000", "close 1001"), handler.events());
        assertReport(0, 1, 0, 0);
    }

    /** 1,000 connections at 500 a second: two seconds, and never more than the rate, whatever the number of loops. */
    @Test
    void shouldSpreadClosesOverTheWindow() {
        startWith(1000);
        begin(options().timeout(Duration.ofSeconds(30)));
        int closed = answerCloses();
        assertTrue(closed <= 2, closed + " at once");
        for (int tenth = 1; tenth <= 20; tenth++) {
            int before = closed;
            for (int turn = 0; turn < 10; turn++) {
                server.advance(TURN);
                closed += answerCloses();
            }
            assertEquals(50, closed - before, 4, "tenth " + tenth);
        }
        server.advance(TURN);
        closed += answerCloses();
        assertEquals(1000, closed);
        assertReport(0, 1000, 0, 0);
    }

    @Test
    void shouldAskPeersToComeBackOverTheWindow() {
        startWith(1000);
        begin(options().reconnectAfter(Duration.ofMillis(200)));
        int[] tenths = new int[20];
        Set<String> notices = new HashSet<>(handler.events("drain"));
        handler.events("drain").forEach(event -> tenths[(Integer.parseInt(event.split(" ")[1]) - 200) / 100]++);
        for (int count : tenths) {
            assertEquals(50, count, 6);
        }
        assertTrue(notices.size() > 400, notices.size() + " different");
    }

    /** Fewer than the rate would be closed in that time, so the rate gives way. */
    @Test
    void shouldCloseFasterWhereTheTimeIsShort() {
        startWith(200);
        begin(options().closesPerSecond(10).timeout(Duration.ofSeconds(1)));
        int closed = answerCloses();
        for (int turn = 0; turn < 50; turn++) {
            server.advance(TURN);
            closed += answerCloses();
        }
        assertEquals(100, closed, 6);
        for (int turn = 0; turn < 51; turn++) {
            server.advance(TURN);
            answerCloses();
        }
        assertReport(0, 200, 0, 0);
    }

    @Test
    void shouldCloseTheIdleFirstAndTheBusyWhenTheyAreDone() {
        startWith(4);
        busy.add(server.connectionOf(peers.get(0)));
        busy.add(server.connectionOf(peers.get(1)));
        begin(options());
        server.advance(TURN).advance(TURN);
        assertEquals(2, answerCloses());
        assertEquals(List.of(), peers.get(0).frames());
        WebSocketConnection first = server.connectionOf(peers.get(0));
        assertEquals(SendResult.ACCEPTED, first.send("the end"));
        busy.remove(first);
        server.advance(TURN);
        assertEquals(List.of("text the end", GOING), peers.get(0).frames());
        peers.get(0).send(ClientFrames.close(1001, ""));
        server.advance(TURN);
        busy.clear();
        server.advance(TURN);
        assertEquals(1, answerCloses());
        assertReport(0, 4, 0, 0);
    }

    @Test
    void shouldTellTheBusyOnceMoreAtTheDeadlineAndCloseThemWhenTheyHaveFinished() {
        startWith(2);
        busy.add(server.connectionOf(peers.get(0)));
        handler.atDrain((connection, notice) -> {
            if (notice.isLast()) {
                connection.send("cancelled");
                busy.remove(connection);
            }
        });
        begin(options());
        server.advance(TURN);
        assertEquals(1, answerCloses());
        server.advance(Duration.ofSeconds(9));
        assertEquals(1, server.manager.getConnectionCount());
        server.advance(Duration.ofSeconds(1)).advance(TURN);
        assertEquals(List.of("text cancelled", GOING), peers.get(0).frames());
        peers.get(0).send(ClientFrames.close(1001, ""));
        server.settle();
        assertReport(0, 2, 0, 0);
    }

    @Test
    void shouldInterruptWhoIsBusyForEver() {
        startWith(1);
        busy.add(server.connectionOf(peers.get(0)));
        begin(options().closeTimeout(Duration.ofSeconds(4)));
        server.advance(Duration.ofSeconds(10)).advance(Duration.ofMillis(1900));
        assertEquals(List.of(), peers.get(0).frames());
        server.advance(Duration.ofMillis(200));
        assertEquals(1, answerCloses());
        assertReport(0, 1, 0, 1);
    }

    @Test
    void shouldCutWhoDoesNotAnswer() {
        startWith(2);
        busy.add(server.connectionOf(peers.get(1)));
        begin(options());
        server.advance(TURN);
        assertEquals(List.of(GOING), peers.get(0).frames());
        server.advance(Duration.ofMillis(5100));
        assertTrue(peers.get(0).transport.isClosed(), "its manager's close timeout");
        assertFalse(peers.get(1).transport.isClosed());
        server.advance(Duration.ofSeconds(5)).advance(Duration.ofMillis(2500)).advance(TURN);
        assertEquals(List.of(GOING), peers.get(1).frames());
        server.advance(Duration.ofMillis(2500)).advance(TURN);
        assertTrue(peers.get(1).transport.isClosed(), "the drain's close timeout");
        assertReport(0, 0, 2, 1);
    }

    @Test
    void shouldCountWhoLeavesByItself() {
        startWith(3);
        busy.addAll(handler.connections());
        begin(options());
        peers.get(0).send(ClientFrames.close(1000, ""));
        peers.get(1).transport.end();
        server.advance(TURN);
        assertFalse(drain.isDone());
        peers.get(2).send(ClientFrames.close(1000, ""));
        server.settle();
        assertReport(3, 0, 0, 0);
    }

    @Test
    void shouldHurry() {
        startWith(400);
        busy.add(server.connectionOf(peers.get(7)));
        begin(options().closesPerSecond(1).timeout(Duration.ofHours(1)));
        server.advance(TURN);
        answerCloses();
        assertTrue(server.manager.getConnectionCount() > 390);
        drain.hurry(Duration.ofSeconds(2));
        server.advance(TURN);
        answerCloses();
        assertEquals(1, server.manager.getConnectionCount());
        assertEquals(List.of("open", "drain 0"), handler.events(server.connectionOf(peers.get(7))).stream()
                .map(event -> event.endsWith(" 0") ? "drain 0" : event).filter(event -> !event.startsWith("drain 1")
                        && !event.matches("drain \\d{4,} \\d+")).toList());
        drain.hurry(Duration.ofHours(1));
        server.advance(Duration.ofSeconds(1)).advance(TURN);
        assertEquals(1, answerCloses());
        assertReport(0, 400, 0, 1);
    }

    @Test
    void shouldNotGetMoreTimeByHurrying() {
        startWith(1);
        busy.add(server.connectionOf(peers.get(0)));
        begin(options().closeTimeout(Duration.ofSeconds(4)));
        server.advance(Duration.ofSeconds(11));
        drain.hurry(Duration.ofHours(1));
        server.advance(Duration.ofMillis(900));
        assertEquals(List.of(), peers.get(0).frames());
        server.advance(Duration.ofMillis(200));
        assertEquals(List.of(GOING), peers.get(0).frames());
        server.advance(Duration.ofSeconds(2));
        assertTrue(peers.get(0).transport.isClosed());
        assertReport(0, 0, 1, 1);
    }

    /** As when the machine was suspended: everybody is told all the same. */
    @Test
    void shouldTellWhomItCutsAfterTimeHasJumped() {
        startWith(2);
        busy.add(server.connectionOf(peers.get(0)));
        begin(options());
        assertEquals(SendResult.ACCEPTED, server.connectionOf(peers.get(0)).send("before"));
        server.advance(Duration.ofSeconds(20));
        assertEquals(List.of("text before", GOING), peers.get(0).frames());
        assertEquals(List.of(GOING), peers.get(1).frames());
        assertReport(0, 0, 2, 1);
    }

    private void endShouldCutBoth() {
        drain.end();
        server.end();
        assertEquals(List.of(GOING), peers.get(0).frames());
        assertEquals(List.of(GOING), peers.get(1).frames());
        assertEquals(new DrainReport(2, 0, 0, 2, 1, 0, Duration.ZERO, false), drain.tallies().report(2, 0, Duration.ZERO, false));
    }

    /** The server has waited long enough for its loops, and ends them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 11_000, 13_000})
    void shouldCountTheConnectionsOfALoopThatIsLate(int lastTurnMs) {
        startWith(3);
        busy.add(server.connectionOf(peers.get(0)));
        peers.get(2).send(ClientFrames.close(1000, ""));
        server.settle();
        begin(options());
        server.pass(Duration.ofMillis(lastTurnMs), Duration.ofMillis(500));
        server.clock.advance(Duration.ofHours(1));
        endShouldCutBoth();
    }

    @Test
    void shouldCountTheConnectionsOfALoopThatDidNotEvenBegin() {
        startWith(2);
        busy.add(server.connectionOf(peers.get(0)));
        drain = server.drain(DrainOptions.defaults());
        endShouldCutBoth();
    }

    /** It goes on when the loop has time again before the server ends it. */
    @Test
    void shouldCutOnlyOnce() {
        startWith(1);
        busy.add(server.connectionOf(peers.get(0)));
        begin(options());
        drain.end();
        server.settle();
        assertEquals(List.of(GOING), peers.get(0).frames());
        assertTrue(peers.get(0).transport.isClosed());
        server.advance(Duration.ofHours(1));
        assertReport(0, 0, 1, 1);
    }

    /** The application closes it, its peer does not answer, and its handler is at work all the while. */
    @Test
    void shouldCountTheBusyAmongTheCutThatWereBeingClosed() {
        startWith(1);
        busy.add(server.connectionOf(peers.get(0)));
        begin(options().timeout(Duration.ofSeconds(1)).closeTimeout(Duration.ofSeconds(2)));
        handler.connection().close(4000, "enough");
        server.pass(Duration.ofSeconds(3), Duration.ofMillis(100));
        assertEquals(List.of("close 4000 enough"), peers.get(0).frames());
        assertReport(0, 0, 1, 1);
    }

    @Test
    void shouldHandleWhatHadComeBeforeItCloses() {
        assumeFalse(mode.isInline());
        startWith(1);
        handler.atMessage(WebSocketConnection::send);
        peers.get(0).text("asked before");
        server.settleLoops();
        drain = server.drain(DrainOptions.defaults());
        server.settleLoops();
        server.clock.advance(Duration.ofSeconds(1));
        server.settleLoops();
        assertEquals(List.of(), peers.get(0).frames());
        server.settle();
        server.advance(TURN);
        assertEquals(List.of("text asked before", GOING), peers.get(0).frames());
        assertEquals(1, answerClosesOf(peers.get(0)));
        assertReport(0, 1, 0, 0);
    }

    private int answerClosesOf(TestPeer peer) {
        peer.send(ClientFrames.close(1001, ""));
        server.settle();
        return 1;
    }

    @Test
    void shouldWriteWhatAnotherThreadSentJustBefore() {
        startWith(1);
        WebSocketConnection connection = handler.connection();
        busy.add(connection);
        begin(options());
        assertEquals(SendResult.ACCEPTED, connection.send("just before"));
        busy.clear();
        server.advance(TURN);
        assertEquals(SendResult.CLOSED, connection.send("late"));
        assertEquals(List.of("text just before", GOING), peers.get(0).frames());
        answerClosesOf(peers.get(0));
        assertReport(0, 1, 0, 0);
    }

    @Test
    void shouldGoOnWhenHandlersThrow() {
        startWith(2);
        handler.busy(connection -> {
            throw new IllegalStateException("busy");
        });
        handler.atDrain((connection, notice) -> {
            throw new IllegalStateException("drain");
        });
        begin(options());
        for (int turn = 0; turn < 3; turn++) {
            server.advance(TURN);
            answerCloses();
        }
        assertReport(0, 2, 0, 0);
        assertTrue(server.counter(EngineCounter.HANDLER_ERRORS) >= 4);
        expectErrors("java.lang.IllegalStateException: busy", "java.lang.IllegalStateException: drain");
    }

    /** Who was let in after the drain began would be closed by nobody. */
    @Test
    void shouldRefuseWhomAnAuthenticatorAdmitsTooLate() {
        CompletableFuture<AuthenticatedUser> slow = new CompletableFuture<>();
        server = LockStepServer.builder(mode).handler(handler)
                .config(config -> config.auth(AuthConfig.bearerAsync(token -> slow).build())).start();
        TestPeer peer = server.connect().upgrade("/ws?token=t");
        server.settle();
        begin(options());
        slow.complete(AuthenticatedUser.of("ann"));
        server.settle();
        TestPeer.Answer answer = peer.answer();
        assertEquals(503, answer.status());
        assertEquals("5", answer.header("Retry-After"));
        assertCount(1, EngineCounter.UPGRADES_REFUSED_SHUTTING_DOWN);
    }
}

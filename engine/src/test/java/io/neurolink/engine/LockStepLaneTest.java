package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Workers that are behind: their lane fills, the connection is not read meanwhile, and nothing is lost or out of order. */
@ParameterizedClass
@EnumSource(names = {"WORKER", "WORKER_TWO_LOOPS"})
@Timeout(120)
class LockStepLaneTest extends LockStepTest {
    /** More than a lane has room for. */
    private static final int FLOOD = 10_000;

    private static byte[] flood(int from, int to) {
        return ClientFrames.concat(IntStream.range(from, to).mapToObj(i -> ClientFrames.text("m" + i)).toArray(byte[][]::new));
    }

    private static List<String> flooded(int count) {
        return IntStream.range(0, count).mapToObj(i -> "text m" + i).toList();
    }

    private TestPeer openOnFirstLoop() {
        return server.openOn(0);
    }

    /** Fills the lane from the first loop to the only worker through a connection that is then gone from the test's sight. */
    private TestPeer fillLane() {
        TestPeer other = openOnFirstLoop();
        other.send(flood(0, FLOOD));
        server.settleLoops();
        assertFalse(other.transport.wantsReadable());
        assertTrue(server.counter(EngineCounter.LANE_FULL) > 0);
        return other;
    }

    @Test
    void shouldTellHandlersOfTheEndAlsoWhenTheLaneIsFullAtTheEndOfTheServer() {
        start();
        TestPeer quiet = openOnFirstLoop();
        server.settle();
        TestPeer flooding = openOnFirstLoop();
        flooding.send(flood(0, FLOOD));
        server.settleLoops();
        assertTrue(server.counter(EngineCounter.LANE_FULL) > 0);
        quiet.text("behind it");
        server.settleLoops();
        server.end();

        assertEquals(List.of("open", "text behind it", "close 1006"), handler.events(handler.connection(0)));
        List<String> events = handler.events(handler.connection(1));
        assertEquals("close 1006", events.get(events.size() - 1));
        assertEquals(flooded(events.size() - 2), events.subList(1, events.size() - 1));
        assertTrue(events.size() > 4_000, () -> events.size() + " events");
    }

    @Test
    void shouldStopReadingWhileTheLaneIsFull() {
        start();
        TestPeer peer = openOnFirstLoop();
        peer.send(flood(0, FLOOD));
        server.settleLoops();
        assertFalse(peer.transport.wantsReadable());
        int unread = peer.transport.unread();
        assertTrue(unread > 0);
        assertCount(1, EngineCounter.READS_PAUSED);
        server.settleLoops();
        assertEquals(unread, peer.transport.unread(), "TCP pushes back");
        assertCount(0, EngineCounter.READS_RESUMED);
        server.settle();

        assertTrue(peer.transport.wantsReadable());
        assertEquals(flooded(FLOOD), handler.events("text"));
        assertCount(FLOOD, EngineCounter.MESSAGES_IN);
        assertCount(FLOOD, EngineCounter.WORKER_MESSAGES);
        assertEquals(server.counter(EngineCounter.READS_PAUSED), server.counter(EngineCounter.READS_RESUMED));
    }

    @Test
    void shouldTakeLargeMessagesThatFillTheLane() {
        start();
        TestPeer peer = openOnFirstLoop();
        for (int i = 0; i < 40; i++) {
            peer.text("x".repeat(100_000 + i));
        }
        server.settleLoops();
        assertFalse(peer.transport.wantsReadable());
        server.settle();

        assertEquals(IntStream.range(0, 40).mapToObj(i -> "text[" + (100_000 + i) + "]").toList(), handler.events("text"));
        assertTrue(server.counter(EngineCounter.READS_PAUSED) > 0);
    }

    @Test
    void shouldEchoThroughFullLanesInBothDirections() {
        handler = RecordingHandler.echo();
        start();
        TestPeer peer = openOnFirstLoop();
        peer.transport.acceptance(offered -> Math.min(offered, 1_000));
        peer.send(flood(0, FLOOD));
        server.settle();

        assertEquals(IntStream.range(0, FLOOD).mapToObj(i -> "m" + i).toList(), peer.texts());
    }

    @Test
    void shouldKeepWhatCameWithAnUpgradeThatFindsTheLaneFull() {
        start();
        fillLane();
        TestPeer peer = server.connect(0).upgrade("/ws").send(flood(0, 5));
        server.settleLoops();
        peer.agreement();
        peer.send(flood(5, 10));
        server.settle();

        assertEquals(flooded(10), handler.events(server.connectionOf(peer)).subList(1, 11));
    }

    @Test
    void shouldTellOfTheEndAlsoWhenTheLaneIsFull() {
        start();
        TestPeer other = fillLane();
        TestPeer peer = server.connect(0).upgrade("/ws").send(flood(0, 3));
        server.settleLoops();
        peer.transport.reset();
        other.transport.reset();
        handlerlessClose(peer);
        server.settle();

        for (WebSocketConnection connection : handler.connections()) {
            List<String> events = handler.events(connection);
            assertEquals("close 1006", events.get(events.size() - 1));
        }
        assertEquals(2, handler.connections().size());
        assertCount(0, EngineCounter.CONNECTIONS_OPEN);
    }

    /** A connection that is not read does not notice that its peer is gone, but does so when it writes. */
    private void handlerlessClose(TestPeer peer) {
        server.manager.broadcast("is anybody there");
        server.settleLoops();
        assertTrue(peer.transport.isClosed());
    }

    @Test
    void shouldCloseAConnectionThatIsNotRead() {
        start();
        TestPeer peer = openOnFirstLoop();
        peer.send(flood(0, FLOOD));
        server.settleLoops();
        CompletableFuture<Void> gone = handler.connection().close(1000, "enough");
        server.settleLoops();
        assertEquals(List.of("close 1000 enough"), peer.frames());
        peer.send(ClientFrames.close(1000, "enough"));
        server.settle();

        assertTrue(gone.isDone());
        assertEquals("close 1000 enough", handler.events().get(handler.events().size() - 1));
    }

    @Test
    void shouldCutAClosingConnectionThatIsNeverRead() {
        start();
        TestPeer peer = openOnFirstLoop();
        peer.send(flood(0, FLOOD));
        server.settleLoops();
        CompletableFuture<Void> gone = handler.connection().close(1000, "enough");
        server.clock.advance(Duration.ofSeconds(5));
        server.settleLoops();
        server.clock.advance(Duration.ofSeconds(5));
        server.settleLoops();
        assertTrue(gone.isDone());
        assertTrue(peer.transport.isClosed());
        server.settle();

        List<String> events = handler.events();
        assertEquals("close 1006", events.get(events.size() - 1));
    }

    @Test
    void shouldNotTakeAPeerForDeadThatItDoesNotRead() {
        start();
        TestPeer peer = openOnFirstLoop();
        server.clock.advance(Duration.ofSeconds(30));
        server.settleLoops();
        assertEquals(List.of("ping 0000000000000001"), peer.frames());
        peer.send(flood(0, FLOOD)).send(ClientFrames.pong(new byte[] {0, 0, 0, 0, 0, 0, 0, 1}));
        server.settleLoops();
        for (int i = 0; i < 100; i++) {
            server.clock.advance(Duration.ofSeconds(1));
            server.settleLoops();
        }
        assertFalse(peer.transport.isClosed(), "its answers wait in the socket");
        server.settle();
        assertEquals(flooded(FLOOD), handler.events("text"));
        peer.frames();
        server.pass(Duration.ofSeconds(41), Duration.ofSeconds(1));

        assertTrue(peer.transport.isClosed(), "now it is read and says nothing");
    }

    @Test
    void shouldNotTakeAPeerForDeadWhosePongIsNotReadYet() {
        start();
        TestPeer other = openOnFirstLoop();
        TestPeer peer = openOnFirstLoop();
        server.clock.advance(Duration.ofSeconds(30));
        server.settleLoops();
        other.send(flood(0, FLOOD));
        server.settleLoops();
        peer.text("finds no room");
        server.settleLoops();
        assertFalse(peer.transport.wantsReadable());
        server.clock.advance(Duration.ofSeconds(29));
        server.settleLoops();
        server.clock.advance(Duration.ofSeconds(1));
        server.settleLoops();
        assertEquals(2, peer.frames().size());
        peer.send(ClientFrames.pong(new byte[] {0, 0, 0, 0, 0, 0, 0, 2}));
        server.clock.advance(Duration.ofSeconds(11));
        server.settleLoops();
        assertFalse(peer.transport.isClosed());
        server.settle();
        server.advance(Duration.ofSeconds(1));

        assertFalse(peer.transport.isClosed());
    }

    @Test
    void shouldNotTakeAPeerForDeadThatItCeasedToReadAfterThePing() {
        start(config -> config.writableMarks(10, 20));
        TestPeer peer = openOnFirstLoop();
        WebSocketConnection connection = server.connectionOf(peer);
        peer.transport.room(0);
        connection.send("x".repeat(30));
        server.settle();
        assertFalse(connection.isWritable());
        server.clock.advance(Duration.ofSeconds(30));
        server.settleLoops();
        fillLane();
        peer.transport.unlimited();
        server.settleLoops();
        assertFalse(peer.transport.wantsReadable(), "onWritable finds no room");
        peer.send(ClientFrames.pong(new byte[] {0, 0, 0, 0, 0, 0, 0, 1}));
        server.clock.advance(Duration.ofSeconds(10));
        server.settleLoops();
        assertFalse(peer.transport.isClosed());
        server.settle();

        assertEquals(List.of("open", "writable"), handler.events(connection));
        assertEquals(Duration.ofSeconds(10), connection.roundTripTime());
    }

    @Test
    void shouldNotTakeAConnectionForIdleThatItDoesNotRead() {
        start(config -> config.pingInterval(Duration.ZERO).idleTimeout(Duration.ofSeconds(60)));
        TestPeer peer = openOnFirstLoop();
        peer.send(flood(0, FLOOD));
        server.settleLoops();
        server.clock.advance(Duration.ofSeconds(61));
        server.settleLoops();
        assertEquals(List.of(), peer.frames());
        server.settle();
        assertEquals(flooded(FLOOD), handler.events("text"));
        server.advance(Duration.ofSeconds(60));

        assertEquals(List.of("close 1001 idle timeout"), peer.frames());
    }

    @Test
    void shouldNotLetOneWorkerHoldUpTheOthers() {
        server = LockStepServer.builder(mode).handler(handler).workers(2).start();
        TestPeer stuck = openOnFirstLoop();
        TestPeer free = openOnFirstLoop();
        stuck.send(flood(0, FLOOD));
        free.send(flood(0, 10));
        server.settleLoops();
        server.stepWorker(1);

        assertEquals(flooded(10), handler.events(server.connectionOf(free)).subList(1, 11));
        assertEquals(List.of("open"), handler.events(server.connectionOf(stuck)));
        assertTrue(free.transport.wantsReadable());
        assertFalse(stuck.transport.wantsReadable());
        server.settle();
        assertEquals(FLOOD + 1, handler.events(server.connectionOf(stuck)).size());
    }

    @Test
    void shouldKeepControlFramesInOrderWithMessages() {
        start(config -> config.deliverControlFrames(true).maxControlFramesPerSecond(0));
        TestPeer peer = openOnFirstLoop();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            peer.send(ClientFrames.text("m" + i), ClientFrames.ping(""));
            expected.add("text m" + i);
            expected.add("ping ");
        }
        server.settle();

        assertEquals(expected, handler.events().subList(1, expected.size() + 1));
        assertCount(3_000, EngineCounter.PINGS_IN);
    }
}

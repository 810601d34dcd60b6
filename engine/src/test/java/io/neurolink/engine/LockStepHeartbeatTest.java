package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.Turns;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pings, their answers, and connections on which nothing happens. */
@InAllModes
class LockStepHeartbeatTest extends LockStepTest {
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static byte[] number(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    private void passSeconds(int seconds) {
        server.pass(Duration.ofSeconds(seconds), SECOND);
    }

    @Test
    void shouldPingInIntervalsWithTheirNumber() {
        start();
        TestPeer peer = server.open();
        passSeconds(29);
        server.advance(Duration.ofMillis(999));
        assertEquals("", peer.takeHex());
        server.advance(MILLI);
        assertEquals("8908" + "0000000000000001", peer.takeHex());

        peer.send(ClientFrames.pong(number(1)));
        server.settle();
        passSeconds(30);
        assertEquals("8908" + "0000000000000002", peer.takeHex());
        assertCount(2, EngineCounter.PINGS_OUT);
        assertCount(1, EngineCounter.PONGS_IN);
        assertEquals(List.of("open"), handler.events());
    }

    @Test
    void shouldMeasureTheRoundTrip() {
        start();
        TestPeer peer = server.open();
        WebSocketConnection connection = server.connectionOf(peer);
        assertNull(connection.roundTripTime());
        assertEquals(SendResult.ACCEPTED, connection.ping());
        server.settle();
        assertEquals(List.of("ping 0000000000000001"), peer.frames());
        server.advance(Duration.ofMillis(25));
        peer.send(ClientFrames.pong(number(7)), ClientFrames.pong((byte) 1), ClientFrames.pong());
        server.settle();
        assertNull(connection.roundTripTime(), "an answer to something else");
        peer.send(ClientFrames.pong(number(1)));
        server.settle();

        assertEquals(Duration.ofMillis(25), connection.roundTripTime());
        assertCount(4, EngineCounter.PONGS_IN);
    }

    @Test
    void shouldGiveUpAPeerThatDoesNotAnswer() {
        start();
        TestPeer peer = server.open();
        passSeconds(30);
        assertEquals(List.of("ping 0000000000000001"), peer.frames());
        server.advance(Duration.ofMillis(9_999));
        assertFalse(peer.transport.isClosed());
        server.advance(MILLI);

        assertEquals(List.of("close 1001 pong timeout"), peer.frames());
        assertTrue(peer.transport.isClosed());
        assertEquals(List.of("open", "close 1006 pong timeout"), handler.events());
        assertCount(1, EngineCounter.PONG_TIMEOUTS);
        assertCount(1, EngineCounter.CLOSES_ABNORMAL);
        assertCount(0, EngineCounter.CONNECTIONS_OPEN);
    }

    @Test
    void shouldGiveUpAPeerThatTakesNothingEither() {
        start();
        TestPeer peer = server.open();
        peer.transport.room(0);
        handler.connection().send("never read");
        passSeconds(40);

        assertEquals(List.of(), peer.frames());
        assertTrue(peer.transport.isClosed());
        assertEquals(List.of("open", "error WebSocketConnectionError: 1 accepted message(s) were not sent: the connection ended",
                "close 1006 pong timeout"), handler.events());
    }

    @Test
    void shouldTakeAnyByteForASignOfLife() {
        start();
        TestPeer peer = server.open();
        passSeconds(30);
        server.advance(Duration.ofMillis(9_999));
        peer.send(new byte[] {(byte) 0x81});
        server.settle();
        passSeconds(20);
        assertEquals(List.of("ping 0000000000000001"), peer.frames());
        server.advance(MILLI);
        assertEquals(List.of("ping 0000000000000002"), peer.frames());
        server.advance(Duration.ofSeconds(10));

        assertEquals(List.of("close 1001 pong timeout"), peer.frames());
    }

    @Test
    void shouldWaitForTheFirstAnswerWhilePingsGoOn() {
        start(config -> config.pingInterval(Duration.ofSeconds(5)).pongTimeout(Duration.ofSeconds(12)));
        TestPeer peer = server.open();
        passSeconds(16);
        assertEquals(3, peer.frames().size());
        passSeconds(1);

        assertEquals(List.of("close 1001 pong timeout"), peer.frames());
    }

    @Test
    void shouldNotPingWhenPingsAreOff() {
        start(config -> config.pingInterval(Duration.ZERO));
        TestPeer peer = server.open();
        server.pass(Duration.ofHours(1), Duration.ofMinutes(1));
        assertEquals(0, peer.unseen().length);
        assertCount(0, EngineCounter.PINGS_OUT);

        handler.connection().ping();
        server.settle();
        assertEquals(1, peer.frames().size(), "one that is asked for is sent");
        server.advance(Duration.ofSeconds(10));
        assertEquals(List.of("close 1001 pong timeout"), peer.frames());
    }

    @Test
    void shouldPingInJsonWhereClientsMustSeeIt() {
        start(config -> config.pingMode(WebSocketConfig.PingMode.JSON));
        TestPeer peer = server.open();
        passSeconds(30);
        assertEquals(List.of("text {\"type\":\"ping\",\"timestamp\":" + (MovedClock.START_MS + 30_000) + "}"), peer.frames());
        peer.text("{\"type\":\"pong\"}");
        server.settle();
        passSeconds(30);
        assertEquals(1, peer.frames().size());
        passSeconds(10);

        assertEquals(List.of("close 1001 pong timeout"), peer.frames());
        assertCount(2, EngineCounter.PINGS_OUT);
    }

    @Test
    void shouldNotPingAConnectionThatIsClosing() {
        start(config -> config.pingInterval(SECOND).closeTimeout(Duration.ofSeconds(5)));
        TestPeer peer = server.open();
        handler.connection().close(1000, "");
        server.settle();
        assertEquals(SendResult.CLOSED, handler.connection().ping());
        passSeconds(4);

        assertEquals(List.of("close 1000"), peer.frames());
    }

    @Test
    void shouldAnswerPingsWithTheirPayload() {
        start();
        TestPeer peer = server.open();
        peer.send(ClientFrames.ping(""), ClientFrames.ping("x".repeat(125)));
        server.settle();

        assertEquals("8a00" + "8a7d" + "78".repeat(125), peer.takeHex());
        assertCount(2, EngineCounter.PINGS_IN);
        assertCount(2, EngineCounter.PONGS_OUT);
        assertEquals(List.of("open"), handler.events());
    }

    @Test
    void shouldDeliverControlFramesToThoseWhoWantThem() {
        start(config -> config.deliverControlFrames(true));
        TestPeer peer = server.open();
        peer.send(ClientFrames.ping("a"), ClientFrames.text("m"), ClientFrames.pong((byte) 2), ClientFrames.close(1000, "bye"));
        server.settle();

        assertEquals(List.of("open", "ping 61", "text m", "pong 02", "closing 03e8627965", "close 1000 bye"), handler.events());
        assertEquals(List.of("pong 61", "close 1000 bye"), peer.frames());
    }

    @Test
    void shouldCloseAConnectionWithoutTraffic() {
        start(config -> config.pingInterval(Duration.ZERO).idleTimeout(Duration.ofSeconds(60)));
        TestPeer peer = server.open();
        passSeconds(59);
        server.advance(Duration.ofMillis(999));
        assertEquals(List.of(), peer.frames());
        server.advance(MILLI);
        assertEquals(List.of("close 1001 idle timeout"), peer.frames());
        peer.send(ClientFrames.close(1001, "idle timeout"));
        server.settle();

        assertEquals(List.of("open", "close 1001 idle timeout"), handler.events());
        assertCount(1, EngineCounter.IDLE_TIMEOUTS);
        assertCount(1, EngineCounter.CLOSES_GOING_AWAY);
    }

    @Test
    void shouldTakeTrafficInEitherDirectionForActivity() {
        start(config -> config.pingInterval(Duration.ZERO).idleTimeout(Duration.ofSeconds(60)));
        TestPeer peer = server.open();
        passSeconds(50);
        peer.send(new byte[] {(byte) 0x81});
        server.settle();
        passSeconds(50);
        handler.connection().send("out");
        server.settle();
        passSeconds(50);
        server.manager.broadcast("to all");
        server.settle();
        passSeconds(59);
        assertEquals(List.of("text out", "text to all"), peer.frames());
        passSeconds(1);

        assertEquals(List.of("close 1001 idle timeout"), peer.frames());
    }

    @Test
    void shouldTellWhenSomethingLastHappened() {
        start();
        TestPeer peer = server.open();
        WebSocketConnection connection = handler.connection();
        assertEquals(MovedClock.START_MS, connection.createdAt());
        assertEquals(MovedClock.START_MS, connection.lastActivity());
        passSeconds(3);
        assertEquals(MovedClock.START_MS, connection.lastActivity());
        peer.send(new byte[] {(byte) 0x81});
        server.settle();
        assertEquals(MovedClock.START_MS + 3_000, connection.lastActivity());
        passSeconds(4);
        connection.send("out");
        server.settle();

        assertEquals(MovedClock.START_MS + 7_000, connection.lastActivity());
        assertEquals(MovedClock.START_MS, connection.createdAt());
    }

    @Test
    void shouldStampMessagesWithTheTimeTheyWereRead() {
        long[] stamp = new long[1];
        handler.atMessage((connection, message) -> stamp[0] = message.timestamp());
        start();
        TestPeer peer = server.open();
        passSeconds(5);
        peer.text("m");
        server.settleLoops();
        server.clock.advance(SECOND);
        server.settle();

        assertEquals(MovedClock.START_MS + 5_000, stamp[0]);
    }

    @Test
    void shouldSleepUntilTheNextTimer() {
        start(config -> config.pingInterval(Duration.ofMillis(300)).pongTimeout(Duration.ofMillis(50)));
        EventLoop loop = server.engine.loops().get(0);
        park(loop);
        server.openOn(0);
        server.clock.advance(Duration.ofMillis(100));
        park(loop);
        server.advance(Duration.ofMillis(200));
        park(loop);

        assertEquals(List.of(1000L, 200L, 50L), server.poller(0).awaitedMs());
    }

    @Test
    void shouldReadWhatCameInDuringItsSleep() {
        handler = RecordingHandler.echo();
        start();
        TestPeer peer = server.openOn(0);
        peer.text("the first one stands in line");
        server.settle();
        server.poller(0).onSleep(() -> {
            server.clock.advance(Duration.ofMillis(70));
            peer.text("m");
        });
        park(server.engine.loops().get(0));
        long lastActivity = handler.connection().lastActivity();
        server.settle();

        assertEquals(List.of("text the first one stands in line", "text m"), peer.frames());
        assertEquals(MovedClock.START_MS + 70, lastActivity);
        assertCount(0, EngineCounter.STALLS);
    }

    private static void park(EventLoop loop) {
        Turns.of(loop, () -> {
            loop.park();
            return 0;
        });
    }
}

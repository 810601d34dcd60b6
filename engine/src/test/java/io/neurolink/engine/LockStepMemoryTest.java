package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.TestPeer.Answer;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.MemoryBudget;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The memory budget: what counts, who is refused, who has to go. */
@InAllModes
class LockStepMemoryTest extends LockStepTest {
    private static final int MIB = 1024 * 1024;
    private static final String SHED = "the server is short of memory";

    private void startWithBudget(long bytes) {
        server = LockStepServer.builder(mode).memoryBudget(bytes).handler(handler)
                .config(config -> config.maxBufferedBytes(64 * MIB).maxMessageSize(8 * MIB).pingInterval(Duration.ZERO)).start();
    }

    private long used() {
        return server.engine.budget().usedBytes();
    }

    /** Long enough for a look at the memory, too short for any timeout. */
    private void look() {
        for (int i = 0; i < 5; i++) {
            server.advance(Duration.ofNanos(MemoryBudget.INTERVAL_NS));
        }
    }

    private TestPeer slowReader() {
        TestPeer peer = server.open();
        peer.transport.room(0);
        return peer;
    }

    /** What stands in the queue of the newest connection's peer, in pieces. */
    private void fill(TestPeer peer, int mib) {
        WebSocketConnection connection = server.connectionOf(peer);
        for (int i = 0; i < mib; i++) {
            assertEquals(SendResult.ACCEPTED, connection.send(ByteBuffer.allocate(MIB)));
            server.settle();
        }
    }

    private Answer tryUpgrade() {
        TestPeer peer = server.connect().upgrade("/ws");
        server.settle();
        return peer.answer();
    }

    @Test
    void shouldCountWhatWaitsForSlowPeers() {
        startWithBudget(100 * MIB);
        TestPeer peer = slowReader();
        fill(peer, 3);
        look();
        long queued = used();
        assertTrue(queued >= 3 * MIB && queued < 4 * MIB, () -> "used " + queued);
        peer.transport.unlimited();
        server.settle();
        look();

        assertTrue(used() < MIB, () -> "used " + used());
    }

    @Test
    void shouldCountABroadcastOnceHoweverManyDoNotReadIt() {
        startWithBudget(10 * MIB);
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            peers.add(slowReader());
        }
        for (int i = 0; i < 3; i++) {
            server.manager.broadcast(ByteBuffer.allocate(MIB));
            server.settle();
        }
        look();
        assertTrue(used() >= 3 * MIB && used() < 9 * MIB, () -> "used " + used());
        assertCount(0, EngineCounter.SHED_CONNECTIONS);
        assertEquals(50, server.manager.getConnectionCount());
        peers.forEach(peer -> peer.transport.unlimited());
        server.settle();

        peers.forEach(peer -> assertEquals(3, peer.messages().size()));
        assertCount(0, EngineCounter.BROADCAST_BYTES);
    }

    @Test
    void shouldCountMessagesThatHaveBegun() {
        startWithBudget(100 * MIB);
        TestPeer peer = server.open();
        peer.send(HexFormat.of().parseHex("82ff000000000040000000000000"), new byte[2 * MIB]);
        server.settle();
        look();
        assertTrue(used() >= 2 * MIB, () -> "used " + used());
        peer.transport.reset();
        server.settle();
        look();

        assertCount(0, EngineCounter.HELD_BYTES);
    }

    /** What is kept for later would hold it above the low mark for ever. */
    @Test
    void shouldNotStayTightForWhatLiesInPools() {
        startWithBudget(16 * MIB);
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            peers.add(server.open());
        }
        for (int i = 0; i < peers.size() && used() <= 16L * MIB * 85 / 100; i++) {
            peers.get(i).send(HexFormat.of().parseHex("82ff000000000010000000000000"), new byte[MIB - MIB / 4]);
            server.settle();
            look();
        }
        assertTrue(used() <= 16L * MIB, () -> "used " + used());
        peers.forEach(peer -> peer.transport.reset());
        server.settle();
        look();
        look();
        assertTrue(used() <= 16L * MIB * 70 / 100, () -> "used " + used());
        server.open();
    }

    /** However many peers begin a large message at the same moment, what is held grows in steps, with a look at the budget after each. */
    @Test
    void shouldNotTakeMuchMoreThanTheBudgetBetweenTwoLooks() {
        startWithBudget(16 * MIB);
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            peers.add(server.open());
        }
        peers.forEach(peer -> peer.send(HexFormat.of().parseHex("82ff000000000010000000000000"), new byte[MIB / 2]));
        long most = 0;
        for (int i = 0; i < 200; i++) {
            long before = server.counter(EngineCounter.HELD_BYTES);
            server.advanceOneStep(Duration.ofNanos(MemoryBudget.INTERVAL_NS));
            long after = server.counter(EngineCounter.HELD_BYTES);
            assertTrue(after - before <= (4L * MIB + 3L * MIB / 2) * mode.loops, () -> "held " + before + ", then " + after);
            most = Math.max(most, after);
        }
        long held = most;
        assertTrue(held <= (16 + 6 * mode.loops) * (long) MIB, () -> "held " + held);
        assertTrue(server.counter(EngineCounter.READS_DEFERRED) > 0);
        assertTrue(server.counter(EngineCounter.SHED_CONNECTIONS) > 0);
        peers.forEach(peer -> peer.transport.reset());
        server.settle();

        assertCount(0, EngineCounter.HELD_BYTES);
    }

    @Test
    void shouldRefuseUpgradesAboveTheHighMarkUntilTheLowMark() {
        startWithBudget(10 * MIB);
        TestPeer peer = slowReader();
        fill(peer, 8);
        look();
        assertEquals(101, tryUpgrade().status(), "8 of 10 MiB");
        TestPeer other = slowReader();
        fill(other, 1);
        look();
        Answer refused = tryUpgrade();
        assertEquals(503, refused.status());
        assertEquals("5", refused.header("Retry-After"));
        assertTrue(refused.body().contains(SHED), refused::body);
        assertCount(1, EngineCounter.UPGRADES_REFUSED_MEMORY);
        other.transport.unlimited();
        server.settle();
        look();
        assertEquals(503, tryUpgrade().status(), "8 of 10 MiB, but on the way down");
        peer.transport.room(3 * MIB);
        server.settle();
        look();

        assertEquals(101, tryUpgrade().status());
        assertCount(2, EngineCounter.UPGRADES_REFUSED_MEMORY);
        assertCount(0, EngineCounter.SHED_CONNECTIONS);
        assertCount(0, EngineCounter.SOCKETS_REFUSED_MEMORY);
    }

    @Test
    void shouldCloseThoseThatHoldTheMost() {
        startWithBudget(10 * MIB);
        TestPeer small = slowReader();
        TestPeer large = slowReader();
        TestPeer reading = server.open();
        fill(small, 2);
        fill(large, 7);
        look();
        assertCount(0, EngineCounter.SHED_CONNECTIONS);
        fill(small, 1);
        look();
        assertCount(1, EngineCounter.SHED_CONNECTIONS);
        assertTrue(used() < 4 * MIB, () -> "used " + used());
        assertEquals(101, tryUpgrade().status());
        large.transport.unlimited();
        server.settle();
        assertEquals(List.of("close 1013 " + SHED), large.frames());
        large.transport.end();
        server.settle();
        fill(reading, 2);
        small.transport.unlimited();
        server.settle();

        assertTrue(large.transport.isClosed());
        assertEquals(2, reading.messages().size());
        assertEquals(3, small.messages().size());
        assertEquals(List.of("open", "error WebSocketConnectionError: 7 accepted message(s) were not sent: " + SHED,
                "error WebSocketError: " + SHED, "close 1013 " + SHED), handler.events(handler.connection(1)));
    }

    @Test
    void shouldStayWithinTheBudgetWhileTwoHundredReadersStop() {
        startWithBudget(16 * MIB);
        TestPeer reading = server.open();
        TestPeer other = server.open();
        for (int i = 0; i < 200; i++) {
            slowReader();
        }
        List<WebSocketConnection> all = handler.connections();
        for (int round = 0; round < 40; round++) {
            all.forEach(connection -> connection.send(ByteBuffer.allocate(16_000)));
            assertEquals(SendResult.ACCEPTED, server.manager.broadcast(ByteBuffer.allocate(30_000)));
            server.settle();
            look();
            assertTrue(used() <= 16 * MIB, () -> "used " + used());
        }

        assertEquals(80, reading.messages().size());
        assertEquals(80, other.messages().size());
        assertTrue(all.get(0).isOpen() && all.get(1).isOpen());
        long shed = server.counter(EngineCounter.SHED_CONNECTIONS);
        assertTrue(shed > 100 && shed <= 200, () -> shed + " had to go");
        assertEquals(shed, handler.events("error WebSocketError: " + SHED).size());
    }

    @Test
    void shouldCutThoseThatAreClosingAlready() {
        startWithBudget(10 * MIB);
        TestPeer peer = slowReader();
        fill(peer, 7);
        handler.connection().close(1000, "done");
        TestPeer other = slowReader();
        fill(other, 4);
        look();

        assertTrue(peer.transport.isClosed());
        assertFalse(other.transport.isClosed());
        assertCount(1, EngineCounter.SHED_CONNECTIONS);
        assertTrue(used() < 5 * MIB, () -> "used " + used());
    }

    @Test
    void shouldLetGoOfAMessageThatHasBegun() {
        startWithBudget(2 * MIB);
        TestPeer peer = server.open();
        peer.send(HexFormat.of().parseHex("82ff000000000040000000000000"), new byte[3 * MIB]);
        server.settle();
        look();
        assertEquals(List.of("close 1013 " + SHED), peer.frames());
        peer.send(new byte[MIB]);
        server.settle();
        look();

        assertCount(0, EngineCounter.HELD_BYTES);
        assertTrue(used() < MIB, () -> "used " + used());
        assertTrue(peer.transport.isOutputShut());
    }

    /** With a route that answers much, and bodies of up to 4 MiB. */
    private void startWithRoutes(long budget) {
        server = LockStepServer.builder(mode).memoryBudget(budget).maxRequestBody(4 * MIB).handler(handler).start()
                .route(HttpRoute.post("/take", request -> HttpResponse.text(200, request.body().length + " bytes")))
                .route(HttpRoute.get("/much", request -> HttpResponse.of(200, "application/octet-stream", new byte[2 * MIB])));
    }

    private TestPeer halfARequest(int declared, int sent) {
        TestPeer peer = server.connect().request("POST /api/take HTTP/1.1\nHost: a\nContent-Length: " + declared + "\n\n");
        peer.send(new byte[sent]);
        server.settle();
        return peer;
    }

    @Test
    void shouldCountRequestsUntilTheyAreAnswered() {
        startWithRoutes(100 * MIB);
        TestPeer peer = halfARequest(2 * MIB, MIB);
        look();
        assertTrue(used() >= MIB && used() < 4 * MIB, () -> "used " + used());
        peer.send(new byte[MIB]);
        server.settle();
        assertEquals("2097152 bytes", peer.answer().body());
        look();

        assertCount(0, EngineCounter.HTTP_HELD_BYTES);
        assertTrue(used() < MIB, () -> "used " + used());
    }

    @Test
    void shouldCountARequestThatIsGivenUp() {
        startWithRoutes(100 * MIB);
        TestPeer cut = halfARequest(2 * MIB, MIB);
        TestPeer late = halfARequest(2 * MIB, MIB);
        look();
        assertTrue(used() >= 2 * MIB, () -> "used " + used());
        cut.transport.reset();
        server.settle();
        server.advance(Duration.ofSeconds(30));
        look();

        assertEquals(408, late.answer().status());
        assertCount(0, EngineCounter.HTTP_HELD_BYTES);
    }

    @Test
    void shouldCountAnswersThatAreNotRead() {
        startWithRoutes(100 * MIB);
        TestPeer peer = server.connect();
        peer.transport.room(0);
        peer.request("GET /api/much HTTP/1.1\nHost: a\n\n");
        server.settle();
        look();
        assertTrue(used() >= 2 * MIB && used() < 3 * MIB, () -> "used " + used());
        peer.transport.unlimited();
        server.settle();
        look();

        assertCount(0, EngineCounter.HTTP_HELD_BYTES);
    }

    @Test
    void shouldEndRequestsThatHoldTheMost() {
        startWithRoutes(4 * MIB);
        TestPeer small = halfARequest(1000, 10);
        TestPeer unread = server.connect();
        unread.transport.room(0);
        unread.request("GET /api/much HTTP/1.1\nHost: a\n\n");
        server.settle();
        TestPeer large = halfARequest(4 * MIB, 3 * MIB);
        look();
        assertEquals(503, large.answer().status());
        look();

        assertTrue(used() <= 4L * MIB * 70 / 100, () -> "used " + used());
        assertCount(1, EngineCounter.SHED_CONNECTIONS);
        assertFalse(unread.transport.isClosed());
        small.send(new byte[990]);
        server.settle();
        assertEquals("1000 bytes", small.answer().body());
    }

    @Test
    void shouldCutAnswersThatAreNotRead() {
        startWithRoutes(5 * MIB);
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            TestPeer peer = server.connect();
            peer.transport.room(0);
            peer.request("GET /api/much HTTP/1.1\nHost: a\n\n");
            server.settle();
            peers.add(peer);
        }
        look();

        assertCount(2, EngineCounter.SHED_CONNECTIONS);
        assertEquals(2, peers.stream().filter(peer -> peer.transport.isClosed()).count());
    }

    @Test
    void shouldTakeNoLargeBodiesWhileMemoryIsTight() {
        startWithRoutes(4 * MIB);
        TestPeer unread = slowReader();
        fill(unread, 3);
        assertEquals(SendResult.ACCEPTED, server.connectionOf(unread).send(ByteBuffer.allocate(MIB / 2)));
        server.settle();
        look();
        TestPeer large = halfARequest(4096, 0);
        TestPeer small = halfARequest(4095, 4095);

        Answer answer = large.answer();
        assertEquals(503, answer.status());
        assertEquals("1", answer.header("Retry-After"));
        assertEquals("4095 bytes", small.answer().body());
    }

    @Test
    void shouldRefuseSocketsAsLongAsNothingElseHelps() {
        startWithBudget(MIB);
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 265; i++) {
            peers.add(slowReader());
        }
        handler.connections().forEach(connection -> connection.send(ByteBuffer.allocate(4000)));
        look();
        assertTrue(used() > MIB, () -> "used " + used());
        TestPeer refused = server.connect();
        server.settle();
        assertTrue(refused.transport.isClosed());
        assertCount(1, EngineCounter.SOCKETS_REFUSED_MEMORY);
        assertCount(0, EngineCounter.SHED_CONNECTIONS);
        peers.forEach(peer -> peer.transport.unlimited());
        server.settle();
        look();

        peers.forEach(peer -> assertEquals(1, peer.messages().size()));
        assertEquals(101, tryUpgrade().status());
    }

    @Test
    void shouldNotWaitForALoopThatIsBlocked() {
        startWithBudget(10 * MIB);
        TestPeer peer = server.connect(0).upgrade("/ws");
        server.settle();
        peer.agreement();
        peer.transport.room(0);
        fill(peer, 7);
        WebSocketConnection connection = server.connectionOf(peer);
        for (int i = 0; i < 4; i++) {
            connection.send(ByteBuffer.allocate(MIB - 100));
            server.stepLoop(0);
        }
        for (int ms = 0; ms < 90; ms++) {
            server.clock.advance(Duration.ofMillis(1));
            server.stepLoop(0);
            server.executor.runAll();
        }
        assertCount(mode.hasTwoLoops() ? 0 : 1, EngineCounter.SHED_CONNECTIONS);
        for (int ms = 0; ms < 20; ms++) {
            server.clock.advance(Duration.ofMillis(1));
            server.stepLoop(0);
        }

        assertCount(1, EngineCounter.SHED_CONNECTIONS);
        server.settle();
    }

    @Test
    void shouldCountWhatWaitsForWorkers() {
        startWithBudget(100 * MIB);
        TestPeer peer = server.openOn(0);
        for (int i = 0; i < 4; i++) {
            peer.send(ClientFrames.binary(new byte[MIB]));
        }
        server.settleLoops();
        server.clock.advance(Duration.ofMillis(2));
        server.settleLoops();
        assertCount(mode.isInline() ? 0 : 4 * MIB, EngineCounter.LANE_BYTES);
        server.settle();
        look();

        assertCount(0, EngineCounter.LANE_BYTES);
        assertEquals(4, handler.events("binary").size());
    }

    @Test
    void shouldCountWhatWorkersAnswer() {
        handler = RecordingHandler.echo();
        startWithBudget(100 * MIB);
        TestPeer peer = server.openOn(0);
        peer.send(ClientFrames.binary(new byte[MIB]));
        server.settleLoops();
        if (!mode.isInline()) {
            server.stepWorker(0);
            assertCount(MIB, EngineCounter.LANE_BYTES);
        }
        server.settle();
        look();

        assertCount(0, EngineCounter.LANE_BYTES);
        assertEquals(1, peer.messages().size());
    }

    @Test
    void shouldCountWhatFoundNoRoom() {
        startWithBudget(100 * MIB);
        TestPeer peer = server.openOn(0);
        for (int i = 0; i < 20; i++) {
            peer.send(ClientFrames.binary(new byte[MIB]));
        }
        server.settleLoops();
        if (!mode.isInline()) {
            assertTrue(server.counter(EngineCounter.HELD_BYTES) >= MIB, () -> "held " + server.counter(EngineCounter.HELD_BYTES));
        }
        server.settle();

        assertCount(0, EngineCounter.HELD_BYTES);
        assertEquals(20, handler.events("binary").size());
    }
}

package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever asks for much delays nobody who asks for little: how much of it a loop does in one turn. */
@InAllModes
class LockStepFairnessTest extends LockStepTest {
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";

    /** Frames that are handled for one connection in a turn: first of all, and when it stands in line. */
    private static final int QUICK_SHARE = 128;
    private static final int SHARE = 256;
    private static final int FLOOD = 20_000;

    /** Messages that have been handled when a test begins. */
    private static final int QUIET = 1;
    private static final int MEGABYTE = 1024 * 1024;

    private TestPeer neighbour;

    private void startWithNeighbour() {
        handler = RecordingHandler.echo();
        start(config -> config.maxMessageSize(2 * MEGABYTE).maxBufferedBytes(64 * MEGABYTE));
        openNeighbour();
    }

    /** Its first message stands in line, as everybody's. */
    private void openNeighbour() {
        neighbour = server.openOn(0);
        neighbour.text("first");
        server.settle();
        neighbour.texts();
    }

    private static byte[] flood(int count) {
        return ClientFrames.concat(IntStream.range(0, count).mapToObj(i -> ClientFrames.text("m" + i)).toArray(byte[][]::new));
    }

    private static List<String> flooded(int count) {
        return IntStream.range(0, count).mapToObj(i -> "m" + i).toList();
    }

    private List<TestPeer> openMany(int count, String... headers) {
        return Stream.generate(() -> server.openOn(0, headers)).limit(count).toList();
    }

    private long handled() {
        return server.counter(EngineCounter.MESSAGES_IN);
    }

    /** The loop has one turn, and everybody else all the time they need. @return whether the neighbour's message was among what it took */
    private boolean isNeighbourServedInOneTurn() {
        long before = handled();
        neighbour.text("hello");
        server.stepLoop(0);
        long after = handled();
        server.settleWorkers();
        return after > before && neighbour.transport.unread() == 0;
    }

    @Test
    void shouldHandleNoMoreThanItsShareForAConnectionInOneTurn() {
        startWithNeighbour();
        TestPeer flooder = server.openOn(0);
        flooder.send(flood(FLOOD));
        server.stepLoop(0);
        assertEquals(SHARE, handled() - QUIET, "its first read stands in line");
        assertFalse(flooder.transport.wantsReadable());
        assertTrue(server.counter(EngineCounter.HELD_BYTES) > 0);
        assertCount(1, EngineCounter.TURNS_YIELDED);
        server.stepLoop(0);
        assertEquals(2 * SHARE, handled() - QUIET);
        server.settle();
        assertEquals(flooded(FLOOD), flooder.texts());
        flooder.text("a quiet one");
        server.settle();
        long before = handled();
        flooder.send(flood(FLOOD));
        server.stepLoop(0);
        assertEquals(QUICK_SHARE + SHARE, handled() - before, "one share among the quick ones, one in line");
        server.settle();
        assertEquals(FLOOD + 1, flooder.texts().size());
        assertTrue(flooder.transport.wantsReadable());
        assertCount(0, EngineCounter.HELD_BYTES);
    }

    /** What is held is copied by a collector, and counts for the memory budget; what is in the socket slows the peer down. */
    @Test
    void shouldLeaveInTheSocketWhatIsBeyondTheShareOfOneThatHasFlooded() {
        startWithNeighbour();
        TestPeer flooder = server.openOn(0);
        flooder.send(flood(FLOOD));
        server.settle();
        assertEquals(FLOOD, flooder.texts().size());
        flooder.send(flood(FLOOD));
        server.stepLoop(0);
        long held = server.counter(EngineCounter.HELD_BYTES);
        assertTrue(held < 32 * 1024, () -> "held " + held);
        server.settle();
        assertEquals(flooded(FLOOD), flooder.texts());
        assertCount(0, EngineCounter.HELD_BYTES);
    }

    @Test
    void shouldNotYieldBeforeTheLastFrame() {
        startWithNeighbour();
        TestPeer peer = server.openOn(0);
        peer.text("a quiet one");
        server.settle();
        peer.texts();
        peer.send(flood(QUICK_SHARE));
        server.settle();
        assertEquals(flooded(QUICK_SHARE), peer.texts());
        assertCount(0, EngineCounter.TURNS_YIELDED);
        peer.send(flood(QUICK_SHARE + 1));
        server.settle();

        assertEquals(flooded(QUICK_SHARE + 1), peer.texts());
        assertCount(1, EngineCounter.TURNS_YIELDED);
    }

    @Test
    void shouldServeAQuietConnectionInEveryTurnWhateverOthersSend() {
        assumeTrue(mode.isInline(), "a lane that is full stops all who use it");
        startWithNeighbour();
        List<TestPeer> flooders = openMany(100);
        flooders.forEach(flooder -> flooder.send(flood(2_000)));
        server.stepLoop(0);
        int turns = 0;
        while (server.counter(EngineCounter.HELD_BYTES) > 0) {
            long before = handled();
            assertTrue(isNeighbourServedInOneTurn(), "turn " + turns);
            // A million units of work are 39 shares and what is left over.
            assertTrue(handled() - before <= 40 * (SHARE + 1) + 1, () -> "messages in one turn: " + (handled() - before));
            turns++;
        }
        assertTrue(turns >= 15, "turns: " + turns);
        server.settle();
        flooders.forEach(flooder -> assertEquals(flooded(2_000), flooder.texts()));
        assertEquals(turns, neighbour.texts().size());
    }

    @Test
    void shouldServeThoseInLineInTurn() {
        assumeTrue(mode.isInline(), "a lane that is full stops all who use it");
        startWithNeighbour();
        List<TestPeer> flooders = openMany(100);
        flooders.forEach(flooder -> flooder.send(flood(2_000)));
        server.stepLoop(0);
        int[] answered = new int[flooders.size()];
        while (server.step() > 0) {
            for (int i = 0; i < answered.length; i++) {
                answered[i] += flooders.get(i).texts().size();
            }
            int least = IntStream.of(answered).min().orElseThrow();
            int most = IntStream.of(answered).max().orElseThrow();
            assertTrue(most - least <= 2 * SHARE, () -> "answers from " + least + " to " + most);
        }
        assertTrue(IntStream.of(answered).allMatch(count -> count == 2_000));
    }

    @Test
    void shouldInflateLittleInOneTurn() {
        handler = new RecordingHandler();
        start(config -> config.maxMessageSize(2 * MEGABYTE).compression(CompressionConfig.shared()));
        openNeighbour();
        List<TestPeer> bombers = openMany(30, OFFER);
        bombers.forEach(bomber -> bomber.compressed(Opcode.BINARY, new byte[MEGABYTE]).compressed(Opcode.BINARY, new byte[MEGABYTE]));
        long inflated = 0;
        while (inflated < 60) {
            assertTrue(isNeighbourServedInOneTurn());
            long now = server.counter(EngineCounter.MESSAGES_INFLATED);
            // Two million units: those who are quick get one million, and the line as much again. A message is half a million.
            assertTrue(now - inflated <= 5, "messages of a megabyte in one turn: " + (now - inflated));
            assertTrue(now > inflated, "nothing was inflated");
            inflated = now;
        }
        server.settle();
        assertEquals(60, handler.events("binary").size());
    }

    @Test
    void shouldServeThoseWhoAreInBeforeThoseWhoComeIn() {
        startWithNeighbour();
        List<TestPeer> visitors = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            visitors.add(server.connect(0));
        }
        server.stepLoop(0);
        visitors.forEach(visitor -> visitor.upgrade("/ws"));
        neighbour.text("hello");
        server.stepLoop(0);
        assertEquals(QUIET + 1, handled());
        server.settle();
        visitors.forEach(TestPeer::agreement);
        assertCount(51, EngineCounter.CONNECTIONS_OPEN);
        assertEquals(List.of("hello"), neighbour.texts());
    }

    @Test
    void shouldAnswerAFewRequestsInATurnAndTheOthersLater() {
        startWithNeighbour();
        List<TestPeer> visitors = Stream.generate(() -> server.connect(0)).limit(200).toList();
        while (server.stepLoop(0) > 0) {
            // they are accepted
        }
        visitors.forEach(visitor -> visitor.send("bad request\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        int turns = 0;
        while (server.counter(EngineCounter.HTTP_RESPONSES_4XX) < visitors.size()) {
            long before = server.counter(EngineCounter.HTTP_RESPONSES_4XX);
            assertTrue(isNeighbourServedInOneTurn());
            long answered = server.counter(EngineCounter.HTTP_RESPONSES_4XX) - before;
            assertTrue(answered > 0 && answered <= 50, "answered in one turn: " + answered);
            turns++;
        }
        assertTrue(turns >= 4, "turns: " + turns);
    }

    @Test
    void shouldLetGoOfWhatIsHeldWhenTheConnectionEnds() {
        startWithNeighbour();
        for (int way = 0; way < 4; way++) {
            TestPeer flooder = server.openOn(0);
            flooder.send(flood(FLOOD));
            server.stepLoop(0);
            assertTrue(server.counter(EngineCounter.HELD_BYTES) > 0);
            switch (way) {
                case 0 -> server.connectionOf(flooder).close(1000, "enough");
                case 1 -> flooder.transport.breakWriting();
                case 2 -> flooder.transport.end();
                default -> server.manager.closeAll(1001, "bye");
            }
            server.settle();
            flooder.transport.end();
            server.settle();
            assertCount(0, EngineCounter.HELD_BYTES);
            assertTrue(flooder.transport.isClosed());
        }
    }

    @Test
    void shouldLetGoOfWhatIsHeldWhenTheServerEnds() {
        startWithNeighbour();
        TestPeer flooder = server.openOn(0);
        flooder.send(flood(FLOOD));
        server.stepLoop(0);
        assertTrue(server.counter(EngineCounter.HELD_BYTES) > 0);
        server.end();
    }

    @Test
    void shouldDeliverWhatIsHeldBeforeTheEndOfTheStream() {
        startWithNeighbour();
        TestPeer flooder = server.openOn(0);
        flooder.send(flood(FLOOD), ClientFrames.close(1000, "done"));
        flooder.transport.end();
        server.settle();
        List<String> frames = flooder.frames();
        assertEquals(FLOOD + 1, frames.size());
        assertEquals("close 1000 done", frames.get(FLOOD));
    }

    // ------------------------------------------------------------------ large messages

    private static byte[] large(int length) {
        return ClientFrames.binary(new byte[length]);
    }

    @Test
    void shouldReadALargeMessageOnWhileItIsHot() {
        startWithNeighbour();
        TestPeer peer = server.openOn(0);
        peer.send(large(MEGABYTE));
        server.settle();
        peer.messages();
        long before = server.counter(EngineCounter.READS);
        long answeredBefore = handled();
        peer.send(large(MEGABYTE));
        server.stepLoop(0);
        assertEquals(1, handled() - answeredBefore, "all of a mebibyte in one turn");
        assertEquals(5, server.counter(EngineCounter.READS) - before, "a short one for its header, then pieces of a quarter of a mebibyte");
        server.settle();
        assertEquals(1, peer.messages().size());
    }

    @Test
    void shouldReadNoMoreThanAboutAMebibyteOfOneConnectionInATurn() {
        startWithNeighbour();
        List<TestPeer> senders = openMany(4);
        senders.forEach(sender -> sender.send(large(2 * MEGABYTE)));
        while (senders.stream().anyMatch(sender -> sender.transport.unread() > 0)) {
            List<Integer> unread = senders.stream().map(sender -> sender.transport.unread()).toList();
            assertTrue(isNeighbourServedInOneTurn());
            for (int i = 0; i < unread.size(); i++) {
                int read = unread.get(i) - senders.get(i).transport.unread();
                assertTrue(read <= MEGABYTE + MEGABYTE / 2, "read in one turn: " + read);
            }
        }
        server.settle();
        senders.forEach(sender -> assertEquals(1, sender.messages().size()));
    }

    @Test
    void shouldHoldLittleForAMessageThatIsOnlyAnnounced() {
        startWithNeighbour();
        TestPeer peer = server.openOn(0);
        peer.send(large(MEGABYTE));
        server.settle();
        peer.messages();
        byte[] frame = large(2 * MEGABYTE);
        peer.send(Arrays.copyOf(frame, 14 + 100));
        server.settle();
        long held = server.counter(EngineCounter.HELD_BYTES);
        assertTrue(held > 0 && held <= 128 * 200, "held for 100 bytes of two megabytes: " + held);
        peer.send(Arrays.copyOfRange(frame, 14 + 100, frame.length));
        server.settle();
        assertEquals(2 * MEGABYTE, peer.messages().get(0).length);
        assertCount(0, EngineCounter.HELD_BYTES);
    }

    @Test
    void shouldReadSmallMessagesBehindALargeOne() {
        startWithNeighbour();
        TestPeer peer = server.openOn(0);
        peer.send(large(MEGABYTE), flood(5_000), large(MEGABYTE), flood(5_000));
        server.settle();
        List<byte[]> messages = peer.messages();
        assertEquals(10_002, messages.size());
        assertEquals(MEGABYTE, messages.get(0).length);
        assertEquals(MEGABYTE, messages.get(5_001).length);
        assertEquals("m4999", new String(messages.get(10_001), StandardCharsets.US_ASCII));
    }
}

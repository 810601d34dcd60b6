package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is sent arrives, whole and in order, however little the line takes at a time. */
@InAllModes
class LockStepSendingTest extends LockStepTest {
    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7 + (i >> 8));
        }
        return bytes;
    }

    private static List<String> numbered(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    @Test
    void shouldSendFramesWithExactBytes() {
        start();
        TestPeer peer = server.open();
        WebSocketConnection connection = handler.connection();
        connection.send("hé");
        connection.send(new byte[] {1, 2});
        connection.sendText(ByteBuffer.wrap("x".getBytes(StandardCharsets.UTF_8)));
        connection.send("");
        connection.send(new byte[126]);
        server.settle();

        assertEquals("810368c3a9" + "82020102" + "810178" + "8100" + "827e007e" + "00".repeat(126), peer.takeHex());
        assertCount(5, EngineCounter.MESSAGES_QUEUED);
        assertCount(5, EngineCounter.MESSAGES_SENT);
    }

    @Test
    void shouldAnswerAllMessagesOfAReadWithOneWrite() {
        handler = RecordingHandler.echo();
        start();
        TestPeer peer = server.open();
        int writes = peer.transport.writes();
        int reads = peer.transport.reads();
        peer.send(ClientFrames.repeat(ClientFrames.text("small"), 100));
        server.settle();

        assertEquals(1, peer.transport.writes() - writes);
        assertEquals(1, peer.transport.reads() - reads);
        assertEquals(100, peer.frames().size());
        assertFalse(peer.transport.wantsWritable());
    }

    @Test
    void shouldGatherWhatAnotherThreadSendsIntoOneWrite() {
        start();
        TestPeer peer = server.open();
        int writes = peer.transport.writes();
        for (String text : numbered("m", 100)) {
            assertEquals(SendResult.ACCEPTED, handler.connection().send(text));
        }
        assertEquals(0, peer.unseen().length, "the loop has not had its turn");
        server.settle();

        assertEquals(1, peer.transport.writes() - writes);
        assertEquals(numbered("m", 100), peer.texts());
    }

    @Test
    void shouldWriteMoreThanTheCorkHoldsInSeveralWrites() {
        handler.atMessage((connection, message) -> {
            for (int i = 0; i < 100; i++) {
                connection.send(pattern(1_000));
            }
        });
        server = LockStepServer.builder(mode).handler(handler).receiveBufferLength(16 * 1024).start();
        TestPeer peer = server.open();
        int writes = peer.transport.writes();
        peer.text("go");
        server.settle();

        List<byte[]> messages = peer.messages();
        assertEquals(100, messages.size());
        messages.forEach(message -> assertArrayEquals(pattern(1_000), message));
        assertTrue(peer.transport.writes() - writes <= 8, () -> "writes: " + (peer.transport.writes() - writes));
    }

    @Test
    void shouldResumeWhereverTheLineStops() {
        handler = RecordingHandler.echo();
        start();
        List<String> expected = List.of("text first", "binary 0102", "text[200]", "text last");
        byte[] input = ClientFrames.concat(ClientFrames.text("first"), ClientFrames.binary((byte) 1, (byte) 2),
                ClientFrames.text("x".repeat(200)), ClientFrames.text("last"));
        int total = 7 + 4 + 204 + 6;
        for (int cut = 0; cut < total; cut++) {
            TestPeer peer = server.open();
            peer.transport.room(cut);
            peer.send(input);
            server.settle();
            assertEquals(cut, peer.unseen().length);
            assertTrue(peer.transport.wantsWritable());
            assertEquals(total - cut, server.connectionOf(peer).bufferedAmount());
            peer.transport.unlimited();
            server.settle();

            assertEquals(expected, peer.frames(), "cut at " + cut);
            assertFalse(peer.transport.wantsWritable());
            assertEquals(0, server.connectionOf(peer).bufferedAmount());
        }
        assertCount(4L * total, EngineCounter.MESSAGES_SENT);
    }

    @Test
    void shouldKeepTheOrderOfWhatComesWhileTheLineIsFull() {
        handler = RecordingHandler.echo();
        start();
        TestPeer peer = server.open();
        peer.transport.room(2);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            peer.text("echo" + i);
            server.settle();
            server.connectionOf(peer).send("send" + i);
            server.settle();
            expected.addAll(List.of("echo" + i, "send" + i));
            if (i % 7 == 6) {
                peer.transport.room(11);
                server.settle();
            }
        }
        peer.transport.unlimited();
        server.settle();

        assertEquals(expected, peer.texts());
    }

    @Test
    void shouldEchoMessagesOfAllSizes() {
        handler = RecordingHandler.echo();
        for (int receiveBufferLength : new int[] {4 * 1024, 64 * 1024, 512 * 1024}) {
            server = LockStepServer.builder(mode).handler(handler).receiveBufferLength(receiveBufferLength).start();
            TestPeer peer = server.open();
            int[] sizes = {0, 125, 126, 4_000, 4_090, 4_096, 5_000, 16_384, 32_767, 32_768, 40_000, 65_535, 65_536, 300_000, 1 << 20};
            for (int size : sizes) {
                byte[] payload = pattern(size);
                peer.send(ClientFrames.frame(Opcode.BINARY, true, payload));
                server.settle();
                List<byte[]> messages = peer.messages();
                assertEquals(1, messages.size(), () -> size + " bytes with a buffer of " + receiveBufferLength);
                assertArrayEquals(payload, messages.get(0), () -> size + " bytes with a buffer of " + receiveBufferLength);
            }
            assertEquals(List.of(), handler.events("error"));
            assertCount(0, EngineCounter.HELD_BYTES);
            endServer();
        }
    }

    @Test
    void shouldSendTextOfAllSizesThroughSmallBuffers() {
        server = LockStepServer.builder(mode).handler(handler.atMessage((connection, message) -> {
            int size = Integer.parseInt(message.text());
            connection.send("ä".repeat(size / 2));
        })).receiveBufferLength(4 * 1024).start();
        TestPeer peer = server.open();
        for (int size : new int[] {4_000, 4_080, 4_096, 10_000, 32_766, 32_768, 70_000}) {
            peer.text(Integer.toString(size));
            server.settle();
            assertEquals(List.of("ä".repeat(size / 2)), peer.texts());
        }
    }

    @Test
    void shouldEchoLargeMessagesThroughANarrowLine() {
        handler = RecordingHandler.echo();
        start();
        TestPeer peer = server.open();
        byte[] payload = pattern(400_000);
        peer.transport.acceptance(offered -> Math.min(offered, 777));
        peer.send(ClientFrames.text("before"), ClientFrames.frame(Opcode.BINARY, true, payload), ClientFrames.text("behind"));
        server.settle();

        List<byte[]> messages = peer.messages();
        assertEquals(3, messages.size());
        assertArrayEquals(payload, messages.get(1));
        assertCount(3, EngineCounter.MESSAGES_SENT);
    }

    @Test
    void shouldEchoFragmentedMessagesInOneFrame() {
        handler = RecordingHandler.echo();
        start();
        TestPeer peer = server.open();
        peer.send(ClientFrames.frame(Opcode.TEXT, false, "fr".getBytes(StandardCharsets.UTF_8)), ClientFrames.ping("p"),
                ClientFrames.frame(Opcode.CONTINUATION, false), ClientFrames.frame(Opcode.CONTINUATION, true, (byte) 'a'));
        server.settle();

        assertEquals(List.of("pong 70", "text fra"), peer.frames());
        assertEquals(List.of("open", "text fra"), handler.events());
    }

    @Test
    void shouldSendTextWithSurrogates() {
        String text = "a😀\uD83Dé€\uDE00z";
        String expected = "a😀\uFFFDé€\uFFFDz";
        handler.atMessage((connection, message) -> {
            connection.send(text);
            connection.send(text.repeat(5_000));
        });
        start();
        TestPeer peer = server.open();
        peer.text("go");
        server.settle();
        server.connectionOf(peer).send(text);
        server.settle();

        assertEquals(List.of(expected, expected.repeat(5_000), expected), peer.texts());
    }

    @Test
    void shouldLeaveBuffersAsTheyAre() {
        ByteBuffer heap = ByteBuffer.wrap(pattern(100)).position(10).limit(20);
        ByteBuffer direct = ByteBuffer.allocateDirect(100_000).put(0, pattern(100_000)).position(1).limit(99_999);
        ByteBuffer readOnly = ByteBuffer.wrap(pattern(100)).position(3).slice().asReadOnlyBuffer();
        handler.atMessage((connection, message) -> List.of(heap, direct, readOnly).forEach(connection::send));
        start();
        TestPeer peer = server.open();
        peer.text("go");
        server.settle();
        List.of(heap, direct, readOnly).forEach(handler.connection()::send);
        server.settle();

        List<byte[]> messages = peer.messages();
        assertEquals(6, messages.size());
        for (int i = 0; i < 6; i += 3) {
            assertArrayEquals(Arrays.copyOfRange(pattern(100), 10, 20), messages.get(i));
            assertArrayEquals(Arrays.copyOfRange(pattern(100_000), 1, 99_999), messages.get(i + 1));
            assertArrayEquals(Arrays.copyOfRange(pattern(100), 3, 100), messages.get(i + 2));
        }
        assertEquals(List.of(10, 20, 1, 99_999, 0, 97), List.of(heap.position(), heap.limit(), direct.position(), direct.limit(),
                readOnly.position(), readOnly.limit()));
    }

    @Test
    void shouldNotSendControlFramesAsMessages() {
        List<String> thrown = new ArrayList<>();
        handler.atMessage((connection, message) -> thrown.add(
                assertThrows(IllegalArgumentException.class, () -> connection.send(message)).getMessage()));
        start(config -> config.deliverControlFrames(true));
        TestPeer peer = server.open();
        peer.send(ClientFrames.ping("x"), ClientFrames.pong());
        server.settle();

        assertEquals(List.of("a PING frame is not a message that can be sent", "a PONG frame is not a message that can be sent"), thrown);
    }

    @Test
    void shouldRefuseMessagesThatCouldNeverBeSent() {
        List<String> thrown = new ArrayList<>();
        handler.atMessage((connection, message) -> {
            thrown.add(assertThrows(IllegalArgumentException.class, () -> connection.send(new byte[5_001])).getMessage());
            assertEquals(SendResult.ACCEPTED, connection.send(new byte[5_000]));
        });
        start(config -> config.maxBufferedBytes(5_000));
        TestPeer peer = server.open();
        peer.text("go");
        server.settle();
        assertThrows(IllegalArgumentException.class, () -> handler.connection().send("x".repeat(5_001)));

        assertEquals(List.of("a message of 5001 bytes cannot be sent: maxBufferedBytes is 5000"), thrown);
        assertEquals(List.of("binary[5000]"), peer.frames());
    }

    @Test
    void shouldRelayToOtherConnections() {
        handler.atMessage((connection, message) -> handler.connections().forEach(other -> other.send(message)));
        start();
        List<TestPeer> peers = List.of(server.open(), server.open(), server.open(), server.open());
        for (int i = 0; i < peers.size(); i++) {
            peers.get(i).text("from " + i);
            server.settle();
        }

        for (TestPeer peer : peers) {
            assertEquals(List.of("from 0", "from 1", "from 2", "from 3"), peer.texts());
        }
    }

    @Test
    void shouldCountWhatWaits() {
        start();
        TestPeer peer = server.open();
        WebSocketConnection connection = handler.connection();
        peer.transport.room(0);
        connection.send(new byte[100]);
        assertEquals(100, connection.bufferedAmount());
        server.settle();
        assertEquals(102, connection.bufferedAmount());
        connection.send("0123456789");
        assertEquals(112, connection.bufferedAmount());
        server.settle();
        assertEquals(114, connection.bufferedAmount());
        assertCount(114, EngineCounter.QUEUED_BYTES);
        peer.transport.room(50);
        server.settle();
        assertEquals(64, connection.bufferedAmount());
        peer.transport.unlimited();
        server.settle();

        assertEquals(0, connection.bufferedAmount());
        assertCount(0, EngineCounter.QUEUED_BYTES);
    }

    // ------------------------------------------------------------------ control frames

    @Test
    void shouldLetControlFramesOvertakeMessagesButNotCutThem() {
        start();
        TestPeer peer = server.open();
        peer.transport.room(5);
        handler.connection().send("first");
        handler.connection().send("second");
        server.settle();
        peer.send(ClientFrames.ping("p"));
        server.settle();
        handler.connection().ping();
        server.settle();
        peer.transport.unlimited();
        server.settle();

        List<String> frames = peer.frames();
        assertEquals("text first", frames.get(0));
        assertEquals("text second", frames.get(3));
        assertEquals(List.of("ping 0000000000000001", "pong 70"), frames.subList(1, 3).stream().sorted().toList());
    }

    @Test
    void shouldLetControlFramesOvertakeWhatHasNotBegun() {
        start();
        TestPeer peer = server.open();
        peer.transport.room(0);
        handler.connection().send("first");
        server.settle();
        peer.send(ClientFrames.ping("p"));
        server.settle();
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of("pong 70", "text first"), peer.frames());
    }

    @Test
    void shouldAnswerOnlyTheNewestPingsWhileThePeerDoesNotRead() {
        start(config -> config.maxControlFramesPerSecond(0));
        TestPeer peer = server.open();
        peer.transport.room(3);
        handler.connection().send("begun");
        server.settle();
        for (int i = 0; i < 500; i++) {
            peer.send(ClientFrames.ping("ping" + i), ClientFrames.ping("x".repeat(i % 126)));
            server.settle();
        }
        peer.send(ClientFrames.ping("newest"));
        server.settle();
        assertTrue(handler.connection().bufferedAmount() < 300, () -> "buffered: " + handler.connection().bufferedAmount());
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of("text begun", "pong 6e6577657374"), peer.frames());
        assertCount(1001, EngineCounter.PINGS_IN);
        assertCount(1, EngineCounter.PONGS_OUT);
    }

    @Test
    void shouldSendOnlyTheNewestOfItsPingsToAPeerThatDoesNotRead() {
        start();
        TestPeer peer = server.open();
        peer.transport.room(3);
        handler.connection().send("begun");
        server.settle();
        for (int i = 0; i < 1_000; i++) {
            assertEquals(SendResult.ACCEPTED, handler.connection().ping());
            server.settle();
        }
        assertTrue(handler.connection().bufferedAmount() < 100, () -> "buffered: " + handler.connection().bufferedAmount());
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of("text begun", "ping 00000000000003e8"), peer.frames());
        assertCount(1, EngineCounter.PINGS_OUT);
    }

    @Test
    void shouldAnswerANewPingWhenTheLastPongHasBegun() {
        start();
        TestPeer peer = server.open();
        peer.transport.room(2);
        peer.send(ClientFrames.ping("old"));
        server.settle();
        peer.send(ClientFrames.ping("skipped"));
        server.settle();
        peer.send(ClientFrames.ping("new"));
        server.settle();
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of("pong 6f6c64", "pong 6e6577"), peer.frames());
    }
}

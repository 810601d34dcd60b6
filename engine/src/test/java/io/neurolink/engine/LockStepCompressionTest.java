package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** permessage-deflate without context takeover, and what both modes have in common. */
@InAllModes
class LockStepCompressionTest extends LockStepTest {
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final int MAX = 100_000;

    private static String json(int length) {
        return "{\"type\":\"agent_token\",\"text\":\"häuser\"},".repeat(length / 38 + 1).substring(0, length);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private TestPeer echo(CompressionConfig compression) {
        handler = RecordingHandler.echo();
        start(config -> config.compression(compression).maxMessageSize(MAX));
        return server.open("/ws", OFFER);
    }

    private TestPeer echo() {
        return echo(CompressionConfig.shared().withThreshold(10));
    }

    private static byte[] compressedFrame(boolean fin, byte... payload) {
        return ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, fin, payload);
    }

    @Test
    void shouldEchoCompressedMessagesOfEverySize() {
        TestPeer peer = echo();
        for (int length : new int[] {0, 1, 9, 10, 11, 125, 126, 300, 4_000, 40_000, 65_000, 66_000, 96_000}) {
            String text = json(length);
            peer.compressed(Opcode.BINARY, utf8(text));
            server.settle();
            List<byte[]> answers = peer.messages();
            assertEquals(1, answers.size(), "length " + length);
            assertArrayEquals(utf8(text), answers.get(0), "length " + length);
        }
        assertCount(13, EngineCounter.MESSAGES_INFLATED);
        assertCount(peer.compressedMessages(), EngineCounter.MESSAGES_DEFLATED);
        assertTrue(peer.compressedMessages() >= 8, "compressed " + peer.compressedMessages());
        assertCount(2, EngineCounter.DEFLATE_CONTEXTS);
        assertCount(0, EngineCounter.DEFLATE_DEDICATED);
        assertCount(0, EngineCounter.HELD_BYTES);
    }

    @Test
    void shouldAnswerManyMessagesOfOneReadInOrder() {
        TestPeer peer = echo();
        for (int i = 0; i < 50; i++) {
            peer.compressed(i + json(20 * i));
            peer.text("plain " + i);
        }
        server.settle();
        List<String> answers = peer.texts();
        for (int i = 0; i < 50; i++) {
            assertEquals(i + json(20 * i), answers.get(2 * i));
            assertEquals("plain " + i, answers.get(2 * i + 1));
        }
    }

    @Test
    void shouldAgreeOnNoContextTakeoverAndTheWindowsAskedFor() {
        start(config -> config.compression(CompressionConfig.shared()));
        TestPeer peer = server.connect();
        peer.upgrade("/ws", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16, "
                + "permessage-deflate; server_max_window_bits=9; client_max_window_bits=12");
        server.settle();
        assertEquals("permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
                + "client_max_window_bits=12", peer.agreement().extensions().get(0).toString());
    }

    @Test
    void shouldNotCompressWhereNothingWasAgreedOn() {
        handler = RecordingHandler.echo();
        start(config -> config.compression(CompressionConfig.shared().withThreshold(0)));
        for (String headers : new String[] {"X-None: 1", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7"}) {
            TestPeer peer = server.open("/ws", headers);
            peer.text(json(5_000));
            server.settle();
            assertEquals(List.of(json(5_000)), peer.texts());
            peer.send(compressedFrame(true, (byte) 0));
            server.settle();
            assertEquals(List.of("close 1002 reserved bit set without a negotiated extension"), peer.frames());
        }
        assertCount(0, EngineCounter.DEFLATE_CONTEXTS);
    }

    @Test
    void shouldDeclineEveryOfferWhereItIsOff() {
        handler = RecordingHandler.echo();
        start();
        TestPeer peer = server.connect();
        peer.upgrade("/ws", OFFER);
        server.settle();
        assertEquals(List.of(), peer.agreement().extensions());
        peer.send(compressedFrame(true, (byte) 0));
        server.settle();
        assertEquals(List.of("close 1002 reserved bit set without a negotiated extension"), peer.frames());
    }

    @Test
    void shouldCompressFromTheThresholdOn() {
        start(config -> config.compression(CompressionConfig.shared().withThreshold(100)));
        TestPeer peer = server.open("/ws", OFFER);
        for (int length : new int[] {99, 100, 101}) {
            handler.connection().send("a".repeat(length));
            server.settle();
            assertEquals(List.of("a".repeat(length)), peer.texts());
            assertEquals(Math.max(0, length - 99), peer.compressedMessages());
        }
    }

    @Test
    void shouldSendUncompressedWhatDoesNotBecomeShorter() {
        TestPeer peer = echo();
        for (int length : new int[] {10, 500, 70_000}) {
            peer.send(ClientFrames.frame(Opcode.BINARY, true, noise(length)));
            server.settle();
            assertArrayEquals(noise(length), peer.messages().get(0));
        }
        peer.compressed(json(1_000));
        server.settle();
        assertEquals(List.of(json(1_000)), peer.texts());
        assertEquals(1, peer.compressedMessages());
        assertCount(3, EngineCounter.MESSAGES_NOT_DEFLATED);
    }

    @Test
    void shouldCountBytesBeforeAndAfterBothWays() {
        TestPeer peer = echo();
        byte[] compressed = peer.deflate().deflate(utf8(json(1_000)));
        int length = utf8(json(1_000)).length;
        peer.send(compressedFrame(true, compressed));
        server.settle();
        byte[] answer = peer.take();

        assertCount(compressed.length, EngineCounter.INFLATED_FROM);
        assertCount(length, EngineCounter.INFLATED_TO);
        assertCount(length, EngineCounter.DEFLATED_FROM);
        assertCount(answer.length - 2, EngineCounter.DEFLATED_TO);
        assertTrue(answer.length < 127, "short, so that its header has two bytes");
    }

    @Test
    void shouldTakeAMessageInPiecesCutAtEveryByte() {
        TestPeer peer = echo();
        byte[] payload = peer.deflate().deflate(utf8(json(200)));
        for (int cut = 0; cut <= payload.length; cut++) {
            peer.send(compressedFrame(false, Arrays.copyOf(payload, cut)), ClientFrames.ping("p"));
            server.settle();
            peer.send(ClientFrames.frame(Opcode.CONTINUATION, true, Arrays.copyOfRange(payload, cut, payload.length)));
            server.settle();
            assertEquals(List.of("pong 70", "text[" + utf8(json(200)).length + "]"), peer.frames());
        }
        assertCount(payload.length + 1, EngineCounter.MESSAGES_INFLATED);
        for (byte[] one : ClientFrames.split(compressedFrame(true, payload))) {
            peer.send(one);
            server.settle();
        }
        assertEquals(List.of(json(200)), peer.texts());
        assertCount(0, EngineCounter.HELD_BYTES);
    }

    @Test
    void shouldLimitWhatAMessageInflatesTo() {
        for (int length : new int[] {MAX - 1, MAX, MAX + 1}) {
            handler = new RecordingHandler();
            start(config -> config.compression(CompressionConfig.shared()).maxMessageSize(MAX));
            TestPeer peer = server.open("/ws", OFFER);
            peer.compressed(Opcode.BINARY, new byte[length]);
            server.settle();
            if (length <= MAX) {
                assertEquals(List.of("binary[" + length + "]"), handler.events("binary"));
            } else {
                assertEquals(List.of("close 1009 Message exceeds max size (" + MAX + " bytes)"), peer.frames());
                assertCount(1, EngineCounter.INFLATE_FAILURES);
            }
            endServer();
            server = null;
        }
    }

    @Test
    void shouldStopBombsWithBoundedMemory() {
        start(config -> config.compression(CompressionConfig.shared()).maxMessageSize(1 << 20));
        for (int length : new int[] {1 << 20, (1 << 20) + 1, 1 << 24, 1 << 28}) {
            TestPeer peer = server.open("/ws", OFFER);
            peer.send(ClientFrames.frame(Opcode.BINARY | FrameEncoder.RSV1, true, PeerDeflate.bomb(length)));
            server.settle();
            assertEquals(length > 1 << 20 ? List.of("close 1009 Message exceeds max size (1048576 bytes)") : List.of(), peer.frames());
            assertCount(0, EngineCounter.HELD_BYTES);
        }
        assertCount(3, EngineCounter.INFLATE_FAILURES);
    }

    @Test
    void shouldLimitTheRatioIfAsked() {
        start(config -> config.compression(CompressionConfig.shared().withMaxRatio(20)));
        TestPeer peer = server.open("/ws", OFFER);
        peer.compressed(Opcode.BINARY, new byte[64 * 1024]);
        server.settle();
        assertEquals(1, handler.events("binary").size(), "small messages are free");
        byte[] half = noise(10_000);
        byte[] message = Arrays.copyOf(half, 200_000);
        peer.compressed(Opcode.BINARY, message);
        server.settle();
        assertEquals(2, handler.events("binary").size(), "less than 20 times its length");
        peer.compressed(Opcode.BINARY, new byte[64 * 1024 + 1]);
        server.settle();
        assertEquals(List.of("close 1008 compressed message inflates too much"), peer.frames());
    }

    @Test
    void shouldRefuseCorruptMessagesAndGoOnWithOthers() {
        start(config -> config.compression(CompressionConfig.shared()));
        TestPeer good = server.open("/ws", OFFER);
        byte[] whole = good.deflate().deflate(noise(300));
        byte[][] bad = {{0x07, 0}, {(byte) 0xF2, 0x48, (byte) 0xCD}, Arrays.copyOf(whole, 200), {(byte) 0xFF}};
        for (byte[] payload : bad) {
            TestPeer peer = server.open("/ws", OFFER);
            peer.send(ClientFrames.frame(Opcode.BINARY | FrameEncoder.RSV1, true, payload));
            server.settle();
            assertEquals(List.of("close 1007 compressed message cannot be inflated"), peer.frames());
        }
        good.compressed("still here");
        server.settle();
        assertEquals(List.of("text still here"), handler.events("text"));
        assertCount(4, EngineCounter.INFLATE_FAILURES);
    }

    @Test
    void shouldCheckTheInflatedText() {
        start(config -> config.compression(CompressionConfig.shared()).maxMessageSize(1 << 20));
        byte[] long1 = utf8("ä".repeat(100_000));
        byte[] cutCharacter = Arrays.copyOf(long1, long1.length - 1);
        byte[] earlyFault = Arrays.copyOf(long1, long1.length);
        earlyFault[1] = 'x';
        for (byte[] wrong : new byte[][] {{(byte) 0xC0}, {'a', (byte) 0xE2, (byte) 0x98}, cutCharacter, earlyFault}) {
            TestPeer peer = server.open("/ws", OFFER);
            peer.compressed(Opcode.TEXT, wrong);
            server.settle();
            assertEquals(List.of("close 1007 text message is not valid UTF-8"), peer.frames());
            TestPeer other = server.open("/ws", OFFER);
            other.compressed(Opcode.BINARY, wrong);
            server.settle();
            assertEquals(List.of(), other.frames());
        }
        TestPeer peer = server.open("/ws", OFFER);
        peer.compressed(Opcode.TEXT, long1);
        server.settle();
        assertEquals(1, handler.events("text").size());
    }

    @Test
    void shouldKeepOrderWhateverThreadSends() {
        start(config -> config.compression(CompressionConfig.shared().withThreshold(20)));
        TestPeer peer = server.open("/ws", OFFER);
        handler.atMessage((connection, message) -> {
            connection.send("1 " + json(message.length()));
            connection.send(ByteBuffer.wrap(utf8("2 " + json(30_000))).asReadOnlyBuffer());
            connection.sendText(ByteBuffer.allocateDirect(40).put(utf8(json(30))).flip());
            connection.send(json(70_000));
        });
        for (int i = 0; i < 3; i++) {
            handler.connection().send("0 " + json(3_000));
            peer.compressed(json(100));
        }
        server.settle();
        List<String> texts = peer.texts();
        assertEquals(15, texts.size(), () -> texts.stream().map(text -> text.substring(0, 4) + text.length()).toList().toString());
        assertEquals(3, texts.stream().filter(text -> text.equals("0 " + json(3_000))).count());
        List<String> answers = texts.stream().filter(text -> !text.startsWith("0 ")).toList();
        for (int i = 0; i < 12; i += 4) {
            assertTrue(answers.get(i).startsWith("1 {"));
            assertEquals("2 " + json(30_000), answers.get(i + 1));
            assertEquals(json(30), answers.get(i + 2));
            assertEquals(json(70_000), answers.get(i + 3));
        }
        assertEquals(12, peer.compressedMessages(), "all but those too short to become shorter");
    }

    @Test
    void shouldReleaseWhatARefusedUpgradeHeld() {
        expectErrors("java.lang.IllegalStateException: no");
        CompressionConfig compression = CompressionConfig.dedicated().withDedicated(1, Duration.ofSeconds(1));
        server = LockStepServer.builder(mode).config(config -> config.compression(compression))
                .handler(new RefusingHandler()).start();
        for (int i = 0; i < 3; i++) {
            TestPeer peer = server.connect();
            peer.upgrade("/ws", OFFER);
            server.settle();
            assertEquals(500, peer.answer().status());
        }
        assertCount(0, EngineCounter.DEFLATE_DEDICATED);
        assertCount(0, EngineCounter.DEFLATE_DEDICATED_REFUSED);
    }

    private static final class RefusingHandler implements WebSocketHandler {
        @Override
        public void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
            throw new IllegalStateException("no");
        }
    }

    @Test
    void shouldHaveNoCompressionByDefault() {
        assertEquals(CompressionConfig.Mode.OFF, WebSocketConfig.defaults().compression().mode());
        assertNull(CompressionConfig.off().toEndpoint());
    }
}

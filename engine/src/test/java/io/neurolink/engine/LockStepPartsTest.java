package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.RateLimitPolicy;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Messages that a handler takes in parts. */
@InAllModes
class LockStepPartsTest extends LockStepTest {
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final String TEXT = "aé€\uD83D\uDE00z";

    /** Whole messages, made of the parts. */
    private final List<byte[]> messages = new ArrayList<>();
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private int longest;

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] frame(int opcode, boolean fin, String payload) {
        return ClientFrames.frame(opcode, fin, utf8(payload));
    }

    /** Each part of a text must be text by itself. */
    private void keepParts() {
        handler = new RecordingHandler().inParts().atMessage((connection, part) -> {
            longest = Math.max(longest, part.length());
            byte[] bytes = part.toByteArray();
            if (part.isText()) {
                try {
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
                } catch (CharacterCodingException e) {
                    throw new IllegalStateException("a part that is cut within a character", e);
                }
            }
            message.writeBytes(bytes);
        });
    }

    /** The messages so far, by what the handler was told. */
    private List<String> told() {
        return handler.events().stream().filter(event -> event.startsWith("part ") || event.startsWith("last ")).toList();
    }

    @Test
    void shouldHandOnWhatComesAsItComes() {
        handler.inParts();
        start();
        TestPeer peer = server.open("/ws");
        peer.text("whole");
        server.settle();
        peer.send(frame(Opcode.TEXT, false, "be"));
        server.settle();
        peer.send(ClientFrames.ping("x"), frame(Opcode.CONTINUATION, false, ""), frame(Opcode.CONTINUATION, false, "gun"));
        server.settle();
        assertEquals(List.of("pong 78"), peer.frames());
        peer.send(frame(Opcode.CONTINUATION, true, ""), ClientFrames.binary((byte) 1));
        server.settle();
        assertEquals(List.of("last text whole", "part text be", "part text gun", "last text ", "last binary 01"), told());
        assertCount(3, EngineCounter.MESSAGES_IN);
        assertCount(0, EngineCounter.HELD_BYTES);
    }

    /** Three fragments with a ping between, cut into two pieces at every place, and byte by byte. */
    @Test
    void shouldCutNoCharacterWhereverTheBytesAreCut() {
        byte[] text = utf8(TEXT);
        keepParts();
        start(config -> config.maxControlFramesPerSecond(0));
        TestPeer peer = server.open("/ws");
        for (int first = 0; first <= text.length; first++) {
            for (int second = first; second <= text.length; second++) {
                byte[] bytes = ClientFrames.concat(ClientFrames.frame(Opcode.TEXT, false, Arrays.copyOfRange(text, 0, first)),
                        ClientFrames.ping("p"), ClientFrames.frame(Opcode.CONTINUATION, false, Arrays.copyOfRange(text, first, second)),
                        ClientFrames.frame(Opcode.CONTINUATION, true, Arrays.copyOfRange(text, second, text.length)));
                for (int cut = 0; cut <= bytes.length; cut++) {
                    peer.send(Arrays.copyOfRange(bytes, 0, cut));
                    server.settle();
                    peer.send(Arrays.copyOfRange(bytes, cut, bytes.length));
                    server.settle();
                    assertEquals(TEXT, message.toString(StandardCharsets.UTF_8), first + " " + second + " cut at " + cut);
                    message.reset();
                }
                for (byte[] one : ClientFrames.split(bytes)) {
                    peer.send(one);
                    server.settle();
                }
                assertEquals(TEXT, message.toString(StandardCharsets.UTF_8), first + " " + second + " byte by byte");
                message.reset();
            }
        }
        assertEquals(List.of(), handler.events("error"));
    }

    @Test
    void shouldRefuseWhatIsNoTextAtTheByteThatShowsIt() {
        keepParts();
        start();
        TestPeer peer = server.open("/ws");
        peer.send(ClientFrames.frame(Opcode.TEXT, false, (byte) 'a', (byte) 0xC3));
        server.settle();
        peer.send(ClientFrames.frame(Opcode.CONTINUATION, false, (byte) 'b'));
        server.settle();
        assertEquals(List.of("close 1007 text message is not valid UTF-8"), peer.frames());
        assertEquals("a", message.toString(StandardCharsets.UTF_8));

        message.reset();
        TestPeer other = server.open("/ws");
        other.send(ClientFrames.frame(Opcode.TEXT, false, (byte) 0xE2, (byte) 0x82));
        other.send(ClientFrames.frame(Opcode.CONTINUATION, true));
        server.settle();
        assertTrue(other.frames().get(0).startsWith("close 1007"));
        assertEquals(0, message.size());
    }

    @Test
    void shouldTakeMessagesOfAnySizeAndAnyNumberOfFragments() {
        keepParts();
        start(config -> config.maxMessageSize(1000).maxFragments(2).maxControlFramesPerSecond(0));
        TestPeer peer = server.open("/ws");
        byte[] noise = new byte[1_000_000];
        new Random(1).nextBytes(noise);
        peer.send(ClientFrames.frame(Opcode.BINARY, false, noise));
        for (int i = 0; i < 1000; i++) {
            peer.send(ClientFrames.frame(Opcode.CONTINUATION, false, (byte) i));
        }
        peer.send(ClientFrames.frame(Opcode.CONTINUATION, true, noise));
        server.settle();
        byte[] all = message.toByteArray();
        assertEquals(2 * noise.length + 1000, all.length);
        assertEquals(ByteBuffer.wrap(noise), ByteBuffer.wrap(all, 0, noise.length));
        assertEquals(ByteBuffer.wrap(noise), ByteBuffer.wrap(all, noise.length + 1000, noise.length));
        assertTrue(longest <= 1000, "a part of " + longest + " bytes");
        assertCount(0, EngineCounter.HELD_BYTES);
    }

    @Test
    void shouldKeepToTheLimitOfTheWholeMessage() {
        keepParts();
        start(config -> config.maxMessageSize(1000).maxStreamedMessageSize(2500));
        TestPeer peer = server.open("/ws");
        peer.send(ClientFrames.frame(Opcode.BINARY, false, new byte[2500]), ClientFrames.frame(Opcode.CONTINUATION, true));
        server.settle();
        assertEquals(2500, message.size());
        peer.send(ClientFrames.frame(Opcode.BINARY, false, new byte[2500]), ClientFrames.frame(Opcode.CONTINUATION, true, (byte) 1));
        server.settle();
        assertEquals(List.of("close 1009 Message exceeds max size (2500 bytes)"), peer.frames());
        assertEquals(5000, message.size());
    }

    @Test
    void shouldRefuseAFrameThatAnnouncesMoreThanTheLimit() {
        keepParts();
        start(config -> config.maxStreamedMessageSize(1L << 33));
        TestPeer peer = server.open("/ws");
        byte[] header = {(byte) 0x82, (byte) 0xFF, 0, 0, 0, 2, 0, 0, 0, 1};
        peer.send(header);
        server.settle();
        assertEquals(List.of("close 1009 Message exceeds max size (8589934592 bytes)"), peer.frames());
    }

    @Test
    void shouldTakeAFrameOfMoreThanFourGibibytes() {
        keepParts();
        start();
        TestPeer peer = server.open("/ws");
        byte[] header = {(byte) 0x82, (byte) 0xFF, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0};
        peer.send(header, new byte[100_000]);
        server.settle();
        assertEquals(100_000, message.size());
        assertCount(0, EngineCounter.HELD_BYTES);
        peer.transport.end();
        server.settle();
        assertEquals("close 1006", handler.events("close").get(0).trim());
    }

    // ------------------------------------------------------------------ compressed

    private static String json(int length) {
        return "{\"type\":\"agent_token\",\"text\":\"häuser €\uD83D\uDE00\"},".repeat(length / 40 + 1).substring(0, length);
    }

    private TestPeer compressing(CompressionConfig compression) {
        keepParts();
        start(config -> config.compression(compression).maxControlFramesPerSecond(0));
        return server.open("/ws", OFFER);
    }

    /** Sends a message in fragments of that many compressed bytes. */
    private void sendCompressed(TestPeer peer, String text, int fragmentLength) {
        byte[] deflated = peer.deflate().deflate(utf8(text));
        for (int from = 0; from < deflated.length; from += fragmentLength) {
            int to = Math.min(deflated.length, from + fragmentLength);
            int opcode = from == 0 ? Opcode.TEXT | FrameEncoder.RSV1 : Opcode.CONTINUATION;
            peer.send(ClientFrames.frame(opcode, to == deflated.length,
                    Arrays.copyOfRange(deflated, from, to)));
            server.settle();
        }
    }

    @Test
    void shouldInflateAcrossParts() {
        for (CompressionConfig compression : List.of(CompressionConfig.shared(), CompressionConfig.dedicated())) {
            TestPeer peer = compressing(compression.withThreshold(0));
            int count = 0;
            for (int length : new int[] {1, 100, 5_000, 100_000, 400_000}) {
                for (int fragmentLength : new int[] {1, 7, 500, 100_000}) {
                    String text = json(length);
                    sendCompressed(peer, text, fragmentLength);
                    assertEquals(text, message.toString(StandardCharsets.UTF_8), length + " in fragments of " + fragmentLength);
                    message.reset();
                    peer.text("plain between");
                    server.settle();
                    assertEquals("plain between", message.toString(StandardCharsets.UTF_8));
                    message.reset();
                    count++;
                }
            }
            assertCount(count, EngineCounter.MESSAGES_INFLATED);
            assertCount(0, EngineCounter.HELD_BYTES);
            assertEquals(List.of(), handler.events("error"));
            server.end();
            assertCount(0, EngineCounter.DEFLATE_CONTEXTS);
            assertCount(0, EngineCounter.DEFLATE_HELD_BYTES);
        }
    }

    @Test
    void shouldTakeAMessageThatIsCutAnywhere() {
        TestPeer peer = compressing(CompressionConfig.dedicated().withThreshold(0));
        String text = json(300);
        byte[] deflated = peer.deflate().deflate(utf8(text));
        peer.send(ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, true, deflated));
        server.settle();
        message.reset();
        for (int cut = 0; cut < 300; cut++) {
            byte[] next = peer.deflate().deflate(utf8(text));
            byte[] frame = ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, true, next);
            int at = Math.min(cut, frame.length);
            peer.send(Arrays.copyOfRange(frame, 0, at));
            server.settle();
            peer.send(Arrays.copyOfRange(frame, at, frame.length));
            server.settle();
            assertEquals(text, message.toString(StandardCharsets.UTF_8), "cut at " + cut);
            message.reset();
        }
    }

    @Test
    void shouldLimitWhatAFloodOfZerosBecomes() {
        keepParts();
        start(config -> config.compression(CompressionConfig.shared().withMaxRatio(100)));
        TestPeer peer = server.open("/ws", OFFER);
        byte[] deflated = peer.deflate().deflate(new byte[20_000_000]);
        peer.send(ClientFrames.frame(Opcode.BINARY | FrameEncoder.RSV1, true, deflated));
        server.settle();
        assertTrue(peer.frames().get(0).startsWith("close 1008"), "a ratio of 1000");
        assertTrue(message.size() <= 100 * deflated.length + 65_536, () -> message.size() + " bytes");
        assertCount(1, EngineCounter.INFLATE_FAILURES);
    }

    @Test
    void shouldLimitWhatAMessageInflatesTo() {
        keepParts();
        start(config -> config.compression(CompressionConfig.shared()).maxStreamedMessageSize(1_000_000));
        TestPeer peer = server.open("/ws", OFFER);
        peer.send(ClientFrames.frame(Opcode.BINARY | FrameEncoder.RSV1, true, peer.deflate().deflate(new byte[1_000_000])));
        server.settle();
        assertEquals(1_000_000, message.size());
        peer.send(ClientFrames.frame(Opcode.BINARY | FrameEncoder.RSV1, true, peer.deflate().deflate(new byte[1_000_001])));
        server.settle();
        assertEquals(List.of("close 1009 Message exceeds max size (1000000 bytes)"), peer.frames());
    }

    @Test
    void shouldRefuseWhatIsCorrupt() {
        TestPeer peer = compressing(CompressionConfig.shared());
        byte[] deflated = peer.deflate().deflate(utf8(json(10_000)));
        // A kind of block that there is not.
        deflated[0] = (byte) 0xFF;
        peer.send(ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, false, deflated), ClientFrames.frame(Opcode.CONTINUATION, true));
        server.settle();
        assertTrue(peer.frames().get(0).startsWith("close 1007"));

        TestPeer broken = server.open("/ws", OFFER);
        byte[] whole = broken.deflate().deflate(utf8(json(10_000)));
        broken.send(ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, false, Arrays.copyOf(whole, whole.length / 2)),
                ClientFrames.frame(Opcode.CONTINUATION, true));
        server.settle();
        assertTrue(broken.frames().get(0).startsWith("close 1007"), "it breaks off");

        TestPeer noText = server.open("/ws", OFFER);
        noText.send(ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, true, noText.deflate().deflate(new byte[] {'a', (byte) 0xC3})));
        server.settle();
        assertTrue(noText.frames().get(0).startsWith("close 1007"), "no text");
        assertCount(3, EngineCounter.INFLATE_FAILURES);
        server.end();
        assertCount(0, EngineCounter.DEFLATE_CONTEXTS);
    }

    @Test
    void shouldGiveTheDecompressorBackWhereTheMessageHasNoEnd() {
        TestPeer peer = compressing(CompressionConfig.shared());
        byte[] deflated = peer.deflate().deflate(utf8(json(10_000)));
        peer.send(ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, false, deflated));
        server.settle();
        long during = server.counter(EngineCounter.DEFLATE_CONTEXTS);
        peer.transport.end();
        server.settle();
        assertEquals(during - 1, server.counter(EngineCounter.DEFLATE_CONTEXTS));
    }

    // ------------------------------------------------------------------ rates

    @Test
    void shouldCountAMessageOnceAndItsBytesAsTheyCome() {
        keepParts();
        start(config -> config.maxMessageSize(1000).rateLimits(RateLimits.builder()
                .messages(1, 2).bytes(1000, 3000).policy(RateLimitPolicy.REPORT).build()));
        TestPeer peer = server.open("/ws");
        for (int i = 0; i < 10; i++) {
            peer.send(ClientFrames.frame(i == 0 ? Opcode.BINARY : Opcode.CONTINUATION, i == 9, new byte[100]));
            server.settle();
        }
        assertEquals(1000, message.size());
        assertCount(0, EngineCounter.RATE_LIMIT_PAUSES);
        peer.send(ClientFrames.frame(Opcode.BINARY, false, new byte[3000]));
        server.settle();
        assertTrue(server.counter(EngineCounter.RATE_LIMIT_PAUSES) > 0, "a pause");
        server.advance(Duration.ofSeconds(5));
        assertEquals(4000, message.size());
        assertEquals(List.of(), handler.events("limited"));
    }
}

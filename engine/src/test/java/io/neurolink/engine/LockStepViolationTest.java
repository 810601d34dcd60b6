package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.WebSocketError;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.ProtocolViolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Peers that break the rules: they are told, get time to read that, and are gone. */
@InAllModes
class LockStepViolationTest extends LockStepTest {
    private static final int MAX = 1000;

    private final List<Throwable> errors = new ArrayList<>();

    private TestPeer startAndOpen() {
        handler = new RecordingHandler().atError((connection, error) -> errors.add(error));
        start(config -> config.maxMessageSize(MAX).maxFragments(4));
        return server.open();
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private void assertFailed(TestPeer peer, int code, String reason) {
        assertEquals(List.of("close " + code + " " + reason), peer.frames());
        assertTrue(peer.transport.isOutputShut());
        assertFalse(peer.transport.isClosed(), "the peer gets time to read that");
        assertEquals(reason, errors.get(errors.size() - 1).getMessage());
        assertInstanceOf(WebSocketError.class, errors.get(errors.size() - 1));
    }

    private void assertViolates(ProtocolViolation violation, byte[]... frames) {
        TestPeer peer = startAndOpen();
        peer.send(frames).send(ClientFrames.text("not listened to"));
        server.settle();
        assertFailed(peer, violation.closeCode(), violation.reason());
        peer.transport.end();
        server.settle();

        assertTrue(peer.transport.isClosed());
        assertEquals("close " + violation.closeCode() + " " + violation.reason(), handler.events().get(handler.events().size() - 1));
        assertEquals(List.of("error WebSocketError: " + violation.reason()), handler.events("error"));
        assertEquals(List.of(), handler.events("text not"));
        assertEquals(handler.connection().id(), ((WebSocketError) errors.get(errors.size() - 1)).connectionId());
        endServer();
    }

    @Test
    void shouldFailEveryViolationWithItsCode() {
        assertViolates(ProtocolViolation.RESERVED_BIT, hex("c180"));
        assertViolates(ProtocolViolation.UNKNOWN_OPCODE, hex("8380"));
        assertViolates(ProtocolViolation.FRAGMENTED_CONTROL, hex("0980"));
        assertViolates(ProtocolViolation.UNEXPECTED_CONTINUATION, hex("8080"));
        assertViolates(ProtocolViolation.INTERLEAVED_MESSAGE, ClientFrames.frame(Opcode.TEXT, false), ClientFrames.text("x"));
        assertViolates(ProtocolViolation.TOO_MANY_FRAGMENTS, ClientFrames.frame(Opcode.TEXT, false),
                ClientFrames.repeat(ClientFrames.frame(Opcode.CONTINUATION, false), 4));
        assertViolates(ProtocolViolation.UNMASKED_CLIENT_FRAME, hex("8100"));
        assertViolates(ProtocolViolation.CONTROL_TOO_LONG, hex("89fe"));
        assertViolates(ProtocolViolation.CLOSE_BODY_LENGTH, hex("8881"));
        assertViolates(ProtocolViolation.NON_MINIMAL_LENGTH, hex("81fe0001"));
        assertViolates(ProtocolViolation.NEGATIVE_LENGTH, hex("82ff8000000000000000"));
        assertViolates(ProtocolViolation.INVALID_UTF8, ClientFrames.frame(Opcode.TEXT, true, hex("c3")));
        assertViolates(ProtocolViolation.INVALID_UTF8, ClientFrames.frame(Opcode.TEXT, false, hex("f4908080")));
        assertViolates(ProtocolViolation.CLOSE_CODE_INVALID, ClientFrames.frame(Opcode.CLOSE, true, hex("03ed")));
        assertViolates(ProtocolViolation.CLOSE_REASON_UTF8, ClientFrames.frame(Opcode.CLOSE, true, hex("03e8ff")));
    }

    @Test
    void shouldCountHowConnectionsFail() {
        TestPeer peer = startAndOpen();
        TestPeer other = server.open();
        peer.send(hex("8380"));
        other.send(ClientFrames.frame(Opcode.TEXT, true, hex("ff")));
        server.settle();
        server.advance(Duration.ofSeconds(5));

        assertCount(1, EngineCounter.CLOSES_PROTOCOL_ERROR);
        assertCount(1, EngineCounter.CLOSES_INVALID_UTF8);
        assertCount(2, EngineCounter.CLOSE_TIMEOUTS);
    }

    @Test
    void shouldDiscardWhatStillComesUntilTheCloseTimeout() {
        TestPeer peer = startAndOpen();
        peer.send(hex("8380"));
        server.settle();
        assertFailed(peer, 1002, "unknown opcode");
        for (int i = 0; i < 4; i++) {
            server.advance(Duration.ofSeconds(1));
            peer.send(new byte[100_000]);
            server.settle();
            assertEquals(0, peer.transport.unread());
            assertFalse(peer.transport.isClosed());
        }
        server.advance(Duration.ofSeconds(1));

        assertTrue(peer.transport.isClosed());
        assertEquals(List.of("open", "error WebSocketError: unknown opcode", "close 1002 unknown opcode"), handler.events());
    }

    @Test
    void shouldDeliverWhatWasRightBeforeTheViolation() {
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.text("a"), ClientFrames.text("b"), hex("8380"));
        server.settle();

        assertEquals(List.of("open", "text a", "text b", "error WebSocketError: unknown opcode"), handler.events());
    }

    @Test
    void shouldNotAnswerAViolationAfterItsOwnClose() {
        TestPeer peer = startAndOpen();
        handler.connection().close(1000, "done");
        server.settle();
        peer.send(hex("8380"));
        server.settle();
        assertEquals(List.of("close 1000 done"), peer.frames());
        peer.transport.end();
        server.settle();

        assertEquals(List.of("open", "error WebSocketError: unknown opcode", "close 1002 unknown opcode"), handler.events());
    }

    // ------------------------------------------------------------------ size

    private static final String TOO_BIG = "Message exceeds max size (" + MAX + " bytes)";

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 'x');
        return bytes;
    }

    private static byte[] whole(int length) {
        return ClientFrames.frame(Opcode.TEXT, true, bytes(length));
    }

    private static byte[] fragmented(int first, int second) {
        return ClientFrames.concat(
                ClientFrames.frame(Opcode.TEXT, false, bytes(first)), ClientFrames.frame(Opcode.CONTINUATION, true, bytes(second)));
    }

    @Test
    void shouldTakeMessagesUpToTheLimit() {
        TestPeer peer = startAndOpen();
        peer.send(whole(MAX - 1), whole(MAX), fragmented(MAX - 2, 1), fragmented(MAX - 1, 1), fragmented(0, MAX));
        server.settle();

        assertEquals(List.of("open", "text[999]", "text[1000]", "text[999]", "text[1000]", "text[1000]"), handler.events());
        assertEquals(List.of(), peer.frames());
    }

    @Test
    void shouldRefuseMessagesAboveTheLimit() {
        assertTooBig(whole(MAX + 1));
        assertTooBig(fragmented(MAX, 1));
        assertTooBig(fragmented(1, MAX));
        assertTooBig(Arrays.copyOf(whole(MAX + 1), 4));
        assertTooBig(hex("82ff7fffffffffffffff"));
        assertTooBig(hex("82ff0000000080000000"));
    }

    private void assertTooBig(byte[] bytes) {
        TestPeer peer = startAndOpen();
        peer.send(bytes);
        server.settle();
        assertFailed(peer, 1009, TOO_BIG);
        assertCount(0, EngineCounter.MESSAGES_IN);
        peer.transport.end();
        server.settle();

        assertEquals(List.of("open", "error WebSocketError: " + TOO_BIG, "close 1009 " + TOO_BIG), handler.events());
        assertCount(1, EngineCounter.CLOSES_TOO_BIG);
        endServer();
    }

    @Test
    void shouldTakeNoMemoryForWhatIsOnlyAnnounced() {
        handler = new RecordingHandler();
        start(config -> config.maxMessageSize(100 * 1024 * 1024));
        TestPeer peer = server.open();
        peer.send(hex("82ff0000000006000000"), hex("00000000"), new byte[10]);
        server.settle();

        long held = server.counter(EngineCounter.HELD_BYTES);
        assertTrue(held > 0 && held <= 64 * 1024, () -> "held: " + held);
    }
}

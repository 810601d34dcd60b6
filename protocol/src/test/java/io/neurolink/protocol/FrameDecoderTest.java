package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameDecoderTest {
    private static final FrameLimits LIMITS = new FrameLimits(2_000, 8);
    private static final String TEXT = "Zeichen: ä ☃ 𝄞 end";

    /** Input of a server or client that shows one rule, and what the rule says. */
    record Script(String name, Role role, byte[] input, List<String> expected) {
        @Override
        public String toString() {
            return name + ", " + role;
        }
    }

    static List<Script> scripts() {
        List<Script> all = new ArrayList<>();
        for (Role role : Role.values()) {
            addAccepted(all, role);
            addRefusedHeaders(all, role);
            addRefusedSequences(all, role);
            addCloses(all, role);
            addTexts(all, role);
        }
        return all;
    }

    private static void addAccepted(List<Script> all, Role role) {
        add(all, "text in one frame", role, new Wire(role).frame(true, 1, "hi"), "text 6869");
        add(all, "empty messages", role, new Wire(role).frame(true, 1, "").frame(true, 2, ""), "text ", "binary ");
        add(all, "binary that is no UTF-8", role, new Wire(role).frame(true, 2, Wire.bytes(0xFF, 0, 0xC0)), "binary ff00c0");
        add(all, "three fragments", role,
                new Wire(role).frame(false, 1, "a").frame(false, 0, "b").frame(true, 0, "c"), "text 616263");
        add(all, "empty fragments", role,
                new Wire(role).frame(false, 2, "").frame(false, 0, "").frame(true, 0, ""), "binary ");
        add(all, "control frames between fragments", role,
                new Wire(role).frame(false, 1, "a").frame(true, 9, "p").frame(true, 10, "").frame(true, 0, "b"),
                "ping 70", "pong ", "text 6162");
        add(all, "as many fragments as allowed, twice", role,
                fragments(fragments(new Wire(role), 8), 8), "binary 7878787878787878", "binary 7878787878787878");
        add(all, "close between fragments", role,
                new Wire(role).frame(false, 1, "a").frame(true, 8, Wire.closeBody(1000, "x")), "close 1000 x");
        add(all, "nothing after close", role,
                new Wire(role).frame(true, 8, Wire.closeBody(1001, "")).frame(true, 1, "lost").raw(0xFF), "close 1001 ");
        add(all, "several messages and pings", role,
                new Wire(role).frame(true, 1, "a").frame(true, 9, "").frame(true, 2, "b").frame(true, 1, "c"),
                "text 61", "ping ", "binary 62", "text 63");
    }

    private static void addRefusedHeaders(List<Script> all, Role role) {
        add(all, "RSV1", role, new Wire(role).raw(0xC1), "violation RESERVED_BIT");
        add(all, "RSV2", role, new Wire(role).raw(0xA2), "violation RESERVED_BIT");
        add(all, "RSV3", role, new Wire(role).raw(0x99), "violation RESERVED_BIT");
        add(all, "opcode 3", role, new Wire(role).raw(0x83), "violation UNKNOWN_OPCODE");
        add(all, "opcode 15", role, new Wire(role).raw(0x0F), "violation UNKNOWN_OPCODE");
        add(all, "fragmented ping", role, new Wire(role).raw(0x09), "violation FRAGMENTED_CONTROL");
        add(all, "mask in the wrong direction", role, new Wire(role).raw(0x81, role == Role.SERVER ? 0x00 : 0x80),
                role == Role.SERVER ? "violation UNMASKED_CLIENT_FRAME" : "violation MASKED_SERVER_FRAME");
        add(all, "long ping", role, new Wire(role).head(0x89, 2, 126), "violation CONTROL_TOO_LONG");
        add(all, "very long pong", role, new Wire(role).head(0x8A, 8, 70000), "violation CONTROL_TOO_LONG");
        add(all, "125 in 16 bits", role, new Wire(role).head(0x82, 2, 125), "violation NON_MINIMAL_LENGTH");
        add(all, "65535 in 64 bits", role, new Wire(role).head(0x82, 8, 65535), "violation NON_MINIMAL_LENGTH");
        add(all, "negative length", role, new Wire(role).head(0x82, 8, Long.MIN_VALUE), "violation NEGATIVE_LENGTH");
        add(all, "huge length", role, new Wire(role).head(0x82, 8, Long.MAX_VALUE), "violation MESSAGE_TOO_BIG");
        add(all, "length that is small as an int", role, new Wire(role).head(0x82, 8, (1L << 32) + 5), "violation MESSAGE_TOO_BIG");
    }

    private static void addRefusedSequences(List<Script> all, Role role) {
        add(all, "continuation of nothing", role, new Wire(role).frame(true, 0, "a"), "violation UNEXPECTED_CONTINUATION");
        add(all, "continuation after the end", role,
                new Wire(role).frame(true, 1, "a").frame(true, 0, "b"), "text 61", "violation UNEXPECTED_CONTINUATION");
        add(all, "interleaved text", role,
                new Wire(role).frame(false, 2, "a").frame(true, 1, "b"), "violation INTERLEAVED_MESSAGE");
        add(all, "one fragment too many", role, fragments(new Wire(role), 9), "violation TOO_MANY_FRAGMENTS");
        add(all, "fragments too big together", role,
                new Wire(role).frame(false, 2, new byte[1_999]).head(0x00, 0, 2), "violation MESSAGE_TOO_BIG");
    }

    private static void addCloses(List<Script> all, Role role) {
        add(all, "close without a body", role, new Wire(role).frame(true, 8, ""), "close 1005 ");
        add(all, "close with a reason", role, new Wire(role).frame(true, 8, Wire.closeBody(4999, "wäg")), "close 4999 wäg");
        add(all, "close with the longest reason", role,
                new Wire(role).frame(true, 8, Wire.closeBody(3000, "x".repeat(123))), "close 3000 " + "x".repeat(123));
        add(all, "close with one byte", role, new Wire(role).raw(0x88, role == Role.SERVER ? 0x81 : 0x01), "violation CLOSE_BODY_LENGTH");
        add(all, "close with 1005", role, new Wire(role).frame(true, 8, Wire.closeBody(1005, "x")), "violation CLOSE_CODE_INVALID");
        add(all, "close with a bad reason", role,
                new Wire(role).frame(true, 8, Wire.bytes(0x03, 0xE8, 'a', 0xC3, 'b')), "violation CLOSE_REASON_UTF8");
        add(all, "close with a cut reason", role,
                new Wire(role).frame(true, 8, Wire.bytes(0x03, 0xE8, 'a', 0xC3)), "violation CLOSE_REASON_UTF8");
        add(all, "close within a character of a message", role,
                new Wire(role).frame(false, 1, Wire.bytes(0xE2, 0x98)).frame(true, 8, Wire.closeBody(1000, "ok")), "close 1000 ok");
    }

    private static void addTexts(List<Script> all, Role role) {
        byte[] text = Wire.utf8(TEXT);
        for (int cut = 0; cut <= text.length; cut++) {
            Wire wire = new Wire(role).frame(false, 1, Arrays.copyOf(text, cut)).frame(true, 9, "")
                    .frame(true, 0, Arrays.copyOfRange(text, cut, text.length)).frame(true, 1, "next");
            add(all, "text cut at " + cut, role, wire, "ping ", "text " + HexFormat.of().formatHex(text), "text 6e657874");
        }
        add(all, "text ends within a character", role,
                new Wire(role).frame(false, 1, Wire.bytes('a', 0xE2)).frame(true, 0, Wire.bytes(0x98)), "violation INVALID_UTF8");
        add(all, "text ends within a character, last fragment empty", role,
                new Wire(role).frame(false, 1, Wire.bytes('a', 0xE2)).frame(true, 0, ""), "violation INVALID_UTF8");
        add(all, "surrogate, refused at its second byte", role,
                new Wire(role).head(0x81, 0, 100).payload(Wire.bytes('a', 0xED, 0xA0)), "violation INVALID_UTF8");
        add(all, "bad second fragment, refused before it is whole", role,
                new Wire(role).frame(false, 1, Wire.bytes(0xF0, 0x9F)).head(0x00, 0, 9).payload(Wire.bytes(0x41)),
                "violation INVALID_UTF8");
    }

    private static Wire fragments(Wire wire, int count) {
        for (int i = 0; i < count; i++) {
            wire.frame(i == count - 1, i == 0 ? 2 : 0, "x");
        }
        return wire;
    }

    private static void add(List<Script> all, String name, Role role, Wire wire, String... expected) {
        all.add(new Script(name, role, wire.bytes(), List.of(expected)));
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void shouldFollowTheRules(Script script) {
        DecoderHarness harness = new DecoderHarness(script.role, LIMITS, true);
        harness.feed(script.input, 0, script.input.length);

        assertEquals(script.expected, harness.events());
        assertEquals(script.expected, new ReferenceDecoder(script.role, LIMITS).decode(script.input), "the reference");
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void shouldFollowTheRulesHoweverInputIsSplit(Script script) {
        if (script.input.length < 500) {
            DecoderHarness.checkAllSplits(script.role, LIMITS, script.input);
        } else {
            DecoderHarness.checkByteByByte(script.role, LIMITS, script.input);
        }
        Random random = new Random(script.name.hashCode());
        for (int i = 0; i < 50; i++) {
            DecoderHarness.checkSplit(script.role, LIMITS, script.input, at -> 1 + random.nextInt(40));
        }
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldJudgeEveryPairOfFirstBytesAsTheReferenceDoes(Role role) {
        byte[] opened = new Wire(role).frame(false, 2, "x").bytes();
        for (int pair = 0; pair < 0x10000; pair++) {
            byte[] rest = Wire.bytes(pair >> 8, pair, 0x00, 0x80, 0x03, 0xE8, 'a', 'b', 'c', 0x00, 0x00, 0x00, 0x01, 0x81, 0x82, 0x00);
            byte[] within = Arrays.copyOf(opened, opened.length + rest.length);
            System.arraycopy(rest, 0, within, opened.length, rest.length);
            check(role, LIMITS, rest);
            check(role, LIMITS, within);
        }
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldTakeEveryLengthAroundTheFormsAndTheLimit(Role role) {
        for (int length : new int[] {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537}) {
            byte[] payload = new byte[length];
            new Random(length).nextBytes(payload);
            for (int limit = Math.max(1, length - 1); limit <= length + 1; limit++) {
                FrameLimits limits = new FrameLimits(limit, 2);
                check(role, limits, new Wire(role).frame(true, 2, payload).frame(true, 9, "").bytes());
                check(role, limits, new Wire(role).frame(false, 2, Arrays.copyOf(payload, length / 2))
                        .frame(true, 0, Arrays.copyOfRange(payload, length / 2, length)).bytes());
            }
        }
    }

    private static void check(Role role, FrameLimits limits, byte[] input) {
        DecoderHarness.check(role, limits, input);
        if (input.length < 500) {
            DecoderHarness.checkByteByByte(role, limits, input);
        } else {
            Random random = new Random(input.length);
            DecoderHarness.checkSplit(role, limits, input, at -> at < 20 ? 1 : 1 + random.nextInt(3000));
        }
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldRefuseEveryLengthThatIsNotInItsShortestForm(Role role) {
        for (int first : new int[] {0x81, 0x82, 0x01, 0x02, 0x88, 0x89, 0x8A}) {
            for (int length = 0; length <= 0xFFFF; length += length < 200 ? 1 : 211) {
                check(role, LIMITS, new Wire(role).head(first, 2, length).bytes());
                check(role, LIMITS, new Wire(role).head(first, 8, length).bytes());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldJudgeEveryCloseCode(Role role) {
        for (int code = 0; code <= 0xFFFF; code++) {
            check(role, LIMITS, new Wire(role).frame(true, 8, Wire.closeBody(code, "")).bytes());
        }
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldRefuseASizeOnTheHeaderBeforeAnyPayload(Role role) {
        FrameDecoder decoder = new FrameDecoder(role, new FrameLimits(300, 4));
        byte[] header = new Wire(role).head(0x82, 2, 301).bytes();
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(header));

        assertEquals(4, decoder.decode(buffer, 0, 4));
        assertEquals(ProtocolViolation.MESSAGE_TOO_BIG, decoder.violation());
        assertEquals(CloseCode.MESSAGE_TOO_BIG, decoder.violation().closeCode());
    }

    @Test
    void shouldSayHowMuchOfAFrameIsToComeAndGoOnInAnotherBuffer() {
        byte[] payload = new byte[100_000];
        new Random(5).nextBytes(payload);
        byte[] input = new Wire(Role.SERVER).frame(true, 2, payload).bytes();
        FrameDecoder decoder = new FrameDecoder(Role.SERVER, FrameLimits.DEFAULTS);
        FrameBuffer first = FrameBuffer.wrap(ByteBuffer.wrap(Arrays.copyOf(input, 14 + 333)));

        assertEquals(14 + 333, decoder.decode(first, 0, 14 + 333));
        assertEquals(FrameDecoder.PART, decoder.event());
        assertEquals(payload.length - 333, decoder.frameRemaining());
        assertFalse(decoder.messageEnd());

        FrameBuffer second = FrameBuffer.allocateDirect(decoder.frameRemaining());
        second.bytes().put(0, input, 14 + 333, decoder.frameRemaining());
        assertEquals(second.capacity(), decoder.decode(second, 0, second.capacity()));
        assertEquals(FrameDecoder.PART, decoder.event());
        assertTrue(decoder.messageEnd());
        assertEquals(0, decoder.frameRemaining());
        byte[] rest = new byte[decoder.payloadLength()];
        decoder.payloadBuffer().get(decoder.payloadPosition(), rest);
        assertArrayEquals(Arrays.copyOfRange(payload, 333, payload.length), rest);
    }

    @Test
    void shouldGiveBackEveryBufferWhenItNeedsInput() {
        byte[] input = new Wire(Role.CLIENT).frame(true, 2, "whole").frame(true, 9, "split").bytes();
        FrameDecoder decoder = new FrameDecoder(Role.CLIENT, LIMITS);
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(input));

        int position = decoder.decode(buffer, 0, 8);
        assertEquals(FrameDecoder.MESSAGE, decoder.event());
        position = decoder.decode(buffer, position, 8);
        assertEquals(FrameDecoder.NEED_INPUT, decoder.event());
        assertNull(decoder.payloadBuffer());

        position = decoder.decode(buffer, position, 10);
        assertEquals(FrameDecoder.NEED_INPUT, decoder.event());
        decoder.decode(buffer, position, input.length);
        assertEquals(FrameDecoder.PING, decoder.event());
        assertNotSame(buffer.bytes(), decoder.payloadBuffer());
        assertEquals(5, decoder.payloadLength());
        decoder.decode(buffer, input.length, input.length);
        assertNull(decoder.payloadBuffer());
    }

    @Test
    void shouldNotMindPositionAndLimitOfTheBuffer() {
        byte[] input = new Wire(Role.SERVER).frame(true, 1, "hello").bytes();
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(input));
        buffer.bytes().position(3).limit(4);
        FrameDecoder decoder = new FrameDecoder(Role.SERVER, LIMITS);

        assertEquals(input.length, decoder.decode(buffer, 0, input.length));
        assertEquals(FrameDecoder.MESSAGE, decoder.event());
        assertEquals(3, buffer.bytes().position());
        assertEquals(4, buffer.bytes().limit());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 11})
    void shouldRefuseARangeThatIsNotInTheBuffer(int limit) {
        FrameBuffer buffer = FrameBuffer.allocateDirect(10);
        FrameDecoder decoder = new FrameDecoder(Role.SERVER, LIMITS);
        assertThrows(IndexOutOfBoundsException.class, () -> decoder.decode(buffer, 0, limit));
    }

    @Test
    void shouldKeepReasonsShortEnoughForACloseFrame() {
        for (ProtocolViolation violation : ProtocolViolation.values()) {
            assertTrue(Wire.utf8(violation.reason()).length <= 123, violation.name());
            assertFalse(violation.reason().isEmpty(), violation.name());
            assertTrue(CloseCode.isSendable(violation.closeCode()), violation.name());
        }
    }
}

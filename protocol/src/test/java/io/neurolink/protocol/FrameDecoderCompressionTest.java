package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RSV1 as permessage-deflate uses it (RFC 7692, section 6). */
final class FrameDecoderCompressionTest {
    private static final FrameLimits LIMITS = new FrameLimits(2_000, 8);
    private static final int RSV1 = 0x40;

    private static void check(Role role, Wire wire, String... expected) {
        var subject = new DecoderHarness.Subject(role, LIMITS, true);
        assertEquals(List.of(expected), subject.reference().decode(wire.bytes()));
        DecoderHarness.checkAllSplits(subject, wire.bytes());
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldTakeRsv1OnTheFirstFrameOfAMessage(Role role) {
        byte[] noText = Wire.bytes(0xFF, 0xC0);
        check(role, new Wire(role).frame(true, RSV1 | 1, noText).frame(true, RSV1 | 2, "b").frame(true, 1, "plain"),
                "compressed text ffc0", "compressed binary 62", "text 706c61696e");
        check(role, new Wire(role).frame(false, RSV1 | 1, noText).frame(true, 9, "p").frame(false, 0, "").frame(true, 0, noText)
                .frame(false, 1, "ä").frame(true, 0, "ö"), "ping 70", "compressed text ffc0ffc0", "text c3a4c3b6");
        check(role, new Wire(role).frame(true, RSV1 | 1, ""), "compressed text ");
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldRefuseRsv1Elsewhere(Role role) {
        for (int opcode : new int[] {0, 8, 9, 10, 3, 11}) {
            check(role, new Wire(role).frame(true, RSV1 | opcode, ""), "violation RESERVED_BIT");
        }
        check(role, new Wire(role).frame(false, RSV1 | 1, "a").frame(true, RSV1, "b"), "violation RESERVED_BIT");
        check(role, new Wire(role).frame(false, 1, "a").frame(true, RSV1, "b"), "violation RESERVED_BIT");
        for (int bits : new int[] {0x10, 0x20, 0x30, 0x50, 0x60, 0x70}) {
            check(role, new Wire(role).frame(true, bits | 1, ""), "violation RESERVED_BIT");
        }
        check(role, new Wire(role).frame(false, 1, "a").frame(true, RSV1 | 1, "b"), "violation INTERLEAVED_MESSAGE");
        check(role, new Wire(role).frame(true, 1, Wire.bytes(0xC0)), "violation INVALID_UTF8");
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldBoundCompressedMessagesOnTheWire(Role role) {
        int max = LIMITS.maxCompressedLength();
        assertEquals(2_000 + 250 + 1024, max);
        DecoderHarness.check(new DecoderHarness.Subject(role, LIMITS, true), new Wire(role).frame(true, RSV1 | 2, new byte[max]).bytes());
        check(role, new Wire(role).head(0x80 | RSV1 | 2, 2, max + 1), "violation MESSAGE_TOO_BIG");
        check(role, new Wire(role).frame(false, RSV1 | 2, "abc").head(0x80, 2, max - 2), "violation MESSAGE_TOO_BIG");
        check(role, new Wire(role).frame(true, RSV1 | 2, "abc").head(0x80 | 2, 2, 2_001), "compressed binary 616263",
                "violation MESSAGE_TOO_BIG");
        assertEquals(Integer.MAX_VALUE, new FrameLimits(Integer.MAX_VALUE, 1).maxCompressedLength());
    }

    @Test
    void shouldForgetCompressionWithTheMessage() {
        FrameDecoder decoder = new FrameDecoder(Role.CLIENT, LIMITS, true);
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(
                new Wire(Role.CLIENT).frame(true, RSV1 | 1, "a").frame(true, 9, "").frame(true, 1, "b").bytes()));
        int position = decoder.decode(buffer, 0, buffer.capacity());
        assertTrue(decoder.compressed());
        position = decoder.decode(buffer, position, buffer.capacity());
        assertFalse(decoder.compressed(), "a ping");
        decoder.decode(buffer, position, buffer.capacity());
        assertFalse(decoder.compressed());
        assertEquals(FrameDecoder.MESSAGE, decoder.event());
    }

    @Test
    void shouldWriteRsv1OnlyWhereItBelongs() {
        ByteBuffer dst = ByteBuffer.allocate(20);
        assertEquals(2, FrameEncoder.encodeHeader(dst, 0, FrameEncoder.RSV1 | Opcode.TEXT, true, 5));
        assertEquals((short) 0xC105, dst.getShort(0));
        assertEquals(4, FrameEncoder.encodeHeader(dst, 0, FrameEncoder.RSV1 | Opcode.BINARY, false, 300));
        assertEquals(0x427E012C, dst.getInt(0));
        assertEquals(14, FrameEncoder.encodeMaskedHeader(dst, 0, FrameEncoder.RSV1 | Opcode.BINARY, true, 70_000, 1));
        assertEquals((short) 0xC2FF, dst.getShort(0));
        for (int opcode : new int[] {0x40, 0x48, 0x49, 0x4A, 0x43, 0x21, 0x11, 0xC1, 0x61, 0x80000041}) {
            assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeHeader(dst, 0, opcode, true, 5));
        }
    }
}

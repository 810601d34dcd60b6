package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameEncoderTest {
    private static final int KEY = 0x0A0B0C0D;
    private static final int AT = 3;

    private final ByteBuffer dst = ByteBuffer.allocate(300);

    private String written(int length) {
        for (int i = AT + length; i < dst.capacity(); i++) {
            assertEquals(0, dst.get(i), "byte behind the frame");
        }
        assertEquals(0, dst.position());
        return HexFormat.of().formatHex(dst.array(), AT, AT + length);
    }

    @ParameterizedTest
    @CsvSource({
        "1, true, 0, 8100", "2, true, 125, 827d", "0, false, 5, 0005", "0, true, 5, 8005", "1, false, 1, 0101", "2, true, 126, 827e007e",
        "2, true, 65535, 827effff", "2, true, 65536, 827f0000000000010000", "1, true, 9223372036854775807, 817f7fffffffffffffff",
        "8, true, 0, 8800", "9, true, 125, 897d", "10, true, 3, 8a03"
    })
    void shouldWriteTheShortestHeader(int opcode, boolean fin, long length, String hex) {
        int written = FrameEncoder.encodeHeader(dst, AT, opcode, fin, length);
        assertEquals(FrameEncoder.headerLength(Role.SERVER, length), written);
        assertEquals(hex, written(written));

        int masked = FrameEncoder.encodeMaskedHeader(dst, AT, opcode, fin, length, KEY);
        assertEquals(FrameEncoder.headerLength(Role.CLIENT, length), masked);
        String second = String.format("%02x", Integer.parseInt(hex.substring(2, 4), 16) | 0x80);
        assertEquals(hex.substring(0, 2) + second + hex.substring(4) + "0a0b0c0d", written(masked));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, -1, -8, Integer.MIN_VALUE, Integer.MIN_VALUE + 1, 0x82})
    void shouldRefuseAnOpcodeThatIsNotDefined(int opcode) {
        var error = assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeHeader(dst, AT, opcode, true, 0));
        assertEquals("opcode " + opcode + " is not defined", error.getMessage());
        assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeMaskedHeader(dst, AT, opcode, true, 0, KEY));
        assertEquals("", written(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {Opcode.CLOSE, Opcode.PING, Opcode.PONG})
    void shouldRefuseControlFramesThatAreLongOrFragmented(int opcode) {
        String name = Opcode.name(opcode);
        var tooLong = assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeHeader(dst, AT, opcode, true, 126));
        assertEquals("a " + name + " frame must have at most 125 bytes, not 126", tooLong.getMessage());
        var noFin = assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeHeader(dst, AT, opcode, false, 1));
        assertEquals("a " + name + " frame must have the FIN bit", noFin.getMessage());
    }

    @Test
    void shouldRefuseANegativeLength() {
        assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeHeader(dst, AT, Opcode.TEXT, true, -1));
        assertThrows(IllegalArgumentException.class, () -> FrameEncoder.headerLength(Role.CLIENT, Long.MIN_VALUE));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 125, 126, 1000, 65535, 65536, 70_001})
    void shouldPutAHeaderInFrontOfAPayloadAndMaskIt(int length) {
        byte[] payload = new byte[length];
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) (i * 31);
        }
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.allocate(20 + length + 5));
        buffer.bytes().put(20, payload);

        int start = FrameEncoder.encodeMaskedFrame(buffer, 20, Opcode.BINARY, true, length, 0x37FA213D);

        byte[] expected = new Wire(Role.SERVER).frame(true, 2, payload).bytes();
        byte[] all = new byte[20 + length + 5];
        System.arraycopy(expected, 0, all, start, expected.length);
        assertArrayEquals(all, buffer.bytes().array());
        assertThrows(IndexOutOfBoundsException.class, () -> FrameEncoder.encodeMaskedFrame(buffer, 5, Opcode.TEXT, true, 3, KEY));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 124, 125})
    void shouldWritePingsAndPongs(int length) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 0x55);
        ByteBuffer source = ByteBuffer.allocateDirect(200).put(17, payload);

        int ping = FrameEncoder.encodeControl(dst, AT, Opcode.PING, source, 17, length);
        assertEquals(HexFormat.of().formatHex(new Wire(Role.CLIENT).frame(true, 9, payload).bytes()), written(ping));
        int pong = FrameEncoder.encodeMaskedControl(dst, AT, Opcode.PONG, source, 17, length, 0x37FA213D);
        assertEquals(HexFormat.of().formatHex(new Wire(Role.SERVER).frame(true, 10, payload).bytes()), written(pong));
    }

    @Test
    void shouldRefuseOtherControlFramesAndLongPayloads() {
        ByteBuffer source = ByteBuffer.allocate(200);
        assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeControl(dst, AT, Opcode.CLOSE, source, 0, 2));
        assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeMaskedControl(dst, AT, Opcode.TEXT, source, 0, 2, KEY));
        assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeControl(dst, AT, Opcode.PING, source, 0, 126));
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void shouldWriteCloseFramesThatTheOtherSideUnderstands(Role receiver) {
        for (int code : new int[] {1000, 1001, 1002, 1003, 1005, 1007, 1014, 3000, 4401, 4403, 4999}) {
            for (String reason : new String[] {"", "x", "wäg", "a".repeat(123)}) {
                int length = receiver == Role.SERVER
                        ? FrameEncoder.encodeMaskedClose(dst, AT, code, reason, KEY) : FrameEncoder.encodeClose(dst, AT, code, reason);
                FrameDecoder decoder = new FrameDecoder(receiver, FrameLimits.DEFAULTS);
                assertEquals(AT + length, decoder.decode(FrameBuffer.wrap(dst), AT, AT + length));
                assertEquals(FrameDecoder.CLOSE, decoder.event());
                assertEquals(code, decoder.closeCode());
                assertEquals(code == CloseCode.NO_STATUS ? "" : reason, decoder.closeReason());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"a, 123", "ä, 122", "☃, 123", "𝄞, 120"})
    void shouldCutAReasonAtTheEndOfACharacter(String character, int bytes) {
        int length = FrameEncoder.encodeClose(dst, AT, CloseCode.NORMAL, character.repeat(200));
        assertEquals(4 + bytes, length);
        assertTrue((character.repeat(200)).startsWith(new String(dst.array(), AT + 4, bytes, StandardCharsets.UTF_8)));
        written(length);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65536 + 1000})
    void shouldRefuseACloseCodeThatMustNotBeSent(int code) {
        var error = assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeClose(dst, AT, code, ""));
        assertEquals("close code " + code + " must not be sent", error.getMessage());
        assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encodeMaskedClose(dst, AT, code, "", KEY));
    }
}

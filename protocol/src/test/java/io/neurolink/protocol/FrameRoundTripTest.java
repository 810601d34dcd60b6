package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class FrameRoundTripTest {
    private final FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.allocate(1024));

    @Test
    void shouldDecodeAMaskedTextMessage() {
        byte[] text = "häuser ☃".getBytes(StandardCharsets.UTF_8);
        buffer.bytes().put(100, text);
        int start = FrameEncoder.encodeMaskedFrame(buffer, 100, Opcode.TEXT, true, text.length, 0x12345678);
        FrameDecoder decoder = new FrameDecoder(Role.SERVER, FrameLimits.DEFAULTS);

        int next = decoder.decode(buffer, start, 100 + text.length);

        assertEquals(FrameDecoder.MESSAGE, decoder.event());
        assertEquals(100 + text.length, next);
        byte[] payload = new byte[decoder.payloadLength()];
        decoder.payloadBuffer().get(decoder.payloadPosition(), payload);
        assertEquals("häuser ☃", new String(payload, StandardCharsets.UTF_8));
    }

    @Test
    void shouldAssembleACloseFrameThatComesByteByByte() {
        int length = FrameEncoder.encodeClose(buffer.bytes(), 0, CloseCode.NORMAL, "done");
        FrameDecoder decoder = new FrameDecoder(Role.CLIENT, FrameLimits.DEFAULTS);
        for (int i = 0; i < length; i++) {
            assertEquals(FrameDecoder.NEED_INPUT, decoder.event());
            decoder.decode(buffer, i, i + 1);
        }
        assertEquals(FrameDecoder.CLOSE, decoder.event());
        assertEquals(CloseCode.NORMAL, decoder.closeCode());
        assertEquals("done", decoder.closeReason());
        assertTrue(decoder.isDone());
    }
}

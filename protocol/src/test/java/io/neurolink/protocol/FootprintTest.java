package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Counts what the codec allocates, by the JVM's own books. */
final class FootprintTest {
    private static final int COUNT = 20_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void shouldHoldAnIdleConnectionIn64Bytes() {
        FrameDecoder[] decoders = new FrameDecoder[COUNT];
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < COUNT; i++) {
            decoders[i] = new FrameDecoder(Role.SERVER, FrameLimits.DEFAULTS);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / COUNT;
        assertTrue(each <= 64, "bytes of a decoder: " + each);
        assertEquals(FrameDecoder.NEED_INPUT, decoders[COUNT - 1].event());
    }

    @Test
    void shouldNotAllocateForMessagesWhollyInTheBufferNorInParts() {
        byte[] input = new Wire(Role.SERVER).frame(true, 2, new byte[64]).frame(true, 1, "häuser").frame(true, 9, "ping")
                .frame(false, 1, "a").frame(true, 10, "").frame(false, 0, "☃").frame(true, 0, "z")
                .frame(true, 2, new byte[70_000]).bytes();
        FrameBuffer buffer = FrameBuffer.allocateDirect(input.length);
        FrameDecoder decoder = new FrameDecoder(Role.SERVER, FrameLimits.DEFAULTS);
        int events = decodeAndAnswer(decoder, buffer, input);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) {
            assertEquals(events, decodeAndAnswer(decoder, buffer, input));
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(8 + 1, events, "events, the large message in two parts");
        assertTrue(allocated < 1000, "bytes for 9000 events: " + allocated);
    }

    private final FrameBuffer out = FrameBuffer.allocateDirect(200);

    private int decodeAndAnswer(FrameDecoder decoder, FrameBuffer buffer, byte[] input) {
        buffer.bytes().put(0, input);
        int events = 0;
        int half = input.length / 2;
        int position = 0;
        for (int limit = half; ; limit = input.length) {
            do {
                position = decoder.decode(buffer, position, limit);
                events += decoder.event() == FrameDecoder.NEED_INPUT ? 0 : 1;
                answer(decoder);
            } while (decoder.event() != FrameDecoder.NEED_INPUT);
            if (limit == input.length) {
                return events;
            }
        }
    }

    private void answer(FrameDecoder decoder) {
        switch (decoder.event()) {
            case FrameDecoder.PING -> FrameEncoder.encodeControl(
                    out.bytes(), 0, Opcode.PONG, decoder.payloadBuffer(), decoder.payloadPosition(), decoder.payloadLength());
            case FrameDecoder.MESSAGE -> FrameEncoder.encodeMaskedFrame(out, 20, decoder.opcode(), true, 100, 42);
            case FrameDecoder.PART -> FrameEncoder.encodeClose(out.bytes(), 0, CloseCode.NORMAL, "reason");
            default -> FrameEncoder.encodeHeader(out.bytes(), 0, Opcode.TEXT, true, Utf8Encoder.encode("text", out.bytes(), 2));
        }
    }
}

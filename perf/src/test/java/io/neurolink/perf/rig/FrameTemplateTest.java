package io.neurolink.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Role;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameTemplateTest {
    @ParameterizedTest
    @CsvSource({"8, false, 5", "64, false, 16", "126, false, 2", "300, true, 3", "31, true, 2", "70000, false, 2", "400000, true, 1"})
    void shouldLayOutWhatAServerUnderstands(int size, boolean isText, int expectedCount) {
        Payload payload = new Payload(size, isText);
        FrameTemplate frames = new FrameTemplate(payload, 16, 0x89ABCDEF);
        frames.prepare(1, 0, 1);
        frames.bytes().limit(frames.end(0));
        int count = frames.prepare(3, 1000, expectedCount);
        assertEquals(expectedCount, count);

        int length = frames.end(count - 1);
        FrameBuffer copy = FrameBuffer.wrap(ByteBuffer.allocate(length).put(0, frames.bytes(), 0, length));
        FrameDecoder decoder = new FrameDecoder(Role.SERVER, new FrameLimits(size, 1));
        int position = 0;
        for (int i = 0; i < count; i++) {
            position = decoder.decode(copy, position, length);
            assertEquals(FrameDecoder.MESSAGE, decoder.event());
            assertEquals(frames.end(i), position);
            assertTrue(payload.matches(copy.bytes(), decoder.payloadPosition(), decoder.payloadLength(), 0, payload.stamp(3, 1000 + i)));
        }
    }
}

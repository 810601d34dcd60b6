package io.neurolink.perf.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerFramesTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000, 100_000})
    void shouldFindTheFramesWhateverComesAtOnce(int atOnce) {
        ByteBuffer bytes = ByteBuffer.allocate(80_000);
        bytes.put((byte) 0x81).put((byte) 2).put(new byte[] {'h', 'i'});
        bytes.put((byte) 0x82).put((byte) 126).putShort((short) 300).put(new byte[300]);
        bytes.put((byte) 0x02).put((byte) 127).putLong(70_000).put(new byte[70_000]);
        bytes.put((byte) 0x88).put((byte) 2).putShort((short) 1001).put((byte) 0x8A).put((byte) 0);
        bytes.flip();
        List<String> found = new ArrayList<>();
        ServerFrames frames = new ServerFrames((first, length, payload) -> found.add(
                Integer.toHexString(first) + " " + length + " " + payload.remaining()));
        while (bytes.hasRemaining()) {
            int count = Math.min(atOnce, bytes.remaining());
            frames.take(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
        }

        assertEquals(List.of("81 2 2", "82 300 125", "2 70000 125", "88 2 2", "8a 0 0"), found);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 125, 126, 65_535, 65_536, Long.MAX_VALUE, Long.MIN_VALUE})
    void shouldDeclareLengthsInTheShortestForm(long length) {
        byte[] header = Bytes.header(Bytes.FIN | Bytes.BINARY, length);
        int expected = length >= 0 && length < 126 ? 6 : length >= 0 && length < 65_536 ? 8 : 14;

        assertEquals(expected, header.length);
        assertEquals((byte) 0x82, header[0]);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 200})
    void shouldMaskPayloads(int length) {
        byte[] frame = Bytes.frame(Bytes.FIN | Bytes.BINARY, new byte[length]);
        int headerLength = frame.length - length;
        byte[] mask = new byte[length];
        for (int i = 0; i < length; i++) {
            mask[i] = frame[headerLength - 4 + i % 4];
        }

        assertArrayEquals(mask, Arrays.copyOfRange(frame, headerLength, frame.length));
    }
}

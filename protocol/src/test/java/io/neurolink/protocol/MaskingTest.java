package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MaskingTest {
    private static final int KEY = 0xA1B2C3D4;
    private static final int CAPACITY = 4200;

    private final byte[] plain = new byte[CAPACITY];
    private final Random random = new Random(7);

    private byte[] expected(int position, int length) {
        byte[] result = plain.clone();
        for (int i = 0; i < length; i++) {
            result[position + i] ^= (byte) (KEY >> 24 - 8 * (i % 4));
        }
        return result;
    }

    private static byte[] content(ByteBuffer bytes) {
        byte[] result = new byte[bytes.capacity()];
        bytes.get(0, result);
        return result;
    }

    private void check(ByteBuffer bytes, int position, int length) {
        random.nextBytes(plain);
        byte[] expected = expected(position, length);
        FrameBuffer buffer = FrameBuffer.wrap(bytes.put(0, plain));
        Masking.xor(buffer, position, length, KEY);
        assertArrayEquals(expected, content(bytes), () -> position + ", " + length);
        Masking.xor(bytes, position, length, KEY);
        assertArrayEquals(plain, content(bytes), () -> position + ", " + length);
    }

    @Test
    void shouldMaskEveryShortLengthAtEveryAlignment() {
        ByteBuffer direct = ByteBuffer.allocateDirect(CAPACITY);
        ByteBuffer heap = ByteBuffer.allocate(CAPACITY);
        for (int position = 0; position < 17; position++) {
            for (int length = 0; length < 150; length++) {
                check(direct, position, length);
                check(heap, position, length);
            }
        }
    }

    @Test
    void shouldMaskLongPayloadsAtEveryAlignmentUpToTheEnd() {
        ByteBuffer direct = ByteBuffer.allocateDirect(CAPACITY + 3).slice(3, CAPACITY);
        ByteBuffer heap = ByteBuffer.wrap(new byte[CAPACITY + 5]).slice(5, CAPACITY);
        for (int position = 0; position < 17; position++) {
            for (int end = CAPACITY - 17; end <= CAPACITY; end++) {
                check(direct, position, end - position);
                check(heap, position, end - position);
            }
        }
    }

    @Test
    void shouldMaskWhileCopyingWhateverTheSourceIs() {
        FrameBuffer target = FrameBuffer.allocateDirect(CAPACITY);
        for (ByteBuffer source : List.of(ByteBuffer.allocate(CAPACITY), ByteBuffer.allocateDirect(CAPACITY),
                ByteBuffer.allocateDirect(CAPACITY).order(ByteOrder.LITTLE_ENDIAN),
                ByteBuffer.allocate(CAPACITY + 3).slice(3, CAPACITY).order(ByteOrder.LITTLE_ENDIAN))) {
            for (int position = 0; position < 9; position++) {
                for (int length = 0; length < 150; length++) {
                    checkCopy(source, position, target, 20 - position, length);
                }
            }
            checkCopy(source, 5, target, 3, CAPACITY - 5);
            checkCopy(source.asReadOnlyBuffer().order(source.order()), 0, target, 0, CAPACITY);
        }
    }

    private void checkCopy(ByteBuffer source, int from, FrameBuffer target, int to, int length) {
        random.nextBytes(plain);
        target.bytes().put(0, plain);
        byte[] expected = plain.clone();
        for (int i = 0; i < length; i++) {
            expected[to + i] = (byte) (source.get(from + i) ^ KEY >> 24 - 8 * (i % 4));
        }
        Masking.copy(source, from, target, to, length, KEY);
        assertArrayEquals(expected, content(target.bytes()), () -> from + ", " + to + ", " + length + ", " + source);
    }

    @Test
    void shouldNotCopyBeyondTheEnd() {
        FrameBuffer target = FrameBuffer.allocateDirect(10);
        for (int length : new int[] {7, 20}) {
            ByteBuffer source = ByteBuffer.allocate(length);
            assertThrows(IndexOutOfBoundsException.class, () -> Masking.copy(source, 1, target, 0, length, KEY));
            assertThrows(IndexOutOfBoundsException.class, () -> Masking.copy(source, 0, target, 10 - length + 1, length, KEY));
        }
    }

    @Test
    void shouldMaskInBuffersThatAreShorterThanAWord() {
        for (int capacity = 0; capacity < 20; capacity++) {
            for (int position = 0; position <= capacity; position++) {
                byte[] bytes = new byte[capacity];
                byte[] expected = new byte[capacity];
                for (int i = position; i < capacity; i++) {
                    expected[i] = (byte) (KEY >> 24 - 8 * ((i - position) % 4));
                }
                Masking.xor(FrameBuffer.wrap(ByteBuffer.wrap(bytes)), position, capacity - position, KEY);
                assertArrayEquals(expected, bytes);
            }
        }
    }

    @Test
    void shouldContinueWithATurnedKey() {
        byte[] expected = expected(3, 100);
        for (int cut = 0; cut <= 100; cut++) {
            FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(plain.clone()));
            Masking.xor(buffer, 3, cut, KEY);
            Masking.xor(buffer, 3 + cut, 100 - cut, Masking.rotate(KEY, cut));
            assertArrayEquals(expected, content(buffer.bytes()));
        }
    }

    @Test
    void shouldSayWhetherTheResultIsAscii() {
        for (int length = 1; length < 100; length++) {
            for (int at = -1; at < length; at++) {
                byte[] text = new byte[length + 9];
                Arrays.fill(text, (byte) 0xFF);
                for (int i = 0; i < length; i++) {
                    text[i] = (byte) (i == at ? 0x80 : i & 0x7F);
                }
                FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(text));
                Masking.xor(buffer, 0, length, KEY);
                long seen = Masking.xorGathering(buffer, 0, length, KEY);
                assertEquals(at < 0, (seen & 0x8080808080808080L) == 0, "length " + length + ", at " + at);
            }
        }
    }
}

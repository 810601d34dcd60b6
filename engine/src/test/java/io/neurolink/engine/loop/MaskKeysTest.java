package io.neurolink.engine.loop;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MaskKeysTest {
    /** Enough for several blocks; two of them change the key of the cipher. */
    private static final int COUNT = 9_000_000;

    @Test
    void shouldSpreadItsKeysEvenly() {
        MaskKeys keys = MaskKeys.create();
        long[] ones = new long[Integer.SIZE];
        int[] low = new int[1 << 16];
        for (int i = 0; i < COUNT; i++) {
            int key = keys.next();
            for (int bit = 0; bit < Integer.SIZE; bit++) {
                ones[bit] += key >>> bit & 1;
            }
            low[key & 0xFFFF]++;
        }
        for (long count : ones) {
            // Ten standard deviations of a fair coin.
            assertTrue(Math.abs(count - COUNT / 2.0) < 10 * Math.sqrt(COUNT) / 2, () -> "a bit is set " + count + " times of " + COUNT);
        }
        double expected = COUNT / 65_536.0;
        for (int count : low) {
            assertTrue(Math.abs(count - expected) < 10 * Math.sqrt(expected), () -> "a value came " + count + " times, not " + expected);
        }
    }

    @Test
    void shouldNotBeThoseOfAnotherLoop() {
        MaskKeys one = MaskKeys.create();
        MaskKeys other = MaskKeys.create();
        int same = 0;
        for (int i = 0; i < 10_000; i++) {
            same += one.next() == other.next() ? 1 : 0;
        }
        assertTrue(same < 3);
    }

    @Test
    void shouldNotRepeatWhenABlockIsUsedUp() {
        MaskKeys keys = MaskKeys.create();
        int[] first = new int[4096];
        for (int i = 0; i < first.length; i++) {
            first[i] = keys.next();
        }
        int same = 0;
        for (int key : first) {
            same += keys.next() == key ? 1 : 0;
        }
        assertNotEquals(first.length, same);
        assertTrue(same < 3);
    }
}

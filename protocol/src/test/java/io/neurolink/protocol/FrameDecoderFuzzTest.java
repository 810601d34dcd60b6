package io.neurolink.protocol;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Random;

/**
 * Whatever the bytes and however they are cut, the decoder says what the slow reference says, and says it at the same byte.
 * The first byte of an input chooses the limits and whether RSV1 has a meaning, the second seeds the cuts, the rest is what the peer sends.
 */
final class FrameDecoderFuzzTest {
    private static final FrameLimits[] LIMITS = {
        new FrameLimits(1 << 20, 1024), new FrameLimits(130, 4), new FrameLimits(1, 1),
        new FrameLimits(Integer.MAX_VALUE, Integer.MAX_VALUE)
    };

    private static final int COMPRESSIBLE = 16;

    @FuzzTest
    void shouldAgreeWithTheReferenceAsServer(byte[] data) {
        compare(Role.SERVER, data);
    }

    @FuzzTest
    void shouldAgreeWithTheReferenceAsClient(byte[] data) {
        compare(Role.CLIENT, data);
    }

    private static void compare(Role role, byte[] data) {
        if (data.length < 2) {
            return;
        }
        FrameLimits limits = LIMITS[data[0] & LIMITS.length - 1];
        Random random = new Random(data[1]);
        int longest = 1 + random.nextInt(64);
        byte[] input = Arrays.copyOfRange(data, 2, data.length);
        DecoderHarness.Subject subject = new DecoderHarness.Subject(role, limits, (data[0] & COMPRESSIBLE) != 0);
        DecoderHarness.check(subject, input);
        DecoderHarness.checkByteByByte(subject, input);
        DecoderHarness.checkSplit(subject, input, at -> 1 + random.nextInt(longest));
    }
}

package io.neurolink.protocol.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.neurolink.protocol.handshake.DecodeStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Whatever the bytes and however they are cut: what the slow reader makes of them, no byte taken from what is behind the header, and never
 * an exception. The first byte of an input chooses how the others begin, so that a run need not find a signature first.
 */
final class ProxyProtocolFuzzTest {
    private static final byte[][] STARTS = {
        {}, ProxyHeaders.SIGNATURE, "PROXY TCP4 ".getBytes(StandardCharsets.ISO_8859_1), "PROXY TCP6 ".getBytes(StandardCharsets.ISO_8859_1)
    };

    @FuzzTest
    void shouldAgreeWithTheReferenceHoweverTheBytesAreCut(byte[] data) {
        if (data.length == 0) {
            return;
        }
        final byte[] input = ProxyHeaders.concat(STARTS[data[0] & STARTS.length - 1], Arrays.copyOfRange(data, 1, data.length));
        final ProxyHeaders.Result result = ProxyHeaders.everyWay(input, data[0]);
        final ProxyHeaders.Result expected = ProxyHeaders.reference(input);
        assertEquals(expected.status(), result.status());
        assertEquals(expected.header(), result.header());
        if (expected.status() == DecodeStatus.COMPLETE) {
            assertEquals(expected.consumed(), result.consumed());
        }
    }
}

package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;

/** What the fuzz targets of both decoders share. */
final class HeadFuzz {
    private static final HttpLimits[] LIMITS = {
        HttpLimits.DEFAULTS, new HttpLimits(16, 16, 16, 1), new HttpLimits(64, 32, 128, 4), Heads.WIDE_LIMITS
    };

    private HeadFuzz() {
    }

    interface Decode {
        int decode(ByteBuffer in, int position, int limit);
    }

    static HttpLimits limits(byte choice) {
        return LIMITS[choice & LIMITS.length - 1];
    }

    static void decode(Decode decoder, byte[] input) {
        decoder.decode(ByteBuffer.wrap(input), 0, input.length);
    }

    static Heads.Result compare(Heads.Machine machine, HttpLimits limits, byte[] input, int seed) {
        final Heads.Result result = Heads.whole(machine, input);
        checkHeld(machine, limits, result);
        assertEquals(result, Heads.byteByByte(machine, input));
        assertEquals(result, Heads.inRandomPieces(machine, input, new Random(seed)));
        assertEquals(result.status() == DecodeStatus.COMPLETE, result.head() != null);
        assertEquals(result.status() == DecodeStatus.VIOLATION, result.violation() != null);
        return result;
    }

    private static void checkHeld(Heads.Machine machine, HttpLimits limits, Heads.Result result) {
        assertTrue(result.consumed() <= limits.maxHeadBytes() + 2, "an empty line and a head, not more");
        assertTrue(machine.heldBytes() <= Math.max(256, limits.maxHeadBytes()));
        assertTrue(machine.heldBytes() <= Math.max(256, 2 * result.consumed()));
        if (result.status() != DecodeStatus.NEED_INPUT) {
            assertEquals(0, machine.heldBytes());
        }
    }

    /** Every CR has its LF and the other way round, and the first empty line after the start line is the end. */
    static void checkLines(String bytes) {
        final String head = bytes.startsWith("\r\n") ? bytes.substring(2) : bytes;
        assertEquals(head.length() - 4, head.indexOf("\r\n\r\n"));
        final String rest = head.replace("\r\n", "");
        assertTrue(rest.indexOf('\r') < 0 && rest.indexOf('\n') < 0 && rest.indexOf('\0') < 0);
    }

    static String write(HttpFields fields) {
        final StringBuilder out = new StringBuilder();
        for (int i = 0; i < fields.count(); i++) {
            final HttpField field = new HttpField(fields.name(i), fields.value(i));
            out.append(field.name()).append(": ").append(field.value()).append("\r\n");
        }
        return out.append("\r\n").toString();
    }
}

package io.neurolink.protocol.deflate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Whatever payload a peer sends: a bounded number of steps, and what comes out is what one inflater makes of all of it. */
final class InflateFuzzTest {
    private static final int LIMIT = 64 * 1024;

    /** The first byte chooses how large the steps are, the rest is the payload. */
    @FuzzTest
    void shouldInflateInStepsAsInOne(byte[] data) {
        if (data.length < 1) {
            return;
        }
        byte[] payload = Arrays.copyOfRange(data, 1, data.length);
        try (MessageInflater inflater = new MessageInflater()) {
            byte[] whole = inflate(inflater, payload, LIMIT + 1);
            byte[] steps = inflate(inflater, payload, 1 + (data[0] & 0xFF));
            assertArrayEquals(whole, steps);
            checkBeginning(payload, whole);
            byte[] good = Payloads.inflate(inflater, Payloads.hex("f2 48 cd c9 c9 07 00"), null, 9);
            assertEquals(5, good.length, "good after whatever came before");
        }
    }

    /** The bytes are a message: it comes back, at whatever window, through whatever history. */
    @FuzzTest
    void shouldInflateWhatWasDeflated(byte[] data) {
        if (data.length < 1) {
            return;
        }
        int windowBits = 8 + (data[0] & 7);
        boolean keepContext = (data[0] & 8) != 0;
        try (MessageDeflater deflater = new MessageDeflater(1 + (data[0] >> 4 & 7)); MessageInflater inflater = new MessageInflater()) {
            InflateHistory history = keepContext ? new InflateHistory(windowBits) : null;
            RawDeflate reference = new RawDeflate();
            for (int i = 0; i < 3; i++) {
                byte[] message = Arrays.copyOfRange(data, Math.min(i, data.length), data.length);
                byte[] payload = Payloads.deflate(deflater, message, windowBits, keepContext);
                assertNotNull(payload);
                assertArrayEquals(message, Payloads.inflate(inflater, payload, history, 4096));
                assertArrayEquals(message, reference.message(payload));
            }
            assertTrue(reference.largestDistance() <= 1 << windowBits);
        }
    }

    /** @return the message or its first {@link #LIMIT} bytes and one more; null if it is corrupt. */
    private static byte[] inflate(MessageInflater inflater, byte[] payload, int step) {
        ByteBuffer all = ByteBuffer.allocate(LIMIT + 1);
        inflater.begin(ByteBuffer.wrap(payload), null);
        while (true) {
            int from = all.position();
            int status = inflater.inflate(all.limit(Math.min(all.capacity(), from + step)));
            if (status == MessageInflater.CORRUPT) {
                return null;
            }
            if (status == MessageInflater.DONE || all.position() > LIMIT) {
                return Arrays.copyOf(all.array(), all.position());
            }
            assertTrue(all.position() == from + step, "full");
        }
    }

    /** As long as there is no last block, a JDK inflater makes the same of it. */
    private static void checkBeginning(byte[] payload, byte[] message) {
        Inflater jdk = new Inflater(true);
        try {
            jdk.setInput(payload);
            byte[] expected = new byte[LIMIT + 1];
            int length = jdk.inflate(expected);
            if (message != null) {
                assertArrayEquals(Arrays.copyOf(expected, length), Arrays.copyOf(message, length));
                assertTrue(length == message.length || jdk.finished(), "length");
            }
        } catch (DataFormatException e) {
            assertEquals(null, message);
        } finally {
            jdk.end();
        }
    }
}

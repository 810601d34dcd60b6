package io.neurolink.protocol.deflate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageDeflaterTest {
    private static final int MESSAGES = 5;

    /** The slow reference sees every distance, and a zlib with the full window reads the same. */
    @Property(tries = 150)
    void shouldNeverLookBackFurtherThanAgreed(
            @ForAll @IntRange(min = 8, max = 15) int windowBits, @ForAll boolean keepContext, @ForAll @IntRange(min = 1, max = 9) int level,
            @ForAll @IntRange(max = 3) int kind, @ForAll @IntRange(max = 3_000) int length, @ForAll @IntRange(max = 999) int seed) {
        try (MessageDeflater deflater = new MessageDeflater(level); MessageInflater inflater = new MessageInflater()) {
            RawDeflate reference = new RawDeflate();
            InflateHistory history = keepContext ? new InflateHistory(windowBits) : null;
            for (int i = 0; i < MESSAGES; i++) {
                byte[] message = Payloads.of(kind, length * (i % 3 + 1) / 2, i % 2 == 0 ? seed : seed + i);
                byte[] payload = Payloads.deflate(deflater, message, windowBits, keepContext);
                assertArrayEquals(message, reference.message(payload), "the reference");
                assertArrayEquals(message, Payloads.inflate(inflater, payload, history, 1 + seed), "our inflater");
            }
            assertTrue(reference.largestDistance() <= 1 << windowBits, "distance " + reference.largestDistance());
            assertTrue(keepContext || reference.farthestBeforeMessage() <= 0, "looks back over messages");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 10, 11, 12, 13, 14, 15})
    void shouldHonourTheWindowOverLongMessagesThatRepeatFromAfar(int windowBits) {
        try (MessageDeflater deflater = new MessageDeflater(6); MessageInflater inflater = new MessageInflater()) {
            RawDeflate reference = new RawDeflate();
            byte[] message = Payloads.of(3, 100_000, windowBits);
            byte[] payload = Payloads.deflate(deflater, message, windowBits, true);
            assertArrayEquals(message, reference.message(payload));
            assertArrayEquals(message, Payloads.inflate(inflater, payload, null, 64 * 1024));
            assertTrue(reference.largestDistance() <= 1 << windowBits, "distance " + reference.largestDistance());
            assertTrue(reference.largestDistance() > 1 << windowBits - 2, "makes use of the window: " + reference.largestDistance());
        }
    }

    @Test
    void shouldLookBackOverMessagesWithContextOnly() {
        byte[] message = Payloads.of(0, 200, 7);
        try (MessageDeflater deflater = new MessageDeflater(6)) {
            byte[] first = Payloads.deflate(deflater, message, 15, true);
            assertTrue(first.length > 200, "noise");
            assertTrue(Payloads.deflate(deflater, message, 15, true).length < 20, "seen before");
            deflater.reset();
            assertEquals(first.length, Payloads.deflate(deflater, message, 15, true).length, "forgotten");
            assertEquals(first.length, Payloads.deflate(deflater, message, 15, false).length < 20 ? first.length : -1,
                    "a message after context sees it still");
            assertEquals(first.length, Payloads.deflate(deflater, message, 15, false).length, "and the next does not");
        }
    }

    @Test
    void shouldWriteAnEmptyMessageAsOneByte() {
        try (MessageDeflater deflater = new MessageDeflater(1)) {
            for (boolean keepContext : new boolean[] {true, false}) {
                assertArrayEquals(new byte[1], Payloads.deflate(deflater, new byte[0], 15, keepContext));
                assertArrayEquals(new byte[1], Payloads.deflate(deflater, new byte[0], 8, keepContext));
                assertNotNull(Payloads.deflate(deflater, new byte[10], 9, keepContext));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 15})
    void shouldGiveUpWhereTheResultIsTooLongAndGoOnCleanly(int windowBits) {
        byte[] noise = Payloads.of(0, 5_000, 3);
        byte[] text = Payloads.of(2, 5_000, 4);
        try (MessageDeflater deflater = new MessageDeflater(6)) {
            RawDeflate reference = new RawDeflate();
            assertNull(Payloads.deflate(deflater, noise, windowBits, true, noise.length + MessageDeflater.MARGIN, true));
            int length = Payloads.deflate(deflater, text, windowBits, true).length;
            deflater.reset();
            for (int room = 0; room < length + MessageDeflater.MARGIN; room += room < length - 8 ? 97 : 1) {
                byte[] payload = Payloads.deflate(deflater, text, windowBits, true, room, room % 2 == 0);
                assertTrue(payload == null || room > length, "room " + room + " of " + length);
                deflater.reset();
            }
            byte[] exact = Payloads.deflate(deflater, text, windowBits, true, length + MessageDeflater.MARGIN, true);
            assertArrayEquals(text, reference.message(exact));
        }
    }

    @Test
    void shouldNotAllocateForMessages() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] json = Payloads.of(2, 1024, 1);
        ByteBuffer src = ByteBuffer.allocateDirect(1024).put(json);
        ByteBuffer dst = ByteBuffer.allocateDirect(2048);
        ByteBuffer out = ByteBuffer.allocateDirect(2048);
        InflateHistory history = new InflateHistory(12);
        try (MessageDeflater deflater = new MessageDeflater(6); MessageInflater inflater = new MessageInflater()) {
            long before = 0;
            for (int i = 0; i < 3_000; i++) {
                if (i == 1_000) {
                    before = threads.getCurrentThreadAllocatedBytes();
                }
                assertTrue(deflater.deflate(src.clear(), dst.clear(), 12, true) > 0);
                inflater.begin(dst.flip(), history);
                assertEquals(MessageInflater.DONE, inflater.inflate(out.clear()));
                history.append(out, 0, out.position());
            }
            long each = (threads.getCurrentThreadAllocatedBytes() - before) / 2_000;
            assertTrue(each < 4, "bytes per round trip: " + each);
            byte[] result = new byte[1024];
            out.get(0, result);
            assertArrayEquals(json, result);
        }
    }

    @Test
    void shouldHoldNoMessageAndNoMemoryAfterwards() {
        MessageDeflater deflater = new MessageDeflater(6);
        assertNotNull(Payloads.deflate(deflater, new byte[100], 15, true));
        deflater.close();
        deflater.close();
        assertThrows(RuntimeException.class, () -> Payloads.deflate(deflater, new byte[100], 15, true));
        for (int level : new int[] {0, 10, -1}) {
            assertThrows(IllegalArgumentException.class, () -> new MessageDeflater(level));
        }
    }

    @Test
    void shouldRememberTheLastBytesOfAHistory() {
        for (int windowBits : new int[] {8, 11, 15}) {
            InflateHistory history = new InflateHistory(windowBits);
            byte[] all = new byte[0];
            for (int i = 0; i < 400; i++) {
                byte[] more = Payloads.of(0, i * 37 % 700 + (i % 50 == 49 ? 40_000 : 0), i);
                history.append(ByteBuffer.wrap(more), 0, more.length);
                byte[] longer = Arrays.copyOf(all, all.length + more.length);
                System.arraycopy(more, 0, longer, all.length, more.length);
                all = Arrays.copyOfRange(longer, Math.max(0, longer.length - (1 << windowBits)), longer.length);
                assertEquals(all.length, history.length());
                assertTrue(history.capacity() >= all.length && history.capacity() <= Math.max(1 << windowBits, 2 * all.length));
                if (i % 20 == 0 || i > 390) {
                    assertRemembers(history, all);
                }
            }
        }
    }

    /** A compressor given the same history as a dictionary refers to it everywhere. */
    private static void assertRemembers(InflateHistory history, byte[] expected) {
        var jdk = new java.util.zip.Deflater(9, true);
        jdk.setDictionary(expected);
        jdk.setInput(expected);
        byte[] payload = new byte[expected.length + expected.length / 4 + 100];
        int length = jdk.deflate(payload, 0, payload.length, java.util.zip.Deflater.SYNC_FLUSH) - 4;
        jdk.end();
        if (expected.length == 0) {
            return;
        }
        try (MessageInflater inflater = new MessageInflater()) {
            ByteBuffer dst = ByteBuffer.allocate(expected.length + 1);
            inflater.begin(ByteBuffer.wrap(payload, 0, length), history);
            assertEquals(MessageInflater.DONE, inflater.inflate(dst));
            assertArrayEquals(expected, Arrays.copyOf(dst.array(), dst.position()));
        }
    }
}

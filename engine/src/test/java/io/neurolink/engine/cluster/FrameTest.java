package io.neurolink.engine.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.cluster.Frame.Type;
import io.neurolink.engine.cluster.GroupMessage.Target;
import io.neurolink.engine.spi.ConnectionFilter;
import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What travels on the bus: read as it was written, refused when it is something else, put together or given up. */
class FrameTest {
    private static final byte[] NAME = "n\u00FC".getBytes(StandardCharsets.UTF_8);

    private final Counters counters = new Counters();
    private final AssemblyBudget budget = new AssemblyBudget(1500);
    private final FrameStream stream = new FrameStream(counters.shared(), 1000, budget);

    private static byte[] frame(Type type, int part, int parts, long number, int... body) {
        byte[] bytes = new byte[Frame.headerLength(NAME) + body.length];
        for (int i = 0; i < body.length; i++) {
            bytes[Frame.headerLength(NAME) + i] = (byte) body[i];
        }
        Frame.writeHeader(bytes, type, part, parts, 1_750_000_000_000L, number, NAME);
        return bytes;
    }

    @Test
    void shouldReadWhatItWrote() {
        Frame frame = Frame.parse(frame(Type.ANSWER, 65_534, 65_535, -5, 1, 2));
        assertEquals(new Frame(Type.ANSWER, 65_534, 65_535, 1_750_000_000_000L, -5, "n\u00FC", ByteBuffer.wrap(new byte[] {1, 2})), frame);
        assertTrue(Frame.isControl(frame(Type.BYE, 0, 1, 1)));
        assertFalse(Frame.isControl(frame(Type.MESSAGE, 0, 1, 1)));
    }

    @Test
    void shouldRefuseWhatIsNoFrame() {
        byte[] good = frame(Type.MESSAGE, 0, 1, 1, 7);
        for (int length = 0; length < Frame.headerLength(NAME); length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThrows(IllegalArgumentException.class, () -> Frame.parse(cut));
            Frame.isControl(cut);
        }
        assertRefused(good, 0, 2);
        assertRefused(good, 1, 7);
        assertRefused(good, 1, -1);
        assertRefused(good, 3, 1);
        assertRefused(good, 22, 0);
        assertRefused(good, 22, 65);
        assertRefused(frame(Type.MESSAGE, 0, 0, 1), 4, 0);
    }

    private static void assertRefused(byte[] good, int offset, int value) {
        byte[] bad = good.clone();
        bad[offset] = (byte) value;
        assertThrows(IllegalArgumentException.class, () -> Frame.parse(bad), () -> "byte " + offset + " = " + value);
    }

    @Test
    void shouldReadAMessageForAGroupAsItWasWritten() {
        ByteBuffer payload = ByteBuffer.wrap(new byte[] {9, 1, 2, 9}, 1, 2);
        GroupMessage message = new GroupMessage("/ws", Target.TOPIC, "t\u00FC", ConnectionFilter.role("a").negate(), 2, payload);
        ByteBuffer body = ByteBuffer.wrap(message.encode(5));
        assertEquals(message, GroupMessage.decode(body.position(5)));
        for (int length = 5; length < body.limit() - 2; length++) {
            ByteBuffer cut = ByteBuffer.wrap(body.array(), 5, length - 5);
            assertThrows(IllegalArgumentException.class, () -> GroupMessage.decode(cut));
        }
    }

    @Test
    void shouldDecodeOrRefuseAnyBytes() {
        Random random = new Random(3);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 6) {
                Arrays.fill(bytes, 2, 5, (byte) 0);
                bytes[0] = (byte) (bytes[0] & 3);
                bytes[1] = 1;
            }
            try {
                GroupMessage.decode(ByteBuffer.wrap(bytes));
            } catch (IllegalArgumentException expected) {
                continue;
            }
        }
    }

    private ByteBuffer accept(int part, int parts, long number, int... body) {
        return stream.accept(Frame.parse(frame(Type.MESSAGE, part, parts, number, body)));
    }

    private void assertCount(long expected, EngineCounter counter) {
        assertEquals(expected, counters.sum(counter), counter::label);
    }

    @Test
    void shouldPutPartsTogether() {
        assertEquals(ByteBuffer.wrap(new byte[] {1}), accept(0, 1, 3, 1));
        assertNull(accept(0, 3, 10, 1, 2));
        assertNull(accept(1, 3, 11, 3, 4));
        assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}), accept(2, 3, 12, 5));
        assertCount(0, EngineCounter.CLUSTER_INCOMPLETE);
        assertCount(0, EngineCounter.CLUSTER_DUPLICATES);
    }

    @Test
    void shouldDropWhatCameBefore() {
        assertEquals(1, accept(0, 1, 3, 1).remaining());
        assertNull(accept(0, 1, 3, 1));
        assertNull(accept(0, 1, 2, 1));
        assertCount(2, EngineCounter.CLUSTER_DUPLICATES);
    }

    @Test
    void shouldGiveUpAMessageThatMissesAPart() {
        assertNull(accept(0, 3, 1, 1));
        assertNull(accept(2, 3, 3, 3));
        assertCount(1, EngineCounter.CLUSTER_INCOMPLETE);
        assertNull(accept(0, 3, 4, 1));
        assertEquals(1, accept(0, 1, 7, 1).remaining());
        assertCount(2, EngineCounter.CLUSTER_INCOMPLETE);
        assertNull(accept(1, 3, 8, 1), "its beginning was before this node heard");
        assertNull(accept(2, 3, 9, 1));
        assertCount(2, EngineCounter.CLUSTER_INCOMPLETE);
    }

    @Test
    void shouldStartAnewWhereTheSenderDoes() {
        assertNull(accept(0, 2, 1, 1));
        assertNull(accept(0, 2, 2, 1));
        assertEquals(ByteBuffer.wrap(new byte[] {1, 2}), accept(1, 2, 3, 2));
    }

    @Test
    void shouldHoldNoMoreThanItMay() {
        assertNull(accept(0, 65_535, 1, new int[10]));
        assertTrue(budget.heldBytes() <= 20, "what is declared costs nothing");
        assertNull(accept(0, 65_535, 2, new int[500]));
        assertNull(accept(1, 65_535, 3, new int[500]));
        assertCount(1, EngineCounter.CLUSTER_INCOMPLETE);
        assertEquals(1000, budget.heldBytes());
        assertNull(accept(2, 65_535, 4, new int[1]));
        assertCount(2, EngineCounter.CLUSTER_INCOMPLETE);
        assertEquals(0, budget.heldBytes());
        assertNull(accept(0, 2, 5, new int[10]));
        assertNull(accept(1, 2, 6, new int[11]), "a later part may not be longer than the first");
        assertCount(3, EngineCounter.CLUSTER_INCOMPLETE);
        assertEquals(0, budget.heldBytes());
    }

    @Test
    void shouldShareTheBudgetOfAllSenders() {
        FrameStream other = new FrameStream(counters.shared(), 1000, budget);
        assertNull(accept(0, 3, 1, new int[500]));
        assertNull(other.accept(Frame.parse(frame(Type.MESSAGE, 0, 3, 1, new int[300]))), "600 bytes more than there are");
        assertCount(1, EngineCounter.CLUSTER_INCOMPLETE);
        stream.forget();
        assertEquals(0, budget.heldBytes());
        assertNull(other.accept(Frame.parse(frame(Type.MESSAGE, 0, 2, 2, new int[300]))));
        assertEquals(600, other.accept(Frame.parse(frame(Type.MESSAGE, 1, 2, 3, new int[300]))).remaining());
        assertEquals(0, budget.heldBytes());
    }
}

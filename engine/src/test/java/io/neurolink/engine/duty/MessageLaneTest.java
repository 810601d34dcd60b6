package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageLaneTest {

    private static final int NO_LIMIT = Integer.MAX_VALUE;

    private final MessageLane lane = new MessageLane(4, 64, 100);
    private final List<String> received = new ArrayList<>();
    private final LaneConsumer recorder = (attachment, type, time, bytes, offset, length) -> {
        received.add(attachment + ":" + type + ":" + time + ":" + new String(bytes, offset, length, StandardCharsets.US_ASCII));
        return true;
    };

    @Test
    void shouldDeliverWhatWasOfferedInOrder() {
        assertTrue(lane.offer("a", 1, 10));
        assertTrue(lane.offer("b", 2, 20, ascii("xhellox"), 1, 5));
        assertTrue(lane.offer("c", 3, 30, ByteBuffer.wrap(ascii("..there")), 2, 5));

        assertEquals(3, lane.size());
        assertFalse(lane.isEmpty());
        assertEquals(3, lane.drain(recorder, NO_LIMIT));
        assertEquals(List.of("a:1:10:", "b:2:20:hello", "c:3:30:there"), received);
        assertTrue(lane.isEmpty());
    }

    @Test
    void shouldReadADirectBufferWithoutMovingIt() {
        ByteBuffer direct = ByteBuffer.allocateDirect(16).put(ascii("0123456789"));
        direct.position(3).limit(4);
        direct.clear().position(2);

        assertTrue(lane.offer("a", 1, 0, direct, 4, 3));

        assertEquals(2, direct.position());
        lane.drain(recorder, 1);
        assertEquals(List.of("a:1:0:456"), received);
    }

    @Test
    void shouldLetAProducerEncodeInPlace() {
        int offset = lane.tryClaim(16);
        System.arraycopy(ascii("place"), 0, lane.ring(), offset, 5);
        assertTrue(lane.isEmpty(), "nothing is visible before the commit");
        lane.commit("a", 1, 2, 5);

        lane.drain(recorder, NO_LIMIT);
        assertEquals(List.of("a:1:2:place"), received);
    }

    @Test
    void shouldGiveAnAbortedClaimBack() {
        int offset = lane.tryClaim(16);
        lane.abort();

        assertEquals(offset, lane.tryClaim(16));
        lane.abort();
        assertThrows(IllegalStateException.class, () -> lane.commit("a", 1, 0, 0));
        assertTrue(lane.isEmpty());
    }

    @Test
    void shouldRefuseToCommitMoreThanWasClaimed() {
        lane.tryClaim(4);
        assertThrows(IllegalArgumentException.class, () -> lane.commit("a", 1, 0, 5));
        assertThrows(IllegalArgumentException.class, () -> lane.commit("a", 1, 0, -1));
        lane.commit("a", 1, 0, 4);
        assertEquals(1, lane.size());
    }

    @Test
    void shouldRefuseWhenAllSlotsAreTaken() {
        for (int i = 0; i < 4; i++) {
            assertTrue(lane.offer("a", i, 0));
        }
        assertFalse(lane.offer("a", 4, 0));
        assertFalse(lane.offer("a", 4, 0, ascii("x"), 0, 1));
        assertEquals(MessageLane.FULL, lane.tryClaim(0));

        assertEquals(1, lane.drain(recorder, 1));
        assertTrue(lane.offer("a", 4, 0));
        assertEquals(4, lane.drain(recorder, NO_LIMIT));
        assertEquals(List.of("a:0:0:", "a:1:0:", "a:2:0:", "a:3:0:", "a:4:0:"), received);
    }

    @Test
    void shouldRefuseWhenTheRingIsFull() {
        MessageLane wide = new MessageLane(64, 64, 0);
        for (int i = 0; i < 4; i++) {
            assertTrue(wide.offer("a", i, 0, ascii("0123456789abcdef"), 0, 16));
        }
        assertFalse(wide.offer("a", 4, 0, ascii("x"), 0, 1));
        assertTrue(wide.offer("a", 5, 0), "what needs no bytes still fits");

        wide.drain(recorder, 1);
        assertTrue(wide.offer("a", 6, 0, ascii("x"), 0, 1));
        wide.drain(recorder, NO_LIMIT);
        assertEquals("a:6:0:x", received.get(received.size() - 1));
    }

    @Test
    void shouldSendLongPayloadsInAnArrayOfTheirOwn() {
        byte[] payload = ascii("x".repeat(60));

        assertEquals(MessageLane.TOO_LONG, lane.tryClaim(17));
        assertTrue(lane.offer("a", 1, 0, payload, 0, 60));
        assertFalse(lane.offer("b", 1, 0, payload, 0, 60), "more than maxOverflowBytes");
        assertTrue(lane.offer("c", 1, 0, ByteBuffer.wrap(payload), 20, 40));
        lane.drain(recorder, NO_LIMIT);
        assertTrue(lane.offer("d", 1, 0, payload, 0, 60));
        lane.drain(recorder, NO_LIMIT);

        assertEquals(List.of("a:1:0:" + "x".repeat(60), "c:1:0:" + "x".repeat(40), "d:1:0:" + "x".repeat(60)), received);
    }

    @Test
    void shouldLetOnePayloadAboveTheLimitThroughWhenNoneIsWaiting() {
        byte[] huge = ascii("y".repeat(1000));

        assertTrue(lane.offer("a", 1, 0, huge, 0, 1000));
        assertFalse(lane.offer("a", 2, 0, huge, 0, 17));
        lane.drain(recorder, NO_LIMIT);
        assertTrue(lane.offer("a", 3, 0, huge, 0, 1000));
    }

    @Test
    void shouldKeepAMessageThatTheConsumerDoesNotTake() {
        lane.offer("a", 1, 0, ascii("one"), 0, 3);
        lane.offer("a", 2, 0, ascii("two"), 0, 3);
        lane.offer("a", 3, 0);

        assertEquals(1, lane.drain((attachment, type, time, bytes, offset, length) -> type < 2, NO_LIMIT));
        assertEquals(2, lane.size());
        lane.drain(recorder, NO_LIMIT);
        assertEquals(List.of("a:2:0:two", "a:3:0:"), received);
    }

    @Test
    void shouldNeitherLoseNorRepeatAMessageWhoseConsumerThrows() {
        lane.offer("a", 1, 0);
        lane.offer("a", 2, 0, ascii("z".repeat(50)), 0, 50);
        lane.offer("a", 3, 0);
        LaneConsumer broken = (attachment, type, time, bytes, offset, length) -> {
            recorder.onMessage(attachment, type, time, bytes, offset, length);
            if (type == 2) {
                throw new IllegalStateException("broken");
            }
            return true;
        };

        assertThrows(IllegalStateException.class, () -> lane.drain(broken, NO_LIMIT));
        assertEquals(1, lane.size());
        assertEquals(1, lane.drain(broken, NO_LIMIT));
        assertEquals(List.of("a:1:0:", "a:2:0:" + "z".repeat(50), "a:3:0:"), received);
    }

    @Test
    void shouldPublishNothingWhenTheSourceIsTooShort() {
        assertThrows(IndexOutOfBoundsException.class, () -> lane.offer("a", 1, 0, ascii("abc"), 2, 5));
        assertThrows(IndexOutOfBoundsException.class, () -> lane.offer("a", 1, 0, ascii("abc"), 2, 50));
        assertThrows(IndexOutOfBoundsException.class, () -> lane.offer("a", 1, 0, ByteBuffer.allocate(3), 2, 5));
        assertTrue(lane.isEmpty());
        assertTrue(lane.offer("a", 1, 0, ascii("abc"), 0, 3));
        lane.drain(recorder, NO_LIMIT);
        assertEquals(List.of("a:1:0:abc"), received);
    }

    @Test
    void shouldHoldNothingThatWasConsumed() throws InterruptedException {
        ReferenceQueue<Object> freed = new ReferenceQueue<>();
        Reference<Object> attachment = offerAnAttachmentNobodyElseHolds(freed);
        assertTrue(lane.offer(null, 2, 0, new byte[60], 0, 60), "an attachment may be null");
        System.gc();
        assertNull(freed.poll(), "a waiting message is held");

        assertEquals(2, lane.drain((object, type, time, bytes, offset, length) -> (object == null) == (type == 2), NO_LIMIT));
        System.gc();
        assertSame(attachment, freed.remove(30_000));
    }

    private Reference<Object> offerAnAttachmentNobodyElseHolds(ReferenceQueue<Object> freed) {
        Object attachment = new Object();
        assertTrue(lane.offer(attachment, 1, 0));
        return new WeakReference<>(attachment, freed);
    }

    @Test
    void shouldKeepEveryPayloadInOnePieceAtEveryPositionOfTheRing() {
        for (int length = 0; length <= 16; length++) {
            for (int round = 0; round < 40; round++) {
                String payload = "0123456789abcdef".substring(0, length);
                assertTrue(lane.offer(length, round, 0, ascii(payload), 0, length));
                assertTrue(lane.offer(length, round, 1, ascii("sep"), 0, 3));
                lane.drain(recorder, NO_LIMIT);
                assertEquals(length + ":" + round + ":0:" + payload, received.get(0));
                assertEquals(length + ":" + round + ":1:sep", received.get(1));
                received.clear();
            }
        }
    }

    @Test
    void shouldRefuseSizesThatAreNoPowersOfTwo() {
        assertThrows(IllegalArgumentException.class, () -> new MessageLane(3, 64, 0));
        assertThrows(IllegalArgumentException.class, () -> new MessageLane(1, 64, 0));
        assertThrows(IllegalArgumentException.class, () -> new MessageLane(4, 65, 0));
        assertThrows(IllegalArgumentException.class, () -> new MessageLane(4, 32, 0));
        assertThrows(IllegalArgumentException.class, () -> new MessageLane(4, 64, -1));
        assertThrows(IllegalArgumentException.class, () -> lane.tryClaim(-1));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One real producer and one real consumer; every byte is checked. */
class MessageLaneStressTest {

    private static final int MAX_LENGTH = 80;

    /** Tiny lanes are full or empty all the time, wide ones let both sides run. */
    @ParameterizedTest
    @CsvSource({"2, 64, 400000", "4, 256, 400000", "1024, 65536, 1000000"})
    @Timeout(120)
    void shouldHandOverEveryByteInOrder(int slotCount, int capacityBytes, int count) throws InterruptedException {
        MessageLane lane = new MessageLane(slotCount, capacityBytes, 200);
        Verifier verifier = new Verifier();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread consumer = new Thread(() -> {
            while (verifier.next < count) {
                if (lane.drain(verifier, 16) == 0) {
                    Thread.yield();
                }
            }
        }, "consumer");
        consumer.setUncaughtExceptionHandler((thread, error) -> failure.set(error));
        consumer.start();

        produce(lane, count, consumer);
        consumer.join();

        assertNull(failure.get(), () -> "consumer failed: " + failure.get());
        assertEquals(count, verifier.next);
        assertTrue(lane.isEmpty());
    }

    private static void produce(MessageLane lane, int count, Thread consumer) {
        byte[] payload = new byte[MAX_LENGTH];
        ByteBuffer buffer = ByteBuffer.wrap(payload);
        for (int i = 0; i < count; i++) {
            int length = lengthOf(i);
            for (int b = 0; b < length; b++) {
                payload[b] = byteOf(i, b);
            }
            while (!offer(lane, i, payload, buffer, length)) {
                if (!consumer.isAlive()) {
                    return;
                }
                Thread.yield();
            }
        }
    }

    private static boolean offer(MessageLane lane, int i, byte[] payload, ByteBuffer buffer, int length) {
        if (i % 3 == 0) {
            return lane.offer(lane, i, ~i, buffer, 0, length);
        }
        if (i % 3 == 1 || length > lane.maxRingLength()) {
            return lane.offer(lane, i, ~i, payload, 0, length);
        }
        int offset = lane.tryClaim(lane.maxRingLength());
        if (offset < 0) {
            return false;
        }
        System.arraycopy(payload, 0, lane.ring(), offset, length);
        lane.commit(lane, i, ~i, length);
        return true;
    }

    private static int lengthOf(int i) {
        return (i * 31 >>> 3) % (MAX_LENGTH + 1);
    }

    private static byte byteOf(int i, int b) {
        return (byte) (i * 7 + b);
    }

    private static final class Verifier implements LaneConsumer {

        private int next;

        @Override
        public boolean onMessage(Object attachment, int type, long time, byte[] bytes, int offset, int length) {
            assertEquals(next, type);
            assertEquals(~next, time);
            assertTrue(attachment instanceof MessageLane);
            assertEquals(lengthOf(next), length);
            for (int b = 0; b < length; b++) {
                if (bytes[offset + b] != byteOf(next, b)) {
                    throw new AssertionError("message " + next + ", byte " + b + " of " + length);
                }
            }
            next++;
            return true;
        }
    }
}

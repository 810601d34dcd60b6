package io.neurolink.engine.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.duty.MessageLane;
import io.neurolink.engine.duty.Parkable;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class WorkerLaneTest {
    private static final ByteBuffer BYTES = ByteBuffer.allocate(16);

    private final MessageLane messages = new MessageLane(512, 16 * 1024, 0);
    private int wakeUps;
    private final WorkerLane lane = new WorkerLane(messages, new Parkable() {
        @Override
        public void park() {
            throw new AssertionError("nobody sleeps here");
        }

        @Override
        public void wakeUp() {
            wakeUps++;
        }
    });

    @Test
    void shouldWakeTheWorkerOnceForAllThatWasOffered() {
        assertTrue(lane.offer("a", Worker.OPEN));
        assertTrue(lane.offer("a", 1, 0, BYTES, 0, 16));
        assertTrue(lane.offer("a", Worker.CLOSE));
        assertEquals(0, wakeUps);
        lane.wakeUp();
        assertEquals(1, wakeUps);
        lane.wakeUp();
        assertEquals(1, wakeUps, "nothing new");
        assertTrue(lane.offer("b", Worker.OPEN));
        lane.wakeUp();
        assertEquals(2, wakeUps);
        assertEquals(4, messages.size());
    }

    @Test
    void shouldNotLetMuchWaitForTheEndOfACycle() {
        for (int i = 1; i < WorkerLane.MAX_UNANNOUNCED; i++) {
            assertTrue(lane.offer("a", 2, 0, BYTES, 0, 1));
        }
        assertEquals(0, wakeUps);
        assertTrue(lane.offer("a", Worker.WRITABLE));
        assertEquals(1, wakeUps);
        lane.wakeUp();
        assertEquals(1, wakeUps);
    }

    @Test
    void shouldWakeForWhatWasTakenBeforeTheLaneWasFull() {
        lane.wakeUp();
        assertEquals(0, wakeUps);
        int taken = 0;
        while (lane.offer("a", 2, 0, BYTES, 0, 16)) {
            taken++;
        }
        int before = wakeUps;
        assertEquals(taken, messages.size());
        assertFalse(lane.offer("a", Worker.CLOSE));
        lane.wakeUp();
        assertEquals(taken % WorkerLane.MAX_UNANNOUNCED == 0 ? before : before + 1, wakeUps);
    }
}

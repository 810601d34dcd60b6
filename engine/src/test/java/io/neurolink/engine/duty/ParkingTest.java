package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ParkingTest {

    private static final long LONG_NS = TimeUnit.MINUTES.toNanos(5);

    private final AtomicInteger wakeUps = new AtomicInteger();
    private final Parking parking = new Parking(wakeUps::incrementAndGet);

    @Test
    void shouldNotWakeAConsumerThatIsAwake() {
        parking.wakeUp();
        assertEquals(0, wakeUps.get());
    }

    @Test
    void shouldWakeAParkedConsumerOnce() {
        parking.prepareToPark();
        assertFalse(parking.isParked());
        assertTrue(parking.tryPark());
        assertTrue(parking.isParked());

        parking.wakeUp();
        parking.wakeUp();

        assertEquals(1, wakeUps.get());
        assertFalse(parking.isParked());
    }

    @Test
    void shouldKeepAConsumerFromParkingThatWasWokenWhilePreparing() {
        parking.prepareToPark();
        parking.wakeUp();

        assertFalse(parking.tryPark());
        assertEquals(0, wakeUps.get(), "nobody sleeps, so nobody is woken");
    }

    @Test
    void shouldBeAwakeAfterTheSleep() {
        parking.prepareToPark();
        parking.park(timeoutNs -> {
            assertEquals(77, timeoutNs);
            assertTrue(parking.isParked());
        }, 77);

        parking.wakeUp();
        assertEquals(0, wakeUps.get());
    }

    @Test
    void shouldNotSleepWithoutTime() {
        AtomicInteger sleeps = new AtomicInteger();
        for (long timeoutNs : new long[] {0, -1, Long.MIN_VALUE}) {
            parking.prepareToPark();
            parking.park(ignored -> sleeps.incrementAndGet(), timeoutNs);
        }
        assertEquals(0, sleeps.get());
        parking.wakeUp();
        assertEquals(0, wakeUps.get(), "awake again");
    }

    @Test
    void shouldBeAwakeAfterASleepThatFails() {
        parking.prepareToPark();
        assertThrows(IllegalStateException.class, () -> parking.park(timeoutNs -> {
            throw new IllegalStateException("selector closed");
        }, 1));
        assertFalse(parking.isParked());
    }

    @Test
    void shouldSayThatItIsAwakeFromInsideTheSleep() {
        parking.prepareToPark();
        parking.park(timeoutNs -> {
            parking.awake();
            parking.wakeUp();
        }, 1);
        assertEquals(0, wakeUps.get(), "a producer need not wake a consumer that already works");
    }

    /** Two threads that sleep whenever they have nothing to do play a ball: one lost wake-up and both sleep for minutes. */
    @Test
    @Timeout(120)
    void shouldNotLoseAWakeUpBetweenTwoThreads() throws InterruptedException {
        int rounds = 20_000;
        Player ping = new Player();
        Player pong = new Player();
        Thread thread = new Thread(() -> {
            for (int i = 0; i < rounds; i++) {
                pong.awaitBall();
                ping.throwBall();
            }
        }, "pong");
        pong.thread = thread;
        ping.thread = Thread.currentThread();
        thread.start();
        for (int i = 0; i < rounds; i++) {
            pong.throwBall();
            ping.awaitBall();
        }
        thread.join();

        assertEquals(rounds, ping.caught);
        assertEquals(rounds, pong.caught);
    }

    private static final class Player {

        private final MessageLane lane = new MessageLane(2, 64, 0);
        private final Parking parking = new Parking(() -> LockSupport.unpark(this.thread));
        private volatile Thread thread;
        private int caught;

        void throwBall() {
            assertTrue(lane.offer(null, 0, 0));
            parking.wakeUp();
        }

        void awaitBall() {
            while (lane.drain((attachment, type, time, bytes, offset, length) -> true, 1) == 0) {
                parking.prepareToPark();
                parking.park(LockSupport::parkNanos, lane.isEmpty() ? LONG_NS : 0);
            }
            caught++;
        }
    }
}

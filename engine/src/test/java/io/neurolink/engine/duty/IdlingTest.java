package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class IdlingTest {

    private int parks;
    private final Parkable parkable = new Parkable() {
        @Override
        public void park() {
            parks++;
        }

        @Override
        public void wakeUp() {
            throw new AssertionError("nobody is to be woken");
        }
    };

    @Test
    void shouldNeverSleepWhenBusySpinning() {
        Idling idling = new Idling(IdleMode.BUSY_SPIN, parkable);
        for (int i = 0; i < 10_000; i++) {
            idling.idle(0);
        }
        assertEquals(0, parks);
        assertEquals("BUSY_SPIN", idling.alias());
    }

    @Test
    void shouldSleepAtOnceWhenBlocking() {
        Idling idling = new Idling(IdleMode.BLOCKING, parkable);
        idling.idle(1);
        assertEquals(0, parks);
        idling.idle(0);
        assertEquals(1, parks);
        assertEquals("BLOCKING", idling.toString());
    }

    @Test
    void shouldSpinThenSleepWhenBackingOff() {
        Idling idling = new Idling(IdleMode.BACKOFF, parkable, 3);
        for (int i = 0; i < 3; i++) {
            idling.idle(0);
        }
        assertEquals(0, parks);
        idling.idle(0);
        idling.idle(0);
        assertEquals(2, parks);
        assertTrue(idling.toString().contains("maxSpins=3"), idling.toString());
    }

    @Test
    void shouldSpinAgainAfterWork() {
        Idling idling = new Idling(IdleMode.BACKOFF, parkable, 1);
        idling.idle(0);
        idling.idle(0);
        assertEquals(1, parks);
        idling.idle(1);
        idling.idle(0);
        assertEquals(1, parks);
        idling.idle(0);
        assertEquals(2, parks);
    }

    @Test
    void shouldWantAutoResolved() {
        assertThrows(IllegalArgumentException.class, () -> new Idling(IdleMode.AUTO, parkable));
        assertThrows(IllegalArgumentException.class, () -> new Idling(IdleMode.BACKOFF, parkable, -1));
    }

    @Test
    void shouldSpinOnlyWhereTwoProcessorsAreLeft() {
        assertEquals(IdleMode.BUSY_SPIN, IdleMode.AUTO.resolve(4, 2));
        assertEquals(IdleMode.BACKOFF, IdleMode.AUTO.resolve(3, 2));
        assertEquals(IdleMode.BACKOFF, IdleMode.AUTO.resolve(2, 1));
        assertEquals(IdleMode.BLOCKING, IdleMode.BLOCKING.resolve(64, 1));
        assertEquals(IdleMode.BUSY_SPIN, IdleMode.BUSY_SPIN.resolve(1, 1));
    }
}

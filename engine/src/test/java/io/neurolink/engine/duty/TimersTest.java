package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimersTest {

    private static final long START_NS = 1_000_000_007L;
    private static final long MS = 1_000_000L;
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    private final Timers timers = new Timers(START_NS);
    private final List<Integer> fired = new ArrayList<>();
    private final TimerOwner recorder = (timerId, kind, nowNs) -> fired.add(kind);

    @Test
    void shouldFireAtTheDeadlineAndNotANanosecondBefore() {
        timers.schedule(START_NS + 30_000 * MS, recorder, 7);

        assertEquals(0, timers.poll(START_NS + 30_000 * MS - 1, NO_LIMIT));
        assertEquals(1, timers.poll(START_NS + 30_000 * MS, NO_LIMIT));
        assertEquals(List.of(7), fired);
        assertEquals(0, timers.size());
    }

    @Test
    void shouldTellTheOwnerItsIdKindAndTheTimeOfTheCycle() {
        List<Object> told = new ArrayList<>();
        long timerId = timers.schedule(START_NS + 5, (id, kind, nowNs) -> told.addAll(List.of(id, kind, nowNs)), 42);

        timers.poll(START_NS + 6, NO_LIMIT);

        assertEquals(List.of(timerId, 42, START_NS + 6), told);
    }

    @Test
    void shouldFireADeadlineInThePastAtTheNextPoll() {
        timers.poll(START_NS + 50_000 * MS, NO_LIMIT);
        timers.schedule(START_NS - 1, recorder, 1);
        timers.schedule(START_NS + 20_000 * MS, recorder, 2);

        timers.poll(START_NS + 50_000 * MS, NO_LIMIT);

        assertEquals(2, fired.size());
    }

    @Test
    void shouldNotFireWhatWasCancelled() {
        long timerId = timers.schedule(START_NS + MS, recorder, 1);
        timers.schedule(START_NS + MS, recorder, 2);

        assertTrue(timers.isScheduled(timerId));
        assertTrue(timers.cancel(timerId));
        assertFalse(timers.isScheduled(timerId));
        assertFalse(timers.cancel(timerId));
        timers.poll(START_NS + 2 * MS, NO_LIMIT);

        assertEquals(List.of(2), fired);
    }

    @Test
    void shouldNotHitAYoungerTimerWithADeadId() {
        long dead = timers.schedule(START_NS + MS, recorder, 1);
        timers.cancel(dead);
        long young = timers.schedule(START_NS + MS, recorder, 2);

        assertEquals((int) dead, (int) young, "the test needs a reused place");
        assertFalse(timers.cancel(dead));
        assertTrue(timers.isScheduled(young));
    }

    @Test
    void shouldKnowNoTimerByTheNullIdNorByOnesItNeverGave() {
        timers.schedule(START_NS + MS, recorder, 1);

        assertFalse(timers.cancel(Timers.NO_TIMER));
        assertFalse(timers.cancel(-1));
        assertFalse(timers.cancel(1L << 32 | 1_000_000));
        assertEquals(1, timers.size());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 10, 60_000, 600_000, 86_400_000, 100L * 365 * 86_400_000})
    @Timeout(60)
    void shouldCatchUpInOnePollAfterALongSleep(long sleepMs) {
        for (int i = 0; i < 5_000; i++) {
            timers.schedule(START_NS + sleepMs * MS / 5_000 * i, recorder, i);
        }
        timers.schedule(START_NS + sleepMs * MS + 1, recorder, -1);

        assertEquals(5_000, timers.poll(START_NS + sleepMs * MS, NO_LIMIT));
        assertEquals(1, timers.size());
        assertEquals(1, timers.poll(START_NS + sleepMs * MS + 1, NO_LIMIT));
    }

    @Test
    void shouldKeepTimersOfLaterRotationsApartInOneSpoke() {
        long rotationNs = Timers.DEFAULT_TICK_NS * Timers.DEFAULT_TICKS_PER_WHEEL;
        for (int rotation = 9; rotation >= 0; rotation--) {
            timers.schedule(START_NS + 100 * MS + rotation * rotationNs, recorder, rotation);
        }

        for (int rotation = 0; rotation < 10; rotation++) {
            assertEquals(START_NS + 100 * MS + rotation * rotationNs, timers.nextDeadlineNs());
            assertEquals(0, timers.poll(timers.nextDeadlineNs() - 1, NO_LIMIT));
            assertEquals(1, timers.poll(timers.nextDeadlineNs(), NO_LIMIT));
        }
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), fired);
    }

    @Test
    void shouldTellAtMostTheLimitAndTheRestLater() {
        for (int i = 0; i < 100; i++) {
            timers.schedule(START_NS + i % 10 * MS, recorder, i);
        }
        long nowNs = START_NS + 10 * MS;

        for (int i = 0; i < 14; i++) {
            assertEquals(7, timers.poll(nowNs, 7));
            assertTrue(timers.nextDeadlineNs() <= nowNs, "more is due");
        }
        assertEquals(2, timers.poll(nowNs, 7));
        assertEquals(100, fired.stream().distinct().count());
    }

    @Test
    void shouldFinishAnInterruptedWalkThatALongSleepFollows() {
        for (int i = 0; i < 10; i++) {
            timers.schedule(START_NS + MS, recorder, i);
        }
        timers.schedule(START_NS + 500 * MS, recorder, 10);
        timers.poll(START_NS + MS, 3);

        timers.poll(START_NS + 100_000 * MS, NO_LIMIT);

        assertEquals(11, fired.stream().distinct().count());
        assertEquals(0, timers.size());
    }

    @Test
    void shouldLetAnOwnerScheduleAndCancelFromItsCall() {
        long[] others = new long[10];
        for (int i = 0; i < others.length; i++) {
            others[i] = timers.schedule(START_NS + MS, recorder, i);
        }
        timers.schedule(START_NS + MS, (id, kind, nowNs) -> {
            for (long other : others) {
                timers.cancel(other);
            }
            timers.schedule(nowNs, recorder, 99);
        }, 0);

        assertEquals(1, timers.poll(START_NS + MS, NO_LIMIT));
        assertEquals(1, timers.poll(START_NS + MS, NO_LIMIT));

        assertEquals(List.of(99), fired);
        assertEquals(0, timers.size());
    }

    @Test
    void shouldNotFireForEverWhenAnOwnerSchedulesWhatIsDueAlready() {
        TimerOwner restless = new TimerOwner() {
            @Override
            public void onTimer(long timerId, int kind, long nowNs) {
                fired.add(kind);
                timers.schedule(nowNs - 5 * MS, this, kind + 1);
            }
        };
        timers.schedule(START_NS, restless, 0);

        timers.poll(START_NS + 10 * MS, NO_LIMIT);
        timers.poll(START_NS + 20_000 * MS, NO_LIMIT);

        assertTrue(fired.size() >= 2 && fired.size() <= 4, "fired " + fired);
        assertEquals(1, timers.size());
    }

    @Test
    void shouldGoOnAfterAnOwnerThatThrows() {
        TimerOwner broken = (timerId, kind, nowNs) -> {
            fired.add(kind);
            throw new IllegalStateException("broken");
        };
        for (int i = 0; i < 3; i++) {
            timers.schedule(START_NS + MS, broken, i);
        }

        for (int i = 0; i < 3; i++) {
            assertThrows(IllegalStateException.class, () -> timers.poll(START_NS + MS, NO_LIMIT));
        }
        assertEquals(0, timers.poll(START_NS + MS, NO_LIMIT));
        assertEquals(3, fired.stream().distinct().count());
        assertEquals(Timers.NO_DEADLINE, timers.nextDeadlineNs());
    }

    @Test
    void shouldSayHowLongToSleep() {
        assertEquals(Timers.NO_DEADLINE, timers.delayNs(START_NS));
        long far = timers.schedule(START_NS + 60_000 * MS, recorder, 1);
        assertEquals(60_000 * MS, timers.delayNs(START_NS));
        timers.schedule(START_NS + 3 * MS, recorder, 2);
        assertEquals(3 * MS, timers.delayNs(START_NS));
        timers.poll(START_NS + 4 * MS, NO_LIMIT);
        assertEquals(59_996 * MS, timers.delayNs(START_NS + 4 * MS));
        assertEquals(0, timers.delayNs(START_NS + 60_001 * MS));
        timers.cancel(far);
        assertEquals(Timers.NO_DEADLINE, timers.delayNs(START_NS));
    }

    @Test
    void shouldRunWithAClockThatPassesZeroAndOverflows() {
        for (long startNs : new long[] {-5 * MS, Long.MAX_VALUE - 5 * MS, Long.MIN_VALUE}) {
            Timers wrapping = new Timers(startNs);
            wrapping.schedule(startNs + 10 * MS, recorder, 1);
            assertEquals(0, wrapping.poll(startNs + 10 * MS - 1, NO_LIMIT));
            assertEquals(10 * MS, wrapping.delayNs(startNs));
            assertEquals(1, wrapping.poll(startNs + 10 * MS, NO_LIMIT));
        }
    }

    @Test
    void shouldNotMindAClockThatStepsBack() {
        timers.poll(START_NS + 100 * MS, NO_LIMIT);
        timers.schedule(START_NS + 50 * MS, recorder, 1);

        assertEquals(0, timers.poll(START_NS + 40 * MS, NO_LIMIT));
        assertEquals(1, timers.poll(START_NS + 100 * MS, NO_LIMIT));
    }

    @Test
    void shouldRefuseSizesThatAreNoPowersOfTwo() {
        assertThrows(IllegalArgumentException.class, () -> new Timers(0, 3, 64));
        assertThrows(IllegalArgumentException.class, () -> new Timers(0, 0, 64));
        assertThrows(IllegalArgumentException.class, () -> new Timers(0, 8, 32));
        assertThrows(IllegalArgumentException.class, () -> new Timers(0, 8, 100));
    }

    @Test
    void shouldKeepTimeWithoutTimers() {
        timers.poll(START_NS + TimeUnit.MINUTES.toNanos(1), NO_LIMIT);
        timers.schedule(START_NS + TimeUnit.MINUTES.toNanos(2), recorder, 1);
        assertEquals(1, timers.poll(START_NS + TimeUnit.MINUTES.toNanos(2), NO_LIMIT));
    }
}

package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateCellsTest {
    private static final long HOUR_MS = 3_600_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 60, 60_000})
    void shouldHaveExactlyAsManyTokensAsABucketHolds(int perMinute) {
        RateCells cells = new RateCells(64, perMinute);
        for (int i = 0; i < perMinute; i++) {
            assertEquals(0, cells.waitMs(1, 2, 5), "token " + i);
            cells.charge(1, 2, 5);
        }
        assertEquals(60_000 / perMinute, cells.waitMs(1, 2, 5));
    }

    @Test
    void shouldGiveTokensBackOneByOne() {
        RateCells cells = new RateCells(64, 3);
        for (int i = 0; i < 3; i++) {
            cells.charge(1, 2, 0);
        }
        assertEquals(1, cells.waitMs(1, 2, 19_999));
        assertEquals(0, cells.waitMs(1, 2, 20_000));
        cells.charge(1, 2, 20_000);
        assertEquals(20_000, cells.waitMs(1, 2, 20_000));
        assertEquals(0, cells.waitMs(1, 2, 80_000));
        for (int i = 0; i < 3; i++) {
            assertEquals(0, cells.waitMs(1, 2, 80_000), "full again: " + i);
            cells.charge(1, 2, 80_000);
        }
        assertTrue(cells.waitMs(1, 2, 80_000) > 0);
    }

    @Test
    void shouldLetNobodyOweMoreThanAnHour() {
        RateCells cells = new RateCells(64, 60);
        for (int i = 0; i < 10_000; i++) {
            cells.charge(1, 2, 0);
        }
        assertEquals(HOUR_MS, cells.waitMs(1, 2, 0));
        assertEquals(0, cells.waitMs(1, 2, HOUR_MS));
    }

    @Test
    void shouldTellKeysApart() {
        RateCells cells = new RateCells(16 * 1024, 1);
        for (int i = 0; i < 1_000; i++) {
            cells.charge(0, i, 0);
            cells.charge(i + 1, 0, 0);
        }
        int remembered = 0;
        for (int i = 0; i < 1_000; i++) {
            remembered += cells.waitMs(0, i, 0) > 0 ? 1 : 0;
            remembered += cells.waitMs(i + 1, 0, 0) > 0 ? 1 : 0;
            assertEquals(0, cells.waitMs(-1 - i, i, 0), "a key that was never charged");
        }
        assertTrue(remembered > 1_900, () -> "of 2,000 keys in 16,384 cells hardly any gives way");
    }

    /** Two thousand newcomers meet four cells: whoever owes most keeps his. */
    @Test
    void shouldKeepTheWorstWhenItIsFull() {
        RateCells cells = new RateCells(4, 10);
        for (int i = 0; i < 100; i++) {
            cells.charge(7, 7, 0);
        }
        for (int i = 0; i < 2_000; i++) {
            cells.charge(8, i, 0);
        }
        assertTrue(cells.waitMs(7, 7, 0) > 0);
    }

    @Test
    void shouldLoseNoChargeOfManyThreads() throws InterruptedException {
        int threads = 4;
        int charges = 5_000;
        RateCells cells = new RateCells(4, 60_000);
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> {
                await(start);
                for (int charge = 0; charge < charges; charge++) {
                    cells.charge(1, 1, 0);
                }
            });
            thread.start();
            all.add(thread);
        }
        start.countDown();
        for (Thread thread : all) {
            thread.join(TimeUnit.MINUTES.toMillis(1));
        }
        for (int i = threads * charges; i < 60_000; i++) {
            assertEquals(0, cells.waitMs(1, 1, 0));
            cells.charge(1, 1, 0);
        }
        assertEquals(1, cells.waitMs(1, 1, 0));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

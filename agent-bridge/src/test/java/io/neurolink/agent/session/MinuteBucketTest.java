package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class MinuteBucketTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    /** A clock may start anywhere, also below zero. */
    private static final long START = -5 * SECOND;

    @Test
    void shouldGiveAMinutesWorthAtOnceAndThenWhatComesBack() {
        MinuteBucket bucket = new MinuteBucket(6, 0, START);
        for (int i = 0; i < 6; i++) {
            assertEquals(0, bucket.waitNs(START));
            assertTrue(bucket.tryUse(START));
            assertEquals(5 - i, bucket.left(START));
        }
        assertFalse(bucket.tryUse(START));
        assertEquals(10 * SECOND, bucket.waitNs(START));
        assertFalse(bucket.tryUse(START + 10 * SECOND - 1));
        assertTrue(bucket.tryUse(START + 10 * SECOND));
        assertFalse(bucket.tryUse(START + 10 * SECOND));
        assertFalse(bucket.isFull(START + 70 * SECOND - 1));
        assertTrue(bucket.isFull(START + 70 * SECOND));
        assertEquals(6, bucket.left(START + 70 * SECOND));
    }

    @Test
    void shouldOweWhatWasUsedBeyondIt() {
        MinuteBucket bucket = new MinuteBucket(60, 0, START);
        bucket.use(90, START);
        assertEquals(0, bucket.left(START));
        assertEquals(31 * SECOND, bucket.waitNs(START));
        assertFalse(bucket.tryUse(START + 31 * SECOND - 1));
        assertTrue(bucket.tryUse(START + 31 * SECOND));
        bucket.use(Long.MAX_VALUE, START + 31 * SECOND);
        assertEquals(3601 * SECOND, bucket.waitNs(START + 31 * SECOND), "an hour is the longest");
    }

    @Test
    void shouldHaveNoLimitWithoutOne() {
        MinuteBucket bucket = new MinuteBucket(0, 0, START);
        for (int i = 0; i < 1000; i++) {
            assertTrue(bucket.tryUse(START));
        }
        bucket.use(1_000_000, START);
        assertEquals(0, bucket.waitNs(START));
        assertTrue(bucket.isFull(START));
        assertFalse(bucket.isNews(START));
    }

    @Test
    void shouldTellOnceOfEachLevel() {
        MinuteBucket bucket = new MinuteBucket(20, 0, START);
        StringBuilder told = new StringBuilder();
        for (int used = 1; used <= 22; used++) {
            bucket.tryUse(START);
            told.append(bucket.isNews(START) ? " " + used : "");
        }
        assertEquals(" 18 20", told.toString());
        assertFalse(bucket.isNews(START + 30 * SECOND));
        bucket.use(10, START + 30 * SECOND);
        assertTrue(bucket.isNews(START + 30 * SECOND), "it had recovered");
    }

    /** Whatever is asked when, no minute gives more than it holds and what came back. */
    @Property(tries = 200)
    void shouldNeverGiveMoreThanItHas(@ForAll @IntRange(min = 1, max = 1000) int perMinute,
            @ForAll @LongRange(min = 1, max = 2000) long stepMs) {
        MinuteBucket bucket = new MinuteBucket(perMinute, 0, START);
        long given = 0;
        for (int i = 0; i < 3000; i++) {
            long nowNs = START + i * TimeUnit.MILLISECONDS.toNanos(stepMs);
            given += bucket.tryUse(nowNs) ? 1 : 0;
            double came = perMinute * ((double) (nowNs - START) / TimeUnit.MINUTES.toNanos(1));
            assertTrue(given <= perMinute + came + 1e-3, given + " after " + i);
            assertTrue(bucket.left(nowNs) >= 0 && bucket.left(nowNs) <= perMinute);
        }
    }

    @Test
    void shouldGiveEachUnitOnceWhateverThreadsAsk() throws Exception {
        MinuteBucket bucket = new MinuteBucket(10_000, 0, START);
        AtomicInteger given = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(4);
        for (int t = 0; t < 4; t++) {
            new Thread(() -> {
                for (int i = 0; i < 5000; i++) {
                    given.addAndGet(bucket.tryUse(START) ? 1 : 0);
                }
                done.countDown();
            }).start();
        }
        assertTrue(done.await(60, TimeUnit.SECONDS));
        assertEquals(10_000, given.get());
    }
}

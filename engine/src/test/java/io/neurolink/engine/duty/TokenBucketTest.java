package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long START_NS = Long.MAX_VALUE - 1_000;
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void shouldGiveItsBurstAndNoMore() {
        TokenBucket bucket = new TokenBucket(10, 3, START_NS);
        assertTrue(bucket.isFull(START_NS));
        assertEquals(0, bucket.tryTake(2, START_NS));
        assertEquals(0, bucket.tryTake(1, START_NS));
        assertEquals(100_000_000, bucket.tryTake(1, START_NS));
        assertEquals(300_000_000, bucket.tryTake(3, START_NS));
        assertFalse(bucket.isFull(START_NS));
        assertEquals(1, bucket.tryTake(1, START_NS + 99_999_999));
        assertEquals(0, bucket.tryTake(1, START_NS + 100_000_000));
        assertTrue(bucket.isFull(START_NS + 400_000_000));
        assertFalse(bucket.isFull(START_NS + 399_999_999));
    }

    @Test
    void shouldNotFillBeyondItsBurst() {
        TokenBucket bucket = new TokenBucket(1_000, 5, START_NS);
        long laterNs = START_NS + 3_600 * SECOND_NS;
        assertEquals(0, bucket.tryTake(5, laterNs));
        assertEquals(1_000_000, bucket.tryTake(1, laterNs));
    }

    @Test
    void shouldRunIntoDebt() {
        TokenBucket bucket = new TokenBucket(10, 3, START_NS);
        assertEquals(0, bucket.take(2, START_NS));
        assertEquals(100_000_000, bucket.take(1, START_NS), "none is left");
        assertEquals(500_000_000, bucket.take(4, START_NS));
        assertEquals(500_000_000, bucket.tryTake(1, START_NS));
    }

    @Test
    void shouldTakeBackWhatWasNotUsed() {
        TokenBucket bucket = new TokenBucket(10, 3, START_NS);
        assertEquals(0, bucket.tryTake(3, START_NS));
        bucket.giveBack(2);
        assertEquals(0, bucket.tryTake(2, START_NS));
        assertEquals(100_000_000, bucket.tryTake(1, START_NS));
    }

    @Test
    void shouldRefuseNumbersItCannotCountWith() {
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(TokenBucket.MAX_RATE + 1, 1, 0));
        assertEquals(0, new TokenBucket(1, TokenBucket.MAX_RATE, 0).tryTake(TokenBucket.MAX_RATE, 0));
    }

    /** Beside a bucket that counts tokens in fractions: whatever is asked when, they agree but for the rounding of a nanosecond each. */
    @Property(tries = 300)
    void shouldAgreeWithABucketOfTokens(@ForAll @LongRange(min = 1, max = 1_000_000) long perSecond,
            @ForAll @LongRange(min = 1, max = 10_000) long burst,
            @ForAll @Size(max = 100) List<@IntRange(max = 20_000) Integer> amounts, @ForAll @IntRange(max = 50_000_000) int pauseNs) {
        TokenBucket bucket = new TokenBucket(perSecond, burst, START_NS);
        double tokens = burst;
        long nowNs = START_NS;
        double tolerance = (amounts.size() + 1) * (double) perSecond / SECOND_NS;
        for (int amount : amounts) {
            long waitNs = bucket.tryTake(amount, nowNs);
            if (waitNs == 0) {
                assertTrue(amount <= tokens + tolerance, "gave what was not there");
                tokens -= amount;
            } else {
                assertTrue(amount > tokens - tolerance, "refused what was there");
                assertEquals((amount - tokens) / perSecond * SECOND_NS, waitNs, amounts.size() + 2);
            }
            nowNs += pauseNs;
            tokens = Math.min(burst, tokens + (double) pauseNs * perSecond / SECOND_NS);
        }
    }

    @Test
    void shouldGiveNoTokenTwiceToSeveralThreads() throws InterruptedException {
        TokenBucket bucket = new TokenBucket(1, 100_000, START_NS);
        AtomicLong taken = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int n = 0; n < 50_000; n++) {
                    if (bucket.tryTake(1, START_NS) == 0) {
                        taken.incrementAndGet();
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertEquals(100_000, taken.get());
    }
}

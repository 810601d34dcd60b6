package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.loop.RateBuckets;
import io.neurolink.engine.spi.RateLimits;
import org.junit.jupiter.api.Test;

class UserRatesTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final UserRates rates = new UserRates(RateLimits.builder().userMessages(1, 10).build());

    @Test
    void shouldShareTheBucketsOfAUser() {
        RateBuckets ann = rates.acquire("ann", 0);
        assertSame(ann, rates.acquire("ann", 0));
        assertNotSame(ann, rates.acquire("ben", 0));
        rates.release("ann", 0);
        assertSame(ann, rates.acquire("ann", 0));
        assertEquals(2, rates.size());
    }

    @Test
    void shouldForgetWhoLeavesWithFullBuckets() {
        rates.acquire("ann", 0);
        rates.release("ann", 0);
        assertEquals(0, rates.size());
    }

    @Test
    void shouldRememberWhoLeavesWithDebts() {
        RateBuckets ann = rates.acquire("ann", 0);
        ann.messages().tryTake(10, 0);
        rates.release("ann", 0);
        assertEquals(1, rates.size());
        assertSame(ann, rates.acquire("ann", SECOND_NS));
    }

    @Test
    void shouldNotRememberForEver() {
        for (int second = 0; second < 1_000; second++) {
            RateBuckets buckets = rates.acquire("user-" + second, second * SECOND_NS);
            assertEquals(0, buckets.messages().tryTake(10, second * SECOND_NS));
            rates.release("user-" + second, second * SECOND_NS);
            assertTrue(rates.size() <= 65, () -> rates.size() + " users are remembered");
        }
    }
}

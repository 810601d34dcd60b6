package io.neurolink.engine;

import io.neurolink.engine.loop.RateBuckets;
import io.neurolink.engine.spi.RateLimits;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The token buckets of the users of one manager, each shared by all connections of its user. A user who goes while tokens are missing
 * is remembered until they are back: coming again brings no new ones. Any thread.
 */
final class UserRates {
    /** How many users who are gone may be remembered before those whose buckets are full again are forgotten. */
    private static final int MIN_REMEMBERED = 64;

    private final RateLimits limits;
    private final Map<String, Entry> users = new ConcurrentHashMap<>();
    private final AtomicInteger remembered = new AtomicInteger();
    private final AtomicInteger sweepAt = new AtomicInteger(MIN_REMEMBERED);

    private record Entry(RateBuckets buckets, int connections) {
        Entry with(int newConnections) {
            return new Entry(buckets, newConnections);
        }
    }

    UserRates(RateLimits limits) {
        this.limits = limits;
    }

    RateBuckets acquire(String userId, long nowNs) {
        return users.compute(userId, (id, known) -> {
            if (known == null) {
                return new Entry(RateBuckets.of(limits.userMessages(), limits.userBytes(), nowNs), 1);
            }
            if (known.connections == 0) {
                remembered.decrementAndGet();
            }
            return known.with(known.connections + 1);
        }).buckets;
    }

    void release(String userId, long nowNs) {
        users.computeIfPresent(userId, (id, known) -> {
            if (known.connections > 1) {
                return known.with(known.connections - 1);
            }
            if (known.buckets.isFull(nowNs)) {
                return null;
            }
            remembered.incrementAndGet();
            return known.with(0);
        });
        int limit = sweepAt.get();
        if (remembered.get() >= limit && sweepAt.compareAndSet(limit, Integer.MAX_VALUE)) {
            sweep(nowNs);
        }
    }

    /** Only as often as the number of those remembered has doubled, so a release costs constant time in the long run. */
    private void sweep(long nowNs) {
        for (String userId : users.keySet()) {
            users.computeIfPresent(userId, (id, known) -> {
                if (known.connections > 0 || !known.buckets.isFull(nowNs)) {
                    return known;
                }
                remembered.decrementAndGet();
                return null;
            });
        }
        sweepAt.set(Math.max(MIN_REMEMBERED, 2 * remembered.get()));
    }

    /** Users known at present. */
    int size() {
        return users.size();
    }
}

package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TokenBucket;
import io.neurolink.engine.spi.RateLimits.Rate;

/**
 * What a connection, or a user with all connections, may still send. Any thread.
 *
 * @param messages null = any number
 * @param bytes    null = any number
 */
public record RateBuckets(TokenBucket messages, TokenBucket bytes) {
    /**
     * Full buckets.
     *
     * @param messages null = no limit.
     * @param bytes    null = no limit.
     * @param nowNs    the time now.
     * @return the buckets.
     */
    public static RateBuckets of(Rate messages, Rate bytes, long nowNs) {
        return new RateBuckets(bucket(messages, nowNs), bucket(bytes, nowNs));
    }

    private static TokenBucket bucket(Rate rate, long nowNs) {
        return rate == null ? null : new TokenBucket(rate.perSecond(), rate.burst(), nowNs);
    }

    /** @return whether nothing is missing. */
    public boolean isFull(long nowNs) {
        return (messages == null || messages.isFull(nowNs)) && (bytes == null || bytes.isFull(nowNs));
    }
}

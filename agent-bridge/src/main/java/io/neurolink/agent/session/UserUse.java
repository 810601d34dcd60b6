package io.neurolink.agent.session;

import io.neurolink.engine.spi.AuthenticatedUser;

/**
 * What one user, or one anonymous connection, has used of its quota. Immutable but for the buckets; another quota makes another one, with
 * what is missing taken along. Any thread.
 */
final class UserUse {
    /** Null for an anonymous connection. */
    final AuthenticatedUser user;
    final UserQuota quota;
    final MinuteBucket messages;
    final MinuteBucket runs;
    final MinuteBucket tokens;

    /**
     * @param before what the user had used so far, or null.
     */
    UserUse(AuthenticatedUser user, UserQuota quota, UserUse before, long nowNs) {
        this.user = user;
        this.quota = quota;
        this.messages = new MinuteBucket(quota.messagesPerMinute(), before == null ? 0 : before.messages.missing(nowNs), nowNs);
        this.runs = new MinuteBucket(quota.runsPerMinute(), before == null ? 0 : before.runs.missing(nowNs), nowNs);
        this.tokens = new MinuteBucket(quota.tokensPerMinute(), before == null ? 0 : before.tokens.missing(nowNs), nowNs);
    }

    /** @return whether nothing is missing, so that forgetting it makes no difference. */
    boolean isFull(long nowNs) {
        return messages.isFull(nowNs) && runs.isFull(nowNs) && tokens.isFull(nowNs);
    }
}

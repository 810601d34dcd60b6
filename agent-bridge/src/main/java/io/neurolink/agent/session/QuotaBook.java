package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.agrona.concurrent.NanoClock;

/**
 * What users have used of their quotas. A user is remembered until nothing is missing any more: coming again brings no new quota. Any
 * thread.
 */
final class QuotaBook {
    /** How many may be remembered before those of whom nothing is missing are forgotten. */
    private static final int MIN_REMEMBERED = 1024;

    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    final LongAdder refusedMessages = new LongAdder();
    final LongAdder refusedRuns = new LongAdder();
    final LongAdder refusedTokens = new LongAdder();

    private final Function<AuthenticatedUser, UserQuota> quotas;
    private final NanoClock clock;
    private final Map<String, UserUse> users = new ConcurrentHashMap<>();
    private final AtomicInteger sweepAt = new AtomicInteger(MIN_REMEMBERED);

    /**
     * @param quotas null = nobody has any.
     */
    QuotaBook(Function<AuthenticatedUser, UserQuota> quotas, NanoClock clock) {
        this.quotas = quotas;
        this.clock = clock;
    }

    boolean isOn() {
        return quotas != null;
    }

    int userCount() {
        return users.size();
    }

    /**
     * Finds what a user has used, by the quota that the user has now.
     *
     * @param user null for an anonymous connection.
     * @param last what was found the last time for the same connection, or null.
     */
    UserUse of(AuthenticatedUser user, UserUse last) {
        if (user == null) {
            return last != null ? last : new UserUse(null, quotaOf(null), null, clock.nanoTime());
        }
        UserUse known = users.get(user.id());
        if (known != null && known.user == user) {
            return known;
        }
        sweepIfMany();
        UserQuota quota = quotaOf(user);
        return users.compute(user.id(), (id, before) -> before != null && before.quota.equals(quota)
                ? before : new UserUse(user, quota, before, clock.nanoTime()));
    }

    /** Whoever cannot be given a quota has none: what it costs is less than to serve nobody. */
    private UserQuota quotaOf(AuthenticatedUser user) {
        try {
            UserQuota quota = quotas.apply(user);
            return quota == null ? UserQuota.NONE : quota;
        } catch (RuntimeException e) {
            LOGGER.log(Level.WARNING, "the quota of a user could not be told", e);
            return UserQuota.NONE;
        }
    }

    /** Only as often as the number of those remembered has doubled, so that it costs constant time in the long run. */
    private void sweepIfMany() {
        int limit = sweepAt.get();
        if (users.size() >= limit && sweepAt.compareAndSet(limit, Integer.MAX_VALUE)) {
            long nowNs = clock.nanoTime();
            users.values().removeIf(use -> use.isFull(nowNs));
            sweepAt.set(Math.max(MIN_REMEMBERED, 2 * users.size()));
        }
    }

    /** A run has used tokens. */
    void spend(UserUse use, long tokens) {
        UserUse now = use.user == null ? use : users.getOrDefault(use.user.id(), use);
        if (now.quota.tokensPerMinute() > 0 && tokens > 0) {
            if (now.user != null) {
                users.putIfAbsent(now.user.id(), now);
            }
            now.tokens.use(tokens, clock.nanoTime());
        }
    }

    /** Told of a limit that is about to be reached, or is. */
    interface Notice {
        /**
         * @param limit        {@code messages}, {@code runs} or {@code tokens}
         * @param max          units per minute
         * @param left         units that are left
         * @param retryAfterMs time until there is one; 0 if there is
         */
        void tell(String limit, long max, long left, long retryAfterMs);
    }

    /**
     * Counts a message.
     *
     * @param isRun      whether it starts a run.
     * @param usesTokens whether that run uses tokens.
     * @param notice     told of what the client should know.
     * @return null if it may be served, else what to answer; nothing is counted then.
     */
    AgentException charge(UserUse use, boolean isRun, boolean usesTokens, Notice notice) {
        long nowNs = clock.nanoTime();
        AgentException refusal = null;
        if (usesTokens && use.tokens.waitNs(nowNs) > 0) {
            refusal = refuse(refusedTokens, "tokens", use.tokens, nowNs);
        } else if (isRun && use.runs.waitNs(nowNs) > 0) {
            refusal = refuse(refusedRuns, "runs", use.runs, nowNs);
        } else if (!use.messages.tryUse(nowNs)) {
            refusal = refuse(refusedMessages, "messages", use.messages, nowNs);
        } else if (isRun && !use.runs.tryUse(nowNs)) {
            refusal = refuse(refusedRuns, "runs", use.runs, nowNs);
        }
        tell("messages", use.messages, notice, nowNs);
        if (isRun) {
            tell("runs", use.runs, notice, nowNs);
        }
        if (usesTokens) {
            tell("tokens", use.tokens, notice, nowNs);
        }
        return refusal;
    }

    private static AgentException refuse(LongAdder counter, String limit, MinuteBucket bucket, long nowNs) {
        counter.increment();
        return new AgentException(ErrorCode.RATE_LIMITED.name(),
                "The quota of " + bucket.perMinute() + " " + limit + " per minute is used up", true, retryAfterMs(bucket, nowNs));
    }

    private static void tell(String limit, MinuteBucket bucket, Notice notice, long nowNs) {
        if (bucket.isNews(nowNs)) {
            notice.tell(limit, bucket.perMinute(), bucket.left(nowNs), retryAfterMs(bucket, nowNs));
        }
    }

    /** Rounded up, so that a client that waits as long is served. */
    private static long retryAfterMs(MinuteBucket bucket, long nowNs) {
        return TimeUnit.NANOSECONDS.toMillis(bucket.waitNs(nowNs) + TimeUnit.MILLISECONDS.toNanos(1) - 1);
    }
}

package io.neurolink.agent.session;

/**
 * How much a user may use, on all connections of a handler together. What was used comes back evenly within a minute: a user may use all of
 * it at once, and then as much as comes back. Zero = no limit of this kind.
 *
 * @param messagesPerMinute messages, all but {@code auth}, {@code ping}, {@code pong}, {@code ack} and {@code cancel}
 * @param runsPerMinute     {@code generate}, {@code stream} and {@code tool_call}
 * @param tokensPerMinute   tokens that models report for runs that have ended, or that are estimated where they do not; a run may use more
 *                          than is left, and the next has to wait until that is made good
 * @param concurrentRuns    runs that go on at once; zero = {@link AgentHandlerConfig#maxRunsPerUser()}
 */
public record UserQuota(int messagesPerMinute, int runsPerMinute, long tokensPerMinute, int concurrentRuns) {
    /** No limit. */
    public static final UserQuota NONE = new UserQuota(0, 0, 0, 0);

    private static final long MAX = 10_000_000_000L;

    /**
     * A quota.
     *
     * @throws IllegalArgumentException if a value is negative, or more tokens than 10 thousand million; the message names it.
     */
    public UserQuota {
        requireRange("messagesPerMinute", messagesPerMinute);
        requireRange("runsPerMinute", runsPerMinute);
        requireRange("tokensPerMinute", tokensPerMinute);
        requireRange("concurrentRuns", concurrentRuns);
    }

    private static void requireRange(String name, long value) {
        if (value < 0 || value > MAX) {
            throw new IllegalArgumentException(name + " must be 0 to " + MAX + ", not " + value);
        }
    }

    /**
     * {@return a changed copy}
     *
     * @param value messages per minute; 0 = no limit.
     */
    public UserQuota withMessagesPerMinute(int value) {
        return new UserQuota(value, runsPerMinute, tokensPerMinute, concurrentRuns);
    }

    /**
     * {@return a changed copy}
     *
     * @param value runs per minute; 0 = no limit.
     */
    public UserQuota withRunsPerMinute(int value) {
        return new UserQuota(messagesPerMinute, value, tokensPerMinute, concurrentRuns);
    }

    /**
     * {@return a changed copy}
     *
     * @param value tokens per minute; 0 = no limit.
     */
    public UserQuota withTokensPerMinute(long value) {
        return new UserQuota(messagesPerMinute, runsPerMinute, value, concurrentRuns);
    }

    /**
     * {@return a changed copy}
     *
     * @param value runs at once; 0 = as configured for all.
     */
    public UserQuota withConcurrentRuns(int value) {
        return new UserQuota(messagesPerMinute, runsPerMinute, tokensPerMinute, value);
    }
}

package io.neurolink.agent.session;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The times of a run: how long it may be silent, go unwatched, take to stop. For whoever has the run's gate. */
final class RunWatch {
    private final AgentHandlerConfig config;
    private final long toolTimeoutNs;
    private long waitingSinceNs;
    private long lastEventNs;
    private long lastSentNs;
    private long closeDeadlineNs;
    private long unwatchedSinceNs;
    private boolean isUnwatched;

    /**
     * @param toolTimeout time a tool has that is the run, or that the agent runs itself; null = what the configuration gives.
     */
    RunWatch(AgentHandlerConfig config, Duration toolTimeout, long nowNs) {
        this.config = config;
        this.toolTimeoutNs = (toolTimeout == null ? config.toolTimeout() : toolTimeout).toNanos();
        restart(nowNs);
    }

    /** The run begins, or begins to work. */
    void restart(long nowNs) {
        waitingSinceNs = nowNs;
        lastEventNs = nowNs;
        lastSentNs = nowNs;
    }

    /** The agent is asked for an event. */
    void waiting(long nowNs) {
        waitingSinceNs = nowNs;
    }

    /** The agent gave an event. */
    void event(long nowNs) {
        lastEventNs = nowNs;
    }

    /** Something was sent to the viewers. */
    void sent(long nowNs) {
        lastSentNs = nowNs;
    }

    /** The agent was told to stop. */
    void stopping(long nowNs) {
        closeDeadlineNs = nowNs + config.cancelTimeout().toNanos();
    }

    /** @return whether nobody looks at the run, and somebody did when this was asked last. */
    boolean becameUnwatched(boolean isUnwatchedNow, long nowNs) {
        boolean becameSo = isUnwatchedNow && !isUnwatched;
        if (becameSo) {
            unwatchedSinceNs = nowNs;
        }
        isUnwatched = isUnwatchedNow;
        return becameSo;
    }

    boolean isStopOverdue(long nowNs) {
        return nowNs - closeDeadlineNs >= 0;
    }

    boolean isSilenceOverdue(boolean isTool, boolean isToolOpen, long nowNs) {
        return nowNs - silenceDeadlineNs(isTool, isToolOpen) >= 0;
    }

    boolean isStatusDue(long nowNs) {
        return nowNs - statusDeadlineNs() >= 0;
    }

    boolean isUnwatchedTooLong(long nowNs) {
        return isUnwatched && nowNs - unwatchedDeadlineNs() >= 0;
    }

    long silentForMs(long nowNs) {
        return TimeUnit.NANOSECONDS.toMillis(nowNs - lastEventNs);
    }

    long toolTimeoutMs() {
        return TimeUnit.NANOSECONDS.toMillis(toolTimeoutNs);
    }

    long closeDeadlineNs() {
        return closeDeadlineNs;
    }

    long silenceDeadlineNs(boolean isTool, boolean isToolOpen) {
        long idleNs = config.runIdleTimeout().toNanos();
        return waitingSinceNs + (isTool ? toolTimeoutNs : isToolOpen ? Math.max(idleNs, toolTimeoutNs) : idleNs);
    }

    /** @return the earlier of the times at which a status is due and nobody has looked for too long. */
    long idleDeadlineNs() {
        long statusNs = statusDeadlineNs();
        return isUnwatched && unwatchedDeadlineNs() - statusNs < 0 ? unwatchedDeadlineNs() : statusNs;
    }

    private long statusDeadlineNs() {
        return lastSentNs + config.statusInterval().toNanos();
    }

    private long unwatchedDeadlineNs() {
        return unwatchedSinceNs + config.viewerlessGrace().toNanos();
    }
}

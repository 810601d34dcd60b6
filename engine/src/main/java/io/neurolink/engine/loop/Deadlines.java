package io.neurolink.engine.loop;

/**
 * What a WebSocket connection waits for, and until when: one timer in the wheel serves them all. Values are {@code nanoTime} values or {@link #NEVER}.
 */
final class Deadlines {
    static final long NEVER = Long.MAX_VALUE;

    long nextPingNs = NEVER;
    long pongNs = NEVER;
    long authNs = NEVER;
    long closeNs = NEVER;
    long idleNs = NEVER;

    /** The closing handshake has begun: nothing else counts any more. */
    void onlyClose(long deadlineNs) {
        nextPingNs = NEVER;
        pongNs = NEVER;
        authNs = NEVER;
        idleNs = NEVER;
        closeNs = deadlineNs;
    }

    static boolean isDue(long deadlineNs, long nowNs) {
        return deadlineNs != NEVER && nowNs - deadlineNs >= 0;
    }

    /** @return the first deadline seen from now, or {@link #NEVER}. */
    long earliest(long nowNs) {
        long delayNs = NEVER;
        delayNs = Math.min(delayNs, delay(nextPingNs, nowNs));
        delayNs = Math.min(delayNs, delay(pongNs, nowNs));
        delayNs = Math.min(delayNs, delay(authNs, nowNs));
        delayNs = Math.min(delayNs, delay(closeNs, nowNs));
        delayNs = Math.min(delayNs, delay(idleNs, nowNs));
        return delayNs == NEVER ? NEVER : nowNs + delayNs;
    }

    private static long delay(long deadlineNs, long nowNs) {
        return deadlineNs == NEVER ? NEVER : Math.max(0, deadlineNs - nowNs);
    }
}

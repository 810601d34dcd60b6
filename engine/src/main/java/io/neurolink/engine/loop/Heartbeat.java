package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.duty.TokenBucket;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.EngineHistogram;
import io.neurolink.protocol.CloseCode;
import java.nio.ByteBuffer;

/**
 * What a WebSocket connection waits for, and until when: pings, their answers, first-message authentication, traffic, the closing
 * handshake. One
 * timer of the wheel serves them all, set for the earliest.
 */
final class Heartbeat implements TimerOwner {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long MILLISECOND_NS = 1_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    /** A day: what lies farther away may be beyond the clock's range. */
    private static final long MAX_DELAY_MS = 86_400_000L;

    private final LoopConnection connection;
    private final EventLoop loop;
    private long timerId = Timers.NO_TIMER;

    private long nextPingNs = NEVER;
    private long pongNs = NEVER;
    /** Until then the connection must be authenticated: for the first time, or anew before its user's credential runs out. */
    private long authNs = NEVER;
    private long idleNs = NEVER;
    private long closeNs = NEVER;

    private long pingSentNs;
    private long pingCount;

    /** When the peer's allowance of control frames will be whole again; see {@link TokenBucket}. */
    private long controlFullNs;

    Heartbeat(LoopConnection connection, EventLoop loop) {
        this.connection = connection;
        this.loop = loop;
    }

    private EndpointSettings settings() {
        return connection.endpoint().settings();
    }

    void start(boolean isAuthPending) {
        long nowNs = loop.nowNs();
        controlFullNs = nowNs;
        nextPingNs = settings().pingIntervalNs() > 0 ? nowNs + settings().pingIntervalNs() : NEVER;
        idleNs = settings().idleTimeoutNs() > 0 ? nowNs + settings().idleTimeoutNs() : NEVER;
        authNs = isAuthPending ? nowNs + settings().firstMessageNs() : expiryNs(connection.user());
        rearm();
    }

    void stop() {
        loop.timers().cancel(timerId);
        timerId = Timers.NO_TIMER;
    }

    /** Any byte since a ping is a sign of life, not only its pong. */
    void onBytesIn() {
        pongNs = NEVER;
    }

    void onAuthenticated(AuthenticatedUser user) {
        authNs = expiryNs(user);
        rearm();
    }

    private long expiryNs(AuthenticatedUser user) {
        if (user == null || user.expiresAt() == null) {
            return NEVER;
        }
        long delayMs = Math.min(user.expiresAtMs() - loop.nowMs(), MAX_DELAY_MS);
        return loop.nowNs() + delayMs * MILLISECOND_NS;
    }

    /** Whoever was let in for longer than can be waited for is looked at again. */
    private void onAuthDue() {
        AuthenticatedUser user = connection.user();
        if (user == null) {
            loop.counters.increment(EngineCounter.AUTH_TIMEOUTS);
            connection.ending().close(CloseCode.AUTH_REQUIRED, "authentication required");
        } else if (user.expiresAtMs() <= loop.nowMs()) {
            loop.counters.increment(EngineCounter.AUTH_EXPIRED);
            connection.ending().close(CloseCode.AUTH_EXPIRED, "authentication expired");
        } else {
            authNs = expiryNs(user);
        }
    }

    /** The closing handshake has begun: nothing else counts any more. */
    void onClosing() {
        nextPingNs = NEVER;
        pongNs = NEVER;
        authNs = NEVER;
        idleNs = NEVER;
        closeNs = loop.nowNs() + settings().closeTimeoutNs();
        rearm();
    }

    private void rearm() {
        loop.timers().cancel(timerId);
        long nowNs = loop.nowNs();
        long delayNs = Math.min(Math.min(delay(nextPingNs, nowNs), delay(pongNs, nowNs)),
                Math.min(Math.min(delay(authNs, nowNs), delay(idleNs, nowNs)), delay(closeNs, nowNs)));
        timerId = delayNs == NEVER ? Timers.NO_TIMER : loop.timers().schedule(nowNs + delayNs, this, 0);
    }

    private static long delay(long deadlineNs, long nowNs) {
        return deadlineNs == NEVER ? NEVER : Math.max(0, deadlineNs - nowNs);
    }

    private static boolean isDue(long deadlineNs, long nowNs) {
        return deadlineNs != NEVER && nowNs - deadlineNs >= 0;
    }

    @Override
    public void onTimer(long firedId, int kind, long nowNs) {
        timerId = Timers.NO_TIMER;
        if (isDue(closeNs, nowNs)) {
            loop.counters.increment(EngineCounter.CLOSE_TIMEOUTS);
            connection.ending().terminate();
        } else if (isDue(authNs, nowNs)) {
            onAuthDue();
        } else if (isDue(pongNs, nowNs)) {
            onPongDue();
        } else if (isDue(nextPingNs, nowNs)) {
            nextPingNs = nowNs + settings().pingIntervalNs();
            ping();
        } else if (isDue(idleNs, nowNs)) {
            onIdleDue(nowNs);
        }
        if (connection.state() != ConnectionState.CLOSED && timerId == Timers.NO_TIMER) {
            rearm();
        }
    }

    /** Sends a ping; its payload is its number. */
    void ping() {
        pingSentNs = loop.nowNs();
        pingCount++;
        if (settings().jsonPings()) {
            loop.counters.increment(EngineCounter.PINGS_OUT);
            connection.send("{\"type\":\"ping\",\"timestamp\":" + loop.nowMs() + "}");
        } else {
            connection.writeSide().enqueuePing(loop.pingPayload(pingCount));
        }
        if (pongNs == NEVER && !connection.isStalled()) {
            pongNs = pingSentNs + settings().pongTimeoutNs();
            rearm();
        }
    }

    /** A peer that is not read at present, because its messages find no room, cannot be heard either. */
    private void onPongDue() {
        pongNs = NEVER;
        if (!connection.isStalled()) {
            loop.counters.increment(EngineCounter.PONG_TIMEOUTS);
            connection.ending().onPeerSilent();
        }
    }

    /** A pong came, maybe that for the last ping. @return false if it was one too many */
    boolean onPong(ByteBuffer bytes, int position, int length) {
        if (!admitControlFrame()) {
            return false;
        }
        if (length == Long.BYTES && bytes.getLong(position) == pingCount) {
            long roundTripNs = loop.nowNs() - pingSentNs;
            connection.roundTripNsOpaque(roundTripNs);
            loop.counters.record(EngineHistogram.ROUND_TRIP_TIME, roundTripNs);
        }
        return true;
    }

    /**
     * Counts a ping, a pong or a frame that brings nothing: each costs the peer a few bytes only, so their number is limited.
     *
     * @return false if it was one too many, which ends the connection.
     */
    boolean admitControlFrame() {
        int limit = settings().maxControlFrames();
        if (limit == 0 || connection.state() != ConnectionState.OPEN) {
            return true;
        }
        long takenNs = Math.max(0, controlFullNs - loop.nowNs()) + TokenBucket.durationNs(1, limit);
        if (takenNs > SECOND_NS) {
            loop.counters.increment(EngineCounter.CONTROL_FLOODS);
            connection.ending().fail(CloseCode.POLICY_VIOLATION, "more than " + limit + " control or empty frames per second");
            return false;
        }
        controlFullNs = loop.nowNs() + takenNs;
        return true;
    }

    private void onIdleDue(long nowNs) {
        long lastActivityNs = connection.isStalled() ? nowNs : connection.lastActivityNsOpaque();
        idleNs = lastActivityNs + settings().idleTimeoutNs();
        if (isDue(idleNs, nowNs)) {
            loop.counters.increment(EngineCounter.IDLE_TIMEOUTS);
            connection.ending().close(CloseCode.GOING_AWAY, "idle timeout");
        }
    }
}

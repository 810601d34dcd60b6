package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TokenBucket;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.RateLimitPolicy;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.RateLimits.Rate;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.CloseCode;
import java.nio.ByteBuffer;

/** Lets the messages of a connection through as fast as its rate limits allow; only connections that have limits have one. Loop only. */
final class RateGate {
    private final LoopConnection connection;
    private final EventLoop loop;
    private final RateLimits limits;
    private final RateBuckets own;

    /** Those of the user, shared with other connections; null without a user. */
    private RateBuckets shared;
    private AuthenticatedUser user;

    /** The limit that was met last, for the reason of the close. */
    private Rate met;
    private String metWhat;

    RateGate(LoopConnection connection, EventLoop loop, RateLimits limits) {
        this.connection = connection;
        this.loop = loop;
        this.limits = limits;
        this.own = RateBuckets.of(limits.messages(), limits.bytes(), loop.nowNs());
        user(connection.user());
    }

    /** The connection belongs to somebody from now on. */
    void user(AuthenticatedUser newUser) {
        if (user == null && newUser != null && limits.hasUserLimits()) {
            user = newUser;
            shared = connection.endpoint().acquireRates(newUser, loop.nowNs());
        }
    }

    /** The connection is gone. */
    void release() {
        if (user != null) {
            connection.endpoint().releaseRates(user, loop.nowNs());
            user = null;
        }
    }

    void message(int opcode, ByteBuffer bytes, int position, int length) {
        if (limits.policy() == RateLimitPolicy.PAUSE || limits.policy() == RateLimitPolicy.REPORT && Part.isPart(opcode)) {
            deliverAndPause(opcode, bytes, position, length);
            return;
        }
        long waitNs = tryTake(messages(opcode), length);
        if (waitNs == 0) {
            connection.delivery().message(opcode, bytes, position, length);
        } else if (limits.policy() == RateLimitPolicy.CLOSE) {
            loop.counters.increment(EngineCounter.RATE_LIMIT_CLOSES);
            connection.ending().fail(CloseCode.POLICY_VIOLATION, "rate limited: more than " + met.perSecond() + metWhat);
        } else {
            loop.counters.increment(EngineCounter.RATE_LIMITED_MESSAGES);
            connection.delivery().message(InboundMessage.rateLimited(opcode, waitNs), bytes, position, length);
        }
    }

    /** A message that comes in parts counts when its last one does. */
    private static int messages(int opcode) {
        return Part.isPart(opcode) && !Part.isLast(opcode) ? 0 : 1;
    }

    private void deliverAndPause(int opcode, ByteBuffer bytes, int position, int length) {
        long nowNs = loop.nowNs();
        int messages = messages(opcode);
        long waitNs = take(own.messages(), messages, nowNs);
        waitNs = Math.max(waitNs, take(own.bytes(), length, nowNs));
        if (shared != null) {
            waitNs = Math.max(waitNs, take(shared.messages(), messages, nowNs));
            waitNs = Math.max(waitNs, take(shared.bytes(), length, nowNs));
        }
        connection.delivery().message(opcode, bytes, position, length);
        if (waitNs > 0 && connection.isSending()) {
            loop.counters.increment(EngineCounter.RATE_LIMIT_PAUSES);
            connection.delivery().pause(waitNs);
        }
    }

    private static long take(TokenBucket bucket, long tokens, long nowNs) {
        return bucket == null || tokens == 0 ? 0 : bucket.take(tokens, nowNs);
    }

    /** All or nothing. @return 0, or how long to wait */
    private long tryTake(int messages, int length) {
        long nowNs = loop.nowNs();
        long waitNs = tryTake(own.messages(), messages, nowNs, limits.messages(), " messages per second");
        if (waitNs > 0) {
            return waitNs;
        }
        waitNs = tryTake(own.bytes(), length, nowNs, limits.bytes(), " bytes per second");
        if (waitNs == 0 && shared != null) {
            waitNs = tryTakeShared(messages, length, nowNs);
            giveBack(own.bytes(), waitNs == 0 ? 0 : length);
        }
        giveBack(own.messages(), waitNs == 0 ? 0 : messages);
        return waitNs;
    }

    private long tryTakeShared(int messages, int length, long nowNs) {
        long waitNs = tryTake(shared.messages(), messages, nowNs, limits.userMessages(), " messages per second of one user");
        if (waitNs == 0) {
            waitNs = tryTake(shared.bytes(), length, nowNs, limits.userBytes(), " bytes per second of one user");
            giveBack(shared.messages(), waitNs == 0 ? 0 : messages);
        }
        return waitNs;
    }

    private long tryTake(TokenBucket bucket, int tokens, long nowNs, Rate rate, String what) {
        met = rate;
        metWhat = what;
        return bucket == null || tokens == 0 ? 0 : bucket.tryTake(tokens, nowNs);
    }

    private static void giveBack(TokenBucket bucket, int tokens) {
        if (bucket != null && tokens > 0) {
            bucket.giveBack(tokens);
        }
    }
}

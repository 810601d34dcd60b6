package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Asks an authenticator, on a cold thread and with a deadline. Whatever the authenticator does, the loop gets exactly one decision: a
 * failure and a missed
 * deadline become refusals of their own kind, recognised by identity.
 */
final class AuthCall implements TimerOwner {
    /** The authenticator threw, or answered null. */
    static final AuthDecision FAILED = AuthDecision.rejected(null, "authentication failed: internal error");

    /** The authenticator took too long. */
    static final AuthDecision TIMED_OUT = AuthDecision.rejected(null, "authentication timed out");

    private static final AuthDecision EXPIRED = AuthDecision.expired(null, "The credential has expired");

    private final EventLoop loop;
    private final Endpoint endpoint;
    private final Upgrade upgrade;
    private final String credential;
    private final Consumer<AuthDecision> onDecided;
    private long timerId = Timers.NO_TIMER;
    private boolean isDecided;

    AuthCall(EventLoop loop, Endpoint endpoint, Upgrade upgrade, String credential, Consumer<AuthDecision> onDecided) {
        this.loop = loop;
        this.endpoint = endpoint;
        this.upgrade = upgrade;
        this.credential = credential;
        this.onDecided = onDecided;
    }

    /** Loop only. */
    void start() {
        timerId = loop.timers().schedule(loop.nowNs() + endpoint.settings().authTimeoutNs(), this, 0);
        if (!loop.runCold(this::ask)) {
            onAnswer(null, new IllegalStateException("too many authentications at once"));
        }
    }

    private void ask() {
        try {
            CompletionStage<AuthDecision> stage = endpoint.authenticator().authenticate(upgrade, credential);
            Objects.requireNonNull(stage, "an Authenticator must not answer null")
                    .whenComplete((decision, failure) -> loop.proxy().executeUrgently(() -> onAnswer(decision, failure)));
        } catch (Throwable t) {
            loop.proxy().executeUrgently(() -> onAnswer(null, t));
        }
    }

    private void onAnswer(AuthDecision decision, Throwable failure) {
        if (decision == null) {
            loop.handlerErrors().onError(failure != null ? failure : new NullPointerException("an Authenticator decided null"));
        }
        decide(decision == null ? FAILED : isExpired(decision) ? EXPIRED : decision);
    }

    private boolean isExpired(AuthDecision decision) {
        AuthenticatedUser user = decision.user();
        return user != null && user.expiresAtMs() <= loop.nowMs();
    }

    @Override
    public void onTimer(long firedId, int kind, long nowNs) {
        decide(TIMED_OUT);
    }

    private void decide(AuthDecision decision) {
        if (!isDecided) {
            isDecided = true;
            loop.timers().cancel(timerId);
            onDecided.accept(decision);
        }
    }
}

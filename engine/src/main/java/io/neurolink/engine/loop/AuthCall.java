package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthUnavailableException;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Asks an authenticator, on a cold thread and with a deadline. Whatever the authenticator does, the loop gets exactly one decision: a
 * failure and a missed
 * deadline become refusals of their own kind, recognised by identity.
 */
final class AuthCall implements TimerOwner {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    /** The authenticator threw, or answered null. */
    static final AuthDecision FAILED = AuthDecision.unavailable("authentication failed: internal error", RETRY_AFTER);

    /** The authenticator took too long. */
    static final AuthDecision TIMED_OUT = AuthDecision.unavailable("authentication timed out", RETRY_AFTER);

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
            onAnswer(null, new AuthUnavailableException("too many authentications at once", RETRY_AFTER, null));
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
            decide(onFailure(failure != null ? failure : new NullPointerException("an Authenticator decided null")));
        } else {
            decide(isExpired(decision) ? EXPIRED : decision);
        }
    }

    /** That an authenticator has too much to do is no error; that something it needs is down is one. */
    private AuthDecision onFailure(Throwable failure) {
        Throwable root = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        AuthUnavailableException unavailable = root instanceof AuthUnavailableException known ? known : null;
        if (unavailable == null || unavailable.getCause() != null) {
            loop.handlerErrors().onError(root);
        }
        return unavailable == null ? FAILED : unavailable.decision();
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

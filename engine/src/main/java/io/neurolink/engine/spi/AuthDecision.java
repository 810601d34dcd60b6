package io.neurolink.engine.spi;

import java.time.Duration;
import java.util.Objects;

/**
 * What an {@link Authenticator} decided. Made by the factory methods.
 *
 * @param outcome   the decision.
 * @param user      who it is; null for an anonymous connection and for every refusal.
 * @param challenge value for {@code WWW-Authenticate} of a 401, or null.
 * @param message   one sentence for the client; never a secret. Null when accepted.
 * @param retryAfter when it is worth another try; null where trying again does not help
 */
public record AuthDecision(Outcome outcome, AuthenticatedUser user, String challenge, String message, Duration retryAfter) {
    /** The ways it can go. */
    public enum Outcome {
        /** The connection may be used, by the user named or anonymously. */
        ACCEPTED,
        /** There was no credential and one is needed: 401, unless the connection may authenticate by its first message. */
        MISSING,
        /** The credential is wrong: 401. */
        REJECTED,
        /** The credential was good once: 401. */
        EXPIRED,
        /** The user is known but may not do this: 403. */
        FORBIDDEN,
        /** Whether the credential is good cannot be said now: 503. */
        UNAVAILABLE
    }

    /** Checks that the outcome is there. */
    public AuthDecision {
        Objects.requireNonNull(outcome, "outcome");
    }

    /**
     * {@return the connection may be used by this user}
     *
     * @param user who it is.
     */
    public static AuthDecision accepted(AuthenticatedUser user) {
        return new AuthDecision(Outcome.ACCEPTED, Objects.requireNonNull(user, "user"), null, null, null);
    }

    /** {@return the connection may be used without a user} */
    public static AuthDecision anonymous() {
        return new AuthDecision(Outcome.ACCEPTED, null, null, null, null);
    }

    /**
     * {@return no credential was presented}
     *
     * @param challenge value for {@code WWW-Authenticate}, or null.
     * @param message   which credential is missing and where it would be looked for.
     */
    public static AuthDecision missing(String challenge, String message) {
        return new AuthDecision(Outcome.MISSING, null, challenge, message, null);
    }

    /**
     * {@return the credential is not valid}
     *
     * @param challenge value for {@code WWW-Authenticate}, or null.
     * @param message   one sentence, without the credential.
     */
    public static AuthDecision rejected(String challenge, String message) {
        return new AuthDecision(Outcome.REJECTED, null, challenge, message, null);
    }

    /**
     * {@return the credential has run out; a new one may be accepted}
     *
     * @param challenge value for {@code WWW-Authenticate}, or null.
     * @param message   one sentence, without the credential.
     */
    public static AuthDecision expired(String challenge, String message) {
        return new AuthDecision(Outcome.EXPIRED, null, challenge, message, null);
    }

    /**
     * {@return the user may not connect here}
     *
     * @param message which role or permission is missing.
     */
    public static AuthDecision forbidden(String message) {
        return new AuthDecision(Outcome.FORBIDDEN, null, null, message, null);
    }

    /**
     * {@return the credential could not be checked; it may well be good}
     *
     * @param message    why it cannot be said, in one sentence, without the credential.
     * @param retryAfter when it is worth another try, at least zero.
     */
    public static AuthDecision unavailable(String message, Duration retryAfter) {
        return new AuthDecision(Outcome.UNAVAILABLE, null, null, message, Objects.requireNonNull(retryAfter, "retryAfter"));
    }

    /** {@return whether the connection may be used} */
    public boolean isAccepted() {
        return outcome == Outcome.ACCEPTED;
    }
}

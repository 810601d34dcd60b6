package io.neurolink.engine;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.Authenticator;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Who may connect.
 *
 * @param strategy            name of the strategy: none, bearer, apiKey, basic or custom
 * @param authenticator       decides, with all of this configuration worked in
 * @param timeout             time for a decision; then the upgrade is answered with 504; default 5 s
 * @param firstMessageTimeout time within which a connection that brought no credential must authenticate by a message, else it is closed
 *                            with 4401; zero (the default) = such a connection is refused with 401
 */
public record AuthConfig(String strategy, Authenticator authenticator, Duration timeout, Duration firstMessageTimeout) {
    /** Checks the values. */
    public AuthConfig {
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(authenticator, "authenticator");
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be more than zero: " + timeout);
        }
        if (firstMessageTimeout.isNegative()) {
            throw new IllegalArgumentException("firstMessageTimeout must not be negative: " + firstMessageTimeout);
        }
    }

    /** @return everybody may connect, anonymously. */
    public static AuthConfig none() {
        return new AuthConfig("none", (request, credential) -> CompletableFuture.completedFuture(AuthDecision.anonymous()),
                Duration.ofSeconds(5), Duration.ZERO);
    }
}

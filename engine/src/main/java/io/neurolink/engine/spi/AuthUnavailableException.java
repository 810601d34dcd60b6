package io.neurolink.engine.spi;

import java.time.Duration;
import java.util.Objects;

/**
 * A credential cannot be checked at present: what knows about it is down, or has too much to do. Thrown by an {@link Authenticator} or a
 * validator, or what its stage fails with. An upgrade is answered with 503 and {@code Retry-After}, never with 401: the client is to try
 * the same credential again.
 */
public final class AuthUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Duration retryAfter;

    /**
     * Creates the error.
     *
     * @param message    one sentence for the client; never a secret.
     * @param retryAfter when it is worth another try, at least zero.
     * @param cause      what the operator should know, or null where nothing is broken; reported as an error of the authenticator.
     */
    public AuthUnavailableException(String message, Duration retryAfter, Throwable cause) {
        super(message, cause);
        this.retryAfter = Objects.requireNonNull(retryAfter, "retryAfter");
    }

    /** {@return the decision it stands for} */
    public AuthDecision decision() {
        return AuthDecision.unavailable(getMessage(), retryAfter);
    }
}

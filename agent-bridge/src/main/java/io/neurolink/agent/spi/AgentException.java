package io.neurolink.agent.spi;

import java.util.Objects;

/** A failure with what the client needs to know: a code, a text for people, and whether and when to try again. */
public final class AgentException extends RuntimeException {
    /** Value of {@link #retryAfterMs()} where there is no hint. */
    public static final long NO_HINT = -1;

    private static final long serialVersionUID = 1L;

    /** Told to the client. */
    private final String code;
    /** Whether trying again may help. */
    private final boolean retryable;
    /** Milliseconds to wait before that, or {@link #NO_HINT}. */
    private final long retryAfterMs;

    /**
     * A failure with one of the protocol's codes, retryable as that code says.
     *
     * @param code    the code.
     * @param message text for people, shown to the client: never a secret.
     */
    public AgentException(ErrorCode code, String message) {
        this(code.name(), message, code.isRetryable(), NO_HINT, null);
    }

    /**
     * A failure with any code.
     *
     * @param code         the code.
     * @param message      text for people, shown to the client: never a secret.
     * @param retryable    whether trying again unchanged may help.
     * @param retryAfterMs milliseconds to wait before that, or {@link #NO_HINT}.
     */
    public AgentException(String code, String message, boolean retryable, long retryAfterMs) {
        this(code, message, retryable, retryAfterMs, null);
    }

    /**
     * A failure with any code and its cause, which is logged but not shown to the client.
     *
     * @param code         the code.
     * @param message      text for people, shown to the client: never a secret.
     * @param retryable    whether trying again unchanged may help.
     * @param retryAfterMs milliseconds to wait before that, or {@link #NO_HINT}.
     * @param cause        why it happened, or null.
     */
    public AgentException(String code, String message, boolean retryable, long retryAfterMs, Throwable cause) {
        super(message, cause);
        this.code = Objects.requireNonNull(code, "code");
        this.retryable = retryable;
        this.retryAfterMs = retryAfterMs;
    }

    /**
     * Makes a failure of whatever was thrown: an {@code AgentException} stays as it is, also below a {@code CompletionException}; anything
     * else gets the code given and its own message, or the name of its class where it has none.
     *
     * @param error what was thrown, or null.
     * @param code  code for what has none.
     * @return the failure.
     */
    public static AgentException of(Throwable error, ErrorCode code) {
        Throwable root = Failures.unwrap(error);
        if (root instanceof AgentException known) {
            return known;
        }
        return new AgentException(code.name(), Failures.describe(root), code.isRetryable(), NO_HINT, root);
    }

    /** {@return the code, usually the name of an {@link ErrorCode}} */
    public String code() {
        return code;
    }

    /** {@return whether trying again unchanged may help} */
    public boolean isRetryable() {
        return retryable;
    }

    /** {@return milliseconds to wait before that, or {@link #NO_HINT}} */
    public long retryAfterMs() {
        return retryAfterMs;
    }
}

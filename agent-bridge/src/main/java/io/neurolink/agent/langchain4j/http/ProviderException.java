package io.neurolink.agent.langchain4j.http;

import dev.langchain4j.exception.HttpException;

/**
 * What a provider answered instead of an answer: a status of HTTP, or an error in the midst of a stream. LangChain4j's own exceptions have
 * it as their cause.
 */
public final class ProviderException extends HttpException {
    /** Status of an error that came in the midst of a stream. */
    public static final int IN_STREAM = 0;
    /** Value of {@link #retryAfterMs()} where there is no hint. */
    public static final long NO_HINT = -1;

    private static final long serialVersionUID = 1L;

    /** The provider's word for it. */
    private final String kind;
    /** Milliseconds to wait, or {@link #NO_HINT}. */
    private final long retryAfterMs;

    /**
     * Creates the error.
     *
     * @param statusCode   status of HTTP, or {@link #IN_STREAM}.
     * @param kind         the provider's word for it, such as {@code overloaded_error}; empty where it has none.
     * @param message      the provider's text, shortened; possibly empty.
     * @param retryAfterMs milliseconds to wait before trying again, or {@link #NO_HINT}.
     */
    public ProviderException(int statusCode, String kind, String message, long retryAfterMs) {
        super(statusCode, message);
        this.kind = kind;
        this.retryAfterMs = retryAfterMs;
    }

    /** {@return the provider's word for it, possibly empty} */
    public String kind() {
        return kind;
    }

    /** {@return milliseconds to wait before trying again, or {@link #NO_HINT}} */
    public long retryAfterMs() {
        return retryAfterMs;
    }
}

package io.neurolink.agent.langchain4j;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import io.neurolink.agent.langchain4j.http.ProviderException;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;

/** Makes errors of the protocol of what goes wrong with a model. Their texts are for clients: they name no key and hold no stack trace. */
final class ModelFailures {
    private static final long NO_HINT = AgentException.NO_HINT;
    private static final int MAX_DEPTH = 32;

    private final String provider;
    private final Redactor redactor;

    ModelFailures(String provider, Redactor redactor) {
        this.provider = provider;
        this.redactor = redactor;
    }

    /**
     * @param error what the model or its HTTP client threw.
     * @param model name of the model that was asked, or null.
     * @return the failure.
     */
    AgentException of(Throwable error, String model) {
        if (error instanceof AgentException known) {
            return known;
        }
        ProviderException answered = find(error, ProviderException.class);
        if (answered != null) {
            return ofAnswer(answered, model);
        }
        HttpException plain = find(error, HttpException.class);
        if (plain != null) {
            return ofAnswer(new ProviderException(plain.statusCode(), "", oneLine(plain.getMessage()), NO_HINT), model);
        }
        return ofException(error, model);
    }

    private AgentException ofAnswer(ProviderException answer, String model) {
        String kind = answer.kind().toLowerCase(Locale.ROOT);
        int status = answer.statusCode();
        if (isOneOf(kind, "content_filter", "content_policy", "responsible_ai")) {
            return failure(ErrorCode.CONTENT_FILTERED, "refused the request for reasons of content", answer);
        }
        if (status == 401 || status == 403 || isOneOf(kind, "authentication_error", "permission_error", "invalid_api_key")) {
            // Without the provider's text, which likes to quote the key.
            return new AgentException(ErrorCode.MODEL_ERROR, provider + " refused our credentials" + statusOf(answer));
        }
        if (status == 429 || isOneOf(kind, "rate_limit")) {
            boolean isRetryable = !isOneOf(kind, "insufficient_quota", "billing");
            return failure(ErrorCode.RATE_LIMITED, isRetryable, "limits the rate of requests", answer);
        }
        if (status == 404 || isOneOf(kind, "model_not_found", "not_found_error")) {
            return failure(ErrorCode.MODEL_ERROR, "does not know the model " + quoted(model), answer);
        }
        if (status == 408 || status == 504) {
            return failure(ErrorCode.MODEL_TIMEOUT, "did not answer in time", answer);
        }
        if (status >= 500 || isOneOf(kind, "overloaded", "server_error", "api_error", "unavailable", "timeout", "502", "503", "529")) {
            return failure(ErrorCode.MODEL_UNAVAILABLE, "is not available", answer);
        }
        return failure(ErrorCode.MODEL_ERROR, status == ProviderException.IN_STREAM ? "reported an error" : "refused the request", answer);
    }

    private static boolean isOneOf(String kind, String... words) {
        return List.of(words).stream().anyMatch(kind::contains);
    }

    private AgentException failure(ErrorCode code, String what, ProviderException answer) {
        return failure(code, code.isRetryable(), what, answer);
    }

    private AgentException failure(ErrorCode code, boolean isRetryable, String what, ProviderException answer) {
        String said = answer.getMessage() == null || answer.getMessage().isBlank() ? "" : ": " + redactor.clean(answer.getMessage());
        return new AgentException(code.name(), provider + " " + what + statusOf(answer) + said, isRetryable,
                isRetryable ? answer.retryAfterMs() : NO_HINT);
    }

    private static String statusOf(ProviderException answer) {
        return answer.statusCode() == ProviderException.IN_STREAM ? "" : " (HTTP " + answer.statusCode() + ")";
    }

    private AgentException ofException(Throwable error, String model) {
        if (has(error, ContentFilteredException.class)) {
            return new AgentException(ErrorCode.CONTENT_FILTERED, provider + " refused the request for reasons of content");
        } else if (has(error, AuthenticationException.class)) {
            return new AgentException(ErrorCode.MODEL_ERROR, provider + " refused our credentials");
        } else if (has(error, RateLimitException.class)) {
            return new AgentException(ErrorCode.RATE_LIMITED, provider + " limits the rate of requests");
        } else if (has(error, ModelNotFoundException.class)) {
            return new AgentException(ErrorCode.MODEL_ERROR, provider + " does not know the model " + quoted(model));
        } else if (isUnreachable(error)) {
            return new AgentException(ErrorCode.MODEL_UNAVAILABLE, provider + " cannot be reached");
        } else if (has(error, TimeoutException.class) || has(error, HttpTimeoutException.class)) {
            return new AgentException(ErrorCode.MODEL_TIMEOUT,
                    provider + " did not answer in time" + detail(find(error, TimeoutException.class)));
        } else if (has(error, EOFException.class) && find(error, EOFException.class).getMessage() != null) {
            return new AgentException(ErrorCode.MODEL_UNAVAILABLE, provider + ": " + find(error, EOFException.class).getMessage());
        } else if (has(error, IOException.class)) {
            String how = find(error, IOException.class).getMessage();
            return new AgentException(ErrorCode.MODEL_UNAVAILABLE,
                    provider + " broke the connection off" + (how == null ? "" : ": " + oneLine(redactor.clean(how))));
        } else if (has(error, InternalServerException.class) || has(error, RetriableException.class)) {
            return new AgentException(ErrorCode.MODEL_UNAVAILABLE, provider + " is not available");
        } else if (has(error, RejectedExecutionException.class)) {
            return new AgentException(ErrorCode.MODEL_UNAVAILABLE, "too many models at work at once");
        }
        return unexpected(error);
    }

    private static boolean isUnreachable(Throwable error) {
        return has(error, ConnectException.class) || has(error, NoRouteToHostException.class)
                || has(error, UnresolvedModelServerException.class) || has(error, UnknownHostException.class)
                || has(error, HttpConnectTimeoutException.class);
    }

    /** Its cause goes to the log, unless it tells a secret. */
    private AgentException unexpected(Throwable error) {
        String text = error.getMessage() == null ? error.getClass().getSimpleName() : oneLine(redactor.clean(error.getMessage()));
        Throwable cause = redactor.isTold(error) || error instanceof LangChain4jException ? null : error;
        return new AgentException(ErrorCode.MODEL_ERROR.name(), provider + " failed: " + text, false, NO_HINT, cause);
    }

    private static String detail(Throwable error) {
        return error == null || error.getMessage() == null || error.getCause() != null ? "" : ": " + oneLine(error.getMessage());
    }

    private static String quoted(String model) {
        return model == null ? "it was asked for" : "'" + model + "'";
    }

    private static String oneLine(String text) {
        String line = text == null ? "" : text.strip().replaceAll("\\s+", " ");
        return line.length() > 400 ? line.substring(0, 400) + "…" : line;
    }

    private static boolean has(Throwable error, Class<? extends Throwable> type) {
        return find(error, type) != null;
    }

    private static <T extends Throwable> T find(Throwable error, Class<T> type) {
        int depth = 0;
        for (Throwable current = error; current != null && depth < MAX_DEPTH; current = current.getCause(), depth++) {
            if (type.isInstance(current)) {
                return type.cast(current);
            }
        }
        return null;
    }
}

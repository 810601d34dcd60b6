package io.neurolink.agent.spi;

/** The error codes of the agent protocol, and whether the same request may succeed later without being changed. */
public enum ErrorCode {
    /** A WebSocket error reported by a handler. */
    WEBSOCKET_ERROR(false),
    /** A handler threw something that has no code. */
    UNKNOWN_ERROR(false),
    /** The message is not JSON, or exceeds a limit of the parser. */
    INVALID_JSON(false),
    /** The message has no {@code type}. */
    TYPE_REQUIRED(false),
    /** Nothing here serves this {@code type}. */
    UNKNOWN_TYPE(false),
    /** A field is missing, has the wrong type or is out of range; the text names it. */
    INVALID_PAYLOAD(false),
    /** The agent has no tool of this name. */
    TOOL_NOT_FOUND(false),
    /** The tool threw, or gave no result in time. */
    TOOL_FAILED(false),
    /** Nothing but {@code auth} is served before authentication. */
    AUTH_REQUIRED(false),
    /** The credential is wrong. */
    AUTH_INVALID(false),
    /** The credential was good once. */
    AUTH_EXPIRED(false),
    /** The user may not do this. */
    FORBIDDEN(false),
    /** Too many requests in too short a time. */
    RATE_LIMITED(true),
    /** The connection has as many runs going as it may have. */
    TOO_MANY_RUNS(true),
    /** A run with this {@code requestId} is going on. */
    DUPLICATE_REQUEST(false),
    /** The model cannot be reached or is overloaded. */
    MODEL_UNAVAILABLE(true),
    /** The model fell silent. */
    MODEL_TIMEOUT(true),
    /** The model or the agent failed. */
    MODEL_ERROR(false),
    /** The model refused for reasons of content. */
    CONTENT_FILTERED(false),
    /** The server is about to stop. */
    SHUTTING_DOWN(true),
    /** A fault of the server's own. */
    INTERNAL(false);

    private final boolean retryable;

    ErrorCode(boolean retryable) {
        this.retryable = retryable;
    }

    /** {@return whether trying again unchanged may help} */
    public boolean isRetryable() {
        return retryable;
    }
}

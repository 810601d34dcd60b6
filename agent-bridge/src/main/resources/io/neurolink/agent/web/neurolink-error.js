/** The error type of the NeuroLink client, and the ways one comes about. */

/** Codes after which the same token must not be tried again. */
export const AUTH_ERRORS = new Set(['AUTH_REQUIRED', 'AUTH_INVALID', 'AUTH_EXPIRED', 'FORBIDDEN']);

/**
 * What every failure of this module is: a refused argument, a lost connection, or an `error` the server sent.
 *
 * `code` is the server's code (`RATE_LIMITED`, `MODEL_TIMEOUT`, …) or one of the client's own: `INVALID_ARGUMENT`, `NO_WEBSOCKET`,
 * `NOT_CONNECTED`, `QUEUE_FULL`, `MESSAGE_TOO_LARGE`, `CONNECT_FAILED`, `CONNECT_TIMEOUT`, `CONNECTION_LOST`, `CLOSED`, `CANCELLED`,
 * `SEQUENCE_GAP`, `INVALID_MESSAGE`, `PING_TIMEOUT`, `AUTH_TIMEOUT`, and where a run cannot be gone on with after a lost connection
 * `RESUME_UNKNOWN` (the server does not know the run), `RESUME_EXPIRED` (not any more), `RESUME_TRIMMED` (it has forgotten events that are
 * missing here; it still has those from `oldestSeq`), `RESUME_EPOCH` (it was started anew), `RESUME_FORBIDDEN` (the run belongs to another
 * user), `RESUME_UNSUPPORTED` (this server cannot).
 */
export class NeuroLinkError extends Error {
    /**
     * @param {string} code
     * @param {string} message
     * @param {object} [details] retryable, retryAfterMs, requestId, closeCode, oldestSeq, cause
     */
    constructor(code, message, details = {}) {
        super(message, details.cause === undefined ? undefined : { cause: details.cause });
        this.name = 'NeuroLinkError';
        /** Stable, for programs. */
        this.code = code;
        /** Whether trying the same again may work. */
        this.retryable = details.retryable ?? false;
        /** How long to wait before trying again, in milliseconds, where the server said so. */
        this.retryAfterMs = details.retryAfterMs;
        /** The run it belongs to, if any. */
        this.requestId = details.requestId;
        /** The WebSocket close code, where a closed connection is the cause. */
        this.closeCode = details.closeCode;
        /** `RESUME_TRIMMED`: the oldest event that the server still has. */
        this.oldestSeq = details.oldestSeq;
    }
}

/** The error a server's `error` message stands for. */
export function serverError({ error, code = 'UNKNOWN_ERROR', retryable, retryAfterMs, requestId }) {
    return new NeuroLinkError(code, typeof error === 'string' ? error : code, { retryable, retryAfterMs, requestId });
}

/** The error of a `tool_result` that carries one. */
export function toolError({ error, toolName, requestId }) {
    const text = typeof error === 'string' ? error : error?.message ?? JSON.stringify(error);
    return new NeuroLinkError(error?.code ?? 'TOOL_FAILED', `tool "${toolName}" failed: ${text}`, { requestId });
}

const RESUME_TEXTS = {
    unknown: 'the server does not know it',
    expired: 'the server has not kept it',
    trimmed: 'the server has not kept all of the missing events',
    epoch: 'the server was started anew',
    forbidden: 'it belongs to another user',
    unsupported: 'the server cannot resume runs',
};

/** The error of a run that cannot be gone on with. */
export function resumeError({ reason = 'unknown', oldestSeq, requestId }) {
    const message = `run "${requestId}" cannot be resumed: ${RESUME_TEXTS[reason] ?? reason}`;
    return new NeuroLinkError(`RESUME_${String(reason).toUpperCase()}`, message, { requestId, oldestSeq });
}

/** The error of events that are missing. */
export function gapError({ requestId, lastSeq }, { seq, n = 1 }) {
    return new NeuroLinkError('SEQUENCE_GAP', `expected event ${lastSeq + 1} of run "${requestId}", got ${seq} (n = ${n})`,
        { requestId, retryable: true });
}

/** The error of a connection, as one of its runs meets it. */
export function forRun(error, { requestId }) {
    const message = `${error.message}; run "${requestId}" had not ended`;
    return new NeuroLinkError(error.code, message, { ...error, requestId, cause: error });
}

/** The error of a request that was cancelled. */
export function cancelled(requestId) {
    return new NeuroLinkError('CANCELLED', `run "${requestId}" was cancelled`, { requestId });
}

/** The error of a caller's mistake. */
export function invalid(text, cause) {
    return new NeuroLinkError('INVALID_ARGUMENT', text, { cause });
}

/** One WebSocket of the NeuroLink client. */

import { AUTH_ERRORS, NeuroLinkError, serverError } from './neurolink-error.js';
import { deferred } from './neurolink-events.js';

/** The subprotocol this client offers. */
export const SUBPROTOCOL = 'neurolink.agent.v1';

const CLOSE_TIMEOUT_MS = 5_000;
const CLOSED_BY_CLIENT = 4000;
const NO_STATUS = 1005;
const ABNORMAL = 1006;
const CLOSED_STATE = 3;
/** Closes that say that this client did something it must not do: it would do it again. */
const CLOSES_FOR_GOOD = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

/** One socket, from its opening to its end: handshake, signs of life, and who answers whom. It ends once and never comes back. */
export class Link {
    #options;
    #owner;
    #socket = null;
    #isDone = false;
    #isOpened = false;
    #isReady = false;
    #needsAuthOk = false;
    #info = null;
    #connectTimer = null;
    #heartbeatTimer = null;
    #closeTimer = null;
    #lastInboundMs = 0;
    #probeMs = null;
    #lastPingStamp = 0;
    #pings = new Map();
    #authReply = null;
    #lastError = null;
    #retryAfterMs;
    #failureText = '';

    constructor(options, owner) {
        this.#options = options;
        this.#owner = owner;
    }

    open(url, token) {
        const { auth, queryParam, WebSocket, webSocketOptions, connectTimeoutMs, timers } = this.#options;
        const hasToken = token !== undefined && token !== null;
        const target = new URL(url);
        const protocols = [SUBPROTOCOL];
        if (hasToken && auth === 'query') {
            target.searchParams.set(queryParam, token);
        } else if (hasToken && auth === 'subprotocol') {
            protocols.push(`bearer.${base64Url(token)}`);
        }
        this.#needsAuthOk = hasToken && auth === 'message';
        this.#connectTimer = timers.setTimeout(() => this.abandon(new NeuroLinkError('CONNECT_TIMEOUT',
            `no "connected" message from ${url.href} within ${connectTimeoutMs} ms`, { retryable: true })), connectTimeoutMs);
        try {
            const more = webSocketOptions === undefined ? [] : [webSocketOptions];
            this.#socket = new WebSocket(target.href, protocols, ...more);
        } catch (cause) {
            this.#end(new NeuroLinkError('CONNECT_FAILED', `cannot connect to ${url.href}: ${cause.message}`, { cause }));
            return;
        }
        this.#socket.onopen = () => this.#onOpen(token);
        this.#socket.onmessage = ({ data }) => this.#onData(data);
        this.#socket.onerror = (event) => this.#onError(url, event);
        this.#socket.onclose = ({ code, reason }) => this.#end(this.#closeError(url, code, reason));
    }

    send(message) {
        this.sendText(JSON.stringify(message));
    }

    sendText(text, shownText = text) {
        this.#socket.send(text);
        this.#owner.onText('out', shownText);
    }

    ping(timeoutMs) {
        const { timers } = this.#options;
        const stamp = Math.max(Date.now(), this.#lastPingStamp + 1);
        const sentMs = timers.now();
        this.#lastPingStamp = stamp;
        const answer = this.#awaitAnswer(timeoutMs, 'PING_TIMEOUT', `no "pong" within ${timeoutMs} ms`);
        this.#pings.set(stamp, answer);
        this.send({ type: 'ping', timestamp: stamp });
        const forget = () => this.#pings.delete(stamp);
        answer.promise.then(forget, forget);
        return answer.promise.then((answeredMs) => answeredMs - sentMs);
    }

    authenticate(token) {
        const timeoutMs = this.#options.connectTimeoutMs;
        this.#authReply ??= this.#awaitAnswer(timeoutMs, 'AUTH_TIMEOUT', `no "auth_ok" within ${timeoutMs} ms`);
        const { promise } = this.#authReply;
        const forget = () => {
            this.#authReply = null;
        };
        promise.then(forget, forget);
        this.#sendAuth(token);
        return promise;
    }

    close(code, reason) {
        const { timers } = this.#options;
        const closed = deferred();
        const socket = this.#socket;
        this.#release(new NeuroLinkError('CLOSED', 'the client was closed', { closeCode: code }));
        this.#closeTimer = timers.setTimeout(closed.resolve, CLOSE_TIMEOUT_MS);
        socket.onclose = () => {
            timers.clearTimeout(this.#closeTimer);
            closed.resolve();
        };
        if (socket.readyState === CLOSED_STATE) {
            socket.onclose();
        }
        socket.close(code, reason);
        return closed.promise;
    }

    /** Ends a connection that is of no use any more. */
    abandon(error, reason = 'no sign of life') {
        if (!this.#isDone) {
            this.#end(error);
            this.#socket.close(CLOSED_BY_CLIENT, reason);
        }
    }

    #onOpen(token) {
        this.#isOpened = true;
        if (this.#needsAuthOk) {
            this.#sendAuth(token);
        }
    }

    /** Some versions of Node.js report a failed handshake by `error` alone; every other class lets `close` follow at once. */
    #onError(url, event) {
        this.#failureText = event?.message ?? '';
        if (!this.#isOpened) {
            const { timers } = this.#options;
            timers.clearTimeout(this.#connectTimer);
            this.#connectTimer = timers.setTimeout(() => this.#end(this.#closeError(url, ABNORMAL)), 0);
        }
    }

    #sendAuth(token) {
        this.sendText(JSON.stringify({ type: 'auth', payload: { token } }), '{"type":"auth","payload":{"token":"…"}}');
    }

    #onData(data) {
        this.#lastInboundMs = this.#options.timers.now();
        const message = this.#parse(data);
        if (message === null) {
            return;
        }
        this.#noteHint(message);
        if (this.#isDone) {
            return;
        }
        if (message.type === 'ping') {
            this.send({ type: 'pong', timestamp: message.timestamp });
        } else if (message.type === 'pong') {
            this.#pings.get(message.timestamp)?.resolve(this.#lastInboundMs);
        } else if (message.type === 'connected' && !this.#isReady) {
            this.#info = message;
            this.#checkReady();
        } else if (message.type === 'auth_ok') {
            this.#needsAuthOk = false;
            this.#authReply?.resolve(message);
            this.#checkReady();
        } else {
            this.#owner.onMessage(message);
        }
    }

    #parse(data) {
        if (typeof data !== 'string') {
            this.#owner.onError(new NeuroLinkError('INVALID_MESSAGE', 'the server sent a binary message'));
            return null;
        }
        this.#owner.onText('in', data);
        try {
            const message = JSON.parse(data);
            if (typeof message?.type === 'string') {
                return message;
            }
            this.#owner.onError(new NeuroLinkError('INVALID_MESSAGE', 'the server sent a message without a type'));
        } catch (cause) {
            this.#owner.onError(new NeuroLinkError('INVALID_MESSAGE', 'the server sent a message that is not JSON', { cause }));
        }
        return null;
    }

    #noteHint(message) {
        if (message.type === 'shutdown') {
            this.#retryAfterMs = message.reconnectAfterMs;
        } else if (message.type === 'error' && message.requestId === undefined) {
            this.#retryAfterMs = message.retryAfterMs ?? this.#retryAfterMs;
            this.#lastError = serverError(message);
            if (AUTH_ERRORS.has(message.code) || message.inReplyTo === 'auth') {
                this.#onAuthRefused(this.#lastError);
            }
        }
    }

    #onAuthRefused(error) {
        this.#authReply?.reject(error);
        if (!this.#isReady) {
            this.abandon(error, 'not authenticated');
        }
    }

    #checkReady() {
        if (this.#isReady || this.#info === null || this.#needsAuthOk) {
            return;
        }
        this.#isReady = true;
        this.#options.timers.clearTimeout(this.#connectTimer);
        this.#armHeartbeat(this.#options.heartbeatMs);
        this.#owner.onReady(this.#info);
    }

    #armHeartbeat(delayMs) {
        if (this.#options.heartbeatMs > 0) {
            this.#heartbeatTimer = this.#options.timers.setTimeout(() => this.#checkAlive(), delayMs);
        }
    }

    #checkAlive() {
        const { heartbeatMs, heartbeatTimeoutMs, timers } = this.#options;
        const nowMs = timers.now();
        const silentMs = nowMs - this.#lastInboundMs;
        if (silentMs < heartbeatMs) {
            this.#probeMs = null;
            this.#armHeartbeat(heartbeatMs - silentMs);
        } else if (this.#probeMs === null || this.#probeMs < this.#lastInboundMs) {
            this.#probeMs = nowMs;
            this.send({ type: 'ping', timestamp: Date.now() });
            this.#armHeartbeat(heartbeatTimeoutMs);
        } else {
            this.abandon(new NeuroLinkError('CONNECTION_LOST', `the connection was lost: no sign of life for ${Math.round(silentMs)} ms`,
                { retryable: true, closeCode: ABNORMAL }));
        }
    }

    #awaitAnswer(timeoutMs, code, text) {
        const answer = deferred();
        const timer = this.#options.timers.setTimeout(() => answer.reject(new NeuroLinkError(code, text, { retryable: true })), timeoutMs);
        const clear = () => this.#options.timers.clearTimeout(timer);
        answer.promise.then(clear, clear);
        return answer;
    }

    #closeError(url, code = NO_STATUS, reason = '') {
        const said = reason === '' ? `${code}` : `${code} ${reason}`;
        const details = { retryable: !CLOSES_FOR_GOOD.has(code), closeCode: code, retryAfterMs: this.#retryAfterMs };
        const refusedStatus = /Unexpected server response: (401|403)/.exec(this.#failureText)?.[1];
        if (code === 4401 || refusedStatus === '401') {
            const told = AUTH_ERRORS.has(this.#lastError?.code) ? this.#lastError : null;
            const message = told?.message ?? `the server refused the credentials (${said})`;
            return new NeuroLinkError(told?.code ?? 'AUTH_REQUIRED', message, { closeCode: code });
        }
        if (code === 4403 || refusedStatus === '403') {
            return new NeuroLinkError('FORBIDDEN', `the server refused access (${said})`, { closeCode: code });
        }
        if (!this.#isReady) {
            const why = this.#failureText || this.#lastError?.message || 'it may be down, or refuse these credentials or this origin';
            return new NeuroLinkError('CONNECT_FAILED', `cannot connect to ${url.href} (${said}): ${why}`, details);
        }
        return new NeuroLinkError('CONNECTION_LOST', `the connection was lost (${said})`, details);
    }

    #end(error) {
        if (!this.#isDone) {
            this.#release(error);
            this.#owner.onEnd(error);
        }
    }

    #release(error) {
        const { timers } = this.#options;
        this.#isDone = true;
        timers.clearTimeout(this.#connectTimer);
        timers.clearTimeout(this.#heartbeatTimer);
        if (this.#socket) {
            this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
            this.#socket.onerror = () => {};
        }
        this.#authReply?.reject(error);
        for (const ping of [...this.#pings.values()]) {
            ping.reject(error);
        }
    }
}

function base64Url(text) {
    const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
    return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

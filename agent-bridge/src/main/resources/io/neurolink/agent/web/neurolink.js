/**
 * NeuroLink: a client of the agent protocol, version 1, over WebSocket.
 *
 * No dependency, no build step: this file and its three neighbours `neurolink-*.js`. It runs in browsers and in Node.js 20 or
 * later; where the runtime has no global `WebSocket` (Node.js 20), pass one: `new NeuroLinkClient(url, { WebSocket })`.
 *
 *     const client = new NeuroLinkClient('ws://localhost:3000/ws');
 *     await client.connect();
 *     const run = client.stream('Hello!');
 *     for await (const text of run.text()) console.log(text);
 *     console.log((await run.result).usage);
 *     await client.close();
 *
 * Types are in `neurolink.d.ts`.
 *
 * @module neurolink
 */

import { AUTH_ERRORS, cancelled, forRun, invalid, NeuroLinkError, serverError } from './neurolink-error.js';
import { Link, SUBPROTOCOL } from './neurolink-link.js';
import { deferred, Exchange, Run, uncancelled } from './neurolink-run.js';

export { NeuroLinkError, Run, SUBPROTOCOL };

const EVENT_NAMES = ['state', 'connected', 'message', 'error', 'shutdown', 'auth_expiring'];
const AUTH_STYLES = ['subprotocol', 'query', 'message'];
const DEFAULTS = {
    auth: 'subprotocol', queryParam: 'token', connectTimeoutMs: 10_000, heartbeatMs: 25_000, heartbeatTimeoutMs: 10_000, maxPending: 64,
};
const RECONNECT_DEFAULTS = { baseDelayMs: 500, maxDelayMs: 30_000, maxAttempts: Infinity, stableAfterMs: 5_000, initial: false };
const SYSTEM_TIMERS = {
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimeout: (timer) => clearTimeout(timer),
    now: () => performance.now(),
};

/** One connection to a NeuroLink server that mends itself, and the runs that go on over it. */
export class NeuroLinkClient {
    #url;
    #options;
    #reconnect;
    #listeners = new Map(EVENT_NAMES.map((name) => [name, new Set()]));
    #state = 'closed';
    #link = null;
    #ready = null;
    #info = null;
    #token;
    #rejectedToken;
    #everOpen = false;
    #openedMs = 0;
    #attempts = 0;
    #retryTimer = null;
    #dialId = 0;
    #live = new Map();
    #pending = [];

    /**
     * Makes a client; nothing is sent before `connect()`.
     *
     * @param {string | URL} url `ws:`, `wss:`, `http:` or `https:`; in a browser also relative to the page
     * @param {object} [options] see `ClientOptions` in `neurolink.d.ts`
     * @throws {NeuroLinkError} `INVALID_ARGUMENT`, `NO_WEBSOCKET`
     */
    constructor(url, options = {}) {
        this.#url = parseUrl(url);
        this.#options = { ...DEFAULTS, random: Math.random, timers: SYSTEM_TIMERS, WebSocket: globalThis.WebSocket, ...options };
        this.#reconnect = options.reconnect === false ? null : { ...RECONNECT_DEFAULTS, ...options.reconnect };
        this.#token = options.token;
        checkOptions(this.#options, this.#reconnect);
    }

    /** `connecting`, `open`, `reconnecting` or `closed` (also before the first `connect()`). */
    get state() {
        return this.#state;
    }

    /** What the server said in its `connected` message: `connectionId`, `limits`, …; null while not open. */
    get connected() {
        return this.#info;
    }

    /** The address, without credentials. */
    get url() {
        return this.#url.href;
    }

    /**
     * Listens to `state`, `connected`, `message`, `error`, `shutdown` or `auth_expiring`.
     *
     * @param {string} name
     * @param {(detail: object) => void} listener
     * @returns {() => void} removes the listener
     */
    on(name, listener) {
        const listeners = this.#listeners.get(name);
        if (!listeners) {
            throw invalid(`there is no event "${name}": use one of ${EVENT_NAMES.join(', ')}`);
        }
        if (typeof listener !== 'function') {
            throw invalid(`the listener of "${name}" must be a function`);
        }
        listeners.add(listener);
        return () => listeners.delete(listener);
    }

    /**
     * Connects, or waits for the connection that is being made.
     *
     * The first attempt fails fast (unless `reconnect.initial`); a connection that was open once is mended in the background.
     *
     * @returns {Promise<object>} the `connected` message
     */
    connect() {
        if (this.#state === 'closed') {
            this.#ready = deferred();
            this.#attempts = 0;
            this.#everOpen = false;
            this.#rejectedToken = undefined;
            this.#setState('connecting', { attempt: 0 });
            this.#dial();
        }
        return this.#ready.promise;
    }

    /** Skips the rest of the wait before the next attempt; does nothing in any state but `reconnecting`. */
    reconnectNow() {
        if (this.#retryTimer !== null) {
            this.#options.timers.clearTimeout(this.#retryTimer);
            this.#retryTimer = null;
            this.#dial();
        }
    }

    /**
     * Closes for good: live runs fail with `CLOSED`, no reconnection follows. `connect()` may be called again.
     *
     * @param {number} [code] 1000 or 3000 to 4999
     * @param {string} [reason] at most 123 bytes
     * @returns {Promise<void>} when the socket is closed, or after 5 seconds without the server's answer
     */
    close(code = 1000, reason = '') {
        if (code !== 1000 && !(code >= 3000 && code <= 4999)) {
            throw invalid(`close code ${code} may not be sent: use 1000 or 3000 to 4999`);
        }
        const link = this.#link;
        if (this.#state !== 'closed') {
            this.#finish(new NeuroLinkError('CLOSED', 'the client was closed', { closeCode: code }), reason);
        }
        return link ? link.close(code, reason) : Promise.resolve();
    }

    /**
     * Starts a streamed answer.
     *
     * @param {string | object} input the prompt, or a payload with `prompt` or `messages`
     * @param {object} [options] `requestId`, `signal`, and any other field of the payload (`options`, `sessionId`, `tools`, …)
     * @returns {Run}
     * @throws {NeuroLinkError} `INVALID_ARGUMENT`, `NOT_CONNECTED`, `QUEUE_FULL`, `MESSAGE_TOO_LARGE`, `CANCELLED`
     */
    stream(input, options) {
        return new Run(this.#request('stream', promptPayload(input, options), options), (id, reason) => this.cancel(id, reason));
    }

    /**
     * Asks for one whole answer.
     *
     * @param {string | object} input the prompt, or a payload with `prompt` or `messages`
     * @param {object} [options] as for `stream`
     * @returns {Promise<object>} `{ requestId, text, finishReason, usage, timing }`; rejects with `CANCELLED` if it was cancelled
     */
    async generate(input, options) {
        return uncancelled(await this.#request('generate', promptPayload(input, options), options).outcome);
    }

    /**
     * Calls a tool on the server.
     *
     * @param {string} toolName
     * @param {unknown} [args]
     * @param {object} [options] `requestId`, `signal`
     * @returns {Promise<unknown>} what the tool returned; rejects with `CANCELLED` if it was cancelled
     */
    async callTool(toolName, args = {}, options = {}) {
        if (typeof toolName !== 'string' || toolName === '') {
            throw invalid('callTool needs the name of a tool');
        }
        return uncancelled(await this.#request('tool_call', { toolName, args }, options).outcome).toolResult;
    }

    /**
     * Cancels a run. One that was not sent yet ends here; otherwise the server ends it with `cancelled`.
     *
     * @param {string} requestId
     * @param {string} [reason]
     */
    cancel(requestId, reason) {
        const waiting = this.#pending.findIndex((exchange) => exchange.requestId === requestId);
        if (waiting >= 0) {
            const [exchange] = this.#pending.splice(waiting, 1);
            exchange.take({ type: 'cancelled', requestId, reason, upstreamClosed: true, latencyMs: 0 });
            return;
        }
        this.#openLink('cancel').send({ type: 'cancel', payload: { requestId, ...(reason === undefined ? {} : { reason }) } });
    }

    /**
     * Measures the round trip with a JSON `ping`.
     *
     * @param {number} [timeoutMs]
     * @returns {Promise<number>} milliseconds
     */
    async ping(timeoutMs = this.#options.heartbeatTimeoutMs) {
        return this.#openLink('ping').ping(timeoutMs);
    }

    /**
     * Sets the token for this and all later connections. On an open connection it is sent at once (`auth`), to renew it.
     *
     * @param {string | (() => string | Promise<string>)} token
     * @returns {Promise<object | undefined>} the server's `auth_ok`, or undefined while not open
     */
    async authenticate(token) {
        checkToken(token);
        this.#token = token;
        if (this.#state !== 'open') {
            return undefined;
        }
        const link = this.#link;
        return link.authenticate(typeof token === 'function' ? await token() : token);
    }

    #request(type, payload, { requestId = mintRequestId(), signal } = {}) {
        if (typeof requestId !== 'string' || requestId === '') {
            throw invalid('requestId must be a non-empty string');
        }
        if (this.#live.has(requestId) || this.#pending.some((exchange) => exchange.requestId === requestId)) {
            throw invalid(`a run with requestId "${requestId}" is going on already`);
        }
        if (signal?.aborted) {
            throw cancelled(requestId);
        }
        const exchange = new Exchange({ type, requestId, payload });
        this.#admit(exchange);
        if (signal) {
            this.#cancelOnAbort(exchange, signal);
        }
        return exchange;
    }

    #admit(exchange) {
        if (this.#state === 'open') {
            this.#transmit(exchange);
        } else if (this.#state === 'closed') {
            throw new NeuroLinkError('NOT_CONNECTED', `cannot send "${exchange.message.type}": call connect() first`);
        } else if (this.#pending.length >= this.#options.maxPending) {
            const message = `${this.#pending.length} requests wait for the connection already (maxPending)`;
            throw new NeuroLinkError('QUEUE_FULL', message, { retryable: true });
        } else {
            this.#pending.push(exchange);
        }
    }

    #transmit(exchange) {
        const text = JSON.stringify(exchange.message);
        const limit = this.#info.limits?.maxMessageBytes ?? Infinity;
        const length = text.length * 3 > limit ? new TextEncoder().encode(text).length : text.length;
        if (length > limit) {
            const message = `the message has ${length} bytes, the server takes ${limit}`;
            throw new NeuroLinkError('MESSAGE_TOO_LARGE', message, { requestId: exchange.requestId });
        }
        this.#live.set(exchange.requestId, exchange);
        this.#link.sendText(text);
    }

    #cancelOnAbort(exchange, signal) {
        const onAbort = () => {
            if (!exchange.ended && this.#state !== 'closed') {
                this.cancel(exchange.requestId, typeof signal.reason === 'string' ? signal.reason : undefined);
            }
        };
        signal.addEventListener('abort', onAbort, { once: true });
        const release = () => signal.removeEventListener('abort', onAbort);
        exchange.outcome.then(release, release);
    }

    #openLink(what) {
        if (this.#state !== 'open') {
            throw new NeuroLinkError('NOT_CONNECTED', `cannot send "${what}" while the connection is ${this.#state}`, { retryable: true });
        }
        return this.#link;
    }

    #dial() {
        const dialId = ++this.#dialId;
        if (typeof this.#token !== 'function') {
            this.#openSocket(this.#token);
            return;
        }
        Promise.resolve().then(this.#token).then(
            (token) => dialId === this.#dialId && this.#openSocket(token),
            (cause) => dialId === this.#dialId
                && this.#onEnd(new NeuroLinkError('CONNECT_FAILED', 'the token function failed', { retryable: true, cause })));
    }

    #openSocket(token) {
        if (this.#rejectedToken !== undefined && token === this.#rejectedToken.token) {
            this.#finish(this.#rejectedToken.error);
            return;
        }
        const link = new Link(this.#options, {
            onMessage: (message) => this.#onMessage(message),
            onReady: (info) => this.#onReady(info),
            onEnd: (error) => this.#onEnd(error, token),
            onText: (direction, text) => this.#emit('message', { direction, text }),
            onError: (error) => this.#emit('error', error),
        });
        this.#link = link;
        link.open(this.#url, token);
    }

    #onReady(info) {
        this.#info = info;
        this.#everOpen = true;
        this.#openedMs = this.#options.timers.now();
        this.#rejectedToken = undefined;
        for (const exchange of this.#pending.splice(0)) {
            try {
                this.#transmit(exchange);
            } catch (error) {
                exchange.fail(error);
            }
        }
        this.#setState('open', {});
        this.#emit('connected', info);
        this.#ready.resolve(info);
    }

    #onMessage(message) {
        const exchange = this.#live.get(message.requestId ?? message.inReplyTo);
        if (exchange && !answersAnother(message, exchange)) {
            this.#deliver(exchange, message);
        } else if (message.type === 'error') {
            this.#emit('error', serverError(message));
        } else if (message.type === 'shutdown' || message.type === 'auth_expiring') {
            this.#emit(message.type, message);
        }
    }

    #deliver(exchange, message) {
        try {
            exchange.take(message);
        } catch (error) {
            exchange.fail(error);
            this.#link?.send({ type: 'cancel', payload: { requestId: exchange.requestId, reason: error.message } });
        }
        if (exchange.ended) {
            this.#live.delete(exchange.requestId);
        }
    }

    #onEnd(error, token) {
        const wasOpen = this.#state === 'open';
        this.#link = null;
        this.#info = null;
        if (wasOpen) {
            this.#ready = deferred();
            this.#ready.promise.catch(() => {});
            this.#attempts = this.#options.timers.now() - this.#openedMs >= this.#reconnect?.stableAfterMs ? 0 : this.#attempts;
        }
        this.#failLive(error);
        if (AUTH_ERRORS.has(error.code)) {
            this.#rejectedToken = { token, error };
        }
        if (this.#mayRetry(error)) {
            this.#retryLater(error);
        } else {
            this.#finish(error);
        }
    }

    #mayRetry(error) {
        const isWorthIt = AUTH_ERRORS.has(error.code) ? this.#hasOtherToken() : error.retryable;
        return this.#reconnect !== null && isWorthIt && error.closeCode !== 1000
            && (this.#everOpen || this.#reconnect.initial) && this.#attempts < this.#reconnect.maxAttempts;
    }

    #hasOtherToken() {
        return typeof this.#token === 'function' || this.#token !== this.#rejectedToken.token;
    }

    #retryLater(error) {
        const { baseDelayMs, maxDelayMs } = this.#reconnect;
        const ceilingMs = Math.min(maxDelayMs, baseDelayMs * 2 ** this.#attempts);
        const delayMs = Math.round((error.retryAfterMs ?? 0) + this.#options.random() * ceilingMs);
        this.#attempts++;
        this.#setState('reconnecting', { attempt: this.#attempts, delayMs, error });
        if (this.#state === 'reconnecting') {
            this.#retryTimer = this.#options.timers.setTimeout(() => {
                this.#retryTimer = null;
                this.#dial();
            }, delayMs);
        }
    }

    #finish(error, reason) {
        this.#dialId++;
        this.#options.timers.clearTimeout(this.#retryTimer);
        this.#retryTimer = null;
        this.#link = null;
        this.#info = null;
        this.#failLive(error);
        for (const exchange of this.#pending.splice(0)) {
            exchange.fail(forRun(error, exchange));
        }
        this.#ready.reject(error);
        this.#setState('closed', { error, reason });
    }

    #failLive(error) {
        const exchanges = [...this.#live.values()];
        this.#live.clear();
        for (const exchange of exchanges) {
            exchange.fail(forRun(error, exchange));
        }
    }

    #setState(state, detail) {
        const previous = this.#state;
        this.#state = state;
        this.#emit('state', { state, previous, ...detail });
    }

    #emit(name, detail) {
        for (const listener of [...this.#listeners.get(name)]) {
            try {
                listener(detail);
            } catch (error) {
                queueMicrotask(() => {
                    throw error;
                });
            }
        }
    }
}

function parseUrl(url) {
    let parsed;
    try {
        parsed = new URL(url, globalThis.location?.href);
    } catch (cause) {
        throw invalid(`"${url}" is not a URL`, cause);
    }
    parsed.protocol = { 'http:': 'ws:', 'https:': 'wss:' }[parsed.protocol] ?? parsed.protocol;
    if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
        throw invalid(`"${url}" is not a WebSocket address: it must start with ws:, wss:, http: or https:`);
    }
    parsed.hash = '';
    return parsed;
}

function checkOptions(options, reconnect) {
    if (typeof options.WebSocket !== 'function') {
        throw new NeuroLinkError('NO_WEBSOCKET',
            'this runtime has no global WebSocket: pass one, for example { WebSocket } from the "ws" package');
    }
    if (!AUTH_STYLES.includes(options.auth)) {
        throw invalid(`auth must be one of ${AUTH_STYLES.join(', ')}, not "${options.auth}"`);
    }
    checkToken(options.token);
    for (const name of ['connectTimeoutMs', 'heartbeatMs', 'heartbeatTimeoutMs', 'maxPending']) {
        checkNumber(name, options[name]);
    }
    for (const name of reconnect === null ? [] : ['baseDelayMs', 'maxDelayMs', 'maxAttempts', 'stableAfterMs']) {
        checkNumber(`reconnect.${name}`, reconnect[name]);
    }
}

function checkNumber(name, value) {
    if (typeof value !== 'number' || !(value >= 0)) {
        throw invalid(`${name} must be a number of at least 0, not ${JSON.stringify(value)}`);
    }
}

function checkToken(token) {
    if (token !== undefined && typeof token !== 'function' && (typeof token !== 'string' || token === '')) {
        throw invalid('token must be a non-empty string or a function that returns one');
    }
}

function promptPayload(input, options = {}) {
    const { requestId, signal, ...fields } = options;
    const payload = { ...(typeof input === 'string' ? { prompt: input } : input), ...fields };
    if (typeof payload.prompt !== 'string' && !Array.isArray(payload.messages)) {
        throw invalid('a prompt (a string) or messages (an array) is needed');
    }
    return payload;
}

/** An error that answers another message about the run (a cancel that was refused, say) does not end the run. */
function answersAnother(message, exchange) {
    return message.type === 'error' && message.seq === undefined && message.requestId !== undefined
        && message.inReplyTo !== undefined && message.inReplyTo !== exchange.message.type && message.inReplyTo !== exchange.requestId;
}

function mintRequestId() {
    const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

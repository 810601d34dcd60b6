/**
 * NeuroLink: a client of the agent protocol, version 1, over WebSocket.
 *
 * No dependency, no build step: this file and its neighbours `neurolink-*.js`. It runs in browsers and in Node.js 20 or
 * later; where the runtime has no global `WebSocket` (Node.js 20), pass one: `new NeuroLinkClient(url, { WebSocket })`.
 *
 *     const client = new NeuroLinkClient('ws://localhost:3000/ws');
 *     await client.connect();
 *     const run = client.stream('Hello!');
 *     for await (const text of run.text()) console.log(text);
 *     console.log((await run.result).usage);
 *     await client.close();
 *
 * A run outlives its connection: while the client connects again the run is `interrupted`, then it goes on with the next event, and its
 * reader sees every event once. `client.attach()` follows a run from another tab.
 *
 * Types are in `neurolink.d.ts`.
 *
 * @module neurolink
 */

import { AUTH_ERRORS, invalid, NeuroLinkError, serverError } from './neurolink-error.js';
import { deferred } from './neurolink-events.js';
import { Link, SUBPROTOCOL } from './neurolink-link.js';
import { attachRequest, checkToken, completeOptions, parseUrl, promptRequest, toolRequest } from './neurolink-options.js';
import { Run, uncancelled } from './neurolink-run.js';
import { Runs } from './neurolink-runs.js';

export { NeuroLinkError, Run, SUBPROTOCOL };

const EVENT_NAMES = ['state', 'connected', 'message', 'error', 'shutdown', 'auth_expiring', 'rate_limit', 'run',
    'tool_approval_needed'];
const RENEW_AGAIN_MS = 5_000;
/** One connection to a NeuroLink server that mends itself, and the runs that go on over it. */
export class NeuroLinkClient {
    #url;
    #options;
    #reconnect;
    #runs;
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
    #renewTimer = null;
    #onOnline = () => this.reconnectNow();
    #dialId = 0;

    /**
     * Makes a client; nothing is sent before `connect()`.
     *
     * @param {string | URL} url `ws:`, `wss:`, `http:` or `https:`; in a browser also relative to the page
     * @param {object} [options] see `ClientOptions` in `neurolink.d.ts`
     * @throws {NeuroLinkError} `INVALID_ARGUMENT`, `NO_WEBSOCKET`
     */
    constructor(url, options = {}) {
        this.#url = parseUrl(url);
        this.#options = completeOptions(options);
        this.#reconnect = this.#options.reconnect;
        this.#token = options.token;
        this.#runs = new Runs(this.#options, {
            onRun: (detail) => this.#emit('run', detail),
            onNeeded: (detail) => this.#emit('tool_approval_needed', detail),
        });
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
     * Listens to `state`, `connected`, `message`, `error`, `shutdown`, `auth_expiring`, `rate_limit`, `run` or `tool_approval_needed`.
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
            this.#stopWaiting();
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
     * @param {object} [options] `requestId`, `signal`, `onApproval`, `tools`, and other fields of the payload: `options`, `sessionId`, …
     * @returns {Run}
     * @throws {NeuroLinkError} `INVALID_ARGUMENT`, `NOT_CONNECTED`, `QUEUE_FULL`, `MESSAGE_TOO_LARGE`, `CANCELLED`
     */
    stream(input, options) {
        return this.#start(promptRequest('stream', input, options)).run;
    }

    /**
     * Asks for one whole answer.
     *
     * @param {string | object} input the prompt, or a payload with `prompt` or `messages`
     * @param {object} [options] as for `stream`
     * @returns {Promise<object>} `{ requestId, text, finishReason, usage, timing }`; rejects with `CANCELLED` if it was cancelled
     */
    async generate(input, options) {
        return uncancelled(await this.#start(promptRequest('generate', input, options)).outcome);
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
        return uncancelled(await this.#start(toolRequest(toolName, args, options)).outcome).toolResult;
    }

    /**
     * Follows a run that was started elsewhere: in another tab, or by this page before it was loaded anew.
     *
     * @param {string} requestId
     * @param {object} [options] `after`: the last event seen, default 0 = none; `text`: the text so far; `signal`, `onApproval`, `tools`
     * @returns {Run} leaving its loop early cancels the run, unless `preventCancel`
     * @throws {NeuroLinkError} `INVALID_ARGUMENT`, `NOT_CONNECTED`, `QUEUE_FULL`, `RESUME_UNSUPPORTED`, `CANCELLED`
     */
    attach(requestId, options = {}) {
        return this.#start(attachRequest(requestId, options)).run;
    }

    /** The run with this id that has not ended, or undefined. */
    run(requestId) {
        return this.#runs.find(requestId);
    }

    /**
     * Cancels a run. One that was not sent yet ends here; otherwise the server ends it with `cancelled`, after a reconnection if need be.
     *
     * @param {string} requestId
     * @param {string} [reason]
     */
    cancel(requestId, reason) {
        this.#runs.cancel(requestId, reason);
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

    #start(request) {
        return this.#runs.start({ ...request, onApproval: request.onApproval ?? this.#options.onApproval }, this.#state !== 'closed');
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
        this.#setState('open', {}, () => this.#runs.open(this.#link, info));
        if (this.#info === info) {
            this.#emit('connected', info);
            this.#ready.resolve(info);
        }
    }

    #onMessage(message) {
        if (this.#runs.take(message)) {
            return;
        }
        if (message.type === 'error') {
            this.#emit('error', serverError(message));
        } else if (message.type === 'shutdown') {
            this.#emit('shutdown', message);
        } else if (message.type === 'auth_expiring') {
            this.#emit('auth_expiring', message);
            this.#renew();
        } else if (message.type === 'rate_limit') {
            this.#emit('rate_limit', message);
        }
    }

    /** Asks the token function for a new token, again and again as long as this connection lives. */
    #renew() {
        const { timers } = this.#options;
        timers.clearTimeout(this.#renewTimer);
        this.#renewTimer = null;
        if (typeof this.#token !== 'function') {
            return;
        }
        const link = this.#link;
        Promise.resolve().then(this.#token).then((token) => this.#link === link && link.authenticate(token)).catch((cause) => {
            if (this.#link === link && this.#state === 'open') {
                this.#emit('error', cause instanceof NeuroLinkError ? cause
                    : new NeuroLinkError('AUTH_EXPIRED', 'the token function failed; it will be asked again', { retryable: true, cause }));
                this.#renewTimer = timers.setTimeout(() => this.#renew(), RENEW_AGAIN_MS);
            }
        });
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
        this.#options.timers.clearTimeout(this.#renewTimer);
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
        this.#setState('reconnecting', { attempt: this.#attempts, delayMs, error }, () => this.#runs.interrupt(error));
        if (this.#state === 'reconnecting') {
            this.#retryTimer = this.#options.timers.setTimeout(() => this.reconnectNow(), delayMs);
            globalThis.addEventListener?.('online', this.#onOnline);
        }
    }

    #stopWaiting() {
        this.#options.timers.clearTimeout(this.#retryTimer);
        this.#retryTimer = null;
        globalThis.removeEventListener?.('online', this.#onOnline);
    }

    #finish(error, reason) {
        this.#dialId++;
        this.#stopWaiting();
        this.#options.timers.clearTimeout(this.#renewTimer);
        this.#link = null;
        this.#info = null;
        this.#ready.reject(error);
        this.#setState('closed', { error, reason }, () => this.#runs.fail(error));
    }

    /** @param {() => void} [first] what is done in the new state before listeners hear of it */
    #setState(state, detail, first = () => {}) {
        const previous = this.#state;
        this.#state = state;
        first();
        if (this.#state === state) {
            this.#emit('state', { state, previous, ...detail });
        }
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

/** A run as its reader sees it, the exchange behind it, and the events that wait to be read. */

import { cancelled, invalid, NeuroLinkError, serverError, toolError } from './neurolink-error.js';

const TERMINAL_TYPE = { generate: 'response', stream: 'stream_complete', tool_call: 'tool_result' };
const JOIN_ABOVE_EVENTS = 256;

/** A streamed answer: events as they come, and the promise of the whole. Made by `client.stream()`. */
export class Run {
    #exchange;
    #cancel;

    constructor(exchange, cancel) {
        this.#exchange = exchange;
        this.#cancel = cancel;
    }

    /** The name of this run on the wire. */
    get requestId() {
        return this.#exchange.requestId;
    }

    /** The text that has arrived so far. */
    get partialText() {
        return this.#exchange.text;
    }

    /** The `seq` of the last event seen; 0 before the first. */
    get lastSeq() {
        return this.#exchange.lastSeq;
    }

    /** Whether the run has ended, however it did. */
    get ended() {
        return this.#exchange.ended;
    }

    /**
     * The end of the run: `{ requestId, text, reasoning, cancelled, finishReason, usage, timing, … }`. A cancelled run resolves with
     * `cancelled: true`; a failed one, or one whose connection was lost, rejects. No rejection is ever "unhandled".
     */
    get result() {
        return this.#exchange.outcome;
    }

    /**
     * Asks the server to stop the model.
     *
     * @param {string} [reason]
     * @returns {Promise<object>} the result
     */
    cancel(reason) {
        if (!this.ended) {
            this.#cancel(this.requestId, reason);
        }
        return this.result;
    }

    /** Iterates over the events; same as `events()`. */
    [Symbol.asyncIterator]() {
        return this.events();
    }

    /**
     * Every event of this run in order, its terminal event last; throws where the run fails. Can be read once.
     * Leaving the loop early cancels the run, unless `preventCancel`.
     *
     * @param {{ preventCancel?: boolean }} [options]
     * @returns {AsyncGenerator<object, void>}
     */
    events({ preventCancel = false } = {}) {
        return this.#read(this.#exchange.claimEvents(), preventCancel);
    }

    /**
     * Only the text, piece by piece. Like `events()`, of which it is another view.
     *
     * @param {{ preventCancel?: boolean }} [options]
     * @returns {AsyncGenerator<string, void>}
     */
    async *text(options) {
        for await (const event of this.events(options)) {
            if (event.type === 'chunk' && isText(event)) {
                yield event.content;
            }
        }
    }

    async *#read(buffer, preventCancel) {
        try {
            for (let event = await buffer.next(); event !== null; event = await buffer.next()) {
                yield event;
            }
        } finally {
            if (!preventCancel && !this.ended) {
                this.#cancel(this.requestId, 'the reader left');
            }
        }
    }
}

/** One request and what came back for it. */
export class Exchange {
    #outcome = deferred();
    #events = new EventBuffer();
    #isClaimed = false;

    constructor(message) {
        this.message = message;
        this.requestId = message.requestId;
        this.lastSeq = 0;
        this.text = '';
        this.reasoning = '';
        this.ended = false;
        this.#outcome.promise.catch(() => {});
    }

    get outcome() {
        return this.#outcome.promise;
    }

    claimEvents() {
        if (this.#isClaimed) {
            throw invalid(`the events of run "${this.requestId}" are being read already`);
        }
        this.#isClaimed = true;
        return this.#events;
    }

    take(event) {
        if (this.#isRepeated(event)) {
            return;
        }
        if (event.type === 'error') {
            this.fail(serverError(event));
            return;
        }
        if (event.type === 'chunk') {
            this[isText(event) ? 'text' : 'reasoning'] += event.content;
        }
        this.#events.push(event);
        if (event.type === 'cancelled' || event.type === TERMINAL_TYPE[this.message.type]) {
            this.#end(event);
        }
    }

    fail(error) {
        this.ended = true;
        this.#events.end(error);
        this.#outcome.reject(error);
    }

    #isRepeated({ seq, n = 1 }) {
        if (seq === undefined || seq === 0) {
            return false;
        }
        if (seq > this.lastSeq && seq - n !== this.lastSeq) {
            throw new NeuroLinkError('SEQUENCE_GAP', `expected event ${this.lastSeq + 1} of run "${this.requestId}", got ${seq} (n = ${n})`,
                { requestId: this.requestId, retryable: true });
        }
        const isRepeated = seq <= this.lastSeq;
        this.lastSeq = Math.max(this.lastSeq, seq);
        return isRepeated;
    }

    #end(event) {
        if (event.type === 'tool_result' && event.error !== undefined && event.error !== null) {
            this.fail(toolError(event));
            return;
        }
        this.ended = true;
        this.#events.end(null);
        this.#outcome.resolve(resultOf(event, this));
    }
}

/** Events that came and were not read yet. Above a mark, neighbours that can be joined are: it never holds more than the run's text. */
class EventBuffer {
    #events = [];
    #readers = [];
    #ended = false;
    #error = null;

    push(event) {
        const last = this.#events.at(-1);
        if (this.#readers.length > 0) {
            this.#readers.shift().resolve(event);
        } else if (this.#events.length >= JOIN_ABOVE_EVENTS && canJoin(last, event)) {
            this.#events[this.#events.length - 1] = joined(last, event);
        } else {
            this.#events.push(event);
        }
    }

    end(error) {
        this.#ended = true;
        this.#error = error;
        for (const reader of this.#readers.splice(0)) {
            this.#answerEnd(reader);
        }
    }

    next() {
        const reader = deferred();
        if (this.#events.length > 0) {
            reader.resolve(this.#events.shift());
        } else if (this.#ended) {
            this.#answerEnd(reader);
        } else {
            this.#readers.push(reader);
        }
        return reader.promise;
    }

    #answerEnd(reader) {
        if (this.#error === null) {
            reader.resolve(null);
        } else {
            reader.reject(this.#error);
        }
    }
}

/** A promise and the two functions that settle it. */
export function deferred() {
    let resolve;
    let reject;
    const promise = new Promise((onResolve, onReject) => {
        resolve = onResolve;
        reject = onReject;
    });
    return { promise, resolve, reject };
}

/** The result as it is handed out, or a `CANCELLED` error. */
export function uncancelled({ cancelled: wasCancelled, ...result }) {
    if (wasCancelled) {
        throw cancelled(result.requestId);
    }
    return result;
}

function resultOf(event, { requestId, text, reasoning }) {
    const { finishReason, usage, timing } = event;
    if (event.type === 'cancelled') {
        const { reason, upstreamClosed, latencyMs } = event;
        return { requestId, text, reasoning, cancelled: true, usage, reason, upstreamClosed, latencyMs };
    }
    if (event.type === 'tool_result') {
        return { requestId, cancelled: false, toolResult: event.result };
    }
    return { requestId, text: event.content ?? event.data ?? text, reasoning, cancelled: false, finishReason, usage, timing };
}

function isText({ kind = 'text' }) {
    return kind === 'text';
}

function canJoin(last, event) {
    const isChunkPair = last.type === 'chunk' && event.type === 'chunk' && isText(last) === isText(event);
    return isChunkPair || (last.type === 'status' && event.type === 'status');
}

function joined(last, event) {
    if (event.type === 'status') {
        return event;
    }
    return { ...last, ...event, content: last.content + event.content, n: (last.n ?? 1) + (event.n ?? 1) };
}

/** A run as its reader sees it. */

import { cancelled } from './neurolink-error.js';
import { isText } from './neurolink-events.js';

/** A streamed answer: events as they come, and the promise of the whole. Made by `client.stream()` and `client.attach()`. */
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

    /** The `seq` of the last event that has arrived; 0 before the first. */
    get lastSeq() {
        return this.#exchange.lastSeq;
    }

    /** Whether the run has ended, however it did. */
    get ended() {
        return this.#exchange.ended;
    }

    /** `pending`, `running`, `interrupted` (its connection was lost, it will go on), `completed`, `cancelled` or `failed`. */
    get state() {
        return this.#exchange.state;
    }

    /** Tool calls that need approval and have none yet: `{ toolCallId, toolName, args, expiresAt, signal, requestId }`. */
    get pendingApprovals() {
        return this.#exchange.desk.pendingApprovals;
    }

    /**
     * The end of the run: `{ requestId, text, reasoning, cancelled, finishReason, usage, timing, … }`. A cancelled run resolves with
     * `cancelled: true`; a failed one, or one that cannot be resumed, rejects. No rejection is ever "unhandled".
     */
    get result() {
        return this.#exchange.outcome;
    }

    /**
     * Asks the server to stop the model; while the connection is being mended, as soon as it is.
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

    /**
     * Answers a tool call that needs approval. The first answer wins, in whichever tab it is given.
     *
     * @param {string} toolCallId
     * @param {boolean} approved
     * @param {string} [reason]
     * @returns {boolean} false where no such call waits for an answer
     */
    approve(toolCallId, approved, reason) {
        return this.#exchange.desk.approve(toolCallId, { approved, reason });
    }

    /** Iterates over the events; same as `events()`. */
    [Symbol.asyncIterator]() {
        return this.events();
    }

    /**
     * Every event of this run in order and once, whatever becomes of the connection, its terminal event last; throws where the run fails.
     * Can be read once. Leaving the loop early cancels the run, unless `preventCancel`.
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

/** The result as it is handed out, or a `CANCELLED` error. */
export function uncancelled({ cancelled: wasCancelled, ...result }) {
    if (wasCancelled) {
        throw cancelled(result.requestId);
    }
    return result;
}

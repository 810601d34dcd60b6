/** One request and what came back for it, over however many connections. */

import { invalid, serverError, toolError } from './neurolink-error.js';
import { deferred, EventBuffer, isText } from './neurolink-events.js';

const TERMINAL_TYPES = {
    generate: ['response'], stream: ['stream_complete'], tool_call: ['tool_result'], attach: ['response', 'stream_complete'],
};

/** What the order of an event can be: the next one, one that was seen, or one that leaves others out. */
export const Order = Object.freeze({ NEXT: 'next', SEEN: 'seen', GAP: 'gap' });

/**
 * A run as the client keeps it. It goes from `pending` to `running`, between `running` and `interrupted`, and ends once as `completed`,
 * `cancelled` or `failed`.
 */
export class Exchange {
    #outcome = deferred();
    #events = new EventBuffer();
    #isClaimed = false;
    #replayTo = 0;
    #onState;

    /**
     * @param {object} request `requestId`, `type`, `message` to send (null for a run that was started elsewhere), `after`, `text`
     * @param {(exchange: Exchange, previous: string, resumed?: object) => void} onState
     */
    constructor({ requestId, type, message = null, after = 0, text = '' }, onState) {
        Object.assign(this, { requestId, type, message, text });
        this.lastSeq = after;
        this.reasoning = '';
        this.state = 'pending';
        /** Whether the server was heard to have it. */
        this.isAccepted = message === null;
        /** The server that was asked. */
        this.epoch = undefined;
        /** Whether `resume` was sent and not answered. */
        this.isResuming = false;
        /** Whether the server has a run of this name already. */
        this.isDuplicate = false;
        /** A cancel that could not be sent. */
        this.waitingCancel = null;
        /** Gaps in a row, without an event between them. */
        this.gaps = 0;
        /** Characters that came since the last `ack`. */
        this.unackedChars = 0;
        /** Who answers its tool calls. */
        this.desk = null;
        this.#onState = onState;
        this.#outcome.promise.catch(() => {});
    }

    get outcome() {
        return this.#outcome.promise;
    }

    get ended() {
        return this.state === 'completed' || this.state === 'cancelled' || this.state === 'failed';
    }

    /** Whether all that had happened before the last `resume` is known here: before that no tool call may be answered. */
    get isCaughtUp() {
        return !this.isResuming && this.lastSeq >= this.#replayTo;
    }

    claimEvents() {
        if (this.#isClaimed) {
            throw invalid(`the events of run "${this.requestId}" are being read already`);
        }
        this.#isClaimed = true;
        return this.#events;
    }

    setState(state, resumed) {
        const previous = this.state;
        this.state = state;
        if (state !== previous || resumed) {
            this.#onState(this, previous, resumed);
        }
    }

    orderOf({ seq, n = 1 }) {
        if (seq === undefined || (seq === 0 && !this.isAccepted)) {
            return Order.NEXT;
        }
        if (seq <= this.lastSeq) {
            return Order.SEEN;
        }
        return seq - n === this.lastSeq ? Order.NEXT : Order.GAP;
    }

    /** Takes the next event. */
    take(event) {
        this.isAccepted = true;
        if (event.seq !== undefined) {
            this.lastSeq = event.seq;
            this.gaps = 0;
        }
        if (event.type === 'error') {
            this.fail(serverError(event));
            return;
        }
        if (event.type === 'chunk') {
            this[isText(event) ? 'text' : 'reasoning'] += event.content;
            this.unackedChars += event.content.length;
        }
        this.desk.take(event);
        this.#events.push(event);
        if (this.#isTerminal(event)) {
            this.#end(event);
        } else if (this.isCaughtUp) {
            this.desk.act();
        }
    }

    /** A tool call that came before and waits for its answer. */
    takePendingCall(event) {
        if (event.type !== 'tool_call') {
            return;
        }
        if (this.desk.take(event)) {
            this.#events.push(event);
        }
        if (this.isCaughtUp) {
            this.desk.act();
        }
    }

    /** The server goes on with it; its events up to `to` come next. */
    resume({ after, to, live }) {
        this.isAccepted = true;
        this.isResuming = false;
        this.#replayTo = to ?? 0;
        this.setState('running', { after, to, live });
        if (live === false && this.lastSeq >= to) {
            this.#end({ type: 'stream_complete' });
        } else if (this.isCaughtUp) {
            this.desk.act();
        }
    }

    fail(error) {
        if (!this.ended) {
            this.#close('failed', error);
            this.#outcome.reject(error);
        }
    }

    /** Of two types in one: the result of a tool that was called for itself, and of one that a run has called. */
    #isTerminal({ type, seq }) {
        return type === 'cancelled' || TERMINAL_TYPES[this.type].includes(type)
            || (this.type === 'attach' && type === 'tool_result' && seq === 1);
    }

    #end(event) {
        if (event.type === 'tool_result' && event.error !== undefined && event.error !== null) {
            this.fail(toolError(event));
            return;
        }
        this.#close(event.type === 'cancelled' ? 'cancelled' : 'completed', null);
        this.#outcome.resolve(resultOf(event, this));
    }

    #close(state, error) {
        this.#events.end(error);
        this.desk.close();
        this.setState(state);
    }
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

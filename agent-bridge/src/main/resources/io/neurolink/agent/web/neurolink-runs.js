/** The runs of a client: those that wait to be sent, those that go on, and how they get over a lost connection. */

import { cancelled, forRun, gapError, invalid, NeuroLinkError, resumeError, serverError } from './neurolink-error.js';
import { Exchange, Order } from './neurolink-exchange.js';
import { Run } from './neurolink-run.js';
import { ToolDesk } from './neurolink-tools.js';

const MAX_GAPS = 2;
const CANCEL_UNSENT = { upstreamClosed: true, latencyMs: 0 };

/**
 * Every run from its request to its end. A run whose connection was lost is asked for again with `resume`, from the event after the last
 * that arrived. A request of which nothing was heard is asked for in the same way first, and sent again only if the server never got it.
 */
export class Runs {
    #options;
    #owner;
    #link = null;
    #info = null;
    #lostWith = null;
    #live = new Map();
    #pending = [];
    #runs = new WeakMap();
    #resumeTimer = null;
    #retryTimers = new Set();

    /**
     * @param {object} options those of the client
     * @param {object} owner `onRun(detail)`, `onNeeded(detail)`, `onError(error)`
     */
    constructor(options, owner) {
        this.#options = options;
        this.#owner = owner;
    }

    /** The run with this id that has not ended. */
    find(requestId) {
        const exchange = this.#exchangeOf(requestId);
        return exchange && this.#runs.get(exchange);
    }

    /**
     * Makes a run and sends its request, or lets it wait for the connection.
     *
     * @param {object} request `requestId`, `type`, `message`, `after`, `text`, `tools` (a map), `onApproval`, `signal`
     * @param {boolean} mayWait whether a connection is being made
     * @returns {{ run: Run, outcome: Promise<object> }}
     */
    start(request, mayWait) {
        const { requestId, signal } = request;
        if (this.#exchangeOf(requestId)) {
            throw invalid(`a run with requestId "${requestId}" is going on already`);
        }
        if (signal?.aborted) {
            throw cancelled(requestId);
        }
        const exchange = this.#create(request);
        this.#admit(exchange, mayWait);
        if (signal) {
            this.#cancelOnAbort(exchange, signal);
        }
        return { run: this.#runs.get(exchange), outcome: exchange.outcome };
    }

    /** Cancels a run, now or as soon as there is a connection. */
    cancel(requestId, reason) {
        const exchange = this.#exchangeOf(requestId);
        if (exchange?.state === 'pending' && exchange.message !== null) {
            this.#cancelUnsent(exchange, reason);
        } else if (this.#link !== null && exchange?.state !== 'pending') {
            this.#sendCancel(requestId, reason);
        } else if (exchange) {
            exchange.waitingCancel = { reason };
        } else {
            throw new NeuroLinkError('NOT_CONNECTED', 'cannot send "cancel" without a connection', { retryable: true });
        }
    }

    /** There is a connection: everything goes on over it. */
    open(link, info) {
        this.#link = link;
        this.#info = info;
        for (const exchange of [...this.#live.values()]) {
            this.#attempt(exchange, () => this.#recover(exchange));
        }
        while (this.#pending.length > 0 && this.#link === link) {
            const exchange = this.#pending.shift();
            this.#attempt(exchange, () => this.#transmit(exchange));
        }
    }

    /** The connection was lost. What can be resumed waits for the next one. */
    interrupt(error) {
        if (this.#link === null) {
            return;
        }
        const canResume = this.#canResume;
        this.#link = null;
        this.#info = null;
        this.#lostWith = error;
        this.#clearTimers();
        for (const exchange of [...this.#live.values()]) {
            exchange.isResuming = false;
            if (canResume) {
                exchange.setState('interrupted');
            } else {
                this.#end(exchange, forRun(error, exchange));
            }
        }
    }

    /** There will be no other connection. */
    fail(error) {
        this.#link = null;
        this.#clearTimers();
        for (const exchange of [...this.#live.values(), ...this.#pending.splice(0)]) {
            this.#end(exchange, forRun(error, exchange));
        }
    }

    /**
     * Takes a message if it belongs to a run.
     *
     * @returns {boolean} whether it did
     */
    take(message) {
        const { type, requestId, inReplyTo } = message;
        if (type === 'error' && (message.code === 'DUPLICATE_REQUEST' || inReplyTo === 'resume')) {
            return message.code === 'DUPLICATE_REQUEST' ? this.#onDuplicate(message) : this.#onResumeRefused(message);
        }
        const exchange = this.#live.get(requestId ?? inReplyTo);
        if (!exchange || answersAnother(message, exchange)) {
            return false;
        }
        if (type === 'resumed') {
            this.#onResumed(exchange, message);
        } else if (type === 'resume_failed') {
            this.#attempt(exchange, () => this.#onResumeFailed(exchange, message));
        } else {
            this.#deliver(exchange, message);
        }
        return true;
    }

    get #canResume() {
        return this.#info?.limits?.resumeTtlMs > 0;
    }

    #exchangeOf(requestId) {
        return this.#live.get(requestId) ?? this.#pending.find((exchange) => exchange.requestId === requestId);
    }

    #create(request) {
        const exchange = new Exchange(request, (changed, previous, resumed) => this.#onState(changed, previous, resumed));
        const { requestId, tools, onApproval, message } = request;
        exchange.desk = new ToolDesk({ requestId, tools, onApproval, isStarter: message !== null }, {
            send: (answer) => this.#link.sendText(this.#encode(answer)),
            connection: () => (exchange.isCaughtUp ? this.#link : null),
            onNeeded: (call) => this.#owner.onNeeded({ run: this.#runs.get(exchange), call }),
        });
        this.#runs.set(exchange, new Run(exchange, (id, reason) => this.cancel(id, reason)));
        return exchange;
    }

    #admit(exchange, mayWait) {
        if (this.#link !== null) {
            this.#transmit(exchange);
        } else if (!mayWait) {
            throw new NeuroLinkError('NOT_CONNECTED', `cannot send "${exchange.message?.type ?? 'resume'}": call connect() first`);
        } else if (this.#pending.length >= this.#options.maxPending) {
            const message = `${this.#pending.length} requests wait for the connection already (maxPending)`;
            throw new NeuroLinkError('QUEUE_FULL', message, { retryable: true });
        } else {
            this.#pending.push(exchange);
        }
    }

    /** Sends a request; one for a run that was started elsewhere is a `resume`. */
    #transmit(exchange) {
        if (exchange.message === null && !this.#canResume) {
            throw resumeError({ reason: 'unsupported', requestId: exchange.requestId });
        }
        const text = exchange.message === null ? null : this.#encode(exchange.message);
        this.#live.set(exchange.requestId, exchange);
        exchange.epoch = this.#info.epoch;
        exchange.setState('running');
        if (text === null) {
            this.#sendResume(exchange);
            this.#sendWaitingCancel(exchange);
        } else {
            this.#link.sendText(text);
        }
    }

    #recover(exchange) {
        if (this.#canResume) {
            this.#sendResume(exchange);
            if (exchange.isAccepted) {
                this.#sendWaitingCancel(exchange);
            }
        } else {
            // A server that cannot resume is no longer the one that could.
            this.#end(exchange, forRun(this.#lostWith, exchange));
        }
    }

    #sendResume(exchange) {
        const { requestId, lastSeq, isAccepted, message, epoch } = exchange;
        const known = isAccepted && message !== null && epoch !== undefined ? { epoch } : {};
        exchange.isResuming = true;
        this.#link.send({ type: 'resume', payload: { requestId, after: lastSeq, ...known } });
        this.#armResumeTimer();
    }

    #onResumed(exchange, message) {
        exchange.isResuming = false;
        this.#armResumeTimer();
        exchange.resume(message);
        this.#sendWaitingCancel(exchange);
        this.#forgetEnded(exchange);
    }

    #onResumeFailed(exchange, message) {
        const wasAsked = exchange.isResuming;
        exchange.isResuming = false;
        this.#armResumeTimer();
        if (message.reason === 'trimmed' && message.oldestSeq <= exchange.lastSeq + 1 && !wasAsked) {
            this.#sendResume(exchange);
        } else if (this.#isUnheardOf(exchange, message)) {
            this.#sendAgain(exchange);
        } else {
            this.#end(exchange, resumeError(message));
        }
    }

    /** Whether it is sure that the server never ran this request, or no harm if it did: a tool may have had its effect before a restart. */
    #isUnheardOf({ isAccepted, isDuplicate, type, epoch }, { reason }) {
        return !isAccepted && !isDuplicate && (reason === 'unknown' || reason === 'epoch')
            && (type !== 'tool_call' || epoch === this.#info.epoch);
    }

    #sendAgain(exchange) {
        if (exchange.waitingCancel !== null) {
            this.#cancelUnsent(exchange, exchange.waitingCancel.reason);
        } else {
            this.#transmit(exchange);
        }
    }

    /** The server has a run of this name: it is the one that was asked for before, so it is followed. */
    #onDuplicate({ requestId, inReplyTo, ...error }) {
        const isMeant = (exchange) => !exchange.isAccepted && !exchange.isResuming
            && (requestId ?? exchange.requestId) === exchange.requestId && (inReplyTo ?? exchange.type) === exchange.type;
        const meant = [...this.#live.values()].filter(isMeant);
        for (const exchange of meant) {
            if (this.#canResume) {
                exchange.isDuplicate = true;
                this.#sendResume(exchange);
            } else if (requestId !== undefined || meant.length === 1) {
                this.#end(exchange, serverError({ ...error, requestId: exchange.requestId }));
            }
        }
        return meant.length > 0 && (this.#canResume || requestId !== undefined || meant.length === 1);
    }

    #onResumeRefused({ requestId, retryable, retryAfterMs, ...error }) {
        const isMeant = (exchange) => exchange.isResuming && (requestId ?? exchange.requestId) === exchange.requestId;
        const meant = [...this.#live.values()].filter(isMeant);
        for (const exchange of meant) {
            exchange.isResuming = false;
            if (retryable) {
                this.#resumeLater(exchange, retryAfterMs ?? 0);
            } else if (error.code === 'UNKNOWN_TYPE') {
                this.#end(exchange, resumeError({ reason: 'unsupported', requestId: exchange.requestId }));
            } else {
                this.#end(exchange, serverError({ ...error, requestId: exchange.requestId }));
            }
        }
        this.#armResumeTimer();
        return meant.length > 0;
    }

    #resumeLater(exchange, retryAfterMs) {
        const { timers, random, reconnect } = this.#options;
        const timer = timers.setTimeout(() => {
            this.#retryTimers.delete(timer);
            if (!exchange.ended && !exchange.isResuming) {
                this.#sendResume(exchange);
            }
        }, Math.round(retryAfterMs + random() * (reconnect?.baseDelayMs ?? 0)));
        this.#retryTimers.add(timer);
    }

    #deliver(exchange, message) {
        const order = exchange.orderOf(message);
        if (order === Order.GAP) {
            this.#onGap(exchange, message);
        } else if (order === Order.SEEN) {
            exchange.takePendingCall(message);
        } else {
            exchange.take(message);
            this.#forgetEnded(exchange);
            this.#acknowledge(exchange);
        }
    }

    /** Only a new connection makes the server go back to what is missing. */
    #onGap(exchange, message) {
        if (exchange.isResuming) {
            return;
        }
        exchange.gaps++;
        const error = gapError(exchange, message);
        if (this.#canResume && exchange.gaps < MAX_GAPS) {
            this.#link.abandon(error, 'events are missing');
            return;
        }
        this.#sendCancel(exchange.requestId, error.message);
        this.#end(exchange, error);
    }

    #acknowledge(exchange) {
        const { ackEveryChars = this.#info?.limits?.replayBytes / 2 } = this.#options;
        if (ackEveryChars > 0 && exchange.unackedChars >= ackEveryChars && !exchange.ended && this.#link !== null) {
            exchange.unackedChars = 0;
            this.#link.send({ type: 'ack', payload: { requestId: exchange.requestId, seq: exchange.lastSeq } });
        }
    }

    #cancelUnsent(exchange, reason) {
        this.#pending = this.#pending.filter((pending) => pending !== exchange);
        exchange.take({ type: 'cancelled', requestId: exchange.requestId, reason, ...CANCEL_UNSENT });
        this.#forgetEnded(exchange);
    }

    #sendWaitingCancel(exchange) {
        const cancel = exchange.waitingCancel;
        if (cancel !== null && !exchange.ended) {
            exchange.waitingCancel = null;
            this.#sendCancel(exchange.requestId, cancel.reason);
        }
    }

    #sendCancel(requestId, reason) {
        this.#link.send({ type: 'cancel', payload: { requestId, ...(reason === undefined ? {} : { reason }) } });
    }

    #cancelOnAbort(exchange, signal) {
        const onAbort = () => {
            if (!exchange.ended) {
                this.cancel(exchange.requestId, typeof signal.reason === 'string' ? signal.reason : undefined);
            }
        };
        signal.addEventListener('abort', onAbort, { once: true });
        const release = () => signal.removeEventListener('abort', onAbort);
        exchange.outcome.then(release, release);
    }

    #encode(message) {
        const text = JSON.stringify(message);
        const limit = this.#info.limits?.maxMessageBytes ?? Infinity;
        const length = text.length * 3 > limit ? new TextEncoder().encode(text).length : text.length;
        if (length > limit) {
            throw new NeuroLinkError('MESSAGE_TOO_LARGE', `the message has ${length} bytes, the server takes ${limit}`,
                { requestId: message.requestId });
        }
        return text;
    }

    /** A connection on which `resume` is not answered is of no use. */
    #armResumeTimer() {
        const { timers, resumeTimeoutMs } = this.#options;
        timers.clearTimeout(this.#resumeTimer);
        this.#resumeTimer = null;
        if ([...this.#live.values()].some((exchange) => exchange.isResuming)) {
            const error = new NeuroLinkError('CONNECTION_LOST', `the connection was lost: no answer to "resume" within ${resumeTimeoutMs} ms`,
                { retryable: true });
            this.#resumeTimer = timers.setTimeout(() => this.#link.abandon(error, 'no answer'), resumeTimeoutMs);
        }
    }

    #clearTimers() {
        const { timers } = this.#options;
        timers.clearTimeout(this.#resumeTimer);
        this.#resumeTimer = null;
        this.#retryTimers.forEach((timer) => timers.clearTimeout(timer));
        this.#retryTimers.clear();
    }

    #attempt(exchange, action) {
        if (this.#link === null || exchange.ended) {
            return;
        }
        try {
            action();
        } catch (error) {
            this.#end(exchange, error);
        }
    }

    #end(exchange, error) {
        this.#live.delete(exchange.requestId);
        exchange.fail(error);
    }

    #forgetEnded(exchange) {
        if (exchange.ended) {
            this.#live.delete(exchange.requestId);
        }
    }

    #onState(exchange, previous, resumed) {
        const { requestId, state } = exchange;
        this.#owner.onRun({ run: this.#runs.get(exchange), requestId, state, previous, ...(resumed ? { resumed } : {}) });
    }
}

/** An error that answers another message about the run (a cancel that was refused, say) does not end the run. */
function answersAnother(message, { type, requestId }) {
    return message.type === 'error' && message.seq === undefined && message.requestId !== undefined
        && message.inReplyTo !== undefined && message.inReplyTo !== type && message.inReplyTo !== requestId;
}

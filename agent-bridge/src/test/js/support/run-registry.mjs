/**
 * Runs as a server keeps them, without any transport: each has one log with `seq`, one end, and any number of viewers that follow it from
 * wherever they are. A connection is an object with `send(message)`.
 */

const MAX_JOINED_CHARS = 65_536;

/** All runs of a server. */
export class RunRegistry {
    #runs = new Map();
    #expired = new Set();

    /** @param {{ resumeTtlMs?: number, replayBytes?: number, maxLogEvents?: number }} [options] */
    constructor({ resumeTtlMs = 60_000, replayBytes = 262_144, maxLogEvents = Infinity } = {}) {
        Object.assign(this, { resumeTtlMs, replayBytes, maxLogEvents });
        this.epoch = crypto.randomUUID();
        /** How many agents were asked, by `requestId`. */
        this.started = new Map();
    }

    get(requestId) {
        return this.#runs.get(requestId);
    }

    /**
     * Starts a run.
     *
     * @param {object} connection who asks, and looks on
     * @param {{ requestId: string, type: string, payload: object }} request
     * @param {(run: ServerRun) => Promise<object>} agent emits events, and returns the terminal one
     */
    start(connection, { requestId, type, payload }, agent) {
        if (this.#runs.has(requestId)) {
            const error = `There is a run ${requestId}`;
            connection.send({ type: 'error', error, code: 'DUPLICATE_REQUEST', retryable: false, inReplyTo: type });
            return;
        }
        const going = this.#goingWith(payload.sessionId);
        if (payload.overlap === 'reject' && going.length > 0) {
            const refusal = { error: 'The session has a run', code: 'TOO_MANY_RUNS', retryable: true, inReplyTo: type };
            connection.send({ type: 'error', requestId, seq: 1, ...refusal });
            return;
        }
        const run = new ServerRun(requestId, type, payload, this.maxLogEvents);
        this.#runs.set(requestId, run);
        this.started.set(requestId, (this.started.get(requestId) ?? 0) + 1);
        run.view(connection, 0);
        if (type === 'stream') {
            connection.send({ type: 'accepted', requestId, seq: 0 });
        }
        if (payload.overlap === 'replace') {
            going.forEach((other) => other.cancel('replaced'));
        }
        run.follow(agent, payload.overlap === 'queue' || payload.overlap === 'replace' ? going : []);
    }

    #goingWith(sessionId) {
        return [...this.#runs.values()].filter((run) => sessionId !== undefined && run.payload.sessionId === sessionId && !run.ended);
    }

    resume(connection, { requestId, after, epoch }) {
        const run = this.#runs.get(requestId);
        const fail = (reason, more = {}) => connection.send({ type: 'resume_failed', requestId, reason, ...more });
        if (!run) {
            fail(this.#expired.has(requestId) ? 'expired' : 'unknown');
        } else if (after > run.lastSeq || (epoch !== undefined && epoch !== this.epoch)) {
            fail('epoch');
        } else if (run.oldestSeq > after + 1) {
            fail('trimmed', { oldestSeq: run.oldestSeq });
        } else {
            run.resume(connection, after);
        }
    }

    /** Forgets a run, as after its time. */
    expire(requestId) {
        this.#runs.delete(requestId);
        this.#expired.add(requestId);
    }

    cancel(requestId, reason) {
        this.#runs.get(requestId)?.cancel(reason);
    }

    /** Takes the answer to a tool call: `tool_approval` or `tool_result`. */
    answer({ type, payload }) {
        for (const run of this.#runs.values()) {
            run.answer(type, payload);
        }
    }

    /** Ends every run. */
    close() {
        this.#runs.forEach((run) => run.cancel('the server stops'));
    }

    disconnect(connection) {
        for (const run of this.#runs.values()) {
            run.leave(connection);
        }
    }
}

/** One run. */
export class ServerRun {
    #log = [];
    #viewers = new Set();
    #abort = new AbortController();
    #waiting = new Map();
    #maxLogEvents;
    #markEnded;

    constructor(requestId, type, payload, maxLogEvents) {
        Object.assign(this, { requestId, type, payload, lastSeq: 0, ended: false, answers: [] });
        this.#maxLogEvents = maxLogEvents;
        this.whenEnded = new Promise((resolve) => {
            this.#markEnded = resolve;
        });
    }

    /** Aborted when the run is cancelled. */
    get signal() {
        return this.#abort.signal;
    }

    /** The events so far, without those that were trimmed. */
    get log() {
        return [...this.#log];
    }

    get oldestSeq() {
        return this.#log[0]?.seq ?? this.lastSeq + 1;
    }

    /** Appends an event, and shows it to everyone. */
    emit(event) {
        if (this.ended) {
            return;
        }
        const entry = { ...event, requestId: this.requestId, seq: ++this.lastSeq };
        this.#log.push(entry);
        if (this.#log.length > this.#maxLogEvents) {
            this.#log.shift();
        }
        this.#viewers.forEach((viewer) => viewer.send(entry));
    }

    /** Asks the agent, once the runs before it have ended. */
    async follow(agent, before = []) {
        let terminal;
        try {
            for (const run of before) {
                await run.whenEnded;
            }
            terminal = await agent(this);
        } catch (error) {
            terminal = { type: 'error', error: error.message, code: error.code ?? 'MODEL_ERROR', retryable: false };
        }
        const cancelled = { type: 'cancelled', ...this.signal.reason, upstreamClosed: true, latencyMs: 1, usage: this.usage };
        this.#end(this.signal.aborted ? cancelled : terminal);
    }

    cancel(reason) {
        this.#abort.abort({ reason });
        this.#waiting.forEach(({ reject }) => reject(new Error('cancelled')));
    }

    view(connection) {
        this.#viewers.add(connection);
    }

    leave(connection) {
        if (this.#viewers.delete(connection) && this.#viewers.size === 0 && this.payload.onDisconnect === 'cancel') {
            this.cancel('nobody is watching');
        }
    }

    resume(connection, after) {
        const { requestId, lastSeq } = this;
        const isNew = !this.#viewers.has(connection);
        connection.send({ type: 'resumed', requestId, after, to: lastSeq, live: !this.ended });
        if (isNew) {
            joined(this.#log.filter(({ seq }) => seq > after)).forEach((event) => connection.send(event));
            if (!this.ended) {
                this.view(connection);
            }
            [...this.#waiting.values()].filter(({ event }) => event.seq <= after).forEach(({ event }) => connection.send(event));
        }
    }

    /**
     * Calls a tool of the client, or one that has to be approved.
     *
     * @returns {Promise<object>} the payload of the first answer
     */
    ask(call) {
        this.emit({ type: 'tool_call', ...call });
        return new Promise((resolve, reject) => {
            const wanted = call.approval === 'client' ? 'tool_result' : 'tool_approval';
            this.#waiting.set(call.toolCallId, { event: this.#log.at(-1), resolve, reject, wanted });
        });
    }

    answer(type, payload) {
        const waiting = this.#waiting.get(payload.toolCallId);
        if (waiting?.wanted === type) {
            this.#waiting.delete(payload.toolCallId);
            waiting.resolve(payload);
        }
        if (waiting || this.#log.some(({ toolCallId }) => toolCallId === payload.toolCallId)) {
            this.answers.push(payload);
        }
    }

    #end(terminal) {
        this.emit(terminal);
        this.ended = true;
        this.#markEnded();
        this.#viewers.clear();
        this.#waiting.clear();
    }
}

/** The same events, neighbouring chunks of a kind as one. */
function joined(events) {
    const result = [];
    for (const event of events) {
        const last = result.at(-1);
        const fits = last?.type === 'chunk' && event.type === 'chunk' && last.kind === event.kind
            && last.content.length + event.content.length <= MAX_JOINED_CHARS;
        if (fits) {
            result[result.length - 1] = { ...last, seq: event.seq, content: last.content + event.content, n: (last.n ?? 1) + 1 };
        } else {
            result.push(event);
        }
    }
    return result;
}

/** A scripted WebSocket class and a clock that the test moves. */

import { NeuroLinkClient } from '../../../main/resources/io/neurolink/agent/web/neurolink.js';

/** Timers that run only when `advance` passes their time, in order. */
export class ManualTimers {
    #nowMs = 1_000;
    #nextId = 1;
    #timers = new Map();

    setTimeout = (callback, delayMs) => {
        const id = this.#nextId++;
        this.#timers.set(id, { callback, dueMs: this.#nowMs + delayMs, id });
        return id;
    };

    clearTimeout = (id) => {
        this.#timers.delete(id);
    };

    now = () => this.#nowMs;

    /** Delays of the timers that are armed, in the order of their time. */
    get delaysMs() {
        return this.#inOrder().map(({ dueMs }) => dueMs - this.#nowMs);
    }

    async advance(delayMs) {
        const endMs = this.#nowMs + delayMs;
        for (let next = this.#inOrder()[0]; next && next.dueMs <= endMs; next = this.#inOrder()[0]) {
            this.#nowMs = next.dueMs;
            this.#timers.delete(next.id);
            next.callback();
            await settle();
        }
        this.#nowMs = endMs;
        await settle();
    }

    #inOrder() {
        return [...this.#timers.values()].sort((a, b) => a.dueMs - b.dueMs || a.id - b.id);
    }
}

/** Lets every promise that can go on go on. */
export function settle() {
    return new Promise((resolve) => setImmediate(resolve));
}

/** A client over fake sockets: `sockets` holds them in the order they were dialled, `last` is the newest. */
export function fakeClient(options = {}, url = 'ws://test/ws') {
    const sockets = [];
    const timers = new ManualTimers();
    const client = new NeuroLinkClient(url, { WebSocket: fakeSocketClass(sockets), timers, random: () => 0.5, ...options });
    const states = [];
    client.on('state', (detail) => states.push(detail));
    return {
        client, sockets, timers, states,
        get last() {
            return sockets.at(-1);
        },
        /** Lets the wait before the next attempt pass, to the millisecond. */
        redial: () => timers.advance(states.at(-1).delayMs),
    };
}

/** The same, connected. */
export async function openClient(options, connectedFields) {
    const rig = fakeClient(options);
    const connecting = rig.client.connect();
    await settle();
    rig.last.acceptAndGreet(connectedFields);
    await connecting;
    return rig;
}

function fakeSocketClass(sockets) {
    return class FakeWebSocket {
        readyState = 0;
        sent = [];
        onopen = null;
        onmessage = null;
        onclose = null;
        onerror = null;

        constructor(url, protocols, options) {
            Object.assign(this, { url, protocols, options });
            sockets.push(this);
        }

        send(text) {
            if (this.readyState === 0) {
                throw new Error('send before open');
            }
            this.sent.push(JSON.parse(text));
        }

        close(code, reason) {
            this.readyState = 2;
            this.closedWith = { code, reason };
        }

        open() {
            this.readyState = 1;
            this.onopen?.({});
        }

        greet(fields = {}) {
            this.receive({ type: 'connected', connectionId: `c${sockets.length}`, timestamp: 1, ...fields });
        }

        acceptAndGreet(fields) {
            this.open();
            this.greet(fields);
        }

        receive(message) {
            this.onmessage?.({ data: typeof message === 'string' || message instanceof ArrayBuffer ? message : JSON.stringify(message) });
        }

        fail(message) {
            this.onerror?.({ message });
            this.end(1006);
        }

        end(code = 1006, reason = '') {
            this.readyState = 3;
            this.onclose?.({ code, reason, wasClean: code !== 1006 });
        }

        ofType(type) {
            return this.sent.filter((message) => message.type === type);
        }
    };
}

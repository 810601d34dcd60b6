/** The sockets of the page, which can be cut as a bad network cuts them: at once, without a word to the client, for a while. */

const CUT_CODE = 4000;
const ABNORMAL = 1006;
const CLOSED = 3;
const DEAD_DIAL_MS = 120;

export class Line {
    #socket = null;
    #downUntilMs = 0;

    /** The class to hand to the client as `WebSocket`. */
    get WebSocket() {
        const dial = (url, protocols) => this.#dial(url, protocols);
        return function CuttableWebSocket(url, protocols) {
            return dial(url, protocols);
        };
    }

    /** Loses the socket: nothing more is received or sent on it, what is on its way included; new ones fail for `downMs`. */
    cut(downMs) {
        const socket = this.#socket;
        this.#socket = null;
        this.#downUntilMs = performance.now() + downMs;
        if (socket === null || socket.readyState === CLOSED) {
            return;
        }
        const { onclose } = socket;
        Object.assign(socket, { onopen: null, onmessage: null, onerror: null, onclose: null });
        socket.close(CUT_CODE, 'cut on purpose');
        onclose?.({ code: ABNORMAL, reason: '', wasClean: false });
    }

    /** Ends a cut before its time. */
    mend() {
        this.#downUntilMs = 0;
    }

    #dial(url, protocols) {
        if (performance.now() < this.#downUntilMs) {
            return new DeadSocket();
        }
        this.#socket = new WebSocket(url, protocols);
        return this.#socket;
    }
}

/** A socket on a line that is down: it fails a moment after it was made. */
class DeadSocket {
    readyState = CLOSED;
    onclose = null;

    constructor() {
        setTimeout(() => this.onclose?.({ code: ABNORMAL, reason: '', wasClean: false }), DEAD_DIAL_MS);
    }

    send() {
        throw new DOMException('the line is down', 'InvalidStateError');
    }

    close() {
        this.onclose = null;
    }
}

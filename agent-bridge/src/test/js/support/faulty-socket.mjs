/** Does to a client's messages what networks and proxies do to them: lose the connection, fall silent, repeat, leave out. */

const ABNORMAL = 1006;

/**
 * A WebSocket class whose messages pass a `network`, whatever class is below.
 *
 * @param {Function} WebSocketClass that of the browser, of Node.js, or of the `ws` package
 * @param {{ receive?: (message: object, link: object, deliver: () => void) => void, send?: (message: object, link: object) => boolean }} network
 *     `receive` delivers a message as often as it likes; `send` says whether one goes out. Each can end the link: `link.cut()`, `link.freeze()`
 */
export function faultySocket(WebSocketClass, network) {
    return class FaultySocket {
        #socket;
        #isCut = false;

        constructor(url, protocols, ...more) {
            this.#socket = new WebSocketClass(url, protocols, ...more);
            this.#socket.onopen = (event) => this.#isCut || this.onopen?.(event);
            this.#socket.onmessage = (event) => this.#receive(event);
            this.#socket.onerror = (event) => this.#isCut || this.onerror?.(event);
            this.#socket.onclose = (event) => this.#isCut || this.onclose?.(event);
        }

        get readyState() {
            return this.#socket.readyState;
        }

        send(text) {
            if (!this.#isCut && (network.send?.(JSON.parse(text), this) ?? true) && !this.#isCut) {
                this.#socket.send(text);
            }
        }

        close(code, reason) {
            this.#socket.close(code, reason);
        }

        /** The connection is gone, and the client is told so. */
        cut() {
            if (!this.#isCut) {
                this.freeze();
                this.#drop();
                queueMicrotask(() => this.onclose?.({ code: ABNORMAL, reason: '', wasClean: false }));
            }
        }

        /** Nothing gets through any more, and nobody says so. */
        freeze() {
            this.#isCut = true;
        }

        #drop() {
            if (this.#socket.terminate) {
                this.#socket.onerror = () => {};
                this.#socket.terminate();
            } else {
                this.#socket.close();
            }
        }

        #receive(event) {
            const deliver = () => this.#isCut || this.onmessage?.(event);
            if (this.#isCut) {
                return;
            }
            if (network.receive && typeof event.data === 'string') {
                network.receive(JSON.parse(event.data), this, deliver);
            } else {
                deliver();
            }
        }
    };
}

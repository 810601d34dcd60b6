/** A server without a socket: a WebSocket class whose other end is a `RunRegistry` in the same process. */

/**
 * @param {object} registry the runs
 * @param {(run: object) => Promise<object>} agent answers them
 */
export function inProcessSocket(registry, agent) {
    return class InProcessSocket {
        readyState = 0;
        #connection = { send: (message) => this.#later(() => this.onmessage?.({ data: JSON.stringify(message) })) };

        constructor() {
            this.#later(() => {
                this.readyState = 1;
                this.onopen?.({});
                const { epoch, resumeTtlMs, replayBytes } = registry;
                this.#connection.send({ type: 'connected', connectionId: 'c', timestamp: 1, epoch, limits: { resumeTtlMs, replayBytes } });
            });
        }

        send(text) {
            const message = JSON.parse(text);
            this.#later(() => this.#receive(message));
        }

        close(code = 1005, reason = '') {
            if (this.readyState < 2) {
                this.readyState = 3;
                registry.disconnect(this.#connection);
                queueMicrotask(() => this.onclose?.({ code, reason, wasClean: true }));
            }
        }

        #receive(message) {
            const { type, payload } = message;
            if (type === 'stream' || type === 'generate' || type === 'tool_call') {
                registry.start(this.#connection, message, agent);
            } else if (type === 'resume') {
                registry.resume(this.#connection, payload);
            } else if (type === 'cancel') {
                registry.cancel(payload.requestId, payload.reason);
            } else if (type === 'tool_approval' || type === 'tool_result') {
                registry.answer({ type, payload });
            }
        }

        #later(action) {
            queueMicrotask(() => this.readyState < 2 && action());
        }
    };
}

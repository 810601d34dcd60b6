/** Events of a run that came and were not read yet. */

const JOIN_ABOVE_EVENTS = 256;

/** A queue with one reader. Above a mark, neighbours that can be joined are: it never holds more than the run's text. */
export class EventBuffer {
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

/** Whether a chunk is part of the answer, and not of the thinking before it. */
export function isText({ kind = 'text' }) {
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

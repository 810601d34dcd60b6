/** What a screen reader is told, politely: one sentence at a time, and never the tokens of an answer. */

const PAUSE_MS = 700;

export class Announcer {
    #region;
    #waiting = [];
    #timer = null;

    /** @param {Element} region a live region */
    constructor(region) {
        this.#region = region;
    }

    /** Says a sentence after those that wait. */
    say = (sentence) => {
        this.#waiting.push(sentence);
        this.#timer ??= setTimeout(() => this.#speak(), 0);
    };

    #speak() {
        this.#region.textContent = this.#waiting.splice(0).join(' ');
        this.#timer = setTimeout(() => {
            this.#timer = null;
            if (this.#waiting.length > 0) {
                this.#speak();
            }
        }, PAUSE_MS);
    }
}

/** The raw messages on the wire, both ways. Bounded; drawn once per frame and only while it is open. */

import { atNextFrame, element } from './console-dom.js';

const MAX_ROWS = 500;
const MAX_TEXT = 2_000;

export class MessageLog {
    #details;
    #rows;
    #counter;
    #entries = [];
    #count = 0;
    #drawn = 0;
    #redraw = atNextFrame(() => this.#draw());

    /** The three elements: the `details`, its list, its counter. */
    constructor(details, rows, counter) {
        this.#details = details;
        this.#rows = rows;
        this.#counter = counter;
        details.addEventListener('toggle', this.#redraw);
    }

    add({ direction, text }) {
        const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} … (${text.length} characters)` : text;
        this.#entries.push({ direction, text: shown, at: new Date(), number: ++this.#count });
        if (this.#entries.length > MAX_ROWS) {
            this.#entries.shift();
        }
        this.#redraw();
    }

    clear() {
        this.#entries = [];
        this.#count = 0;
        this.#drawn = 0;
        this.#rows.replaceChildren();
        this.#redraw();
    }

    #draw() {
        this.#counter.textContent = `${this.#count}`;
        if (!this.#details.open) {
            return;
        }
        const isAtEnd = this.#rows.scrollHeight - this.#rows.scrollTop - this.#rows.clientHeight < 40;
        this.#rows.append(...this.#entries.filter(({ number }) => number > this.#drawn).map(rowOf));
        this.#drawn = this.#count;
        while (this.#rows.childElementCount > MAX_ROWS) {
            this.#rows.firstElementChild.remove();
        }
        if (isAtEnd) {
            this.#rows.scrollTop = this.#rows.scrollHeight;
        }
    }
}

function rowOf({ direction, text, at }) {
    const row = element('li');
    row.dataset.direction = direction;
    row.append(element('time', '', at.toISOString().slice(11, 23)), element('span', 'way', direction === 'in' ? '↓ in' : '↑ out'),
        element('code', '', text));
    return row;
}

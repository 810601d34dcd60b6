/** The messages on the wire, both ways. Bounded; drawn once per frame and only while it is seen. */

import { atNextFrame, element } from './console-dom.js';

const MAX_ROWS = 500;
const MAX_TEXT = 20_000;
const MAX_BRIEF = 160;
const AT_END_PX = 40;

export class MessageLog {
    #parts;
    #entries = [];
    #count = 0;
    #drawn = 0;
    #filter = '';
    #isPaused = false;
    #isSeen = false;
    #redraw = atNextFrame(() => this.#draw());

    /** @param {{ rows: Element, counter: Element, filter: Element, pause: Element, clear: Element }} parts */
    constructor(parts) {
        this.#parts = parts;
        parts.clear.addEventListener('click', () => this.#clear());
        parts.filter.addEventListener('input', () => this.#setFilter(parts.filter.value));
        parts.pause.addEventListener('click', () => this.#setPaused(!this.#isPaused));
    }

    add({ direction, text }) {
        this.#entries.push({ direction, text, at: new Date(), number: ++this.#count });
        if (this.#entries.length > MAX_ROWS) {
            this.#entries.shift();
        }
        this.#redraw();
    }

    /** Whether the view is on the page now. */
    setSeen(isSeen) {
        this.#isSeen = isSeen;
        this.#redraw();
    }

    #clear() {
        this.#entries = [];
        this.#count = 0;
        this.#drawAnew();
    }

    #setFilter(filter) {
        this.#filter = filter.trim().toLowerCase();
        this.#drawAnew();
    }

    #setPaused(isPaused) {
        this.#isPaused = isPaused;
        this.#parts.pause.setAttribute('aria-pressed', `${isPaused}`);
        this.#parts.pause.textContent = isPaused ? 'Go on' : 'Pause';
        this.#redraw();
    }

    #drawAnew() {
        this.#drawn = 0;
        this.#parts.rows.replaceChildren();
        this.#redraw();
    }

    #draw() {
        this.#parts.counter.textContent = this.#count.toLocaleString('en');
        if (!this.#isSeen || this.#isPaused) {
            return;
        }
        const { rows } = this.#parts;
        const isAtEnd = rows.scrollHeight - rows.scrollTop - rows.clientHeight < AT_END_PX;
        const fresh = this.#entries.filter(({ number, text }) => number > this.#drawn && text.toLowerCase().includes(this.#filter));
        rows.append(...fresh.map(rowOf));
        this.#drawn = this.#count;
        while (rows.childElementCount > MAX_ROWS) {
            rows.firstElementChild.remove();
        }
        if (isAtEnd) {
            rows.scrollTop = rows.scrollHeight;
        }
    }
}

/** One line; the whole message, laid out, is made when it is opened. */
function rowOf({ direction, text, at }) {
    const row = element('li');
    const details = element('details');
    const summary = element('summary');
    row.dataset.direction = direction;
    const way = element('span', 'way', direction === 'in' ? '↓' : '↑');
    way.title = direction === 'in' ? 'from the server' : 'to the server';
    summary.append(element('time', '', at.toISOString().slice(11, 23)), way, element('span', 'unseen', way.title), briefOf(text));
    details.append(summary);
    details.addEventListener('toggle', () => {
        if (details.open && details.childElementCount === 1) {
            details.append(element('pre', '', laidOut(text)));
        }
    });
    row.append(details);
    return row;
}

function briefOf(text) {
    const code = element('code');
    const [, type] = /^\{"type":"([^"]+)"/.exec(text) ?? [];
    const rest = (type === undefined ? text : text.slice(`{"type":"${type}"`.length).replace(/^,/, '')).slice(0, MAX_BRIEF);
    code.append(...(type === undefined ? [] : [element('b', '', type), ' ']), rest);
    return code;
}

function laidOut(text) {
    const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} … (${text.length} characters)` : text;
    try {
        return JSON.stringify(JSON.parse(shown), null, 2);
    } catch {
        return shown;
    }
}

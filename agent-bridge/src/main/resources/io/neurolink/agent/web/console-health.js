/** The counters of the server this page came from. */

import { element, setBadge, setOptionalText } from './console-dom.js';

const INTERVAL_MS = 5_000;
const TIMEOUT_MS = 4_000;

export class HealthPanel {
    #parts;
    #address;
    #isAsking = false;

    /**
     * @param {{ badge: Element, pairs: Element, note: Element }} parts
     * @param {string} address path of the health route
     */
    constructor(parts, address) {
        this.#parts = parts;
        this.#address = address;
    }

    /** Asks now and then every five seconds, while the page is seen and `isWorthwhile` says so. */
    start(isWorthwhile) {
        setInterval(() => !document.hidden && isWorthwhile() && this.refresh(), INTERVAL_MS);
        return this.refresh();
    }

    /** Shows that what was known may be wrong by now. */
    forget() {
        setBadge(this.#parts.badge, 'unknown');
        this.#parts.pairs.replaceChildren();
    }

    async refresh() {
        if (this.#isAsking) {
            return;
        }
        this.#isAsking = true;
        try {
            this.#show(await this.#ask());
        } catch (error) {
            this.#showFailure(error);
        } finally {
            this.#isAsking = false;
        }
    }

    async #ask() {
        const response = await fetch(this.#address, { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) });
        const isDraining = response.status === 503;
        if (!response.ok && !isDraining) {
            throw new Error(`HTTP ${response.status}`);
        }
        return response.json();
    }

    #show({ status = 'unknown', counters = {}, ...facts }) {
        const [moved, still] = partition(flatten(counters), ([, value]) => value !== '0');
        const rows = [...flatten(facts), ...moved].flatMap(([name, value]) => [element('dt', '', name), element('dd', '', value)]);
        setBadge(this.#parts.badge, String(status));
        setOptionalText(this.#parts.note, still.length === 0 ? '' : `${still.length} more counters are at 0.`);
        this.#parts.pairs.replaceChildren(...rows);
    }

    #showFailure(error) {
        setBadge(this.#parts.badge, 'down');
        const hint = 'Another route: open this page with ?health=/its/path';
        setOptionalText(this.#parts.note, `No answer from ${this.#address} (${error.message}). ${hint}`);
    }
}

function partition(items, isFirst) {
    return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function flatten(value, prefix = '') {
    if (value === null || typeof value !== 'object') {
        return [[prefix, typeof value === 'number' ? value.toLocaleString('en') : String(value)]];
    }
    return Object.entries(value).flatMap(([name, inner]) => flatten(inner, prefix === '' ? name : `${prefix} · ${name}`));
}

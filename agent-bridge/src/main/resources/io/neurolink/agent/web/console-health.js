/** The counters of the server this page came from. */

import { element, formatCount, pairRows, setBadge, setOptionalText } from './console-dom.js';

const INTERVAL_MS = 3_000;
const TIMEOUT_MS = 4_000;

export class HealthPanel {
    #parts;
    #address;
    #isAsking = false;
    #previous = new Map();

    /**
     * @param {{ badge: Element, groups: Element, note: Element }} parts
     * @param {string} address path of the health route
     */
    constructor(parts, address) {
        this.#parts = parts;
        this.#address = address;
    }

    /** Asks now and then every three seconds, while the page is seen and `isWorthwhile` says so. */
    start(isWorthwhile) {
        setInterval(() => !document.hidden && isWorthwhile() && this.refresh(), INTERVAL_MS);
        return this.refresh();
    }

    /** Shows that what was known may be wrong by now. */
    forget() {
        setBadge(this.#parts.badge, 'unknown');
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
        const numbers = flatten(counters);
        const still = numbers.filter(([, value]) => value === 0);
        const groups = groupsOf([...flatten(facts), ...numbers.filter(([, value]) => value !== 0)]);
        setBadge(this.#parts.badge, String(status));
        setOptionalText(this.#parts.note, still.length === 0 ? '' : `${still.length} more counters are at 0.`);
        this.#parts.groups.replaceChildren(...groups.flatMap(([name, rows]) => this.#group(name, rows)));
        this.#previous = new Map(numbers);
    }

    #group(name, rows) {
        const list = element('dl', 'pairs');
        list.append(...pairRows(rows.map(([label, value, path]) => [label, this.#text(value, path)])));
        return [element('h3', '', name), list];
    }

    /** A number, and by how much it grew since it was last asked for. */
    #text(value, path) {
        if (typeof value !== 'number') {
            return String(value);
        }
        const grown = value - (this.#previous.get(path) ?? value);
        return grown > 0 ? `+${formatCount(grown)}  ${formatCount(value)}` : formatCount(value);
    }

    #showFailure(error) {
        setBadge(this.#parts.badge, 'down');
        const hint = 'Another route: open this page with ?health=/its/path';
        setOptionalText(this.#parts.note, `No answer from ${this.#address} (${error.message}). ${hint}`);
    }
}

/** `connections.opened` belongs to the group `connections`, with the label `opened`. */
function groupsOf(entries) {
    const groups = new Map();
    for (const [path, value] of entries) {
        const [group, ...rest] = path.split(/[.·]/).map((part) => part.trim());
        const name = rest.length === 0 ? 'other' : group;
        groups.set(name, [...groups.get(name) ?? [], [rest.join(' ') || group, value, path]]);
    }
    return [...groups];
}

function flatten(value, prefix = '') {
    if (value === null || typeof value !== 'object') {
        return [[prefix, value]];
    }
    return Object.entries(value).flatMap(([name, inner]) => flatten(inner, prefix === '' ? name : `${prefix} · ${name}`));
}

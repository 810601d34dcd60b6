/** What the page shows, kept for this tab: after a reload it is there again. It goes nowhere else, and it goes with the tab. */

const KEY = 'neurolink.tab';
const VERSION = 1;
const MAX_RUN_CHARS = 200_000;
const MAX_TAB_CHARS = 2_000_000;

/** The events of one run as they are shown, pieces of text joined; nothing at all where they are too many to be kept. */
export class Transcript {
    #events = [];
    #chars = 0;

    /** Null where there were too many. */
    get events() {
        return this.#events;
    }

    /** The answer so far. */
    get text() {
        return (this.#events ?? []).filter(({ type, kind }) => type === 'chunk' && kind === 'text').map(({ content }) => content).join('');
    }

    add(event) {
        if (this.#events === null) {
            return;
        }
        const last = this.#events.at(-1);
        if (event.type === 'chunk' && last?.type === 'chunk' && last.kind === event.kind) {
            last.content += event.content;
            this.#chars += event.content.length;
        } else {
            this.#events.push({ ...event });
            this.#chars += JSON.stringify(event).length;
        }
        if (this.#chars > MAX_RUN_CHARS) {
            this.#events = null;
        }
    }
}

/**
 * Keeps what there is. Where it is too much, the oldest runs lose their events first.
 *
 * @param {{ conversations: { turns: { runs: object[] }[] }[] }} tab
 */
export function keep(tab) {
    const runs = tab.conversations.flatMap(({ turns }) => turns.flatMap(({ runs: all }) => all));
    let chars = JSON.stringify(tab).length;
    for (const run of runs.sort((a, b) => a.number - b.number)) {
        if (chars > MAX_TAB_CHARS) {
            chars -= JSON.stringify(run.events).length;
            run.events = null;
        }
    }
    try {
        sessionStorage.setItem(KEY, JSON.stringify({ version: VERSION, ...tab }));
    } catch {
        // No storage, or no room: nothing is kept, nothing is broken.
    }
}

/** What was kept, or null. */
export function kept() {
    try {
        const tab = JSON.parse(sessionStorage.getItem(KEY));
        return tab?.version === VERSION ? tab : null;
    } catch {
        return null;
    }
}

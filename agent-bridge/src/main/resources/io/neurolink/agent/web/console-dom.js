/** Small helpers of the console. Text always goes in as text, never as markup. */

const MAX_HEADLINE = 48;

/** The element with this id. */
export function byId(id) {
    return document.getElementById(id);
}

/** A new element with a class and a text. */
export function element(tag, className = '', text = '') {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
}

/** A copy of what is in the template with this id. */
export function fromTemplate(id) {
    return byId(id).content.firstElementChild.cloneNode(true);
}

/** Sets a badge: the word for readers, `data-state` for colour. */
export function setBadge(badge, state, word = state) {
    badge.dataset.state = state;
    badge.textContent = word;
}

/** Shows a text, or hides the element where there is none. */
export function setOptionalText(target, text) {
    target.textContent = text;
    target.hidden = text === '';
}

/** The rows of a `dl` from pairs of a name and a text. */
export function pairRows(pairs) {
    return pairs.flatMap(([name, value]) => [element('dt', '', name), element('dd', '', value)]);
}

/** A duration for people: `0.4 ms`, `38 ms`, `1.25 s`. */
export function formatMs(ms) {
    if (ms >= 1_000) {
        return `${(ms / 1_000).toFixed(2)} s`;
    }
    return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** A count with thousands apart. */
export function formatCount(count) {
    return count.toLocaleString('en');
}

/** `1 token`, `2 tokens`. */
export function plural(count, word) {
    return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** The first line of a prompt, without the marks of Markdown: a name for a list. */
export function headline(prompt) {
    const line = prompt.trim().split('\n', 1)[0].replace(/[#*`>_]+/g, '').trim();
    return line.length > MAX_HEADLINE ? `${line.slice(0, MAX_HEADLINE)}…` : line;
}

/** Random bits as hexadecimal digits; works on pages that are not served over TLS too. */
export function randomHex(byteCount) {
    return Array.from(crypto.getRandomValues(new Uint8Array(byteCount)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Calls `draw` at the next frame, once, however often it is asked for. Where drawing takes long it is done less often. */
export function atNextFrame(draw) {
    let isDue = false;
    let restUntilMs = 0;
    const attempt = () => requestAnimationFrame(() => {
        const startMs = performance.now();
        if (startMs < restUntilMs) {
            attempt();
            return;
        }
        isDue = false;
        draw();
        restUntilMs = performance.now() + (performance.now() - startMs) * 3;
    });
    return () => {
        if (!isDue) {
            isDue = true;
            attempt();
        }
    };
}

/** A setting of this browser; where storage is forbidden it lasts as long as the page. */
export const settings = {
    get(name) {
        try {
            return localStorage.getItem(`neurolink.${name}`);
        } catch {
            return null;
        }
    },
    set(name, value) {
        try {
            localStorage.setItem(`neurolink.${name}`, value);
        } catch {
            // A private window without storage: nothing is remembered, nothing is broken.
        }
    },
};

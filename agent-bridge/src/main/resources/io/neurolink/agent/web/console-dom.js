/** Small helpers of the console. Text always goes in as text, never as markup. */

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

/** Sets a badge: the word for readers, `data-state` for colour. */
export function setBadge(badge, state) {
    badge.dataset.state = state;
    badge.textContent = state;
}

/** Shows a text, or hides the element where there is none. */
export function setOptionalText(target, text) {
    target.textContent = text;
    target.hidden = text === '';
}

/** A duration for people: `0.4 ms`, `38 ms`, `1.25 s`. */
export function formatMs(ms) {
    if (ms >= 1_000) {
        return `${(ms / 1_000).toFixed(2)} s`;
    }
    return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Calls `draw` at the next frame, once, however often it is asked for. */
export function atNextFrame(draw) {
    let isDue = false;
    return () => {
        if (!isDue) {
            isDue = true;
            requestAnimationFrame(() => {
                isDue = false;
                draw();
            });
        }
    };
}

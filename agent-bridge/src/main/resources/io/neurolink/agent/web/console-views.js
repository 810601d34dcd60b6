/** The views: on a wide page the conversation is always there and one of the others beside it; on a narrow one they take turns. */

import { byId } from './console-dom.js';

const WIDE = matchMedia('(min-width: 60rem)');
const DEFAULT_WIDE = 'activity';

export class Views {
    #tabs = [...byId('tabs').children];
    #chosen = 'chat';
    #onShow;

    /** @param {(view: string) => void} onShow */
    constructor(onShow) {
        this.#onShow = onShow;
        byId('tabs').addEventListener('click', ({ target }) => target.dataset.view && this.show(target.dataset.view));
        byId('tabs').addEventListener('keydown', (event) => this.#onKey(event));
        WIDE.addEventListener('change', () => this.show(this.#chosen));
        this.show('chat');
    }

    isShown(view) {
        return document.body.dataset.view === view || (view === 'chat' && WIDE.matches);
    }

    /** Shows a view that is not on the page now. */
    reveal(view) {
        if (!this.isShown(view)) {
            this.show(view);
        }
    }

    show(view) {
        this.#chosen = view;
        const shown = WIDE.matches && view === 'chat' ? DEFAULT_WIDE : view;
        document.body.dataset.view = shown;
        for (const tab of this.#tabs) {
            const isSelected = tab.dataset.view === shown;
            tab.hidden = WIDE.matches && tab.dataset.view === 'chat';
            tab.setAttribute('aria-selected', `${isSelected}`);
            tab.tabIndex = isSelected ? 0 : -1;
        }
        byId('view-chat').setAttribute('role', WIDE.matches ? 'region' : 'tabpanel');
        this.#onShow(shown);
    }

    #onKey(event) {
        const tabs = this.#tabs.filter(({ hidden }) => !hidden);
        const at = tabs.indexOf(document.activeElement);
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
        if (to !== undefined) {
            event.preventDefault();
            const tab = tabs[(to + tabs.length) % tabs.length];
            this.show(tab.dataset.view);
            tab.focus();
        }
    }
}

/** Keyboard shortcuts. Single keys can be turned off, and never work where a person types. */

import { element, settings } from './console-dom.js';

const SETTING = 'singleKeys';

export class Shortcuts {
    #actions;
    #toggle;

    /**
     * @param {{ key: string, shown?: string[], text: string, run?: () => void }[]} actions those without `run` are only documented
     * @param {{ list: Element, toggle: HTMLInputElement }} parts where they are documented, and what turns single keys off
     */
    constructor(actions, { list, toggle }) {
        this.#actions = new Map(actions.filter(({ run }) => run).map(({ key, run }) => [key, run]));
        this.#toggle = toggle;
        toggle.checked = settings.get(SETTING) !== 'off';
        toggle.addEventListener('change', () => settings.set(SETTING, toggle.checked ? 'on' : 'off'));
        list.replaceChildren(...actions.flatMap(rows));
        addEventListener('keydown', (event) => this.#onKey(event));
    }

    #onKey(event) {
        const { key, target, ctrlKey, metaKey, altKey } = event;
        const isTaken = event.defaultPrevented || ctrlKey || metaKey || altKey || document.querySelector('dialog[open]') !== null;
        const isSingle = key.length === 1;
        if (isTaken || (isSingle && (!this.#toggle.checked || isTyping(target)))) {
            return;
        }
        const run = this.#actions.get(isSingle ? key.toLowerCase() : key);
        if (run !== undefined) {
            event.preventDefault();
            run();
        }
    }
}

function rows({ key, shown = [key.toUpperCase()], text }) {
    const keys = element('dt');
    keys.append(...shown.flatMap((name, index) => [index === 0 ? '' : ' ', element('kbd', '', name)]));
    return [keys, element('dd', '', text)];
}

function isTyping(target) {
    return target.matches?.('input, textarea, select') && target.type !== 'checkbox';
}

/** Conversations: each has a session of its own on the server and keeps the order of its turns, whatever order their runs end in. */

import { element, fromTemplate, headline, randomHex } from './console-dom.js';

const MAX_RUNS = 60;
const AT_END_PX = 48;
const LONG_PROMPT_CHARS = 600;

/** One conversation: turns, and in each the runs side by side. */
class Conversation {
    title = 'New conversation';
    turns = [];

    constructor(number, sessionId = `console-${randomHex(12)}`) {
        this.number = number;
        this.sessionId = sessionId;
        this.root = element('div', 'conversation');
    }

    get runs() {
        return this.turns.flatMap(({ cards }) => cards);
    }

    get label() {
        const live = this.runs.filter(({ isEnded }) => !isEnded).length;
        return `${live > 0 ? '● ' : ''}${this.number}. ${this.title}`;
    }
}

export class Conversations {
    #parts;
    #all = [];
    #current;
    #count = 0;
    #sticks = true;

    /** @param {{ select: Element, scroller: Element, turns: Element, welcome: Element, latest: Element }} parts */
    constructor(parts) {
        this.#parts = parts;
        parts.select.addEventListener('change', () => this.show(Number(parts.select.value)));
        parts.scroller.addEventListener('scroll', () => this.#noteScroll(), { passive: true });
        parts.latest.addEventListener('click', () => {
            this.#sticks = true;
            this.follow();
            parts.scroller.focus();
        });
        this.open();
    }

    get current() {
        return this.#current;
    }

    /** The runs of all conversations, in the order in which they were started. */
    get runs() {
        return this.#all.flatMap(({ runs }) => runs).sort((a, b) => a.number - b.number);
    }

    /** What another page needs to show all of this again. */
    get record() {
        const all = this.#all.map(({ number, title, sessionId, turns }) => ({
            number, title, sessionId,
            turns: turns.map(({ prompt, kind, cards }) => ({ prompt, kind, runs: cards.map(({ record }) => record) })),
        }));
        return { conversations: all, shown: this.#current.number };
    }

    /**
     * Shows what an earlier page kept.
     *
     * @param {{ conversations: object[], shown: number }} record
     * @param {(run: object) => RunCard} makeCard gives the card for the record of a run
     */
    revive({ conversations, shown }, makeCard) {
        this.#removeAll();
        this.#all = conversations.map(({ number, sessionId }) => new Conversation(number, sessionId));
        this.#count = Math.max(0, ...conversations.map(({ number }) => number));
        for (const { number, title, turns } of conversations) {
            this.#parts.turns.append(this.#all.find((conversation) => conversation.number === number).root);
            this.show(number);
            for (const { prompt, kind, runs } of turns) {
                const add = this.addTurn(prompt, kind);
                runs.forEach((run) => add(makeCard(run)));
            }
            this.#current.title = title;
        }
        this.show(shown);
    }

    /** Begins anew, with one conversation that is empty. */
    clear() {
        this.#removeAll();
        this.#count = 0;
        this.open();
    }

    #removeAll() {
        this.#all.forEach(({ root }) => root.remove());
        this.#all = [];
    }

    /** Begins a new conversation and shows it; one that is still empty is used. */
    open() {
        const empty = this.#all.find(({ turns }) => turns.length === 0);
        const opened = empty ?? new Conversation(++this.#count);
        if (empty === undefined) {
            this.#all.push(opened);
            this.#parts.turns.append(opened.root);
        }
        this.show(opened.number);
    }

    show(number) {
        this.#current = this.#all.find((conversation) => conversation.number === number);
        for (const { root } of this.#all) {
            root.hidden = root !== this.#current.root;
        }
        this.#sticks = true;
        this.refresh();
        this.follow();
    }

    /** Adds a turn to the conversation that is shown; returns what takes the cards of its runs. */
    addTurn(prompt, kind) {
        const conversation = this.#current;
        const root = fromTemplate('turn-template');
        const turn = { root, cards: [], conversation, prompt, kind };
        showPrompt(root.querySelector('.prompt'), prompt);
        root.querySelector('.prompt').classList.toggle('code', kind === 'tool_call');
        if (conversation.turns.length === 0) {
            conversation.title = headline(prompt);
        }
        conversation.turns.push(turn);
        conversation.root.append(root);
        this.#sticks = true;
        return (card) => {
            turn.cards.push(card);
            root.querySelector('.columns').append(card.root);
            this.#forgetOldest();
            this.refresh();
            this.follow();
        };
    }

    /** Shows the conversation in which a run is, and brings the run into view. */
    reveal(card) {
        const conversation = this.#all.find(({ runs }) => runs.includes(card));
        if (conversation !== this.#current) {
            this.show(conversation.number);
        }
        this.#sticks = false;
        card.root.focus({ preventScroll: true });
        card.root.scrollIntoView({ block: 'nearest' });
    }

    /** The names in the list and what is shown while nothing was asked. */
    refresh() {
        const { select, welcome } = this.#parts;
        const options = this.#all.map(({ number, label }) => ({ number, label }));
        if (options.length !== select.options.length) {
            select.replaceChildren(...options.map(({ number }) => new Option('', number)));
        }
        options.forEach(({ label }, index) => {
            if (select.options[index].text !== label) {
                select.options[index].text = label;
            }
        });
        select.value = `${this.#current.number}`;
        welcome.hidden = this.#current.turns.length > 0;
    }

    /** Keeps the end in view, unless the person has scrolled away from it. */
    follow() {
        const { scroller } = this.#parts;
        if (this.#sticks) {
            scroller.scrollTop = scroller.scrollHeight;
        }
        this.#showLatest();
    }

    #noteScroll() {
        const { scroller } = this.#parts;
        this.#sticks = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END_PX;
        this.#showLatest();
    }

    #showLatest() {
        const { latest, scroller } = this.#parts;
        const shouldHide = this.#sticks || scroller.scrollHeight <= scroller.clientHeight;
        if (shouldHide && latest === document.activeElement) {
            scroller.focus();
        }
        latest.hidden = shouldHide;
    }

    #forgetOldest() {
        const runs = this.runs;
        const oldest = runs.length > MAX_RUNS ? runs.find(({ isEnded }) => isEnded) : undefined;
        const turn = this.#all.flatMap(({ turns }) => turns).find(({ cards }) => cards.includes(oldest));
        if (turn === undefined) {
            return;
        }
        oldest.root.remove();
        turn.cards.splice(turn.cards.indexOf(oldest), 1);
        if (turn.cards.length === 0) {
            turn.root.remove();
            turn.conversation.turns.splice(turn.conversation.turns.indexOf(turn), 1);
        }
    }
}

/** A prompt as it was written; a long one is folded. */
function showPrompt(target, prompt) {
    target.textContent = prompt.trim();
    if (prompt.length > LONG_PROMPT_CHARS || prompt.trim().split('\n').length > 8) {
        const more = element('button', 'more', 'Show all');
        more.type = 'button';
        more.setAttribute('aria-expanded', 'false');
        target.classList.add('folded');
        more.addEventListener('click', () => {
            const isFolded = target.classList.toggle('folded');
            more.textContent = isFolded ? 'Show all' : 'Show less';
            more.setAttribute('aria-expanded', `${!isFolded}`);
        });
        target.after(more);
    }
}

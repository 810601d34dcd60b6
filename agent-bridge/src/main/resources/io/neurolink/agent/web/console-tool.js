/** The card of one tool call: what is called with what, who must say yes, what came of it. */

import { element, formatMs, fromTemplate, setBadge } from './console-dom.js';

const MAX_BRIEF = 80;
const TICK_MS = 250;
const STATE_OF_APPROVAL = { auto: 'running', required: 'needs approval', client: 'in this page' };

export class ToolCard {
    #parts;
    #call;
    #answer;
    #onSettled;
    #countdown = null;
    #receivedMs = Date.now();

    /**
     * @param {object} call the event `tool_call`
     * @param {{ answer: (approved: boolean, reason?: string) => void, onSettled: () => void }} actions
     */
    constructor(call, { answer, onSettled }) {
        this.root = fromTemplate('tool-template');
        this.isWaiting = false;
        this.#call = call;
        this.#answer = answer;
        this.#onSettled = onSettled;
        const part = (selector) => this.root.querySelector(selector);
        this.#parts = {
            name: part('.tool-name'), brief: part('.tool-brief'), badge: part('.badge'), args: part('.tool-args'),
            resultTitle: part('.tool-result-title'), result: part('.tool-result'), form: part('.approval'), question: part('.approval-question'),
            countdown: part('.countdown'), progress: part('progress'), reason: part('.reason'), approve: part('.approve'), refuse: part('.refuse'),
        };
        this.root.setAttribute('aria-label', `Tool ${call.toolName}`);
        this.#parts.name.textContent = call.toolName;
        this.#parts.brief.textContent = brief(call.args);
        this.#parts.args.textContent = pretty(call.args);
        this.#setState(STATE_OF_APPROVAL[call.approval] ?? 'running');
        if (call.approval === 'required') {
            this.#ask();
        }
    }

    get toolName() {
        return this.#call.toolName;
    }

    /** Brings the question into view, with the focus on its first answer. */
    focus() {
        this.#parts.approve.focus();
        this.root.scrollIntoView({ block: 'nearest' });
    }

    /** Answers for the person, as the buttons do. */
    decide(approved) {
        if (this.isWaiting) {
            this.#settle(approved ? 'running' : 'refusing');
            this.#answer(approved, this.#parts.reason.value.trim() || undefined);
        }
    }

    /** Shows what came of it: the event `tool_result`. */
    finish({ result, error, durationMs }) {
        const hasFailed = error !== undefined && error !== null;
        const took = durationMs === undefined ? '' : ` · ${formatMs(durationMs)}`;
        this.#settle(hasFailed ? failedWord(error) : 'done');
        this.#parts.brief.textContent = `${brief(this.#call.args)} → ${hasFailed ? errorText(error) : brief(result)}${took}`;
        this.#parts.result.textContent = hasFailed ? errorText(error) : pretty(result);
        this.#parts.resultTitle.hidden = false;
        this.#parts.result.parentElement.hidden = false;
    }

    /** The run has ended without a result. */
    abandon() {
        if (['running', 'needs approval', 'refusing', 'in this page'].includes(this.root.dataset.state)) {
            this.#settle('not run');
        }
    }

    #ask() {
        const { form, question, approve, refuse } = this.#parts;
        const { toolName } = this.#call;
        question.textContent = `The agent asks to run ${toolName}.`;
        approve.setAttribute('aria-label', `Approve ${toolName}`);
        refuse.setAttribute('aria-label', `Refuse ${toolName}`);
        form.hidden = false;
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.decide(event.submitter?.value === 'approve');
        });
        this.root.querySelector('details').open = true;
        this.isWaiting = true;
        this.#count();
    }

    #count() {
        const { expiresAt } = this.#call;
        if (expiresAt === undefined) {
            return;
        }
        const wholeMs = Math.max(expiresAt - this.#receivedMs, 1);
        const show = () => {
            const leftMs = Math.max(0, expiresAt - Date.now());
            this.#parts.countdown.textContent = leftMs === 0 ? 'The time is over.' : `Expires in ${clock(leftMs)}.`;
            this.#parts.progress.value = Math.min(1, leftMs / wholeMs);
            this.#parts.progress.hidden = false;
        };
        this.#countdown = setInterval(show, TICK_MS);
        show();
    }

    #settle(state) {
        const hadFocus = this.#parts.form.contains(document.activeElement);
        clearInterval(this.#countdown);
        if (this.isWaiting) {
            this.isWaiting = false;
            this.root.querySelector('details').open = false;
        }
        this.#parts.form.hidden = true;
        this.#setState(state);
        if (hadFocus) {
            this.root.querySelector('summary').focus();
        }
        this.#onSettled();
    }

    #setState(state) {
        this.root.dataset.state = state;
        setBadge(this.#parts.badge, state);
    }
}

/** A card in which a tool's result is all there is: for tools that were called alone. */
export function resultBlock(value) {
    const block = element('pre', 'json', pretty(value));
    block.tabIndex = 0;
    return block;
}

function pretty(value) {
    return value === undefined ? 'nothing' : JSON.stringify(value, null, 2);
}

function brief(value) {
    const text = value === undefined ? 'nothing' : JSON.stringify(value);
    return text.length > MAX_BRIEF ? `${text.slice(0, MAX_BRIEF)}…` : text;
}

function errorText(error) {
    return typeof error === 'string' ? error : error.message ?? JSON.stringify(error);
}

function failedWord(error) {
    const text = `${error.code ?? ''} ${errorText(error)}`;
    return /refused|not approved|denied/i.test(text) ? 'refused' : /expired|in time|timed out/i.test(text) ? 'expired' : 'failed';
}

/** `0:42`, or `1:05`. */
function clock(ms) {
    const seconds = Math.ceil(ms / 1_000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

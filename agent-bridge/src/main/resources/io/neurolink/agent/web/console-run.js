/** The card of one run: what was asked, what arrived and when, and how it ended. */

import { atNextFrame, byId, element, formatMs, setBadge, setOptionalText } from './console-dom.js';
import { ArrivalPlot } from './console-plot.js';

const KIND_LABEL = { stream: '', generate: 'generate: ', tool_call: 'tool: ' };

export class RunCard {
    #parts;
    #plot;
    #texts = [];
    #tools = new Map();
    #tokens = 0;
    #startMs = performance.now();
    #firstMs = null;
    #endMs = null;
    #cancel = null;
    #redraw = atNextFrame(() => this.#draw());

    /**
     * @param {number} number shown to people
     * @param {'stream' | 'generate' | 'tool_call'} kind
     * @param {string} title what was asked
     */
    constructor(number, kind, title) {
        this.root = byId('run-template').content.firstElementChild.cloneNode(true);
        this.number = number;
        const part = (selector) => this.root.querySelector(selector);
        this.#parts = {
            title: part('h3'), badge: part('.badge'), cancel: part('.cancel'), tools: part('.tools'), output: part('.output'),
            error: part('.error'), first: part('[data-metric=first]'), tokens: part('[data-metric=tokens]'),
            rate: part('[data-metric=rate]'), total: part('[data-metric=total]'),
        };
        this.#parts.title.id = `run-${number}`;
        this.#parts.title.textContent = `#${number} ${KIND_LABEL[kind]}${title}`;
        this.#parts.title.title = title;
        this.#parts.output.setAttribute('aria-label', `Answer of run ${number}`);
        this.#parts.cancel.setAttribute('aria-label', `Cancel run ${number}`);
        this.#parts.cancel.addEventListener('click', () => this.cancel());
        this.root.setAttribute('aria-labelledby', this.#parts.title.id);
        this.#plot = new ArrivalPlot(part('figure'));
        this.#setState('waiting');
    }

    get isEnded() {
        return this.#endMs !== null;
    }

    get state() {
        return this.root.dataset.state;
    }

    /** How it ended, in a sentence for the announcer. */
    get summary() {
        return `Run ${this.number} ${this.state}: ${this.#tokens} tokens in ${formatMs(this.#endMs - this.#startMs)}`;
    }

    cancel() {
        this.#parts.cancel.disabled = true;
        this.#cancel?.();
    }

    /** Shows a streamed run until it ends. Never rejects: a failure is shown. */
    async follow(run) {
        this.#cancel = () => run.cancel('the user pressed cancel');
        await this.#until(async () => {
            for await (const event of run) {
                this.#show(event);
            }
            return run.result;
        });
    }

    /** Shows a request that has one answer. `start` gets the signal that cancels it. Never rejects: a failure is shown. */
    async followOne(start) {
        const controller = new AbortController();
        this.#cancel = () => controller.abort('the user pressed cancel');
        await this.#until(async () => {
            const result = await start(controller.signal);
            this.#arrive(result.text, result.usage?.outputTokens ?? 1);
            return { cancelled: false };
        });
    }

    async #until(work) {
        try {
            const { cancelled } = await work();
            this.#end(cancelled ? 'cancelled' : 'complete');
        } catch (error) {
            if (error.code === 'CANCELLED') {
                this.#end('cancelled');
            } else {
                this.#end('failed', `${error.code ?? error.name}: ${error.message}`);
            }
        }
    }

    #show(event) {
        if (event.type === 'chunk') {
            this.#arrive(event.content, event.n ?? 1, event.kind);
        } else if (event.type === 'tool_call' || event.type === 'tool_result') {
            this.#showTool(event);
        } else if (event.type === 'status') {
            this.#setState(event.state);
        }
    }

    #arrive(text, tokens, kind = 'text') {
        const nowMs = performance.now();
        this.#firstMs ??= nowMs;
        this.#tokens += tokens;
        this.#plot.add(nowMs - this.#startMs, tokens);
        this.#note(text, kind === 'reasoning' ? kind : 'text');
        this.#setState('streaming');
        this.#redraw();
    }

    #note(text, kind) {
        const last = this.#texts.at(-1);
        if (last?.kind === kind) {
            last.text += text;
        } else {
            this.#texts.push({ text, kind });
        }
    }

    #showTool({ type, toolCallId, toolName, args, result, error, durationMs }) {
        const item = this.#tools.get(toolCallId) ?? this.#parts.tools.appendChild(element('li'));
        this.#tools.set(toolCallId, item);
        this.#parts.tools.hidden = false;
        if (type === 'tool_call') {
            item.textContent = `${toolName}(${JSON.stringify(args)}) …`;
            return;
        }
        const hasFailed = error !== undefined && error !== null;
        const outcome = hasFailed ? `failed: ${error.message ?? JSON.stringify(error)}` : JSON.stringify(result);
        const took = durationMs === undefined ? '' : ` (${formatMs(durationMs)})`;
        item.textContent = `${item.textContent.replace(/ …$/, '') || toolName} → ${outcome}${took}`;
    }

    #end(state, error = '') {
        this.#endMs = performance.now();
        this.#draw();
        this.#setState(state);
        setOptionalText(this.#parts.error, error);
        this.#parts.cancel.hidden = true;
        this.#parts.output.setAttribute('aria-busy', 'false');
    }

    #setState(state) {
        if (this.state !== state) {
            this.root.dataset.state = state;
            setBadge(this.#parts.badge, state);
        }
    }

    #draw() {
        const elapsedMs = (this.#endMs ?? performance.now()) - this.#startMs;
        const { first, tokens, rate, total } = this.#parts;
        this.#appendTexts();
        first.textContent = this.#firstMs === null ? '–' : formatMs(this.#firstMs - this.#startMs);
        tokens.textContent = `${this.#tokens}`;
        rate.textContent = this.#tokens === 0 ? '–' : (this.#tokens / Math.max(elapsedMs / 1_000, 0.001)).toFixed(1);
        total.textContent = formatMs(elapsedMs);
        this.#plot.draw(elapsedMs);
    }

    #appendTexts() {
        const { output } = this.#parts;
        const isAtEnd = output.scrollHeight - output.scrollTop - output.clientHeight < 40;
        for (const { text, kind } of this.#texts.splice(0)) {
            if (output.lastElementChild?.className !== kind) {
                output.append(element('span', kind));
            }
            output.lastElementChild.append(text);
        }
        if (isAtEnd) {
            output.scrollTop = output.scrollHeight;
        }
    }
}

/** The card of one run: what arrived and when, its tools, its interruptions, and how it ended. */

import { atNextFrame, element, formatMs, fromTemplate, headline, plural, randomHex, setBadge, setOptionalText } from './console-dom.js';
import { MarkdownStream } from './console-markdown.js';
import { ArrivalPlot } from './console-plot.js';
import { ArrivalSeries } from './console-series.js';
import { Transcript } from './console-store.js';
import { resultBlock, ToolCard } from './console-tool.js';

const HUES = 6;
const KIND_LABEL = { stream: 'Run', generate: 'Generate', tool_call: 'Tool' };
const CANCEL_REASON = 'the user pressed cancel';

export class RunCard {
    #parts;
    #plot;
    #host;
    #blocks = [];
    #tools = new Map();
    #startMs = performance.now();
    #firstMs = null;
    #endMs = null;
    #lostMs = null;
    #resumes = { count: 0, downMs: 0, tokens: 0 };
    #cancel = null;
    #kind;
    #title;
    #run = null;
    #seq = 0;
    #transcript = new Transcript();
    #ending = { error: '', facts: [] };
    #redraw = atNextFrame(() => this.#draw());

    /**
     * @param {number} number shown to people
     * @param {'stream' | 'generate' | 'tool_call'} kind
     * @param {string} title what was asked
     * @param {{ onChange: (card: RunCard) => void, onGrow: () => void, announce: (text: string) => void }} host
     */
    constructor(number, kind, title, host) {
        this.root = fromTemplate('run-template');
        this.requestId = randomHex(16);
        this.#kind = kind;
        this.#title = title;
        this.number = number;
        this.name = headline(title);
        this.hue = (number - 1) % HUES + 1;
        this.series = new ArrivalSeries();
        this.#host = host;
        const part = (selector) => this.root.querySelector(selector);
        this.#parts = {
            title: part('h4'), badge: part('.badge'), cancel: part('.cancel'), marks: part('.marks'), parts: part('.parts'),
            error: part('.error'), first: part('[data-metric=first]'), tokens: part('[data-metric=tokens]'),
            rate: part('[data-metric=rate]'), total: part('[data-metric=total]'),
        };
        this.root.classList.add(`hue-${this.hue}`);
        this.#parts.title.id = `run-${number}`;
        this.#parts.title.textContent = `${KIND_LABEL[kind]} ${number}`;
        this.#parts.cancel.setAttribute('aria-label', `Cancel run ${number}`);
        this.#parts.cancel.addEventListener('click', () => this.cancel());
        this.root.setAttribute('aria-labelledby', this.#parts.title.id);
        this.#plot = new ArrivalPlot(part('.spark'));
        this.#setState('waiting');
    }

    get isEnded() {
        return this.#endMs !== null;
    }

    get state() {
        return this.root.dataset.state;
    }

    get elapsedMs() {
        return (this.#endMs ?? performance.now()) - this.#startMs;
    }

    /** Tokens per second since the request, for people. */
    get rate() {
        return this.series.count === 0 ? '–' : (this.series.count / Math.max(this.elapsedMs / 1_000, 0.001)).toFixed(1);
    }

    /** The tool calls that wait for the person. */
    get waitingTools() {
        return [...this.#tools.values()].filter(({ isWaiting }) => isWaiting);
    }

    /** How it ended, in a sentence for the announcer. */
    get summary() {
        return `Run ${this.number} ${this.state}: ${plural(this.series.count, 'token')} in ${formatMs(this.elapsedMs)}.`;
    }

    /** All that another page needs to show this run, and to go on with it. */
    get record() {
        const { number, requestId, state, isEnded, elapsedMs, series: { points, gaps, count } } = this;
        return {
            number, requestId, state, isEnded, elapsedMs, points, gaps, count,
            kind: this.#kind, title: this.#title, firstMs: this.#firstMs === null ? null : this.#firstMs - this.#startMs, keptAt: Date.now(),
            seq: this.#seq, events: this.#transcript.events, ...this.#ending,
        };
    }

    /** Where the next events are to come from: what the client needs to attach to this run. */
    get position() {
        return { after: this.#seq, text: this.#transcript.text };
    }

    /** Shows what an earlier page kept of this run. One that had not ended waits for the line. */
    revive({ requestId, isEnded, state, elapsedMs, firstMs, keptAt, seq, events, error, facts, ...series }) {
        const goneMs = isEnded ? 0 : Math.max(0, Date.now() - keptAt);
        this.requestId = requestId;
        this.#startMs = performance.now() - elapsedMs - goneMs;
        if (events !== null || isEnded) {
            this.#firstMs = firstMs === null ? null : this.#startMs + firstMs;
            this.#seq = seq;
            Object.assign(this.series, series);
            (events ?? []).forEach((event) => this.#repeat(event));
        }
        if (isEnded) {
            this.#endMs = performance.now();
            this.#close(state, error, events === null ? [...facts, 'too long to be kept'] : facts);
        } else {
            this.#lostMs = performance.now() - goneMs;
            this.series.openGap(elapsedMs);
            this.#setState('interrupted');
        }
        this.#draw();
    }

    #repeat(event) {
        if (event.type === 'chunk') {
            this.#transcript.add(event);
            this.#blockOf(event.kind).append(event.content);
        } else if (event.type === 'value') {
            this.#showValue(event.value);
        } else {
            this.#show(event);
        }
    }

    /** Lets its clock go on while nothing arrives. */
    tick() {
        if (!this.isEnded) {
            this.#redraw();
        }
    }

    cancel() {
        if (!this.isEnded) {
            this.#parts.cancel.disabled = true;
            this.#cancel?.();
        }
    }

    /** Shows a streamed run until it ends. Never rejects: a failure is shown. */
    async follow(run) {
        this.#run = run;
        this.#cancel = () => run.cancel(CANCEL_REASON);
        await this.#until(async () => {
            for await (const event of run) {
                this.#show(event);
                this.#seq = event.seq ?? this.#seq;
            }
            return run.result;
        });
    }

    /** Shows a request that has one answer. `start` gets the signal that cancels it. Never rejects: a failure is shown. */
    async followOne(start) {
        const controller = new AbortController();
        this.#cancel = () => controller.abort(CANCEL_REASON);
        await this.#until(async () => {
            const result = await start(controller.signal);
            if (result.value === undefined) {
                this.#arrive(result.text, result.usage?.outputTokens ?? 1);
            } else {
                this.#showValue(result.value);
            }
            return { ...result, cancelled: false };
        });
    }

    #showValue(value) {
        this.#transcript.add({ type: 'value', value });
        this.#append({ root: resultBlock(value), kind: 'json' });
    }

    /** Shows that the line is lost, and when the run goes on: the client's event `run`. */
    showLine({ state, resumed }) {
        const nowMs = performance.now();
        if (state === 'interrupted') {
            this.#lostMs = nowMs;
            this.series.openGap(nowMs - this.#startMs);
            this.#setState('interrupted');
        } else if (resumed !== undefined && this.#lostMs !== null) {
            const downMs = nowMs - this.#lostMs;
            this.#lostMs = null;
            this.series.closeGap(nowMs - this.#startMs);
            this.#noteResumed(downMs, Math.max(0, resumed.to - resumed.after));
            this.#setState(this.series.count > 0 ? 'streaming' : 'waiting');
        }
        this.#redraw();
    }

    #noteResumed(downMs, missed) {
        const resumes = this.#resumes;
        resumes.count++;
        resumes.downMs += downMs;
        resumes.tokens += missed;
        const often = resumes.count === 1 ? 'Resumed' : `Resumed ${resumes.count} times`;
        setOptionalText(this.#parts.marks, `↻ ${often} after ${formatMs(resumes.downMs)}: ${plural(resumes.tokens, 'event')} made up for, none lost`);
        this.#host.announce(`Run ${this.number} resumed.`);
    }

    async #until(work) {
        try {
            const result = await work();
            this.#end(result.cancelled ? 'cancelled' : 'complete', '', result);
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
        } else if (event.type === 'tool_call') {
            this.#showCall(event);
        } else if (event.type === 'tool_result') {
            this.#showResult(event);
        } else if (event.type === 'status' && event.state !== 'tool') {
            this.#setState(event.state);
        }
    }

    #arrive(text, tokens, kind = 'text') {
        const nowMs = performance.now();
        this.#firstMs ??= nowMs;
        this.series.add(nowMs - this.#startMs, tokens);
        const shown = kind === 'reasoning' ? kind : 'text';
        this.#transcript.add({ type: 'chunk', kind: shown, content: text });
        this.#blockOf(shown).append(text);
        this.#setState('streaming');
        this.#redraw();
    }

    /** The block at the end where it is of this kind, else a new one: text, thought and tools stand in the order in which they came. */
    #blockOf(kind) {
        const last = this.#blocks.at(-1);
        if (last?.kind === kind) {
            return last;
        }
        last?.finish?.();
        return this.#append(kind === 'text' ? textBlock() : reasoningBlock());
    }

    #append(block) {
        this.#blocks.push(block);
        this.#parts.parts.append(block.root);
        return block;
    }

    #showCall(call) {
        if (this.#tools.has(call.toolCallId)) {
            return;
        }
        this.#transcript.add(call);
        const card = new ToolCard(call, {
            answer: (approved, reason) => this.#run?.approve?.(call.toolCallId, approved, reason),
            onSettled: () => this.#host.onChange(this),
        });
        this.#blocks.at(-1)?.finish?.();
        this.#append({ root: card.root, kind: 'tool' });
        this.#tools.set(call.toolCallId, card);
        if (card.isWaiting) {
            this.#host.announce(`Run ${this.number} asks whether it may run ${call.toolName}.`);
            this.#setState('approval');
        } else {
            this.#setState('tool');
        }
        this.#redraw();
    }

    #showResult(event) {
        if (!this.#tools.has(event.toolCallId)) {
            this.#showCall({ ...event, type: 'tool_call', args: undefined, approval: 'auto' });
        }
        this.#transcript.add(event);
        this.#tools.get(event.toolCallId).finish(event);
        this.#setState(this.series.count > 0 ? 'streaming' : 'thinking');
        this.#redraw();
    }

    #end(state, error = '', result = {}) {
        this.#endMs = performance.now();
        this.series.closeGap(this.elapsedMs);
        this.#close(state, error, endingFacts(result));
        this.#host.announce(this.summary);
    }

    #close(state, error, facts) {
        this.#ending = { error, facts };
        this.#tools.forEach((tool) => tool.abandon());
        this.#blocks.forEach((block) => block.finish?.());
        this.#draw();
        this.#setState(state);
        setOptionalText(this.#parts.error, error);
        this.#showEnding(facts);
        if (this.#parts.cancel.matches(':focus')) {
            this.root.focus();
        }
        this.#parts.cancel.hidden = true;
        this.#parts.parts.setAttribute('aria-busy', 'false');
    }

    #showEnding(facts) {
        this.#parts.badge.title = facts.join(' · ');
        if (facts.length > 0) {
            this.root.querySelector('footer').append(element('p', 'hint ending', facts.join(' · ')));
        }
    }

    #setState(state) {
        if (this.state !== state) {
            this.root.dataset.state = state;
            setBadge(this.#parts.badge, state, state === 'approval' ? 'needs you' : state);
            this.#host.onChange(this);
        }
    }

    #draw() {
        const { first, tokens, rate, total } = this.#parts;
        this.#blocks.at(-1)?.draw?.();
        first.textContent = this.#firstMs === null ? '–' : formatMs(this.#firstMs - this.#startMs);
        tokens.textContent = `${this.series.count}`;
        rate.textContent = this.rate === '–' ? '–' : `${this.rate}/s`;
        total.textContent = formatMs(this.elapsedMs);
        this.#plot.draw(this.series, this.elapsedMs);
        this.#host.onGrow();
    }
}

/** What the server says of the end, for those who look closely. */
function endingFacts({ finishReason, usage, cancelled, upstreamClosed, latencyMs }) {
    const facts = [];
    if (cancelled) {
        facts.push(`stopped ${latencyMs === undefined ? '' : `within ${formatMs(latencyMs)}`}`.trim());
        facts.push(...(upstreamClosed === true ? ['the model’s connection is closed'] : []));
    } else if (finishReason !== undefined && finishReason !== 'stop') {
        facts.push(`ended by ${finishReason}`);
    }
    if (usage !== undefined) {
        facts.push(`${usage.inputTokens} in, ${usage.outputTokens} out${usage.estimated ? ' (estimated)' : ''}`);
    }
    return facts;
}

function textBlock() {
    const root = element('div', 'answer');
    const stream = new MarkdownStream(root);
    return { kind: 'text', root, append: (text) => stream.append(text), draw: () => stream.draw(), finish: () => stream.finish() };
}

/** What a model thinks before it answers: plain text, folded away once the answer begins. */
function reasoningBlock() {
    const root = element('details', 'reasoning');
    const text = document.createTextNode('');
    const body = element('p');
    let waiting = '';
    body.append(text);
    root.append(element('summary', '', 'Thinking'), body);
    root.open = true;
    const draw = () => {
        text.appendData(waiting);
        waiting = '';
    };
    const finish = () => {
        draw();
        root.open = false;
    };
    return {
        kind: 'reasoning', root, draw, finish,
        append: (more) => {
            waiting += more;
        },
    };
}

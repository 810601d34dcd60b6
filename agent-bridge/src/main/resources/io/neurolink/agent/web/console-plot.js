/** Draws series as SVG paths. Colours come from the style sheet, so a plot follows the theme. */

import { element, formatMs, plural } from './console-dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 400;
const TOP = 4;

/** The plot in the card of a run: the running count of its tokens, a tick for each arrival, a stripe for each time without a line. */
export class ArrivalPlot {
    #svg;
    #height;

    constructor(svg) {
        this.#svg = svg;
        this.#height = svg.viewBox.baseVal.height;
        svg.setAttribute('aria-label', 'No token has arrived yet');
    }

    /** @param {number} endMs right end of the time axis */
    draw(series, endMs) {
        const scale = { endMs, count: series.count, height: this.#height };
        const line = steps(series, scale);
        this.#path('plot-line', line);
        this.#path('plot-area', `${line}V${this.#height}Z`);
        this.#path('plot-ticks', series.points.map(({ ms }) => `M${x(ms, scale)} ${this.#height}v-6`).join(''));
        this.#path('plot-gaps', stripes(series, scale));
        this.#svg.setAttribute('aria-label', arrivalSentence(series, endMs));
    }

    #path(className, d) {
        this.#svg.querySelector(`.${className}`).setAttribute('d', d);
    }
}

/** The tokens of several runs over each other, all from the moment they were asked for. */
export class ComparePlot {
    #parts;
    #height;

    /** @param {{ svg: SVGElement, end: Element, legend: Element }} parts */
    constructor(parts) {
        this.#parts = parts;
        this.#height = parts.svg.viewBox.baseVal.height;
    }

    /** @param {{ number: number, hue: number, name: string, series: object, elapsedMs: number, rate: string }[]} runs */
    draw(runs) {
        const { svg, end, legend } = this.#parts;
        const endMs = Math.max(1, ...runs.map(({ elapsedMs }) => elapsedMs));
        const count = Math.max(1, ...runs.map(({ series }) => series.count));
        const scale = { endMs, count, height: this.#height };
        svg.replaceChildren(path('plot-gaps', runs.map(({ series }) => stripes(series, scale)).join('')),
            ...runs.map(({ series, hue, elapsedMs }) => path(`plot-line hue-${hue}`, steps(series, scale, elapsedMs))));
        svg.setAttribute('aria-label', runs.length === 0 ? 'No token has arrived yet'
            : runs.map((run) => `Run ${run.number}: ${arrivalSentence(run.series, run.elapsedMs)}`).join('. '));
        end.textContent = runs.length === 0 ? '–' : `${formatMs(endMs)} · up to ${plural(count, 'token')}`;
        legend.replaceChildren(...runs.map(legendItem));
    }
}

/** Round trips of the last two minutes. */
export class RoundTripPlot {
    #parts;
    #height;

    /** @param {{ svg: SVGElement, now: Element, range: Element }} parts */
    constructor(parts) {
        this.#parts = parts;
        this.#height = parts.svg.viewBox.baseVal.height;
    }

    draw(series) {
        const summary = series.summary();
        if (summary === null) {
            return;
        }
        const { svg, now, range } = this.#parts;
        const placed = series.placed();
        const ceiling = summary.max * 1.15;
        const y = (ms) => (this.#height - (ms / ceiling) * (this.#height - TOP)).toFixed(1);
        const at = (place) => (place * WIDTH).toFixed(1);
        const segments = split(placed).map((segment) => segment.map(({ x: place, ms }) => `${at(place)} ${y(ms)}`));
        svg.querySelector('.plot-line').setAttribute('d', segments.map((points) => `M${points.join('L')}${points.length === 1 ? 'h1' : ''}`).join(''));
        svg.querySelector('.plot-area').setAttribute('d', split(placed).map((segment, index) =>
            `M${at(segment[0].x)} ${this.#height}L${segments[index].join('L')}L${at(segment.at(-1).x)} ${this.#height}Z`).join(''));
        svg.querySelector('.plot-gaps').setAttribute('d', placed.filter(({ ms }) => ms === null)
            .map(({ x: place }) => `M${at(place)} 0v${this.#height}h4v-${this.#height}Z`).join(''));
        const last = placed.findLast(({ ms }) => ms !== null);
        now.textContent = last === undefined ? '–' : formatMs(last.ms);
        range.textContent = `median ${formatMs(summary.p50)}, most ${formatMs(summary.max)}`;
        svg.setAttribute('aria-label', `${plural(summary.count, 'round trip')} in the last two minutes: ${range.textContent}`);
    }
}

function x(ms, { endMs }) {
    return ((ms / Math.max(endMs, 1)) * WIDTH).toFixed(1);
}

function steps({ points, count: total }, scale, endMs = scale.endMs) {
    const { height } = scale;
    const y = (count) => (height - (count / Math.max(scale.count, total, 1)) * (height - TOP)).toFixed(1);
    return `M0 ${height}${points.map(({ ms, count }) => `H${x(ms, scale)}V${y(count)}`).join('')}H${x(endMs, scale)}`;
}

function stripes({ gaps }, scale) {
    return gaps.map(({ startMs, endMs }) =>
        `M${x(startMs, scale)} 0V${scale.height}H${x(Math.min(endMs ?? scale.endMs, scale.endMs), scale)}V0Z`).join('');
}

/** Runs of neighbours that were answered. */
function split(samples) {
    const segments = [[]];
    for (const sample of samples) {
        if (sample.ms === null) {
            segments.push([]);
        } else {
            segments.at(-1).push(sample);
        }
    }
    return segments.filter(({ length }) => length > 0);
}

function arrivalSentence({ count, gaps }, endMs) {
    const cuts = gaps.length === 0 ? '' : `, the line was cut ${gaps.length === 1 ? 'once' : `${gaps.length} times`}`;
    return `${plural(count, 'token')} arrived within ${formatMs(endMs)}${cuts}`;
}

function legendItem({ number, hue, name, series, rate }) {
    const item = element('li', `hue-${hue}`);
    item.append(element('span', 'dot'), element('span', 'legend-title', `${number} ${name}`),
        element('span', 'muted', `${plural(series.count, 'token')}${series.count === 0 ? '' : `, ${rate}/s`}`));
    return item;
}

function path(className, d) {
    const made = document.createElementNS(SVG, 'path');
    made.setAttribute('class', className);
    made.setAttribute('d', d);
    return made;
}

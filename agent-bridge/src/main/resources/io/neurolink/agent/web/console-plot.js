/** Draws when the tokens of one run arrived: their running count over the time since the request, and a tick for each. */

import { formatMs } from './console-dom.js';

const WIDTH = 400;
const HEIGHT = 70;
const TOP = 4;
const TICK_HEIGHT = 7;
const MAX_POINTS = 600;

export class ArrivalPlot {
    #svg;
    #end;
    #points = [];
    #count = 0;
    #keepEvery = 1;
    #arrivals = 0;

    /** @param {Element} figure holds an `svg` with the paths `plot-area`, `plot-line`, `plot-ticks`, and a `plot-end` */
    constructor(figure) {
        this.#svg = figure.querySelector('svg');
        this.#end = figure.querySelector('.plot-end');
        this.#svg.setAttribute('aria-label', 'No token has arrived yet');
    }

    /** Notes that `tokens` tokens arrived together, `ms` after the request. Above 600 points every other one is dropped. */
    add(ms, tokens) {
        this.#count += tokens;
        if (this.#arrivals++ % this.#keepEvery === 0) {
            this.#points.push({ ms, count: this.#count });
        }
        if (this.#points.length > MAX_POINTS) {
            this.#points = this.#points.filter((_, index) => index % 2 === 0);
            this.#keepEvery *= 2;
        }
    }

    /** @param {number} endMs right end of the time axis */
    draw(endMs) {
        const x = (ms) => ((ms / Math.max(endMs, 1)) * WIDTH).toFixed(1);
        const y = (count) => (HEIGHT - (count / Math.max(this.#count, 1)) * (HEIGHT - TOP)).toFixed(1);
        const steps = this.#points.map(({ ms, count }) => `H${x(ms)}V${y(count)}`).join('');
        const line = `M0 ${HEIGHT}${steps}H${x(endMs)}`;
        this.#path('plot-line', line);
        this.#path('plot-area', `${line}V${HEIGHT}Z`);
        this.#path('plot-ticks', this.#points.map(({ ms }) => `M${x(ms)} ${HEIGHT}v-${TICK_HEIGHT}`).join(''));
        this.#end.textContent = formatMs(endMs);
        this.#svg.setAttribute('aria-label', `${this.#count} tokens arrived within ${formatMs(endMs)}`);
    }

    #path(className, d) {
        this.#svg.querySelector(`.${className}`).setAttribute('d', d);
    }
}

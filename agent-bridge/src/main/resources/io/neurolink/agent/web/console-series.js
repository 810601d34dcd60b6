/** What the plots draw: when the tokens of a run arrived, and how long round trips took. Bounded, however long it lasts. */

const MAX_POINTS = 600;
const ROUND_TRIP_WINDOW_MS = 120_000;

/** When the tokens of one run arrived, in milliseconds since it was asked for. */
export class ArrivalSeries {
    #keepEvery = 1;
    #arrivals = 0;

    constructor() {
        this.points = [];
        this.gaps = [];
        this.count = 0;
    }

    /** Notes that `tokens` tokens arrived together. Above 600 points every other one is dropped. */
    add(ms, tokens) {
        this.count += tokens;
        if (this.#arrivals++ % this.#keepEvery === 0) {
            this.points.push({ ms, count: this.count });
        }
        if (this.points.length > MAX_POINTS) {
            this.points = this.points.filter((_, index) => index % 2 === 0);
            this.#keepEvery *= 2;
        }
    }

    /** The line was lost. */
    openGap(ms) {
        this.gaps.push({ startMs: ms, endMs: null });
    }

    /** The run goes on. */
    closeGap(ms) {
        const gap = this.gaps.at(-1);
        if (gap?.endMs === null) {
            gap.endMs = ms;
        }
    }
}

/** Round trips of the last two minutes, and when there was no line. */
export class RoundTripSeries {
    #samples = [];

    /** @param {number | null} ms null: there was no answer, or no line to ask on */
    add(ms, nowMs = performance.now()) {
        this.#samples.push({ atMs: nowMs, ms });
        while (this.#samples[0].atMs < nowMs - ROUND_TRIP_WINDOW_MS) {
            this.#samples.shift();
        }
    }

    /** Samples with their place in the window: 0 is two minutes ago, 1 is now. */
    placed(nowMs = performance.now()) {
        return this.#samples.map(({ atMs, ms }) => ({ x: 1 - (nowMs - atMs) / ROUND_TRIP_WINDOW_MS, ms })).filter(({ x }) => x >= 0);
    }

    /** `{ p50, max, count }` of what was answered, or null where nothing was. */
    summary() {
        const sorted = this.#samples.map(({ ms }) => ms).filter((ms) => ms !== null).sort((a, b) => a - b);
        const count = sorted.length;
        return count === 0 ? null : { p50: sorted[(count - 1) >> 1], max: sorted[count - 1], count };
    }
}

/** The connection of the page: its client, what is known of it, and the line that can be cut. */

import { byId, formatCount, formatMs, pairRows, setBadge } from './console-dom.js';
import { Line } from './console-line.js';
import { RoundTripPlot } from './console-plot.js';
import { RoundTripSeries } from './console-series.js';
import { NeuroLinkClient } from './neurolink.js';

const PING_INTERVAL_MS = 2_000;
const FIRST_PING_MS = 250;
const RECONNECT = { baseDelayMs: 300, maxDelayMs: 5_000 };

export class Connection {
    #host;
    #line = new Line();
    #client = null;
    #roundTrips = new RoundTripSeries();
    #plot = new RoundTripPlot({ svg: byId('rtt-plot'), now: byId('rtt-now'), range: byId('rtt-range') });
    #openedAt = null;
    #tally = { attempts: 0, opened: 0, cuts: 0, resumed: 0, in: 0, out: 0, charsIn: 0, charsOut: 0 };

    /**
     * @param {{ onState: (state: string) => void, onMessage: (message: object) => void, onRun: (detail: object) => void,
     *     announce: (text: string) => void }} host
     */
    constructor(host) {
        this.#host = host;
        setInterval(() => this.#measure(), PING_INTERVAL_MS);
        addEventListener('online', () => this.#client?.reconnectNow());
    }

    get client() {
        return this.#client;
    }

    get state() {
        return this.#client?.state ?? 'closed';
    }

    /** Connects with what the dialog says. Resolves when it is clear what came of it; a failure is shown. */
    async connect() {
        try {
            this.#client = this.#makeClient();
        } catch (error) {
            this.#notice(error.message, 'closed');
            return false;
        }
        try {
            await this.#client.connect();
            return true;
        } catch {
            return false;
        }
    }

    disconnect() {
        this.#line.mend();
        this.#client.close(1000, 'the user disconnected');
    }

    /** Cuts the socket, and keeps it cut for so long. */
    cut(downMs) {
        if (this.state === 'open') {
            this.#tally.cuts++;
            this.#line.cut(downMs);
        }
    }

    reconnectNow() {
        this.#line.mend();
        this.#client?.reconnectNow();
    }

    #makeClient() {
        const made = new NeuroLinkClient(byId('url').value.trim(), {
            token: byId('token').value || undefined, auth: byId('auth').value, reconnect: RECONNECT, WebSocket: this.#line.WebSocket,
        });
        const ifCurrent = (listener) => (detail) => made === this.#client && listener(detail);
        made.on('state', ifCurrent((detail) => this.#showState(detail)));
        made.on('message', (message) => this.#count(message));
        made.on('error', ifCurrent((error) => this.#notice(`${error.code}: ${error.message}`, 'error')));
        made.on('shutdown', ifCurrent(({ message }) => this.#notice(message, 'reconnecting')));
        made.on('run', (detail) => {
            this.#tally.resumed += detail.resumed === undefined ? 0 : 1;
            this.#host.onRun(detail);
        });
        return made;
    }

    #count(message) {
        this.#tally[message.direction]++;
        this.#tally[message.direction === 'in' ? 'charsIn' : 'charsOut'] += message.text.length;
        this.#host.onMessage(message);
    }

    #showState({ state, previous, attempt, delayMs, error }) {
        setBadge(byId('state'), state, state === 'reconnecting' ? `reconnecting, attempt ${attempt}` : state);
        byId('connect').textContent = state === 'closed' ? 'Connect' : 'Disconnect';
        byId('cut').disabled = state !== 'open';
        byId('retry').hidden = state !== 'reconnecting';
        for (const id of ['url', 'token', 'auth']) {
            byId(id).disabled = state !== 'closed';
        }
        this.#tally.attempts = attempt ?? 0;
        this.#notice(this.#sentence({ state, attempt, delayMs, error }), state);
        if (state === 'open') {
            this.#onOpen();
        } else if (state !== 'connecting') {
            this.#openedAt = null;
            byId('round-trip').textContent = '–';
            this.#roundTrips.add(null);
        }
        if (state !== previous && state !== 'connecting') {
            this.#host.announce(state === 'reconnecting' ? 'The line is lost, reconnecting.' : `Connection ${state}.`);
        }
        this.drawFacts();
        this.#host.onState(state);
    }

    #onOpen() {
        this.#line.mend();
        this.#openedAt = new Date();
        this.#tally.opened++;
        setTimeout(() => this.#measure(), FIRST_PING_MS);
    }

    /** What is worth a line below the header: nothing while all is well. */
    #sentence({ state, attempt, delayMs, error }) {
        switch (state) {
            case 'reconnecting':
                return `The line is down (${error.code}). Attempt ${attempt} in ${formatMs(delayMs)}; runs go on at the server.`;
            case 'closed':
                return error.code === 'CLOSED' ? 'Disconnected.' : `${error.code}: ${error.message}`;
            default:
                return '';
        }
    }

    #notice(text, state) {
        byId('notice').textContent = text;
        byId('banner').dataset.state = state;
        byId('banner').classList.toggle('shown', text !== '');
    }

    async #measure() {
        const measured = this.#client;
        if (document.hidden || this.state === 'connecting') {
            return;
        }
        if (this.state !== 'open') {
            this.#addRoundTrip(null);
            return;
        }
        try {
            const ms = await measured.ping();
            if (measured === this.#client && this.state === 'open') {
                byId('round-trip').textContent = formatMs(ms);
                this.#addRoundTrip(ms);
            }
        } catch {
            this.#addRoundTrip(null);
        }
    }

    #addRoundTrip(ms) {
        this.#roundTrips.add(ms);
        this.#plot.draw(this.#roundTrips);
        this.drawFacts();
    }

    drawFacts() {
        const { attempts, opened, cuts, resumed, in: messagesIn, out, charsIn, charsOut } = this.#tally;
        const info = this.#client?.connected;
        byId('connection-facts').replaceChildren(...pairRows([
            ['State', this.state],
            ['Connection', info?.connectionId ?? '–'],
            ['Server', info?.serverId ?? '–'],
            ['Epoch', `${info?.epoch ?? '–'}`],
            ['Since', this.#openedAt?.toLocaleTimeString() ?? '–'],
            ['Opened', plainTimes(opened)],
            ['Attempts now', `${attempts}`],
            ['Cut by you', plainTimes(cuts)],
            ['Runs resumed', formatCount(resumed)],
            ['Messages in, out', `${formatCount(messagesIn)}, ${formatCount(out)}`],
            ['Characters in, out', `${formatCount(charsIn)}, ${formatCount(charsOut)}`],
        ]));
    }
}

function plainTimes(count) {
    return count === 1 ? 'once' : `${formatCount(count)} times`;
}

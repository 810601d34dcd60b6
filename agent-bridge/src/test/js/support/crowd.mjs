/**
 * Many clients that do what a good client does when its server goes: they come back after the time they were told. Some of them stream, one
 * answer after the other, and check every text.
 */

import { once } from 'node:events';
import { WebSocket } from 'ws';

const WORDS = 60;
const DELAY_MS = 50;
const AT_ONCE = 100;
const TEXT = Array.from({ length: WORDS }, (_, i) => `w${i + 1}`).join(' ');

class Client {
    constructor(crowd, isStreaming) {
        this.crowd = crowd;
        this.isStreaming = isStreaming;
        this.run = null;
        this.hintMs = 1000;
    }

    connect() {
        const { url, options, stats } = this.crowd;
        const socket = new WebSocket(url, options);
        this.socket = socket;
        this.isConnected = false;
        socket.on('message', (data) => this.onMessage(JSON.parse(data)));
        socket.on('unexpected-response', (request, response) => {
            stats.refused.push(response.statusCode);
            request.destroy();
        });
        socket.on('error', () => {});
        socket.on('close', (code) => this.onClose(code));
        return once(socket, 'open').catch(() => {});
    }

    onMessage(message) {
        switch (message.type) {
            case 'connected':
                this.isConnected = true;
                this.isGoing = false;
                this.crowd.opened();
                this.next();
                break;
            case 'shutdown':
                this.isGoing = true;
                this.hintMs = message.reconnectAfterMs;
                break;
            case 'accepted':
                this.run = { text: '', seq: 0 };
                break;
            case 'chunk':
                this.append(message);
                break;
            case 'stream_complete':
                this.complete();
                break;
            case 'error':
                if (message.code !== 'SHUTTING_DOWN') {
                    this.crowd.fail(`error ${JSON.stringify(message)}`);
                }
                break;
            default:
        }
    }

    append({ seq, n = 1, content }) {
        // seq 1 is stream_start
        if (seq - n !== Math.max(1, this.run.seq)) {
            this.crowd.fail(`a gap before ${seq}`);
        }
        this.run.seq = seq;
        this.run.text += content;
    }

    complete() {
        if (this.run.text.trim() !== TEXT) {
            this.crowd.fail(`not the text: ${this.run.text}`);
        }
        this.run = null;
        this.crowd.stats.streams += 1;
        this.next();
    }

    next() {
        if (this.isStreaming && !this.crowd.isFinishing && !this.isGoing) {
            this.socket.send(JSON.stringify({ type: 'stream', payload: { prompt: 'x', options: { words: WORDS, delayMs: DELAY_MS } } }));
        }
    }

    onClose(code) {
        const { stats, isStopped } = this.crowd;
        if (isStopped) {
            return;
        }
        if (this.isConnected) {
            stats.closes[code] = (stats.closes[code] ?? 0) + 1;
            if (code !== 1001) {
                this.crowd.fail(`closed with ${code}`);
            }
            if (this.run !== null) {
                this.crowd.fail(`closed in the midst of a text, after ${this.run.text.length} characters`);
                this.run = null;
            }
        }
        setTimeout(() => this.crowd.isStopped || this.connect(), this.isConnected ? this.hintMs : 500);
        this.isConnected = false;
    }
}

export class Crowd {
    constructor(url, options, count, streaming) {
        this.url = url;
        this.options = { ...options, perMessageDeflate: false };
        this.clients = Array.from({ length: count }, (_, i) => new Client(this, i < streaming));
        this.stats = { streams: 0, refused: [], closes: {}, failures: [] };
        this.times = [];
    }

    fail(what) {
        this.stats.failures.push(what);
    }

    opened() {
        this.times.push(Date.now());
    }

    /** Connects all of them, some at a time. */
    async start() {
        for (let i = 0; i < this.clients.length; i += AT_ONCE) {
            await Promise.all(this.clients.slice(i, i + AT_ONCE).map((client) => client.connect()));
        }
        await this.connected();
    }

    async until(what, condition) {
        const deadline = Date.now() + 60_000;
        while (!condition()) {
            if (Date.now() > deadline) {
                throw new Error(`not ${what} in time: ${this.summary()}`);
            }
            this.check();
            await new Promise((resolve) => { setTimeout(resolve, 50); });
        }
        this.check();
    }

    check() {
        if (this.stats.failures.length > 0) {
            throw new Error(`${this.stats.failures.length} failures, the first: ${this.stats.failures[0]}`);
        }
    }

    connected() {
        return this.until('all connected', () => this.clients.every((client) => client.isConnected));
    }

    /** All of those who stream are in the midst of it. */
    streaming() {
        return this.until('all streaming', () => this.clients.every((client) => !client.isStreaming || client.run !== null));
    }

    /** From now on reconnects are counted. */
    mark() {
        this.markedAt = Date.now();
        this.times = [];
    }

    reconnectsPerSecond() {
        const perSecond = [];
        this.times.forEach((time) => {
            const second = Math.floor((time - this.markedAt) / 1000);
            perSecond[second] = (perSecond[second] ?? 0) + 1;
        });
        return Array.from(perSecond, (count) => count ?? 0);
    }

    /** No new streams; those that go on are waited for. */
    async finish() {
        this.isFinishing = true;
        await this.until('all texts there', () => this.clients.every((client) => client.run === null));
    }

    stop() {
        this.isStopped = true;
        this.clients.forEach(({ socket }) => socket?.terminate());
    }

    summary() {
        const { streams, refused, closes, failures } = this.stats;
        return `${this.clients.length} clients, ${streams} streams with their whole text, ${failures.length} failures,`
            + ` closes ${JSON.stringify(closes)}, ${refused.length} upgrades refused`;
    }
}

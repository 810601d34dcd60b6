/**
 * Load for .ci/jvm: clients that stream, call tools with large arguments, come and go; or, with `probe`, a few that send a JSON ping each
 * 5 ms on a fixed schedule and write down how long each answer took from the moment at which its ping was due.
 *
 *     node .ci/jvm-load.mjs load|probe URL SECONDS
 */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../agent-bridge/src/test/js/', import.meta.url)));
const { WebSocket } = require('ws');
const [role, url, seconds] = process.argv.slice(2);
const end = performance.now() + Number(seconds) * 1000;

const STREAMS = 120;
const IDLE = 1000;
const WORDS = { words: 200, delayMs: 40 };
const ARGS = { text: 'x'.repeat(16_384) };

function connect(onMessage, onOpen = () => {}) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on('message', (data) => onMessage(socket, data));
    socket.on('open', () => onOpen(socket));
    socket.on('error', () => {});
    return socket;
}

function stream(socket) {
    socket.send(JSON.stringify({ type: 'stream', payload: { prompt: 'x', options: WORDS } }));
}

async function load() {
    let chunks = 0;
    let calls = 0;
    for (let i = 0; i < STREAMS; i += 1) {
        connect((socket, data) => {
            // Only a look at the type: the client shares the machine.
            if (data.length < 200 && data.includes('"chunk"')) {
                chunks += 1;
            } else if (data.includes('"stream_complete"')) {
                stream(socket);
            }
        }, stream);
    }
    for (let i = 0; i < IDLE; i += 1) {
        connect(() => {});
        if (i % 50 === 0) {
            await new Promise((resolve) => { setTimeout(resolve, 20); });
        }
    }
    const caller = connect((socket, data) => { calls += data.includes('tool_result') ? 1 : 0; });
    const timer = setInterval(() => {
        if (caller.readyState === WebSocket.OPEN) {
            caller.send(JSON.stringify({ type: 'tool_call', payload: { toolName: 'echo', args: ARGS } }));
        }
        connect(() => {}, (socket) => socket.close());
    }, 10);
    await new Promise((resolve) => { setTimeout(resolve, end - performance.now()); });
    clearInterval(timer);
    console.log(JSON.stringify({ chunksPerSecond: Math.round(chunks / Number(seconds)), calls }));
    process.exit(0);
}

async function probe() {
    const due = [];
    const latencies = [];
    const sockets = await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve) => {
        connect((socket, data) => {
            if (data.includes('"pong"')) {
                const number = JSON.parse(data).timestamp;
                latencies.push(performance.now() - due[number]);
            } else if (data.includes('"connected"')) {
                resolve(socket);
            }
        });
    })));
    const begin = performance.now();
    let number = 0;
    while (performance.now() < end) {
        const at = begin + number * 5;
        if (performance.now() < at) {
            await new Promise((resolve) => { setTimeout(resolve, 1); });
        } else {
            due[number] = at;
            sockets[number % sockets.length].send(`{"type":"ping","timestamp":${number}}`);
            number += 1;
        }
    }
    latencies.sort((a, b) => a - b);
    const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
    console.log(JSON.stringify({ p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1), sent: number, answered: latencies.length }));
    process.exit(0);
}

await (role === 'probe' ? probe() : load());

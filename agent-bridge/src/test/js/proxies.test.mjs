/**
 * The server behind nginx, HAProxy and Caddy, as docs/operations/proxies.md says. Needs these three programs, openssl and the packaged
 * server; started by .ci/proxies.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { Crowd } from './support/crowd.mjs';
import { makeCertificate, startProxy } from './support/proxies.mjs';
import { startServer } from './support/server.mjs';

const folder = mkdtempSync(join(tmpdir(), 'neurolink-proxies-'));
const certificate = makeCertificate(folder);
const ca = readFileSync(certificate.chain);
const running = [];

async function keep(starting) {
    const started = await starting;
    running.push(started);
    return started;
}

after(async () => {
    await Promise.all(running.map(({ stop }) => stop()));
    rmSync(folder, { recursive: true });
});

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** A connection with the messages that came, each parsed. */
async function open(url, options = {}) {
    const socket = new WebSocket(`${url}/ws`, { ca, family: 4, ...options });
    const messages = [];
    const waiting = [];
    socket.pings = 0;
    socket.on('ping', () => { socket.pings += 1; });
    socket.on('message', (data) => {
        messages.push(JSON.parse(data));
        waiting.splice(0).forEach((wake) => wake());
    });
    socket.closed = new Promise((resolve) => { socket.on('close', resolve); });
    socket.on('error', () => {});
    socket.ofType = async (type) => {
        for (;;) {
            const index = messages.findIndex((message) => message.type === type);
            if (index >= 0) {
                return messages.splice(index, 1)[0];
            }
            await Promise.race([new Promise((wake) => { waiting.push(wake); }),
                socket.closed.then((code) => { throw new Error(`closed with ${code} before ${type}`); })]);
        }
    };
    const refused = new Promise((resolve, reject) => {
        socket.on('unexpected-response', (request, response) => {
            reject(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode }));
            request.destroy();
        });
    });
    await Promise.race([once(socket, 'open'), refused]);
    await socket.ofType('connected');
    return socket;
}

async function counters(url) {
    const request = https.get(`${url.replace('wss', 'https')}/api/health/websocket`, { ca, family: 4 });
    const [response] = await once(request, 'response');
    let body = '';
    for await (const part of response.setEncoding('utf8')) {
        body += part;
    }
    return JSON.parse(body).counters;
}

const TRUSTING = ['--trusted-proxy', '127.0.0.1', '--compression', 'dedicated', '--max-connections-per-address', '3'];
const PINGS = ['--ping-interval', '3000', '--pong-timeout', '5000'];
const NO_PINGS = ['--ping-interval', '0'];

describe('behind a proxy', { concurrency: true }, () => {
    let plain;
    let encrypted;

    before(async () => {
        const tls = ['--proxy-protocol', '--tls-cert', certificate.chain, '--tls-key', certificate.key];
        const [plainPings, plainSilent, tlsPings, tlsSilent] = await Promise.all([
            keep(startServer(...TRUSTING, ...PINGS)), keep(startServer(...TRUSTING, ...NO_PINGS)),
            keep(startServer(...TRUSTING, ...tls, ...PINGS)), keep(startServer(...TRUSTING, ...tls, ...NO_PINGS))]);
        plain = { pings: plainPings, silent: plainSilent };
        encrypted = { pings: tlsPings, silent: tlsSilent };
    });

    [['nginx', 10], ['haproxy', 20], ['passthrough', 30], ['caddy', 40]].forEach(([kind, place]) => {
        test(kind, { timeout: 120_000 }, async () => {
            const servers = kind === 'passthrough' ? encrypted : plain;
            const { url } = await keep(startProxy(kind, { folder, certificate, servers: [servers.pings.port] }));
            const silent = await keep(startProxy(kind, { folder, certificate, servers: [servers.silent.port] }));
            const from = (last) => ({ localAddress: `127.0.0.${place + last}` });
            const idle = await open(url, from(0));
            const cut = await open(silent.url, from(0));
            const cutAt = cut.closed.then(() => Date.now());
            const began = Date.now();
            await Promise.all([
                shouldCarryLargeCompressedMessages(url, from(1)),
                shouldKnowTheClientsAddress(url, from(2), from(3)),
                shouldPassCloseCodes(url, from(4)),
            ]);
            await sleep(15_000 - (Date.now() - began));
            assert.equal(idle.readyState, WebSocket.OPEN, 'pings keep a silent line');
            assert.ok(idle.pings >= 3, `${idle.pings} pings`);
            if (kind !== 'caddy') {
                // The same without pings: the time-out is there.
                assert.ok(await cutAt - began < 15_000, 'cut by the proxy');
            }
            idle.close(1000);
            assert.equal(await idle.closed, 1000);
            cut.terminate();
        });
    });
});

async function shouldCarryLargeCompressedMessages(url, options) {
    const socket = await open(url, options);
    assert.match(socket.extensions, /permessage-deflate/u);
    for (const length of [1, 125, 126, 65_535, 65_536, 900_000]) {
        const text = Array.from({ length }, (_, i) => String.fromCharCode(33 + (i * i) % 90)).join('');
        socket.send(JSON.stringify({ type: 'tool_call', payload: { toolName: 'echo', args: { text } } }));
        assert.equal((await socket.ofType('tool_result')).result.text, text);
    }
    socket.close();
}

/** Three connections of an address are let in, however it is called; the limit holds for the client and not for the proxy. */
async function shouldKnowTheClientsAddress(url, one, other) {
    const three = [await open(url, one), await open(url, one), await open(url, one)];
    const lies = { 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=203.0.113.9' };
    // What tells of the peer by the PROXY protocol sees only TCP, and cannot say what the client may not say.
    for (const headers of [{}, lies]) {
        await assert.rejects(open(url, { ...one, headers }), (error) => error.status === 503 || error.status === 400
            || error.message.includes('socket hang up') || error.code === 'ECONNRESET' || /closed|disconnected/u.test(error.message));
    }
    (await open(url, other)).close();
    three.forEach((socket) => socket.close());
    await Promise.all(three.map((socket) => socket.closed));
}

async function shouldPassCloseCodes(url, options) {
    const before = await counters(url);
    const leaving = await open(url, options);
    leaving.close(4321, 'as I like');
    assert.equal(await leaving.closed, 4321);
    const tooLarge = await open(url, { ...options, perMessageDeflate: false });
    tooLarge.send('x'.repeat(2_000_000));
    assert.equal(await tooLarge.closed, 1009);
    // Counted when the connection is over, which may be a little later than here.
    for (let tries = 0; ; tries++) {
        const now = await counters(url);
        if (now['closes.other'] > before['closes.other'] && now['closes.too_big'] > before['closes.too_big']) {
            return;
        }
        assert.ok(tries < 100, JSON.stringify(now));
        await sleep(100);
    }
}

// ---------------------------------------------------------------- a rolling restart

const CLIENTS = Number(process.env.NEUROLINK_PROXY_CLIENTS ?? 2000);
const STREAMING = CLIENTS / 10;
const RATE = 200;

describe('a rolling restart of two servers', () => {
    ['haproxy', 'nginx'].forEach((kind) => {
        test(`behind ${kind}`, { timeout: 240_000 }, async (context) => {
            const options = ['--trusted-proxy', '127.0.0.1', '--max-connections', String(2 * CLIENTS), '--drain-delay', '2000',
                '--drain-timeout', '20000', '--drain-rate', String(RATE)];
            const servers = [await keep(startServer(...options)), await keep(startServer(...options))];
            const proxy = await keep(startProxy(kind, { folder, certificate, timeout: '75s',
                servers: servers.map(({ port }) => port) }));
            const crowd = new Crowd(`${proxy.url}/ws`, { ca, family: 4 }, CLIENTS, STREAMING);
            try {
                await crowd.start();
                for (let i = 0; i < servers.length; i += 1) {
                    await crowd.streaming();
                    const told = await restart(servers, i, options, crowd);
                    context.diagnostic(`${kind}: server ${i + 1}: ${told}`);
                }
                await crowd.finish();
                context.diagnostic(`${kind}: ${crowd.summary()}`);
            } finally {
                crowd.stop();
            }
        });
    });
});

/** Ends a server with a signal, waits until everybody is connected again, and starts it anew on the same port. */
async function restart(servers, index, options, crowd) {
    const old = servers[index];
    crowd.mark();
    assert.equal(await old.stop(), 0);
    const report = old.said.stderr.trim();
    assert.match(report, / 0 cut, 0 interrupted, 0 messages undelivered; runs: \d+ finished, 0 cancelled$/u);
    const connections = Number(/(\d+) connections/u.exec(report)[1]);
    assert.ok(connections > CLIENTS / 4, report);
    await crowd.connected();
    const perSecond = crowd.reconnectsPerSecond();
    const all = perSecond.reduce((sum, count) => sum + count, 0);
    assert.equal(all, connections, 'who was on that server, and nobody else, has come back');
    assert.ok(Math.max(...perSecond) <= all / 2, `not in the same second: ${perSecond}`);
    servers[index] = await keep(startServer(...options, '--port', String(old.port)));
    // The proxy finds out within a second or two.
    await sleep(2_500);
    return `${report}; reconnects in each second from the signal on: ${perSecond.join(' ')}`;
}

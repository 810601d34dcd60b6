/** The client against a real WebSocket peer: the `ws` package on both ends of a real socket. */

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { NeuroLinkClient } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { startMockServer } from './support/mock-server.mjs';

const servers = [];
const clients = [];

async function start(options) {
    const server = await startMockServer(options);
    servers.push(server);
    return server;
}

function clientOf({ port }, options) {
    const client = new NeuroLinkClient(`ws://localhost:${port}/ws`, { WebSocket, ...options });
    clients.push(client);
    return client;
}

async function connected(server, options) {
    const client = clientOf(server, options);
    await client.connect();
    return client;
}

function nextState(client, wanted) {
    return new Promise((resolve) => {
        const off = client.on('state', (detail) => {
            if (detail.state === wanted) {
                off();
                resolve(detail);
            }
        });
    });
}

afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('a real peer', () => {
    it('should stream, generate, call tools and ping', async () => {
        const client = await connected(await start());
        const words = [];
        const run = client.stream('Hello there', { options: { delayMs: 2, tool: { toolName: 'add', args: { a: 1, b: 2 } } } });
        const types = [];
        for await (const event of run) {
            types.push(event.type);
            words.push(...(event.type === 'chunk' ? [event.content] : []));
        }
        assert.deepEqual(words, ['You ', 'said: ', 'Hello ', 'there']);
        assert.deepEqual([types.slice(0, 4), types.at(-1)], [['accepted', 'stream_start', 'tool_call', 'tool_result'], 'stream_complete']);
        assert.equal((await run.result).text, 'You said: Hello there');
        assert.equal((await client.generate('x', { options: { delayMs: 0 } })).text, 'You said: x');
        assert.equal(await client.callTool('add', { a: 40, b: 2 }), 42);
        await assert.rejects(client.callTool('nope'), { code: 'TOOL_NOT_FOUND' });
        await assert.rejects(client.stream('x', { options: { fail: 'MODEL_ERROR' } }).result, { code: 'MODEL_ERROR' });
        assert.ok(await client.ping() >= 0);
    });

    it('should run many streams at once', async () => {
        const client = await connected(await start());
        const runs = Array.from({ length: 20 }, (_, index) => client.stream(`run ${index}`, { options: { delayMs: 1 + index % 3 } }));
        const results = await Promise.all(runs.map((run) => run.result));
        assert.deepEqual(results.map(({ text }) => text), runs.map((_, index) => `You said: run ${index}`));
    });

    it('should stop the model by cancel', async () => {
        const client = await connected(await start());
        const run = client.stream('x', { options: { words: 100_000, delayMs: 5 } });
        const reader = run.text();
        assert.equal((await reader.next()).value, 'w1 ');
        const { cancelled, text, upstreamClosed } = await run.cancel('seen enough');
        assert.equal(cancelled, true);
        assert.equal(upstreamClosed, true);
        assert.match(text, /^w1 (w\d+ )*$/);
    });

    for (const auth of ['subprotocol', 'query', 'message']) {
        it(`should authenticate by ${auth}, and hear of a refusal`, async () => {
            const server = await start({ auth: 'bearer', tokens: new Map([['good', ['ann']]]), authFirstMessageMs: auth === 'message' ? 5_000 : 0 });
            const client = await connected(server, { auth, token: 'good' });
            assert.equal((await client.generate('x', { options: { delayMs: 0 } })).text, 'You said: x');
            assert.ok((await client.authenticate('good')).expiresAt > 0);
            const refused = clientOf(server, { auth, token: 'bad', reconnect: { initial: true } });
            await assert.rejects(refused.connect(), (error) => ['AUTH_REQUIRED', 'AUTH_INVALID'].includes(error.code) && !error.retryable);
            assert.equal(refused.state, 'closed');
        });
    }

    it('should hand headers through', async () => {
        const server = await start({ auth: 'apiKey', tokens: new Map([['k1', ['ann']]]) });
        const client = await connected(server, { webSocketOptions: { headers: { 'X-API-Key': 'k1' } } });
        assert.equal(client.state, 'open');
    });

    it('should come back when the server does, and end what was going on', async () => {
        const server = await start();
        const client = await connected(server, { reconnect: { baseDelayMs: 20, maxDelayMs: 50 } });
        const run = client.stream('x', { options: { words: 100_000 } });
        assert.equal((await run.events({ preventCancel: true }).next()).value.type, 'accepted');
        const reconnecting = nextState(client, 'reconnecting');
        const open = nextState(client, 'open');
        await server.close({ reconnectAfterMs: 30 });
        const { error, delayMs } = await reconnecting;
        assert.equal(error.closeCode, 1001);
        assert.ok(delayMs >= 30);
        assert.equal(run.state, 'interrupted');
        const waiting = client.generate('after', { options: { delayMs: 0 } });
        await start({ port: server.port });
        await open;
        assert.equal((await waiting).text, 'You said: after');
        await assert.rejects(run.result, { code: 'RESUME_UNKNOWN' });
    });

    it('should notice a peer that vanishes without a word', async () => {
        const server = await start();
        const client = await connected(server, { reconnect: { baseDelayMs: 10 } });
        const reconnecting = nextState(client, 'reconnecting');
        const open = nextState(client, 'open');
        [...server.sessions][0].webSocket.terminate();
        assert.equal((await reconnecting).error.closeCode, 1006);
        await open;
    });

    it('should close with 1000 and stay closed', async () => {
        const server = await start();
        const client = await connected(server);
        const [session] = server.sessions;
        const closed = new Promise((resolve) => session.webSocket.on('close', (code, reason) => resolve([code, `${reason}`])));
        await client.close(1000, 'done');
        assert.deepEqual(await closed, [1000, 'done']);
        assert.equal(client.state, 'closed');
    });

    it('should say that nobody is there', async () => {
        const server = await startMockServer();
        await server.close();
        await assert.rejects(clientOf(server).connect(), { code: 'CONNECT_FAILED', message: /ECONNREFUSED/ });
    });
});

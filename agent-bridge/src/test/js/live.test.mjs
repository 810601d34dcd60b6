/** The JavaScript client against the packaged server. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { NeuroLinkClient } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { defaultServer, startServer } from './support/server.mjs';

const clients = [];
let server;

before(async () => {
    server = await defaultServer();
});

after(() => server.stop());

afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

function clientOf({ ws }, options) {
    const client = new NeuroLinkClient(`${ws}/ws`, { WebSocket, ...options });
    clients.push(client);
    return client;
}

async function connected(where, options) {
    const client = clientOf(where, options);
    await client.connect();
    return client;
}

async function withServer(args, body) {
    const own = await startServer(...args);
    try {
        await body(own);
    } finally {
        await Promise.all(clients.splice(0).map((client) => client.close()));
        await own.stop();
    }
}

function words(count) {
    return Array.from({ length: count }, (_, index) => `w${index + 1}`).join(' ');
}

describe('the client and the server', () => {
    it('should agree on who they are and on the limits', async () => {
        const client = await connected(server);
        const { protocol, serverId, epoch, heartbeatMs, limits } = client.connected;
        assert.equal(protocol, 1);
        assert.ok(serverId && epoch && heartbeatMs > 0);
        assert.ok(limits.maxConcurrentRuns > 1);
        assert.throws(() => client.stream('x'.repeat(limits.maxMessageBytes)), { code: 'MESSAGE_TOO_LARGE' });
        assert.ok(await client.ping() >= 0);
    });

    it('should stream with the events in order, a tool call among them', async () => {
        const client = await connected(server);
        const run = client.stream('in order', { options: { delayMs: 1, tool: { toolName: 'add', args: { a: 1, b: 2 } } } });
        const types = [];
        for await (const event of run) {
            types.push(event.type);
        }
        assert.deepEqual(types.filter((type, index) => type !== 'chunk' || types[index - 1] !== 'chunk'),
            ['accepted', 'stream_start', 'tool_call', 'tool_result', 'chunk', 'stream_complete']);
        const { text, finishReason, usage, timing } = await run.result;
        assert.equal(text, 'You said: in order');
        assert.equal(typeof finishReason, 'string');
        assert.equal(usage.totalTokens, usage.inputTokens + usage.outputTokens);
        assert.ok(timing.totalMs >= timing.ttftMs);
    });

    it('should lose and mix up nothing with many runs on many connections', async () => {
        const rounds = Array.from({ length: 12 }, async (_, index) => {
            for (let round = 0; round < 12; round++) {
                const client = await connected(server);
                const counts = [1, 7, 20, 60].map((count) => count + index);
                const runs = counts.map((count, place) => client.stream('x', { options: { words: count, delayMs: (place + round) % 3 } }));
                const results = await Promise.all(runs.map((run) => run.result));
                assert.deepEqual(results.map(({ text }) => text), counts.map(words));
            }
        });
        await Promise.all(rounds);
    });

    it('should stop the model by cancel, and say how long that took', async () => {
        const client = await connected(server);
        const run = client.stream('x', { options: { words: 90_000, delayMs: 1 } });
        for await (const piece of run.text({ preventCancel: true })) {
            assert.equal(piece.startsWith('w1 '), true);
            break;
        }
        const { cancelled, upstreamClosed, latencyMs, text, usage } = await run.cancel('seen enough');
        assert.equal(cancelled, true);
        assert.equal(upstreamClosed, true);
        assert.ok(latencyMs >= 0);
        assert.ok(words(90_000).startsWith(text));
        assert.ok(usage.outputTokens >= 1 && usage.estimated === true);
        await assert.rejects(client.callTool('sleep', { ms: 3_600_000 }, { signal: AbortSignal.timeout(50) }), { code: 'CANCELLED' });
    });

    it('should reject with the server\'s code', async () => {
        const client = await connected(server);
        await assert.rejects(client.stream('x', { options: { fail: 'MODEL_TIMEOUT' } }).result, { code: 'MODEL_TIMEOUT' });
        await assert.rejects(client.generate('x', { options: { fail: 'CONTENT_FILTERED' } }), { code: 'CONTENT_FILTERED' });
        await assert.rejects(client.callTool('no-such-tool'), { code: 'TOOL_NOT_FOUND' });
        await assert.rejects(client.generate('x', { options: { delayMs: 'soon' } }), { code: 'INVALID_PAYLOAD' });
        assert.equal(await client.callTool('add', { a: 40, b: 2 }), 42);
    });

    for (const auth of ['subprotocol', 'query', 'message']) {
        it(`should authenticate by ${auth}, and hear of a refusal`, async () => {
            const more = auth === 'message' ? ['--auth-first-message', '20000'] : [];
            await withServer(['--auth', 'bearer', '--token', 'ann=good', ...more], async (own) => {
                const client = await connected(own, { auth, token: 'good' });
                assert.equal((await client.generate('in')).text, 'You said: in');
                assert.equal((await client.authenticate('good')).type, 'auth_ok');
                await assert.rejects(client.authenticate('bad'), { code: 'AUTH_INVALID' });
                assert.equal(client.state, 'open');
                const refused = clientOf(own, { auth, token: 'bad', reconnect: { initial: true } });
                await assert.rejects(refused.connect(), { code: /^AUTH_/, retryable: false });
            });
        });
    }

    it('should come back to a server that was restarted, after the time it asked for', async () => {
        const first = await startServer('--drain-timeout', '200');
        const client = await connected(first, { reconnect: { baseDelayMs: 50, maxDelayMs: 500 } });
        const run = client.stream('x', { options: { words: 90_000 } });
        assert.equal((await run.events({ preventCancel: true }).next()).value.type, 'accepted');
        const told = new Promise((resolve) => client.on('shutdown', resolve));
        const waiting = new Promise((resolve) => client.on('state', (detail) => detail.state === 'reconnecting' && resolve(detail)));
        await first.stop();
        const { reconnectAfterMs } = await told;
        const { delayMs, error } = await waiting;
        assert.ok(delayMs >= reconnectAfterMs);
        assert.equal(error.closeCode, 1001);
        // It was given time, and stopped in the end.
        await assert.rejects(run.result, { code: 'SHUTTING_DOWN', retryable: true });
        const queued = client.generate('after');
        const second = await startServer('--port', String(first.port));
        try {
            assert.equal((await queued).text, 'You said: after');
        } finally {
            await client.close();
            await second.stop();
        }
    });
});

/**
 * NeuroLink's own TypeScript clients, as the npm package `@juspay/neurolink` has them at its entry `client`, against the packaged server. Of
 * the package only its archive is fetched: what it depends on is hundreds of packages, of which these clients use none but React.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { cuttingProxy } from './support/cutting-proxy.mjs';
import { startServer } from './support/server.mjs';

const NAME = '@juspay/neurolink';
const VERSION = '9.37.0';
const INTEGRITY = 'TBppeQVcPm4nb1VN934TXlTU7zMILrJX5GmD+m7yRy+IiY2nnnsJidS+vBM2qMTy+4KZKwodxnYxZlU9T09nhw==';
const MODULES = fileURLToPath(new URL('node_modules/', import.meta.url));
const ARCHIVE = join(MODULES, '.cache', `juspay-neurolink-${VERSION}.tgz`);

const run = promisify(execFile);
const clients = [];
let folder;
let neurolink;
let server;

/** The archive of the package, checked; it is fetched once. */
async function archive() {
    const read = () => readFile(ARCHIVE).catch(() => null);
    if (await read() === null) {
        await mkdir(join(MODULES, '.cache'), { recursive: true });
        await run('npm', ['pack', `${NAME}@${VERSION}`, '--silent', '--ignore-scripts', '--pack-destination', join(MODULES, '.cache')]);
    }
    assert.equal(createHash('sha512').update(await read()).digest('base64'), INTEGRITY);
    return ARCHIVE;
}

before(async () => {
    globalThis.WebSocket ??= WebSocket;
    folder = await mkdtemp(join(tmpdir(), 'neurolink-clients-'));
    const home = join(folder, 'node_modules', NAME);
    await mkdir(home, { recursive: true });
    const wanted = ['package/package.json', 'package/dist/client', 'package/dist/utils'];
    await run('tar', ['-xzf', await archive(), '-C', home, '--strip-components=1', ...wanted]);
    await symlink(join(MODULES, 'react'), join(folder, 'node_modules', 'react'));
    await writeFile(join(folder, 'entry.mjs'), `export * from '${NAME}/client';`);
    neurolink = await import(pathToFileURL(join(folder, 'entry.mjs')));
    server = await startServer();
});

afterEach(() => {
    clients.splice(0).forEach((client) => client.disconnect());
});

after(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
});

async function streamingClient(options = {}) {
    const client = neurolink.createStreamingClient({ baseUrl: server.http, transport: 'websocket', ...options });
    clients.push(client);
    await client.connect();
    return client;
}

/** A connected `NeuroLinkWebSocket`, and all it was sent. */
async function socketClient(options = {}) {
    const client = new neurolink.NeuroLinkWebSocket({ baseUrl: `${server.ws}/ws`, reconnectDelay: 50, ...options });
    const seen = [];
    clients.push(client);
    await new Promise((resolve, reject) => {
        client.connect({ onOpen: resolve, onError: reject, onMessage: (event) => seen.push(event) });
    });
    return { client, seen };
}

/** Streams on a channel of its own; resolves with everything the callbacks got. */
function streamed(client, channel, prompt, options) {
    return new Promise((resolve, reject) => {
        const got = { text: '', calls: [], results: [] };
        client.subscribe(channel, {
            onText: (text) => {
                got.text += text;
            },
            onToolCall: (call) => got.calls.push(call),
            onToolResult: (result) => got.results.push(result),
            onDone: (result) => resolve({ ...got, result }),
            onError: reject,
        });
        client.send({ type: 'message', channel, payload: { prompt, options } });
    });
}

describe('createStreamingClient', () => {
    it('should stream text and tools, and resolve with the whole', async () => {
        const client = await streamingClient();
        const texts = [];
        const done = [];
        const result = await client.stream({
            input: { text: 'hello from TypeScript' },
            options: { delayMs: 1, tool: { toolName: 'add', args: { a: 2, b: 3 } } },
            callbacks: { onText: (text) => texts.push(text), onDone: (whole) => done.push(whole) },
        });
        assert.equal(result.content, 'You said: hello from TypeScript');
        assert.equal(texts.join(''), result.content);
        assert.deepEqual(done, [result]);
        const [call] = result.toolCalls;
        assert.deepEqual([call.toolName, call.args, call.parameters, call.id], ['add', { a: 2, b: 3 }, { a: 2, b: 3 }, call.toolCallId]);
        const [outcome] = result.toolResults;
        assert.deepEqual([outcome.toolName, outcome.status, outcome.output, outcome.id], ['add', 'success', 5, call.id]);
        assert.equal((await client.stream({ input: { text: 'again' }, options: { delayMs: 0 } })).content, 'You said: again');
    });

    it('should reject with an error that it knows', async () => {
        const client = await streamingClient();
        const heard = [];
        await assert.rejects(client.stream({
            input: { text: 'x' }, options: { delayMs: 0, fail: 'RATE_LIMITED' }, callbacks: { onError: (error) => heard.push(error.code) },
        }), (error) => error.code === 'RATE_LIMITED' && error.status === 429 && error.retryable === true && error.message !== '');
        assert.deepEqual(heard, ['RATE_LIMITED']);
    });

    it('should have its heartbeat answered, and its events heard', async () => {
        const client = await streamingClient();
        const pong = new Promise((resolve) => client.on('pong', resolve));
        const text = new Promise((resolve) => client.on('text', resolve));
        client.send({ type: 'ping', timestamp: 17 });
        client.send({ type: 'stream', input: { text: 'x' } });
        assert.equal((await pong).timestamp, 17);
        assert.equal((await text).content, 'You ');
    });

    it('should serve the requests of its lower half', async () => {
        const lower = new neurolink.WebSocketStreamingClient({ url: `${server.ws}/ws` });
        clients.push(lower);
        await lower.connect();
        assert.equal(await lower.request({ type: 'generate', payload: { prompt: 'whole', options: { delayMs: 0 } } }), 'You said: whole');
    });
});

describe('NeuroLinkWebSocket', () => {
    it('should stream on channels, several at once', async () => {
        const { client, seen } = await socketClient();
        const answers = await Promise.all(['a', 'b', 'c'].map((channel) => streamed(client, channel, `on ${channel}`, { delayMs: 2 })));
        assert.deepEqual(answers.map(({ text }) => text), ['You said: on a', 'You said: on b', 'You said: on c']);
        assert.deepEqual(answers.map(({ result }) => result.content), answers.map(({ text }) => text));
        assert.ok(seen.filter(({ type }) => type === 'text').every(({ channel, timestamp }) => channel && timestamp > 0));
    });

    it('should stream by its own method, with tools', async () => {
        const { client, seen } = await socketClient();
        const content = await new Promise((resolve, reject) => {
            client.stream('plain', { onDone: (result) => resolve(result.content), onError: reject });
        });
        assert.equal(content, 'You said: plain');
        const { calls, results } = await streamed(client, 'tools', 'x', { delayMs: 0, tool: { toolName: 'add', args: { a: 1, b: 1 } } });
        assert.equal(calls[0].toolName, 'add');
        assert.equal(results[0].output, 2);
        assert.ok(!seen.some(({ type }) => ['accepted', 'stream_start', 'chunk', 'stream_complete'].includes(type)));
    });

    it('should hear of errors on their channel, and of others at all', async () => {
        const { client, seen } = await socketClient();
        await assert.rejects(streamed(client, 'bad', 'x', { delayMs: 0, fail: 'MODEL_ERROR' }),
            (error) => error.code === 'MODEL_ERROR' && error.status === 502);
        client.send({ type: 'subscribe' });
        await assert.doesNotReject(streamed(client, 'good', 'x', { delayMs: 0 }));
        assert.ok(seen.some(({ type, error }) => type === 'error' && error.code === 'INVALID_PAYLOAD'));
    });

    it('should stop a run whose channel is left', async () => {
        const { client, seen } = await socketClient();
        const first = new Promise((resolve) => {
            client.subscribe('long', { onText: resolve });
        });
        client.send({ type: 'message', channel: 'long', payload: { prompt: 'x', options: { words: 90_000, delayMs: 5 } } });
        await first;
        client.unsubscribe('long');
        await streamed(client, 'after', 'x', { delayMs: 20 });
        const isStopped = () => seen.some(({ type, channel, error }) => type === 'error' && channel === 'long' && error.code === 'CANCELLED');
        for (let tries = 0; tries < 3000 && !isStopped(); tries++) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        assert.ok(isStopped());
    });

    it('should come back after a lost connection, and be served again', async () => {
        const proxy = await cuttingProxy(server.port);
        const { client } = await socketClient({ baseUrl: `ws://localhost:${proxy.port}/ws` });
        assert.equal((await streamed(client, 'a', 'before', { delayMs: 0 })).text, 'You said: before');
        proxy.cut();
        while (proxy.connections < 2 || !client.isConnected()) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        assert.equal((await streamed(client, 'b', 'after', { delayMs: 0 })).text, 'You said: after');
        client.disconnect();
        await proxy.close();
    });

    it('should authenticate by the headers it sends in Node.js', async () => {
        const own = await startServer('--auth', 'bearer', '--token', 'ann=good');
        try {
            const { client } = await socketClient({ baseUrl: `${own.ws}/ws`, token: 'good' });
            assert.equal((await streamed(client, 'a', 'in', { delayMs: 0 })).text, 'You said: in');
            client.disconnect();
            await assert.rejects(socketClient({ baseUrl: `${own.ws}/ws`, token: 'bad', autoReconnect: false }));
        } finally {
            await own.stop();
        }
    });

    it('should do what docs/coming-from-neurolink.md says', async () => {
        const page = await readFile(new URL('../../../../docs/coming-from-neurolink.md', import.meta.url), 'utf8');
        const code = /^```ts\n(.*?)^```$/ms.exec(page)[1].replaceAll('localhost:3000', `localhost:${server.port}`);
        await writeFile(join(folder, 'page.mjs'), `const token = undefined;
            let told;
            const console = { log: (text) => told(text) };
            export const done = new Promise((resolve) => {
                const said = [];
                told = (text) => {
                    said.push(text);
                    if (text === 'You said: Hello') {
                        resolve(said);
                    }
                };
            });
            ${code}
            export { client, content, socket };`);
        const { client, content, done, socket } = await import(pathToFileURL(join(folder, 'page.mjs')));
        clients.push(client, socket);
        assert.equal(content, 'You said: Hello');
        assert.ok((await done).length > 2);
    });
});

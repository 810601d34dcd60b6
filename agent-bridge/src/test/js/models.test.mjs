/**
 * The packaged server in front of a mock of the providers' APIs that nobody here wrote: it streams, calls tools, remembers, and stops.
 * A relay between the two sees when the server closes its connection.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { WebSocket } from 'ws';
import { startServer } from './support/server.mjs';

const KEY = 'sk-only-for-the-mock-0123456789';
// Five seconds of text: the mock writes on when its client has gone, and keeps this process until it is through.
const LONG = 'word '.repeat(500);

const mock = new LLMock({ port: 0, chunkSize: 10 });
mock.on({ userMessage: 'Where does the Seine flow?' }, { content: 'Through Paris, and into the sea.' });
mock.on({ userMessage: 'hello' }, { content: 'Hello! How can I help you today?' });
mock.on({ userMessage: 'Add 2 and 3', hasToolResult: false }, { toolCalls: [{ name: 'add', arguments: '{"a":2,"b":3}' }] });
mock.on({ userMessage: 'Add 2 and 3', hasToolResult: true }, { content: 'That makes 5.' });
mock.on({ userMessage: 'Talk for ever' }, { content: LONG }, { latency: 20 });

/** Passes bytes on both ways, and keeps when the client's side was closed. */
async function relay(port) {
    const closed = [];
    const server = createServer((client) => {
        const upstream = connect(port, '127.0.0.1');
        client.pipe(upstream).pipe(client);
        client.once('close', () => {
            closed.push(performance.now());
            // The mock would keep its side alive for a next request, and this process with it.
            upstream.destroy();
        });
        client.on('error', () => upstream.destroy());
        upstream.on('error', () => client.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: server.address().port, closed, server };
}

/** A connection whose messages are waited for by type. */
async function open(ws) {
    const socket = new WebSocket(`${ws}/ws/agent`);
    const inbox = [];
    let wake = () => {};
    socket.on('message', (data) => {
        inbox.push(JSON.parse(data));
        wake();
    });
    await once(socket, 'open');
    return {
        send: (message) => socket.send(JSON.stringify(message)),
        close: () => socket.terminate(),
        async until(...types) {
            const messages = [];
            for (;;) {
                while (inbox.length === 0) {
                    await new Promise((resolve) => {
                        wake = resolve;
                    });
                }
                messages.push(inbox.shift());
                if (types.includes(messages.at(-1).type)) {
                    return messages;
                }
            }
        },
    };
}

const textOf = (messages) => messages.filter(({ type }) => type === 'chunk').map(({ content }) => content).join('');

for (const agent of ['openai', 'anthropic', 'ollama']) {
    describe(agent, { timeout: 120_000 }, () => {
        let line;
        let server;
        let client;

        before(async () => {
            if (agent === 'openai') {
                await mock.start();
            }
            line = await relay(new URL(mock.url).port);
            process.env.MODELS_TEST_KEY = KEY;
            const base = `http://127.0.0.1:${line.port}${agent === 'ollama' ? '' : '/v1'}`;
            server = await startServer('--agent', agent, '--base-url', base, '--api-key-env', 'MODELS_TEST_KEY');
            client = await open(server.ws);
        });

        after(async () => {
            client.close();
            assert.equal(await server.stop(), 0);
            line.server.close();
            if (agent === 'ollama') {
                await mock.stop();
            }
        });

        it('streams, and continues the session', async () => {
            client.send({ type: 'stream', requestId: 'one', payload: { prompt: 'hello', sessionId: 's' } });
            const first = await client.until('stream_complete', 'error');
            assert.equal(textOf(first), 'Hello! How can I help you today?');
            assert.equal(first.at(-1).finishReason, 'stop');
            client.send({ type: 'stream', requestId: 'two', payload: { prompt: 'Where does the Seine flow?', sessionId: 's' } });
            assert.equal(textOf(await client.until('stream_complete', 'error')), 'Through Paris, and into the sea.');
            const { messages } = mock.getRequests().at(-1).body;
            assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant', 'user']);
            assert.match(JSON.stringify(messages), /How can I help you today/);
        });

        it('calls a tool of the client, and answers with its result', async () => {
            const parameters = { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } };
            const tools = [{ name: 'add', description: 'Adds two numbers', parameters }];
            client.send({ type: 'stream', requestId: 'tool', payload: { prompt: 'Add 2 and 3', tools } });
            const call = (await client.until('tool_call', 'error')).at(-1);
            assert.equal(call.toolName, 'add');
            assert.deepEqual(call.args, { a: 2, b: 3 });
            client.send({ type: 'tool_result', payload: { toolCallId: call.toolCallId, result: call.args.a + call.args.b } });
            assert.equal(textOf(await client.until('stream_complete', 'error')), 'That makes 5.');
        });

        it('closes the connection when it is cancelled', async () => {
            const before = line.closed.length;
            client.send({ type: 'stream', requestId: 'long', payload: { prompt: 'Talk for ever' } });
            await client.until('chunk', 'error');
            const start = performance.now();
            client.send({ type: 'cancel', payload: { requestId: 'long' } });
            const cancelled = (await client.until('cancelled', 'error')).at(-1);
            // A server that was held up for a second cannot tell; the relay can.
            assert.ok([true, 'unknown'].includes(cancelled.upstreamClosed), `${cancelled.upstreamClosed}`);
            while (line.closed.length === before) {
                await new Promise((resolve) => {
                    setImmediate(resolve);
                });
            }
            const tookMs = line.closed.at(-1) - start;
            assert.ok(tookMs < 4500, `the connection was closed after ${tookMs} ms`);
        });

        it('tells the client what the provider refuses', async () => {
            mock.nextRequestError(429, { message: 'slow down', type: 'rate_limit_error' });
            client.send({ type: 'generate', requestId: 'refused', payload: { prompt: 'hello' } });
            const error = (await client.until('response', 'error')).at(-1);
            assert.equal(error.code, 'RATE_LIMITED');
            assert.equal(error.retryable, true);
            assert.ok(!JSON.stringify(error).includes(KEY));
        });
    });
}

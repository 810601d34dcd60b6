/**
 * What the reference page shows a client doing, each as a test against a running server: the same connections, messages, types and
 * fields, with a bare WebSocket and without the subprotocol.
 */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { defaultServer, startServer } from './support/server.mjs';

const TOKENS = ['--token', 'ann:admin=token-of-ann', '--token', 'bob=token-of-bob'];

const opened = [];
let server;

before(async () => {
    server = await defaultServer();
});

after(() => server.stop());

afterEach(() => {
    opened.splice(0).forEach((socket) => socket.terminate());
});

/** A WebSocket whose messages can be awaited, one after the other. */
function dial(url, options) {
    const socket = new WebSocket(url, [], options);
    const arrived = [];
    const waiting = [];
    opened.push(socket);
    socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (waiting.length > 0) {
            waiting.shift()(message);
        } else {
            arrived.push(message);
        }
    };
    return {
        socket,
        arrived,
        open: new Promise((resolve, reject) => {
            socket.onopen = resolve;
            socket.onerror = reject;
        }),
        closed: new Promise((resolve) => {
            socket.onclose = resolve;
        }),
        send: (message) => socket.send(JSON.stringify(message)),
        next: () => (arrived.length > 0 ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve))),
        async nextOfType(...types) {
            for (;;) {
                const message = await this.next();
                if (types.includes(message.type)) {
                    return message;
                }
            }
        },
    };
}

/** The HTTP answer to an upgrade that is refused. */
function refusal(url, options) {
    return new Promise((resolve, reject) => {
        const socket = new WebSocket(url, [], options);
        socket.on('open', () => reject(new Error('the upgrade was not refused')));
        socket.on('error', () => {});
        socket.on('unexpected-response', async (_, response) => {
            let body = '';
            for await (const part of response.setEncoding('utf8')) {
                body += part;
            }
            socket.terminate();
            resolve({ status: response.statusCode, headers: response.headers, body });
        });
    });
}

/** Runs a body against a server with options of its own. */
async function withServer(args, body) {
    const own = await startServer(...args);
    try {
        await body(own);
    } finally {
        await own.stop();
    }
}

describe('quick start', () => {
    it('should answer a generate that is sent on open', async () => {
        const client = dial(`${server.ws}/ws`);
        await client.open;
        client.send({ type: 'generate', payload: { prompt: 'Hello!' } });
        const connected = await client.next();
        assert.equal(connected.type, 'connected');
        assert.equal(typeof connected.connectionId, 'string');
        assert.ok(Number.isInteger(connected.timestamp));
        const response = await client.next();
        assert.equal(response.type, 'response');
        assert.equal(response.content, 'You said: Hello!');
        client.socket.close(1000, 'done');
        assert.equal((await client.closed).code, 1000);
    });

    it('should give every connection an id of its own', async () => {
        const clients = [dial(`${server.ws}/ws`), dial(`${server.ws}/ws`), dial(`${server.ws}/ws/agent`)];
        const greetings = await Promise.all(clients.map((client) => client.next()));
        assert.equal(new Set(greetings.map(({ connectionId }) => connectionId)).size, 3);
    });
});

describe('the agent\'s messages', () => {
    it('should answer generate with the same text in content and data', async () => {
        const client = dial(`${server.ws}/ws/agent`);
        await client.open;
        client.send({ type: 'generate', payload: { prompt: 'What is the capital of France?', options: { temperature: 0.5 } } });
        const response = await client.nextOfType('response', 'error');
        assert.equal(response.data, 'You said: What is the capital of France?');
        assert.equal(response.content, response.data);
    });

    it('should stream: a start, chunks, and one end', async () => {
        const client = dial(`${server.ws}/ws/agent`);
        await client.open;
        client.send({ type: 'stream', payload: { prompt: 'Tell me a story' } });
        const types = [];
        let text = '';
        for (let message = await client.nextOfType('stream_start'); ; message = await client.next()) {
            types.push(message.type);
            text += message.type === 'chunk' ? message.content : '';
            if (message.type === 'stream_complete') {
                break;
            }
        }
        assert.equal(text, 'You said: Tell me a story');
        assert.equal(types[0], 'stream_start');
        assert.deepEqual([...new Set(types)], ['stream_start', 'chunk', 'stream_complete']);
    });

    it('should answer tool_call with the name and the result', async () => {
        const client = dial(`${server.ws}/ws/agent`);
        await client.open;
        client.send({ type: 'tool_call', payload: { toolName: 'add', args: { a: 19, b: 23 } } });
        const sum = await client.nextOfType('tool_result', 'error');
        assert.equal(sum.toolName, 'add');
        assert.equal(sum.result, 42);
        client.send({ type: 'tool_call', payload: { toolName: 'echo', args: { deep: [1, { x: null }] } } });
        assert.deepEqual((await client.nextOfType('tool_result', 'error')).result, { deep: [1, { x: null }] });
    });

    it('should stop a stream by cancel', async () => {
        const client = dial(`${server.ws}/ws/agent`);
        await client.open;
        client.send({ type: 'stream', requestId: 'story-1', payload: { prompt: 'x', options: { words: 90_000 } } });
        await client.nextOfType('chunk');
        client.send({ type: 'cancel', payload: { requestId: 'story-1' } });
        const end = await client.nextOfType('cancelled', 'stream_complete', 'error');
        assert.equal(end.type, 'cancelled');
        assert.equal(end.requestId, 'story-1');
    });

    it('should say what is wrong and keep the connection', async () => {
        const client = dial(`${server.ws}/ws`);
        await client.open;
        await client.nextOfType('connected');
        const errors = [
            ['{"type": "generate", "payl', 'Invalid JSON message', 'INVALID_JSON'], ['{"payload": {}}', 'Message type is required', 'TYPE_REQUIRED'],
            ['{"type": "dance"}', 'Unknown message type: dance', 'UNKNOWN_TYPE'],
            [Buffer.from([1, 2, 3]), 'Only text messages are supported for routing', undefined],
        ];
        for (const [sent, text, code] of errors) {
            client.socket.send(sent);
            const error = await client.next();
            assert.equal(error.type, 'error');
            assert.equal(error.error, text);
            assert.equal(error.code, code ?? error.code);
        }
        client.send({ type: 'generate', payload: { prompt: 'still here' } });
        assert.equal((await client.nextOfType('response')).content, 'You said: still here');
    });

    it('should report a run that fails as an error with a code', async () => {
        const client = dial(`${server.ws}/ws`);
        await client.open;
        client.send({ type: 'stream', payload: { prompt: 'x', options: { fail: 'MODEL_UNAVAILABLE' } } });
        const error = await client.nextOfType('error', 'stream_complete');
        assert.equal(error.code, 'MODEL_UNAVAILABLE');
        assert.equal(typeof error.error, 'string');
        client.send({ type: 'tool_call', payload: { toolName: 'no-such-tool', args: {} } });
        assert.equal((await client.nextOfType('error', 'tool_result')).code, 'TOOL_NOT_FOUND');
    });
});

describe('authentication', () => {
    it('should take a bearer token from the header, the query or the subprotocol, and refuse others with 401', async () => {
        await withServer(['--auth', 'bearer', ...TOKENS], async ({ ws }) => {
            const byHeader = dial(`${ws}/ws/agent`, { headers: { Authorization: 'Bearer token-of-ann' } });
            assert.equal((await byHeader.next()).type, 'connected');
            const byQuery = dial(`${ws}/ws/agent?token=token-of-bob`);
            assert.equal((await byQuery.next()).type, 'connected');
            const protocols = ['neurolink.agent.v1', `bearer.${Buffer.from('token-of-bob').toString('base64url')}`];
            const byProtocol = new WebSocket(`${ws}/ws/agent`, protocols);
            opened.push(byProtocol);
            await new Promise((resolve, reject) => byProtocol.on('open', resolve).on('error', reject));
            assert.equal(byProtocol.protocol, 'neurolink.agent.v1');
            for (const [path, headers] of [['/ws/agent', {}], ['/ws/agent?token=wrong', {}], ['/ws/agent', { Authorization: 'Bearer wrong' }]]) {
                const { status, headers: answered } = await refusal(`${ws}${path}`, { headers });
                assert.equal(status, 401);
                assert.match(answered['www-authenticate'], /^Bearer/);
            }
        });
    });

    it('should take an API key from the header or the query', async () => {
        await withServer(['--auth', 'apiKey', ...TOKENS], async ({ ws }) => {
            const byHeader = dial(`${ws}/ws`, { headers: { 'X-API-Key': 'token-of-ann' } });
            assert.equal((await byHeader.next()).type, 'connected');
            const byQuery = dial(`${ws}/ws?apiKey=token-of-bob`);
            assert.equal((await byQuery.next()).type, 'connected');
            assert.equal((await refusal(`${ws}/ws?apiKey=wrong`)).status, 401);
            assert.equal((await refusal(`${ws}/ws`)).status, 401);
        });
    });

    it('should take a user name and a password', async () => {
        await withServer(['--auth', 'basic', '--basic-user', 'ann:secret'], async ({ ws }) => {
            const basic = (text) => ({ headers: { Authorization: `Basic ${Buffer.from(text).toString('base64')}` } });
            assert.equal((await dial(`${ws}/ws`, basic('ann:secret')).next()).type, 'connected');
            assert.equal((await refusal(`${ws}/ws`, basic('ann:guess'))).status, 401);
        });
    });

    it('should let only the role in', async () => {
        await withServer(['--auth', 'bearer', ...TOKENS, '--require-role', 'admin'], async ({ ws }) => {
            assert.equal((await dial(`${ws}/ws?token=token-of-ann`).next()).type, 'connected');
            assert.equal((await refusal(`${ws}/ws?token=token-of-bob`)).status, 403);
        });
    });

    it('should take the token as the first message, and close with 4401 where it is wrong or late', async () => {
        await withServer(['--auth', 'bearer', ...TOKENS, '--auth-first-message', '6000'], async ({ ws }) => {
            const good = dial(`${ws}/ws`);
            await good.open;
            good.send({ type: 'auth', payload: { token: 'token-of-ann' } });
            await good.nextOfType('auth_ok');
            good.send({ type: 'generate', payload: { prompt: 'in' } });
            assert.equal((await good.nextOfType('response')).content, 'You said: in');
            const wrong = dial(`${ws}/ws`);
            await wrong.open;
            wrong.send({ type: 'auth', payload: { token: 'wrong' } });
            assert.equal((await wrong.nextOfType('error', 'auth_ok')).code, 'AUTH_INVALID');
            assert.equal((await wrong.closed).code, 4401);
        });
        await withServer(['--auth', 'bearer', ...TOKENS, '--auth-first-message', '500'], async ({ ws }) => {
            const late = dial(`${ws}/ws`);
            assert.equal((await late.closed).code, 4401);
        });
    });
});

describe('limits', () => {
    it('should refuse a connection too many with 503, and take one again when another has left', async () => {
        await withServer(['--max-connections', '2'], async ({ ws }) => {
            const [first, second] = [dial(`${ws}/ws`), dial(`${ws}/ws/agent`)];
            await Promise.all([first.next(), second.next()]);
            const { status, headers, body } = await refusal(`${ws}/ws`);
            assert.equal(status, 503);
            assert.ok(headers['retry-after'] !== undefined);
            assert.match(body, /Maximum connections \(2\) reached/);
            assert.match(body, /WebSocketConnectionError/);
            second.send({ type: 'generate', payload: { prompt: 'undisturbed' } });
            assert.equal((await second.nextOfType('response')).content, 'You said: undisturbed');
            first.socket.close(1000);
            await first.closed;
            await eventually(async () => {
                const third = dial(`${ws}/ws`);
                await third.open;
            });
        });
    });

    it('should close with 1009 where a message is too large, and only then', async () => {
        await withServer(['--max-message-size', '1024'], async ({ ws }) => {
            const client = dial(`${ws}/ws`);
            await client.next();
            const envelope = JSON.stringify({ type: 'generate', payload: { prompt: '' } }).length;
            client.send({ type: 'generate', payload: { prompt: 'x'.repeat(1024 - envelope) } });
            assert.equal((await client.nextOfType('response')).content.length, 'You said: '.length + 1024 - envelope);
            client.send({ type: 'generate', payload: { prompt: 'x'.repeat(1025 - envelope) } });
            const { code } = await client.closed;
            assert.equal(code, 1009);
        });
    });
});

describe('keep-alive', () => {
    it('should send pings, and keep a client that answers', async () => {
        await withServer(['--ping-interval', '100', '--pong-timeout', '5000'], async ({ ws }) => {
            const client = dial(`${ws}/ws`);
            for (let count = 0; count < 3; count++) {
                await new Promise((resolve) => client.socket.once('ping', resolve));
            }
            client.send({ type: 'generate', payload: { prompt: 'alive' } });
            assert.equal((await client.nextOfType('response')).content, 'You said: alive');
        });
    });

    it('should let a client go that does not answer', async () => {
        await withServer(['--ping-interval', '100', '--pong-timeout', '300'], async ({ ws }) => {
            const client = dial(`${ws}/ws`, { autoPong: false });
            await client.open;
            const { code } = await client.closed;
            assert.ok([1001, 1006].includes(code), `closed with ${code}`);
        });
    });

    it('should send no ping where they are off', async () => {
        await withServer(['--ping-interval', '0'], async ({ ws }) => {
            const client = dial(`${ws}/ws`, { autoPong: false });
            let pings = 0;
            client.socket.on('ping', () => pings++);
            await client.next();
            await sleep(700);
            assert.equal(pings, 0);
            assert.equal(client.socket.readyState, WebSocket.OPEN);
        });
    });

    it('should answer a JSON ping with the same timestamp, and a JSON pong with nothing', async () => {
        const client = dial(`${server.ws}/ws`);
        await client.next();
        client.send({ type: 'pong', timestamp: 1706745600000 });
        client.send({ type: 'ping', timestamp: 1706745600001 });
        const { type, timestamp } = await client.next();
        assert.deepEqual({ type, timestamp }, { type: 'pong', timestamp: 1706745600001 });
    });
});

describe('monitoring', () => {
    it('should count connections by path in the health route', async () => {
        await withServer([], async ({ ws, http }) => {
            const clients = [dial(`${ws}/ws`), dial(`${ws}/ws/agent`), dial(`${ws}/ws/agent`)];
            await Promise.all(clients.map((client) => client.next()));
            const response = await fetch(`${http}/api/health/websocket`);
            assert.equal(response.status, 200);
            assert.match(response.headers.get('content-type'), /^application\/json/);
            const { status, connections } = await response.json();
            assert.equal(status, 'ok');
            assert.equal(connections.total, 3);
            assert.equal(connections.maxConnections, 1000);
            assert.equal(connections.paths['/ws'], 1);
            assert.equal(connections.paths['/ws/agent'], 2);
            clients.forEach((client) => client.socket.close(1000));
            await eventually(async () => {
                const { connections: left } = await (await fetch(`${http}/api/health/websocket`)).json();
                assert.equal(left.total, 0);
            });
        });
    });
});

describe('shutdown and reconnection', () => {
    it('should say so before it closes with 1001, and exit with 0', async () => {
        const own = await startServer();
        const client = dial(`${own.ws}/ws`);
        await client.next();
        const status = own.stop();
        assert.equal(typeof (await client.nextOfType('shutdown')).message, 'string');
        assert.equal((await client.closed).code, 1001);
        assert.equal(await status, 0);
    });

    it('should serve a client that tries again with doubled delays, except after 1000', async () => {
        const own = await startServer();
        const keeper = keepConnected(`${own.ws}/ws`, { firstDelayMs: 200, maxAttempts: 12 });
        await keeper.nextOpen();
        await own.stop();
        const back = keeper.nextOpen();
        const again = await startServer('--port', String(own.port));
        try {
            const socket = await back;
            const answer = new Promise((resolve) => socket.on('message', (text) => {
                const message = JSON.parse(text);
                return message.type === 'response' && resolve(message);
            }));
            socket.send(JSON.stringify({ type: 'generate', payload: { prompt: 'back' } }));
            assert.equal((await answer).content, 'You said: back');
            assert.ok(keeper.delaysMs.every((delayMs, index) => delayMs === 200 * 2 ** index), keeper.delaysMs.join());
            const tries = keeper.delaysMs.length;
            socket.close(1000);
            await new Promise((resolve) => socket.on('close', resolve));
            await sleep(300);
            assert.equal(keeper.delaysMs.length, tries);
        } finally {
            await again.stop();
        }
    });
});

/** A connection that is made again after every end but a normal one: delays doubled from the first, counted anew once it is open. */
function keepConnected(url, { firstDelayMs, maxAttempts }) {
    const delaysMs = [];
    const waiting = [];
    let failures = 0;
    const connect = () => {
        const socket = new WebSocket(url);
        opened.push(socket);
        socket.onopen = () => {
            failures = 0;
            waiting.shift()?.(socket);
        };
        socket.onclose = ({ code }) => {
            if (code !== 1000 && failures < maxAttempts) {
                const delayMs = firstDelayMs * 2 ** failures++;
                delaysMs.push(delayMs);
                setTimeout(connect, delayMs);
            }
        };
        socket.onerror = () => {};
    };
    connect();
    return { delaysMs, nextOpen: () => new Promise((resolve) => waiting.push(resolve)) };
}

/** Tries until it succeeds; fails with the last failure after a minute. */
async function eventually(attempt) {
    const deadlineMs = performance.now() + 60_000;
    for (;;) {
        try {
            return await attempt();
        } catch (error) {
            if (performance.now() > deadlineMs) {
                throw error;
            }
            await sleep(50);
        }
    }
}

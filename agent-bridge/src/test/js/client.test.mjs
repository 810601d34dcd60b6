/** The client's own logic, over a scripted socket and a clock that the test moves. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NeuroLinkClient, NeuroLinkError, SUBPROTOCOL } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { fakeClient, openClient, settle } from './support/fakes.mjs';

const COMPLETE = { finishReason: 'stop', usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, timing: { totalMs: 5 } };

function code(expected, message = /./) {
    return (error) => {
        assert.ok(error instanceof NeuroLinkError, `not a NeuroLinkError: ${error?.stack}`);
        assert.equal(error.code, expected);
        assert.match(error.message, message);
        return true;
    };
}

async function collect(iterable) {
    const items = [];
    for await (const item of iterable) {
        items.push(item);
    }
    return items;
}

function chunk(run, seq, content, more = {}) {
    return { type: 'chunk', requestId: run.requestId, seq, content, ...more };
}

describe('connecting', () => {
    it('should offer the subprotocol and be open once the server said connected', async () => {
        const rig = fakeClient();
        const connecting = rig.client.connect();
        assert.equal(rig.client.state, 'connecting');
        assert.deepEqual(rig.last.protocols, [SUBPROTOCOL]);
        rig.last.open();
        assert.equal(rig.client.state, 'connecting');
        rig.last.greet({ limits: { maxMessageBytes: 100 } });
        assert.equal((await connecting).connectionId, 'c1');
        assert.equal(rig.client.state, 'open');
        assert.equal(rig.client.connected.limits.maxMessageBytes, 100);
        assert.deepEqual(rig.states.map(({ state }) => state), ['connecting', 'open']);
    });

    it('should make one connection however often connect is called', async () => {
        const rig = fakeClient();
        const both = [rig.client.connect(), rig.client.connect()];
        rig.last.acceptAndGreet();
        await Promise.all(both);
        assert.equal((await rig.client.connect()).connectionId, 'c1');
        assert.equal(rig.sockets.length, 1);
    });

    it('should carry the token as a base64url subprotocol', () => {
        const rig = fakeClient({ token: 'sécret?>~' });
        rig.client.connect().catch(() => {});
        const [, bearer] = rig.last.protocols;
        assert.match(bearer, /^bearer\.[A-Za-z0-9_-]+$/);
        assert.equal(Buffer.from(bearer.slice('bearer.'.length), 'base64url').toString(), 'sécret?>~');
        assert.equal(rig.last.url, 'ws://test/ws');
    });

    it('should carry the token in the query and keep what the URL has', () => {
        const rig = fakeClient({ token: 'a&b', auth: 'query', queryParam: 'apiKey' }, 'http://test/ws?x=1#part');
        rig.client.connect().catch(() => {});
        assert.equal(rig.last.url, 'ws://test/ws?x=1&apiKey=a%26b');
        assert.equal(rig.client.url, 'ws://test/ws?x=1');
        assert.deepEqual(rig.last.protocols, [SUBPROTOCOL]);
    });

    for (const greetFirst of [true, false]) {
        it(`should authenticate by the first message, connected ${greetFirst ? 'before' : 'after'} auth_ok`, async () => {
            const rig = fakeClient({ token: 't', auth: 'message' });
            const seen = [];
            rig.client.on('message', ({ text }) => seen.push(text));
            const connecting = rig.client.connect();
            rig.last.open();
            assert.deepEqual(rig.last.sent, [{ type: 'auth', payload: { token: 't' } }]);
            assert.ok(!seen.join().includes('"t"'), 'the token is shown to no listener');
            const answers = [() => rig.last.greet(), () => rig.last.receive({ type: 'auth_ok', expiresAt: 9 })];
            const [first, second] = greetFirst ? answers : answers.reverse();
            first();
            assert.equal(rig.client.state, 'connecting');
            second();
            await connecting;
            assert.equal(rig.client.state, 'open');
        });
    }

    it('should give up at once where the first message is refused, though the server leaves the line open', async () => {
        const rig = fakeClient({ token: 't', auth: 'message', reconnect: { initial: true } });
        const connecting = rig.client.connect();
        rig.last.acceptAndGreet();
        rig.last.receive({ type: 'error', error: 'unknown token', code: 'AUTH_INVALID', retryable: false, inReplyTo: 'auth' });
        await assert.rejects(connecting, code('AUTH_INVALID', /unknown token/));
        assert.equal(rig.client.state, 'closed');
        assert.equal(rig.last.closedWith.code, 4000);
        assert.deepEqual(rig.timers.delaysMs, []);
    });

    it('should ask a token function before every attempt', async () => {
        let count = 0;
        const rig = fakeClient({ token: async () => `t${++count}`, auth: 'query' });
        const connecting = rig.client.connect();
        await settle();
        assert.match(rig.last.url, /token=t1$/);
        rig.last.acceptAndGreet();
        await connecting;
        rig.last.end(1006);
        await rig.redial();
        assert.match(rig.last.url, /token=t2$/);
    });

    it('should reject where the token function fails', async () => {
        const rig = fakeClient({
            token: () => {
                throw new Error('vault is shut');
            },
        });
        await assert.rejects(rig.client.connect(), (error) => code('CONNECT_FAILED')(error) && error.cause.message === 'vault is shut');
        assert.equal(rig.client.state, 'closed');
    });

    it('should fail fast where the first attempt fails', async () => {
        const rig = fakeClient();
        const connecting = rig.client.connect();
        rig.last.fail('connect ECONNREFUSED');
        await assert.rejects(connecting, (error) => code('CONNECT_FAILED', /ws:\/\/test\/ws.*ECONNREFUSED/)(error) && error.retryable);
        assert.equal(rig.client.state, 'closed');
        assert.deepEqual(rig.timers.delaysMs, []);
    });

    it('should not wait for a close that some classes never send after an error', async () => {
        const rig = fakeClient();
        const connecting = rig.client.connect();
        rig.last.onerror({ message: 'Received network error or non-101 status code.' });
        const rejected = assert.rejects(connecting, code('CONNECT_FAILED', /non-101/));
        await rig.timers.advance(0);
        await rejected;
    });

    it('should go on trying from the first attempt where told so', async () => {
        const rig = fakeClient({ reconnect: { initial: true, maxAttempts: 1 } });
        const connecting = rig.client.connect();
        rig.last.fail();
        assert.equal(rig.client.state, 'reconnecting');
        await rig.timers.advance(500);
        assert.equal(rig.sockets.length, 2);
        rig.last.fail();
        await assert.rejects(connecting, code('CONNECT_FAILED'));
        assert.equal(rig.client.state, 'closed');
    });

    it('should time out where the server never greets', async () => {
        const rig = fakeClient({ connectTimeoutMs: 700 });
        const connecting = rig.client.connect();
        rig.last.open();
        const rejected = assert.rejects(connecting, code('CONNECT_TIMEOUT', /700 ms/));
        await rig.timers.advance(700);
        await rejected;
        assert.equal(rig.last.closedWith.code, 4000);
        assert.deepEqual(rig.timers.delaysMs, []);
    });

    it('should not hand the token to a socket that opens after its time', async () => {
        const rig = fakeClient({ token: 't', auth: 'message', connectTimeoutMs: 700 });
        const rejected = assert.rejects(rig.client.connect(), code('CONNECT_TIMEOUT'));
        await rig.timers.advance(700);
        await rejected;
        rig.last.open();
        assert.deepEqual(rig.last.sent, []);
    });

    it('should report what a WebSocket constructor throws', async () => {
        const rig = fakeClient({
            WebSocket: class {
                constructor() {
                    throw new SyntaxError('bad port');
                }
            },
        });
        await assert.rejects(rig.client.connect(), (error) => code('CONNECT_FAILED', /bad port/)(error) && !error.retryable);
    });

    it('should tell a refused credential from a server that is down, where the class says so', async () => {
        for (const [text, expected] of [['Unexpected server response: 401', 'AUTH_REQUIRED'], ['Unexpected server response: 403', 'FORBIDDEN'],
            ['Unexpected server response: 503', 'CONNECT_FAILED']]) {
            const rig = fakeClient();
            const connecting = rig.client.connect();
            rig.last.fail(text);
            await assert.rejects(connecting, code(expected));
        }
    });

    it('should hand the options of the class through', () => {
        const rig = fakeClient({ webSocketOptions: { headers: { 'X-API-Key': 'k' } } });
        rig.client.connect().catch(() => {});
        assert.deepEqual(rig.last.options, { headers: { 'X-API-Key': 'k' } });
    });
});

describe('closing', () => {
    it('should close once, fail live runs and not come back', async () => {
        const rig = await openClient();
        const run = rig.client.stream('Hi');
        const closing = rig.client.close(3001, 'bye');
        assert.deepEqual(rig.last.closedWith, { code: 3001, reason: 'bye' });
        assert.equal(rig.client.state, 'closed');
        await assert.rejects(run.result, (error) => code('CLOSED')(error) && error.requestId === run.requestId);
        rig.last.end(3001);
        await closing;
        await rig.timers.advance(600_000);
        assert.equal(rig.sockets.length, 1);
        assert.throws(() => rig.client.stream('x'), code('NOT_CONNECTED', /connect\(\) first/));
    });

    it('should not wait for ever for the server\'s answer', async () => {
        const rig = await openClient();
        let isClosed = false;
        rig.client.close().then(() => {
            isClosed = true;
        });
        await rig.timers.advance(4_999);
        assert.equal(isClosed, false);
        await rig.timers.advance(1);
        assert.equal(isClosed, true);
    });

    it('should reject a connect that is under way', async () => {
        const rig = fakeClient();
        const connecting = rig.client.connect();
        rig.client.close();
        await assert.rejects(connecting, code('CLOSED'));
    });

    it('should forget a token that arrives after close', async () => {
        let answer;
        const rig = fakeClient({ token: () => new Promise((resolve) => { answer = resolve; }) });
        const connecting = rig.client.connect();
        await settle();
        await rig.client.close();
        await assert.rejects(connecting, code('CLOSED'));
        answer('late');
        await settle();
        assert.equal(rig.sockets.length, 0);
    });

    it('should connect again after close', async () => {
        const rig = await openClient();
        rig.client.close();
        const connecting = rig.client.connect();
        rig.last.acceptAndGreet();
        assert.equal((await connecting).connectionId, 'c2');
        rig.sockets[0].end(1000);
        assert.equal(rig.client.state, 'open');
    });

    it('should refuse close codes that may not be sent', async () => {
        const rig = await openClient();
        for (const bad of [999, 1001, 1006, 2999, 5000]) {
            assert.throws(() => rig.client.close(bad), code('INVALID_ARGUMENT', new RegExp(bad)));
        }
    });
});

describe('reconnecting', () => {
    it('should back off exponentially with full jitter up to the ceiling', async () => {
        const randoms = [0, 0.25, 0.5, 0.75, 0.999, 0.5, 0.5, 0.5];
        const rig = await openClient({ random: () => randoms.shift(), reconnect: { baseDelayMs: 100, maxDelayMs: 1_000 } });
        const delays = [];
        for (let attempt = 0; attempt < 8; attempt++) {
            rig.last.end(1006);
            const { state, delayMs, attempt: told } = rig.states.at(-1);
            assert.equal(state, 'reconnecting');
            assert.equal(told, attempt + 1);
            delays.push(delayMs);
            await rig.timers.advance(delayMs);
        }
        assert.deepEqual(delays, [0, 50, 200, 600, 999, 500, 500, 500]);
        assert.equal(rig.sockets.length, 9);
    });

    it('should start afresh after a connection that was stable, not after one that was short', async () => {
        const rig = await openClient({ heartbeatMs: 0, reconnect: { baseDelayMs: 100, stableAfterMs: 5_000 } });
        const lose = async (openMs) => {
            await rig.timers.advance(openMs);
            rig.last.end(1006);
            const { delayMs } = rig.states.at(-1);
            await rig.timers.advance(delayMs);
            rig.last.acceptAndGreet();
            return delayMs;
        };
        assert.deepEqual([await lose(4_999), await lose(10), await lose(10), await lose(5_000)], [50, 100, 200, 50]);
    });

    it('should honour reconnectAfterMs of a shutdown, with jitter on top, once', async () => {
        const rig = await openClient({ heartbeatMs: 0 });
        const notices = [];
        rig.client.on('shutdown', (notice) => notices.push(notice));
        rig.last.receive({ type: 'shutdown', message: 'Server is shutting down.', reconnectAfterMs: 3_000, resume: true });
        rig.last.end(1001, 'Server shutdown');
        assert.equal(rig.states.at(-1).delayMs, 3_250);
        assert.equal(notices[0].message, 'Server is shutting down.');
        await rig.timers.advance(3_250);
        rig.last.fail();
        assert.equal(rig.states.at(-1).delayMs, 500);
    });

    it('should honour retryAfterMs of an error of the connection', async () => {
        const rig = await openClient();
        rig.last.receive({ type: 'error', error: 'too fast', code: 'RATE_LIMITED', retryable: true, retryAfterMs: 7_000 });
        rig.last.end(1013);
        assert.equal(rig.states.at(-1).delayMs, 7_250);
    });

    it('should not reconnect after a clean 1000', async () => {
        const rig = await openClient();
        rig.last.end(1000, 'Session ended');
        assert.equal(rig.client.state, 'closed');
        assert.equal(rig.states.at(-1).error.closeCode, 1000);
        assert.deepEqual(rig.timers.delaysMs, []);
        await rig.timers.advance(600_000);
        assert.equal(rig.sockets.length, 1);
    });

    for (const [closeCode, expected] of [[4401, 'AUTH_REQUIRED'], [4403, 'FORBIDDEN']]) {
        it(`should not reconnect after ${closeCode} with the same token, and should with another`, async () => {
            const rig = await openClient({ token: 'old' });
            rig.last.end(closeCode);
            assert.equal(rig.client.state, 'closed');
            assert.equal(rig.states.at(-1).error.code, expected);
            await rig.timers.advance(600_000);
            assert.equal(rig.sockets.length, 1);
            await rig.client.authenticate('new');
            const connecting = rig.client.connect();
            rig.last.acceptAndGreet();
            await connecting;
            assert.equal(rig.sockets.length, 2);
        });

        it(`should ask the token function after ${closeCode} and give up where it has nothing new`, async () => {
            const tokens = ['a', 'b', 'b'];
            const rig = await openClient({ token: () => tokens.shift() });
            rig.last.end(closeCode);
            assert.equal(rig.client.state, 'reconnecting');
            await rig.redial();
            assert.equal(rig.sockets.length, 2);
            rig.last.acceptAndGreet();
            rig.last.end(closeCode);
            await rig.redial();
            assert.equal(rig.sockets.length, 2);
            assert.equal(rig.client.state, 'closed');
            assert.equal(rig.states.at(-1).error.code, expected);
        });
    }

    it('should reconnect after 4401 where a new token was set meanwhile', async () => {
        const rig = await openClient({ token: 'old', auth: 'query' });
        const renewal = rig.client.authenticate('new');
        rig.last.end(4401);
        await assert.rejects(renewal, code('AUTH_REQUIRED'));
        await rig.redial();
        assert.match(rig.last.url, /token=new$/);
    });

    it('should say why the server refused, where it said so before 4401', async () => {
        const rig = await openClient({ token: 't' });
        rig.last.receive({ type: 'error', error: 'the token expired at noon', code: 'AUTH_EXPIRED' });
        rig.last.end(4401);
        code('AUTH_EXPIRED', /noon/)(rig.states.at(-1).error);
    });

    it('should give up after maxAttempts in a row', async () => {
        const rig = await openClient({ reconnect: { maxAttempts: 3 } });
        rig.last.end(1006);
        for (let attempt = 0; attempt < 3; attempt++) {
            assert.equal(rig.client.state, 'reconnecting');
            await rig.redial();
            rig.last.fail('refused');
        }
        assert.equal(rig.client.state, 'closed');
        code('CONNECT_FAILED', /refused/)(rig.states.at(-1).error);
        assert.equal(rig.sockets.length, 4);
    });

    it('should never reconnect where told so', async () => {
        const rig = await openClient({ reconnect: false });
        rig.last.end(1006);
        assert.equal(rig.client.state, 'closed');
    });

    it('should skip the wait on demand', async () => {
        const rig = await openClient();
        rig.client.reconnectNow();
        assert.equal(rig.sockets.length, 1);
        rig.last.end(1006);
        rig.client.reconnectNow();
        rig.client.reconnectNow();
        assert.equal(rig.sockets.length, 2);
        rig.last.acceptAndGreet();
        await rig.timers.advance(20_000);
        assert.equal(rig.sockets.length, 2);
    });

    it('should let connect wait for the connection that is being mended', async () => {
        const rig = await openClient();
        rig.last.end(1006);
        const connecting = rig.client.connect();
        await rig.redial();
        rig.last.acceptAndGreet();
        assert.equal((await connecting).connectionId, 'c2');
    });

    it('should stop where a listener closes the client', async () => {
        const rig = await openClient();
        rig.client.on('state', ({ state }) => state === 'reconnecting' && rig.client.close());
        rig.last.end(1006);
        assert.equal(rig.client.state, 'closed');
        await rig.timers.advance(600_000);
        assert.equal(rig.sockets.length, 1);
    });

    it('should ignore what an abandoned socket still says', async () => {
        const rig = await openClient({ connectTimeoutMs: 100 });
        rig.last.end(1006);
        await rig.timers.advance(250);
        const abandoned = rig.last;
        abandoned.open();
        await rig.timers.advance(100);
        await rig.redial();
        abandoned.greet();
        abandoned.end(1000);
        assert.notEqual(rig.client.state, 'open');
        assert.notEqual(rig.client.state, 'closed');
    });
});

describe('signs of life', () => {
    it('should answer a JSON ping with the same timestamp', async () => {
        const rig = await openClient();
        rig.last.receive({ type: 'ping', timestamp: 1706745600000 });
        assert.deepEqual(rig.last.sent, [{ type: 'pong', timestamp: 1706745600000 }]);
    });

    it('should measure the round trip of several pings at once', async () => {
        const rig = await openClient();
        const first = rig.client.ping();
        await rig.timers.advance(5);
        const second = rig.client.ping();
        await rig.timers.advance(7);
        const [one, two] = rig.last.ofType('ping').map(({ timestamp }) => timestamp);
        assert.notEqual(one, two);
        rig.last.receive({ type: 'pong', timestamp: two });
        assert.equal(await second, 7);
        rig.last.receive({ type: 'pong', timestamp: one });
        assert.equal(await first, 12);
    });

    it('should give every ping a timestamp of its own', async () => {
        const rig = await openClient();
        const pings = Array.from({ length: 50 }, () => rig.client.ping());
        const stamps = rig.last.ofType('ping').map(({ timestamp }) => timestamp);
        assert.equal(new Set(stamps).size, 50);
        stamps.forEach((timestamp) => rig.last.receive({ type: 'pong', timestamp }));
        await Promise.all(pings);
    });

    it('should reject a ping that is not answered, and one whose connection is lost', async () => {
        const rig = await openClient();
        const unanswered = assert.rejects(rig.client.ping(300), code('PING_TIMEOUT', /300 ms/));
        await rig.timers.advance(300);
        await unanswered;
        const lost = assert.rejects(rig.client.ping(), code('CONNECTION_LOST'));
        rig.last.end(1006);
        await lost;
        await assert.rejects(rig.client.ping(), code('NOT_CONNECTED', /reconnecting/));
    });

    it('should ask a silent server and give the connection up where it stays silent', async () => {
        const rig = await openClient({ heartbeatMs: 1_000, heartbeatTimeoutMs: 400 });
        const run = rig.client.stream('x');
        await rig.timers.advance(999);
        assert.equal(rig.last.ofType('ping').length, 0);
        await rig.timers.advance(1);
        assert.equal(rig.last.ofType('ping').length, 1);
        await rig.timers.advance(399);
        assert.equal(rig.client.state, 'open');
        await rig.timers.advance(1);
        assert.equal(rig.client.state, 'reconnecting');
        assert.equal(rig.last.closedWith.code, 4000);
        await assert.rejects(run.result, code('CONNECTION_LOST', /no sign of life for 1400 ms/));
    });

    it('should take any message as a sign of life', async () => {
        const rig = await openClient({ heartbeatMs: 1_000, heartbeatTimeoutMs: 400 });
        for (let turn = 0; turn < 10; turn++) {
            await rig.timers.advance(900);
            rig.last.receive({ type: 'status', requestId: 'other', state: 'thinking' });
        }
        assert.equal(rig.last.ofType('ping').length, 0);
        await rig.timers.advance(1_100);
        assert.equal(rig.last.ofType('ping').length, 1);
        rig.last.receive({ type: 'pong', timestamp: 1 });
        await rig.timers.advance(900);
        assert.equal(rig.client.state, 'open');
        await rig.timers.advance(200);
        assert.equal(rig.last.ofType('ping').length, 2);
    });

    it('should be content with an answer that is older than the next question', async () => {
        const rig = await openClient({ heartbeatMs: 400, heartbeatTimeoutMs: 1_000 });
        for (let turn = 1; turn <= 3; turn++) {
            await rig.timers.advance(turn === 1 ? 400 : 999);
            assert.equal(rig.last.ofType('ping').length, turn);
            await rig.timers.advance(1);
            rig.last.receive({ type: 'pong', timestamp: 1 });
        }
        assert.equal(rig.client.state, 'open');
    });

    it('should never ask where told so', async () => {
        const rig = await openClient({ heartbeatMs: 0 });
        await rig.timers.advance(10_000_000);
        assert.equal(rig.last.sent.length, 0);
        assert.equal(rig.client.state, 'open');
    });
});

describe('streaming', () => {
    it('should send the prompt and give events, text and result', async () => {
        const rig = await openClient();
        const run = rig.client.stream('Hello', { options: { delayMs: 5 }, sessionId: 's' });
        assert.match(run.requestId, /^[0-9a-f]{32}$/);
        assert.deepEqual(rig.last.sent, [{
            type: 'stream', requestId: run.requestId, payload: { prompt: 'Hello', options: { delayMs: 5 }, sessionId: 's' },
        }]);
        const events = collect(run);
        const sent = [
            { type: 'accepted', requestId: run.requestId, seq: 0 },
            { type: 'stream_start', requestId: run.requestId, seq: 1, data: { prompt: 'Hello' } },
            chunk(run, 2, 'thinking', { kind: 'reasoning' }),
            { type: 'status', requestId: run.requestId, state: 'thinking', sinceMs: 3 },
            chunk(run, 3, 'You '), chunk(run, 5, 'said: ', { n: 2 }),
            { type: 'tool_call', requestId: run.requestId, seq: 6, toolCallId: 't', toolName: 'echo', args: {}, approval: 'auto' },
            { type: 'tool_result', requestId: run.requestId, seq: 7, toolCallId: 't', toolName: 'echo', result: {} },
            chunk(run, 8, 'Hello'),
            { type: 'stream_complete', requestId: run.requestId, seq: 9, ...COMPLETE },
        ];
        sent.forEach((event) => rig.last.receive(event));
        assert.deepEqual(await events, sent);
        assert.deepEqual(await run.result,
            { requestId: run.requestId, text: 'You said: Hello', reasoning: 'thinking', cancelled: false, ...COMPLETE });
        assert.equal(run.lastSeq, 9);
        assert.equal(run.ended, true);
    });

    it('should give each event to a waiting reader at once', async () => {
        const rig = await openClient();
        const run = rig.client.stream('Hello');
        const reader = run.text();
        for (const [seq, word] of [[1, 'a '], [2, 'b '], [3, 'c']]) {
            const next = reader.next();
            rig.last.receive(chunk(run, seq, word));
            assert.deepEqual(await next, { value: word, done: false });
            assert.equal(run.partialText.endsWith(word), true);
        }
    });

    it('should keep many runs apart', async () => {
        const rig = await openClient();
        const runs = [1, 2, 3, 4].map((n) => rig.client.stream(`p${n}`));
        const texts = runs.map((run) => collect(run.text()));
        for (let seq = 1; seq <= 5; seq++) {
            runs.forEach((run, index) => rig.last.receive(chunk(run, seq, `${index}${seq} `)));
        }
        runs.reverse().forEach((run) => rig.last.receive({ type: 'stream_complete', requestId: run.requestId, seq: 6, ...COMPLETE }));
        const all = await Promise.all(texts);
        all.forEach((parts, index) => assert.equal(parts.join(''), `${index}1 ${index}2 ${index}3 ${index}4 ${index}5 `));
    });

    it('should join what nobody reads, and lose nothing', async () => {
        const rig = await openClient();
        const run = rig.client.stream('x');
        const count = 20_000;
        for (let seq = 1; seq <= count; seq++) {
            rig.last.receive(chunk(run, seq, `w${seq} `));
        }
        rig.last.receive({ type: 'stream_complete', requestId: run.requestId, seq: count + 1, ...COMPLETE });
        const events = await collect(run);
        assert.ok(events.length < 300, `${events.length} events were kept`);
        const text = events.filter(({ type }) => type === 'chunk').map(({ content }) => content).join('');
        assert.equal(text, (await run.result).text);
        assert.equal(events.reduce((sum, { n = 1, type }) => sum + (type === 'chunk' ? n : 0), 0), count);
    });

    it('should end the iteration and the result with the server\'s error', async () => {
        const rig = await openClient();
        const run = rig.client.stream('x');
        const events = collect(run);
        rig.last.receive(chunk(run, 1, 'a'));
        rig.last.receive({
            type: 'error', requestId: run.requestId, seq: 2, error: 'the model is busy', code: 'MODEL_UNAVAILABLE', retryable: true, retryAfterMs: 900,
        });
        for (const failing of [events, run.result]) {
            await assert.rejects(failing, (error) => code('MODEL_UNAVAILABLE', /busy/)(error) && error.retryable
                && error.retryAfterMs === 900 && error.requestId === run.requestId);
        }
        assert.equal(run.partialText, 'a');
    });

    it('should leave no unhandled rejection where a failed run is not looked at', async (t) => {
        const unhandled = t.mock.fn();
        process.on('unhandledRejection', unhandled);
        const rig = await openClient();
        rig.client.stream('x');
        rig.last.end(1006);
        await settle();
        process.off('unhandledRejection', unhandled);
        assert.equal(unhandled.mock.callCount(), 0);
    });

    it('should fail every live run where the connection is lost, and not send it again', async () => {
        const rig = await openClient();
        const run = rig.client.stream('x');
        const reading = collect(run);
        const generating = rig.client.generate('y');
        rig.last.receive(chunk(run, 1, 'a'));
        rig.last.end(1006);
        for (const failing of [run.result, reading, generating]) {
            await assert.rejects(failing, (error) => code('CONNECTION_LOST', /lost \(1006\).*had not ended/)(error)
                && error.retryable && error.closeCode === 1006 && error.requestId !== undefined);
        }
        await rig.redial();
        rig.last.acceptAndGreet();
        assert.deepEqual(rig.last.sent, []);
        rig.last.receive(chunk(run, 2, 'b'));
        assert.equal(run.partialText, 'a');
    });

    it('should notice a missing event and stop the run', async () => {
        const rig = await openClient();
        const run = rig.client.stream('x');
        rig.last.receive(chunk(run, 1, 'a'));
        rig.last.receive(chunk(run, 3, 'c'));
        await assert.rejects(run.result, code('SEQUENCE_GAP', /expected event 2 .*got 3 \(n = 1\)/));
        assert.equal(rig.last.ofType('cancel')[0].payload.requestId, run.requestId);
        assert.equal(run.partialText, 'a');
    });

    it('should notice a joined chunk that does not fit', async () => {
        const rig = await openClient();
        const run = rig.client.stream('x');
        rig.last.receive(chunk(run, 2, 'ab', { n: 2 }));
        rig.last.receive(chunk(run, 4, 'bcd', { n: 3 }));
        await assert.rejects(run.result, code('SEQUENCE_GAP'));
    });

    it('should drop an event that came before', async () => {
        const rig = await openClient();
        const run = rig.client.stream('x');
        const texts = collect(run.text());
        for (const seq of [1, 2, 2, 1, 3]) {
            rig.last.receive(chunk(run, seq, `${seq}`));
        }
        rig.last.receive({ type: 'stream_complete', requestId: run.requestId, seq: 4, ...COMPLETE });
        assert.deepEqual(await texts, ['1', '2', '3']);
    });

    it('should let a requestId be used again once its run has ended, and ignore what comes late', async () => {
        const rig = await openClient();
        const first = rig.client.stream('x', { requestId: 'r' });
        rig.last.receive({ type: 'stream_complete', requestId: 'r', seq: 1, ...COMPLETE });
        rig.last.receive(chunk(first, 2, 'late'));
        assert.equal((await first.result).text, '');
        const second = rig.client.stream('y', { requestId: 'r' });
        rig.last.receive(chunk(second, 1, 'fresh'));
        assert.equal(second.partialText, 'fresh');
    });

    it('should let the events be read once', async () => {
        const rig = await openClient();
        const run = rig.client.stream('x');
        run.events();
        assert.throws(() => run[Symbol.asyncIterator](), code('INVALID_ARGUMENT', /read already/));
    });
});

describe('cancelling', () => {
    it('should send cancel and resolve with what had arrived', async () => {
        const rig = await openClient();
        const run = rig.client.stream('x');
        rig.last.receive(chunk(run, 1, 'a '));
        const result = run.cancel('enough');
        assert.deepEqual(rig.last.sent[1], { type: 'cancel', payload: { requestId: run.requestId, reason: 'enough' } });
        rig.last.receive(chunk(run, 2, 'b '));
        const usage = { outputTokens: 2, estimated: true };
        rig.last.receive({ type: 'cancelled', requestId: run.requestId, seq: 3, reason: 'enough', upstreamClosed: true, latencyMs: 4, usage });
        assert.deepEqual(await result, {
            requestId: run.requestId, text: 'a b ', reasoning: '', cancelled: true, reason: 'enough', upstreamClosed: true, latencyMs: 4, usage,
        });
        run.cancel();
        assert.equal(rig.last.ofType('cancel').length, 1);
    });

    it('should not end a run by an error that answers its cancel', async () => {
        const rig = await openClient();
        const errors = [];
        rig.client.on('error', (error) => errors.push(error.code));
        const run = rig.client.stream('x');
        run.cancel();
        rig.last.receive({ type: 'error', error: 'slow down', code: 'RATE_LIMITED', requestId: run.requestId, inReplyTo: 'cancel' });
        assert.equal(run.ended, false);
        assert.deepEqual(errors, ['RATE_LIMITED']);
        rig.last.receive({ type: 'stream_complete', requestId: run.requestId, seq: 1, ...COMPLETE });
        assert.equal((await run.result).cancelled, false);
    });

    it('should cancel by an AbortSignal, and refuse one that is aborted', async () => {
        const rig = await openClient();
        const controller = new AbortController();
        const run = rig.client.stream('x', { signal: controller.signal });
        assert.equal(rig.last.sent[0].payload.signal, undefined);
        controller.abort('user left');
        assert.deepEqual(rig.last.ofType('cancel')[0].payload, { requestId: run.requestId, reason: 'user left' });
        assert.throws(() => rig.client.stream('y', { signal: controller.signal }), code('CANCELLED'));
        await assert.rejects(rig.client.generate('y', { signal: AbortSignal.abort() }), code('CANCELLED'));
    });

    it('should not cancel a run that has ended when its signal is aborted', async () => {
        const rig = await openClient();
        const controller = new AbortController();
        const run = rig.client.stream('x', { signal: controller.signal });
        rig.last.receive({ type: 'stream_complete', requestId: run.requestId, seq: 1, ...COMPLETE });
        await run.result;
        controller.abort();
        assert.equal(rig.last.ofType('cancel').length, 0);
    });

    it('should reject generate and callTool with CANCELLED', async () => {
        const rig = await openClient();
        const pairs = [['g', rig.client.generate('x', { requestId: 'g' })], ['t', rig.client.callTool('sleep', {}, { requestId: 't' })]];
        for (const [requestId, promise] of pairs) {
            rig.client.cancel(requestId);
            rig.last.receive({ type: 'cancelled', requestId, seq: 1, upstreamClosed: true });
            await assert.rejects(promise, (error) => code('CANCELLED')(error) && error.requestId === requestId);
        }
    });

    it('should cancel where the reader leaves the loop, and not where that was prevented', async () => {
        const rig = await openClient();
        for (const [options, cancels] of [[{ preventCancel: true }, 0], [{}, 1]]) {
            const run = rig.client.stream('x');
            rig.last.receive(chunk(run, 1, 'a'));
            for await (const event of run.events(options)) {
                assert.equal(event.content, 'a');
                break;
            }
            assert.equal(rig.last.ofType('cancel').length, cancels);
        }
    });
});

describe('generate and callTool', () => {
    it('should resolve with the response', async () => {
        const rig = await openClient();
        const answer = rig.client.generate({ messages: [{ role: 'user', content: 'Hi' }] }, { requestId: 'r', options: { temperature: 0.5 } });
        assert.deepEqual(rig.last.sent, [{
            type: 'generate', requestId: 'r', payload: { messages: [{ role: 'user', content: 'Hi' }], options: { temperature: 0.5 } },
        }]);
        rig.last.receive({ type: 'response', requestId: 'r', seq: 1, content: 'Paris', data: 'Paris', ...COMPLETE });
        assert.deepEqual(await answer, { requestId: 'r', text: 'Paris', reasoning: '', ...COMPLETE });
    });

    it('should resolve with what the tool returned, and reject with what it threw', async () => {
        const rig = await openClient();
        const sum = rig.client.callTool('add', { a: 1, b: 2 }, { requestId: 'a' });
        assert.deepEqual(rig.last.sent[0], { type: 'tool_call', requestId: 'a', payload: { toolName: 'add', args: { a: 1, b: 2 } } });
        rig.last.receive({ type: 'tool_result', requestId: 'a', seq: 1, toolName: 'add', result: 3, error: null });
        assert.equal(await sum, 3);
        const failing = rig.client.callTool('add', {}, { requestId: 'b' });
        rig.last.receive({ type: 'tool_result', requestId: 'b', seq: 1, toolName: 'add', error: 'a is missing' });
        await assert.rejects(failing, code('TOOL_FAILED', /"add" failed: a is missing/));
        const unknown = rig.client.callTool('nope', {}, { requestId: 'c' });
        rig.last.receive({ type: 'error', requestId: 'c', seq: 1, error: 'no tool nope', code: 'TOOL_NOT_FOUND', inReplyTo: 'tool_call' });
        await assert.rejects(unknown, code('TOOL_NOT_FOUND'));
    });
});

describe('requests while not open', () => {
    it('should wait for the connection, in order, and be sent once', async () => {
        const rig = fakeClient();
        const connecting = rig.client.connect();
        const runs = ['a', 'b', 'c'].map((prompt) => rig.client.stream(prompt));
        rig.last.open();
        assert.equal(rig.last.sent.length, 0);
        rig.last.greet();
        await connecting;
        assert.deepEqual(rig.last.sent.map(({ payload }) => payload.prompt), ['a', 'b', 'c']);
        rig.last.receive({ type: 'stream_complete', requestId: runs[2].requestId, seq: 1, ...COMPLETE });
        assert.equal((await runs[2].result).finishReason, 'stop');
    });

    it('should survive a reconnection that takes several attempts', async () => {
        const rig = await openClient();
        rig.last.end(1006);
        const answer = rig.client.generate('x', { requestId: 'r' });
        await rig.redial();
        rig.last.fail();
        await rig.redial();
        rig.last.acceptAndGreet();
        rig.last.receive({ type: 'response', requestId: 'r', seq: 1, content: 'y' });
        assert.equal((await answer).text, 'y');
    });

    it('should be refused above maxPending', async () => {
        const rig = fakeClient({ maxPending: 2 });
        rig.client.connect().catch(() => {});
        rig.client.stream('a');
        rig.client.stream('b');
        assert.throws(() => rig.client.stream('c'), (error) => code('QUEUE_FULL', /2 requests/)(error) && error.retryable);
        await assert.rejects(rig.client.generate('d'), code('QUEUE_FULL'));
    });

    it('should fail where the client gives up', async () => {
        const rig = await openClient({ reconnect: { maxAttempts: 1 } });
        rig.last.end(1006);
        const run = rig.client.stream('x');
        await rig.redial();
        rig.last.fail('refused');
        await assert.rejects(run.result, code('CONNECT_FAILED', /had not ended/));
    });

    it('should be cancelled here, without a word to the server', async () => {
        const rig = fakeClient();
        rig.client.connect().catch(() => {});
        const run = rig.client.stream('x');
        const result = await run.cancel('changed my mind');
        assert.deepEqual({ cancelled: result.cancelled, reason: result.reason, text: result.text },
            { cancelled: true, reason: 'changed my mind', text: '' });
        rig.last.acceptAndGreet();
        assert.deepEqual(rig.last.sent, []);
    });

    it('should be refused before connect', async () => {
        const rig = fakeClient();
        assert.throws(() => rig.client.stream('x'), code('NOT_CONNECTED', /connect\(\) first/));
        await assert.rejects(rig.client.generate('x'), code('NOT_CONNECTED'));
        assert.throws(() => rig.client.cancel('r'), code('NOT_CONNECTED'));
    });
});

describe('limits of the server', () => {
    it('should refuse a message it would not take, counted in bytes', async () => {
        const rig = await openClient({}, { limits: { maxMessageBytes: 200 } });
        assert.throws(() => rig.client.stream('é'.repeat(80)), code('MESSAGE_TOO_LARGE', /takes 200/));
        rig.client.stream('e'.repeat(80));
        assert.equal(rig.last.sent.length, 1);
    });

    it('should fail only the waiting request that is too large', async () => {
        const rig = fakeClient();
        const connecting = rig.client.connect();
        const large = rig.client.stream('e'.repeat(300));
        rig.client.stream('small');
        rig.last.acceptAndGreet({ limits: { maxMessageBytes: 200 } });
        await connecting;
        await assert.rejects(large.result, code('MESSAGE_TOO_LARGE'));
        assert.deepEqual(rig.last.sent.map(({ payload }) => payload.prompt), ['small']);
    });
});

describe('messages of the connection', () => {
    it('should report errors without a run, and what it cannot read', async () => {
        const rig = await openClient();
        const errors = [];
        rig.client.on('error', (error) => errors.push([error.code, error.message]));
        rig.last.receive({ type: 'error', error: 'Invalid JSON message', code: 'INVALID_JSON' });
        rig.last.receive({ type: 'error', error: 'reference servers send no code' });
        rig.last.receive('{broken');
        rig.last.receive('{"payload":{}}');
        rig.last.receive(new ArrayBuffer(2));
        rig.last.receive({ type: 'from_the_future', payload: {} });
        assert.deepEqual(errors, [
            ['INVALID_JSON', 'Invalid JSON message'], ['UNKNOWN_ERROR', 'reference servers send no code'],
            ['INVALID_MESSAGE', 'the server sent a message that is not JSON'], ['INVALID_MESSAGE', 'the server sent a message without a type'],
            ['INVALID_MESSAGE', 'the server sent a binary message'],
        ]);
        assert.equal(rig.client.state, 'open');
    });

    it('should renew a token on the living connection', async () => {
        const rig = await openClient({ token: 'old' });
        const expiring = [];
        rig.client.on('auth_expiring', ({ expiresAt }) => expiring.push(expiresAt));
        rig.last.receive({ type: 'auth_expiring', expiresAt: 5 });
        assert.deepEqual(expiring, [5]);
        const renewed = rig.client.authenticate('new');
        assert.deepEqual(rig.last.sent, [{ type: 'auth', payload: { token: 'new' } }]);
        rig.last.receive({ type: 'auth_ok', expiresAt: 50 });
        assert.equal((await renewed).expiresAt, 50);
        const refused = rig.client.authenticate('bad');
        rig.last.receive({ type: 'error', error: 'unknown token', code: 'AUTH_INVALID', inReplyTo: 'auth' });
        await assert.rejects(refused, code('AUTH_INVALID', /unknown token/));
        const unanswered = assert.rejects(rig.client.authenticate('slow'), code('AUTH_TIMEOUT'));
        await rig.timers.advance(10_000);
        await unanswered;
    });

    it('should tell of a quota that is nearly used up', async () => {
        const rig = await openClient();
        const told = [];
        const errors = [];
        rig.client.on('rate_limit', ({ limit, remaining, retryAfterMs }) => told.push([limit, remaining, retryAfterMs]));
        rig.client.on('error', (error) => errors.push(error));
        rig.last.receive({ type: 'rate_limit', limit: 'runs', max: 10, remaining: 1, retryAfterMs: 0 });
        rig.last.receive({ type: 'rate_limit', limit: 'tokens', max: 1000, remaining: 0, retryAfterMs: 4200 });
        assert.deepEqual(told, [['runs', 1, 0], ['tokens', 0, 4200]]);
        assert.deepEqual(errors, []);
    });

    it('should show every text both ways', async () => {
        const rig = await openClient();
        const seen = [];
        const off = rig.client.on('message', ({ direction, text }) => seen.push([direction, JSON.parse(text).type]));
        rig.client.stream('x');
        rig.last.receive({ type: 'ping', timestamp: 1 });
        off();
        rig.client.stream('y');
        assert.deepEqual(seen, [['out', 'stream'], ['in', 'ping'], ['out', 'pong']]);
    });

    it('should survive a listener that throws, and let its error be seen', async (t) => {
        const rig = await openClient();
        const thrown = t.mock.method(globalThis, 'queueMicrotask', () => {});
        rig.client.on('shutdown', () => {
            throw new Error('listener broke');
        });
        const later = t.mock.fn();
        rig.client.on('shutdown', later);
        rig.last.receive({ type: 'shutdown', message: 'x' });
        assert.throws(thrown.mock.calls[0].arguments[0], /listener broke/);
        assert.equal(later.mock.callCount(), 1);
        assert.equal(rig.client.state, 'open');
    });
});

describe('misuse', () => {
    it('should be told at once', async () => {
        const WebSocket = class {};
        const bad = [
            ['ftp://x', { WebSocket }, /must start with ws:/], ['not a url', { WebSocket }, /not a URL/],
            ['ws://x', { WebSocket, auth: 'header' }, /auth must be one of/], ['ws://x', { WebSocket, token: '' }, /token/],
            ['ws://x', { WebSocket, token: 7 }, /token/], ['ws://x', { WebSocket, maxPending: -1 }, /maxPending/],
            ['ws://x', { WebSocket, heartbeatMs: 'soon' }, /heartbeatMs/], ['ws://x', { WebSocket, reconnect: { baseDelayMs: NaN } }, /baseDelayMs/],
        ];
        for (const [url, options, message] of bad) {
            assert.throws(() => new NeuroLinkClient(url, options), code('INVALID_ARGUMENT', message));
        }
        assert.throws(() => new NeuroLinkClient('ws://x', { WebSocket: undefined }), code('NO_WEBSOCKET', /"ws" package/));
        const { client } = await openClient();
        for (const input of [undefined, null, 7, {}, { prompt: 3 }]) {
            assert.throws(() => client.stream(input), code('INVALID_ARGUMENT', /prompt/));
        }
        assert.throws(() => client.stream('x', { requestId: '' }), code('INVALID_ARGUMENT', /requestId/));
        client.stream('x', { requestId: 'same' });
        assert.throws(() => client.stream('x', { requestId: 'same' }), code('INVALID_ARGUMENT', /"same" is going on/));
        await assert.rejects(client.callTool(), code('INVALID_ARGUMENT', /name of a tool/));
        assert.throws(() => client.on('opened', () => {}), code('INVALID_ARGUMENT', /no event "opened"/));
        assert.throws(() => client.on('state'), code('INVALID_ARGUMENT', /function/));
        await assert.rejects(client.authenticate(''), code('INVALID_ARGUMENT', /token/));
    });
});

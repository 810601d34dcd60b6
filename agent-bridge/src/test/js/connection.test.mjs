/** The client's connection: how it is made, lost, mended and closed. Over a scripted socket and a clock that the test moves. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SUBPROTOCOL } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { code, fakeClient, openClient, settle } from './support/fakes.mjs';

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
        for (const [status, expected] of [['401', 'AUTH_REQUIRED'], ['403', 'FORBIDDEN'], ['503', 'CONNECT_FAILED']]) {
            const rig = fakeClient();
            const connecting = rig.client.connect();
            rig.last.fail(`Unexpected server response: ${status}`);
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

/** How runs get over a lost connection: over a scripted socket and a clock that the test moves. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NeuroLinkError } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { fakeClient, openClient, settle } from './support/fakes.mjs';

const SERVER = { epoch: 'e1', limits: { resumeTtlMs: 60_000, replayBytes: 1_000, maxMessageBytes: 100_000 } };
const COMPLETE = { type: 'stream_complete', finishReason: 'stop', usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } };

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

/** A client of a server that can resume, and what a test does with the two. */
async function resumable(options, fields) {
    const rig = await openClient(options, { ...SERVER, ...fields });
    const runs = [];
    rig.client.on('run', ({ requestId, state, resumed }) => runs.push([requestId, state, ...(resumed ? [resumed] : [])]));
    return Object.assign(Object.create(Object.getPrototypeOf(rig), Object.getOwnPropertyDescriptors(rig)), {
        runs,
        cut: (closeCode = 1006) => rig.last.end(closeCode),
        reconnect: async (more) => {
            await rig.redial();
            rig.last.acceptAndGreet({ ...SERVER, ...more });
        },
        chunk: (requestId, seq, content, more = {}) => rig.last.receive({ type: 'chunk', requestId, seq, content, ...more }),
        resumed: (requestId, after, to, live = true) => rig.last.receive({ type: 'resumed', requestId, after, to, live }),
        failed: (requestId, reason, more = {}) => rig.last.receive({ type: 'resume_failed', requestId, reason, ...more }),
        complete: (requestId, seq) => rig.last.receive({ ...COMPLETE, requestId, seq }),
    });
}

function resumeOf(requestId, after, more = {}) {
    return { type: 'resume', payload: { requestId, after, ...more } };
}

describe('a run whose connection is lost', () => {
    it('should be interrupted, ask for what is missing, and give its text once', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        const texts = collect(run.text());
        rig.last.receive({ type: 'accepted', requestId: 'r', seq: 0 });
        rig.last.receive({ type: 'stream_start', requestId: 'r', seq: 1 });
        rig.chunk('r', 2, 'a ');
        rig.cut();
        assert.equal(run.state, 'interrupted');
        assert.equal(run.ended, false);
        await rig.reconnect();
        assert.deepEqual(rig.last.sent, [resumeOf('r', 2, { epoch: 'e1' })]);
        rig.resumed('r', 2, 4);
        assert.equal(run.state, 'running');
        rig.chunk('r', 2, 'a ');
        rig.chunk('r', 4, 'b c ', { n: 2 });
        rig.chunk('r', 5, 'd');
        rig.complete('r', 6);
        assert.deepEqual(await texts, ['a ', 'b c ', 'd']);
        assert.equal((await run.result).text, 'a b c d');
        assert.deepEqual(rig.runs, [['r', 'running'], ['r', 'interrupted'], ['r', 'running', { after: 2, to: 4, live: true }], ['r', 'completed']]);
    });

    it('should be asked for from the very beginning where it was only accepted', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.last.receive({ type: 'accepted', requestId: 'r', seq: 0 });
        rig.cut();
        await rig.reconnect();
        assert.deepEqual(rig.last.sent, [resumeOf('r', 0, { epoch: 'e1' })]);
        rig.resumed('r', 0, 1, false);
        rig.complete('r', 1);
        assert.equal((await run.result).text, '');
    });

    it('should be sent again with the same name where the server never got it', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r', sessionId: 's' });
        const [request] = rig.last.sent;
        rig.cut();
        await rig.reconnect();
        assert.deepEqual(rig.last.sent, [resumeOf('r', 0)]);
        rig.failed('r', 'unknown');
        assert.deepEqual(rig.last.sent[1], request);
        rig.last.receive({ type: 'accepted', requestId: 'r', seq: 0 });
        rig.complete('r', 1);
        assert.equal((await run.result).finishReason, 'stop');
    });

    it('should be followed where the server got it, though its word of that was lost', async () => {
        const rig = await resumable();
        const answer = rig.client.generate('x', { requestId: 'r' });
        rig.cut();
        await rig.reconnect();
        rig.resumed('r', 0, 1, false);
        rig.last.receive({ type: 'response', requestId: 'r', seq: 1, content: 'y' });
        assert.equal((await answer).text, 'y');
        assert.equal(rig.last.ofType('generate').length, 0);
    });

    it('should go on though it is cut again before it was answered, any number of times', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.chunk('r', 1, 'a');
        for (let round = 0; round < 5; round++) {
            rig.cut();
            await rig.reconnect();
            assert.deepEqual(rig.last.sent, [resumeOf('r', 1, { epoch: 'e1' })]);
        }
        rig.resumed('r', 1, 3);
        rig.chunk('r', 2, 'b');
        rig.cut();
        await rig.reconnect();
        assert.deepEqual(rig.last.sent, [resumeOf('r', 2, { epoch: 'e1' })]);
        rig.resumed('r', 2, 3);
        rig.chunk('r', 3, 'c');
        rig.complete('r', 4);
        assert.equal((await run.result).text, 'abc');
    });

    it('should wait for the others too: all of them are resumed, and what was not sent is sent after', async () => {
        const rig = await resumable();
        const runs = ['a', 'b', 'c'].map((requestId) => rig.client.stream(requestId, { requestId }));
        runs.forEach((run, index) => index > 0 && rig.chunk(run.requestId, 1, 'x'));
        rig.cut();
        const late = rig.client.stream('late', { requestId: 'd' });
        assert.equal(late.state, 'pending');
        await rig.reconnect();
        assert.deepEqual(rig.last.sent.map(({ type, requestId, payload }) => [type, requestId ?? payload.requestId]),
            [['resume', 'a'], ['resume', 'b'], ['resume', 'c'], ['stream', 'd']]);
    });

    it('should fail with the client, and where it gives up', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x');
        rig.cut();
        rig.client.close();
        await assert.rejects(run.result, code('CLOSED', /had not ended/));
        const other = await resumable({ reconnect: { maxAttempts: 1 } });
        const failing = other.client.stream('x');
        other.cut();
        assert.equal(failing.state, 'interrupted');
        await other.redial();
        other.last.fail('refused');
        await assert.rejects(failing.result, code('CONNECT_FAILED', /refused.*had not ended/));
        assert.equal(failing.state, 'failed');
    });

    it('should fail at once where the client never reconnects, or the server cannot resume', async () => {
        const rig = await resumable({ reconnect: false });
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.cut();
        await assert.rejects(run.result, code('CONNECTION_LOST'));
        assert.deepEqual(rig.runs, [['r', 'running'], ['r', 'failed']]);
        const plain = await resumable({}, { limits: {} });
        const failing = plain.client.stream('x');
        plain.cut();
        await assert.rejects(failing.result, code('CONNECTION_LOST'));
    });

    it('should fail where the next server cannot resume', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x');
        rig.cut();
        await rig.reconnect({ limits: {} });
        await assert.rejects(run.result, code('CONNECTION_LOST', /had not ended/));
    });

    it('should survive a listener that closes the client while it is resumed', async () => {
        const rig = await resumable();
        const runs = ['a', 'b'].map((requestId) => rig.client.stream(requestId, { requestId }));
        rig.cut();
        rig.client.on('run', ({ state }) => state === 'interrupted' || rig.client.close());
        await rig.redial();
        rig.last.acceptAndGreet(SERVER);
        rig.resumed('a', 0, 0);
        for (const run of runs) {
            await assert.rejects(run.result, code('CLOSED'));
        }
        assert.equal(rig.client.state, 'closed');
    });
});

describe('a run that cannot be resumed', () => {
    for (const reason of ['unknown', 'expired', 'trimmed', 'epoch', 'forbidden']) {
        it(`should fail with a code that says "${reason}"`, async () => {
            const rig = await resumable();
            const run = rig.client.stream('x', { requestId: 'r' });
            const reading = collect(run);
            rig.chunk('r', 1, 'a');
            rig.cut();
            await rig.reconnect({ epoch: 'e2' });
            rig.failed('r', reason, reason === 'trimmed' ? { oldestSeq: 7 } : {});
            for (const failing of [run.result, reading]) {
                await assert.rejects(failing, (error) => code(`RESUME_${reason.toUpperCase()}`, /"r" cannot be resumed/)(error)
                    && error.requestId === 'r' && error.oldestSeq === (reason === 'trimmed' ? 7 : undefined));
            }
            assert.equal(run.partialText, 'a');
            assert.equal(rig.last.sent.length, 1);
        });
    }

    it('should be gone on with from the oldest event where that is asked for', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.chunk('r', 1, 'a');
        rig.failed('r', 'trimmed', { oldestSeq: 7 });
        const error = await run.result.catch((failure) => failure);
        const rest = rig.client.attach('r', { after: error.oldestSeq - 1, text: `${run.partialText}…` });
        assert.deepEqual(rig.last.sent.at(-1), resumeOf('r', 6));
        rig.resumed('r', 6, 8);
        rig.chunk('r', 8, 'gh', { n: 2 });
        rig.complete('r', 9);
        assert.equal((await rest.result).text, 'a…gh');
    });

    it('should be resumed where the server let go of a slow reader that has missed nothing', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.chunk('r', 6, 'abcdef', { n: 6 });
        rig.failed('r', 'trimmed', { oldestSeq: 7 });
        assert.deepEqual(rig.last.sent.at(-1), resumeOf('r', 6, { epoch: 'e1' }));
        rig.failed('r', 'trimmed', { oldestSeq: 7 });
        await assert.rejects(run.result, code('RESUME_TRIMMED'));
    });

    it('should be sent anew to a server that was restarted and never had accepted it, unless it is a tool', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        const tool = rig.client.callTool('pay', {}, { requestId: 't' });
        rig.cut();
        await rig.reconnect({ epoch: 'e2' });
        rig.failed('r', 'unknown');
        rig.failed('t', 'unknown');
        await assert.rejects(tool, code('RESUME_UNKNOWN'));
        assert.equal(rig.last.ofType('stream').length, 1);
        rig.complete('r', 1);
        assert.equal((await run.result).cancelled, false);
    });

    it('should be sent again, a tool too, to the same server that never got it', async () => {
        const rig = await resumable();
        const tool = rig.client.callTool('pay', {}, { requestId: 't' });
        rig.cut();
        await rig.reconnect();
        rig.failed('t', 'unknown');
        assert.equal(rig.last.ofType('tool_call').length, 1);
        rig.last.receive({ type: 'tool_result', requestId: 't', seq: 1, toolName: 'pay', result: 'paid' });
        assert.equal(await tool, 'paid');
    });
});

describe('a name the server knows', () => {
    for (const named of [true, false]) {
        it(`should be followed instead of run twice, the error ${named ? 'with' : 'without'} the name`, async () => {
            const rig = await resumable();
            const other = rig.client.stream('other', { requestId: 'o' });
            rig.chunk('o', 1, 'o');
            const run = rig.client.stream('x', { requestId: 'r' });
            rig.last.receive({
                type: 'error', error: 'known', code: 'DUPLICATE_REQUEST', retryable: false, inReplyTo: 'stream', ...(named ? { requestId: 'r' } : {}),
            });
            assert.deepEqual(rig.last.ofType('resume'), [resumeOf('r', 0)]);
            rig.resumed('r', 0, 2);
            rig.chunk('r', 2, 'ab', { n: 2 });
            rig.complete('r', 3);
            assert.equal((await run.result).text, 'ab');
            assert.equal(other.state, 'running');
        });
    }

    it('should not be asked for again and again', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.last.receive({ type: 'error', error: 'known', code: 'DUPLICATE_REQUEST', inReplyTo: 'stream' });
        rig.failed('r', 'unknown');
        await assert.rejects(run.result, code('RESUME_UNKNOWN'));
        assert.equal(rig.last.ofType('stream').length, 1);
    });

    it('should fail the run on a server that cannot resume', async () => {
        const rig = await resumable({}, { limits: {} });
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.last.receive({ type: 'error', error: 'known', code: 'DUPLICATE_REQUEST', inReplyTo: 'stream' });
        await assert.rejects(run.result, code('DUPLICATE_REQUEST'));
    });

    it('should be an error of the connection where no run can be meant', async () => {
        const rig = await resumable();
        const errors = [];
        rig.client.on('error', (error) => errors.push(error.code));
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.chunk('r', 1, 'a');
        rig.last.receive({ type: 'error', error: 'known', code: 'DUPLICATE_REQUEST', inReplyTo: 'stream', requestId: 'r' });
        assert.deepEqual(errors, ['DUPLICATE_REQUEST']);
        assert.equal(run.state, 'running');
    });
});

describe('the order of events', () => {
    it('should be mended by a new connection where one is missing, at once for all runs', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        const other = rig.client.stream('y', { requestId: 'o' });
        rig.chunk('r', 1, 'a');
        rig.chunk('o', 1, 'o');
        rig.chunk('r', 3, 'c');
        assert.equal(rig.last.closedWith.code, 4000);
        assert.equal(run.state, 'interrupted');
        code('SEQUENCE_GAP', /expected event 2 .*got 3 \(n = 1\)/)(rig.states.at(-1).error);
        await rig.reconnect();
        assert.deepEqual(rig.last.ofType('resume').map(({ payload }) => [payload.requestId, payload.after]), [['r', 1], ['o', 1]]);
        rig.resumed('r', 1, 3);
        rig.chunk('r', 3, 'bc', { n: 2 });
        rig.complete('r', 4);
        assert.equal((await run.result).text, 'abc');
        assert.equal(other.state, 'interrupted');
    });

    it('should be given up where the same event is missing again', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.chunk('r', 1, 'a');
        rig.chunk('r', 4, 'cd', { n: 2 });
        await rig.reconnect();
        rig.resumed('r', 1, 4);
        rig.chunk('r', 4, 'cd', { n: 2 });
        await assert.rejects(run.result, code('SEQUENCE_GAP'));
        assert.equal(rig.last.ofType('cancel')[0].payload.requestId, 'r');
        assert.equal(rig.client.state, 'open');
    });

    it('should hold though a joined chunk begins before what was seen', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.chunk('r', 2, 'ab', { n: 2 });
        rig.chunk('r', 3, 'bc', { n: 2 });
        assert.equal(run.state, 'interrupted');
        assert.equal(run.partialText, 'ab');
    });

    it('should not look at live events before the resume is answered', async () => {
        const rig = await resumable();
        const run = rig.client.attach('r', { after: 2 });
        rig.chunk('r', 9, 'early');
        assert.equal(rig.client.state, 'open');
        rig.resumed('r', 2, 3);
        rig.chunk('r', 3, 'c');
        assert.equal(run.partialText, 'c');
    });
});

describe('attaching', () => {
    it('should follow a run from its beginning or from where one is, with what is known already', async () => {
        const rig = await resumable();
        const whole = rig.client.attach('a');
        const rest = rig.client.attach('b', { after: 5, text: 'so far ' });
        assert.deepEqual(rig.last.sent, [resumeOf('a', 0), resumeOf('b', 5)]);
        rig.resumed('a', 0, 2);
        rig.resumed('b', 5, 5);
        rig.last.receive({ type: 'stream_start', requestId: 'a', seq: 1 });
        rig.chunk('a', 2, 'text');
        rig.complete('a', 3);
        rig.chunk('b', 6, 'and on');
        rig.complete('b', 7);
        assert.equal((await whole.result).text, 'text');
        assert.deepEqual({ ...(await rest.result), usage: 0 },
            { requestId: 'b', text: 'so far and on', reasoning: '', cancelled: false, finishReason: 'stop', usage: 0, timing: undefined });
    });

    it('should find the end of a run of any kind', async () => {
        const rig = await resumable();
        const generated = rig.client.attach('g');
        const tool = rig.client.attach('t');
        const streamed = rig.client.attach('s', { after: 1 });
        ['g', 't', 's'].forEach((id) => rig.resumed(id, 0, 9));
        rig.last.receive({ type: 'response', requestId: 'g', seq: 1, content: 'answer' });
        rig.last.receive({ type: 'tool_result', requestId: 't', seq: 1, toolCallId: 'c', toolName: 'add', result: 5 });
        rig.last.receive({ type: 'tool_result', requestId: 's', seq: 2, toolCallId: 'c', toolName: 'add', result: 5 });
        assert.equal((await generated.result).text, 'answer');
        assert.equal((await tool.result).toolResult, 5);
        assert.equal(streamed.ended, false);
    });

    it('should end at once where all was seen', async () => {
        const rig = await resumable();
        const run = rig.client.attach('r', { after: 4, text: 'all of it' });
        rig.resumed('r', 4, 4, false);
        assert.equal((await run.result).text, 'all of it');
        assert.equal(rig.client.run('r'), undefined);
    });

    it('should survive lost connections like any run, and wait for the first one', async () => {
        const rig = fakeClient();
        rig.client.connect();
        const run = rig.client.attach('r');
        assert.equal(rig.client.run('r'), run);
        rig.last.acceptAndGreet(SERVER);
        assert.deepEqual(rig.last.sent, [resumeOf('r', 0)]);
        rig.last.receive({ type: 'resumed', requestId: 'r', after: 0, to: 0, live: true });
        rig.last.receive({ type: 'chunk', requestId: 'r', seq: 1, content: 'a' });
        rig.last.end();
        await rig.redial();
        rig.last.acceptAndGreet(SERVER);
        assert.deepEqual(rig.last.sent, [resumeOf('r', 1)]);
    });

    it('should fail where the server does not know the run, or cannot resume', async () => {
        const rig = await resumable();
        const unknown = rig.client.attach('r');
        rig.failed('r', 'unknown');
        await assert.rejects(unknown.result, code('RESUME_UNKNOWN'));
        assert.throws(() => rig.client.attach(''), code('INVALID_ARGUMENT', /requestId/));
        assert.throws(() => rig.client.attach('r', { after: -1 }), code('INVALID_ARGUMENT', /after/));
        const plain = await resumable({}, { limits: {} });
        assert.throws(() => plain.client.attach('r'), code('RESUME_UNSUPPORTED'));
        const lying = await resumable();
        const refused = lying.client.attach('r');
        lying.last.receive({ type: 'error', error: 'Unknown message type: resume', code: 'UNKNOWN_TYPE', inReplyTo: 'resume' });
        await assert.rejects(refused.result, code('RESUME_UNSUPPORTED'));
    });
});

describe('the answer to resume', () => {
    it('should be waited for a while, then another connection is made', async () => {
        const rig = await resumable({ resumeTimeoutMs: 300, heartbeatMs: 0 });
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.cut();
        await rig.reconnect();
        await rig.timers.advance(299);
        assert.equal(rig.client.state, 'open');
        await rig.timers.advance(1);
        code('CONNECTION_LOST', /no answer to "resume" within 300 ms/)(rig.states.at(-1).error);
        await rig.reconnect();
        rig.resumed('r', 0, 0);
        await rig.timers.advance(1_000);
        assert.equal(rig.client.state, 'open');
        assert.equal(run.state, 'running');
    });

    it('should be asked for again where the server wants fewer messages', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.chunk('r', 1, 'a');
        rig.cut();
        await rig.reconnect();
        rig.last.receive({ type: 'error', error: 'too fast', code: 'RATE_LIMITED', retryable: true, retryAfterMs: 700, inReplyTo: 'resume' });
        await rig.timers.advance(949);
        assert.equal(rig.last.ofType('resume').length, 1);
        await rig.timers.advance(1);
        assert.equal(rig.last.ofType('resume').length, 2);
        rig.last.receive({ type: 'error', error: 'no', code: 'FORBIDDEN', retryable: false, inReplyTo: 'resume', requestId: 'r' });
        await assert.rejects(run.result, code('FORBIDDEN'));
    });

    it('should not be asked for later on a connection that is lost by then', async () => {
        const rig = await resumable();
        rig.client.stream('x', { requestId: 'r' });
        rig.cut();
        await rig.reconnect();
        rig.last.receive({ type: 'error', error: 'too fast', code: 'RATE_LIMITED', retryable: true, retryAfterMs: 60_000, inReplyTo: 'resume' });
        rig.cut();
        await rig.reconnect();
        assert.equal(rig.last.ofType('resume').length, 1);
        rig.resumed('r', 0, 0);
        await rig.timers.advance(15_000);
        assert.equal(rig.last.ofType('resume').length, 1);
    });
});

describe('cancelling without a connection', () => {
    it('should be told to the server as soon as there is one', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.chunk('r', 1, 'a');
        rig.cut();
        const result = run.cancel('enough');
        await rig.reconnect();
        assert.deepEqual(rig.last.sent, [resumeOf('r', 1, { epoch: 'e1' }), { type: 'cancel', payload: { requestId: 'r', reason: 'enough' } }]);
        rig.resumed('r', 1, 2, false);
        rig.last.receive({ type: 'cancelled', requestId: 'r', seq: 2, reason: 'enough', upstreamClosed: true });
        assert.equal((await result).text, 'a');
        assert.equal(run.state, 'cancelled');
        assert.equal(rig.last.ofType('cancel').length, 1);
    });

    it('should end a request here that the server never got', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.cut();
        run.cancel('enough');
        await rig.reconnect();
        rig.failed('r', 'unknown');
        assert.equal((await run.result).cancelled, true);
        assert.equal(rig.last.ofType('stream').length, 0);
    });

    it('should wait until it is known that the server has the run', async () => {
        const rig = await resumable();
        const run = rig.client.stream('x', { requestId: 'r' });
        rig.cut();
        run.cancel();
        await rig.reconnect();
        assert.equal(rig.last.ofType('cancel').length, 0);
        rig.resumed('r', 0, 3);
        assert.equal(rig.last.ofType('cancel').length, 1);
    });

    it('should cancel an attached run that was not sent yet', async () => {
        const rig = fakeClient();
        rig.client.connect();
        const controller = new AbortController();
        rig.client.attach('r', { signal: controller.signal });
        controller.abort('gone');
        rig.last.acceptAndGreet(SERVER);
        assert.deepEqual(rig.last.sent, [resumeOf('r', 0), { type: 'cancel', payload: { requestId: 'r', reason: 'gone' } }]);
    });
});

describe('ack', () => {
    it('should be sent sparsely, and not for what is over', async () => {
        const rig = await resumable();
        rig.client.stream('x', { requestId: 'r' });
        for (let seq = 1; seq <= 25; seq++) {
            rig.chunk('r', seq, 'x'.repeat(100));
        }
        assert.deepEqual(rig.last.ofType('ack'), [5, 10, 15, 20, 25].map((seq) => ({ type: 'ack', payload: { requestId: 'r', seq } })));
        rig.chunk('r', 26, 'x'.repeat(400));
        rig.complete('r', 27);
        assert.equal(rig.last.ofType('ack').length, 5);
    });

    it('should be as frequent as told, or never', async () => {
        for (const [ackEveryChars, count] of [[1, 3], [0, 0]]) {
            const rig = await resumable({ ackEveryChars });
            rig.client.stream('x', { requestId: 'r' });
            [1, 2, 3].forEach((seq) => rig.chunk('r', seq, 'word'));
            assert.equal(rig.last.ofType('ack').length, count);
        }
    });
});

describe('close codes', () => {
    for (const closeCode of [1002, 1003, 1007, 1008, 1009, 1010]) {
        it(`should not reconnect after ${closeCode}, which this client would meet again`, async () => {
            const rig = await resumable();
            const run = rig.client.stream('x');
            rig.cut(closeCode);
            assert.equal(rig.client.state, 'closed');
            await assert.rejects(run.result, (error) => code('CONNECTION_LOST')(error) && error.closeCode === closeCode && !error.retryable);
        });
    }

    for (const closeCode of [1001, 1006, 1011, 1012, 1013, 1014, 3000, 4000]) {
        it(`should reconnect after ${closeCode}`, async () => {
            const rig = await resumable();
            rig.cut(closeCode);
            assert.equal(rig.client.state, 'reconnecting');
        });
    }

    it('should come back at once where the network does', async () => {
        const heard = new Map();
        globalThis.addEventListener = (name, listener) => heard.set(name, listener);
        globalThis.removeEventListener = (name, listener) => heard.get(name) === listener && heard.delete(name);
        try {
            const rig = await resumable();
            rig.cut();
            assert.equal(rig.sockets.length, 1);
            heard.get('online')();
            assert.equal(rig.sockets.length, 2);
            assert.equal(heard.size, 0);
        } finally {
            delete globalThis.addEventListener;
            delete globalThis.removeEventListener;
        }
    });
});

describe('a token that expires', () => {
    it('should be renewed by the token function, without a word of the application', async () => {
        const tokens = ['first', 'second'];
        const rig = await resumable({ token: () => tokens.shift() });
        const expiring = [];
        rig.client.on('auth_expiring', ({ expiresAt }) => expiring.push(expiresAt));
        rig.last.receive({ type: 'auth_expiring', expiresAt: 99 });
        await settle();
        assert.deepEqual(rig.last.sent, [{ type: 'auth', payload: { token: 'second' } }]);
        rig.last.receive({ type: 'auth_ok', expiresAt: 999 });
        await settle();
        assert.deepEqual(expiring, [99]);
        assert.ok(!rig.timers.delaysMs.includes(5_000));
    });

    it('should be asked for again where that failed, as long as the connection lives', async () => {
        let count = 0;
        const rig = await resumable({
            heartbeatMs: 0,
            token: () => {
                count++;
                if (count === 2) {
                    throw new Error('vault is shut');
                }
                return `t${count}`;
            },
        });
        const errors = [];
        rig.client.on('error', (error) => errors.push(error));
        rig.last.receive({ type: 'auth_expiring', expiresAt: 99 });
        await settle();
        code('AUTH_EXPIRED', /asked again/)(errors[0]);
        assert.equal(errors[0].cause.message, 'vault is shut');
        await rig.timers.advance(5_000);
        assert.deepEqual(rig.last.sent, [{ type: 'auth', payload: { token: 't3' } }]);
        rig.last.receive({ type: 'error', error: 'unknown token', code: 'AUTH_INVALID', inReplyTo: 'auth' });
        await settle();
        code('AUTH_INVALID')(errors.at(-1));
        rig.cut();
        await rig.timers.advance(1_000);
        rig.last.acceptAndGreet(SERVER);
        await rig.timers.advance(60_000);
        assert.equal(rig.last.ofType('auth').length, 0);
    });

    it('should be left to the application where it is a string', async () => {
        const rig = await resumable({ token: 'fixed' });
        rig.last.receive({ type: 'auth_expiring', expiresAt: 99 });
        await settle();
        assert.deepEqual(rig.last.sent, []);
    });
});

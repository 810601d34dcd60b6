/** Approvals and tools of the client: over a scripted socket and a clock that the test moves. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NeuroLinkError } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { openClient, settle } from './support/fakes.mjs';

const SERVER = { epoch: 'e1', limits: { resumeTtlMs: 60_000, replayBytes: 100_000, maxMessageBytes: 2_000 } };

async function rigWith(streamOptions, clientOptions) {
    const rig = await openClient(clientOptions, SERVER);
    const needed = [];
    rig.client.on('tool_approval_needed', ({ run, call }) => needed.push([run.requestId, call.toolCallId]));
    const run = rig.client.stream('x', { requestId: 'r', ...streamOptions });
    const own = {
        run, needed,
        call: (seq, toolCallId, approval = 'required', more = {}) => rig.last.receive({
            type: 'tool_call', requestId: 'r', seq, toolCallId, toolName: 'pay', args: { sum: 5 }, approval, expiresAt: 99, ...more,
        }),
        result: (seq, toolCallId, more = { result: 'paid' }) => rig.last.receive({
            type: 'tool_result', requestId: 'r', seq, toolCallId, toolName: 'pay', ...more,
        }),
        reconnect: async (after, to = after) => {
            rig.last.end(1006);
            await rig.redial();
            rig.last.acceptAndGreet(SERVER);
            rig.last.receive({ type: 'resumed', requestId: 'r', after, to, live: true });
        },
        answers: () => rig.last.sent.filter(({ type }) => type === 'tool_approval' || type === 'tool_result').map(({ type, payload }) => [type, payload]),
    };
    return Object.assign(Object.create(Object.getPrototypeOf(rig), Object.getOwnPropertyDescriptors(rig)), own);
}

function later() {
    let answer;
    let fail;
    const promise = new Promise((resolve, reject) => {
        answer = resolve;
        fail = reject;
    });
    return { promise, answer, fail };
}

describe('approval', () => {
    it('should be asked of the handler, with the call, and be sent', async () => {
        const calls = [];
        const rig = await rigWith({
            onApproval: (call) => {
                calls.push(call);
                return calls.length === 1;
            },
        });
        rig.call(1, 'a');
        rig.call(2, 'b');
        await settle();
        const { signal, ...call } = calls[0];
        assert.deepEqual(call, { requestId: 'r', toolCallId: 'a', toolName: 'pay', args: { sum: 5 }, expiresAt: 99 });
        assert.equal(signal.aborted, false);
        assert.deepEqual(rig.answers(), [['tool_approval', { toolCallId: 'a', approved: true }], ['tool_approval', { toolCallId: 'b', approved: false }]]);
        assert.deepEqual(rig.needed, [['r', 'a'], ['r', 'b']]);
        assert.equal(rig.last.sent[0].payload.onApproval, undefined);
    });

    for (const [name, said, payload] of [
        ['a reason', async () => ({ approved: false, reason: 'too much' }), { approved: false, reason: 'too much' }],
        ['what is no answer', async () => 'yes', { approved: false }],
        ['an object that is none', async () => ({ ok: 1 }), { approved: false }],
        ['an error', async () => Promise.reject(new Error('no one there')), { approved: false, reason: 'no one there' }],
    ]) {
        it(`should be what the handler says by ${name}`, async () => {
            const rig = await rigWith({ onApproval: said });
            rig.call(1, 'a');
            await settle();
            assert.deepEqual(rig.answers(), [['tool_approval', { toolCallId: 'a', ...payload }]]);
        });
    }

    it('should be asked of the client\'s handler where the run has none', async () => {
        const rig = await rigWith({}, { onApproval: () => true });
        rig.call(1, 'a');
        await settle();
        assert.equal(rig.answers().length, 1);
    });

    it('should be given by hand, once', async () => {
        const rig = await rigWith();
        rig.call(1, 'a');
        rig.call(2, 'b');
        assert.deepEqual(rig.run.pendingApprovals.map(({ toolCallId }) => toolCallId), ['a', 'b']);
        assert.equal(rig.run.approve('b', false, 'no'), true);
        assert.equal(rig.run.approve('b', true), false);
        assert.equal(rig.run.approve('none', true), false);
        assert.throws(() => rig.run.approve('a', 'yes'), { code: 'INVALID_ARGUMENT' });
        assert.deepEqual(rig.run.pendingApprovals.map(({ toolCallId }) => toolCallId), ['a']);
        assert.deepEqual(rig.answers(), [['tool_approval', { toolCallId: 'b', approved: false, reason: 'no' }]]);
    });

    it('should not be asked where nothing is to be approved', async () => {
        const rig = await rigWith({ onApproval: () => assert.fail('asked') });
        rig.call(1, 'a', 'auto');
        rig.result(2, 'a');
        await settle();
        assert.deepEqual(rig.run.pendingApprovals, []);
        assert.deepEqual(rig.answers(), []);
    });

    it('should be needed no more where another tab was first, or the run ended', async () => {
        const signals = [];
        const answers = [];
        const rig = await rigWith({
            onApproval: ({ signal }) => {
                signals.push(signal);
                answers.push(later());
                return answers.at(-1).promise;
            },
        });
        rig.call(1, 'a');
        rig.call(2, 'b');
        rig.result(3, 'a');
        assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false]);
        rig.last.receive({ type: 'cancelled', requestId: 'r', seq: 4 });
        assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true]);
        answers.forEach(({ answer }) => answer(true));
        await settle();
        assert.deepEqual(rig.answers(), []);
        assert.equal(rig.run.approve('b', true), false);
    });

    it('should be asked once though the connection is lost, and sent again where it may not have arrived', async () => {
        let asked = 0;
        const decision = later();
        const rig = await rigWith({
            onApproval: () => {
                asked++;
                return decision.promise;
            },
        });
        rig.call(1, 'a');
        await rig.reconnect(1);
        rig.call(1, 'a');
        await settle();
        assert.deepEqual(rig.answers(), []);
        decision.answer(true);
        await settle();
        assert.equal(rig.answers().length, 1);
        await rig.reconnect(1);
        rig.call(1, 'a');
        assert.deepEqual(rig.answers(), [['tool_approval', { toolCallId: 'a', approved: true }]]);
        await rig.reconnect(1, 2);
        assert.deepEqual(rig.answers(), []);
        rig.result(2, 'a');
        await rig.reconnect(2);
        assert.deepEqual(rig.answers(), []);
        assert.equal(asked, 1);
        assert.equal(rig.needed.length, 1);
    });

    it('should be kept where it is given without a connection', async () => {
        const rig = await rigWith();
        rig.call(1, 'a');
        rig.last.end(1006);
        assert.equal(rig.run.approve('a', true), true);
        await rig.redial();
        rig.last.acceptAndGreet(SERVER);
        assert.deepEqual(rig.answers(), []);
        rig.last.receive({ type: 'resumed', requestId: 'r', after: 1, to: 1, live: true });
        assert.equal(rig.answers().length, 1);
    });

    it('should not be asked for a call whose result is about to come again', async () => {
        const rig = await rigWith({ onApproval: () => assert.fail('asked') });
        rig.last.receive({ type: 'accepted', requestId: 'r', seq: 0 });
        await rig.reconnect(0, 2);
        rig.call(1, 'a');
        rig.result(2, 'a');
        await settle();
        assert.deepEqual(rig.needed, []);
    });

    it('should be asked in a tab that comes later, for calls that it has not seen', async () => {
        const rig = await openClient({}, SERVER);
        const asked = [];
        const run = rig.client.attach('r', { after: 5, onApproval: ({ toolCallId }) => asked.push(toolCallId) > 0 });
        const events = [];
        (async () => {
            for await (const event of run.events()) {
                events.push(event.toolCallId);
            }
        })();
        rig.last.receive({ type: 'resumed', requestId: 'r', after: 5, to: 5, live: true });
        const call = { type: 'tool_call', requestId: 'r', seq: 3, toolCallId: 'a', toolName: 'pay', args: {}, approval: 'required' };
        rig.last.receive(call);
        rig.last.receive(call);
        await settle();
        assert.deepEqual(asked, ['a']);
        assert.deepEqual(events, ['a']);
        assert.equal(run.lastSeq, 5);
        assert.deepEqual(rig.last.ofType('tool_approval').map(({ payload }) => payload), [{ toolCallId: 'a', approved: true }]);
    });
});

describe('tools of the client', () => {
    const schema = { type: 'object', properties: { sum: { type: 'number' } } };

    it('should be declared by name, and beside names of the server\'s', async () => {
        const execute = () => 1;
        const rig = await rigWith({ tools: { pay: { description: 'Pays', inputSchema: schema, execute } } });
        assert.deepEqual(rig.last.sent[0].payload.tools, [{ name: 'pay', description: 'Pays', inputSchema: schema }]);
        rig.client.stream('y', { tools: ['add', { name: 'pay', execute }] });
        assert.deepEqual(rig.last.sent[1].payload.tools, ['add', { name: 'pay' }]);
        rig.client.generate('z');
        assert.equal('tools' in rig.last.sent[2].payload, false);
        for (const bad of [{ pay: {} }, { pay: null }, [{ execute }], [7], [{ name: 'pay', execute: 'code' }]]) {
            assert.throws(() => rig.client.stream('y', { tools: bad }), { code: 'INVALID_ARGUMENT', message: /execute/ });
        }
    });

    it('should be run with the arguments, and their result be sent', async () => {
        const seen = [];
        const rig = await rigWith({ tools: { pay: { execute: async (args, { toolCallId }) => seen.push([args, toolCallId]) && { ok: true } } } });
        rig.call(1, 'a', 'client');
        await settle();
        assert.deepEqual(seen, [[{ sum: 5 }, 'a']]);
        assert.deepEqual(rig.answers(), [['tool_result', { toolCallId: 'a', result: { ok: true } }]]);
        assert.deepEqual(rig.needed, []);
        assert.deepEqual(rig.run.pendingApprovals, []);
    });

    for (const [name, execute, payload] of [
        ['nothing', () => undefined, { result: null }],
        ['an error', () => { throw new TypeError('no money'); }, { error: 'no money' }],
        ['what has no JSON form', () => 5n, { error: /BigInt/ }],
        ['more than the server takes', () => 'x'.repeat(3_000), { error: /takes 2000/ }],
    ]) {
        it(`should answer where they give ${name}`, async () => {
            const rig = await rigWith({ tools: { pay: { execute } } });
            rig.call(1, 'a', 'client');
            await settle();
            const [[type, { toolCallId, result, error }]] = rig.answers();
            assert.deepEqual([type, toolCallId, result], ['tool_result', 'a', payload.result]);
            assert.match(String(error), payload.error instanceof RegExp ? payload.error : new RegExp(`^${payload.error}$`));
        });
    }

    it('should answer for tools that this client does not have', async () => {
        const rig = await rigWith();
        rig.call(1, 'a', 'client');
        assert.deepEqual(rig.answers(), [['tool_result', { toolCallId: 'a', error: 'this client has no tool "pay"' }]]);
    });

    it('should be run once, whatever becomes of the connection', async () => {
        let count = 0;
        const work = later();
        const rig = await rigWith({
            tools: {
                pay: {
                    execute: () => {
                        count++;
                        return work.promise;
                    },
                },
            },
        });
        rig.call(1, 'a', 'client');
        for (let round = 0; round < 3; round++) {
            await rig.reconnect(1);
            rig.call(1, 'a', 'client');
        }
        rig.last.end(1006);
        work.answer('paid');
        await settle();
        await rig.redial();
        rig.last.acceptAndGreet(SERVER);
        rig.last.receive({ type: 'resumed', requestId: 'r', after: 1, to: 1, live: true });
        rig.call(1, 'a', 'client');
        assert.deepEqual(rig.answers(), [['tool_result', { toolCallId: 'a', result: 'paid' }]]);
        rig.result(2, 'a');
        rig.call(1, 'a', 'client');
        await settle();
        assert.equal(count, 1);
        assert.equal(rig.answers().length, 1);
    });

    it('should not be run by a tab that only looks on, and not for a call that has its result', async () => {
        const rig = await openClient({}, SERVER);
        rig.client.attach('r');
        const call = (requestId) => ({ type: 'tool_call', requestId, seq: 1, toolCallId: 'a', toolName: 'pay', args: {}, approval: 'client' });
        rig.last.receive({ type: 'resumed', requestId: 'r', after: 0, to: 1, live: true });
        rig.last.receive(call('r'));
        rig.client.attach('s', { tools: { pay: { execute: () => assert.fail('run') } } });
        rig.last.receive({ type: 'resumed', requestId: 's', after: 0, to: 2, live: true });
        rig.last.receive(call('s'));
        rig.last.receive({ type: 'tool_result', requestId: 's', seq: 2, toolCallId: 'a', toolName: 'pay', result: 1 });
        await settle();
        assert.equal(rig.last.ofType('tool_result').length, 0);
        let count = 0;
        rig.client.attach('t', { tools: { pay: { execute: () => ++count } } });
        rig.last.receive({ type: 'resumed', requestId: 't', after: 0, to: 1, live: true });
        rig.last.receive(call('t'));
        await settle();
        assert.equal(count, 1);
    });

    it('should be told when nobody waits for them any more', async () => {
        let signal;
        const rig = await rigWith({
            tools: {
                pay: {
                    execute: (args, call) => {
                        ({ signal } = call);
                        return new Promise(() => {});
                    },
                },
            },
        });
        rig.call(1, 'a', 'client');
        assert.equal(signal.aborted, false);
        rig.result(2, 'a', { error: 'expired' });
        assert.equal(signal.aborted, true);
    });

    it('should be refused where onApproval is no function', async () => {
        const { client } = await openClient();
        assert.throws(() => client.stream('x', { onApproval: true }), (error) => error instanceof NeuroLinkError && error.code === 'INVALID_ARGUMENT');
        assert.throws(() => client.attach('x', { onApproval: true }), { code: 'INVALID_ARGUMENT' });
    });
});

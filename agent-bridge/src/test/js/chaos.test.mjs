/** Runs over a network that does its worst, by chance: what the client gets is what the model produced. The chance is the same every time. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NeuroLinkClient } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { faultySocket } from './support/faulty-socket.mjs';
import { inProcessSocket } from './support/in-process.mjs';
import { RunRegistry } from './support/run-registry.mjs';

const SEEDS = 60;
const EVENTS = 200;

/** Numbers in [0, 1) that a seed determines (mulberry32). */
function chance(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
}

function turn() {
    return new Promise((resolve) => setImmediate(resolve));
}

/** A model with text, thoughts, and tools of every kind; how it ends is up to chance too. */
function model(random, answers) {
    return async (run) => {
        run.emit({ type: 'stream_start', data: { prompt: run.payload.prompt } });
        for (let step = 0; step < EVENTS; step++) {
            const dice = random();
            const toolCallId = `${run.requestId}-${step}`;
            if (dice < 0.03) {
                answers.push(await run.ask({ toolCallId, toolName: 'ask', args: { step }, approval: 'required' }));
                run.emit({ type: 'tool_result', toolCallId, toolName: 'ask', result: step });
            } else if (dice < 0.06) {
                answers.push(await run.ask({ toolCallId, toolName: 'own', args: { step }, approval: 'client' }));
                run.emit({ type: 'tool_result', toolCallId, toolName: 'own', result: answers.at(-1).result });
            } else if (dice < 0.1) {
                run.emit({ type: 'tool_call', toolCallId, toolName: 'auto', args: {}, approval: 'auto' });
                run.emit({ type: 'tool_result', toolCallId, toolName: 'auto', result: null });
            } else {
                run.emit({ type: 'chunk', content: `${step} `, ...(dice < 0.25 ? { kind: 'reasoning' } : {}) });
            }
            await (random() < 0.3 ? turn() : null);
        }
        return random() < 0.2 ? { type: 'error', error: 'broken', code: 'MODEL_ERROR' } : { type: 'stream_complete', finishReason: 'stop' };
    };
}

/** Cuts, repeats, leaves out, in both directions. */
function network(random, counts) {
    let lastGap = 0;
    return {
        receive: (message, link, deliver) => {
            const dice = random();
            if (dice < 0.02) {
                counts.cuts++;
                link.cut();
            } else if (dice < 0.04) {
                deliver();
                deliver();
            } else if (dice < 0.05 && message.type === 'chunk' && message.seq - (message.n ?? 1) > lastGap) {
                // Not the same again: that would be no chance but a fault, and end the run.
                lastGap = message.seq;
                counts.gaps++;
            } else {
                deliver();
                if (dice > 0.97) {
                    counts.cuts++;
                    link.cut();
                }
            }
        },
        send: (message, link) => {
            const dice = random();
            if (dice < 0.05) {
                counts.cuts++;
                link.cut();
            }
            return dice >= 0.03;
        },
    };
}

describe('a network that does its worst', () => {
    it('should not change what comes out', async () => {
        const counts = { cuts: 0, gaps: 0, calls: 0 };
        for (let seed = 1; seed <= SEEDS; seed++) {
            const random = chance(seed);
            const registry = new RunRegistry();
            const answers = [];
            const WebSocket = faultySocket(inProcessSocket(registry, model(random, answers)), network(random, counts));
            const client = new NeuroLinkClient('ws://test', { WebSocket, random: () => 0, reconnect: { initial: true, baseDelayMs: 0 } });
            try {
                await follow(seed, client, { registry, answers, counts });
            } finally {
                client.close();
            }
        }
        assert.ok(counts.cuts > SEEDS * 3 && counts.gaps > 20 && counts.calls > SEEDS, JSON.stringify(counts));
    });
});

async function follow(seed, client, { registry, answers, counts }) {
    const asked = new Map();
    const note = ({ toolCallId, args }) => {
        asked.set(toolCallId, (asked.get(toolCallId) ?? 0) + 1);
        return args.step;
    };
    await client.connect();
    const run = client.stream('x', {
        requestId: `run-${seed}`,
        onApproval: async (call) => turn().then(() => note(call) >= 0),
        tools: { own: { execute: (args, call) => turn().then(() => note(call)) } },
    });
    const events = [];
    let failure = null;
    try {
        for await (const event of run) {
            events.push(event);
        }
    } catch (error) {
        failure = error;
    }
    check(seed, registry.get(run.requestId), { run, events, failure });
    assert.deepEqual([...asked.values()].filter((count) => count !== 1), [], `seed ${seed}: a tool was asked twice`);
    assert.equal(asked.size, answers.length, `seed ${seed}`);
    assert.equal(registry.started.get(run.requestId), 1, `seed ${seed}: run twice`);
    counts.calls += asked.size;
}

function check(seed, made, { run, events, failure }) {
    const text = (list, wanted) => list.filter(({ type, kind = 'text' }) => type === 'chunk' && kind === wanted).map(({ content }) => content).join('');
    const log = made.log;
    let last = 0;
    for (const { seq, n = 1 } of events.filter((event) => event.seq > 0)) {
        assert.equal(seq - n, last, `seed ${seed}: order`);
        last = seq;
    }
    assert.equal(last + (failure ? 1 : 0), log.length, `seed ${seed}: all events`);
    assert.equal(failure?.code, log.at(-1).type === 'error' ? 'MODEL_ERROR' : undefined, `seed ${seed}: ${failure?.message}`);
    for (const kind of ['text', 'reasoning']) {
        assert.equal(text(events, kind), text(log, kind), `seed ${seed}: ${kind}`);
    }
    assert.equal(run.partialText, text(log, 'text'));
    const tools = (list) => list.filter(({ type }) => type.startsWith('tool')).map(({ type, toolCallId }) => `${type} ${toolCallId}`);
    assert.deepEqual(tools(events), tools(log), `seed ${seed}: tools`);
}

/**
 * What the client and a server with the demo agent must do together, as one list that runs wherever there is a WebSocket class: in Node.js and
 * in browsers, against any server. No dependency.
 */

import { faultySocket } from './faulty-socket.mjs';

const FAST = { baseDelayMs: 0, maxDelayMs: 200 };
const NO_CANCEL = { preventCancel: true };
const CASE_TIMEOUT_MS = 120_000;

/**
 * Runs the list.
 *
 * @param {object} env `NeuroLinkClient`, `url`, `WebSocket`; `only`: a part of the names to run
 * @returns {Promise<Array<{ name: string, error: string | null, ms: number, note: string }>>}
 */
export async function runConformance({ only = '', ...env }) {
    const results = [];
    for (const [name, check] of Object.entries(CASES).filter(([title]) => title.includes(only))) {
        results.push(await runCase(name, check, env));
    }
    return results;
}

/** The names of all cases. */
export function conformanceNames() {
    return Object.keys(CASES);
}

async function runCase(name, check, env) {
    const bench = new Bench(env);
    const startMs = performance.now();
    let error = null;
    let note = '';
    try {
        note = await within(CASE_TIMEOUT_MS, check(bench)) ?? '';
    } catch (cause) {
        error = `${cause?.stack ?? cause}`;
    }
    await bench.close();
    return { name, error, ms: Math.round(performance.now() - startMs), note };
}

/** Makes clients, and closes them when the case is over. */
class Bench {
    #env;
    #clients = [];

    constructor(env) {
        this.#env = env;
    }

    /** A connected client behind a network that may be faulty. */
    async client(network = {}, options = {}) {
        const { NeuroLinkClient, url, WebSocket } = this.#env;
        const client = new NeuroLinkClient(url, { WebSocket: faultySocket(WebSocket, network), reconnect: FAST, ...options });
        this.#clients.push(client);
        await client.connect();
        return client;
    }

    /** A bare connection: `ask` sends a message and gives the first answer that fits. */
    async bare() {
        const { url, WebSocket } = this.#env;
        const socket = new WebSocket(url, ['neurolink.agent.v1']);
        const seen = [];
        const waiting = new Set();
        socket.onmessage = ({ data }) => {
            seen.push(JSON.parse(data));
            waiting.forEach((look) => look());
        };
        this.#clients.push({ close: async () => socket.close() });
        const find = (fits) => new Promise((resolve) => {
            const look = () => {
                const found = seen.find(fits);
                if (found) {
                    waiting.delete(look);
                    resolve(found);
                }
            };
            waiting.add(look);
            look();
        });
        await find(({ type }) => type === 'connected');
        return { seen, find, send: (message) => socket.send(JSON.stringify(message)), close: () => socket.close() };
    }

    async close() {
        await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    }
}

/** Cuts the connection after messages that `when` chooses. */
function cutting(when, how = 'cut') {
    const network = {
        cuts: 0,
        receive: (message, link, deliver) => {
            deliver();
            if (when(message, network.cuts)) {
                network.cuts++;
                link[how]();
            }
        },
    };
    return network;
}

const isEvent = ({ seq }) => seq !== undefined;

const CASES = {};

function define(name, check) {
    CASES[name] = check;
}

define('the server says who it is, and what it allows', async (bench) => {
    const { connected } = await bench.client();
    same(connected.protocol, 1);
    ok(connected.epoch, 'epoch');
    ok(connected.limits.resumeTtlMs > 0 && connected.limits.replayBytes > 0 && connected.limits.maxMessageBytes > 0, 'limits');
});

define('a stream has its events in order, one terminal event at the end', async (bench) => {
    const run = (await bench.client()).stream('in order', { options: { delayMs: 1, tool: { toolName: 'add', args: { a: 1, b: 2 } } } });
    const events = await collect(run.events());
    sequence(events);
    same(kinds(events).join(), 'accepted,stream_start,tool_call,tool_result,chunk,stream_complete');
    same((await run.result).text, 'You said: in order');
});

define('generate, tools, errors and pings are answered', async (bench) => {
    const client = await bench.client();
    same((await client.generate('hello', { options: { delayMs: 0 } })).text, 'You said: hello');
    same(await client.callTool('add', { a: 40, b: 2 }), 42);
    await fails(client.callTool('no-such-tool'), 'TOOL_NOT_FOUND');
    await fails(client.stream('x', { options: { delayMs: 0, fail: 'RATE_LIMITED' } }).result, 'RATE_LIMITED');
    ok(await client.ping() >= 0, 'ping');
});

define('many runs go on at once on one connection', async (bench) => {
    const client = await bench.client();
    const counts = Array.from({ length: 12 }, (_, index) => 5 + index * 3);
    const results = await Promise.all(counts.map((count, index) => client.stream('x', { options: { words: count, delayMs: index % 4 } }).result));
    same(results.map(({ text }) => text).join('|'), counts.map(words).join('|'));
});

define('a run that is cut after every event gives all of them, once', async (bench) => {
    const count = 197;
    const network = cutting(isEvent);
    const run = (await bench.client(network)).stream('x', {
        options: { words: count, delayMs: 4, tool: { toolName: 'add', args: { a: 1, b: 2 } } },
    });
    const events = await collect(run.events());
    sequence(events);
    same(textOf(events), words(count));
    same((await run.result).text, words(count));
    same(events.at(-1).seq, count + 4);
    ok(network.cuts >= 3, `only ${network.cuts} cuts`);
    return `${network.cuts} cuts, ${events.length} events`;
});

define('a run that is cut once, after whichever event, gives its text', async (bench) => {
    const count = 40;
    for (let place = 0; place <= count + 1; place++) {
        const network = cutting(({ seq }, cuts) => cuts === 0 && seq >= place);
        const client = await bench.client(network);
        const run = client.stream('x', { options: { words: count, delayMs: place % 3 } });
        const events = await collect(run.events());
        sequence(events);
        same(textOf(events), words(count));
        await client.close();
    }
});

define('a connection that falls silent is given up, and the run goes on', async (bench) => {
    const network = cutting(({ seq }, cuts) => cuts < 3 && seq >= 5 * (cuts + 1), 'freeze');
    const client = await bench.client(network, { heartbeatMs: 60, heartbeatTimeoutMs: 60 });
    const { text } = await client.stream('x', { options: { words: 40, delayMs: 10 } }).result;
    same(text, words(40));
    // Where the server is slow, the rest of the text comes in one piece.
    ok(network.cuts >= 2, `${network.cuts} cuts`);
});

define('an error at the end survives a cut', async (bench) => {
    for (const place of [0, 1, 2]) {
        const network = cutting(({ seq }, cuts) => cuts === 0 && seq === place);
        const run = (await bench.client(network)).stream('x', { options: { delayMs: 20, fail: 'MODEL_ERROR' } });
        await fails(run.result, 'MODEL_ERROR');
        same(run.partialText, 'You ');
        same(network.cuts, 1);
    }
});

define('missed chunks come joined', async (bench) => {
    const count = 300;
    const state = { joined: 1 };
    const isCut = new Promise((resolve) => {
        state.cut = (link) => {
            delete state.cut;
            link.cut();
            resolve();
        };
    });
    const client = await bench.client({
        receive: (message, link, deliver) => {
            deliver();
            state.joined = Math.max(state.joined, message.n ?? 1);
            if (message.seq === 3) {
                state.cut?.(link);
            }
        },
    }, { reconnect: { baseDelayMs: 60_000 }, random: () => 1 });
    const run = client.stream('x', { options: { words: count, delayMs: 1 } });
    await isCut;
    // It is away until all has been said.
    await (await bench.client()).attach(run.requestId).result;
    client.reconnectNow();
    same((await run.result).text, words(count));
    ok(state.joined > 10, `no more than ${state.joined} parts in a chunk`);
    return `up to ${state.joined} parts in a chunk`;
});

define('a request that is lost on its way is sent again', async (bench) => {
    const sent = [];
    const client = await bench.client({
        send: ({ type }, link) => {
            sent.push(type);
            if (type === 'stream' && sent.filter((name) => name === 'stream').length === 1) {
                link.cut();
                return false;
            }
            return true;
        },
    });
    same((await client.stream('once', { options: { delayMs: 0 } }).result).text, 'You said: once');
    same(sent.join(), 'stream,resume,stream');
});

define('a request whose answer is lost is not run twice', async (bench) => {
    const types = [];
    let isCut = false;
    const client = await bench.client({
        send: ({ type }) => types.push(type) > 0,
        receive: (message, link, deliver) => {
            if (!isCut && message.requestId) {
                isCut = true;
                link.cut();
            } else {
                deliver();
            }
        },
    });
    same((await client.stream('once', { options: { delayMs: 5 } }).result).text, 'You said: once');
    same((await client.callTool('add', { a: 1, b: 2 })), 3);
    same(types.join(), 'stream,resume,tool_call');
});

for (const type of ['generate', 'tool_call']) {
    define(`a ${type} survives a cut`, async (bench) => {
        let isCut = false;
        const client = await bench.client({
            send: (message, link) => {
                if (message.type === type && !isCut) {
                    isCut = true;
                    setTimeout(() => link.cut(), 30);
                }
                return true;
            },
        });
        if (type === 'generate') {
            same((await client.generate('whole', { options: { delayMs: 50 } })).text, 'You said: whole');
        } else {
            same((await client.callTool('sleep', { ms: 150 })).sleptMs, 150);
        }
        ok(isCut, 'cut');
    });
}

define('events that come twice are taken once, and one that is missing is asked for', async (bench) => {
    const client = await bench.client({
        receive: (message, link, deliver) => {
            deliver();
            deliver();
        },
    });
    same((await client.stream('x', { options: { words: 30, delayMs: 0 } }).result).text, words(30));
    const dropped = new Set();
    const other = await bench.client({
        receive: (message, link, deliver) => {
            // Once each, and none that is joined: the same gap again would end the run.
            if (message.type === 'chunk' && message.seq % 7 === 0 && (message.n ?? 1) === 1 && !dropped.has(message.seq)) {
                dropped.add(message.seq);
            } else {
                deliver();
            }
        },
    });
    same((await other.stream('x', { options: { words: 40, delayMs: 3 } }).result).text, words(40));
    ok(dropped.size >= 1, 'dropped');
});

define('three viewers see the same, whenever they come', async (bench) => {
    const clients = [await bench.client(), await bench.client(cutting(({ seq }) => seq % 10 === 5)), await bench.client()];
    const run = clients[0].stream('x', { options: { words: 60, delayMs: 4 } });
    const events = run.events(NO_CANCEL);
    // Accepted: from now on others can look at it.
    await events.next();
    const early = clients[1].attach(run.requestId);
    for await (const event of events) {
        if (event.seq > 30) {
            break;
        }
    }
    const late = clients[2].attach(run.requestId, { after: 20 });
    const [lateEvents, earlyEvents] = await Promise.all([collect(late.events()), collect(early.events())]);
    sequence(earlyEvents);
    sequence(lateEvents, 20);
    same(textOf(earlyEvents), words(60));
    ok(words(60).endsWith(textOf(lateEvents)), 'the end of the text');
    same((await run.result).text, words(60));
    same(textOf(await collect(clients[0].attach(run.requestId).events())), words(60));
    const { text } = await clients[0].attach(run.requestId, { after: run.lastSeq, text: 'all of it' }).result;
    same(text, 'all of it');
});

define('what cannot be resumed says why', async (bench) => {
    const client = await bench.client();
    await fails(client.attach(`no-such-run-${Math.random()}`).result, 'RESUME_UNKNOWN');
    const run = client.stream('x', { options: { delayMs: 0 } });
    await run.result;
    await fails(client.attach(run.requestId, { after: 1_000_000 }).result, 'RESUME_EPOCH');
    const bare = await bench.bare();
    bare.send({ type: 'resume', payload: { requestId: run.requestId, after: 0, epoch: 'of another life' } });
    same((await bare.find(({ type }) => type === 'resume_failed')).reason, 'epoch');
});

define('the same name twice is one run', async (bench) => {
    const one = await bench.client();
    const requestId = `twice-${Math.random()}`;
    const first = one.stream('first', { requestId, options: { delayMs: 5 } });
    await first.result;
    same((await one.stream('second', { requestId }).result).text, 'You said: first');
});

define('a resume that is repeated changes nothing', async (bench) => {
    const bare = await bench.bare();
    const requestId = `repeated-${Math.random()}`;
    const tool = { toolName: 'add', args: { a: 2, b: 3 }, approval: 'required' };
    bare.send({ type: 'stream', requestId, payload: { prompt: 'x', options: { words: 20, delayMs: 5, tool } } });
    for (let round = 0; round < 5; round++) {
        bare.send({ type: 'resume', payload: { requestId, after: 0 } });
    }
    // The run goes on when all of them have been answered.
    await bare.find(() => bare.seen.filter(({ type }) => type === 'resumed').length === 5);
    const call = await bare.find(({ type }) => type === 'tool_call');
    bare.send({ type: 'tool_approval', payload: { toolCallId: call.toolCallId, approved: true } });
    await bare.find(({ type }) => type === 'stream_complete');
    // What waits for an approval is asked again.
    const events = bare.seen.filter((event) => event.requestId === requestId && event.seq !== undefined
        && (event.type !== 'tool_call' || event === call));
    sequence(events);
    same(textOf(events), words(20));
    same(bare.seen.filter(({ type }) => type === 'resumed').length, 5);
});

define('cancel stops a run: at once, in the middle, by a signal, after a cut', async (bench) => {
    const client = await bench.client();
    const long = { options: { words: 90_000, delayMs: 5 } };
    same((await client.stream('x', long).cancel('at once')).reason, 'at once');
    const run = client.stream('x', long);
    for await (const piece of run.text(NO_CANCEL)) {
        ok(piece.startsWith('w1 '), piece);
        break;
    }
    const { cancelled, text } = await run.cancel('enough');
    ok(cancelled && words(90_000).startsWith(text), 'the text so far');
    const controller = new AbortController();
    const generated = client.generate('x', { ...long, signal: controller.signal });
    controller.abort();
    await fails(generated, 'CANCELLED');
    const network = cutting(({ seq }, cuts) => cuts === 0 && seq === 3);
    const other = await bench.client(network);
    const interrupted = other.stream('x', long);
    const ended = new Promise((resolve) => other.on('run', ({ state }) => state === 'interrupted' && resolve(interrupted.cancel('while away'))));
    same((await ended).reason, 'while away');
});

define('a run can be made to end with its last viewer', async (bench) => {
    const one = await bench.client();
    const run = one.stream('x', { options: { words: 90_000, delayMs: 5 }, onDisconnect: 'cancel' });
    for await (const event of run.events(NO_CANCEL)) {
        if (event.type === 'chunk') {
            break;
        }
    }
    await one.close();
    // Who looks before the server has noticed that the last one left is a viewer too, and leaves in its turn.
    let result;
    while (result === undefined) {
        const late = await bench.client();
        result = await Promise.race([late.attach(run.requestId).result, pause(2_000)]);
        await late.close();
    }
    ok(result.cancelled, 'cancelled');
});

define('a session does with a second run what it is told', async (bench) => {
    const client = await bench.client();
    const sessionId = `session-${Math.random()}`;
    const long = { sessionId, options: { words: 90_000, delayMs: 5 } };
    const first = client.stream('x', long);
    await fails(client.stream('y', { sessionId, overlap: 'reject' }).result, 'TOO_MANY_RUNS');
    const second = client.stream('second', { sessionId, overlap: 'replace', options: { delayMs: 0 } });
    ok((await first.result).cancelled, 'the first is replaced');
    same((await second.result).text, 'You said: second');
    const third = client.stream('third', { sessionId, options: { delayMs: 30 } });
    const fourth = client.stream('fourth', { sessionId, overlap: 'queue', options: { delayMs: 0 } });
    const order = [];
    await Promise.all([third.result.then(() => order.push('third')), fourth.result.then(() => order.push('fourth'))]);
    same(order.join(), 'third,fourth');
});

define('a tool call waits for approval, and the first answer wins', async (bench) => {
    const options = { delayMs: 0, tool: { toolName: 'add', args: { a: 2, b: 3 }, approval: 'required' } };
    for (const approved of [true, false]) {
        const client = await bench.client();
        const run = client.stream('x', { options, onApproval: async ({ toolName, args }) => toolName === 'add' && args.a === 2 && approved });
        const events = await collect(run.events());
        sequence(events);
        const result = events.find(({ type }) => type === 'tool_result');
        same(approved ? result.result : typeof result.error, approved ? 5 : 'string');
    }
    const [one, two] = [await bench.client(), await bench.client()];
    const run = one.stream('x', { options });
    const needed = new Promise((resolve) => two.on('tool_approval_needed', resolve));
    await run.events(NO_CANCEL).next();
    const other = two.attach(run.requestId);
    const { call } = await needed;
    ok(other.approve(call.toolCallId, true), 'approve');
    await run.result;
    same((await other.result).text, (await run.result).text);
});

define('an approval survives cuts, and is asked for once', async (bench) => {
    const network = cutting(({ type }, cuts) => (cuts < 3 && type === 'tool_call') || (cuts < 5 && type === 'tool_result'));
    const client = await bench.client(network);
    let asked = 0;
    const run = client.stream('x', {
        options: { delayMs: 5, tool: { toolName: 'add', args: { a: 2, b: 3 }, approval: 'required' } },
        onApproval: async () => {
            asked++;
            await pause(200);
            return true;
        },
    });
    const events = await collect(run.events());
    sequence(events);
    same(events.find(({ type }) => type === 'tool_result').result, 5);
    same(asked, 1);
    ok(network.cuts >= 2, `${network.cuts} cuts`);
});

define('a tool of the client is run once, whatever becomes of the connection', async (bench) => {
    const network = cutting(({ type }, cuts) => (cuts < 3 && type === 'tool_call') || (cuts < 5 && type === 'tool_result'));
    const client = await bench.client(network);
    let count = 0;
    const run = client.stream('x', {
        options: { delayMs: 5, tool: { toolName: 'locate', args: { precise: true }, approval: 'client' } },
        tools: {
            locate: {
                description: 'Where the user is',
                inputSchema: { type: 'object', properties: { precise: { type: 'boolean' } } },
                execute: async ({ precise }) => {
                    count++;
                    await pause(100);
                    return { city: 'Delhi', precise };
                },
            },
        },
    });
    const events = await collect(run.events());
    sequence(events);
    same(JSON.stringify(events.find(({ type }) => type === 'tool_result').result), '{"city":"Delhi","precise":true}');
    same(count, 1);
    ok(network.cuts >= 2, `${network.cuts} cuts`);
});

define('a tool of the client that throws is an error of the tool', async (bench) => {
    const run = (await bench.client()).stream('x', {
        options: { delayMs: 0, tool: { toolName: 'locate', args: {}, approval: 'client' } },
        tools: {
            locate: {
                execute: () => {
                    throw new Error('no satellite in sight');
                },
            },
        },
    });
    const events = await collect(run.events());
    ok(/no satellite in sight/.test(JSON.stringify(events.find(({ type }) => type === 'tool_result').error)), 'the error');
    same(events.at(-1).type, 'stream_complete');
});

function words(count) {
    return Array.from({ length: count }, (_, index) => `w${index + 1}`).join(' ');
}

function kinds(events) {
    const types = events.map(({ type }) => type).filter((type) => type !== 'status');
    return types.filter((type, index) => type !== 'chunk' || types[index - 1] !== 'chunk');
}

function textOf(events) {
    return events.filter(({ type, kind = 'text' }) => type === 'chunk' && kind === 'text').map(({ content }) => content).join('');
}

/** That no number is missing, none comes twice, and the last event is the end. */
function sequence(events, after = 0) {
    let last = after;
    for (const { type, seq, n = 1 } of events.filter(({ seq }) => seq > 0)) {
        same(`${type} ${seq - n}`, `${type} ${last}`);
        last = seq;
    }
    ok(['stream_complete', 'response', 'cancelled', 'error'].includes(events.at(-1).type), `ends with ${events.at(-1).type}`);
}

async function collect(iterable) {
    const items = [];
    for await (const item of iterable) {
        items.push(item);
    }
    return items;
}

async function fails(promise, code) {
    let error;
    try {
        await promise;
    } catch (cause) {
        error = cause;
    }
    same(error?.code, code);
}

function ok(value, what) {
    if (!value) {
        throw new Error(`not as it should be: ${what}`);
    }
}

function same(actual, expected) {
    if (actual !== expected) {
        throw new Error(`expected ${String(expected).slice(0, 300)}, got ${String(actual).slice(0, 300)}`);
    }
}

function pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

function within(limitMs, promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`took longer than ${limitMs} ms`)), limitMs);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

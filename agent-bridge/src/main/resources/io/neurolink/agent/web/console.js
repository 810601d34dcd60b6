/** The web console: one connection, many runs. It uses the client as any page would. */

import { byId, formatMs, setBadge, setOptionalText } from './console-dom.js';
import { HealthPanel } from './console-health.js';
import { MessageLog } from './console-log.js';
import { RunCard } from './console-run.js';
import { NeuroLinkClient } from './neurolink.js';

const PING_INTERVAL_MS = 5_000;
const MAX_CARDS = 40;
const TOOL_ARGS = { '': '{}', echo: '{"hello": "world"}', add: '{"a": 40, "b": 2}', clock: '{}', sleep: '{"ms": 500}' };

const query = new URLSearchParams(location.search);
const log = new MessageLog(byId('log'), byId('log-rows'), byId('log-count'));
const health = new HealthPanel({ badge: byId('health-status'), pairs: byId('health'), note: byId('health-note') },
    query.get('health') ?? '/api/health/websocket');
const cards = [];
let client = null;
let runCount = 0;

function currentState() {
    return client?.state ?? 'closed';
}

function announce(text) {
    byId('announcer').textContent = text;
}

/* connection */

function makeClient() {
    const made = new NeuroLinkClient(byId('url').value.trim(), {
        token: byId('token').value || undefined, auth: byId('auth').value,
    });
    made.on('state', (detail) => made === client && showState(detail));
    made.on('message', (message) => log.add(message));
    made.on('error', (error) => made === client && notice(`${error.code}: ${error.message}`));
    made.on('shutdown', ({ message }) => made === client && notice(message));
    return made;
}

function connect() {
    try {
        client = makeClient();
    } catch (error) {
        notice(error.message);
        return;
    }
    client.connect().catch(() => byId('connect').focus());
}

function disconnect() {
    client.close(1000, 'the user disconnected');
}

function showState({ state, attempt, delayMs, error }) {
    setBadge(byId('state'), state);
    byId('connect').textContent = state === 'closed' ? 'Connect' : 'Disconnect';
    byId('retry').hidden = state !== 'reconnecting';
    for (const id of ['url', 'token', 'auth']) {
        byId(id).disabled = state !== 'closed';
    }
    if (state === 'open') {
        measureRoundTrip();
    } else {
        byId('round-trip').textContent = '–';
    }
    if (state === 'open' || state === 'closed') {
        health.refresh();
    } else if (state === 'reconnecting') {
        health.forget();
    }
    notice(stateSentence({ state, attempt, delayMs, error }));
}

function stateSentence({ state, attempt, delayMs, error }) {
    switch (state) {
        case 'open':
            return `Connected as ${client.connected.connectionId}.`;
        case 'reconnecting':
            return `${asSentence(error.message)}. Attempt ${attempt} in ${formatMs(delayMs)}.`;
        case 'closed':
            return error.code === 'CLOSED' ? 'Disconnected.' : `${error.code}: ${error.message}`;
        default:
            return 'Connecting …';
    }
}

function asSentence(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
}

function notice(text) {
    byId('notice').textContent = text;
}

async function measureRoundTrip() {
    const measured = client;
    if (currentState() !== 'open' || document.hidden) {
        return;
    }
    try {
        const ms = await measured.ping();
        if (measured === client && currentState() === 'open') {
            byId('round-trip').textContent = formatMs(ms);
        }
    } catch (error) {
        if (measured === client && error.code === 'PING_TIMEOUT') {
            byId('round-trip').textContent = error.message;
        }
    }
}

/* runs */

function submit(event) {
    event.preventDefault();
    const kind = event.submitter?.value ?? 'stream';
    let request;
    try {
        request = readComposer(kind);
    } catch (error) {
        composerError(error.message);
        return;
    }
    composerError('');
    if (currentState() === 'closed') {
        connect();
    }
    for (let copy = 0; copy < Number(byId('copies').value) && currentState() !== 'closed'; copy++) {
        startRun(kind, request);
    }
}

function readComposer(kind) {
    const args = readJson('tool-args', 'Tool arguments');
    const toolName = byId('tool').value;
    if (kind === 'tool_call') {
        if (toolName === '') {
            throw new Error('Choose a tool to call.');
        }
        return { toolName, args, title: `${toolName}(${JSON.stringify(args)})` };
    }
    const prompt = byId('prompt').value;
    if (prompt.trim() === '') {
        throw new Error('Write a prompt first.');
    }
    const options = {
        ...numberOption('delayMs', 'delay-ms'), ...numberOption('words', 'words'),
        ...(byId('fail').value.trim() === '' ? {} : { fail: byId('fail').value.trim() }),
        ...(toolName === '' ? {} : { tool: { toolName, args } }),
        ...readJson('more', 'More options'),
    };
    return { prompt, options, title: prompt };
}

function numberOption(name, id) {
    const field = byId(id);
    return field.value === '' ? {} : { [name]: field.valueAsNumber };
}

function readJson(id, label) {
    const text = byId(id).value.trim();
    try {
        const value = text === '' ? {} : JSON.parse(text);
        if (value !== null && typeof value === 'object') {
            return value;
        }
    } catch (error) {
        throw new Error(`${label}: ${error.message}`, { cause: error });
    }
    throw new Error(`${label}: a JSON object is needed.`);
}

function composerError(text) {
    setOptionalText(byId('composer-error'), text);
}

function startRun(kind, { prompt, options, toolName, args, title }) {
    const card = new RunCard(++runCount, kind, title);
    cards.unshift(card);
    byId('runs').prepend(card.root);
    forgetOldest();
    let ended;
    try {
        ended = follow(card, kind, { prompt, options, toolName, args });
    } catch (error) {
        ended = card.followOne(() => Promise.reject(error));
    }
    showRuns();
    ended.then(() => {
        announce(card.summary);
        showRuns();
    });
}

function follow(card, kind, { prompt, options, toolName, args }) {
    if (kind === 'stream') {
        return card.follow(client.stream(prompt, { options }));
    }
    if (kind === 'generate') {
        return card.followOne((signal) => client.generate(prompt, { options, signal }));
    }
    return card.followOne(async (signal) => ({ text: JSON.stringify(await client.callTool(toolName, args, { signal }), null, 2) }));
}

function forgetOldest() {
    const oldest = cards.length > MAX_CARDS ? cards.findLastIndex((card) => card.isEnded) : -1;
    if (oldest >= 0) {
        cards.splice(oldest, 1)[0].root.remove();
    }
}

function showRuns() {
    const liveCount = cards.filter((card) => !card.isEnded).length;
    byId('no-runs').hidden = cards.length > 0;
    byId('cancel-all').disabled = liveCount === 0;
    byId('clear').disabled = liveCount === cards.length;
}

function clearEnded() {
    for (const card of cards.filter(({ isEnded }) => isEnded)) {
        cards.splice(cards.indexOf(card), 1);
        card.root.remove();
    }
    showRuns();
    byId('prompt').focus();
}

/* wiring */

byId('url').value = query.get('url') ?? `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
byId('connection').addEventListener('submit', (event) => {
    event.preventDefault();
    if (currentState() === 'closed') {
        connect();
    } else {
        disconnect();
    }
});
byId('retry').addEventListener('click', () => client.reconnectNow());
byId('composer').addEventListener('submit', submit);
byId('prompt').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        byId('composer').requestSubmit();
    }
});
byId('tool').addEventListener('change', () => {
    byId('tool-args').value = TOOL_ARGS[byId('tool').value];
});
byId('cancel-all').addEventListener('click', () => cards.filter((card) => !card.isEnded).forEach((card) => card.cancel()));
byId('clear').addEventListener('click', clearEnded);
byId('log-clear').addEventListener('click', () => log.clear());
addEventListener('online', () => client?.reconnectNow());
setInterval(measureRoundTrip, PING_INTERVAL_MS);
health.start(() => currentState() !== 'reconnecting');

/** The web console: one connection, conversations, many runs. It uses the client as any page would. */

import { Announcer } from './console-announce.js';
import { Composer } from './console-composer.js';
import { Connection } from './console-connection.js';
import { Conversations } from './console-conversation.js';
import { atNextFrame, byId } from './console-dom.js';
import { HealthPanel } from './console-health.js';
import { Shortcuts } from './console-keys.js';
import { MessageLog } from './console-log.js';
import { PAGE_TOOLS } from './console-page-tools.js';
import { ComparePlot } from './console-plot.js';
import { RunCard } from './console-run.js';
import { scenarioItems } from './console-scenarios.js';
import { keep, kept } from './console-store.js';
import { attachThemeButton } from './console-theme.js';
import { Views } from './console-views.js';

const COMPARED_RUNS = 6;
const TITLE = document.title;
const COPIED_MS = 1_500;
const TICK_MS = 500;

const query = new URLSearchParams(location.search);
const { say: announce } = new Announcer(byId('announcer'));
const log = new MessageLog({
    rows: byId('log-rows'), counter: byId('log-count'), filter: byId('log-filter'), pause: byId('log-pause'), clear: byId('log-clear'),
});
const health = new HealthPanel({ badge: byId('health-status'), groups: byId('health'), note: byId('health-note') },
    query.get('health') ?? '/api/health/websocket');
const conversations = new Conversations({
    select: byId('conversations'), scroller: byId('scroller'), turns: byId('turns'), welcome: byId('welcome'), latest: byId('latest'),
});
const comparison = new ComparePlot({ svg: byId('tokens-plot'), end: byId('tokens-end'), legend: byId('tokens-legend') });
const cardOf = new Map();
/** Runs of an earlier page that go on as soon as there is a line. */
const interrupted = new Set();
let runCount = 0;

const drawComparison = atNextFrame(() => {
    if (views.isShown('activity')) {
        comparison.draw(conversations.runs.slice(-COMPARED_RUNS));
    }
});
const showRuns = atNextFrame(() => {
    const runs = conversations.runs;
    const waiting = runs.flatMap(({ waitingTools }) => waitingTools);
    byId('cancel-all').hidden = runs.every(({ isEnded }) => isEnded);
    byId('pending').hidden = waiting.length === 0;
    byId('pending').textContent = waiting.length === 1 ? '1 question' : `${waiting.length} questions`;
    document.title = waiting.length === 0 ? TITLE : `(${waiting.length}) ${TITLE}`;
    conversations.refresh();
    drawComparison();
});
const onGrow = () => {
    conversations.follow();
    drawComparison();
};

const connection = new Connection({
    announce,
    onMessage: (message) => log.add(message),
    onRun: (detail) => cardOf.get(detail.requestId)?.showLine(detail),
    onState: (state) => {
        if (state === 'open') {
            goOn();
        }
        (state === 'reconnecting' ? () => health.forget() : () => health.refresh())();
    },
});
const views = new Views((view) => {
    log.setSeen(view === 'wire');
    showRuns();
});
const composer = new Composer(ask);

/* runs */

function ask(kind, request, copies) {
    if (connection.state === 'closed') {
        connection.connect();
    }
    if (connection.state === 'closed') {
        return;
    }
    views.reveal('chat');
    const addCard = conversations.addTurn(request.title, kind);
    for (let copy = 0; copy < copies; copy++) {
        startRun(kind, request, addCard);
    }
}

function makeCard(number, kind, title) {
    return new RunCard(number, kind, title, { announce, onGrow, onChange: showRuns });
}

function startRun(kind, request, addCard) {
    const card = makeCard(++runCount, kind, request.title);
    addCard(card);
    let ended;
    try {
        ended = follow(card, kind, { ...request, sessionId: conversations.current.sessionId });
    } catch (error) {
        ended = card.followOne(() => Promise.reject(error));
    }
    ended.then(showRuns);
}

function follow(card, kind, { prompt, options, toolName, args, sessionId, overlap, onDisconnect }) {
    const { client } = connection;
    const { requestId } = card;
    if (kind === 'tool_call') {
        return card.followOne(async (signal) => ({ value: await client.callTool(toolName, args, { requestId, signal }) ?? null }));
    }
    if (kind === 'generate') {
        return card.followOne((signal) => client.generate(prompt, { requestId, options, sessionId, signal }));
    }
    return followRun(card, client.stream(prompt, {
        requestId, options, sessionId, tools: PAGE_TOOLS, ...(overlap && { overlap }), ...(onDisconnect && { onDisconnect }),
    }));
}

function followRun(card, run) {
    cardOf.set(run.requestId, card);
    return card.follow(run).finally(() => cardOf.delete(run.requestId));
}

/** Shows what this tab showed before it was loaded anew. */
function revive() {
    const tab = kept();
    if (tab === null) {
        return;
    }
    try {
        conversations.revive(tab, reviveCard);
    } catch {
        // Another version of this page kept it.
        interrupted.clear();
        conversations.clear();
    }
    showRuns();
}

function reviveCard(record) {
    const card = makeCard(record.number, record.kind, record.title);
    card.revive(record);
    runCount = Math.max(runCount, record.number);
    if (!record.isEnded) {
        interrupted.add(card);
    }
    return card;
}

function goOn() {
    for (const card of interrupted) {
        interrupted.delete(card);
        const { requestId, kind } = card.record;
        const attach = (more) => connection.client.attach(requestId, more);
        const ended = kind === 'stream' ? followRun(card, attach({ ...card.position, tools: PAGE_TOOLS }))
            : card.followOne((signal) => answerOf(attach({ signal })));
        ended.then(showRuns);
    }
}

/** The one answer of a request that was made by an earlier page. */
async function answerOf(run) {
    const result = await run.result;
    if (result.cancelled) {
        throw Object.assign(new Error('cancelled'), { code: 'CANCELLED' });
    }
    return 'toolResult' in result ? { value: result.toolResult ?? null } : result;
}

function cancelAll() {
    conversations.runs.forEach((card) => card.cancel());
    byId('prompt').focus();
}

function cancelLatest() {
    conversations.runs.findLast(({ isEnded }) => !isEnded)?.cancel();
}

/** The question that has waited longest. */
function nextQuestion() {
    const card = conversations.runs.find(({ waitingTools }) => waitingTools.length > 0);
    if (card !== undefined) {
        views.reveal('chat');
        conversations.reveal(card);
        card.waitingTools[0].focus();
    }
}

function moveRun(step) {
    const { runs } = conversations.current;
    const at = runs.findIndex(({ root }) => root.contains(document.activeElement));
    const to = at < 0 && step < 0 ? runs.length - 1 : Math.min(Math.max(at + step, 0), runs.length - 1);
    if (runs.length > 0) {
        conversations.reveal(runs[to]);
    }
}

function newConversation() {
    conversations.open();
    views.reveal('chat');
    byId('prompt').focus();
}

/* connection */

function cut() {
    connection.cut(Number(byId('cut-ms').value));
}

async function submitConnection(event) {
    event.preventDefault();
    if (connection.state !== 'closed') {
        connection.disconnect();
        return;
    }
    if (await connection.connect()) {
        byId('settings').close();
    } else {
        byId('connect').focus();
    }
}

/* wiring */

function playScenario({ fields, cutAfterMs }) {
    composer.play(fields);
    if (cutAfterMs !== undefined) {
        setTimeout(cut, cutAfterMs);
    }
}

async function copyCode(button) {
    try {
        await navigator.clipboard.writeText(button.closest('.code-block').querySelector('pre').textContent);
        announce('Copied.');
        button.dataset.done = 'yes';
        setTimeout(() => delete button.dataset.done, COPIED_MS);
    } catch (error) {
        announce(`Not copied: ${error.message}`);
    }
}

function openDialog(id) {
    byId(id).showModal();
}

const focusPrompt = () => {
    views.reveal('chat');
    byId('prompt').focus();
};

new Shortcuts([
    { key: 'submit', shown: ['Ctrl', 'Enter'], text: 'Stream the prompt' },
    { key: 'Escape', shown: ['Esc'], text: 'Cancel the newest run', run: cancelLatest },
    { key: '/', text: 'Write a prompt', run: focusPrompt },
    { key: 'n', text: 'New conversation', run: newConversation },
    { key: 'j', text: 'Next run', run: () => moveRun(1) },
    { key: 'k', text: 'Previous run', run: () => moveRun(-1) },
    { key: 'a', text: 'Go to a question of the agent', run: nextQuestion },
    { key: 'o', text: 'Options', run: () => composer.toggleOptions() },
    { key: 'x', text: 'Cut the line', run: cut },
    { key: 'r', text: 'Reconnect now', run: () => connection.reconnectNow() },
    { key: 't', text: 'Theme', run: () => byId('theme').click() },
    { key: '1', text: 'Chat', run: focusPrompt },
    { key: '2', text: 'Activity', run: () => views.show('activity') },
    { key: '3', text: 'Server', run: () => views.show('server') },
    { key: '4', text: 'Wire', run: () => views.show('wire') },
    { key: '?', text: 'This list', run: () => openDialog('help') },
], { list: byId('shortcuts'), toggle: byId('single-keys') });

attachThemeButton(byId('theme'), announce);
byId('scenarios').append(...scenarioItems(playScenario));
byId('url').value = query.get('url') ?? `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
byId('connection').addEventListener('submit', submitConnection);
byId('retry').addEventListener('click', () => connection.reconnectNow());
byId('cut').addEventListener('click', cut);
byId('cancel-all').addEventListener('click', cancelAll);
byId('new').addEventListener('click', newConversation);
byId('pending').addEventListener('click', nextQuestion);
byId('settings-open').addEventListener('click', () => openDialog('settings'));
byId('help-open').addEventListener('click', () => openDialog('help'));
byId('turns').addEventListener('click', ({ target }) => target.matches('.copy') && copyCode(target));
for (const button of document.querySelectorAll('[data-close]')) {
    button.addEventListener('click', () => button.closest('dialog').close());
}
addEventListener('pagehide', () => keep(conversations.record));
document.addEventListener('visibilitychange', () => document.hidden && keep(conversations.record));
revive();
connection.drawFacts();
setInterval(() => document.hidden || conversations.runs.forEach((card) => card.tick()), TICK_MS);
health.start(() => connection.state !== 'reconnecting');
if (query.get('connect') !== 'no') {
    connection.connect();
}

/** The web console in Chromium, against a running server. Screenshots go to the folder `NEUROLINK_SCREENSHOTS`, where it is set. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { defaultServer, startServer } from './support/server.mjs';

const TIMEOUT_MS = 30_000;
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 360, height: 740 };
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];

let browser;
let server;
let page;
let complaints;

before(async () => {
    server = await defaultServer();
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
});

after(async () => {
    await browser?.close();
    await server?.stop();
});

/** Opens the console; everything the browser complains about is kept. */
async function openConsole(base, options = {}) {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    context.setDefaultTimeout(TIMEOUT_MS);
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
    await page.addInitScript(() => {
        globalThis.violations = [];
        addEventListener('securitypolicyviolation', ({ violatedDirective }) => globalThis.violations.push(violatedDirective));
    });
    await page.goto(base);
}

async function noComplaints() {
    assert.deepEqual(complaints, []);
    assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
}

async function screenshot(name, options = {}) {
    const { NEUROLINK_SCREENSHOTS } = process.env;
    if (NEUROLINK_SCREENSHOTS) {
        mkdirSync(NEUROLINK_SCREENSHOTS, { recursive: true });
        await page.screenshot({ path: join(NEUROLINK_SCREENSHOTS, `${name}.png`), ...options });
    }
}

async function connect() {
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await waitForState('open');
}

function waitForState(state) {
    return page.locator(`#state[data-state="${state}"]`).waitFor();
}

/** Fills in the composer; names are the labels a person reads. */
async function fill(fields) {
    for (const [label, value] of Object.entries(fields)) {
        await (label === 'Tool' ? page.getByRole('combobox', { name: label, exact: true }).selectOption(value)
            : page.getByLabel(label, { exact: true }).fill(value));
    }
}

async function run(button, fields = {}) {
    await fill(fields);
    await page.getByRole('button', { name: button, exact: true }).click();
    return page.locator('.run').first();
}

/** Waits until the run is in this state; says what it shows where it ended in another. */
async function waitForRun(card, wanted) {
    const states = [wanted, 'complete', 'failed', 'cancelled'];
    try {
        await card.and(page.locator(states.map((state) => `[data-state="${state}"]`).join())).waitFor();
    } catch (cause) {
        throw new Error(`the run did not become ${wanted}: ${await card.innerText()}`, { cause });
    }
    const state = await card.getAttribute('data-state');
    assert.ok(state === wanted || (wanted === 'streaming' && state === 'complete'), `the run became ${state}: ${await card.innerText()}`);
}

function wordsUpTo(count) {
    return Array.from({ length: count }, (_, index) => `w${index + 1}`).join(' ');
}

describe('the console', () => {
    beforeEach(() => openConsole(server.http));
    afterEach(() => page.context().close());

    it('should open without a complaint, show the server\'s health and connect', async () => {
        assert.equal(await page.title(), 'NeuroLink console');
        await page.locator('#health-status[data-state="ok"]').waitFor();
        await page.getByText('maxConnections', { exact: false }).waitFor();
        await screenshot('desktop-closed');
        await connect();
        assert.match(await page.locator('#notice').textContent(), /^Connected as \S+\.$/);
        await page.waitForFunction(() => document.getElementById('round-trip').textContent.endsWith('ms'));
        await noComplaints();
        await page.getByRole('button', { name: 'Disconnect' }).click();
        await waitForState('closed');
        assert.equal(await page.locator('#notice').textContent(), 'Disconnected.');
        await noComplaints();
    });

    it('should show tokens one by one as they arrive', async () => {
        await connect();
        await page.evaluate(() => {
            globalThis.seen = [];
            new MutationObserver(() => {
                const text = document.querySelector('.run .output')?.textContent ?? '';
                if (text !== '' && text !== globalThis.seen.at(-1)) {
                    globalThis.seen.push(text);
                }
            }).observe(document.getElementById('runs'), { subtree: true, childList: true, characterData: true });
        });
        const card = await run('Stream', { Words: '20', 'Delay per word, ms': '100' });
        await waitForRun(card, 'streaming');
        await page.waitForFunction(() => globalThis.seen.length >= 4);
        await screenshot('desktop-streaming');
        await waitForRun(card, 'complete');
        assert.equal(await card.locator('.output').textContent(), wordsUpTo(20));
        const seen = await page.evaluate(() => globalThis.seen);
        assert.ok(seen.length >= 5, `the text grew in ${seen.length} steps`);
        seen.reduce((shorter, longer) => {
            assert.ok(longer.startsWith(shorter) && longer.length > shorter.length, `${shorter} → ${longer}`);
            return longer;
        });
        assert.equal(await card.locator('[data-metric=tokens]').textContent(), '20');
        assert.match(await card.locator('[data-metric=first]').textContent(), /m?s$/);
        assert.match(await card.locator('svg').getAttribute('aria-label'), /^20 tokens arrived within/);
        assert.match(await page.locator('#announcer').textContent(), /^Run 1 complete: 20 tokens in/);
        await noComplaints();
    });

    it('should cancel one run and leave the others alone', async () => {
        await connect();
        const endless = await run('Stream', { Words: '90000', 'Delay per word, ms': '20' });
        await waitForRun(endless, 'streaming');
        await run('Stream', { Words: '5' });
        const [second, first] = [page.locator('.run').nth(0), page.locator('.run').nth(1)];
        await waitForRun(second, 'complete');
        await page.getByRole('button', { name: 'Cancel run 1' }).click();
        await waitForRun(first, 'cancelled');
        const text = await first.locator('.output').textContent();
        assert.ok(wordsUpTo(90_000).startsWith(text) && text.length > 0);
        assert.equal(await second.locator('.output').textContent(), wordsUpTo(5));
        await page.getByRole('button', { name: 'Clear ended' }).click();
        assert.equal(await page.locator('.run').count(), 0);
        await noComplaints();
    });

    it('should follow several runs side by side', async () => {
        await connect();
        await run('Stream', { Prompt: 'side by side', 'Runs at once': '4', 'Delay per word, ms': '30' });
        for (let index = 0; index < 4; index++) {
            const card = page.locator('.run').nth(index);
            await waitForRun(card, 'complete');
            assert.equal(await card.locator('.output').textContent(), 'You said: side by side');
        }
        await noComplaints();
    });

    it('should show tool calls, generated answers and failures', async () => {
        await connect();
        const withTool = await run('Stream', { Prompt: 'sum', Tool: 'add', 'Tool arguments': '{"a": 40, "b": 2}' });
        await waitForRun(withTool, 'complete');
        assert.match(await withTool.locator('.tools').textContent(), /^add\(\{"a":40,"b":2\}\) → 42/);
        await waitForRun(await run('Call tool'), 'complete');
        assert.equal(await page.locator('.run .output').first().textContent(), '42');
        await waitForRun(await run('Generate', { Prompt: 'all at once', Tool: '' }), 'complete');
        assert.equal(await page.locator('.run .output').first().textContent(), 'You said: all at once');
        const failed = await run('Stream', { 'Fail with': 'MODEL_ERROR' });
        await waitForRun(failed, 'failed');
        assert.match(await failed.locator('.error').textContent(), /^MODEL_ERROR: /);
        await noComplaints();
    });

    it('should explain what is missing and keep focus where a person is', async () => {
        await fill({ Prompt: ' ' });
        await page.getByRole('button', { name: 'Stream', exact: true }).click();
        assert.equal(await page.getByRole('alert').textContent(), 'Write a prompt first.');
        await fill({ Prompt: 'x', 'More options, JSON': '{"temperature"' });
        await page.getByRole('button', { name: 'Stream', exact: true }).click();
        assert.match(await page.getByRole('alert').textContent(), /^More options: /);
        assert.equal(await page.locator('.run').count(), 0);
        await fill({ 'More options, JSON': '' });
        await page.getByRole('button', { name: 'Call tool', exact: true }).click();
        assert.equal(await page.getByRole('alert').textContent(), 'Choose a tool to call.');
        await noComplaints();
    });

    it('should be usable by keyboard alone, with a name on every control', async () => {
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the prompt');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Control+A');
        await page.keyboard.type('typed');
        await page.keyboard.press('Control+Enter');
        const card = page.locator('.run').first();
        await waitForRun(card, 'complete');
        assert.equal(await card.locator('.output').textContent(), 'You said: typed');
        assert.equal(await page.evaluate(() => document.activeElement.id), 'prompt');
        const nameless = await page.evaluate(() => [...document.querySelectorAll('input, select, textarea, button')]
            .filter((control) => !control.labels?.length && !control.textContent.trim()).map((control) => control.outerHTML));
        assert.deepEqual(nameless, []);
        await noComplaints();
    });

    it('should show what the server says as text, never as markup', async () => {
        await connect();
        const nasty = '<img src=x onerror=alert(1)><b>bold</b>';
        const card = await run('Stream', { Prompt: nasty, Tool: 'echo', 'Tool arguments': '{"html": "<i>x</i>"}' });
        await waitForRun(card, 'complete');
        assert.equal(await card.locator('.output').textContent(), `You said: ${nasty}`);
        assert.equal(await page.locator('.run img, .run b, .run i').count(), 0);
        await page.locator('#log summary').click();
        await page.locator('#log-rows li').first().waitFor();
        assert.equal(await page.locator('#log img, #log b, #log i').count(), 0);
        await noComplaints();
    });

    it('should be served with a policy under which inline script does not run', async () => {
        await page.evaluate(() => {
            const script = document.createElement('script');
            script.textContent = 'globalThis.inlineRan = true';
            document.head.append(script);
        });
        assert.equal(await page.evaluate(() => globalThis.inlineRan), undefined);
        assert.match((await page.evaluate(() => globalThis.violations)).join(), /script-src/);
    });

    it('should serve the reference\'s browser client, and the module to any page of its own', async () => {
        const types = await page.evaluate(() => new Promise((resolve) => {
            const seen = [];
            const ws = new WebSocket(`ws://${location.host}/ws`);
            ws.onopen = () => ws.send(JSON.stringify({ type: 'generate', payload: { prompt: 'Hello!' } }));
            ws.onmessage = (event) => {
                seen.push(JSON.parse(event.data).type);
                if (seen.at(-1) === 'response') {
                    ws.close(1000);
                }
            };
            ws.onclose = ({ code, wasClean }) => resolve([...seen, code, wasClean]);
        }));
        assert.deepEqual(types, ['connected', 'response', 1000, true]);
        const text = await page.evaluate(async () => {
            const { NeuroLinkClient } = await import('/neurolink.js');
            const client = new NeuroLinkClient('/ws');
            await client.connect();
            const result = await client.stream('from a module').result;
            await client.close();
            return result.text;
        });
        assert.equal(text, 'You said: from a module');
        await noComplaints();
    });

    it('should keep the log of raw messages bounded and free of tokens', async () => {
        await fill({ Token: 'very-secret-token' });
        await page.getByLabel('Send it as').selectOption('query');
        await connect();
        const card = await run('Stream', { Words: '800', 'Delay per word, ms': '0' });
        await page.locator('#log summary').click();
        await waitForRun(card, 'complete');
        await page.waitForFunction(() => document.getElementById('log-rows').textContent.includes('stream_complete'));
        assert.ok(await page.locator('#log-rows li').count() <= 500);
        assert.ok(!(await page.locator('body').textContent()).includes('very-secret-token'));
        await screenshot('desktop-log', { fullPage: true });
        await page.locator('#log-clear').click();
        await page.waitForFunction(() => document.getElementById('log-rows').childElementCount <= 2);
        await noComplaints();
    });
});

describe('the console on other screens', () => {
    afterEach(() => page.context().close());

    for (const [name, options] of [['phone', { viewport: PHONE, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }],
        ['phone-dark', { viewport: PHONE, isMobile: true, colorScheme: 'dark', deviceScaleFactor: 2 }], ['desktop', {}],
        ['desktop-dark', { colorScheme: 'dark' }]]) {
        it(`should fit ${name}`, async () => {
            await openConsole(server.http, options);
            await connect();
            const prompt = 'Why should the tokens of an answer arrive one by one, and not all at once?';
            await waitForRun(await run('Stream', { Prompt: prompt, 'Delay per word, ms': '20', Tool: 'add', 'Tool arguments': '{"a": 40, "b": 2}' }),
                'complete');
            await waitForRun(await run('Stream', { Words: '60', 'Delay per word, ms': '15', Tool: '' }), 'complete');
            const live = await run('Stream', { Words: '4000', 'Delay per word, ms': '25' });
            await waitForRun(live, 'streaming');
            await page.waitForFunction(() => Number(document.querySelector('[data-metric=tokens]').textContent) > 30);
            const { scroll, client } = await page.evaluate(() => ({
                scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth,
            }));
            assert.ok(scroll <= client, `the page is ${scroll} wide in a window of ${client}`);
            await screenshot(name, { fullPage: true });
            await page.getByRole('button', { name: 'Cancel all' }).click();
            await waitForRun(live, 'cancelled');
            await noComplaints();
        });
    }
});

describe('the console and a server that goes and comes back', () => {
    afterEach(() => page.context().close());

    it('should say so, end what was going on, and go on by itself', async () => {
        const first = await startServer();
        await openConsole(first.http);
        await connect();
        const interrupted = await run('Stream', { Words: '90000', 'Delay per word, ms': '50' });
        await waitForRun(interrupted, 'streaming');
        await noComplaints();
        await first.stop();
        await waitForState('reconnecting');
        await waitForRun(interrupted, 'failed');
        assert.match(await interrupted.locator('.error').textContent(), /^CONNECTION_LOST: /);
        assert.match(await page.locator('#notice').textContent(), /Attempt \d+ in /);
        await screenshot('desktop-reconnecting');
        await page.getByRole('button', { name: 'Reconnect now' }).click();
        await page.getByText(/Attempt [2-9]\d* in /).waitFor();
        const second = await startServer('--port', String(first.port));
        try {
            await waitForState('open');
            await waitForRun(await run('Stream', { Words: '3' }), 'complete');
        } finally {
            await second.stop();
        }
    });

    it('should say that nobody is there', async () => {
        const gone = await startServer();
        await openConsole(gone.http);
        await gone.stop();
        await page.getByRole('button', { name: 'Connect', exact: true }).click();
        await page.getByText(/CONNECT_FAILED/).waitFor();
        await waitForState('closed');
    });
});

/** The web console after a reload: what the tab showed is there again, and what was going on goes on. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { ConsolePage, launchBrowser, wordsUpTo } from './support/console-page.mjs';
import { defaultServer, startServer } from './support/server.mjs';

let browser;
let server;
let app;
let page;

before(async () => {
    server = await defaultServer();
    browser = await launchBrowser();
});

after(async () => {
    await browser?.close();
    await server?.stop();
});

async function open(base = server.http) {
    app = await ConsolePage.open(browser, base);
    page = app.page;
    await app.waitForState('open');
}

async function reload() {
    await page.reload();
    await app.waitForState('open');
}

const answerOf = (card) => card.locator('.answer').last();

describe('a console that is loaded anew', () => {
    afterEach(() => app.close());

    it('should go on with a run where it was, once', async () => {
        await open();
        const before = await app.run('Stream', { Words: '120', 'Delay per word, ms': '50' });
        await app.waitForRun(before, 'streaming');
        await page.waitForFunction(() => document.querySelector('.answer')?.textContent.includes('w5 '));
        const started = app.sent.filter(({ type }) => type === 'stream').length;
        await reload();
        assert.equal(await app.runs.count(), 1);
        const card = app.runs.first();
        assert.match(await answerOf(card).textContent(), /^w1 w2 w3 /);
        await app.waitForRun(card, 'complete');
        assert.equal(await answerOf(card).textContent(), wordsUpTo(120));
        assert.equal(await card.locator('[data-metric=tokens]').textContent(), '120');
        assert.match(await card.locator('.marks').textContent(), /Resumed after/);
        assert.equal(app.sent.filter(({ type }) => type === 'stream').length, started);
        await app.noComplaints();
    });

    it('should show conversations, turns and how runs ended', async () => {
        await open();
        await app.waitForRun(await app.run('Stream', { Prompt: 'first', Words: '3' }), 'complete');
        await app.waitForRun(await app.run('Generate', { Prompt: 'second', Words: '4' }), 'complete');
        await page.locator('#new').click();
        await app.waitForRun(await app.run('Stream', { Prompt: 'third', Words: '5', 'Fail with': 'RATE_LIMITED' }), 'failed');
        const seen = () => page.evaluate(() => [...document.querySelectorAll('.conversation')].map((conversation) => ({
            isShown: !conversation.hidden,
            prompts: [...conversation.querySelectorAll('.prompt')].map(({ textContent }) => textContent),
            runs: [...conversation.querySelectorAll('.run')].map((run) => ({
                state: run.dataset.state,
                title: run.querySelector('h4').textContent,
                answer: run.querySelector('.answer')?.textContent,
                error: run.querySelector('.error').textContent,
                facts: run.querySelector('.ending')?.textContent,
                tokens: run.querySelector('[data-metric=tokens]').textContent,
                total: run.querySelector('[data-metric=total]').textContent,
            })),
        })));
        const options = () => page.locator('#conversations option').allTextContents();
        const before = { seen: await seen(), options: await options() };
        assert.equal(before.seen.flatMap(({ runs }) => runs).length, 3);
        await reload();
        assert.deepEqual({ seen: await seen(), options: await options() }, before);
        await app.waitForRun(await app.run('Stream', { Words: '2', 'Fail with': '' }), 'complete');
        assert.equal(await app.runs.last().locator('h4').textContent(), 'Run 4');
        await app.noComplaints();
    });

    it('should still ask what the agent asked', async () => {
        await open();
        const before = await app.run('Stream', { Prompt: 'sum', Tool: 'add', 'Tool arguments': '{"a": 40, "b": 2}', 'Before it runs': 'required' });
        await app.waitForRun(before, 'approval');
        await reload();
        const card = app.runs.first();
        await app.button('Approve add').click();
        await app.waitForRun(card, 'complete');
        assert.match(await card.locator('.tool-brief').textContent(), /→ 42/);
        assert.equal(await card.locator('.tool').count(), 1);
        await reload();
        assert.match(await app.runs.first().locator('.tool-brief').textContent(), /→ 42/);
        assert.equal(await app.runs.first().getAttribute('data-state'), 'complete');
        await app.noComplaints();
    });

    it('should keep what ended when the server forgot what went on', async () => {
        const first = await startServer('--drain-timeout', '200');
        await open(first.http);
        await app.waitForRun(await app.run('Stream', { Words: '3', 'Delay per word, ms': '0' }), 'complete');
        await app.waitForRun(await app.run('Stream', { Words: '2000', 'Delay per word, ms': '50' }), 'streaming');
        await page.waitForFunction(() => [...document.querySelectorAll('.answer')].at(-1).textContent.includes('w3 '));
        // A page that is left says nothing more to its server.
        await page.goto('about:blank');
        await first.stop();
        const second = await startServer('--port', String(first.port));
        try {
            await page.goBack();
            await app.waitForState('open');
            assert.equal(await answerOf(app.runs.first()).textContent(), wordsUpTo(3));
            await app.waitForRun(app.runs.last(), 'failed');
            assert.match(await app.runs.last().locator('.error').textContent(), /^RESUME_\w+: /);
            assert.match(await answerOf(app.runs.last()).textContent(), /^w1 w2 w3 /);
        } finally {
            await second.stop();
        }
    });

    it('should show another tab nothing', async () => {
        await open();
        await app.waitForRun(await app.run('Stream', { Words: '3' }), 'complete');
        const other = await page.context().newPage();
        await other.goto(server.http);
        await other.locator('#state[data-state="open"]').waitFor();
        assert.equal(await other.locator('.run').count(), 0);
    });

    it('should begin anew where nothing useful was kept', async () => {
        await open();
        for (const rubbish of ['{', '{"version":0}', 'null', '{"version":1}', '{"version":1,"conversations":[{}],"shown":7}']) {
            await page.evaluate((text) => {
                addEventListener('pagehide', (event) => event.stopImmediatePropagation(), { capture: true });
                sessionStorage.setItem('neurolink.tab', text);
            }, rubbish);
            // Whatever this page keeps when it goes, the next one finds the rubbish.
            await page.addInitScript((text) => sessionStorage.setItem('neurolink.tab', text), rubbish);
            await reload();
            await app.waitForRun(await app.run('Stream', { Words: '2' }), 'complete');
            assert.equal(await app.runs.count(), 1, rubbish);
        }
        await app.noComplaints();
    });
});

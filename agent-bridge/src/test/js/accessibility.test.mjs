/** The rules of axe-core on the web console: both themes, both widths, every view and dialog, with all that a run can show. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, describe, it } from 'node:test';
import { ConsolePage, DESKTOP, launchBrowser, PHONE } from './support/console-page.mjs';
import { defaultServer } from './support/server.mjs';

const IMPACTS = ['serious', 'critical'];

let browser;
let server;
let app;
let axe;

before(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    server = await defaultServer();
    browser = await launchBrowser();
});

after(async () => {
    await browser?.close();
    await server?.stop();
});

/** Fails with every serious finding, and the elements it was found on. */
async function check(what) {
    const violations = await app.page.evaluate(async () => {
        const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
        return found.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => `${node.html} ${node.failureSummary}`) }));
    });
    const serious = violations.filter(({ impact }) => IMPACTS.includes(impact));
    assert.deepEqual(serious, [], what);
}

describe('accessibility of the console', () => {
    afterEach(() => app.close());

    for (const [name, options] of [['desktop', DESKTOP], ['desktop in dark', { ...DESKTOP, colorScheme: 'dark' }], ['a phone', PHONE],
        ['a phone in dark', { ...PHONE, colorScheme: 'dark' }]]) {
        it(`should be sound on ${name}`, async () => {
            app = await ConsolePage.open(browser, server.http, { ...options, reducedMotion: 'reduce' });
            await app.waitForState('open');
            await app.page.evaluate(axe);
            await check('welcome');
            await app.button(/A rich answer/, {}).click();
            await app.waitForRun(app.runs.first(), 'complete');
            const waiting = await app.run('Stream', {
                Prompt: 'ask', Tool: 'add', 'Tool arguments': '{"a": 1, "b": 2}', 'Before it runs': 'required', 'Runs at once': '2',
            });
            await app.waitForRun(waiting, 'approval');
            await check('options and a question');
            await app.button('Approve add').first().click();
            await app.waitForRun(waiting, 'complete');
            const failed = await app.run('Stream', { Prompt: 'fail', Tool: '', 'Before it runs': '', 'Fail with': 'MODEL_ERROR', 'Runs at once': '1' });
            await app.waitForRun(failed, 'failed');
            await app.page.locator('#options-toggle').click();
            await check('ended runs');
            for (const view of ['Activity', 'Server', 'Wire']) {
                await app.show(view);
                await check(view);
            }
            await app.button('Connection').click();
            await check('connection');
            await app.page.keyboard.press('Escape');
            await app.button('Keyboard shortcuts').click();
            await check('shortcuts');
            await app.page.keyboard.press('Escape');
            await app.page.evaluate(() => {
                document.getElementById('cut-ms').value = '30000';
            });
            await app.button('Cut the line').click();
            await app.waitForState('reconnecting');
            await check('a line that is down');
        });
    }
});

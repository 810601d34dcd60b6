/** The list of `support/conformance.mjs` in Chromium, with the client as the server delivers it. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { conformanceNames } from './support/conformance.mjs';
import { IS_PACKAGED, startTarget } from './support/target.mjs';

const CASE_TIMEOUT_MS = 60_000;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];

let browser;
let page;
let server;

before(async () => {
    server = await startTarget();
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, timeout: 120_000 });
    page = await browser.newPage();
    page.setDefaultTimeout(CASE_TIMEOUT_MS);
    await page.route('**/conformance/*.mjs', async (route) => {
        const name = new URL(route.request().url()).pathname.split('/').at(-1);
        await route.fulfill({ contentType: 'text/javascript', body: await readFile(new URL(`support/${name}`, import.meta.url), 'utf8') });
    });
    // A document of the server's that does nothing by itself, unlike the console.
    await page.goto(`http://localhost:${server.port}/neurolink.js`);
});

after(async () => {
    await browser?.close();
    await server?.stop();
});

describe(`client and ${IS_PACKAGED ? 'packaged server' : 'server of the tests'}, in Chromium`, () => {
    for (const name of conformanceNames()) {
        it(`should hold that ${name}`, async (t) => {
            const { error, note } = await page.evaluate(async (only) => {
                const { NeuroLinkClient } = await import('/neurolink.js');
                const { runConformance } = await import('/conformance/conformance.mjs');
                const [result] = await runConformance({ NeuroLinkClient, url: `ws://${location.host}/ws`, WebSocket, only });
                return result;
            }, name);
            t.diagnostic(note);
            assert.equal(error, null);
        });
    }
});

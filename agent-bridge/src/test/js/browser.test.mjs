/** The web console in Chromium, against a running server. Screenshots go to the folder `NEUROLINK_SCREENSHOTS`, where it is set. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { ConsolePage, launchBrowser, PHONE, SMALL_PHONE, wordsUpTo } from './support/console-page.mjs';
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

async function open(base = server.http, options = {}) {
    app = await ConsolePage.open(browser, base, options);
    page = app.page;
    await app.waitForState('open');
}

function answerOf(card) {
    return card.locator('.answer').last();
}

describe('the console', () => {
    beforeEach(() => open());
    afterEach(() => app.close());

    it('should connect without a complaint, and show the server\'s health and the connection', async () => {
        assert.equal(await page.title(), 'NeuroLink console');
        await page.waitForFunction(() => document.getElementById('round-trip').textContent.endsWith('ms'));
        assert.match(await app.fact('Connection').textContent(), /^\S{5,}$/);
        assert.equal(await app.fact('Opened').textContent(), 'once');
        await app.screenshot('desktop-welcome');
        await app.show('Server');
        await page.locator('#health-status[data-state="ok"]').waitFor();
        await page.getByText('maxConnections', { exact: true }).waitFor();
        await app.noComplaints();
        await app.inConnectionDialog(() => page.locator('#connect', { hasText: 'Disconnect' }).click());
        await app.waitForState('closed');
        assert.equal(await page.locator('#notice').textContent(), 'Disconnected.');
        await app.inConnectionDialog(() => page.locator('#connect', { hasText: 'Connect' }).click().then(() => app.waitForState('open')));
        assert.equal(await page.locator('#notice').textContent(), '');
        await app.noComplaints();
    });

    it('should show tokens one by one as they arrive', async () => {
        await app.recordTexts();
        const card = await app.run('Stream', { Words: '40', 'Delay per word, ms': '150' });
        await app.waitForRun(card, 'streaming');
        await page.waitForFunction(() => globalThis.seen.length >= 4);
        await app.waitForRun(card, 'complete');
        assert.equal(await answerOf(card).textContent(), wordsUpTo(40));
        const seen = await app.recordedTexts();
        assert.ok(seen.length >= 5, `the text grew in ${seen.length} steps`);
        assert.equal(await card.locator('[data-metric=tokens]').textContent(), '40');
        assert.match(await card.locator('[data-metric=first]').textContent(), /m?s$/);
        assert.match(await card.locator('.spark').getAttribute('aria-label'), /^40 tokens arrived within/);
        assert.match(await page.locator('#tokens-plot').getAttribute('aria-label'), /^Run 1: 40 tokens arrived within/);
        await app.noComplaints();
    });

    it('should tell a screen reader of the end of a run, and not of its tokens', async () => {
        await page.evaluate(() => {
            globalThis.said = [];
            new MutationObserver(() => globalThis.said.push(document.getElementById('announcer').textContent))
                .observe(document.getElementById('announcer'), { childList: true });
        });
        await app.waitForRun(await app.run('Stream', { Words: '60', 'Delay per word, ms': '10' }), 'complete');
        await page.waitForFunction(() => globalThis.said.at(-1)?.includes('complete'));
        const said = await page.evaluate(() => globalThis.said);
        assert.ok(said.length <= 2, said.join(' | '));
        assert.match(said.at(-1), /Run 1 complete: 60 tokens in .+\.$/);
        const live = await page.evaluate(() => [...document.querySelectorAll('#turns [aria-live], #turns [role=status], #turns [role=log]')].length);
        assert.equal(live, 0);
    });

    it('should keep the order of a conversation and its session', async () => {
        const slow = await app.run('Stream', { Prompt: 'first', Words: '40', 'Delay per word, ms': '25' });
        const fast = await app.run('Stream', { Prompt: 'second', Words: '3' });
        await app.waitForRun(fast, 'complete');
        await app.waitForRun(slow, 'complete');
        assert.deepEqual(await page.locator('.conversation:not([hidden]) .prompt').allTextContents(), ['first', 'second']);
        await app.button('New').click();
        assert.equal(await app.runs.count(), 0);
        await app.waitForRun(await app.run('Stream', { Prompt: 'third' }), 'complete');
        await page.getByRole('combobox', { name: 'Conversation' }).selectOption({ label: '1. first' });
        assert.equal(await app.runs.count(), 2);
        const [first, second, third] = app.sent.filter(({ type }) => type === 'stream').map(({ payload }) => payload.sessionId);
        assert.match(first, /^console-[0-9a-f]{24}$/);
        assert.equal(second, first);
        assert.notEqual(third, first);
        await app.noComplaints();
    });

    it('should follow several runs side by side', async () => {
        await app.run('Stream', { Prompt: 'side by side', 'Runs at once': '3', 'Delay per word, ms': '30' });
        const cards = [0, 1, 2].map((index) => app.runs.nth(index));
        for (const card of cards) {
            await app.waitForRun(card, 'complete');
            assert.equal(await answerOf(card).textContent(), 'You said: side by side');
        }
        const boxes = await Promise.all(cards.map((card) => card.boundingBox()));
        assert.equal(new Set(boxes.map(({ y }) => Math.round(y))).size, 1, 'in one row');
        assert.equal(await page.locator('#tokens-legend li').count(), 3);
        await app.noComplaints();
    });

    it('should cancel one run and leave the others alone', async () => {
        const endless = await app.run('Stream', { Words: '90000', 'Delay per word, ms': '20' });
        await app.waitForRun(endless, 'streaming');
        const second = await app.run('Stream', { Words: '5' });
        await app.waitForRun(second, 'complete');
        await app.button('Cancel run 1').click();
        await app.waitForRun(endless, 'cancelled');
        const text = await answerOf(endless).textContent();
        assert.ok(wordsUpTo(90_000).startsWith(text.trim()) && text.length > 0);
        assert.match(await endless.locator('.ending').textContent(), /^stopped within/);
        assert.equal(await answerOf(second).textContent(), wordsUpTo(5));
        assert.ok(await app.button('Cancel all').isHidden());
        await app.noComplaints();
    });

    it('should show tool calls, generated answers and failures', async () => {
        const withTool = await app.run('Stream', { Prompt: 'sum', Tool: 'add', 'Tool arguments': '{"a": 40, "b": 2}' });
        await app.waitForRun(withTool, 'complete');
        assert.match(await withTool.locator('.tool-brief').textContent(), /^\{"a":40,"b":2\} → 42/);
        await withTool.locator('.tool summary').click();
        assert.equal(await withTool.locator('.tool-result').textContent(), '42');
        const alone = await app.run('Call tool');
        await app.waitForRun(alone, 'complete');
        assert.equal(await alone.locator('.json').textContent(), '42');
        const generated = await app.run('Generate', { Prompt: 'all at once', Tool: '' });
        await app.waitForRun(generated, 'complete');
        assert.equal(await answerOf(generated).textContent(), 'You said: all at once');
        const failed = await app.run('Stream', { 'Fail with': 'MODEL_ERROR' });
        await app.waitForRun(failed, 'failed');
        assert.match(await failed.locator('.error').textContent(), /^MODEL_ERROR: /);
        await app.noComplaints();
    });

    it('should explain what is missing', async () => {
        await app.fill({ Prompt: ' ' });
        await app.button('Stream').click();
        assert.equal(await page.getByRole('alert').textContent(), 'Write a prompt first.');
        await app.fill({ Prompt: 'x', 'More options, JSON': '{"temperature"' });
        await app.button('Stream').click();
        assert.match(await page.getByRole('alert').textContent(), /^More options: /);
        await app.fill({ 'More options, JSON': '' });
        await app.button('Call tool').click();
        assert.equal(await page.getByRole('alert').textContent(), 'Choose a tool to call.');
        assert.equal(await app.runs.count(), 0);
        await app.noComplaints();
    });

    it('should show what the server says as text, never as markup', async () => {
        const nasty = '<img src=x onerror=alert(1)><b>bold</b> [x](javascript:alert(1))';
        const card = await app.run('Stream', { Prompt: nasty, Tool: 'echo', 'Tool arguments': '{"html": "<i>x</i>"}' });
        await app.waitForRun(card, 'complete');
        assert.equal(await answerOf(card).textContent(), 'You said: <img src=x onerror=alert(1)><b>bold</b> x');
        assert.equal(await page.locator('.run img, .run .answer b, .run i, .run a[href]').count(), 0);
        await app.show('Wire');
        await page.locator('#log-rows li').first().waitFor();
        assert.equal(await page.locator('#log-rows img, #log-rows i').count(), 0);
        await app.noComplaints();
    });

    it('should be served with a policy under which neither inline script nor markup from text works', async () => {
        const refused = await page.evaluate(() => {
            const script = document.createElement('script');
            script.type = 'text/javascript';
            const attempts = [() => {
                script.append('globalThis.inlineRan = true');
                document.head.append(script);
            }, () => {
                document.body.innerHTML += '<p>x</p>';
            }];
            return attempts.map((attempt) => {
                try {
                    attempt();
                    return 'done';
                } catch (error) {
                    return error.name;
                }
            });
        });
        assert.equal(refused[1], 'TypeError');
        assert.equal(await page.evaluate(() => globalThis.inlineRan), undefined);
        assert.match((await page.evaluate(() => globalThis.violations)).join(), /script-src|require-trusted-types-for HTMLScriptElement/);
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
        await app.noComplaints();
    });

    it('should keep the log of messages bounded, searchable and free of tokens', async () => {
        await app.inConnectionDialog(() => page.locator('#connect').click());
        await app.waitForState('closed');
        await app.inConnectionDialog(async () => {
            await page.getByLabel('Token', { exact: true }).fill('very-secret-token');
            await page.getByLabel('Send it as').selectOption('query');
            await page.locator('#connect').click();
            await app.waitForState('open');
        });
        await app.show('Wire');
        const card = await app.run('Stream', { Words: '800', 'Delay per word, ms': '0' });
        await app.waitForRun(card, 'complete');
        await page.waitForFunction(() => document.getElementById('log-rows').textContent.includes('stream_complete'));
        assert.ok(await page.locator('#log-rows li').count() <= 500);
        assert.ok(!(await page.locator('body').textContent()).includes('very-secret-token'));
        await page.getByLabel('Show only messages with').fill('stream_complete');
        await page.waitForFunction(() => document.getElementById('log-rows').childElementCount === 1);
        await page.locator('#log-rows summary').click();
        assert.match(await page.locator('#log-rows pre').textContent(), /^\{\n {2}"type": "stream_complete",/);
        await app.screenshot('desktop-wire');
        await page.getByLabel('Show only messages with').fill('');
        await page.locator('#log-clear').click();
        await page.waitForFunction(() => document.getElementById('log-rows').childElementCount <= 2);
        await app.noComplaints();
    });
});

describe('a line that is cut', () => {
    beforeEach(() => open());
    afterEach(() => app.close());

    it('should lose and double nothing, and say what happened', async () => {
        await app.cutsLast(30_000);
        await app.recordTexts();
        const card = await app.run('Stream', { Words: '150', 'Delay per word, ms': '30' });
        await page.waitForFunction(() => globalThis.seen.length >= 5);
        await app.button('Cut the line').click();
        await app.waitForState('reconnecting');
        await app.waitForRun(card, 'interrupted');
        await page.locator('#state', { hasText: /attempt [1-9]/ }).waitFor();
        assert.match(await page.locator('#notice').textContent(), /^The line is down .+ Attempt \d+ in /);
        await app.screenshot('desktop-cut');
        await app.button('Reconnect now').click();
        await app.waitForState('open');
        await app.waitForRun(card, 'streaming');
        await app.waitForRun(card, 'complete');
        assert.equal(await answerOf(card).textContent(), wordsUpTo(150));
        await app.recordedTexts();
        assert.equal(await card.locator('[data-metric=tokens]').textContent(), '150');
        assert.match(await card.locator('.marks').textContent(), /^↻ Resumed after .+ made up for, none lost$/);
        assert.match(await card.locator('.spark').getAttribute('aria-label'), /the line was cut once$/);
        assert.equal(await app.fact('Cut by you').textContent(), 'once');
        assert.equal(await app.fact('Runs resumed').textContent(), '1');
        await app.screenshot('desktop-resumed');
        await app.noComplaints();
    });

    it('should go on after several cuts in a row, with several runs', async () => {
        await app.cutsLast(0);
        await app.run('Stream', { Words: '150', 'Delay per word, ms': '30', 'Runs at once': '3' });
        const cards = [0, 1, 2].map((index) => app.runs.nth(index));
        for (let cut = 0; cut < 3; cut++) {
            await app.waitForState('open');
            await app.waitForRun(cards[2], 'streaming');
            // It may be open again before anybody has seen that it was not.
            await app.button('Cut the line').click();
        }
        for (const card of cards) {
            await app.waitForRun(card, 'complete');
            assert.equal(await answerOf(card).textContent(), wordsUpTo(150));
        }
        assert.equal(await app.fact('Cut by you').textContent(), '3 times');
        await app.noComplaints();
    });

    it('should mend at once when asked to', async () => {
        await app.cutsLast(30_000);
        const card = await app.run('Stream', { Words: '60', 'Delay per word, ms': '30' });
        await app.waitForRun(card, 'streaming');
        await app.button('Cut the line').click();
        await app.button('Reconnect now').click();
        await app.waitForState('open');
        await app.waitForRun(card, 'complete');
        assert.equal(await answerOf(card).textContent(), wordsUpTo(60));
    });
});

describe('tools that need somebody', () => {
    beforeEach(() => open());
    afterEach(() => app.close());

    const addition = { Prompt: 'sum', Tool: 'add', 'Tool arguments': '{"a": 40, "b": 2}', 'Before it runs': 'required' };

    it('should run once they are approved', async () => {
        const card = await app.run('Stream', addition);
        await app.waitForRun(card, 'approval');
        assert.match(await card.locator('.countdown').textContent(), /^Expires in \d+:\d\d\.$/);
        assert.equal(await page.title(), '(1) NeuroLink console');
        await page.locator('#announcer', { hasText: 'asks whether it may run add' }).waitFor();
        await app.screenshot('desktop-approval');
        await app.button('1 question').click();
        assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Approve add');
        await page.keyboard.press('Enter');
        await app.waitForRun(card, 'complete');
        assert.match(await card.locator('.tool-brief').textContent(), /→ 42/);
        assert.equal(await page.title(), 'NeuroLink console');
        await app.noComplaints();
    });

    it('should not run where they are refused, and the run goes on', async () => {
        const card = await app.run('Stream', addition);
        await app.waitForRun(card, 'approval');
        await card.getByLabel('Reason, if you like').fill('not today');
        await app.button('Refuse add').click();
        await app.waitForRun(card, 'complete');
        await card.locator('.tool:is([data-state=refused], [data-state=failed])').waitFor();
        await card.locator('.tool summary').click();
        assert.match(await card.locator('.tool-result').textContent(), /not today/);
        await app.noComplaints();
    });

    it('should still wait after a cut', async () => {
        await app.cutsLast(0);
        const card = await app.run('Stream', addition);
        await app.waitForRun(card, 'approval');
        await app.button('Cut the line').click();
        await app.waitForState('open');
        await app.button('Approve add').click();
        await app.waitForRun(card, 'complete');
        assert.match(await card.locator('.tool-brief').textContent(), /→ 42/);
        assert.equal(await card.locator('.tool').count(), 1);
        await app.noComplaints();
    });

    it('should be run by the page where they are its own', async () => {
        const asked = await app.run('Stream', { Prompt: 'time', Tool: 'browser_time' });
        await app.waitForRun(asked, 'complete');
        assert.match(await asked.locator('.tool-brief').textContent(), /→ \{"iso":"\d{4}-/);
        const themed = await app.run('Stream', { Prompt: 'dark', Tool: 'page_theme', 'Tool arguments': '{"theme": "dark"}' });
        await app.waitForRun(themed, 'complete');
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
        const wrong = await app.run('Stream', { Prompt: 'pink', Tool: 'page_theme', 'Tool arguments': '{"theme": "pink"}' });
        await app.waitForRun(wrong, 'complete');
        await wrong.locator('.tool[data-state=failed]').waitFor();
        await app.noComplaints();
    });
});

describe('the console by keyboard', () => {
    beforeEach(() => open());
    afterEach(() => app.close());

    it('should be usable from the prompt to the end of a run, with a name on every control', async () => {
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the prompt');
        await page.keyboard.press('Enter');
        await page.keyboard.type('typed');
        await page.keyboard.press('Control+Enter');
        await app.waitForRun(app.runs.first(), 'complete');
        assert.equal(await answerOf(app.runs.first()).textContent(), 'You said: typed');
        assert.equal(await page.evaluate(() => document.activeElement.id), 'prompt');
        const nameless = await page.evaluate(() => [...document.querySelectorAll('input, select, textarea, button')]
            .filter((control) => !control.labels?.length && !control.textContent.trim() && !control.getAttribute('aria-label'))
            .map((control) => control.outerHTML));
        assert.deepEqual(nameless, []);
        await app.noComplaints();
    });

    it('should know its shortcuts, and take none from those who write', async () => {
        await app.cutsLast(30_000);
        await page.locator('#prompt').focus();
        await page.keyboard.type('an x, a t and a ?');
        assert.equal(await page.locator('#prompt').inputValue(), 'an x, a t and a ?');
        await app.run('Stream', { Prompt: 'one', Words: '90000', 'Delay per word, ms': '20' });
        await app.waitForRun(app.runs.first(), 'streaming');
        await page.locator('#scroller').focus();
        await page.keyboard.press('?');
        await page.locator('#help[open]').waitFor();
        await page.keyboard.press('Escape');
        assert.equal(await app.runs.first().getAttribute('data-state'), 'streaming');
        await page.keyboard.press('x');
        await app.waitForState('reconnecting');
        await page.keyboard.press('r');
        await app.waitForState('open');
        await page.keyboard.press('j');
        assert.equal(await page.evaluate(() => document.activeElement.className.split(' ')[0]), 'run');
        await page.keyboard.press('Escape');
        await app.waitForRun(app.runs.first(), 'cancelled');
        await page.keyboard.press('4');
        await page.locator('#log-rows').waitFor();
        await page.keyboard.press('t');
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
        await page.keyboard.press('n');
        assert.equal(await app.runs.count(), 0);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'prompt');
        await app.noComplaints();
    });

    it('should let single keys be turned off', async () => {
        await app.button('Keyboard shortcuts').click();
        await page.getByLabel('Single keys work outside text fields').uncheck();
        await page.keyboard.press('Escape');
        await page.locator('#scroller').focus();
        await page.keyboard.press('t');
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'auto');
    });

    it('should go through the views with the arrow keys', async () => {
        await page.getByRole('tab', { name: 'Activity' }).focus();
        await page.keyboard.press('ArrowRight');
        assert.equal(await page.getByRole('tab', { name: 'Server' }).getAttribute('aria-selected'), 'true');
        await page.keyboard.press('End');
        assert.ok(await page.getByRole('tabpanel', { name: 'Wire' }).isVisible());
        await page.keyboard.press('ArrowRight');
        assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-activity');
    });
});

describe('the console on other screens', () => {
    afterEach(() => app.close());

    for (const [name, options] of [['phone', PHONE], ['phone-dark', { ...PHONE, colorScheme: 'dark' }], ['small-phone', SMALL_PHONE],
        ['desktop', {}], ['desktop-dark', { colorScheme: 'dark' }]]) {
        it(`should fit ${name}`, async () => {
            await open(server.http, options);
            await app.screenshot(`${name}-0-welcome`);
            await app.button(/A rich answer/, {}).click();
            await app.waitForRun(app.runs.first(), 'complete');
            await app.fitsItsWidth();
            await app.screenshot(`${name}-1-answer`);
            await app.run('Stream', { Prompt: 'Count for me.', Words: '4000', 'Delay per word, ms': '25', 'Runs at once': '3' });
            await app.waitForRun(app.runs.nth(3), 'streaming');
            await page.locator('#options-toggle').click();
            await page.waitForFunction(() => Number([...document.querySelectorAll('[data-metric=tokens]')].at(-1).textContent) > 20);
            await app.fitsItsWidth();
            await app.screenshot(`${name}-2-streaming`);
            for (const view of ['Activity', 'Server', 'Wire']) {
                await app.show(view);
                await app.fitsItsWidth();
                await app.screenshot(`${name}-3-${view.toLowerCase()}`);
            }
            await app.show(await page.getByRole('tab', { name: 'Chat' }).isVisible() ? 'Chat' : 'Activity');
            await app.button('Cancel all').click();
            await app.waitForRun(app.runs.last(), 'cancelled');
            await app.noComplaints();
        });
    }

    it('should follow the system\'s colours, and remember a choice', async () => {
        const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        await open(server.http, { colorScheme: 'dark' });
        const dark = await background();
        await page.emulateMedia({ colorScheme: 'light' });
        const light = await background();
        assert.notEqual(dark, light);
        await app.button('Theme: automatic').click();
        await app.button('Theme: light').click();
        assert.equal(await background(), dark);
        await page.reload();
        assert.equal(await background(), dark);
    });

    it('should keep still where a person wants no motion', async () => {
        await open(server.http, { reducedMotion: 'reduce' });
        const card = await app.run('Stream', { Words: '90000', 'Delay per word, ms': '20' });
        await app.waitForRun(card, 'streaming');
        assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
        await app.button('Cancel run 1').click();
        await app.waitForRun(card, 'cancelled');
    });
});

describe('the console and a server that goes and comes back', () => {
    afterEach(() => app.close());

    it('should say so, and end what the new server does not know', async () => {
        const first = await startServer('--drain-timeout', '200');
        await open(first.http);
        const interrupted = await app.run('Stream', { Words: '90000', 'Delay per word, ms': '50' });
        await app.waitForRun(interrupted, 'streaming');
        await app.noComplaints();
        await first.stop();
        await app.waitForState('reconnecting');
        await page.locator('#notice', { hasText: /Attempt \d+ in / }).waitFor();
        await app.screenshot('desktop-reconnecting');
        await app.button('Reconnect now').click();
        await page.locator('#notice', { hasText: /Attempt ([2-9]|\d\d+) in / }).waitFor();
        const second = await startServer('--port', String(first.port));
        try {
            await app.waitForState('open');
            await app.waitForRun(interrupted, 'failed');
            assert.match(await interrupted.locator('.error').textContent(), /^(RESUME_\w+|CONNECTION_LOST|MODEL_\w+|SHUTTING_DOWN): /);
            await app.waitForRun(await app.run('Stream', { Words: '3' }), 'complete');
        } finally {
            await second.stop();
        }
    });

    it('should say that nobody is there', async () => {
        const gone = await startServer();
        await open(gone.http);
        await app.inConnectionDialog(() => page.locator('#connect').click());
        await app.waitForState('closed');
        await gone.stop();
        await app.inConnectionDialog(() => page.locator('#connect').click());
        await page.getByText(/CONNECT_FAILED/).first().waitFor();
        await app.waitForState('closed');
    });
});

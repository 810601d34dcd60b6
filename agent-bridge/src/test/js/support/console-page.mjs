/** The web console as a person uses it: opened in Chromium, its fields and buttons found by the names a person reads. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
export const SMALL_PHONE = { ...PHONE, viewport: { width: 360, height: 740 } };

const TIMEOUT_MS = 60_000;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];
const ENDS = ['complete', 'failed', 'cancelled'];

export function launchBrowser() {
    return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, timeout: 120_000 });
}

export class ConsolePage {
    /** Opens the console; everything the browser complains about is kept. */
    static async open(browser, base, options = {}) {
        const context = await browser.newContext({ ...DESKTOP, ...options });
        context.setDefaultTimeout(TIMEOUT_MS);
        await context.addInitScript(() => {
            globalThis.violations = [];
            addEventListener('securitypolicyviolation', ({ violatedDirective, sample }) =>
                globalThis.violations.push(`${violatedDirective} ${sample}`.trim()));
        });
        const opened = new ConsolePage(await context.newPage());
        await opened.page.goto(base);
        return opened;
    }

    constructor(page) {
        this.page = page;
        this.complaints = [];
        this.sent = [];
        page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => this.sent.push(JSON.parse(payload))));
        page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.message}`));
        page.on('console', (message) => ['error', 'warning'].includes(message.type()) && this.complaints.push(message.text()));
    }

    close() {
        return this.page.context().close();
    }

    async noComplaints() {
        assert.deepEqual(this.complaints, []);
        assert.deepEqual(await this.page.evaluate(() => globalThis.violations), []);
    }

    async screenshot(name, options = {}) {
        const { NEUROLINK_SCREENSHOTS } = process.env;
        if (NEUROLINK_SCREENSHOTS) {
            mkdirSync(NEUROLINK_SCREENSHOTS, { recursive: true });
            await this.page.screenshot({ path: join(NEUROLINK_SCREENSHOTS, `${name}.png`), ...options });
        }
    }

    button(name, options = { exact: true }) {
        return this.page.getByRole('button', { name, ...options });
    }

    waitForState(state) {
        return this.page.locator(`#state[data-state="${state}"]`).waitFor();
    }

    show(view) {
        return this.page.getByRole('tab', { name: view }).click();
    }

    /** Opens a dialog, does something there, closes it. */
    async inConnectionDialog(work) {
        await this.button('Connection').click();
        await work();
        if (await this.page.locator('#settings[open]').count() > 0) {
            await this.page.locator('#settings').getByRole('button', { name: 'Close' }).click();
        }
    }

    /** How long the next cuts last. */
    cutsLast(ms) {
        return this.inConnectionDialog(() => this.page.getByLabel('A cut lasts').selectOption(`${ms}`));
    }

    /** Fills in the composer; names are the labels a person reads. */
    async fill(fields) {
        for (const [label, value] of Object.entries(fields)) {
            const field = this.#field(label);
            if (!await field.isVisible()) {
                await this.page.locator('#options-toggle').click();
            }
            if (await field.evaluate(({ localName }) => localName === 'select')) {
                await field.selectOption(value);
            } else {
                await field.fill(value);
            }
        }
    }

    #field(label) {
        const composer = this.page.locator('#composer');
        const [first, ...others] = ['textbox', 'combobox', 'spinbutton'].map((role) => composer.getByRole(role, { name: label, exact: true }));
        return others.reduce((all, each) => all.or(each), first);
    }

    /** The runs of the conversation that is shown, oldest first. */
    get runs() {
        return this.page.locator('.conversation:not([hidden]) .run');
    }

    /** Fills in the composer and sends; the card of the first run that came of it. */
    async run(button, { Prompt = 'x', ...fields } = {}) {
        await this.fill({ Prompt, ...fields });
        const number = await this.runs.count();
        await this.button(button).click();
        return this.runs.nth(number);
    }

    /** Waits until the run is in this state; says what it shows where it ended in another. */
    async waitForRun(card, wanted) {
        try {
            await card.and(this.page.locator([wanted, ...ENDS].map((state) => `[data-state="${state}"]`).join())).waitFor();
        } catch (cause) {
            throw new Error(`the run did not become ${wanted}: ${await card.innerText()}`, { cause });
        }
        const state = await card.getAttribute('data-state');
        assert.ok(state === wanted || (wanted === 'streaming' && state === 'complete'), `the run became ${state}: ${await card.innerText()}`);
    }

    /** Keeps every text the answer of the first run that is started from now on has shown, in `globalThis.seen`. */
    recordTexts() {
        return this.page.evaluate(() => {
            globalThis.seen = [];
            new MutationObserver(() => {
                const text = document.querySelector('.run .answer')?.textContent ?? '';
                if (text !== '' && text !== globalThis.seen.at(-1)) {
                    globalThis.seen.push(text);
                }
            }).observe(document.getElementById('turns'), { subtree: true, childList: true, characterData: true });
        });
    }

    /** The texts that were recorded; fails where one does not continue the one before it. */
    async recordedTexts() {
        const seen = await this.page.evaluate(() => globalThis.seen);
        seen.reduce((shorter, longer) => {
            assert.ok(longer.startsWith(shorter) && longer.length > shorter.length, `${shorter} → ${longer}`);
            return longer;
        });
        return seen;
    }

    fact(name) {
        return this.page.locator(`#connection-facts dt:text-is("${name}") + dd`);
    }

    async fitsItsWidth() {
        const { scroll, client } = await this.page.evaluate(() => ({
            scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth,
        }));
        assert.ok(scroll <= client, `the page is ${scroll} wide in a window of ${client}`);
    }
}

export function wordsUpTo(count) {
    return Array.from({ length: count }, (_, index) => `w${index + 1}`).join(' ');
}

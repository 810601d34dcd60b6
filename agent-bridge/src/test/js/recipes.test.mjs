/** The code of `docs/clients.md`, as it stands there, over a line that is cut again and again. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WebSocket } from 'ws';
import { cuttingProxy } from './support/cutting-proxy.mjs';
import { startTarget } from './support/target.mjs';

const PAGE = new URL('../../../../docs/clients.md', import.meta.url);
const WEB = fileURLToPath(new URL('../../main/resources/io/neurolink/agent/web', import.meta.url));
const MODULES = fileURLToPath(new URL('node_modules', import.meta.url));
const RECIPES = ['client.js', 'bare.js', 'party.js', 'reconnecting.js'];
const CUT_EVERY_MS = 150;

let folder;
let server;

before(async () => {
    globalThis.WebSocket ??= WebSocket;
    folder = await mkdtemp(join(tmpdir(), 'neurolink-recipes-'));
    await mkdir(join(folder, 'node_modules'));
    for (const name of ['partysocket', 'reconnecting-websocket', 'event-target-polyfill']) {
        await symlink(join(MODULES, name), join(folder, 'node_modules', name));
    }
    await symlink(WEB, join(folder, 'node_modules', 'neurolink-websocket-client'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const page = await readFile(PAGE, 'utf8');
    for (const [, name, code] of page.matchAll(/^```js (\S+)\n(.*?)^```$/gms)) {
        await writeFile(join(folder, name), code);
    }
    server = await startTarget();
});

after(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
});

describe('the recipes', () => {
    for (const recipe of RECIPES) {
        it(`should give the whole text once: ${recipe}`, async () => {
            const { ask } = await import(pathToFileURL(join(folder, recipe)));
            const proxy = await cuttingProxy(server.port);
            const prompt = Array.from({ length: 120 }, (_, index) => `word${index}`).join(' ');
            const pieces = [];
            let isOver = false;
            let cuts = 0;
            const asking = ask(`ws://localhost:${proxy.port}/ws`, prompt, (text) => pieces.push(text)).finally(() => {
                isOver = true;
            });
            for (; !isOver && cuts < 8; await sleep(CUT_EVERY_MS)) {
                cuts += pieces.length > 0 && !isOver ? proxy.cut() : 0;
            }
            await asking;
            await proxy.close();
            assert.equal(pieces.join(''), `You said: ${prompt}`);
            assert.ok(cuts >= 1 && proxy.connections > 1, `${cuts} cuts, ${proxy.connections} connections`);
        });
    }

    it('should stand on the page', async () => {
        const page = await readFile(PAGE, 'utf8');
        const named = [...page.matchAll(/^```js (\S+)$/gm)].map(([, name]) => name);
        assert.deepEqual(named.filter((name) => name !== 'resumable-run.js'), RECIPES);
    });
});

/** The JavaScript on the pages of the repository: it is JavaScript, and each block is run by a test that is named here. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { startTarget } from './support/target.mjs';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const WEB = 'agent-bridge/src/main/resources/io/neurolink/agent/web';
const NOT_OURS = new Set(['node_modules', 'target', '.git', 'out']);

/** Who runs the blocks of a page; a page that is not here has none. */
const RUN_BY = {
    'docs/clients.md': 'recipes.test.mjs',
    'docs/coming-from-neurolink.md': 'neurolink-package.test.mjs',
    [`${WEB}/README.md`]: 'docs.test.mjs',
};

async function* pages(folder = ROOT) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && !NOT_OURS.has(entry.name)) {
            yield* pages(path);
        } else if (entry.name.endsWith('.md')) {
            yield path;
        }
    }
}

async function blocks(path) {
    const page = await readFile(path, 'utf8');
    return [...page.matchAll(/^```(?:js|javascript|mjs|ts|typescript)\b[^\n]*\n(.*?)^```$/gms)].map(([, code]) => code);
}

let folder;
let server;
const found = [];

before(async () => {
    globalThis.WebSocket ??= WebSocket;
    folder = await mkdtemp(join(tmpdir(), 'neurolink-docs-'));
    await mkdir(join(folder, 'node_modules'));
    await symlink(join(ROOT, WEB), join(folder, 'node_modules', 'neurolink-websocket-client'));
    server = await startTarget();
    for await (const path of pages()) {
        found.push(...(await blocks(path)).map((code) => ({ page: relative(ROOT, path), code })));
    }
});

after(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
});

describe('JavaScript on pages', () => {
    it('should have a test that runs it', async () => {
        assert.deepEqual([...new Set(found.map(({ page }) => page))].sort(), Object.keys(RUN_BY).sort());
        for (const [page, test] of Object.entries(RUN_BY)) {
            assert.match(await readFile(new URL(test, import.meta.url), 'utf8'), new RegExp(page.split('/').at(-1)), `${test} reads ${page}`);
        }
    });

    it('should be JavaScript', async () => {
        for (const [index, { code }] of found.entries()) {
            const file = join(folder, `syntax-${index}.mjs`);
            await writeFile(file, code);
            await run(process.execPath, ['--check', file]);
        }
    });

    it('should do what README.md of the client says', async () => {
        const [first, second] = found.filter(({ page }) => page === `${WEB}/README.md`).map(({ code }) => code);
        const said = [];
        const toServer = (code) => code.replace('ws://localhost:3000/ws', `ws://localhost:${server.port}/ws`);
        await writeFile(join(folder, 'first.mjs'), toServer(first));
        const log = console.log;
        console.log = (text) => said.push(text);
        try {
            await import(pathToFileURL(join(folder, 'first.mjs')));
        } finally {
            console.log = log;
        }
        assert.equal(said.slice(0, -1).join(''), 'You said: Tell me about lighthouses');
        assert.equal(typeof said.at(-1).outputTokens, 'number');

        await writeFile(join(folder, 'second.mjs'), toServer(`
            import { NeuroLinkClient } from 'neurolink-websocket-client';
            const client = new NeuroLinkClient('ws://localhost:3000/ws');
            await client.connect();
            ${second}
            export const text = (await run.result).text;
            await client.close();`));
        assert.equal((await import(pathToFileURL(join(folder, 'second.mjs')))).text, 'You said: Book a table nearby');
    });
});

/** The npm package: what is in it, that it can be used by its name, and that its types fit. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('../../main/resources/io/neurolink/agent/web/', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const NAME = 'neurolink-websocket-client';
let folder;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neurolink-package-'));
});

after(() => rm(folder, { recursive: true, force: true }));

async function packed() {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: SOURCE });
    return JSON.parse(stdout)[0];
}

describe('the npm package', () => {
    it('should hold the client, its types and its papers, and nothing else', async () => {
        const { name, files } = await packed();
        const modules = (await readdir(SOURCE)).filter((file) => /^neurolink.*\.(js|d\.ts)$/.test(file));
        assert.equal(name, NAME);
        assert.deepEqual(files.map(({ path }) => path).sort(), [...modules, 'LICENSE', 'README.md', 'package.json'].sort());
    });

    it('should import only what it holds', async () => {
        const { files } = await packed();
        const names = files.map(({ path }) => `./${path}`);
        for (const name of names.filter((path) => path.endsWith('.js'))) {
            const source = await readFile(join(SOURCE, name), 'utf8');
            for (const [, imported] of source.matchAll(/^(?:import|export) [^;]*? from '([^']+)'/gm)) {
                assert.ok(names.includes(imported), `${name} imports ${imported}`);
            }
        }
    });

    it('should have no dependency, and the licence of the project', async () => {
        const description = JSON.parse(await readFile(join(SOURCE, 'package.json'), 'utf8'));
        assert.equal(description.dependencies, undefined);
        assert.equal(description.license, 'Apache-2.0');
        assert.equal(await readFile(join(SOURCE, 'LICENSE'), 'utf8'), await readFile(join(HERE, '../../../../LICENSE'), 'utf8'));
    });

    it('should be used by its name, and fit its types', async () => {
        const home = join(folder, 'node_modules', NAME);
        await mkdir(home, { recursive: true });
        const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: SOURCE });
        await run('tar', ['-xzf', join(folder, JSON.parse(stdout)[0].filename), '-C', home, '--strip-components=1']);
        await writeFile(join(folder, 'package.json'), '{"type":"module"}');
        const program = `import { NeuroLinkClient, NeuroLinkError, Run, SUBPROTOCOL } from '${NAME}';
            console.log(typeof NeuroLinkClient, typeof NeuroLinkError, typeof Run, SUBPROTOCOL);`;
        const used = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
        assert.equal(used.stdout.trim(), 'function function function neurolink.agent.v1');
        for (const file of ['sample.ts', 'tsconfig.json']) {
            await cp(join(HERE, 'types', file), join(folder, file));
        }
        const compiler = join(HERE, 'node_modules', 'typescript', 'bin', 'tsc');
        const checked = await run(process.execPath, [compiler, '-p', '.'], { cwd: folder }).catch((error) => error);
        assert.deepEqual([checked.code, checked.stdout], [undefined, '']);
    });
});

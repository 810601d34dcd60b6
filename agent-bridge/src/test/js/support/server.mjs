/**
 * The server under test. `NEUROLINK_URL` names one that runs already; tests that need options of their own, or its end, start one with
 * `NEUROLINK_SERVER` (a command; default: the packaged server).
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const JAR = fileURLToPath(new URL('../../../../target/neurolink-server.jar', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** Where a server with its defaults runs: the one of `NEUROLINK_URL`, or a new one. */
export async function defaultServer() {
    const { NEUROLINK_URL } = process.env;
    return NEUROLINK_URL ? serverAt(NEUROLINK_URL, async () => 0) : startServer();
}

/**
 * Starts a server on a free port, or on the one among the arguments.
 *
 * @param {...string} args options of the server
 * @returns {Promise<{ ws: string, http: string, port: number, stop: () => Promise<number>, said: object }>} `stop` sends SIGTERM, gives the
 *     exit status; `said` is what it printed so far
 */
export async function startServer(...args) {
    const [command, ...fixed] = (process.env.NEUROLINK_SERVER ?? packagedServer()).split(' ');
    const withPort = args.includes('--port') ? args : ['--port', '0', ...args];
    const child = spawn(command, [...fixed, ...withPort], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    const exited = once(child, 'exit').then(([status]) => status);
    for (const name of ['stdout', 'stderr']) {
        child[name].setEncoding('utf8').on('data', (text) => {
            said[name] += text;
        });
    }
    const url = await listening(child, exited, said);
    return { ...serverAt(url, () => stop(child, exited)), said };
}

function packagedServer() {
    if (!existsSync(JAR)) {
        throw new Error(`${JAR} is missing: build it (mvn package), or name a server in NEUROLINK_URL and NEUROLINK_SERVER`);
    }
    return `java -jar ${JAR}`;
}

function serverAt(url, stopIt) {
    const { host, port, protocol } = new URL(url);
    const secure = protocol === 'wss:' || protocol === 'https:' ? 's' : '';
    return { ws: `ws${secure}://${host}`, http: `http${secure}://${host}`, port: Number(port), stop: stopIt };
}

function listening(child, exited, said) {
    return new Promise((resolve, reject) => {
        const fail = (why) => reject(new Error(`the server ${why}\n${said.stdout}${said.stderr}`));
        const timer = setTimeout(() => {
            child.kill('SIGKILL');
            fail(`did not listen within ${START_TIMEOUT_MS} ms`);
        }, START_TIMEOUT_MS);
        child.once('error', reject);
        child.stdout.on('data', () => {
            const url = /^listening on (\S+)$/m.exec(said.stdout)?.[1];
            if (url) {
                clearTimeout(timer);
                resolve(url);
            }
        });
        exited.then((status) => {
            clearTimeout(timer);
            fail(`ended with status ${status}`);
        }, reject);
    });
}

async function stop(child, exited) {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const status = await exited;
    clearTimeout(timer);
    return status;
}

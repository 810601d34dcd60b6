/**
 * Proxies as the files of docs/operations/proxies configure them, with only addresses, ports, paths, time-outs and the
 * number of connections replaced, run as ordinary
 * processes in a folder of their own.
 */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONFIGS = fileURLToPath(new URL('../../../../../docs/operations/proxies/', import.meta.url));
const START_TIMEOUT_MS = 20_000;

/** A port that was free a moment ago. */
export async function freePort() {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

/** A self-signed certificate in the folder: chain, key, and both in one file. */
export function makeCertificate(folder) {
    const file = (name) => join(folder, name);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
        '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', file('key.pem'), '-out',
        file('chain.pem')], { stdio: 'ignore' });
    writeFileSync(file('both.pem'), readFileSync(file('chain.pem'), 'utf8') + readFileSync(file('key.pem'), 'utf8'));
    return { chain: file('chain.pem'), key: file('key.pem'), both: file('both.pem') };
}

/** Replaces every occurrence, of which there must be one at least: a test of a line that is not there any more would test nothing. */
function replaced(text, pairs) {
    return pairs.reduce((all, [from, to]) => {
        if (!all.includes(from)) {
            throw new Error(`the configuration has no '${from}'`);
        }
        return all.replaceAll(from, to);
    }, text);
}

const KINDS = {
    nginx: {
        file: 'nginx.conf',
        config: (text, { port, certificate, timeout }) => replaced(text, [
            ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
            ['server_name agents.example', 'server_name localhost'],
            ['/etc/ssl/agents.example.pem', certificate.chain],
            ['/etc/ssl/agents.example.key', certificate.key],
            ['75s', timeout],
        ]),
        // Where a package keeps its logs and process id is the package's business; run as root, its workers would be somebody else.
        command: (folder, file) => ['nginx', '-p', folder, '-e', join(folder, 'error.log'), '-c', file, '-g',
            `daemon off; pid ${folder}/nginx.pid; ${process.getuid() === 0 ? 'user root;' : ''}`],
        prepare: (text, folder) => text.replace('http {', `http {\n    access_log ${folder}/access.log;\n`
            + ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `    ${name}_temp_path ${folder}/${name};\n`).join('')),
    },
    haproxy: {
        file: 'haproxy.cfg',
        config: (text, { port, certificate, timeout }) => replaced(text, [
            ['maxconn 16384', 'maxconn 6000'],
            ['bind :443', `bind 127.0.0.1:${port}`],
            ['/etc/ssl/agents.example.pem', certificate.both],
            ['75s', timeout],
        ]),
        command: (folder, file) => ['haproxy', '-db', '-f', file],
    },
    passthrough: {
        file: 'haproxy-passthrough.cfg',
        config: (text, { port, timeout }) => replaced(text, [
            ['maxconn 16384', 'maxconn 6000'],
            ['bind :443', `bind 127.0.0.1:${port}`],
            ['75s', timeout],
        ]),
        command: (folder, file) => ['haproxy', '-db', '-f', file],
    },
    caddy: {
        file: 'Caddyfile',
        config: (text, { port, certificate }) => replaced(text, [
            ['https://agents.example:443', `https://localhost:${port}`],
            ['/etc/ssl/agents.example.pem', certificate.chain],
            ['/etc/ssl/agents.example.key', certificate.key],
            ['admin off', 'admin off\n\tauto_https disable_redirects'],
        ]),
        command: (folder, file) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
    },
};

/**
 * Starts a proxy.
 *
 * @param {'nginx' | 'haproxy' | 'passthrough' | 'caddy'} kind which
 * @param {{ folder: string, certificate: object, servers: number[], timeout?: string }} options `servers` are ports of this machine, one or
 *     two; `timeout` how long a line may be silent
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startProxy(kind, { folder, certificate, servers, timeout = '10s' }) {
    const { file, config, command, prepare = (text) => text } = KINDS[kind];
    const port = await freePort();
    const own = join(folder, `${kind}-${port}`);
    mkdirSync(own);
    const [one, two = one] = servers;
    const text = replaced(config(readFileSync(CONFIGS + file, 'utf8'), { port, certificate, timeout }), [
        ['192.0.2.11:3000', `127.0.0.1:${one}`], ['192.0.2.12:3000', `127.0.0.1:${two}`]]);
    const path = join(own, file);
    writeFileSync(path, prepare(text, own));
    const [program, ...args] = command(own, path);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: own, XDG_DATA_HOME: own,
        XDG_CONFIG_HOME: own } });
    let said = '';
    child.stdout.on('data', (data) => { said += data; });
    child.stderr.on('data', (data) => { said += data; });
    const exited = once(child, 'exit');
    await untilItListens(port, child, () => said);
    return {
        url: `wss://localhost:${port}`,
        said: () => said,
        stop: async () => {
            child.kill('SIGTERM');
            const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
            await exited;
            clearTimeout(timer);
        },
    };
}

async function untilItListens(port, child, said) {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline && child.exitCode === null) {
        const socket = net.connect(port, '127.0.0.1');
        try {
            await once(socket, 'connect');
            return;
        } catch {
            await new Promise((resolve) => { setTimeout(resolve, 50); });
        } finally {
            socket.destroy();
        }
    }
    child.kill('SIGKILL');
    throw new Error(`${child.spawnfile} does not listen:\n${said()}`);
}

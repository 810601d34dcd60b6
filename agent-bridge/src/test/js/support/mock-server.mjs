/**
 * A small server that speaks the agent protocol with the `ws` package: the peer of `peer.test.mjs`. It takes the options of the
 * standalone server that the tests use, so that it can also be started in its place: `node support/mock-server.mjs --port 3000`.
 */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { demoAgent } from './demo-agent.mjs';
import { RunRegistry } from './run-registry.mjs';

const SUBPROTOCOL = 'neurolink.agent.v1';
const WEB_ROOT = new URL('../../../main/resources/io/neurolink/agent/web/', import.meta.url);
const CONTENT_TYPES = {
    '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
};
const SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Starts a server; resolves with its port and the handles a test needs. */
export async function startMockServer(options = {}) {
    const config = {
        port: 0, auth: 'none', tokens: new Map(), authFirstMessageMs: 0, pingInterval: 30_000, pongTimeout: 10_000, maxConnections: 1000,
        maxMessageSize: 1_048_576, ...options,
    };
    const sessions = new Set();
    const registry = new RunRegistry(config);
    const http = createServer((request, response) => answerHttp(request, response, config, sessions));
    const webSockets = new WebSocketServer({
        noServer: true, maxPayload: config.maxMessageSize, handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    http.on('upgrade', (request, socket, head) => {
        const refusal = refuse(request, config, sessions.size);
        if (refusal) {
            const body = JSON.stringify(refusal.body);
            socket.end(`HTTP/1.1 ${refusal.status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
            return;
        }
        webSockets.handleUpgrade(request, socket, head, (webSocket) => {
            const session = new Session(webSocket, request, config, registry);
            sessions.add(session);
            webSocket.on('close', () => sessions.delete(session));
        });
    });
    await new Promise((resolve, reject) => http.once('error', reject).listen(config.port, 'localhost', resolve));
    return { port: http.address().port, sessions, registry, close: (notice) => shutDown(http, sessions, registry, notice) };
}

async function shutDown(http, sessions, registry, { reconnectAfterMs = 0 } = {}) {
    for (const session of sessions) {
        session.send({ type: 'shutdown', message: 'Server is shutting down.', reconnectAfterMs, resume: true });
        session.webSocket.close(1001, 'Server shutdown');
    }
    registry.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
}

function refuse(request, config, connectionCount) {
    if (connectionCount >= config.maxConnections) {
        const error = `Maximum connections (${config.maxConnections}) reached`;
        return { status: '503 Service Unavailable\r\nRetry-After: 1', body: { error, name: 'WebSocketConnectionError' } };
    }
    const token = offeredToken(request, config);
    if (config.auth !== 'none' && !config.tokens.has(token) && !(token === undefined && config.authFirstMessageMs > 0)) {
        return { status: '401 Unauthorized\r\nWWW-Authenticate: Bearer', body: { error: 'Authentication required' } };
    }
    const isLacking = config.requireRole !== undefined && !config.tokens.get(token).includes(config.requireRole);
    return isLacking ? { status: '403 Forbidden', body: { error: `Role ${config.requireRole} is required` } } : null;
}

function offeredToken({ headers, url }, { auth }) {
    const query = new URL(url, 'http://localhost').searchParams;
    if (auth === 'basic') {
        return headers.authorization;
    }
    if (auth === 'apiKey') {
        return headers['x-api-key'] ?? query.get('apiKey') ?? undefined;
    }
    const bearer = /(?:^|,)\s*bearer\.([A-Za-z0-9_-]+)/.exec(headers['sec-websocket-protocol'] ?? '')?.[1];
    const fromProtocol = bearer === undefined ? undefined : Buffer.from(bearer, 'base64url').toString();
    return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? query.get('token') ?? fromProtocol;
}

/** One connection and its runs. */
class Session {
    #config;
    #registry;
    #isAuthenticated;

    constructor(webSocket, request, config, registry) {
        this.webSocket = webSocket;
        this.request = request;
        this.#config = config;
        this.#registry = registry;
        this.#isAuthenticated = config.auth === 'none' || offeredToken(request, config) !== undefined;
        webSocket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
        webSocket.on('error', (error) => {
            this.error = error;
        });
        webSocket.on('close', () => registry.disconnect(this));
        if (this.#isAuthenticated) {
            this.#greet();
        } else {
            this.authTimer = setTimeout(() => webSocket.close(4401, 'Authentication timeout'), config.authFirstMessageMs);
            webSocket.on('close', () => clearTimeout(this.authTimer));
        }
        if (config.pingInterval > 0) {
            this.#keepAlive();
        }
    }

    send(message) {
        if (this.webSocket.readyState === this.webSocket.OPEN) {
            this.webSocket.send(JSON.stringify(message));
        }
    }

    #greet() {
        this.send({
            type: 'connected', connectionId: `mock-${Math.random().toString(36).slice(2)}`, timestamp: Date.now(), protocol: 1,
            epoch: this.#registry.epoch, heartbeatMs: this.#config.pingInterval,
            limits: {
                maxMessageBytes: this.#config.maxMessageSize, maxConcurrentRuns: 16, resumeTtlMs: this.#registry.resumeTtlMs,
                replayBytes: this.#registry.replayBytes,
            },
        });
    }

    #keepAlive() {
        const { pingInterval, pongTimeout } = this.#config;
        let isAnswered = true;
        const timer = setInterval(() => {
            if (isAnswered) {
                isAnswered = false;
                this.webSocket.ping();
                setTimeout(() => isAnswered || this.webSocket.close(1001, 'Pong timeout'), pongTimeout);
            }
        }, pingInterval);
        this.webSocket.on('pong', () => {
            isAnswered = true;
        });
        this.webSocket.on('close', () => clearInterval(timer));
    }

    #onMessage(data, isBinary) {
        if (isBinary) {
            this.#refuse('INVALID_PAYLOAD', 'Only text messages are supported for routing');
            return;
        }
        let message;
        try {
            message = JSON.parse(data);
        } catch {
            this.#refuse('INVALID_JSON', 'Invalid JSON message');
            return;
        }
        this.#route(message);
    }

    #route(message) {
        const { type, payload = {}, requestId = payload.requestId ?? crypto.randomUUID() } = message;
        if (type === 'auth') {
            this.#authenticate(payload.token ?? message.token);
        } else if (!this.#isAuthenticated) {
            this.#refuse('AUTH_REQUIRED', 'Authentication required');
        } else if (type === 'ping') {
            this.send({ type: 'pong', timestamp: message.timestamp });
        } else if (type === 'cancel') {
            this.#registry.cancel(payload.requestId, payload.reason);
        } else if (type === 'stream' || type === 'generate' || type === 'tool_call') {
            this.#registry.start(this, { requestId, type, payload }, demoAgent);
        } else if (type === 'resume') {
            this.#registry.resume(this, payload);
        } else if (type === 'tool_approval' || type === 'tool_result') {
            this.#registry.answer({ type, payload });
        } else if (type === undefined) {
            this.#refuse('TYPE_REQUIRED', 'Message type is required');
        } else if (type !== 'pong' && type !== 'ack') {
            this.#refuse('UNKNOWN_TYPE', `Unknown message type: ${type}`);
        }
    }

    #authenticate(token) {
        if (!this.#config.tokens.has(token)) {
            this.#refuse('AUTH_INVALID', 'Invalid token', { inReplyTo: 'auth' });
            this.webSocket.close(4401, 'Invalid token');
            return;
        }
        clearTimeout(this.authTimer);
        this.send({ type: 'auth_ok', expiresAt: Date.now() + 3_600_000 });
        if (!this.#isAuthenticated) {
            this.#isAuthenticated = true;
            this.#greet();
        }
    }

    #refuse(code, error, more = {}) {
        this.send({ type: 'error', error, code, retryable: false, ...more });
    }
}

async function answerHttp(request, response, config, sessions) {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname.startsWith('/api/health')) {
        const count = (path) => [...sessions].filter((session) => session.request.url.split('?')[0] === path).length;
        const paths = { '/ws': count('/ws'), '/ws/agent': count('/ws/agent') };
        const body = JSON.stringify({ status: 'ok', connections: { total: sessions.size, maxConnections: config.maxConnections, paths } });
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
        return;
    }
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    try {
        const body = await readFile(new URL(name, WEB_ROOT));
        response.writeHead(200, { 'Content-Type': CONTENT_TYPES[extname(name)] ?? 'text/plain', 'Content-Security-Policy': SECURITY_POLICY });
        response.end(body);
    } catch {
        response.writeHead(404).end('Not found');
    }
}

async function main() {
    const number = { type: 'string' };
    const { values } = parseArgs({
        options: {
            port: number, auth: { type: 'string' }, token: { type: 'string', multiple: true }, 'auth-first-message': number,
            'basic-user': { type: 'string', multiple: true }, 'require-role': { type: 'string' }, 'ping-interval': number, 'pong-timeout': number, 'max-connections': number, 'max-message-size': number,
        },
    });
    const { auth, token = [], 'basic-user': basicUsers = [], 'require-role': requireRole, ...numbers } = values;
    const camelCase = { 'auth-first-message': 'authFirstMessageMs' };
    const options = Object.fromEntries(Object.entries(numbers).map(([name, value]) =>
        [camelCase[name] ?? name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()), Number(value)]));
    const tokens = new Map([...token.map((entry) => [entry.slice(entry.indexOf('=') + 1), entry.split('=')[0].split(/[:,]/)]),
        ...basicUsers.map((entry) => [`Basic ${Buffer.from(entry).toString('base64')}`, entry.split(':')])]);
    const server = await startMockServer({ port: 3000, auth: auth ?? 'none', tokens, requireRole, ...options });
    console.log(`listening on ws://localhost:${server.port}`);
    process.once('SIGTERM', () => server.close({ reconnectAfterMs: 100 }).then(() => process.exit(0)));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
    await main();
}

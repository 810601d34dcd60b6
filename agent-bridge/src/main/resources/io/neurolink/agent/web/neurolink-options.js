/** What a client is made with, and what a request is made of. */

import { invalid, NeuroLinkError } from './neurolink-error.js';
import { splitTools } from './neurolink-tools.js';

const AUTH_STYLES = ['subprotocol', 'query', 'message'];
const DEFAULTS = {
    auth: 'subprotocol', queryParam: 'token', connectTimeoutMs: 10_000, heartbeatMs: 25_000, heartbeatTimeoutMs: 10_000, maxPending: 64,
    resumeTimeoutMs: 10_000,
};
const RECONNECT_DEFAULTS = { baseDelayMs: 500, maxDelayMs: 30_000, maxAttempts: Infinity, stableAfterMs: 5_000, initial: false };
const SYSTEM_TIMERS = {
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimeout: (timer) => clearTimeout(timer),
    now: () => performance.now(),
};

/** The options with all that was left out. */
export function completeOptions(options) {
    const complete = {
        ...DEFAULTS, random: Math.random, timers: SYSTEM_TIMERS, WebSocket: globalThis.WebSocket, ...options,
        reconnect: options.reconnect === false ? null : { ...RECONNECT_DEFAULTS, ...options.reconnect },
    };
    checkOptions(complete, complete.reconnect);
    return complete;
}

/** The address to connect to. */
export function parseUrl(url) {
    let parsed;
    try {
        parsed = new URL(url, globalThis.location?.href);
    } catch (cause) {
        throw invalid(`"${url}" is not a URL`, cause);
    }
    parsed.protocol = { 'http:': 'ws:', 'https:': 'wss:' }[parsed.protocol] ?? parsed.protocol;
    if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
        throw invalid(`"${url}" is not a WebSocket address: it must start with ws:, wss:, http: or https:`);
    }
    parsed.hash = '';
    return parsed;
}

function checkOptions(options, reconnect) {
    if (typeof options.WebSocket !== 'function') {
        throw new NeuroLinkError('NO_WEBSOCKET',
            'this runtime has no global WebSocket: pass one, for example { WebSocket } from the "ws" package');
    }
    if (!AUTH_STYLES.includes(options.auth)) {
        throw invalid(`auth must be one of ${AUTH_STYLES.join(', ')}, not "${options.auth}"`);
    }
    checkToken(options.token);
    checkApproval(options.onApproval);
    if (options.ackEveryChars !== undefined) {
        checkNumber('ackEveryChars', options.ackEveryChars);
    }
    for (const name of ['connectTimeoutMs', 'heartbeatMs', 'heartbeatTimeoutMs', 'maxPending', 'resumeTimeoutMs']) {
        checkNumber(name, options[name]);
    }
    for (const name of reconnect === null ? [] : ['baseDelayMs', 'maxDelayMs', 'maxAttempts', 'stableAfterMs']) {
        checkNumber(`reconnect.${name}`, reconnect[name]);
    }
}

function checkNumber(name, value) {
    if (typeof value !== 'number' || !(value >= 0)) {
        throw invalid(`${name} must be a number of at least 0, not ${JSON.stringify(value)}`);
    }
}

/** Refuses what is no token. */
export function checkToken(token) {
    if (token !== undefined && typeof token !== 'function' && (typeof token !== 'string' || token === '')) {
        throw invalid('token must be a non-empty string or a function that returns one');
    }
}

function checkApproval(onApproval) {
    if (onApproval !== undefined && typeof onApproval !== 'function') {
        throw invalid('onApproval must be a function');
    }
}

/**
 * A request for an answer.
 *
 * @param {string} type `stream` or `generate`
 * @param {string | object} input the prompt, or a payload with `prompt` or `messages`
 * @param {object} options as the caller gave them
 */
export function promptRequest(type, input, options = {}) {
    const { requestId, signal, onApproval, ...fields } = options;
    const { tools, ...payload } = { ...(typeof input === 'string' ? { prompt: input } : input), ...fields };
    if (typeof payload.prompt !== 'string' && !Array.isArray(payload.messages)) {
        throw invalid('a prompt (a string) or messages (an array) is needed');
    }
    const { declared, own } = splitTools(tools);
    const complete = declared === undefined ? payload : { ...payload, tools: declared };
    return request(type, complete, { requestId, signal, onApproval, tools: own });
}

/** A request to call a tool of the server. */
export function toolRequest(toolName, args, { requestId, signal }) {
    if (typeof toolName !== 'string' || toolName === '') {
        throw invalid('callTool needs the name of a tool');
    }
    return request('tool_call', { toolName, args }, { requestId, signal, tools: new Map() });
}

/** A request to follow a run that was started elsewhere. */
export function attachRequest(requestId, { after = 0, text = '', signal, onApproval, tools }) {
    checkRequestId(requestId);
    checkNumber('after', after);
    checkApproval(onApproval);
    return { requestId, type: 'attach', message: null, after, text, signal, onApproval, tools: splitTools(tools).own };
}

function request(type, payload, { requestId = mintRequestId(), signal, onApproval, tools }) {
    checkRequestId(requestId);
    checkApproval(onApproval);
    return { requestId, type, message: { type, requestId, payload }, signal, onApproval, tools };
}

function checkRequestId(requestId) {
    if (typeof requestId !== 'string' || requestId === '') {
        throw invalid('requestId must be a non-empty string');
    }
}

function mintRequestId() {
    const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Tool calls that a run waits for: those somebody has to approve, and those the client runs itself. */

import { invalid } from './neurolink-error.js';

/**
 * The tool calls of one run. Every call is answered once, however often the server shows it: an answer that may have been lost with its
 * connection is sent again, never found anew.
 */
export class ToolDesk {
    #requestId;
    #tools;
    #onApproval;
    #isStarter;
    #port;
    #calls = new Map();
    #settled = new Set();

    /**
     * @param {object} run `requestId`, `tools` (a map), `onApproval`, `isStarter`
     * @param {object} port `send(message)` gives the connection it went out on, or null; `connection()`, `onNeeded(call)`
     */
    constructor({ requestId, tools, onApproval, isStarter }, port) {
        this.#requestId = requestId;
        this.#tools = tools;
        this.#onApproval = onApproval;
        this.#isStarter = isStarter;
        this.#port = port;
    }

    get pendingApprovals() {
        const isWaiting = ({ approval, answer }) => approval === 'required' && answer === null;
        return [...this.#calls.values()].filter(isWaiting).map(({ call }) => call);
    }

    /**
     * Notes a call, or that it has its result.
     *
     * @returns {boolean} whether it is a call that was not known
     */
    take({ type, toolCallId, toolName, args, approval, expiresAt }) {
        if (type === 'tool_result' && toolCallId !== undefined) {
            this.#settle(toolCallId);
        }
        const isNew = type === 'tool_call' && (approval === 'required' || approval === 'client')
            && !this.#calls.has(toolCallId) && !this.#settled.has(toolCallId);
        if (isNew) {
            const controller = new AbortController();
            const call = { requestId: this.#requestId, toolCallId, toolName, args, expiresAt, signal: controller.signal };
            this.#calls.set(toolCallId, { call, approval, controller, isStarted: false, answer: null, sentOn: null });
        }
        return isNew;
    }

    /** Begins what was not begun, and sends answers that may not have arrived. */
    act() {
        for (const entry of [...this.#calls.values()]) {
            if (!entry.isStarted) {
                entry.isStarted = true;
                this.#start(entry);
            } else {
                this.#send(entry);
            }
        }
    }

    approve(toolCallId, { approved, reason }) {
        const entry = this.#calls.get(toolCallId);
        if (entry?.approval !== 'required' || entry.answer !== null) {
            return false;
        }
        if (typeof approved !== 'boolean') {
            throw invalid(`an approval is true or false, not ${JSON.stringify(approved)}`);
        }
        this.#answer(entry, { type: 'tool_approval', fields: { approved, ...(reason === undefined ? {} : { reason }) } });
        return true;
    }

    /** The run is over. */
    close() {
        for (const toolCallId of [...this.#calls.keys()]) {
            this.#settle(toolCallId);
        }
    }

    #settle(toolCallId) {
        this.#settled.add(toolCallId);
        this.#calls.get(toolCallId)?.controller.abort();
        this.#calls.delete(toolCallId);
    }

    #start(entry) {
        if (entry.approval === 'required') {
            this.#port.onNeeded(entry.call);
            if (this.#onApproval !== undefined) {
                this.#askApproval(entry);
            }
        } else if (this.#tools.has(entry.call.toolName)) {
            this.#execute(entry, this.#tools.get(entry.call.toolName));
        } else if (this.#isStarter) {
            this.#answer(entry, { type: 'tool_result', fields: { error: `this client has no tool "${entry.call.toolName}"` } });
        }
    }

    async #askApproval(entry) {
        const { call } = entry;
        let answer;
        try {
            const said = await this.#onApproval(call);
            answer = typeof said === 'boolean' ? { approved: said } : { approved: said?.approved === true, reason: said?.reason };
        } catch (error) {
            answer = { approved: false, reason: textOf(error) };
        }
        this.approve(call.toolCallId, answer);
    }

    async #execute(entry, { execute }) {
        let fields;
        try {
            fields = { result: (await execute(entry.call.args, entry.call)) ?? null };
        } catch (error) {
            fields = { error: textOf(error) };
        }
        this.#answer(entry, { type: 'tool_result', fields });
    }

    #answer(entry, answer) {
        if (this.#calls.get(entry.call.toolCallId) === entry && entry.answer === null) {
            entry.answer = answer;
            this.#send(entry);
        }
    }

    #send(entry) {
        const { answer, call: { toolCallId }, sentOn } = entry;
        const connection = this.#port.connection();
        if (answer === null || connection === null || sentOn === connection) {
            return;
        }
        entry.sentOn = connection;
        try {
            this.#port.send({ type: answer.type, payload: { toolCallId, ...answer.fields } });
        } catch (error) {
            // What has no JSON form, or is larger than the server takes, is the tool's failure and not the run's.
            entry.answer = { type: 'tool_result', fields: { error: textOf(error) } };
            this.#port.send({ type: 'tool_result', payload: { toolCallId, ...entry.answer.fields } });
        }
    }
}

/**
 * Tools as they are given to `stream()`, taken apart.
 *
 * @param {object | Array | undefined} tools
 * @returns {{ declared: Array | undefined, own: Map<string, object> }} what the server is told, and what the client runs
 */
export function splitTools(tools) {
    if (tools === undefined || tools === null) {
        return { declared: undefined, own: new Map() };
    }
    const list = Array.isArray(tools) ? tools : Object.entries(tools).map(([name, tool]) => ({ ...tool, name }));
    const own = new Map();
    const declared = list.map((tool) => {
        if (typeof tool === 'string') {
            return tool;
        }
        const { execute, ...declaration } = tool ?? {};
        if (typeof declaration.name !== 'string' || declaration.name === '' || typeof execute !== 'function') {
            throw invalid('a tool is the name of one of the server\'s, or an object with "name" and a function "execute"');
        }
        own.set(declaration.name, tool);
        return declaration;
    });
    return { declared, own };
}

function textOf(error) {
    return error instanceof Error && error.message !== '' ? error.message : String(error);
}

/** The demo agent as the standalone server has it: it says what it is told, word by word, and has a few tools. */

import { setTimeout as sleep } from 'node:timers/promises';

const TOOLS = {
    echo: (args) => args,
    add: ({ a, b }) => a + b,
    clock: () => new Date().toISOString(),
    sleep: async ({ ms }, signal) => sleep(ms, undefined, { signal }).then(() => ({ sleptMs: ms })),
};

/** Answers one run; the registry's agent. */
export async function demoAgent(run) {
    return run.type === 'tool_call' ? callTool(run) : answer(run);
}

async function callTool(run) {
    const { toolName, args } = run.payload;
    const toolCallId = crypto.randomUUID();
    try {
        const { result, durationMs } = await timed(() => runTool(toolName, args, run.signal));
        return { type: 'tool_result', toolCallId, toolName, result, durationMs };
    } catch (error) {
        error.code ??= 'TOOL_FAILED';
        throw error;
    }
}

async function answer(run) {
    const { prompt, options = {} } = run.payload;
    const isStream = run.type === 'stream';
    const startMs = performance.now();
    const words = options.words ? Array.from({ length: options.words }, (_, index) => `w${index + 1}`) : `You said: ${prompt}`.split(' ');
    if (isStream) {
        run.emit({ type: 'stream_start', data: { prompt } });
        await callFirst(run, options.tool);
    }
    let text = '';
    for (const [index, word] of words.entries()) {
        await sleep(options.delayMs ?? 20, undefined, { signal: run.signal });
        const content = index === words.length - 1 ? word : `${word} `;
        text += content;
        run.usage = { inputTokens: 1, outputTokens: index + 1, totalTokens: index + 2, estimated: true };
        if (isStream) {
            run.emit({ type: 'chunk', content });
        }
        if (options.fail) {
            throw Object.assign(new Error(`the demo agent fails as told: ${options.fail}`), { code: options.fail });
        }
    }
    const outputTokens = words.length;
    const end = {
        finishReason: 'stop', usage: { inputTokens: 1, outputTokens, totalTokens: outputTokens + 1 },
        timing: { queuedMs: 0, ttftMs: 1, totalMs: performance.now() - startMs },
    };
    return isStream ? { type: 'stream_complete', ...end } : { type: 'response', content: text, data: text, ...end };
}

async function callFirst(run, tool) {
    if (!tool) {
        return;
    }
    const { toolName, args, approval = 'auto' } = tool;
    const toolCallId = crypto.randomUUID();
    const call = { toolCallId, toolName, args, approval };
    let outcome;
    if (approval === 'auto') {
        run.emit({ type: 'tool_call', ...call });
        outcome = await outcomeOf(() => runTool(toolName, args, run.signal));
    } else {
        const said = await run.ask({ ...call, expiresAt: Date.now() + 60_000 });
        outcome = approval === 'client' ? { result: said.result, error: said.error, durationMs: 1 }
            : said.approved ? await outcomeOf(() => runTool(toolName, args, run.signal))
                : { error: `Refused${said.reason ? `: ${said.reason}` : ''}`, durationMs: 0 };
    }
    run.emit({ type: 'tool_result', toolCallId, toolName, ...outcome });
}

async function outcomeOf(action) {
    try {
        return await timed(action);
    } catch (error) {
        return { error: error.message, durationMs: 0 };
    }
}

async function timed(action) {
    const startMs = performance.now();
    const result = await action();
    return { result, durationMs: performance.now() - startMs };
}

async function runTool(toolName, args, signal) {
    if (!Object.hasOwn(TOOLS, toolName)) {
        throw Object.assign(new Error(`Tool not found: ${toolName}`), { code: 'TOOL_NOT_FOUND' });
    }
    return TOOLS[toolName](args, signal);
}

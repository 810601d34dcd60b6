/** A program that uses everything the types have; it is checked, not run. */

import {
    NeuroLinkClient, NeuroLinkError, Run, SUBPROTOCOL,
    type ClientTool, type ConnectedInfo, type GenerateResult, type RunEvent, type RunResult, type RunState, type ToolCall,
} from 'neurolink-websocket-client';

const locate: ClientTool = {
    description: 'Where the user is',
    inputSchema: { type: 'object' },
    execute: async ({ precise }, call) => ({ city: 'Delhi', precise, id: call.toolCallId, isLate: call.signal.aborted }),
};

export async function everything(WebSocketOfNode: new (url: string, protocols: string[]) => WebSocket): Promise<string> {
    const client = new NeuroLinkClient(new URL('wss://example.com/ws'), {
        token: async () => 'token', auth: 'message', reconnect: { baseDelayMs: 100, initial: true }, resumeTimeoutMs: 5_000, ackEveryChars: 0,
        WebSocket: WebSocketOfNode, onApproval: (call: ToolCall) => call.toolName === 'add',
    });
    const bare = new NeuroLinkClient('/ws', { WebSocket, reconnect: false });
    const off: () => void = client.on('run', ({ run, state, previous, resumed }) => {
        const states: RunState[] = [state, previous];
        console.log(run.requestId, states, resumed?.after, resumed?.live);
    });
    client.on('tool_approval_needed', ({ run, call }) => run.approve(call.toolCallId, true, 'fine'));
    client.on('state', ({ state, delayMs, error }) => console.log(state, delayMs, error?.closeCode));
    const info: ConnectedInfo = await client.connect();
    console.log(info.limits?.resumeTtlMs, info.epoch, SUBPROTOCOL, bare.state);

    const run: Run = client.stream({ messages: [{ role: 'user', content: 'Hello' }] }, {
        sessionId: 's', overlap: 'queue', onDisconnect: 'cancel', options: { temperature: 0.5, anything: 1 },
        tools: { locate }, onApproval: async () => ({ approved: false, reason: 'no' }), signal: AbortSignal.timeout(1_000),
    });
    client.stream('Hello', { tools: ['add', { name: 'locate', ...locate }] });
    for await (const event of run) {
        handle(event);
    }
    const result: RunResult = await run.result;
    const text = result.cancelled ? `${result.text} (${result.reason})` : `${result.text} ${result.usage?.totalTokens}`;
    const other: Run = client.attach(run.requestId, { after: run.lastSeq, text, tools: { locate } });
    for await (const piece of other.text({ preventCancel: true })) {
        console.log(piece.length, client.run(other.requestId)?.pendingApprovals.length);
    }
    const answer: GenerateResult = await client.generate('Hello', { requestId: 'r' });
    const sum: unknown = await client.callTool('add', { a: 1, b: 2 });
    await client.authenticate('another');
    off();
    client.cancel('r', 'enough');
    await client.close(1000, 'done');
    return `${answer.text}${sum}`;
}

function handle(event: RunEvent): void {
    switch (event.type) {
        case 'chunk':
            console.log(event.content, event.kind, event.n);
            break;
        case 'tool_call':
            console.log(event.toolName, event.approval, event.expiresAt);
            break;
        case 'stream_complete':
            console.log(event.usage?.outputTokens, event.timing?.ttftMs);
            break;
        default:
            console.log(event.type, event.seq);
    }
}

export function explain(error: unknown): string {
    return error instanceof NeuroLinkError ? `${error.code} ${error.retryAfterMs} ${error.oldestSeq}` : String(error);
}

// @ts-expect-error a client tool needs a function to execute
export const incomplete: ClientTool = { description: 'nothing' };

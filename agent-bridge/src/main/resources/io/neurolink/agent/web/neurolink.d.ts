/** Types of `neurolink.js`, the client of the NeuroLink agent protocol, version 1. */

import type {
    AcceptedEvent, AuthExpiringMessage, AuthOkMessage, CancelledEvent, ChatMessage, ChunkEvent, ConnectedMessage, ModelOptions,
    RateLimitMessage, ResponseEvent, ShutdownMessage, StatusMessage, StreamCompleteEvent, StreamStartEvent, Timing, ToolCallEvent, ToolResultEvent, Usage,
} from './neurolink-protocol.js';

export type * from './neurolink-protocol.js';

export const SUBPROTOCOL: 'neurolink.agent.v1';

export type ConnectionState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/**
 * A token, or a function that is asked for one before each attempt to connect, and when the server says that the last one is about to
 * expire.
 */
export type Token = string | (() => string | Promise<string>);

export interface ReconnectOptions {
    /** Ceiling of the first wait, in milliseconds; doubled with each attempt. The wait is random between 0 and the ceiling. Default 500. */
    baseDelayMs?: number;
    /** The ceiling never exceeds this. Default 30000. */
    maxDelayMs?: number;
    /** Attempts in a row before the client gives up. Default: no limit. */
    maxAttempts?: number;
    /** A connection that was open for less than this counts as a failed attempt, in milliseconds. Default 5000. */
    stableAfterMs?: number;
    /** Whether a first connection that fails is tried again too, instead of rejecting `connect()`. Default false. */
    initial?: boolean;
}

/** Replaces the system's timers, for tests. */
export interface Timers {
    setTimeout(callback: () => void, delayMs: number): unknown;
    clearTimeout(timer: unknown): void;
    /** A monotonic clock, in milliseconds. */
    now(): number;
}

/** What the client needs of a WebSocket class: the one of browsers, of Node.js 22, or of the `ws` package. */
export type WebSocketClass = new (url: string, protocols: string[], options?: any) => {
    readonly readyState: number;
    onopen: ((event: any) => void) | null;
    onmessage: ((event: any) => void) | null;
    onclose: ((event: any) => void) | null;
    onerror: ((event: any) => void) | null;
    send(data: string): void;
    close(code?: number, reason?: string): void;
};

export interface ClientOptions {
    token?: Token;
    /**
     * How the token travels: as the subprotocol `bearer.<base64url>` (default), as a query parameter, or as the first message
     * (which the server must allow).
     */
    auth?: 'subprotocol' | 'query' | 'message';
    /** Name of the query parameter for `auth: 'query'`. Default `token`. */
    queryParam?: string;
    /** The class to connect with. Default: the global `WebSocket`. */
    WebSocket?: WebSocketClass;
    /** Third argument of the class, for example `{ headers }` for the `ws` package. */
    webSocketOptions?: unknown;
    /** `false`: never reconnect. */
    reconnect?: ReconnectOptions | false;
    /** Time from dialling to the server's `connected`, in milliseconds. Default 10000. */
    connectTimeoutMs?: number;
    /** After this long without any message the client asks for a sign of life, in milliseconds; 0 = never. Default 25000. */
    heartbeatMs?: number;
    /** How long it waits for that sign before it gives the connection up, in milliseconds. Default 10000. */
    heartbeatTimeoutMs?: number;
    /** Requests that may wait for the connection. One more fails with `QUEUE_FULL`. Default 64. */
    maxPending?: number;
    /** How long the server may take to answer `resume` before the connection is made anew, in milliseconds. Default 10000. */
    resumeTimeoutMs?: number;
    /**
     * Characters of a run after which the server is told that they arrived, so that it may forget them; 0 = never. Default: half of what
     * the server keeps of a run (`limits.replayBytes`). What it has forgotten, no other tab can attach to any more.
     */
    ackEveryChars?: number;
    /** Answers tool calls that need approval, for runs that have no such function of their own. */
    onApproval?: ApprovalHandler;
    /** Random number in [0, 1), for the wait before a reconnection. */
    random?: () => number;
    timers?: Timers;
}

/** A call the server's agent wants to make, or wants the client to make. */
export interface ToolCall {
    requestId: string;
    toolCallId: string;
    toolName: string;
    args: any;
    /** When the server gives up waiting for an answer, in milliseconds since 1970. */
    expiresAt?: number;
    /** Aborted when an answer is no longer needed: another tab gave one, it expired, or the run ended. */
    signal: AbortSignal;
}

/** `true`, or why not. */
export type Approval = boolean | { approved: boolean; reason?: string };

/**
 * Asked once for every tool call with `approval: "required"`, never again after a reconnection. Where it throws, the call is refused with
 * the message as the reason. Where there is none, `run.approve()` answers, or another tab does.
 */
export type ApprovalHandler = (call: ToolCall) => Approval | Promise<Approval>;

/** A tool that this client runs for the agent. */
export interface ClientTool {
    description?: string;
    /** JSON schema of the arguments. */
    inputSchema?: object;
    /**
     * Run once for every call, never again after a reconnection. What it returns must have a JSON form; what it throws is the tool's
     * error, with which the run goes on.
     */
    execute(args: any, call: ToolCall): unknown;
}

/**
 * Tools of a run: those the client runs, by name; or a list of names of the server's tools that the agent may use (all of them where
 * none is named), in which tools of the client may stand too.
 */
export type Tools = Record<string, ClientTool> | Array<string | (ClientTool & { name: string })>;

export interface PromptFields {
    options?: ModelOptions;
    sessionId?: string;
    tools?: Tools;
    /** `stream` only: whether the run goes on without a viewer. Default `continue`. */
    onDisconnect?: 'continue' | 'cancel';
    /** `stream` only: what happens where the session has a run already. */
    overlap?: 'parallel' | 'queue' | 'reject' | 'replace';
}

export type Prompt = string | (PromptFields & ({ prompt: string } | { messages: ChatMessage[] }));

export interface RequestOptions {
    /** Default: 128 random bits. */
    requestId?: string;
    /** Cancels the run. */
    signal?: AbortSignal;
    /** Answers tool calls that need approval. */
    onApproval?: ApprovalHandler;
}

export interface AttachOptions {
    /** The last event seen; the next one is the first to come. Default 0: all of them. */
    after?: number;
    /** The text up to there, with which the text of the run begins. */
    text?: string;
    /** Cancels the run. */
    signal?: AbortSignal;
    /** Answers tool calls that need approval and have not been answered. */
    onApproval?: ApprovalHandler;
    /** Runs calls of client tools that have not been answered. Only for one client at a time, or several of them run the same call. */
    tools?: Record<string, ClientTool>;
}

/** What an application may be told by servers of other versions, which leave things out. */
export type ConnectedInfo = Pick<ConnectedMessage, 'type' | 'connectionId' | 'timestamp'>
    & Partial<Omit<ConnectedMessage, 'limits'>> & { limits?: Partial<ConnectedMessage['limits']> };

/** What happens in a run, in order, its end included; an error is thrown instead. */
export type RunEvent = AcceptedEvent | StreamStartEvent | ChunkEvent | ToolCallEvent | ToolResultEvent | ResponseEvent
    | StreamCompleteEvent | CancelledEvent | (StatusMessage & { seq?: undefined });

export interface GenerateResult {
    requestId: string;
    text: string;
    reasoning: string;
    finishReason?: string;
    usage?: Usage;
    timing?: Timing;
}

export type RunResult =
    | GenerateResult & { cancelled: false; /** Where an attached run was the call of a tool. */ toolResult?: unknown }
    | {
        requestId: string;
        /** What had arrived. */
        text: string;
        reasoning: string;
        cancelled: true;
        usage?: Usage;
        reason?: string;
        upstreamClosed?: boolean | 'unknown';
        latencyMs?: number;
    };

/**
 * `pending`: waits for the connection. `running`: was sent. `interrupted`: its connection was lost; it goes on on the server, and here once
 * there is a connection again. The others are the end.
 */
export type RunState = 'pending' | 'running' | 'interrupted' | 'completed' | 'cancelled' | 'failed';

export interface ErrorDetails {
    retryable?: boolean;
    retryAfterMs?: number;
    requestId?: string;
    closeCode?: number;
    oldestSeq?: number;
    cause?: unknown;
}

/** Every failure of the client; see `code`. */
export class NeuroLinkError extends Error {
    constructor(code: string, message: string, details?: ErrorDetails);
    /** The server's code, or one of the client's own (listed in `neurolink-error.js`). */
    readonly code: string;
    readonly retryable: boolean;
    readonly retryAfterMs?: number;
    readonly requestId?: string;
    readonly closeCode?: number;
    /** `RESUME_TRIMMED`: the oldest event that can still be had, with `attach(requestId, { after: oldestSeq - 1 })`. */
    readonly oldestSeq?: number;
}

export interface EventMap {
    state: {
        state: ConnectionState;
        previous: ConnectionState;
        /** `connecting`, `reconnecting`: which attempt in a row. */
        attempt?: number;
        /** `reconnecting`: the wait before the attempt, in milliseconds. */
        delayMs?: number;
        /** `reconnecting`, `closed`: why. */
        error?: NeuroLinkError;
        /** `closed`: what was given to `close()`. */
        reason?: string;
    };
    connected: ConnectedInfo;
    /** Every text message on the wire, both ways; tokens are left out. */
    message: { direction: 'in' | 'out'; text: string };
    /** Errors that belong to the connection, not to a run. */
    error: NeuroLinkError;
    shutdown: ShutdownMessage;
    /** The server wants a new token. Where the token is a function it is asked for one, and nothing needs to be done. */
    auth_expiring: AuthExpiringMessage;
    /** A quota of the user is nearly used up, or is. */
    rate_limit: RateLimitMessage;
    /** A run changed its state; `resumed` where it goes on after a lost connection, from event `after` on. */
    run: { run: Run; requestId: string; state: RunState; previous: RunState; resumed?: { after: number; to: number; live: boolean } };
    /** A tool call needs approval and has none yet; for runs with `onApproval` too. */
    tool_approval_needed: { run: Run; call: ToolCall };
}

export class Run implements AsyncIterable<RunEvent> {
    private constructor();
    readonly requestId: string;
    readonly partialText: string;
    readonly lastSeq: number;
    readonly ended: boolean;
    readonly state: RunState;
    /** Tool calls that need approval and have none yet. */
    readonly pendingApprovals: ToolCall[];
    /** Resolves with the terminal event's content, also if cancelled; rejects if the run failed. */
    readonly result: Promise<RunResult>;
    /** Asks the server to stop the model; while the connection is being mended, as soon as it is. */
    cancel(reason?: string): Promise<RunResult>;
    /** Answers a tool call; the first answer wins, in whichever tab. False where no such call waits. */
    approve(toolCallId: string, approved: boolean, reason?: string): boolean;
    [Symbol.asyncIterator](): AsyncGenerator<RunEvent, void>;
    /** Every event, once. Leaving the loop early cancels the run, unless `preventCancel`. */
    events(options?: { preventCancel?: boolean }): AsyncGenerator<RunEvent, void>;
    /** Only the text. */
    text(options?: { preventCancel?: boolean }): AsyncGenerator<string, void>;
}

export class NeuroLinkClient {
    constructor(url: string | URL, options?: ClientOptions);
    readonly state: ConnectionState;
    readonly connected: ConnectedInfo | null;
    readonly url: string;
    on<Name extends keyof EventMap>(name: Name, listener: (detail: EventMap[Name]) => void): () => void;
    connect(): Promise<ConnectedInfo>;
    reconnectNow(): void;
    close(code?: number, reason?: string): Promise<void>;
    stream(input: Prompt, options?: RequestOptions & PromptFields): Run;
    generate(input: Prompt, options?: RequestOptions & PromptFields): Promise<GenerateResult>;
    callTool(toolName: string, args?: unknown, options?: Omit<RequestOptions, 'onApproval'>): Promise<unknown>;
    /** Follows a run that was started elsewhere: in another tab, or by this page before it was loaded anew. */
    attach(requestId: string, options?: AttachOptions): Run;
    /** The run with this id that has not ended, or undefined. */
    run(requestId: string): Run | undefined;
    cancel(requestId: string, reason?: string): void;
    ping(timeoutMs?: number): Promise<number>;
    authenticate(token: Token): Promise<AuthOkMessage | undefined>;
}

/**
 * Types of the messages of the NeuroLink agent protocol, version 1.
 * Made by the build from the JSON schemas in docs/protocol; changes here are lost.
 */

/** Tokens the run consumed. */
export interface Usage {
    /** Tokens of the prompt. */
    inputTokens: number;
    /** Tokens of the answer. */
    outputTokens: number;
    /** Sum of both. */
    totalTokens: number;
    /** Present where the model did not count and the server estimated. */
    estimated?: true;
}

/** Milliseconds since the request came in. */
export interface Timing {
    /** Until the run was started. */
    queuedMs: number;
    /** Until its first token; absent where there was none. */
    ttftMs?: number;
    /** Until its end. */
    totalMs: number;
}

/** The codes of the protocol. */
export type ErrorCode =
    | 'WEBSOCKET_ERROR'
    | 'UNKNOWN_ERROR'
    | 'INVALID_JSON'
    | 'TYPE_REQUIRED'
    | 'UNKNOWN_TYPE'
    | 'INVALID_PAYLOAD'
    | 'TOOL_NOT_FOUND'
    | 'TOOL_FAILED'
    | 'AUTH_REQUIRED'
    | 'AUTH_INVALID'
    | 'AUTH_EXPIRED'
    | 'FORBIDDEN'
    | 'RATE_LIMITED'
    | 'TOO_MANY_RUNS'
    | 'DUPLICATE_REQUEST'
    | 'MODEL_UNAVAILABLE'
    | 'MODEL_TIMEOUT'
    | 'MODEL_ERROR'
    | 'CONTENT_FILTERED'
    | 'SHUTTING_DOWN'
    | 'INTERNAL';

/** A message of a conversation. */
export interface ChatMessage {
    /** Who says it: `system`, `user`, `assistant` or a word of the agent's. */
    role: string;
    /** What is said. */
    content: string;
}

/** The prompt as some older clients send it. */
export interface PromptInput {
    /** What is asked. */
    text: string;
}

/** How to answer. Options that are not here reach the agent untouched. */
export interface ModelOptions {
    /** Name of the model. */
    model?: string;
    /** Name of the provider. */
    provider?: string;
    /** Randomness of the answer. */
    temperature?: number;
    /** Tokens the answer may have. */
    maxTokens?: number;
    /** Share of probability that tokens are drawn from. */
    topP?: number;
    /** Texts that end the answer. */
    stop?: string | string[];
    /** Instruction that precedes the conversation. */
    systemPrompt?: string;
    /** Makes the answer repeatable where the model can do that. */
    seed?: number;
    [name: string]: unknown;
}

/** What is asked, and how. One of `prompt`, `messages` and `input` is needed. */
export interface PromptPayload {
    /** What is asked; beside `messages` it is the last of them. */
    prompt?: string;
    /** A conversation. */
    messages?: ChatMessage[];
    /** The prompt as some older clients send it. */
    input?: PromptInput;
    /** How to answer. Options that are not here reach the agent untouched. */
    options?: ModelOptions;
    /** The client's step in a distributed trace, as W3C Trace Context has it; what breaks its rules is ignored. */
    traceparent?: string;
    /** What tracing systems want to be handed on with it. */
    tracestate?: string;
    /** Names the conversation: a later prompt with the same name continues it. */
    sessionId?: string;
    /**
     * What the agent may use in this run: a string names a tool of the server, an object declares one that the client executes. All tools
     * of the server, and no others, where it is absent.
     */
    tools?: (string | ToolDeclaration)[];
    /** Whether the run goes on when nobody watches it any more (`continue`, the default). */
    onDisconnect?: 'continue' | 'cancel';
    /**
     * What happens where the session has a run already: both go on (`parallel`, the default), this one waits, is refused, or cancels the
     * other.
     */
    overlap?: 'parallel' | 'queue' | 'reject' | 'replace';
}

/** A tool that the client executes. */
export interface ToolDeclaration {
    /** Its name, unique in the request and among the tools of the server. */
    name?: string;
    /** One sentence that tells a model when to use it. */
    description?: string;
    /** JSON schema of its arguments. */
    parameters?: Record<string, unknown>;
    /** The same as `parameters`. */
    inputSchema?: Record<string, unknown>;
    /** All of these may stand in here instead, as model APIs write them. */
    function?: Record<string, unknown>;
}

/** What a client must keep to, and how long it may be away. */
export interface Limits {
    /** Bytes a message to the server may have. */
    maxMessageBytes: number;
    /** Runs a connection may have going. */
    maxConcurrentRuns: number;
    /** How long a run that is over can still be resumed, in milliseconds. */
    resumeTtlMs: number;
    /** Bytes of one run that are kept for those who resume it. */
    replayBytes: number;
}

/**
 * `unknown`: there is no such run; `expired`: it was there, and is not kept any more; `trimmed`: some of the events asked for are not kept
 * any more; `epoch`: the number is of another life of the server; `forbidden`: it is another user's.
 */
export type ResumeFailure = 'unknown' | 'expired' | 'trimmed' | 'epoch' | 'forbidden';

/** The first message of every connection: who the server is and what it allows. */
export interface ConnectedMessage {
    type: 'connected';
    /** Names this connection. */
    connectionId: string;
    /** Milliseconds since the epoch. */
    timestamp: number;
    /** Version of the protocol. */
    protocol: 1;
    /** Names the server. */
    serverId: string;
    /** Changes whenever the server starts anew: no run of another epoch can be resumed. */
    epoch: string;
    /** Time between the server's pings, in milliseconds; 0 = it sends none. */
    heartbeatMs: number;
    /** What a client must keep to, and how long it may be away. */
    limits: Limits;
}

/** The answer to `stream`, sent before the agent is asked: from here on the run can be resumed. */
export interface AcceptedEvent {
    type: 'accepted';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** Always 0: it comes before the first event. */
    seq: 0;
    /** The conversation, where the request named one. */
    sessionId?: string;
}

/** The agent has been asked. */
export interface StreamStartEvent {
    type: 'stream_start';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** Place of the event in its run: 1, 2, 3 … without a gap, the same for every viewer and over every connection. */
    seq: number;
    /** What was asked. */
    data: {
        /** The prompt, or the last message of the user. */
        prompt: string;
    };
    /** The model, where the request named one. */
    model?: string;
}

/**
 * The next piece of the text. Pieces are joined on their way to a client that reads slowly; one that has nothing to wait for is never held
 * back. `seq - n` is the `seq` before it.
 */
export interface ChunkEvent {
    type: 'chunk';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** That of the last piece in it. */
    seq: number;
    /** The text. No character is cut in two. */
    content: string;
    /** `text` is the answer, also where this is absent; `reasoning` is what the model thinks before it. */
    kind?: 'text' | 'reasoning';
    /** Number of pieces joined in it; 1 where it is absent. */
    n?: number;
}

/** The agent calls a tool. */
export interface ToolCallEvent {
    type: 'tool_call';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** Place of the event in its run: 1, 2, 3 … without a gap, the same for every viewer and over every connection. */
    seq: number;
    /** Names one call of a tool; unique within the run. */
    toolCallId: string;
    /** Name of the tool. */
    toolName: string;
    /** Its arguments, any JSON value. */
    args: unknown;
    /**
     * `auto`: it runs; `required`: it waits for a `tool_approval`; `client`: it waits for the client to execute it and to send a
     * `tool_result`.
     */
    approval: 'auto' | 'required' | 'client';
    /** Until when it waits, milliseconds since the epoch; absent for `auto`. */
    expiresAt?: number;
}

/**
 * What came of a tool: within a run always after its `tool_call`, and the one and only event of a run that `tool_call` of the client began.
 * It has either `result` or `error`.
 */
export interface ToolResultEvent {
    type: 'tool_result';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** Place of the event in its run: 1, 2, 3 … without a gap, the same for every viewer and over every connection. */
    seq: number;
    /** Names one call of a tool; unique within the run. */
    toolCallId: string;
    /** Name of the tool. */
    toolName: string;
    /** What it returned, any JSON value. */
    result?: unknown;
    /** Why it failed, text for people. The run goes on. */
    error?: string;
    /** How long it took, in milliseconds. */
    durationMs: number;
}

/** The whole answer to `generate`. Terminal: nothing of the run follows it. */
export interface ResponseEvent {
    type: 'response';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** Place of the event in its run: 1, 2, 3 … without a gap, the same for every viewer and over every connection. */
    seq: number;
    /** The text. */
    content: string;
    /** The same text. */
    data: string;
    /** Why it ends: `stop`, `length`, `content_filter`, or a word of the model's. */
    finishReason: string;
    /** Tokens the run consumed. */
    usage: Usage;
    /** Milliseconds since the request came in. */
    timing: Timing;
}

/** The answer to `stream` is complete. Terminal: nothing of the run follows it. */
export interface StreamCompleteEvent {
    type: 'stream_complete';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** Place of the event in its run: 1, 2, 3 … without a gap, the same for every viewer and over every connection. */
    seq: number;
    /** Why it ends: `stop`, `length`, `content_filter`, or a word of the model's. */
    finishReason: string;
    /** Tokens the run consumed. */
    usage: Usage;
    /** Milliseconds since the request came in. */
    timing: Timing;
}

/** The run was stopped. Terminal: nothing of the run follows it. */
export interface CancelledEvent {
    type: 'cancelled';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** Place of the event in its run: 1, 2, 3 … without a gap, the same for every viewer and over every connection. */
    seq: number;
    /** Why, where somebody said so. */
    reason?: string;
    /** Whether the connection to the model is closed: confirmed (`true`), could not be (`false`), or not said in time (`"unknown"`). */
    upstreamClosed: true | false | 'unknown';
    /** How long stopping took, in milliseconds. */
    latencyMs: number;
    /** What had been delivered. */
    usage: Usage;
}

/**
 * With a `requestId` and a `seq` it is the end of that run, and its only event where the run was refused. Without them it is about a
 * message, and ends nothing.
 */
export interface ErrorMessage {
    type: 'error';
    /** Text for people. */
    error: string;
    /** For programs; an agent may have codes of its own. */
    code: ErrorCode | (string & {});
    /** Whether the same request may succeed later. */
    retryable: boolean;
    /** When to try again, in milliseconds from now. */
    retryAfterMs?: number;
    /** The run that ends with this. */
    requestId?: string;
    /** Place of the event in its run: 1, 2, 3 … without a gap, the same for every viewer and over every connection. */
    seq?: number;
    /** Type of the message it answers. */
    inReplyTo?: string;
}

/** The answer to `resume`: the events after `after` follow, chunks joined, then those to come. */
export interface ResumedMessage {
    type: 'resumed';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** The last `seq` that the client has. */
    after: number;
    /** The last `seq` so far. */
    to: number;
    /** Whether the run still goes on. */
    live: boolean;
}

/** The run cannot be followed any further on this connection. Nothing is left out silently. */
export interface ResumeFailedMessage {
    type: 'resume_failed';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /**
     * `unknown`: there is no such run; `expired`: it was there, and is not kept any more; `trimmed`: some of the events asked for are not
     * kept any more; `epoch`: the number is of another life of the server; `forbidden`: it is another user's.
     */
    reason: ResumeFailure;
    /** For `trimmed`: the oldest event that is kept. */
    oldestSeq?: number;
}

/** The sign of life of a run that is silent. It has no `seq` and is not repeated on resume. */
export interface StatusMessage {
    type: 'status';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId: string;
    /** `queued`: it waits for its turn; `thinking`: for the model; `tool`: for a tool. */
    state: 'queued' | 'thinking' | 'tool';
    /** For how long already, in milliseconds. */
    sinceMs: number;
}

/** The credential is good. */
export interface AuthOkMessage {
    type: 'auth_ok';
    /** When it ends, milliseconds since the epoch; absent where it does not. */
    expiresAt?: number;
}

/** The credential ends soon; an `auth` with a new one keeps the connection. */
export interface AuthExpiringMessage {
    type: 'auth_expiring';
    /** When it ends, milliseconds since the epoch. */
    expiresAt: number;
}

/** A quota of the user is nearly used up, or is; what goes beyond it is answered with `RATE_LIMITED`. */
export interface RateLimitMessage {
    type: 'rate_limit';
    /** What is limited. */
    limit: 'messages' | 'runs' | 'tokens';
    /** How many there are in a minute. */
    max: number;
    /** How many are left now. */
    remaining: number;
    /** Milliseconds until there is one; 0 if there is. */
    retryAfterMs: number;
}

/** Asks for a `pong`, where the server is configured to ping in JSON. */
export interface ServerPing {
    type: 'ping';
    /** Milliseconds since the epoch. */
    timestamp: number;
}

/** The answer to `ping`. */
export interface ServerPong {
    type: 'pong';
    /** The one of the `ping`, whatever it was; the server's clock, in milliseconds since the epoch, where it had none. */
    timestamp: unknown;
}

/** The server is about to close the connection with 1001. */
export interface ShutdownMessage {
    type: 'shutdown';
    /** Text for people. */
    message: string;
    /** How long to wait before connecting again, in milliseconds; not the same for every client. */
    reconnectAfterMs: number;
    /** Whether runs can be resumed on the next connection. */
    resume: boolean;
}

/** Asks for an answer in one piece: one `response`. */
export interface GenerateRequest {
    type: 'generate';
    /** Chosen by the client; the server makes one up where it is absent. */
    requestId?: string;
    /** The client's step in a distributed trace, as W3C Trace Context has it; what breaks its rules is ignored. */
    traceparent?: string;
    /** What tracing systems want to be handed on with it. */
    tracestate?: string;
    /** What is asked, and how. One of `prompt`, `messages` and `input` is needed. */
    payload?: PromptPayload;
    /** The same as `payload.prompt`, for older clients. */
    prompt?: string;
    /** The prompt as some older clients send it. */
    input?: PromptInput;
    /** How to answer. Options that are not here reach the agent untouched. */
    options?: ModelOptions;
}

/** Asks for an answer piece by piece: `accepted`, `stream_start`, `chunk` …, one terminal event. */
export interface StreamRequest {
    type: 'stream';
    /** Chosen by the client; the server makes one up where it is absent. */
    requestId?: string;
    /** The client's step in a distributed trace, as W3C Trace Context has it; what breaks its rules is ignored. */
    traceparent?: string;
    /** What tracing systems want to be handed on with it. */
    tracestate?: string;
    /** What is asked, and how. One of `prompt`, `messages` and `input` is needed. */
    payload?: PromptPayload;
    /** The same as `payload.prompt`, for older clients. */
    prompt?: string;
    /** The prompt as some older clients send it. */
    input?: PromptInput;
    /** How to answer. Options that are not here reach the agent untouched. */
    options?: ModelOptions;
}

/** Calls a tool without the agent: one `tool_result`. */
export interface ToolCallRequest {
    type: 'tool_call';
    /** Chosen by the client; the server makes one up where it is absent. */
    requestId?: string;
    /** The client's step in a distributed trace, as W3C Trace Context has it; what breaks its rules is ignored. */
    traceparent?: string;
    /** What tracing systems want to be handed on with it. */
    tracestate?: string;
    payload: {
        /** Name of the tool. */
        toolName: string;
        /** Its arguments, any JSON value. */
        args?: unknown;
    };
}

/** Stops a run at whatever point it is. It is remembered for a run that has not come yet, and changes nothing for one that is over. */
export interface CancelRequest {
    type: 'cancel';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId?: string;
    payload?: {
        /** Names one run: one answer of the agent, or one call of a tool. */
        requestId?: string;
        /** Text that comes back in `cancelled`. */
        reason?: string;
    };
}

/** Goes on with a run after a reconnection, or watches it from another connection. Asking twice changes nothing. */
export interface ResumeRequest {
    type: 'resume';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId?: string;
    payload: {
        /** Names one run: one answer of the agent, or one call of a tool. */
        requestId?: string;
        /** The last `seq` that the client has; 0 for all. */
        after: number;
        /** The `epoch` of the server that gave that number: makes sure that it is not taken for one of another life of the server. */
        epoch?: string;
    };
}

/** Says how far the client has got, so that the server need not keep what comes before. No answer. */
export interface AckRequest {
    type: 'ack';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId?: string;
    payload: {
        /** Names one run: one answer of the agent, or one call of a tool. */
        requestId?: string;
        /** The last `seq` that the client has. */
        seq: number;
    };
}

/** Allows or forbids a `tool_call` with `approval: "required"`. The first answer counts. */
export interface ToolApprovalAnswer {
    type: 'tool_approval';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId?: string;
    payload: {
        /** Names one run: one answer of the agent, or one call of a tool. */
        requestId?: string;
        /** Names one call of a tool; unique within the run. */
        toolCallId: string;
        /** Whether it may run. */
        approved: boolean;
        /** Text for the agent, where it may not. */
        reason?: string;
    };
}

/** What came of a `tool_call` with `approval: "client"`, which the client executed. It has `result`, or `error` where the tool failed. */
export interface ToolResultAnswer {
    type: 'tool_result';
    /** Names one run: one answer of the agent, or one call of a tool. */
    requestId?: string;
    payload: {
        /** Names one run: one answer of the agent, or one call of a tool. */
        requestId?: string;
        /** Names one call of a tool; unique within the run. */
        toolCallId: string;
        /** What it returned, any JSON value. */
        result?: unknown;
        /** Why it failed, text for the agent. */
        error?: string;
    };
}

/**
 * A credential: the first message where the server lets connections authenticate late, or a new one for a living connection. `token` and
 * `apiKey` mean the same.
 */
export interface AuthRequest {
    type: 'auth';
    payload?: {
        /** The credential. */
        token?: string;
        /** The credential. */
        apiKey?: string;
    };
    /** The same as `payload.token`. */
    token?: string;
    /** The same as `payload.apiKey`. */
    apiKey?: string;
}

/** Asks for a `pong` with the same timestamp. */
export interface ClientPing {
    type: 'ping';
    /** Any value; it comes back. */
    timestamp?: unknown;
}

/** The answer to `ping`. No answer. */
export interface ClientPong {
    type: 'pong';
    /** The one of the `ping`. */
    timestamp?: unknown;
}

/** Everything the server sends. */
export type ServerMessage =
    | ConnectedMessage
    | AcceptedEvent
    | StreamStartEvent
    | ChunkEvent
    | ToolCallEvent
    | ToolResultEvent
    | ResponseEvent
    | StreamCompleteEvent
    | CancelledEvent
    | ErrorMessage
    | ResumedMessage
    | ResumeFailedMessage
    | StatusMessage
    | AuthOkMessage
    | AuthExpiringMessage
    | RateLimitMessage
    | ServerPing
    | ServerPong
    | ShutdownMessage;

/** Everything a client sends. */
export type ClientMessage =
    | GenerateRequest
    | StreamRequest
    | ToolCallRequest
    | CancelRequest
    | ResumeRequest
    | AckRequest
    | ToolApprovalAnswer
    | ToolResultAnswer
    | AuthRequest
    | ClientPing
    | ClientPong;

/** The message of a type, for example `ServerMessageOf<'chunk'>`. */
export type ServerMessageOf<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>;

/** The message of a type, for example `ClientMessageOf<'stream'>`. */
export type ClientMessageOf<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>;

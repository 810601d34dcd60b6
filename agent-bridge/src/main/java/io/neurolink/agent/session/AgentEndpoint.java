package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.metrics.AgentMeter;
import io.neurolink.agent.metrics.AgentMetrics;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.RunLogStore;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.TraceContext;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import io.neurolink.protocol.CloseCode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/**
 * Serves the agent protocol on any number of connections. Its callbacks are those of a {@link io.neurolink.engine.spi.WebSocketHandler},
 * under the same rules; they do not block.
 */
public final class AgentEndpoint {
    private static final int PROTOCOL_VERSION = 1;
    private static final String SHUTDOWN_MESSAGE = "Server shutting down";

    private final Agent agent;
    private final Map<String, AgentTool> tools;
    private final AgentHandlerConfig config;
    private final RunContext context;
    private final RunRegistry registry;
    private final MessageGate gate;
    private final WaitingTools waitingTools = new WaitingTools();
    private final WebSocketMessageRouter router;
    private final AuthMessages auth;
    private final NeuroLinkDialect dialect;
    private final String serverId;
    private final String epoch = UnguessableIds.next("");
    private final Map<String, AgentConnection> connections = new ConcurrentHashMap<>();
    private final AtomicBoolean isShuttingDown = new AtomicBoolean();

    /**
     * Makes an endpoint.
     *
     * @param agent      answers.
     * @param config     limits and times.
     * @param scheduler  timers; belongs to the caller.
     * @param nanoClock  measures durations.
     * @param epochClock time of day, milliseconds.
     * @param serverId   name of this server, told to clients; null = a random one.
     * @param toolThreads runs the tools that agents ask for; may reject.
     * @param logs       where the events of runs are kept; null = in memory.
     * @param replication where other nodes find them too; null = there are no other nodes.
     */
    public AgentEndpoint(Agent agent, AgentHandlerConfig config, ScheduledExecutorService scheduler, NanoClock nanoClock,
                         EpochClock epochClock, String serverId, Executor toolThreads, RunLogStore logs, RunReplication replication) {
        this.agent = agent;
        this.tools = toolsByName(agent);
        this.config = config;
        Authorization authorization = new Authorization(agent.name(), config);
        AgentMeter meter = new AgentMeter(agent.name(), agent.model(), tools.keySet(), config.maxMeteredModels());
        this.context = new RunContext(config, nanoClock, epochClock, scheduler,
                new Recycler<>(() -> new EnvelopeWriter(config.maxEventBytes())), new Recycler<>(RunFrames::new),
                new RunToolContext(config, epochClock, toolThreads, scheduler, waitingTools, authorization, meter), meter);
        this.registry = new RunRegistry(context, logs == null ? (userId, requestId) -> new MemoryRunLog() : logs,
                replication);
        this.gate = new MessageGate(authorization, registry.quotas());
        this.router = new WebSocketMessageRouter(config, context.writers(), this::send);
        this.auth = new AuthMessages(config);
        this.dialect = new NeuroLinkDialect(context, this::approve);
        this.serverId = serverId == null ? UnguessableIds.next("server_") : serverId;
        addRoutes();
        if (registry.cluster() != null) {
            registry.cluster().start();
        }
    }

    private static Map<String, AgentTool> toolsByName(Agent agent) {
        Map<String, AgentTool> tools = new HashMap<>();
        for (AgentTool tool : agent.tools()) {
            if (tools.put(tool.name(), tool) != null) {
                throw new IllegalArgumentException("agent " + agent.name() + " has two tools named " + tool.name());
            }
        }
        return tools;
    }

    private void addRoutes() {
        router.routeEnvelope("generate", (connection, message) -> start(connection, message, RunKind.GENERATE));
        dialect.addTo(router, connection -> of(connection).connection,
                (connection, message) -> start(connection, message, RunKind.STREAM), this::cancel);
        router.routeEnvelope("tool_call", (connection, message) -> start(connection, message, RunKind.TOOL));
        router.routeEnvelope("cancel", this::cancel);
        router.routeEnvelope("resume", this::resume);
        router.routeEnvelope("ack", this::ack);
        router.routeEnvelope("tool_approval", this::approve);
        router.routeEnvelope("tool_result", this::result);
        router.routeEnvelope("auth", (connection, message) -> auth.authenticate(of(connection), message));
        router.routeEnvelope("ping", this::pong);
        router.routeEnvelope("pong", (connection, message) -> null);
    }

    /** {@return the router that messages go through, for routes of the application's own} */
    public WebSocketMessageRouter router() {
        return router;
    }

    /** {@return connections being served} Any thread. */
    public int connectionCount() {
        return connections.size();
    }

    /** {@return what happened to runs, by the counter's name} Any thread. */
    public Map<String, Long> counters() {
        Map<String, Long> counters = registry.counters().toMap(registry.logBytes());
        if (registry.cluster() != null) {
            registry.cluster().counters().addTo(counters, registry.cluster().replication().isConnected());
        }
        gate.addCounters(counters);
        return counters;
    }

    /**
     * Lets runs end whose clients can see that on other nodes. Any thread.
     *
     * @param patience time they have.
     * @return completes when no run goes on, or time is up; without other nodes, or a connection to them, at once.
     */
    public CompletableFuture<Void> finishRuns(Duration patience) {
        return registry.cluster() == null ? CompletableFuture.completedFuture(null) : registry.cluster().finishRuns(patience);
    }

    /** {@return what runs are measured by, as it is now} Any thread. */
    public AgentMetrics metrics() {
        return context.meter().snapshot(registry.counters().counted(registry.logBytes(), config.maxLogBytes()));
    }

    /** Cancels all runs that are going on. Any thread. */
    public void close() {
        registry.close();
        if (registry.cluster() != null) {
            registry.cluster().close();
        }
    }

    /**
     * A connection is established: it is told {@code connected}.
     *
     * @param connection the connection.
     */
    public void onOpen(WebSocketConnection connection) {
        AgentConnection known = new AgentConnection(dialect.listen(connection), context, registry);
        connections.put(connection.id(), known);
        known.reply(writer -> writer.begin("connected").string("connectionId", connection.id())
                .number("timestamp", context.epochClock().time()).number("protocol", PROTOCOL_VERSION)
                .string("serverId", serverId).string("epoch", registry.cluster() == null ? epoch : registry.cluster().epoch())
                .number("heartbeatMs", config.heartbeatInterval().toMillis())
                .beginObject("limits").number("maxMessageBytes", config.maxMessageBytes())
                .number("maxConcurrentRuns", config.maxConcurrentRuns()).number("resumeTtlMs", config.resumeTtl().toMillis())
                .number("replayBytes", config.maxRunLogBytes()).endObject().end());
        known.expiry.watch(connection.user());
    }

    /**
     * A message came in.
     *
     * @param connection where it came from.
     * @param message    the message; not used after the call.
     */
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        AgentConnection known = connections.get(connection.id());
        if (known == null) {
            return;
        }
        if (config.firstMessageAuth() && !isAuthenticated(known)) {
            onMessageBeforeAuth(known, message);
        } else if (!gate.isOn()) {
            router.handle(connection, message);
        } else if (isData(message)) {
            passGate(known, message);
        }
    }

    private void passGate(AgentConnection known, WebSocketMessage message) {
        Envelope envelope;
        try {
            envelope = router.read(message);
        } catch (RuntimeException e) {
            AgentException limited = gate.unreadable(known);
            router.sendError(known.connection, limited == null ? e : limited, null);
            return;
        }
        gate.pass(known, envelope, () -> serve(known, envelope), (refused, reason) -> refuseAtGate(known, refused, reason));
    }

    /** A decision may have taken its time, and the connection may be gone. */
    private void serve(AgentConnection known, Envelope message) {
        if (connections.get(known.connection.id()) == known) {
            router.dispatch(known.connection, message);
            if (connections.get(known.connection.id()) != known) {
                known.runs.disconnect(false);
            }
        }
    }

    private void refuseAtGate(AgentConnection known, Envelope message, AgentException reason) {
        String requestId = requestIdOf(message);
        if (message.type().equals("resume") && requestId != null && reason.code().equals(ErrorCode.FORBIDDEN.name())) {
            refuseResume(known, requestId, ResumeMessages.FORBIDDEN);
        } else {
            refuse(known, message, reason);
        }
    }

    /**
     * A message came in that is not served because its sender has sent too many: that is what the answer says.
     *
     * @param connection   where it came from.
     * @param message      the message; not used after the call.
     * @param retryAfterMs milliseconds after which it would be served.
     */
    public void onRateLimited(WebSocketConnection connection, WebSocketMessage message, long retryAfterMs) {
        AgentConnection known = connections.get(connection.id());
        if (known != null && isData(message)) {
            refuse(known, readOrNull(message),
                    new AgentException(ErrorCode.RATE_LIMITED.name(), "Too many messages in too short a time", true, retryAfterMs));
        }
    }

    private static boolean isData(WebSocketMessage message) {
        return message.type() == WebSocketMessageType.TEXT || message.type() == WebSocketMessageType.BINARY;
    }

    /** @return null if it is no message of the protocol: whatever is wrong with it, it is not answered now */
    private Envelope readOrNull(WebSocketMessage message) {
        try {
            return router.read(message);
        } catch (EnvelopeException | AgentException e) {
            return null;
        }
    }

    private static boolean isAuthenticated(AgentConnection known) {
        return known.connection.user() != null || known.isAuthenticated.get();
    }

    private void onMessageBeforeAuth(AgentConnection known, WebSocketMessage message) {
        if (!isData(message)) {
            return;
        }
        Envelope envelope = readOrNull(message);
        if (envelope != null && (envelope.type().equals("auth") || envelope.type().equals("pong"))) {
            router.dispatch(known.connection, envelope);
        } else {
            refuse(known, envelope, new AgentException(ErrorCode.AUTH_REQUIRED, "Authentication is required before anything else"));
        }
    }

    /**
     * The connection takes more.
     *
     * @param connection the connection.
     */
    public void onWritable(WebSocketConnection connection) {
        AgentConnection known = connections.get(connection.id());
        if (known != null) {
            known.replies.onWritable();
            known.runs.onWritable();
        }
    }

    /**
     * The connection is gone. Its runs go on; who wants to see the rest resumes them on another connection.
     *
     * @param connection the connection.
     * @param code       its close code; with all but 1006 the client has been told all that was sent.
     */
    public void onClose(WebSocketConnection connection, int code) {
        AgentConnection known = connections.remove(connection.id());
        if (known != null) {
            known.expiry.cancel();
            known.runs.disconnect(code != CloseCode.ABNORMAL);
        }
    }

    /**
     * Tells every connection that the server is about to stop, and takes no new runs from now on; those that are going on go on. Any
     * thread.
     *
     * @param message          text for people.
     * @param reconnectAfterMs milliseconds to wait before connecting again; each client is told between this and twice as much.
     * @return how many connections were told.
     */
    public int shutdown(String message, long reconnectAfterMs) {
        if (reconnectAfterMs < 0) {
            throw new IllegalArgumentException("reconnectAfterMs must not be negative: " + reconnectAfterMs);
        }
        isShuttingDown.set(true);
        int told = 0;
        for (AgentConnection known : connections.values()) {
            long jitterMs = ThreadLocalRandom.current().nextLong(reconnectAfterMs + 1);
            told += known.tellShutdown(message, reconnectAfterMs + jitterMs) == SendResult.ACCEPTED ? 1 : 0;
        }
        return told;
    }

    /**
     * The server is drained: the client is told, unless it was, and no new runs are taken on any connection. With the last notice, the runs
     * it looks at are stopped, so that they have an end before the connection has.
     *
     * @param connection the connection.
     * @param notice     when the client should come back, and how long it may stay.
     */
    public void onDrain(WebSocketConnection connection, DrainNotice notice) {
        isShuttingDown.set(true);
        AgentConnection known = connections.get(connection.id());
        if (known != null) {
            known.tellShutdown(SHUTDOWN_MESSAGE, notice.reconnectAfter().toMillis());
            if (notice.isLast()) {
                known.runs.stopAll(new AgentException(ErrorCode.SHUTTING_DOWN, "The server stops before the run has ended"));
            }
        }
    }

    /**
     * Tells whether a client is still to be sent something: it looks at a run that goes on or was not sent whole, or answers wait. Any
     * thread.
     *
     * @param connection its connection.
     * @return whether a drain should wait for it.
     */
    public boolean isBusy(WebSocketConnection connection) {
        AgentConnection known = connections.get(connection.id());
        return known != null && (known.runs.isLooking() || known.replies.isWaiting());
    }

    private Object start(WebSocketConnection connection, Envelope message, RunKind kind) {
        AgentConnection known = of(connection);
        try {
            if (isShuttingDown.get()) {
                throw new AgentException(ErrorCode.SHUTTING_DOWN, "The server is about to stop");
            }
            String requestId = message.requestId();
            boolean isNew = requestId == null;
            if (isNew) {
                requestId = UnguessableIds.next("run_");
            }
            known.runs.start(kind == RunKind.TOOL ? toolRun(connection, message, requestId, isNew)
                    : agentRun(connection, message, requestId, isNew, kind));
        } catch (AgentException | EnvelopeException e) {
            refuse(known, message, ErrorMessages.of(e));
        }
        return null;
    }

    private RunRequest agentRun(WebSocketConnection connection, Envelope message, String requestId, boolean isIdNew, RunKind kind) {
        TraceContext parent = RequestParser.trace(message, connection.trace());
        AgentRequest request = RequestParser.parse(message, requestId, connection.user(), tools.keySet(), stepBelow(parent));
        return new RunRequest(requestId, isIdNew, kind, request.payload().hashCode(), request.prompt(), request.length(),
                request.options().model(), request.sessionId(), overlap(message.payload(), request.sessionId()),
                isCancelledOnDisconnect(message.payload()), new ToolSet(tools, request), null, request.trace(),
                parent == null ? null : parent.spanId(), () -> agent.run(request));
    }

    private RunRequest toolRun(WebSocketConnection connection, Envelope message, String requestId, boolean isIdNew) {
        Fields payload = message.payload();
        String name = payload.requiredString("toolName");
        AgentTool tool = tools.get(name);
        if (tool == null) {
            throw new AgentException(ErrorCode.TOOL_NOT_FOUND, "Tool not found: " + name);
        }
        if (tool.approval() == ToolApproval.CLIENT) {
            throw new AgentException(ErrorCode.TOOL_FAILED, "The tool " + name + " is run by clients");
        }
        TraceContext parent = RequestParser.trace(message, connection.trace());
        TraceContext trace = stepBelow(parent);
        return new RunRequest(requestId, isIdNew, RunKind.TOOL, payload.asMap().hashCode(), null, 0, null, null, Overlap.PARALLEL,
                isCancelledOnDisconnect(payload), ToolSet.NONE, tool.timeout(), trace, parent == null ? null : parent.spanId(),
                () -> new ToolPublisher(tool, payload.raw("args"), connection.user(), trace, context));
    }

    /** A run is a step of its own in the trace of its client. */
    private static TraceContext stepBelow(TraceContext parent) {
        return parent == null ? null : parent.child();
    }

    private static Overlap overlap(Fields payload, String sessionId) {
        Overlap overlap = Overlap.of(payload.string("overlap"));
        if (overlap != Overlap.PARALLEL && sessionId == null) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.overlap needs a payload.sessionId");
        }
        return overlap;
    }

    private static boolean isCancelledOnDisconnect(Fields payload) {
        String word = payload.string("onDisconnect");
        if (word != null && !word.equals("continue") && !word.equals("cancel")) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.onDisconnect must be continue or cancel");
        }
        return "cancel".equals(word);
    }

    /** Answers a request that becomes no run. An error with the id of a run would end that run, so a duplicate is told without it. */
    private void refuse(AgentConnection known, Envelope message, AgentException failure) {
        String requestId = requestIdOf(message);
        if (message != null && isRun(message.type())) {
            context.meter().refused(failure.code());
        }
        String runId = requestId == null || known.runs.find(requestId) != null || !isRun(message.type()) ? null : requestId;
        known.reply(writer -> ErrorMessages.writeRefusal(writer, failure, runId, message == null ? null : message.type()));
    }

    private static String requestIdOf(Envelope message) {
        try {
            return message == null ? null : message.requestId();
        } catch (EnvelopeException e) {
            return null;
        }
    }

    private static boolean isRun(String type) {
        return type.equals("generate") || type.equals("stream") || type.equals("tool_call");
    }

    private Object cancel(WebSocketConnection connection, Envelope message) {
        String requestId = requiredRunId(message);
        String reason = message.payload().string("reason");
        of(connection).runs.cancel(requestId, reason == null ? message.fields().string("reason") : reason);
        return null;
    }

    /** The run that a message about a run is about: named in its payload, or else beside the type. */
    private static String requiredRunId(Envelope message) {
        String requestId = message.payload().string("requestId");
        if (requestId == null) {
            requestId = message.requestId();
        }
        if (requestId == null || requestId.isEmpty() || requestId.length() > Envelope.MAX_REQUEST_ID_LENGTH) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.requestId is required");
        }
        return requestId;
    }

    private Object resume(WebSocketConnection connection, Envelope message) {
        AgentConnection known = of(connection);
        String requestId = requiredRunId(message);
        Long after = message.payload().wholeNumber("after", 0, Long.MAX_VALUE - 1);
        if (after == null) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.after is required");
        }
        String cursorEpoch = message.payload().string("epoch");
        Run run = known.runs.find(requestId);
        RunCluster cluster = registry.cluster();
        if (run == null && cluster != null) {
            cluster.resume(known, requestId, after, cursorEpoch, known.runs.reasonForMissing(requestId));
        } else if (cluster == null ? cursorEpoch != null && !cursorEpoch.equals(epoch) : !cluster.isEpochHere(cursorEpoch)) {
            refuseResume(known, requestId, ResumeMessages.EPOCH);
        } else if (run == null) {
            refuseResume(known, requestId, known.runs.reasonForMissing(requestId));
        } else {
            known.runs.resume(run, after);
        }
        return null;
    }

    private void refuseResume(AgentConnection known, String requestId, String reason) {
        registry.counters().resumeFailures.increment();
        context.meter().resumed(reason);
        known.reply(writer -> ResumeMessages.failed(writer, requestId, reason, -1));
    }

    private Object ack(WebSocketConnection connection, Envelope message) {
        String requestId = requiredRunId(message);
        Long seq = message.payload().wholeNumber("seq", 0, Long.MAX_VALUE);
        if (seq == null) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.seq is required");
        }
        of(connection).runs.ack(requestId, seq);
        return null;
    }

    private Object approve(WebSocketConnection connection, Envelope message) {
        return isAnsweredElsewhere(connection, message) ? null : waitingTools.approve(userId(connection), message);
    }

    private Object result(WebSocketConnection connection, Envelope message) {
        return isAnsweredElsewhere(connection, message) ? null : waitingTools.result(userId(connection), message);
    }

    private boolean isAnsweredElsewhere(WebSocketConnection connection, Envelope message) {
        AgentConnection known = connections.get(connection.id());
        return known != null && registry.cluster() != null && registry.cluster().answer(known, message);
    }

    private static String userId(WebSocketConnection connection) {
        return connection.user() == null ? null : connection.user().id();
    }

    private Object pong(WebSocketConnection connection, Envelope message) {
        Object timestamp = message.fields().raw("timestamp");
        Object payloadTimestamp = timestamp == null ? message.payload().raw("timestamp") : timestamp;
        of(connection).reply(writer -> writer.begin("pong")
                .value("timestamp", payloadTimestamp == null ? context.epochClock().time() : payloadTimestamp).end());
        return null;
    }

    private AgentConnection of(WebSocketConnection connection) {
        AgentConnection known = connections.get(connection.id());
        if (known == null) {
            throw new IllegalStateException("connection " + connection.id() + " is closed");
        }
        return known;
    }

    private SendResult send(WebSocketConnection connection, ByteBuffer message) {
        AgentConnection known = connections.get(connection.id());
        return known == null ? SendResult.CLOSED : known.replies.send(message);
    }
}

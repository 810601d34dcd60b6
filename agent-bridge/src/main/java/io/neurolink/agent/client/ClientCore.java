package io.neurolink.agent.client;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import org.agrona.concurrent.NanoClock;

/**
 * What an agent client does: it keeps one connection, and hands what comes in to the run it is about. Everything here happens on one
 * thread, the executor given; {@link #execute} brings others there.
 */
final class ClientCore {
    private static final int MAX_MESSAGE_BYTES = EnvelopeReaderLimits.BYTES;
    /** Messages that change nothing where they arrive twice. */
    private static final Set<String> REPEATABLE = Set.of("resume", "cancel", "tool_approval", "tool_result");
    private static final long REPEAT_DELAY_MS = 1000;

    private final AgentClientOptions options;
    private final ScheduledExecutorService thread;
    private final Callbacks callbacks;
    private final Callbacks listenerCallbacks;
    private final EnvelopeReader reader = new EnvelopeReader(MAX_MESSAGE_BYTES, EnvelopeReaderLimits.DEPTH, EnvelopeReaderLimits.VALUES);
    private final Map<String, Exchange> exchanges = new LinkedHashMap<>();
    private final AtomicReference<ClientState> state = new AtomicReference<>(ClientState.CONNECTING);
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final Connector connector;
    private Link link;
    private String epoch;
    private long maxRequestBytes = Long.MAX_VALUE;
    private boolean isReady;
    private boolean isRepeating;
    /** Why the client is closed. */
    private AgentException end;

    /** How much a message of a server may hold. */
    private static final class EnvelopeReaderLimits {
        private static final int BYTES = 64 * 1024 * 1024;
        private static final int DEPTH = 128;
        private static final int VALUES = 1_000_000;
    }

    ClientCore(AgentClientOptions options, Wire.Opener opener, ScheduledExecutorService thread, Callbacks callbacks, NanoClock clock,
               DoubleSupplier random) {
        this.options = options;
        this.thread = thread;
        this.callbacks = callbacks;
        this.listenerCallbacks = new Callbacks(new InOrder(callbacks));
        this.connector = new Connector(this, opener, thread, clock, random);
    }

    AgentClientOptions options() {
        return options;
    }

    Callbacks callbacks() {
        return callbacks;
    }

    /** Any thread. */
    ClientState state() {
        return state.get();
    }

    /** Any thread. Completed by the callbacks' executor. */
    CompletableFuture<Void> opened() {
        return opened;
    }

    /** @return which life of the server the connection leads to, or null. */
    String epoch() {
        return epoch;
    }

    /**
     * Has something done on the client's thread. Any thread.
     *
     * @return false if the client has ended, and with it all that the task could be about.
     */
    boolean execute(Runnable task) {
        try {
            thread.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    void start() {
        connector.connect();
    }

    /** Takes a new run; sends its request as soon as there is a connection. */
    void add(Exchange exchange) {
        AgentException refusal = refusalOf(exchange);
        if (refusal != null) {
            exchange.fail(refusal);
            return;
        }
        exchanges.put(exchange.requestId(), exchange);
        if (isReady) {
            exchange.onReady();
        }
    }

    private AgentException refusalOf(Exchange exchange) {
        if (state.get() == ClientState.CLOSED) {
            return end;
        } else if (exchanges.containsKey(exchange.requestId())) {
            return failure(ErrorCode.DUPLICATE_REQUEST.name(), "This client follows run " + exchange.requestId() + " already", null);
        } else if (exchanges.size() >= options.maxRuns()) {
            return new AgentException("QUEUE_FULL", "There are " + options.maxRuns() + " runs already", true, AgentException.NO_HINT);
        } else if (exchange.requestLength() > maxRequestBytes) {
            String what = "The request has " + exchange.requestLength() + " bytes, the server takes " + maxRequestBytes;
            return failure("MESSAGE_TOO_LARGE", what, null);
        }
        return null;
    }

    void forget(Exchange exchange) {
        exchanges.remove(exchange.requestId(), exchange);
    }

    void cancel(String requestId, String reason) {
        Exchange exchange = exchanges.get(requestId);
        if (exchange != null) {
            exchange.cancel(reason);
        } else {
            send(Requests.cancel(requestId, reason));
        }
    }

    /** Sends a message if there is a connection that is ready; what matters is sent again with the next one. */
    void send(byte[] message) {
        if (isReady) {
            link.send(message);
        }
    }

    /** Has the connection replaced, because something on it cannot be right. */
    void reconnect(AgentException cause) {
        report(cause);
        if (link != null) {
            link.abandon("replaced");
        }
    }

    /** Tells the listener of an error. Any thread. */
    void report(AgentException error) {
        listenerCallbacks.execute(() -> options.listener().onError(error));
    }

    /** Sends a new credential over the connection. */
    void authenticate(String token) {
        send(Requests.auth(token));
    }

    void close(int code, String reason) {
        shutDown(failure("CLOSED", "The client was closed", null), code, reason);
    }

    /** Ends everything. */
    void shutDown(AgentException cause, int code, String reason) {
        if (state.get() == ClientState.CLOSED) {
            return;
        }
        end = cause;
        connector.stop();
        Link last = link;
        detach();
        if (last != null) {
            last.close(code, reason);
        }
        List.copyOf(exchanges.values()).forEach(exchange -> exchange.fail(cause));
        enter(ClientState.CLOSED, cause);
        callbacks.execute(() -> opened.completeExceptionally(cause));
    }

    private void enter(ClientState next, AgentException cause) {
        ClientState before = state.getAndSet(next);
        if (before != next) {
            listenerCallbacks.execute(() -> options.listener().onState(before, next, cause));
        }
    }

    // ------------------------------------------------------------------ the connection

    /** A connection is being opened. */
    void attach(Link newLink) {
        link = newLink;
    }

    boolean isCurrent(Link other) {
        return link == other;
    }

    /** The connection is gone; the connector knows what to do about it. */
    void onLost(AgentException cause) {
        detach();
        if (state.get() == ClientState.OPEN) {
            enter(ClientState.RECONNECTING, cause);
        }
        new ArrayList<>(exchanges.values()).forEach(Exchange::onLost);
    }

    private void detach() {
        link = null;
        isReady = false;
    }

    void onText(Link from, byte[] utf8) {
        if (link != from) {
            return;
        }
        try {
            Envelope message = reader.read(ByteBuffer.wrap(utf8));
            dispatch(message);
        } catch (EnvelopeException | AgentException e) {
            reconnect(new AgentException("INVALID_MESSAGE", "The server sent what is no message: " + e.getMessage(), true,
                    AgentException.NO_HINT, e));
        }
    }

    private void dispatch(Envelope message) {
        Fields fields = message.fields();
        switch (message.type()) {
            case "connected" -> onConnected(fields);
            case "auth_ok" -> onAuthenticated();
            case "auth_expiring" -> onAuthExpiring(ServerEvents.whole(fields, "expiresAt", 0));
            case "rate_limit" -> onRateLimit(fields);
            case "shutdown" -> onShutdown(fields);
            case "ping" -> link.send(Requests.pong(fields.raw("timestamp")));
            case "pong" -> { }
            default -> onRunMessage(message);
        }
    }

    private void onConnected(Fields fields) {
        epoch = fields.string("epoch");
        Fields limits = fields.object("limits");
        maxRequestBytes = limits == null ? Long.MAX_VALUE : ServerEvents.whole(limits, "maxMessageBytes", Long.MAX_VALUE);
        if (!link.authenticate()) {
            onReady();
        }
    }

    private void onAuthenticated() {
        if (!isReady) {
            onReady();
        }
    }

    private void onReady() {
        isReady = true;
        connector.onReady();
        enter(ClientState.OPEN, null);
        callbacks.execute(() -> opened.complete(null));
        for (Exchange exchange : List.copyOf(exchanges.values())) {
            if (isReady) {
                exchange.onReady();
            }
        }
    }

    private void onAuthExpiring(long expiresAt) {
        listenerCallbacks.execute(() -> options.listener().onAuthExpiring(expiresAt));
        connector.askForToken(this::authenticate, this::report);
    }

    private void onRateLimit(Fields fields) {
        String limit = ServerEvents.text(fields, "limit", "");
        long remaining = ServerEvents.whole(fields, "remaining", 0);
        long retryAfterMs = ServerEvents.whole(fields, "retryAfterMs", 0);
        listenerCallbacks.execute(() -> options.listener().onRateLimit(limit, remaining, retryAfterMs));
    }

    private void onShutdown(Fields fields) {
        long delayMs = ServerEvents.whole(fields, "reconnectAfterMs", 0);
        String text = ServerEvents.text(fields, "message", "");
        connector.waitAtLeast(delayMs);
        listenerCallbacks.execute(() -> options.listener().onShutdown(text, delayMs));
    }

    private void onRunMessage(Envelope message) {
        String requestId = message.fields().string("requestId");
        Exchange exchange = requestId == null ? null : exchanges.get(requestId);
        if (exchange != null) {
            exchange.onMessage(message);
        } else if (requestId == null && message.type().equals("error")) {
            onError(ServerEvents.error(message.fields()), ServerEvents.text(message.fields(), "inReplyTo", ""));
        }
    }

    /** An error that names no run. */
    private void onError(AgentException error, String inReplyTo) {
        if (error.code().equals(ErrorCode.DUPLICATE_REQUEST.name())) {
            List.copyOf(exchanges.values()).forEach(Exchange::onDuplicate);
        } else if (inReplyTo.equals("resume") && error.code().equals(ErrorCode.UNKNOWN_TYPE.name())) {
            List.copyOf(exchanges.values()).forEach(Exchange::onResumeUnsupported);
        } else if (inReplyTo.equals("auth") && !isReady) {
            connector.refuse(link, error);
        } else if (error.isRetryable() && REPEATABLE.contains(inReplyTo)) {
            repeatLater(error.retryAfterMs());
        } else {
            report(error);
        }
    }

    /** The server did not serve something that it does not name; all that it may have been is sent again. */
    private void repeatLater(long retryAfterMs) {
        Link refusing = link;
        long delayMs = retryAfterMs == AgentException.NO_HINT ? REPEAT_DELAY_MS : retryAfterMs;
        if (!isRepeating) {
            isRepeating = true;
            thread.schedule(() -> {
                isRepeating = false;
                if (isCurrent(refusing)) {
                    List.copyOf(exchanges.values()).forEach(Exchange::repeat);
                }
            }, delayMs, TimeUnit.MILLISECONDS);
        }
    }

    static AgentException failure(String code, String message, Throwable cause) {
        return new AgentException(code, message, false, AgentException.NO_HINT, cause);
    }
}

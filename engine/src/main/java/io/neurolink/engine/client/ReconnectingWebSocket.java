package io.neurolink.engine.client;

import io.neurolink.engine.loop.CloseFrames;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.protocol.CloseCode;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A WebSocket that is opened again whenever it is lost, after a wait that grows and is random.
 *
 * <pre>{@code
 * ReconnectingWebSocket socket = ReconnectingWebSocket.builder(client, URI.create("wss://example.org/ws"), handler)
 *         .options(() -> ConnectOptions.defaults().header("Authorization", "Bearer " + token()))
 *         .open();
 * }</pre>
 *
 * <pre>
 *   CONNECTING ── opened ──▶ OPEN
 *     │    ▲                  │ closed
 *     │    └── time ── WAITING ◀─── recoverable
 *     └── failed ──────▶ │ not recoverable, too many attempts, close()
 *                        ▼
 *                      CLOSED
 * </pre>
 *
 * The handler sees each connection as one of its own: {@code onOpen}, messages, {@code onClose}. Nothing is sent again by itself, and
 * nothing waits for the next connection: a message that was accepted and whose connection broke may have arrived or not, and only the
 * application knows whether it may be sent twice. Send what the server must know when a connection opens, in {@code onOpen}.
 *
 * <p>The server's name is looked up anew for each attempt, and the options are asked for anew, so that credentials can be renewed. A server
 * that closes with 4401 or 4403, or with 3000, is tried again at once with new ones where the options come from a source, but not twice in
 * a row. A refusal's {@code Retry-After} is waited for. Any thread may call any method; none blocks.
 */
public final class ReconnectingWebSocket implements AutoCloseable {
    /** Where such a socket stands. */
    public enum State {
        /** Being opened. */
        CONNECTING,
        /** Connected. */
        OPEN,
        /** Not connected; tries again after a while. */
        WAITING,
        /** It has ended and does not connect again. */
        CLOSED
    }

    /** Runs something after a while, on a thread that may block. */
    @FunctionalInterface
    interface Later {
        void run(Runnable task, long delayNs);
    }

    private final WebSocketClient client;
    private final URI uri;
    private final WebSocketHandler handler;
    private final ReconnectPolicy policy;
    private final Supplier<ConnectOptions> options;
    private final boolean isRenewable;
    private final ReconnectListener listener;
    private final LongSupplier clock;
    private final DoubleSupplier random;
    private final Later later;

    private final AtomicReference<State> state = new AtomicReference<>(State.CONNECTING);
    private final AtomicReference<WebSocketConnection> connection = new AtomicReference<>();
    private final CompletableFuture<WebSocketConnection> opened = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /** What happens to it, one after the other, by whichever thread comes first. */
    private final Queue<Runnable> steps = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /** Counts attempts and waits; what belongs to another number than the present one is too late. */
    private final AtomicInteger generation = new AtomicInteger();

    private CompletableFuture<WebSocketConnection> opening = CompletableFuture.completedFuture(null);
    private int failures;
    private long openedNs;
    private boolean isRenewed;
    private Duration hint = Duration.ZERO;

    private ReconnectingWebSocket(Builder builder) {
        this.client = builder.client;
        this.uri = builder.uri;
        this.handler = builder.handler;
        this.policy = builder.policy;
        this.options = builder.options;
        this.isRenewable = builder.isRenewable;
        this.listener = builder.listener;
        this.clock = builder.clock;
        this.random = builder.random;
        this.later = builder.later == null ? this::runLater : builder.later;
    }

    /**
     * {@return a builder with the defaults}
     *
     * @param client  opens the connections; its end is the end of the socket.
     * @param uri     address of the server.
     * @param handler takes the events of all connections.
     * @throws IllegalArgumentException if the address is none; the message says why.
     */
    public static Builder builder(WebSocketClient client, URI uri, WebSocketHandler handler) {
        ServerAddress.of(uri);
        return new Builder(Objects.requireNonNull(client, "client"), uri, Objects.requireNonNull(handler, "handler"));
    }

    // ------------------------------------------------------------------ any thread

    /** {@return where the socket stands} */
    public State state() {
        return state.get();
    }

    /** {@return the present connection, or null if there is none} */
    public WebSocketConnection connection() {
        return connection.get();
    }

    /** {@return the first connection, when it is open; fails with what {@link #ended} tells if there never is one} */
    public CompletableFuture<WebSocketConnection> opened() {
        return opened.copy();
    }

    /** {@return completes when the socket is closed, by either side with 1000 or by {@link #close}; fails with the reason if it gave up} */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /**
     * Sends a text message over the present connection.
     *
     * @param text the whole message.
     * @return what became of it; {@code CLOSED} if there is no connection.
     */
    public SendResult send(String text) {
        WebSocketConnection present = connection.get();
        return present == null ? SendResult.CLOSED : present.send(text);
    }

    /**
     * Sends a binary message over the present connection.
     *
     * @param bytes the whole message between position and limit.
     * @return what became of it; {@code CLOSED} if there is no connection.
     */
    public SendResult send(ByteBuffer bytes) {
        WebSocketConnection present = connection.get();
        return present == null ? SendResult.CLOSED : present.send(bytes);
    }

    /** Ends a wait: the network is back, for instance. Does nothing while the socket does not wait. */
    public void reconnectNow() {
        step(() -> {
            if (state.get() == State.WAITING) {
                attempt();
            }
        });
    }

    /**
     * Has the next wait last longer: the server has said when it wants to see its clients again, by a message of the application's own such
     * as {@code reconnectAfterMs} of the agent protocol. The policy's wait comes on top.
     *
     * @param value how long to wait at least; at most {@link ReconnectPolicy#MAX_HINT} counts.
     */
    public void reconnectAfter(Duration value) {
        Objects.requireNonNull(value, "value");
        step(() -> hint = ReconnectPolicy.bounded(value));
    }

    /** As {@link #close(int, String)} with 1000. */
    @Override
    public void close() {
        close(CloseCode.NORMAL, "");
    }

    /**
     * Closes the present connection, or gives up the attempt to open one, and does not connect again.
     *
     * @param code   a code that may be sent.
     * @param reason at most 123 bytes of UTF-8.
     * @throws IllegalArgumentException if the code must not be sent or the reason is too long; nothing happens then.
     */
    public void close(int code, String reason) {
        CloseFrames.requireSendable(code, reason);
        step(() -> {
            WebSocketConnection present = connection.get();
            if (state.get() != State.CLOSED && present != null) {
                present.close(code, reason);
            }
            end(null);
        });
    }

    /** The client ends; it closes the connection itself. */
    void onClientClosed() {
        step(() -> end(new WebSocketConnectionError("the client is closed", null)));
    }

    // ------------------------------------------------------------------ one after the other

    private void step(Runnable step) {
        steps.add(step);
        if (waiting.getAndIncrement() == 0) {
            do {
                run(steps.poll());
            } while (waiting.decrementAndGet() > 0);
        }
    }

    /** What fails here is code of the application, the policy's rule for instance. */
    private void run(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            end(e);
        }
    }

    private ReconnectingWebSocket start() {
        step(() -> {
            if (client.adopt(this)) {
                attempt();
            } else {
                end(new WebSocketConnectionError("the client is closed", null));
            }
        });
        return this;
    }

    private void attempt() {
        int mine = generation.incrementAndGet();
        state.set(State.CONNECTING);
        tell(() -> listener.onConnecting(failures + 1));
        if (!cold(() -> connect(mine))) {
            onFailed(mine, new WebSocketConnectionError("too much waits for the client's threads", null));
        }
    }

    /** On a thread that may block, as the source of the options may. */
    private void connect(int mine) {
        try {
            WatchedHandler watched = new WatchedHandler(handler, open -> onOpening(mine, open),
                    (code, reason) -> step(() -> onClosed(mine, code, reason)));
            CompletableFuture<WebSocketConnection> future = client.connect(uri, watched, askForOptions());
            step(() -> {
                opening = future;
                giveUpIfLate(mine);
            });
            future.whenComplete((open, error) -> {
                if (error != null) {
                    step(() -> onFailed(mine, error instanceof CompletionException && error.getCause() != null ? error.getCause() : error));
                }
            });
        } catch (RuntimeException e) {
            step(() -> onFailed(mine, e));
        }
    }

    private ConnectOptions askForOptions() {
        try {
            return Objects.requireNonNull(options.get(), "the source of options gave none");
        } catch (RuntimeException e) {
            throw new WebSocketConnectionError("the source of options failed: " + e.getMessage(), null, e);
        }
    }

    private void giveUpIfLate(int mine) {
        if (generation.get() != mine) {
            opening.cancel(false);
        }
    }

    /** By the handler's thread. @return whether the connection is wanted */
    private boolean onOpening(int mine, WebSocketConnection open) {
        boolean isWanted = generation.get() == mine;
        if (isWanted) {
            step(() -> onOpen(mine, open));
        } else {
            open.close(CloseCode.GOING_AWAY, "");
        }
        return isWanted;
    }

    private void onOpen(int mine, WebSocketConnection open) {
        if (generation.get() != mine) {
            open.close(CloseCode.GOING_AWAY, "");
            return;
        }
        openedNs = clock.getAsLong();
        connection.set(open);
        state.set(State.OPEN);
        coldOrHere(() -> opened.complete(open));
        tell(() -> listener.onOpen(open));
    }

    private void onFailed(int mine, Throwable error) {
        if (generation.get() == mine) {
            failures++;
            retry(ReconnectPolicy.isRecoverable(error), 0, ReconnectPolicy.retryAfter(error, System.currentTimeMillis()), error);
        }
    }

    private void onClosed(int mine, int code, String reason) {
        if (generation.get() != mine) {
            return;
        }
        WebSocketConnection lost = connection.getAndSet(null);
        if (policy.isStable(clock.getAsLong() - openedNs)) {
            failures = 0;
            isRenewed = false;
        }
        failures++;
        boolean wantsCredential = code == CloseCode.AUTH_REQUIRED || code == CloseCode.AUTH_EXPIRED || code == CloseCode.UNAUTHORIZED;
        boolean renews = wantsCredential && isRenewable && !isRenewed;
        isRenewed |= renews;
        Throwable cause = new WebSocketConnectionError(("the connection was closed with " + code + " " + reason).trim(),
                lost == null ? null : lost.id());
        if (code == CloseCode.NORMAL && !policy.isRecoverable(code)) {
            end(null);
        } else {
            retry(renews || policy.isRecoverable(code), code, Duration.ZERO, cause);
        }
    }

    private void retry(boolean isRecoverable, int code, Duration retryAfter, Throwable cause) {
        if (!isRecoverable || policy.isOver(failures)) {
            end(cause);
            return;
        }
        Duration wanted = hint.compareTo(retryAfter) > 0 ? hint : retryAfter;
        hint = Duration.ZERO;
        Duration delay = policy.delay(failures, code, wanted, random.getAsDouble());
        int mine = generation.incrementAndGet();
        state.set(State.WAITING);
        tell(() -> listener.onWaiting(failures, delay, cause));
        later.run(() -> step(() -> {
            if (generation.get() == mine) {
                attempt();
            }
        }), delay.toNanos());
    }

    private void end(Throwable cause) {
        if (state.getAndSet(State.CLOSED) == State.CLOSED) {
            return;
        }
        generation.incrementAndGet();
        opening.cancel(false);
        connection.set(null);
        client.forget(this);
        coldOrHere(() -> complete(cause));
        tell(() -> listener.onEnded(cause));
    }

    private void complete(Throwable cause) {
        opened.completeExceptionally(cause == null ? new WebSocketConnectionError("the socket is closed", null) : cause);
        if (cause == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(cause);
        }
    }

    private static void tell(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException dropped) {
            // A listener's fault must not keep the socket from what it does next.
        }
    }

    // ------------------------------------------------------------------ threads

    private boolean cold(Runnable task) {
        try {
            client.engine().coldExecutor().execute(task);
            return true;
        } catch (RejectedExecutionException tooMuchWaits) {
            return false;
        }
    }

    private void coldOrHere(Runnable task) {
        if (!cold(task)) {
            task.run();
        }
    }

    /** The task hands over to a cold thread itself before it blocks. */
    private void runLater(Runnable task, long delayNs) {
        CompletableFuture.delayedExecutor(delayNs, TimeUnit.NANOSECONDS, Runnable::run).execute(task);
    }

    /** Collects what such a socket needs. Not safe for use by several threads. */
    public static final class Builder {
        private final WebSocketClient client;
        private final URI uri;
        private final WebSocketHandler handler;
        private ReconnectPolicy policy = ReconnectPolicy.defaults();
        private Supplier<ConnectOptions> options = ConnectOptions::defaults;
        private boolean isRenewable;
        private ReconnectListener listener = ReconnectListener.NONE;
        private LongSupplier clock = System::nanoTime;
        private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();
        private Later later;

        private Builder(WebSocketClient client, URI uri, WebSocketHandler handler) {
            this.client = client;
            this.uri = uri;
            this.handler = handler;
        }

        /**
         * Sets the policy.
         *
         * @param value when to try again; default {@link ReconnectPolicy#defaults()}.
         * @return this.
         */
        public Builder policy(ReconnectPolicy value) {
            policy = Objects.requireNonNull(value, "policy");
            return this;
        }

        /**
         * Sets how options are mapped.
         *
         * @param value subprotocols, headers and time limit of every attempt; default {@link ConnectOptions#defaults()}.
         * @return this.
         */
        public Builder options(ConnectOptions value) {
            Objects.requireNonNull(value, "options");
            options = () -> value;
            isRenewable = false;
            return this;
        }

        /**
         * Asks for the options anew before each attempt, for credentials that run out.
         *
         * @param source may block for a short while; what it throws is a failure like any other.
         * @return this.
         */
        public Builder options(Supplier<ConnectOptions> source) {
            options = Objects.requireNonNull(source, "options");
            isRenewable = true;
            return this;
        }

        /**
         * Sets the listener.
         *
         * @param value is told where the socket stands; default nobody.
         * @return this.
         */
        public Builder listener(ReconnectListener value) {
            listener = Objects.requireNonNull(value, "listener");
            return this;
        }

        /** For tests: time and chance. */
        Builder timing(LongSupplier newClock, DoubleSupplier newRandom, Later newLater) {
            clock = newClock;
            random = newRandom;
            later = newLater;
            return this;
        }

        /**
         * Begins to connect.
         *
         * @return the socket.
         */
        public ReconnectingWebSocket open() {
            return new ReconnectingWebSocket(this).start();
        }
    }
}

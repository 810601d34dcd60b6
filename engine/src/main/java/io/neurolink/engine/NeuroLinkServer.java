package io.neurolink.engine;

import io.neurolink.engine.duty.DutyThread;
import io.neurolink.engine.duty.Idling;
import io.neurolink.engine.http.HttpRoutes;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.LoopSettings;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.status.CountedErrorHandler;
import io.neurolink.engine.status.DistinctError;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.transport.SelectorPoller;
import io.neurolink.engine.transport.Sockets;
import io.neurolink.engine.worker.Worker;
import io.neurolink.protocol.handshake.HttpLimits;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * A server for WebSockets and plain HTTP routes on one port.
 *
 * <pre>{@code
 * try (NeuroLinkServer server = NeuroLinkServer.builder().port(3000).webSocket(manager).build().start()) {
 *     server.awaitShutdown();
 * }
 * }</pre>
 *
 * Any thread may call any method.
 */
public final class NeuroLinkServer implements AutoCloseable {
    private static final Duration DEFAULT_SHUTDOWN = Duration.ofSeconds(10);
    private static final long STALL_THRESHOLD_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Builder configuration;
    private final HttpRoutes routes;
    private final ColdExecutor coldExecutor;
    private final List<SelectorPoller> pollers = new ArrayList<>();
    private final List<DutyThread> loopThreads = new ArrayList<>();
    private final List<DutyThread> workerThreads = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CompletableFuture<Void> shutdown = new CompletableFuture<>();
    private volatile State state = State.NEW;
    private volatile InetSocketAddress address;
    private Engine engine;

    private enum State { NEW, READY, SHUTTING_DOWN, ENDED }

    private NeuroLinkServer(Builder builder) {
        this.configuration = builder;
        this.routes = new HttpRoutes();
        this.coldExecutor = new ColdExecutor(builder.coldThreads);
    }

    /** @return a builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    // ------------------------------------------------------------------ start

    /**
     * Binds the port and starts the threads. Once.
     *
     * @return this.
     * @throws BindException if the address cannot be bound; the message names it.
     * @throws IOException   if the sockets cannot be opened.
     */
    public synchronized NeuroLinkServer start() throws IOException {
        if (state != State.NEW) {
            throw new IllegalStateException("this server was started already");
        }
        List<ServerSocketChannel> listeners = listen();
        try {
            engine = newEngine();
            startThreads();
            for (int i = 0; i < listeners.size(); i++) {
                accept(listeners.get(i), i, listeners.size());
            }
        } catch (IOException | RuntimeException e) {
            for (ServerSocketChannel listener : listeners) {
                listener.close();
            }
            endThreads();
            throw e;
        }
        state = State.READY;
        return this;
    }

    private List<ServerSocketChannel> listen() throws IOException {
        InetSocketAddress wanted = new InetSocketAddress(configuration.host, configuration.port);
        if (wanted.isUnresolved()) {
            throw new BindException("cannot listen on " + configuration.host + ":" + configuration.port + ": unknown host");
        }
        try {
            List<ServerSocketChannel> listeners = Sockets.listen(wanted, configuration.eventLoops);
            address = (InetSocketAddress) listeners.get(0).getLocalAddress();
            return listeners;
        } catch (BindException e) {
            BindException named = new BindException("cannot listen on " + configuration.host + ":" + configuration.port + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    private Engine newEngine() throws IOException {
        List<ErrorHandler> acceptErrors = new ArrayList<>();
        for (int i = 0; i < configuration.eventLoops; i++) {
            pollers.add(new SelectorPoller(SystemNanoClock.INSTANCE, error -> acceptErrors.get(0).onError(error)));
        }
        Engine made = new Engine(new Engine.Parts(List.copyOf(configuration.managers), pollers, configuration.workers, configuration.settings(), routes::handle,
                SystemNanoClock.INSTANCE, SystemEpochClock.INSTANCE, coldExecutor, STALL_THRESHOLD_NS));
        acceptErrors.add(new CountedErrorHandler(made.counters().shared(), EngineCounter.ACCEPT_ERRORS, made.errors()));
        return made;
    }

    private void startThreads() {
        int threadCount = engine.duties().size();
        var idleMode = configuration.idleMode.resolve(threadCount);
        ErrorHandler errors = new CountedErrorHandler(engine.counters().shared(), EngineCounter.LOOP_ERRORS, engine.errors());
        for (Worker worker : engine.workers()) {
            workerThreads.add(new DutyThread(worker.roleName(), worker, new Idling(idleMode, worker), worker::wakeUp, errors));
        }
        for (EventLoop loop : engine.loops()) {
            loopThreads.add(new DutyThread(loop.roleName(), loop, new Idling(idleMode, loop), loop::wakeUp, errors));
        }
        workerThreads.forEach(DutyThread::start);
        loopThreads.forEach(DutyThread::start);
    }

    /** With one listener per loop each keeps what it accepts; a single listener hands out in turn. */
    private void accept(ServerSocketChannel listener, int index, int listenerCount) throws IOException {
        Consumer<SocketChannel> onAccepted;
        if (listenerCount == engine.loops().size()) {
            onAccepted = channel -> adopt(channel, index);
        } else {
            int[] next = {0};
            onAccepted = channel -> {
                int target = next[0]++ % engine.loops().size();
                if (!engine.loops().get(target).proxy().execute(() -> adopt(channel, target))) {
                    closeQuietly(channel);
                }
            };
        }
        CompletableFuture<Void> listening = new CompletableFuture<>();
        engine.loops().get(index).proxy().execute(() -> {
            try {
                pollers.get(index).listen(listener, onAccepted);
                listening.complete(null);
            } catch (IOException e) {
                listening.completeExceptionally(e);
            }
        });
        listening.join();
    }

    private void adopt(SocketChannel channel, int loop) {
        try {
            engine.loops().get(loop).onAccepted(pollers.get(loop).register(channel));
        } catch (IOException peerIsGoneAlready) {
            engine.counters().shared().increment(EngineCounter.ACCEPT_ERRORS);
        }
    }

    private void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            engine.counters().shared().increment(EngineCounter.ACCEPT_ERRORS);
        }
    }

    // ------------------------------------------------------------------ routes and sight

    /**
     * Adds a route below the base path.
     *
     * @param route the route.
     */
    public void registerRoute(HttpRoute route) {
        registerRoute(configuration.basePath, route);
    }

    /**
     * Adds a route below another base path.
     *
     * @param basePath prefix of the path, or the empty string.
     * @param route    the route.
     */
    public void registerRoute(String basePath, HttpRoute route) {
        routes.register(basePath, route);
    }

    /** @return the port listened on, also when it was chosen by the system. */
    public int port() {
        return address().getPort();
    }

    /**
     * @return the address listened on.
     * @throws IllegalStateException before the start.
     */
    public InetSocketAddress address() {
        if (address == null) {
            throw new IllegalStateException("this server was not started");
        }
        return address;
    }

    /** @return whether new connections are welcome: started, and no shutdown begun. */
    public boolean isReady() {
        return state == State.READY;
    }

    /** @return all counters by name, see {@code docs/operations}; empty before the start. */
    public Map<String, Long> counters() {
        return engine == null ? Map.of() : engine.counters().snapshot().toMap();
    }

    /** @return the distinct errors seen so far, with how often each was seen; empty before the start. */
    public List<String> errors() {
        return engine == null ? List.of() : engine.errors().snapshot().stream().map(DistinctError::toString).toList();
    }

    // ------------------------------------------------------------------ end

    /**
     * Ends the server: it is no longer ready and refuses upgrades, closes all connections with 1001 after what they have been sent before, waits for
     * their closing handshakes until the deadline, cuts what is left, and ends its threads. A second call changes nothing.
     *
     * @param deadline how long connections may take.
     * @return completes when everything has ended.
     */
    public CompletableFuture<Void> shutdown(Duration deadline) {
        Objects.requireNonNull(deadline, "deadline");
        if (beginShutdown()) {
            Thread thread = new Thread(() -> drainAndEnd(deadline), "neurolink-shutdown");
            thread.start();
        }
        return shutdown.copy();
    }

    private synchronized boolean beginShutdown() {
        if (state == State.NEW) {
            end();
            return false;
        }
        if (state != State.READY) {
            return false;
        }
        state = State.SHUTTING_DOWN;
        engine.refuseUpgrades();
        return true;
    }

    private void drainAndEnd(Duration deadline) {
        try {
            CompletableFuture.allOf(configuration.managers.stream().map(manager -> manager.closeAll(1001, "Server shutting down"))
                    .toArray(CompletableFuture[]::new)).completeOnTimeout(null, deadline.toMillis(), TimeUnit.MILLISECONDS).join();
        } finally {
            end();
        }
    }

    private void end() {
        endThreads();
        state = State.ENDED;
        shutdown.complete(null);
        ended.countDown();
    }

    /** Loops first: what they tell the handlers at the end must still find the workers. */
    private void endThreads() {
        loopThreads.forEach(DutyThread::close);
        workerThreads.forEach(DutyThread::close);
        if (engine != null) {
            engine.close();
        }
        coldExecutor.close();
    }

    /**
     * Waits until the server has ended.
     *
     * @throws InterruptedException if the calling thread is interrupted.
     */
    public void awaitShutdown() throws InterruptedException {
        ended.await();
    }

    /** As {@link #shutdown} with ten seconds, waiting for it. */
    @Override
    public void close() {
        shutdown(DEFAULT_SHUTDOWN).join();
    }

    /** Collects the configuration and checks it. Not safe for use by several threads. */
    public static final class Builder {
        private final List<WebSocketConnectionManager> managers = new ArrayList<>();
        private String host = "localhost";
        private int port = 3000;
        private String basePath = "/api";
        private int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        private int workers = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        private IdleMode idleMode = IdleMode.AUTO;
        private int coldThreads = Math.max(4, Runtime.getRuntime().availableProcessors());
        private int receiveBufferLength = 512 * 1024;
        private int maxRequestBody = 64 * 1024;
        private HttpLimits httpLimits = HttpLimits.DEFAULTS;
        private Duration handshakeTimeout = Duration.ofSeconds(10);
        private Duration keepAliveTimeout = Duration.ofSeconds(30);

        private Builder() {
        }

        /**
         * @param value host name or address to listen on; default {@code localhost}.
         * @return this.
         */
        public Builder host(String value) {
            host = Objects.requireNonNull(value, "host");
            return this;
        }

        /**
         * @param value port to listen on, 0 for any free one; default 3000.
         * @return this.
         */
        public Builder port(int value) {
            port = requireIn("port", value, 0, 65_535);
            return this;
        }

        /**
         * @param value prefix of the routes registered without one, starting with a slash, or empty; default {@code /api}.
         * @return this.
         */
        public Builder basePath(String value) {
            if (!value.isEmpty() && !value.startsWith("/")) {
                throw new IllegalArgumentException("basePath must be empty or start with '/', not '" + value + "'");
            }
            basePath = value;
            return this;
        }

        /**
         * Adds a manager; where several serve a path, the first added does.
         *
         * @param manager the manager.
         * @return this.
         */
        public Builder webSocket(WebSocketConnectionManager manager) {
            managers.add(Objects.requireNonNull(manager, "manager"));
            return this;
        }

        /**
         * @param value number of event loops, 1 to 256; default half the processors.
         * @return this.
         */
        public Builder eventLoops(int value) {
            eventLoops = requireIn("eventLoops", value, 1, 256);
            return this;
        }

        /**
         * @param value number of workers, 1 to 256; none are started if no manager wants them; default half the processors.
         * @return this.
         */
        public Builder workers(int value) {
            workers = requireIn("workers", value, 1, 256);
            return this;
        }

        /**
         * @param value what loops and workers do when there is nothing to do; default {@link IdleMode#AUTO}.
         * @return this.
         */
        public Builder idleMode(IdleMode value) {
            idleMode = Objects.requireNonNull(value, "idleMode");
            return this;
        }

        /**
         * @param value threads for authenticators and HTTP routes, which may block; default as many as processors, at least 4.
         * @return this.
         */
        public Builder coldThreads(int value) {
            coldThreads = requireIn("coldThreads", value, 1, 1024);
            return this;
        }

        /**
         * @param value bytes a loop reads from a socket at once, 4 KiB to 16 MiB; default 512 KiB.
         * @return this.
         */
        public Builder receiveBufferLength(int value) {
            receiveBufferLength = requireIn("receiveBufferLength", value, 4 * 1024, 16 * 1024 * 1024);
            return this;
        }

        /**
         * @param value limits of request heads.
         * @return this.
         */
        public Builder httpLimits(HttpLimits value) {
            httpLimits = Objects.requireNonNull(value, "httpLimits");
            return this;
        }

        /**
         * @param value bytes the body of a plain HTTP request may have; more are answered with 413; default 64 KiB.
         * @return this.
         */
        public Builder maxRequestBody(int value) {
            maxRequestBody = requireIn("maxRequestBody", value, 0, 64 * 1024 * 1024);
            return this;
        }

        /**
         * @param value time for a request to come in whole; then it is answered with 408; default 10 s.
         * @return this.
         */
        public Builder handshakeTimeout(Duration value) {
            handshakeTimeout = requirePositive("handshakeTimeout", value);
            return this;
        }

        /**
         * @param value time a plain HTTP connection may rest between requests; default 30 s.
         * @return this.
         */
        public Builder keepAliveTimeout(Duration value) {
            keepAliveTimeout = requirePositive("keepAliveTimeout", value);
            return this;
        }

        /** @return a server that is not started yet. */
        public NeuroLinkServer build() {
            return new NeuroLinkServer(this);
        }

        private LoopSettings settings() {
            return new LoopSettings(receiveBufferLength, Math.min(receiveBufferLength, 256 * 1024), httpLimits, maxRequestBody,
                    handshakeTimeout.toNanos(), keepAliveTimeout.toNanos());
        }

        private static int requireIn(String name, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", not " + value);
            }
            return value;
        }

        private static Duration requirePositive(String name, Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " must be more than zero, not " + value);
            }
            return value;
        }
    }
}

package io.neurolink.engine;

import io.neurolink.engine.http.HttpRoutes;
import io.neurolink.engine.loop.AddressRanges;
import io.neurolink.engine.loop.FrontDoorSettings;
import io.neurolink.engine.loop.LoopSettings;
import io.neurolink.engine.metrics.ServerMetrics;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.DistinctError;
import io.neurolink.engine.status.MemoryBudget;
import io.neurolink.protocol.handshake.HttpLimits;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
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

    private final Builder configuration;
    private final HttpRoutes routes;
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
    private final AtomicReference<RunningServer> running = new AtomicReference<>();
    private final CompletableFuture<DrainReport> ended = new CompletableFuture<>();

    private enum State { NEW, STARTING, READY, DRAINING, SHUTTING_DOWN, ENDED }

    private NeuroLinkServer(Builder builder) {
        this.configuration = builder;
        this.routes = new HttpRoutes(builder.basePath);
    }

    /** {@return a builder with the defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Binds the port and starts the threads. Once.
     *
     * @return this.
     * @throws BindException         if the address cannot be bound; the message names it.
     * @throws IOException           if the sockets cannot be opened, or a certificate or key file cannot be used; the message names it.
     * @throws IllegalStateException if this server was started already, or a manager wants virtual threads and this JDK has none.
     */
    public NeuroLinkServer start() throws IOException {
        if (!state.compareAndSet(State.NEW, State.STARTING)) {
            throw new IllegalStateException("this server was started already");
        }
        try {
            running.set(RunningServer.start(configuration, routes::handle));
            state.set(State.READY);
            return this;
        } finally {
            if (state.compareAndSet(State.STARTING, State.ENDED)) {
                ended.complete(DrainReport.NOTHING);
            }
        }
    }

    /**
     * Adds a route below the base path.
     *
     * @param route the route.
     */
    public void registerRoute(HttpRoute route) {
        routes.register(route);
    }

    /**
     * Adds a route below another base path.
     *
     * @param basePath prefix of the path, or the empty string.
     * @param route    the route.
     */
    public void registerRoute(String basePath, HttpRoute route) {
        routes.registerAtRoot(new HttpRoute(route.method(), basePath + route.path(), route.handler(), route.description(), route.tags()));
    }

    /** {@return the port listened on, also when it was chosen by the system} */
    public int port() {
        return address().getPort();
    }

    /**
     * {@return the address listened on}
     *
     * @throws IllegalStateException before the start.
     */
    public InetSocketAddress address() {
        RunningServer server = running.get();
        if (server == null) {
            throw new IllegalStateException("this server was not started");
        }
        return server.address();
    }

    /** For clients that share the loops. */
    RunningServer requireRunning() {
        if (!isReady()) {
            throw new IllegalStateException("this server does not run");
        }
        return running.get();
    }

    /** {@return whether new connections are welcome: started, and no shutdown begun} */
    public boolean isReady() {
        return state.get() == State.READY;
    }

    /** {@return all counters by name; empty before the start} */
    public Map<String, Long> counters() {
        RunningServer server = running.get();
        return server == null ? Map.of() : server.engine().counters().snapshot().toMap();
    }

    /**
     * Looks at everything that is measured. Cheap enough for every second, and any thread may do it.
     *
     * @return what the server measures, as it is now; all zero before the start.
     */
    public ServerMetrics metrics() {
        RunningServer server = running.get();
        return server == null ? MetricsReader.nothing(configuration) : server.metrics().read();
    }

    /** {@return how much of the memory budget is taken; before the start nothing} */
    public MemoryUse memory() {
        RunningServer server = running.get();
        if (server == null) {
            return new MemoryUse(0, configuration.memoryBudget, false);
        }
        MemoryBudget budget = server.engine().budget();
        boolean isTight = budget.level(SystemNanoClock.INSTANCE.nanoTime()) != MemoryBudget.Level.NORMAL;
        return new MemoryUse(budget.usedBytes(), budget.limitBytes(), isTight);
    }

    /** {@return the distinct errors seen so far, with how often each was seen; empty before the start} */
    public List<String> errors() {
        RunningServer server = running.get();
        return server == null ? List.of() : server.engine().errors().snapshot().stream().map(DistinctError::toString).toList();
    }

    /**
     * Ends the server bit by bit, for an operator who replaces it by another one:
     * <ol>
     * <li>It is no longer {@linkplain #isReady() ready}. Everything else goes on as before while {@code delay} lasts.
     * <li>Upgrades are refused with 503 and {@code Retry-After}. Handlers are told by {@link WebSocketHandler#onDrain}.
     * <li>Connections are closed with 1001, after what was sent to them before, {@code closesPerSecond} each second. Those that are
     *     {@linkplain WebSocketHandler#isBusy busy} are left alone until they are not, or {@code timeout} is over.
     * <li>Those that are left then are told a last time, and closed. What has not ended after {@code closeTimeout} is cut.
     * <li>The threads of the server end.
     * </ol>
     * No thread waits for any of this but one that is begun for it. {@link #shutdown} cuts it short. A second call changes nothing, nor
     * does a call after {@link #shutdown}.
     *
     * @param options times and rates.
     * @return completes when everything has ended, with what became of the connections; not to be waited for by a handler, an
     *         authenticator or a route of this server, which would wait for itself.
     */
    public CompletableFuture<DrainReport> drain(DrainOptions options) {
        Objects.requireNonNull(options, "options");
        if (state.compareAndSet(State.NEW, State.ENDED)) {
            ended.complete(DrainReport.NOTHING);
        } else if (state.compareAndSet(State.READY, State.DRAINING)) {
            begin(options);
        }
        return ended.copy();
    }

    /**
     * Ends the server: it is no longer ready and refuses upgrades with 503, tells handlers by {@link WebSocketHandler#onDrain}, closes all
     * connections with 1001 after what they have been sent before, waits for their closing handshakes until the deadline, cuts what is
     * left, and ends its threads. Connections that are {@linkplain WebSocketHandler#isBusy busy} get half of the time to finish. A
     * {@link #drain} that goes on is cut short. A second call changes nothing.
     *
     * @param deadline how long connections may take.
     * @return completes when everything has ended; not to be waited for by a handler, an authenticator or a route of this server, which
     *         would wait for itself.
     */
    public CompletableFuture<Void> shutdown(Duration deadline) {
        Objects.requireNonNull(deadline, "deadline");
        DrainOptions options = DrainOptions.atOnce(deadline);
        if (state.compareAndSet(State.NEW, State.ENDED)) {
            ended.complete(DrainReport.NOTHING);
        } else if (state.compareAndSet(State.READY, State.SHUTTING_DOWN)) {
            begin(options);
        } else if (state.compareAndSet(State.DRAINING, State.SHUTTING_DOWN)) {
            running.get().hurry(options.closeTimeout());
        }
        return ended.thenAccept(report -> { });
    }

    private void begin(DrainOptions options) {
        new Thread(() -> drainAndEnd(options), "neurolink-shutdown").start();
    }

    private void drainAndEnd(DrainOptions options) {
        DrainReport report = DrainReport.NOTHING;
        try {
            report = running.get().drain(options);
        } finally {
            state.set(State.ENDED);
            ended.complete(report);
        }
    }

    /**
     * Waits until the server has ended.
     *
     * @throws InterruptedException if the calling thread is interrupted.
     */
    public void awaitShutdown() throws InterruptedException {
        try {
            ended.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * As {@link #shutdown} with ten seconds, waiting for it. Called by a handler, an authenticator or a route of this server it does not
     * wait, since it would wait for itself: the shutdown goes on when they have returned.
     */
    @Override
    public void close() {
        CompletableFuture<Void> end = shutdown(DEFAULT_SHUTDOWN);
        RunningServer server = running.get();
        if (server == null || !server.isOwnThread()) {
            end.join();
        }
    }

    /** Collects the configuration and checks it. Not safe for use by several threads. */
    public static final class Builder {
        final List<WebSocketConnectionManager> managers = new ArrayList<>();
        String host = "localhost";
        int port = 3000;
        boolean inheritsSocket;
        private String basePath = "/api";
        int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        int workers = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        IdleMode idleMode = IdleMode.AUTO;
        int coldThreads = Math.max(4, Runtime.getRuntime().availableProcessors());
        private int receiveBufferLength = 512 * 1024;
        int systemSendBuffer;
        private int maxRequestBody = 64 * 1024;
        private HttpLimits httpLimits = HttpLimits.DEFAULTS;
        private Duration handshakeTimeout = Duration.ofSeconds(10);
        private Duration keepAliveTimeout = Duration.ofSeconds(30);
        private int maxConnectionsPerAddress;
        private int ipv6PrefixLength = 64;
        private int maxFailedUpgradesPerMinute = 60;
        private int maxHandshakes;
        private Duration routeTimeout = Duration.ofSeconds(30);
        private Set<String> routeOrigins = Set.of();
        private AddressRanges trustedProxies = AddressRanges.NONE;
        boolean proxyProtocol;
        Duration handlerStallThreshold = Duration.ofSeconds(1);
        long memoryBudget = MemoryBudget.defaultBytes();
        AccessLog accessLog = AccessLog.off();
        TlsConfig tls;

        /** Null if the server is alone. */
        ClusterConfig cluster;

        private Builder() {
        }

        /**
         * Sets the host.
         *
         * @param value host name or address to listen on; default {@code localhost}.
         * @return this.
         */
        public Builder host(String value) {
            host = Objects.requireNonNull(value, "host");
            return this;
        }

        /**
         * Sets the port.
         *
         * @param value port to listen on, 0 for any free one; default 3000.
         * @return this.
         */
        public Builder port(int value) {
            port = requireIn("port", value, 0, 65_535);
            return this;
        }

        /**
         * Listens on the socket that the process was given as its standard input instead of opening one: by systemd with
         * {@code StandardInput=socket}, or by inetd with {@code wait}. {@link #host} and {@link #port} mean nothing then. All event loops
         * share that one listener. It stays open until the process ends, so that connections that come while one process takes the place
         * of another wait in it; see {@link DrainOptions.Builder#closesListeners}.
         *
         * @param value whether to do so; default no. If standard input is no listening TCP socket, {@link #start()} throws.
         * @return this.
         */
        public Builder inheritsSocket(boolean value) {
            inheritsSocket = value;
            return this;
        }

        /**
         * Sets the base path.
         *
         * @param value prefix of the routes registered without one, starting with a slash, or empty; default {@code /api}.
         * @return this.
         */
        public Builder basePath(String value) {
            basePath = Objects.requireNonNull(value, "basePath");
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
         * Sets the event loops.
         *
         * @param value number of event loops, 1 to 256; default half the processors.
         * @return this.
         */
        public Builder eventLoops(int value) {
            eventLoops = requireIn("eventLoops", value, 1, 256);
            return this;
        }

        /**
         * Sets the workers.
         *
         * @param value number of workers, 1 to 256; none are started if no manager wants them; default half the processors.
         * @return this.
         */
        public Builder workers(int value) {
            workers = requireIn("workers", value, 1, 256);
            return this;
        }

        /**
         * Sets the idle mode.
         *
         * @param value what loops and workers do when there is nothing to do; default {@link IdleMode#AUTO}.
         * @return this.
         */
        public Builder idleMode(IdleMode value) {
            idleMode = Objects.requireNonNull(value, "idleMode");
            return this;
        }

        /**
         * Sets the threads for what may block.
         *
         * @param value threads for authenticators and HTTP routes, which may block; default as many as processors, at least 4.
         * @return this.
         */
        public Builder coldThreads(int value) {
            coldThreads = requireIn("coldThreads", value, 1, 1024);
            return this;
        }

        /**
         * Sets the receive buffer length.
         *
         * @param value bytes a loop reads from a socket at once, 4 KiB to 16 MiB; default 512 KiB.
         * @return this.
         */
        public Builder receiveBufferLength(int value) {
            receiveBufferLength = requireIn("receiveBufferLength", value, 4 * 1024, 16 * 1024 * 1024);
            return this;
        }

        /**
         * Sets the http limits.
         *
         * @param value limits of request heads.
         * @return this.
         */
        public Builder httpLimits(HttpLimits value) {
            httpLimits = Objects.requireNonNull(value, "httpLimits");
            return this;
        }

        /**
         * Limits the request body.
         *
         * @param value bytes the body of a plain HTTP request may have; more are answered with 413; default 64 KiB.
         * @return this.
         */
        public Builder maxRequestBody(int value) {
            maxRequestBody = requireIn("maxRequestBody", value, 0, 64 * 1024 * 1024);
            return this;
        }

        /**
         * Sets the handshake timeout.
         *
         * @param value time for a request to come in whole; then it is answered with 408; default 10 s.
         * @return this.
         */
        public Builder handshakeTimeout(Duration value) {
            handshakeTimeout = requirePositive("handshakeTimeout", value);
            return this;
        }

        /**
         * Sets the keep alive timeout.
         *
         * @param value time a plain HTTP connection may rest between requests; default 30 s.
         * @return this.
         */
        public Builder keepAliveTimeout(Duration value) {
            keepAliveTimeout = requirePositive("keepAliveTimeout", value);
            return this;
        }

        /**
         * Limits the connections per address.
         *
         * @param value sockets that one address may have open, upgraded or not; further ones are closed at once; 0 = no limit, the
         *              default: behind a proxy or a large NAT, one address is many clients.
         * @return this.
         */
        public Builder maxConnectionsPerAddress(int value) {
            maxConnectionsPerAddress = requireIn("maxConnectionsPerAddress", value, 0, Integer.MAX_VALUE);
            return this;
        }

        /**
         * Sets the prefix length of IPv6 addresses.
         *
         * @param value leading bits of an IPv6 address that make one address for the limits per address, 16 to 128; default 64, which is
         *              what one subscriber is given at least.
         * @return this.
         */
        public Builder ipv6PrefixLength(int value) {
            ipv6PrefixLength = requireIn("ipv6PrefixLength", value, 16, 128);
            return this;
        }

        /**
         * Limits the failed upgrades per minute.
         *
         * @param value upgrades of one address that may be refused with a status of 400 to 499, and credentials sent as messages that may
         *              be wrong, at once or in a minute, 0 to 60,000; then upgrades are answered with 429 before any authenticator is
         *              asked; 0 = no limit; default 60.
         * @return this.
         */
        public Builder maxFailedUpgradesPerMinute(int value) {
            maxFailedUpgradesPerMinute = requireIn("maxFailedUpgradesPerMinute", value, 0, 60_000);
            return this;
        }

        /**
         * Limits the handshakes.
         *
         * @param value sockets that are not upgraded, at least 1; the event loops share them. For one more, that which has waited longest
         *              for its peer is closed; default as many as the managers' connections together, and at least 1024.
         * @return this.
         */
        public Builder maxHandshakes(int value) {
            maxHandshakes = requireIn("maxHandshakes", value, 1, Integer.MAX_VALUE);
            return this;
        }

        /**
         * Sets the system send buffer.
         *
         * @param value what the system may keep for a connection of bytes that its peer has not taken, in addition to
         *              {@code maxBufferedBytes}, from 4096; the system counts it twice, and has a limit of its own
         *              ({@code net.core.wmem_max}); 0 = as much as the system finds good for the line; default 0.
         * @return this.
         */
        public Builder systemSendBuffer(int value) {
            systemSendBuffer = value == 0 ? 0 : requireIn("systemSendBuffer", value, 4096, Integer.MAX_VALUE / 2);
            return this;
        }

        /**
         * Sets the route timeout.
         *
         * @param value time for a route to answer; then the request is answered with 503; default 30 s.
         * @return this.
         */
        public Builder routeTimeout(Duration value) {
            routeTimeout = requirePositive("routeTimeout", value);
            return this;
        }

        /**
         * Sets the origins for routes.
         *
         * @param values origins, such as {@code https://app.example}, whose pages may send plain HTTP requests of other methods than
         *               {@code GET}, {@code HEAD} and {@code OPTIONS}, or {@code *} for all pages; others are answered with 403; default
         *               none, which means the pages of the same host. Requests without {@code Origin} come from no page.
         * @return this.
         */
        public Builder routeOrigins(String... values) {
            routeOrigins = Set.of(values);
            return this;
        }

        /**
         * Sets the trusted proxies.
         *
         * @param values IP addresses, or blocks of them such as {@code 10.0.0.0/8}, of proxies that may say for whom they connect: by the
         *               header fields {@code X-Forwarded-For} or {@code Forwarded}, or by the PROXY protocol; default none. No limit per
         *               address holds for them, but for those they name.
         * @return this.
         * @throws IllegalArgumentException if one of them is neither.
         */
        public Builder trustedProxies(String... values) {
            trustedProxies = AddressRanges.parse("trustedProxies", List.of(values));
            return this;
        }

        /**
         * Says whether the PROXY protocol is spoken.
         *
         * @param value whether every connection begins with a header of the PROXY protocol, version 1 or 2, before TLS if there is any;
         *              connections without, and those that do not come from {@link #trustedProxies}, are closed; default no.
         * @return this.
         */
        public Builder proxyProtocol(boolean value) {
            proxyProtocol = value;
            return this;
        }

        /**
         * Sets when a thread that a handler blocks is reported: a warning in the log with the thread's stack, the listeners'
         * {@code onHandlerStalled}, the counter {@code stalls.reported}; once per stall. Event loops and workers are watched; handlers on
         * virtual threads may block as long as they like.
         *
         * @param value longest time without progress; default 1 s; zero = nobody looks.
         * @return this.
         */
        public Builder handlerStallThreshold(Duration value) {
            if (value.isNegative()) {
                throw new IllegalArgumentException("handlerStallThreshold must not be negative: " + value);
            }
            handlerStallThreshold = value;
            return this;
        }

        /**
         * Limits the memory for what peers make the server keep: what they do not read, messages that have begun, what waits for handlers,
         * and the buffers kept for that. Above 85 % of it upgrades are refused with 503; above it TCP connections as well, and the
         * connections that hold the most are closed with 1013, until 70 % are reached.
         *
         * @param bytes at least 1 MiB; default half of the largest heap the JVM may take ({@link Runtime#maxMemory()}).
         * @return this.
         */
        public Builder memoryBudget(long bytes) {
            if (bytes < MemoryBudget.MIN_BYTES) {
                throw new IllegalArgumentException("memoryBudget must be at least " + MemoryBudget.MIN_BYTES + " bytes, not " + bytes);
            }
            memoryBudget = bytes;
            return this;
        }

        /**
         * Logs who has come.
         *
         * @param value whether and how; default {@link AccessLog#off()}.
         * @return this.
         */
        public Builder accessLog(AccessLog value) {
            accessLog = Objects.requireNonNull(value, "accessLog");
            return this;
        }

        /**
         * Makes all connections TLS connections.
         *
         * @param value certificates and the like; null for plain connections, the default.
         * @return this.
         */
        public Builder tls(TlsConfig value) {
            tls = value;
            return this;
        }

        /**
         * Makes this server a node of a cluster: what its managers broadcast, publish and send to users reaches the connections of all
         * nodes; see {@link WebSocketConnectionManager#cluster()}. Managers of different nodes belong together if they have the same
         * {@code path} in their configuration; several of a server with the same one are told apart by their order.
         *
         * @param value the bus and the like; null for a server alone, the default.
         * @return this.
         */
        public Builder cluster(ClusterConfig value) {
            cluster = value;
            return this;
        }

        /**
         * {@return a server that is not started yet}
         *
         * @throws IllegalArgumentException if the base path does not start with a slash, or ends with one, or if the PROXY protocol is
         *                                  wanted and no proxy is trusted.
         */
        public NeuroLinkServer build() {
            if (proxyProtocol && trustedProxies.isEmpty()) {
                throw new IllegalArgumentException("proxyProtocol needs trustedProxies");
            }
            return new NeuroLinkServer(this);
        }

        LoopSettings settings() {
            return new LoopSettings(receiveBufferLength, Math.min(receiveBufferLength, 256 * 1024), httpLimits, maxRequestBody,
                    handshakeTimeout.toNanos(), keepAliveTimeout.toNanos());
        }

        FrontDoorSettings frontDoor() {
            return new FrontDoorSettings(maxConnectionsPerAddress, ipv6PrefixLength, maxFailedUpgradesPerMinute, concludedMaxHandshakes(),
                    routeTimeout.toNanos(), routeOrigins, trustedProxies, proxyProtocol);
        }

        private int concludedMaxHandshakes() {
            long connections = managers.stream().mapToLong(manager -> manager.config().maxConnections()).sum();
            return maxHandshakes > 0 ? maxHandshakes : (int) Math.min(Integer.MAX_VALUE, Math.max(1024, connections));
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

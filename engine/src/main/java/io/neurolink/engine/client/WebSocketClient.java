package io.neurolink.engine.client;

import io.neurolink.engine.ClientEngine;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.loop.ConnectRequest;
import io.neurolink.engine.loop.Endpoint;
import io.neurolink.engine.loop.ProxyTunnel;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.transport.TlsClient;
import io.neurolink.protocol.CloseCode;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.handshake.ClientHandshake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;

/**
 * Opens WebSockets (RFC 6455, the client's part) on event loops of its own or on those of a server. One client is meant for many
 * connections, thousands if need be: it has threads, a connection has none.
 *
 * <pre>{@code
 * try (WebSocketClient client = WebSocketClient.builder().build()) {
 *     WebSocketConnection connection = client.connect(URI.create("wss://example.org/ws"), handler).get();
 *     connection.send("hello");
 * }
 * }</pre>
 *
 * A connection is the same as on the server, and so are the order of its handler's callbacks, back-pressure, limits, pings and the closing
 * handshake; only {@code onUpgrade} is not called. Frames are masked with keys that cannot be foreseen, frames of the server must not be
 * masked. After the closing handshake the server ends the TCP connection, and {@code onClose} is called when it has, or after
 * {@code closeTimeout}. Any thread may call any method, unless it says otherwise.
 */
public final class WebSocketClient implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final WebSocketConfig config;
    private final ClientTlsConfig tlsConfig;
    private final SSLContext tls;
    private final ClientEngine engine;
    private final ClientEndpoint endpoint;
    private final ProxyChooser proxies;
    private final NameResolver resolver;
    private final Set<ReconnectingWebSocket> reconnecting = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private WebSocketClient(Builder builder, SSLContext tls, ClientEngine engine) {
        this.config = builder.config;
        this.tlsConfig = builder.tls;
        this.tls = tls;
        this.engine = engine;
        this.proxies = builder.proxies;
        this.resolver = builder.resolver;
        this.endpoint = new ClientEndpoint(engine.takeIndex(), ClientEngine.settings(config), config.listener(), config.maxConnections());
        engine.add(endpoint, config.handlerThreading());
    }

    /** {@return a builder with the defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * As {@link #connect(URI, WebSocketHandler, ConnectOptions)} with {@linkplain ConnectOptions#defaults() defaults}.
     *
     * @param uri     address of the server.
     * @param handler takes the connection's events.
     * @return the connection, when it is open.
     */
    public CompletableFuture<WebSocketConnection> connect(URI uri, WebSocketHandler handler) {
        return connect(uri, handler, ConnectOptions.defaults());
    }

    /**
     * Begins to open a connection. The handler's {@code onOpen} is called on its own thread, independently of the returned future.
     * Redirects are not followed, they are refusals like any other.
     *
     * @param uri     address of the server, {@code ws://} or {@code wss://}, without credentials and fragment.
     * @param handler takes the connection's events; may serve many connections.
     * @param options subprotocols, headers, time limit.
     * @return the connection, when it is open. Fails with {@link io.neurolink.engine.spi.WebSocketHandshakeError} if the server answers but
     *         refuses, and with {@link WebSocketConnectionError} if it cannot be reached, takes too long, or there are
     *         {@code maxConnections} already. Cancelling it gives the attempt up. What depends on it runs on a thread that may block
     *         shortly.
     * @throws IllegalArgumentException if the address or an option is no such; the message says why.
     */
    public CompletableFuture<WebSocketConnection> connect(URI uri, WebSocketHandler handler, ConnectOptions options) {
        Objects.requireNonNull(handler, "handler");
        ServerAddress address = ServerAddress.of(uri);
        ClientHandshake.Builder handshake = ClientHandshake.builder(address.hostHeader(), address.target());
        options.apply(handshake, config.subprotocols());
        DeflateParameters deflate = offerCompression(handshake);
        ConnectRequest request = new ConnectRequest(endpoint, handler, handshake.build(RANDOM), deflate, address.path(), address.host(),
                address.port(), resolver::resolve, tlsClient(address), tunnel(uri, address), options.timeout().toNanos());
        Endpoint.Refusal refusal = endpoint.admit(null);
        if (refusal != null) {
            return CompletableFuture.failedFuture(new WebSocketConnectionError(refusal.message(), null));
        }
        CompletableFuture<WebSocketConnection> result = new CompletableFuture<>();
        if (endpoint.isClosing()) {
            endpoint.withdraw(null);
        } else {
            engine.connect(request, result);
        }
        // Looked at afterwards: a loop that ends meanwhile may not have seen the request any more.
        if (endpoint.isClosing()) {
            result.completeExceptionally(new WebSocketConnectionError("the client is closed", null));
        }
        return result;
    }

    /** @return what the offers were made of, or null. */
    private DeflateParameters offerCompression(ClientHandshake.Builder handshake) {
        if (endpoint.settings().deflate() == null) {
            return null;
        }
        DeflateParameters wanted = endpoint.settings().deflate().offerable();
        DeflateNegotiation.offers(wanted).forEach(handshake::extension);
        return wanted;
    }

    private ProxyTunnel tunnel(URI uri, ServerAddress address) {
        ClientProxy proxy = proxies.choose(uri);
        return proxy == null ? null : proxy.tunnelTo(address.authority());
    }

    private TlsClient tlsClient(ServerAddress address) {
        return address.isSecure() ? () -> tlsConfig.newEngine(tls, address.host(), address.port()) : null;
    }

    /** A socket that reconnects ends with its client. @return false if that is closed already */
    boolean adopt(ReconnectingWebSocket socket) {
        reconnecting.add(socket);
        return !endpoint.isClosing();
    }

    void forget(ReconnectingWebSocket socket) {
        reconnecting.remove(socket);
    }

    ClientEngine engine() {
        return engine;
    }

    /** {@return connections that are open} */
    public int connectionCount() {
        return endpoint.openCount();
    }

    /** {@return all counters of the client's loops by name, those of the server among them if the loops are shared} */
    public Map<String, Long> counters() {
        return engine.counters();
    }

    /** {@return the distinct errors seen so far on the client's loops, with how often each was seen} */
    public List<String> errors() {
        return engine.errors();
    }

    /**
     * Gives up what is being opened, ends what {@linkplain ReconnectingWebSocket reconnects}, closes all connections with 1001, waits for
     * their closing handshakes up to {@code closeTimeout}, cuts what is left, and ends the threads unless they are a server's. Later calls
     * wait for the first.
     *
     * @throws IllegalStateException if called by a handler on an event loop, which cannot wait for itself.
     */
    @Override
    public void close() {
        if (!endpoint.startClosing()) {
            closed.join();
            return;
        }
        reconnecting.forEach(ReconnectingWebSocket::onClientClosed);
        try {
            engine.end(endpoint, CloseCode.GOING_AWAY, "client closed", endpoint.gone());
        } finally {
            engine.close();
            closed.complete(null);
        }
    }

    /** Collects the configuration and checks it. Not safe for use by several threads. */
    public static final class Builder {
        private WebSocketConfig config = WebSocketConfig.defaults();
        private ClientTlsConfig tls = ClientTlsConfig.defaults();
        private ProxyChooser proxies = ProxyChooser.none();
        private NameResolver resolver = InetAddress::getAllByName;
        private NeuroLinkServer server;
        private int eventLoops = 1;
        private int workers = 1;
        private IdleMode idleMode = IdleMode.AUTO;
        private int receiveBufferLength = 512 * 1024;

        private Builder() {
        }

        /**
         * Says everything about the connections. What only a server has is not looked at: {@code path}, {@code maxConnectionsPerUser},
         * {@code allowedOrigins} and {@code auth}. {@code subprotocols} are those offered, {@code compression} is offered where it is on,
         * {@code maxConnections} limits the connections of this client, and {@code handlerThreading} says which thread calls handlers.
         *
         * @param value the configuration; default {@link WebSocketConfig#defaults()}.
         * @return this.
         */
        public Builder config(WebSocketConfig value) {
            config = Objects.requireNonNull(value, "config");
            return this;
        }

        /**
         * Sets what TLS trusts.
         *
         * @param value whom to trust, for {@code wss://}; default {@link ClientTlsConfig#defaults()}.
         * @return this.
         */
        public Builder tls(ClientTlsConfig value) {
            tls = Objects.requireNonNull(value, "tls");
            return this;
        }

        /**
         * Goes through an HTTP proxy. Properties and variables of the environment that name proxies are not looked at unless
         * {@link ProxyChooser} is told to.
         *
         * @param value the proxy for every connection.
         * @return this.
         */
        public Builder proxy(ClientProxy value) {
            return proxies(ProxyChooser.always(value));
        }

        /**
         * Goes through HTTP proxies.
         *
         * @param value says which, for each connection; default none.
         * @return this.
         */
        public Builder proxies(ProxyChooser value) {
            proxies = Objects.requireNonNull(value, "proxies");
            return this;
        }

        /**
         * Sets the resolver.
         *
         * @param value finds the addresses of servers and proxies, anew for each attempt to connect; default
         *              {@link InetAddress#getAllByName}, whose cache is a matter of the JDK ({@code networkaddress.cache.ttl}).
         * @return this.
         */
        public Builder resolver(NameResolver value) {
            resolver = Objects.requireNonNull(value, "resolver");
            return this;
        }

        /**
         * Puts the connections on the loops and workers of a server instead of own ones. The client must be closed before the server;
         * number of loops, workers and the like are the server's.
         *
         * @param value a started server.
         * @return this.
         */
        public Builder loopsOf(NeuroLinkServer value) {
            server = Objects.requireNonNull(value, "server");
            return this;
        }

        /**
         * Sets the event loops.
         *
         * @param value number of event loops, 1 to 256; default 1.
         * @return this.
         */
        public Builder eventLoops(int value) {
            eventLoops = requireIn("eventLoops", value, 1, 256);
            return this;
        }

        /**
         * Sets the workers.
         *
         * @param value number of workers, 1 to 256; none are started unless {@code handlerThreading} is {@code WORKER}; default 1.
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
         * Starts the threads, unless they are a server's. Not on an event loop.
         *
         * @return a client that is ready to connect.
         * @throws UncheckedIOException  if a certificate or key file cannot be used, or no selector can be opened; the message says which.
         * @throws IllegalStateException if the server does not run, or there are no threads to call handlers as the configuration wants.
         */
        public WebSocketClient build() {
            ClientEngine engine = null;
            try {
                SSLContext context = tls.load();
                engine = server != null ? ClientEngine.of(server)
                        : ClientEngine.start(eventLoops, wantsWorkers() ? workers : 0, idleMode, receiveBufferLength);
                return new WebSocketClient(this, context, engine);
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            } catch (RuntimeException e) {
                if (engine != null) {
                    engine.close();
                }
                throw e;
            }
        }

        private boolean wantsWorkers() {
            return config.handlerThreading() == HandlerThreading.WORKER;
        }

        private static int requireIn(String name, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", not " + value);
            }
            return value;
        }
    }
}

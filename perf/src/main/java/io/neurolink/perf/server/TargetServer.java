package io.neurolink.perf.server;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.protocol.CloseCode;
import java.time.Duration;

/**
 * A server with an endpoint for each kind of attack. All have the limits under test; what else they are for:
 *
 * <pre>
 *   /echo       sends every message back
 *   /topic      subscribes to a topic; what is sent there is published to it
 *   /broadcast  what is sent there goes to everybody there
 *   /close      is closed by the server at the first message
 *   /rated      takes few messages a second
 *   /few        takes few connections
 *   /auth       demands the bearer token of {@link #TOKEN}
 *   /first      lets in without one, and waits for it as the first message, which never helps
 *   /same-host  takes pages of the same host only, the default
 *   /listed     takes pages of https://app.example only
 *   /smuggled   a plain route; an attack that reaches it has succeeded
 * </pre>
 */
public final class TargetServer {
    public static final String HOST = "127.0.0.1";
    public static final String TOKEN = "let-me-in";
    public static final int FEW = 100;
    public static final int RATE = 100;

    private static final String TOPIC = "news";

    private TargetServer() {
    }

    /** @return a server that is not started yet. */
    static NeuroLinkServer create(TargetOptions options) {
        NeuroLinkServer.Builder builder = NeuroLinkServer.builder().host(HOST).port(0).basePath("")
                .eventLoops(options.eventLoops).workers(1).idleMode(options.idle).systemSendBuffer(options.systemSendBuffer)
                .handshakeTimeout(Duration.ofMillis(options.handshakeTimeoutMs)).maxHandshakes(options.maxHandshakes)
                .maxFailedUpgradesPerMinute(options.maxFailedUpgradesPerMinute)
                .maxConnectionsPerAddress(options.maxConnectionsPerAddress).tls(options.tls());
        // A machine that is busy stalls everybody; that is no fault of the server's and not worth a line on its standard error.
        builder.handlerStallThreshold(Duration.ZERO);
        if (options.memoryBudget > 0) {
            builder.memoryBudget(options.memoryBudget);
        }
        builder.webSocket(open(options));
        builder.webSocket(echo(config(options).path("/few").maxConnections(FEW)));
        builder.webSocket(echo(config(options).path("/rated")
                .rateLimits(RateLimits.builder().messages(RATE, RATE).build())));
        builder.webSocket(echo(config(options).path("/auth")
                .auth(AuthConfig.bearer(TargetServer::userOf).required(true).build())));
        builder.webSocket(echo(config(options).path("/first").auth(AuthConfig.bearer(TargetServer::userOf).required(true)
                .firstMessageTimeout(Duration.ofMillis(options.handshakeTimeoutMs)).build())));
        builder.webSocket(echo(config(options).path("/same-host").allowedOrigins()));
        builder.webSocket(echo(config(options).path("/listed").allowedOrigins("https://app.example")));
        NeuroLinkServer server = builder.build();
        server.registerRoute(HttpRoute.get("/smuggled", request -> HttpResponse.text(200, "you should not be here")));
        server.registerRoute(HttpRoute.post("/upload", request -> HttpResponse.text(200, String.valueOf(request.body().length))));
        return server;
    }

    private static WebSocketConfig.Builder config(TargetOptions options) {
        return WebSocketConfig.builder()
                .maxConnections(options.maxConnections)
                .maxMessageSize(options.maxMessageSize)
                .maxFragments(options.maxFragments)
                .maxBufferedBytes(options.maxBufferedBytes)
                .closeTimeout(Duration.ofMillis(options.closeTimeoutMs))
                .pingInterval(Duration.ofMillis(options.pingIntervalMs))
                .pongTimeout(Duration.ofMillis(options.pongTimeoutMs))
                .allowedOrigins("*")
                .compression(CompressionConfig.of(options.compression))
                .handlerThreading(options.handlerThreading);
    }

    private static AuthenticatedUser userOf(String token) {
        return token.equals(TOKEN) ? AuthenticatedUser.of("ann") : null;
    }

    private static WebSocketConnectionManager echo(WebSocketConfig.Builder config) {
        return new WebSocketConnectionManager(config.build()).registerHandler(new Echo());
    }

    private static WebSocketConnectionManager open(TargetOptions options) {
        var manager = new WebSocketConnectionManager(config(options).path("/echo").build());
        manager.registerHandler("/echo", new Echo());
        manager.registerHandler("/topic", new Publisher(manager));
        manager.registerHandler("/broadcast", new Broadcaster(manager));
        manager.registerHandler("/close", new Closer());
        return manager;
    }

    /** What does not fit is not echoed: the peer has sent more than it reads. */
    private static final class Echo implements WebSocketHandler {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            if (connection.send(message) == SendResult.BACK_PRESSURED) {
                connection.close(CloseCode.TRY_AGAIN_LATER, "the echo does not fit");
            }
        }
    }

    private static final class Publisher implements WebSocketHandler {
        private final WebSocketConnectionManager manager;

        Publisher(WebSocketConnectionManager manager) {
            this.manager = manager;
        }

        @Override
        public void onOpen(WebSocketConnection connection) {
            connection.subscribe(TOPIC);
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            manager.publish(TOPIC, message.bytes());
        }
    }

    private static final class Broadcaster implements WebSocketHandler {
        private final WebSocketConnectionManager manager;

        Broadcaster(WebSocketConnectionManager manager) {
            this.manager = manager;
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            manager.broadcast(message.bytes(), other -> other.path().equals("/broadcast"));
        }
    }

    private static final class Closer implements WebSocketHandler {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            connection.close(CloseCode.NORMAL, "as you asked");
        }
    }
}

package io.neurolink.agent;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.RateLimitPolicy;
import io.neurolink.engine.spi.RateLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Properties;

/** Turns the options of the standalone server into configurations of the engine. */
final class AgentServerWiring {
    private static final String SUBPROTOCOL = "neurolink.agent.v1";

    private AgentServerWiring() {
    }

    /** @return the configuration of all WebSocket paths. */
    static WebSocketConfig webSocketConfig(AgentServerOptions options, AuthConfig auth) {
        return WebSocketConfig.builder()
                .path(options.paths.get(0))
                .maxConnections(options.maxConnections)
                .maxMessageSize(options.maxMessageSize)
                .rateLimits(rateLimits(options.maxMessagesPerSecond))
                .pingInterval(Duration.ofMillis(options.pingIntervalMs))
                .pongTimeout(Duration.ofMillis(options.pongTimeoutMs))
                .handlerThreading(options.handlerThreading)
                .compression(CompressionConfig.of(options.compression))
                .subprotocols(SUBPROTOCOL)
                .allowedOrigins(options.allowedOrigins.toArray(String[]::new))
                .auth(auth)
                .build();
    }

    /** @return a server that is not started yet. */
    static NeuroLinkServer newServer(AgentServerOptions options, WebSocketConnectionManager manager) throws IOException {
        NeuroLinkServer.Builder builder = NeuroLinkServer.builder()
                .host(options.host)
                .port(options.port)
                .basePath(options.normalizedBasePath())
                .idleMode(options.idle)
                .maxConnectionsPerAddress(options.maxConnectionsPerAddress)
                .trustedProxies(options.trustedProxies.toArray(String[]::new))
                .proxyProtocol(options.proxyProtocol)
                .accessLog(options.logOptions.accessLog())
                .inheritsSocket(options.inheritSocket)
                .webSocket(manager);
        if (options.eventLoops != null) {
            builder.eventLoops(options.eventLoops);
        }
        if (options.workers != null) {
            builder.workers(options.workers);
        }
        if (options.memoryBudget != null) {
            builder.memoryBudget(options.memoryBudget);
        }
        if (options.cluster != null) {
            builder.cluster(AgentServerCluster.config(options));
        }
        if (options.isTls()) {
            builder.tls(tls(options));
        }
        return builder.build();
    }

    private static TlsConfig tls(AgentServerOptions options) {
        TlsConfig tls = TlsConfig.pem(options.tlsCert, options.tlsKey);
        AgentServerIdentityOptions identity = options.identity;
        return identity.tlsClientCa == null ? tls : tls.clientCertificates(identity.clientCertificates(), identity.tlsClientCa);
    }

    /** @return how the server ends at a signal; an inherited socket is left to whoever accepts next. */
    static DrainOptions drainOptions(AgentServerOptions options) {
        return DrainOptions.builder()
                .delay(Duration.ofMillis(options.drainDelayMs))
                .timeout(Duration.ofMillis(options.drainTimeoutMs))
                .closesPerSecond(options.drainRate)
                .closesListeners(options.inheritSocket)
                .build();
    }

    private static RateLimits rateLimits(int messagesPerSecond) {
        return messagesPerSecond == 0 ? RateLimits.none() : RateLimits.builder()
                .messages(messagesPerSecond, 2L * messagesPerSecond).policy(RateLimitPolicy.REPORT).build();
    }

    /** @return the program's name and version. */
    static String version() {
        return AgentServerOptions.NAME + " " + versionNumber();
    }

    static String versionNumber() {
        var properties = new Properties();
        try (InputStream in = AgentServerWiring.class.getResourceAsStream("version.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}

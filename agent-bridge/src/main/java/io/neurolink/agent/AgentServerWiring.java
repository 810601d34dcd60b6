package io.neurolink.agent;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.RateLimitPolicy;
import io.neurolink.engine.spi.RateLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** Turns the options of the standalone server into configurations of the engine. */
final class AgentServerWiring {
    private static final String SUBPROTOCOL = "neurolink.agent.v1";

    private AgentServerWiring() {
    }

    /** @return the configuration of all WebSocket paths. */
    static WebSocketConfig webSocketConfig(AgentServerOptions options) {
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
                .auth(auth(options))
                .build();
    }

    /** @return a server that is not started yet. */
    static NeuroLinkServer newServer(AgentServerOptions options, WebSocketConnectionManager manager) {
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
        if (options.isTls()) {
            builder.tls(TlsConfig.pem(options.tlsCert, options.tlsKey));
        }
        return builder.build();
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

    private static AuthConfig auth(AgentServerOptions options) {
        if (!options.isAuthRequired()) {
            return AuthConfig.none();
        }
        AuthConfig.Builder builder = strategy(options);
        if (options.authHeader != null) {
            builder.headerName(options.authHeader);
        }
        if (options.authQuery != null) {
            builder.queryParam(options.authQuery);
        }
        return builder
                .required(true)
                .roles(options.requiredRoles.toArray(String[]::new))
                .permissions(options.requiredPermissions.toArray(String[]::new))
                .firstMessageTimeout(Duration.ofMillis(options.authFirstMessageMs))
                .build();
    }

    private static AuthConfig.Builder strategy(AgentServerOptions options) {
        return switch (options.auth) {
            case "bearer" -> options.isJwt() ? AuthConfig.bearer(options.jwtTokens())
                    : AuthConfig.bearerTokens(usersByToken(options.tokens));
            case "apiKey" -> AuthConfig.apiKeys(usersByToken(options.tokens));
            case "basic" -> basic(options.basicUsers);
            default -> throw new IllegalArgumentException("no such strategy: " + options.auth);
        };
    }

    private static Map<String, AuthenticatedUser> usersByToken(List<StaticCredential> tokens) {
        var users = new LinkedHashMap<String, AuthenticatedUser>();
        tokens.forEach(token -> users.put(token.secret(), user(token)));
        return users;
    }

    private static AuthConfig.Builder basic(List<StaticCredential> credentials) {
        var passwords = new LinkedHashMap<String, String>();
        var users = new LinkedHashMap<String, AuthenticatedUser>();
        for (StaticCredential credential : credentials) {
            passwords.put(credential.user(), credential.secret());
            users.put(credential.user(), user(credential));
        }
        return AuthConfig.basicUsers(passwords, users::get);
    }

    private static AuthenticatedUser user(StaticCredential credential) {
        return AuthenticatedUser.of(credential.user()).withRoles(credential.roles().toArray(String[]::new));
    }

    /** @return the program's name and version. */
    static String version() {
        var properties = new Properties();
        try (InputStream in = AgentServerWiring.class.getResourceAsStream("version.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return AgentServerOptions.NAME + " " + properties.getProperty("version");
    }
}

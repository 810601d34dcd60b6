package io.neurolink.samples;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.jwt.JwtTokens;
import io.neurolink.agent.langchain4j.ConversationMemory;
import io.neurolink.agent.langchain4j.LangChain4jAgent;
import io.neurolink.agent.langchain4j.http.ModelHttpClientBuilder;
import io.neurolink.agent.session.WebSocketMessageRouter;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.ClientCertificates;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.RateLimitPolicy;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketError;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The samples of docs/guide.md, one method each. */
final class GuideSamples {
    private GuideSamples() {
    }

    static WebSocketHandler handler() {
        return new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                System.out.println("Client connected: " + connection.id());
            }

            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                System.out.println("Received: " + message.text());
            }

            @Override
            public void onClose(WebSocketConnection connection, int code, String reason) {
                System.out.println("Client disconnected: " + connection.id());
            }

            @Override
            public void onError(WebSocketConnection connection, Throwable error) {
                System.err.println("Error: " + error.getMessage());
            }
        };
    }

    static WebSocketConfig fullConfiguration() {
        return WebSocketConfig.builder()
                .path("/ws/agent")
                .maxConnections(500)
                .pingInterval(Duration.ofSeconds(15))
                .pongTimeout(Duration.ofSeconds(5))
                .maxMessageSize(512 * 1024)
                .auth(AuthConfig.bearer(token -> verify(token)).required(true).build())
                .build();
    }

    static NeuroLinkServer.Builder behindAProxy(WebSocketConnectionManager manager) {
        return NeuroLinkServer.builder()
                .trustedProxies("10.0.0.0/8", "::1")
                .maxConnectionsPerAddress(20)
                .webSocket(manager);
    }

    static NeuroLinkServer.Builder bounded(WebSocketConnectionManager manager) {
        return NeuroLinkServer.builder()
                .memoryBudget(256 * 1024 * 1024)
                .webSocket(manager);
    }

    static NeuroLinkServer.Builder encrypted(WebSocketConnectionManager manager, Path chain, Path key) {
        return NeuroLinkServer.builder()
                .port(443)
                .tls(TlsConfig.pem(chain, key))
                .webSocket(manager);
    }

    static TlsConfig moreOfTls(Path chain, Path key, Path otherChain, Path otherKey, Path authorities) {
        return TlsConfig.pem(chain, key)
                .andPem(otherChain, otherKey)                                        // chosen by the host the client asks for
                .clientCertificates(ClientCertificates.REQUIRED, authorities)
                .protocols("TLSv1.3");
    }

    static WebSocketConfig compressedConfiguration() {
        return WebSocketConfig.builder()
                .compression(CompressionConfig.shared().withThreshold(512))
                .build();
    }

    static WebSocketConfig flowConfiguration() {
        return WebSocketConfig.builder()
                .maxBufferedBytes(1024 * 1024)
                .writableMarks(64 * 1024, 256 * 1024)
                .slowConsumerPolicy(SlowConsumerPolicy.DROP_NEWEST)
                .idleTimeout(Duration.ofMinutes(10))
                .closeTimeout(Duration.ofSeconds(5))
                .handlerThreading(HandlerThreading.INLINE)
                .build();
    }

    static WebSocketConfig limitedConfiguration() {
        return WebSocketConfig.builder()
                .maxControlFramesPerSecond(100)
                .rateLimits(RateLimits.builder()
                        .messages(20, 40)                                 // per second, and at once after a rest
                        .userBytes(1024 * 1024, 4 * 1024 * 1024)          // of all connections of a user together
                        .policy(RateLimitPolicy.REPORT)
                        .build())
                .build();
    }

    private static AuthenticatedUser verify(String token) {
        return token.equals("secret-of-ann") ? AuthenticatedUser.of("ann").withRoles("admin") : null;
    }

    static AuthConfig apiKeys() {
        return AuthConfig.apiKey(key -> verify(key))
                .required(true)
                .headerName("X-API-Key")
                .build();
    }

    static AuthConfig basic() {
        return AuthConfig.basic((name, password) -> name.equals("ann") && password.equals("pw") ? AuthenticatedUser.of(name) : null)
                .required(true)
                .build();
    }

    static AuthConfig adminsOnly() {
        return AuthConfig.bearer(token -> verify(token))
                .required(true)
                .roles("admin", "superuser")
                .build();
    }

    static AuthConfig firstMessage() {
        return AuthConfig.bearer(token -> verify(token))
                .required(true)
                .firstMessageTimeout(Duration.ofSeconds(10))
                .build();
    }

    static AuthConfig expiring() {
        return AuthConfig.bearer(token -> AuthenticatedUser.of("ann").withExpiresAt(Instant.now().plusSeconds(3600)))
                .build();
    }

    static AuthConfig webTokens() {
        JwtTokens tokens = JwtTokens.withKeys(URI.create("https://id.example.com/.well-known/jwks.json"))
                .issuer("https://id.example.com")
                .audience("chat")
                .rolesClaim("realm_access.roles")
                .build();
        return AuthConfig.bearer(tokens)
                .roles("user")
                .build();
    }

    static void lookUp(WebSocketConnectionManager manager, String connectionId, String userId) {
        WebSocketConnection connection = manager.getConnection(connectionId).orElseThrow();
        List<WebSocketConnection> all = manager.getAllConnections();
        List<WebSocketConnection> ofUser = manager.getConnectionsByUser(userId);
        List<WebSocketConnection> ofPath = manager.getConnectionsByPath("/ws/agent");
        int count = manager.getConnectionCount();
        System.out.println(connection + " " + all.size() + " " + ofUser.size() + " " + ofPath.size() + " " + count);
    }

    static void send(WebSocketConnectionManager manager, String connectionId) {
        manager.send(connectionId, "{\"type\":\"update\",\"data\":\"Hello\"}");
        manager.send(connectionId, new byte[8]);
        manager.send(connectionId, ByteBuffer.allocate(8));
    }

    static void sendResult(WebSocketConnection connection, String text) {
        switch (connection.send(text)) {
            case ACCEPTED -> { }                                              // on its way, in order
            case BACK_PRESSURED -> System.out.println("later: onWritable");   // not taken, still yours
            case DROPPED -> System.out.println("dropped by policy");          // not taken, counted
            case CLOSED -> System.out.println("nobody is there");
        }
    }

    static void broadcast(WebSocketConnectionManager manager) {
        manager.broadcast("{\"type\":\"announcement\",\"message\":\"Server update\"}");
        manager.broadcast("{\"type\":\"admin-only\"}",
                connection -> connection.user() != null && connection.user().roles().contains("admin"));
        manager.broadcast("{\"type\":\"update\"}",
                connection -> connection.path().equals("/ws/notifications"));
    }

    static SendResult topics(WebSocketConnectionManager manager, WebSocketConnection connection) {
        connection.subscribe("prices");
        return manager.publish("prices", "{\"EUR\":1.08}");
    }

    static void close(WebSocketConnectionManager manager, String connectionId) {
        manager.close(connectionId, 1000, "Session ended").join();
        manager.closeAll(1001, "Server shutting down").join();
    }

    static WebSocketHandler routed() {
        var router = new WebSocketMessageRouter()
                .route("generate", (connection, payload) ->
                        Map.of("type", "response", "content", "You asked: " + payload.get("prompt")))
                .route("later", (connection, payload) ->
                        CompletableFuture.supplyAsync(() -> Map.of("type", "response", "content", "at last")));
        return new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                router.handle(connection, message);
            }
        };
    }

    static Agent weatherAgent() {
        var forecast = AgentTool.of("forecast", "Tells the weather of a city", "{\"type\":\"object\"}",
                call -> CompletableFuture.completedFuture(Map.of("city", call.arguments().get("city"), "sky", "blue")));
        return new Agent() {
            private final Agent talk = Agent.of("weather", (request, sink) -> {
                for (String word : ("The weather for " + request.prompt() + " is fine.").split("(?<= )")) {
                    sink.text(word);
                }
            });

            @Override
            public String name() {
                return talk.name();
            }

            @Override
            public List<AgentTool> tools() {
                return List.of(forecast);
            }

            @Override
            public java.util.concurrent.Flow.Publisher<io.neurolink.agent.spi.AgentEvent> run(
                    io.neurolink.agent.spi.AgentRequest request) {
                return talk.run(request);
            }
        };
    }

    static Agent modelAgent(String baseUrl, AgentTool forecast) {
        StreamingChatModel model = OpenAiStreamingChatModel.builder()
                .httpClientBuilder(new ModelHttpClientBuilder())          // cancel at any moment, no thread per stream
                .baseUrl(baseUrl)
                .apiKey(System.getenv("OPENAI_API_KEY"))
                .modelName("gpt-4o-mini")
                .build();
        return LangChain4jAgent.builder()
                .name("support")
                .model(model)
                .systemPrompt("You answer questions about the weather.")
                .tools(forecast)
                .memory(ConversationMemory.builder().maxMessages(20).timeToLive(Duration.ofMinutes(30)).build())
                .build();
    }

    static Agent strictAgent(StreamingChatModel model) {
        return LangChain4jAgent.builder()
                .model(model)
                .options(options -> ChatRequestParameters.builder()       // clients choose the length, and nothing else
                        .maxOutputTokens(options.maxTokens() == null ? 500 : Math.min(2000, options.maxTokens()))
                        .build())
                .build();
    }

    static void agent(WebSocketConnectionManager manager, Agent agent) {
        manager.registerHandler("/ws/agent", AgentHandler.create(agent));
    }

    static WebSocketHandler errors() {
        return new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                try {
                    process(message);
                } catch (RuntimeException e) {
                    String code = e instanceof WebSocketError ? "WEBSOCKET_ERROR" : "UNKNOWN_ERROR";
                    connection.send("{\"type\":\"error\",\"error\":\"" + e.getMessage() + "\",\"code\":\"" + code + "\"}");
                }
            }

            @Override
            public void onError(WebSocketConnection connection, Throwable error) {
                connection.close(1011, "Internal error");
            }
        };
    }

    private static void process(WebSocketMessage message) {
        if (message.text().isEmpty()) {
            throw new WebSocketError("empty message", null);
        }
        throw new IllegalStateException("no good");
    }

    static void gracefulShutdown(NeuroLinkServer server) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.shutdown(Duration.ofSeconds(10)).join()));
    }

    static void monitor(WebSocketConnectionManager manager, NeuroLinkServer server) {
        for (WebSocketConnection connection : manager.getAllConnections()) {
            System.out.println(connection.id() + " " + connection.path()
                    + " since " + Instant.ofEpochMilli(connection.createdAt())
                    + " last " + Instant.ofEpochMilli(connection.lastActivity())
                    + " round trip " + connection.roundTripTime()
                    + " buffered " + connection.bufferedAmount());
        }
        server.counters().forEach((name, value) -> System.out.println(name + " = " + value));
    }

    static void health(NeuroLinkServer server, WebSocketConnectionManager manager) {
        server.registerRoute(HttpRoute.get("/health/websocket", request -> HttpResponse.json(
                "{\"status\":\"ok\",\"connections\":{\"total\":" + manager.getConnectionCount()
                        + ",\"maxConnections\":" + manager.config().maxConnections() + "}}"))
                .describedAs("WebSocket health status", "health"));
    }

    static WebSocketHandler threePerUser(WebSocketConnectionManager manager) {
        return new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                if (connection.user() != null) {
                    var ofUser = manager.getConnectionsByUser(connection.user().id());
                    if (ofUser.size() > 3) {
                        ofUser.get(0).close(1008, "Connection limit exceeded");   // the oldest
                    }
                }
            }
        };
    }

    static WebSocketHandler metadata() {
        return new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                connection.metadata().put("subscriptions", new ArrayList<String>());
            }

            @Override
            @SuppressWarnings("unchecked")
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                ((List<String>) connection.metadata().get("subscriptions")).add(message.text());
            }
        };
    }

    static WebSocketHandler pausingProducer(Runnable produceMore) {
        return new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                produce(connection);
            }

            @Override
            public void onWritable(WebSocketConnection connection) {
                produce(connection);
            }

            private void produce(WebSocketConnection connection) {
                while (connection.isOpen() && connection.isWritable()) {
                    connection.send("some more");
                    produceMore.run();
                }
            }
        };
    }
}

package io.neurolink.perf.rig;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.perf.server.Certificate;
import java.io.IOException;
import java.time.Duration;

/** The engine in this process, as an echo server or one that broadcasts. */
final class EngineServer implements AutoCloseable {
    private final NeuroLinkServer server;
    private final boolean isTls;

    private EngineServer(NeuroLinkServer server, boolean isTls) {
        this.server = server;
        this.isTls = isTls;
    }

    static EngineServer start(boolean broadcasts, CompressionConfig.Mode compression, Certificate certificate) throws IOException {
        return start(broadcasts, compression, Duration.ZERO, certificate);
    }

    private static EngineServer start(boolean broadcasts, CompressionConfig.Mode compression, Duration pingInterval,
            Certificate certificate) throws IOException {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder()
                .path("/*")
                .maxConnections(1000)
                .maxMessageSize(4 << 20)
                .maxBufferedBytes(64 << 20)
                .compression(CompressionConfig.of(compression).withThreshold(0).withDedicated(1000, Duration.ofSeconds(10)))
                .pingInterval(pingInterval)
                .handlerThreading(HandlerThreading.INLINE)
                .build());
        manager.registerHandler(new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                if (broadcasts) {
                    manager.broadcast(message.bytes());
                } else {
                    connection.send(message);
                }
            }
        });
        var builder = NeuroLinkServer.builder().host("127.0.0.1").port(0).eventLoops(1).idleMode(IdleMode.BACKOFF).webSocket(manager);
        if (certificate != null) {
            builder.tls(TlsConfig.pem(certificate.chain(), certificate.key()));
        }
        return new EngineServer(builder.build().start(), certificate != null);
    }

    static EngineServer echo() throws IOException {
        return start(false, CompressionConfig.Mode.OFF, null);
    }

    static EngineServer pinging(Duration interval) throws IOException {
        return start(false, CompressionConfig.Mode.OFF, interval, null);
    }

    String url() {
        return (isTls ? "wss" : "ws") + "://127.0.0.1:" + server.port() + "/";
    }

    @Override
    public void close() {
        server.close();
    }
}

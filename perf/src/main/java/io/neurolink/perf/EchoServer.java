package io.neurolink.perf;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.protocol.CloseCode;
import java.time.Duration;

/** A server on the loopback address whose handler does next to nothing, so that what is measured is the engine. */
final class EchoServer {
    static final String HOST = "127.0.0.1";

    private static final int MAX_CONNECTIONS = 20_000;
    private static final int MAX_DEDICATED = 1_000;
    private static final int MIN_BUFFERED_BYTES = 16 * 1024 * 1024;

    private EchoServer() {
    }

    /** What can be chosen; {@code pingInterval} is zero for none, {@code tls} is null for plain connections. */
    record Settings(int port, boolean broadcast, int eventLoops, HandlerThreading handlerThreading, IdleMode idle, int maxMessageSize,
            CompressionConfig.Mode compression, Duration pingInterval, TlsConfig tls) {
    }

    /**
     * @param settings what was chosen.
     * @return a server that is not started yet.
     * @throws IllegalArgumentException if a value is out of range; the message names it.
     */
    static NeuroLinkServer create(Settings settings) {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder()
                .path("/*")
                .maxConnections(MAX_CONNECTIONS)
                .maxMessageSize(settings.maxMessageSize)
                .maxFragments(Integer.MAX_VALUE)
                .maxBufferedBytes((int) Math.min(Integer.MAX_VALUE, Math.max(MIN_BUFFERED_BYTES, 4L * settings.maxMessageSize)))
                .compression(CompressionConfig.of(settings.compression).withThreshold(0)
                        .withDedicated(MAX_DEDICATED, Duration.ofSeconds(10)))
                .pingInterval(settings.pingInterval)
                .allowedOrigins("*")
                .handlerThreading(settings.handlerThreading)
                .build());
        manager.registerHandler(settings.broadcast ? new Broadcaster(manager) : new Echoer());
        return NeuroLinkServer.builder()
                .host(HOST)
                .port(settings.port)
                .eventLoops(settings.eventLoops)
                .idleMode(settings.idle)
                .webSocket(manager)
                .tls(settings.tls)
                .build();
    }

    private static final class Echoer implements WebSocketHandler {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            if (connection.send(message) != SendResult.ACCEPTED) {
                connection.close(CloseCode.TRY_AGAIN_LATER, "the echo does not fit");
            }
        }
    }

    private static final class Broadcaster implements WebSocketHandler {
        private final WebSocketConnectionManager manager;

        Broadcaster(WebSocketConnectionManager manager) {
            this.manager = manager;
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            if (message.isText()) {
                manager.broadcast(message.text());
            } else {
                manager.broadcast(message.bytes());
            }
        }
    }
}

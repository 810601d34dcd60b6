package io.neurolink.agent.client;

import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** A connection of the engine's client. */
final class EngineWire implements Wire, WebSocketHandler {
    private static final String SUBPROTOCOL = "neurolink.agent.v1";

    private final Target target;
    private final CompletableFuture<WebSocketConnection> opening;
    /** Set by the handler, which may be called before the future is complete. */
    private final AtomicReference<WebSocketConnection> opened = new AtomicReference<>();

    private EngineWire(WebSocketClient client, URI uri, ConnectOptions options, Target target) {
        this.target = target;
        this.opening = client.connect(uri, this, options);
        opening.whenComplete((connection, error) -> {
            if (error != null) {
                target.onClosed(0, "", error);
            }
        });
    }

    static Opener opener(WebSocketClient client, URI uri, Duration timeout) {
        return (headers, target) -> new EngineWire(client, uri, options(headers, timeout), target);
    }

    private static ConnectOptions options(Map<String, String> headers, Duration timeout) {
        ConnectOptions options = ConnectOptions.defaults().subprotocols(SUBPROTOCOL).timeout(timeout);
        for (Map.Entry<String, String> header : headers.entrySet()) {
            options = options.header(header.getKey(), header.getValue());
        }
        return options;
    }

    @Override
    public SendResult send(byte[] utf8) {
        WebSocketConnection connection = opened.get();
        return connection == null ? SendResult.CLOSED : connection.sendText(ByteBuffer.wrap(utf8));
    }

    @Override
    public void close(int code, String reason) {
        if (!opening.cancel(false) && !opening.isCompletedExceptionally()) {
            opening.join().close(code, reason);
        }
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        opened.set(connection);
        target.onOpen();
    }

    @Override
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        if (message.isText()) {
            target.onText(message.toByteArray());
        }
    }

    @Override
    public void onWritable(WebSocketConnection connection) {
        target.onWritable();
    }

    @Override
    public void onClose(WebSocketConnection connection, int code, String reason) {
        target.onClosed(code, reason, null);
    }
}

package io.neurolink.engine.client;

import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Hands everything on to the application's handler, and watches one connection come and go. */
final class WatchedHandler implements WebSocketHandler {
    /** Is told of the end. */
    @FunctionalInterface
    interface Closed {
        void onClosed(int code, String reason);
    }

    private final WebSocketHandler handler;
    private final Predicate<WebSocketConnection> opened;
    private final Closed closed;

    /** Whether the handler knows of the connection; belongs to the thread that runs it. */
    private boolean isWanted;

    /**
     * @param opened answers whether somebody still wants the connection; if not, the handler is told nothing of it.
     * @param closed is told after the handler.
     */
    WatchedHandler(WebSocketHandler handler, Predicate<WebSocketConnection> opened, Closed closed) {
        this.handler = handler;
        this.opened = opened;
        this.closed = closed;
    }

    @Override
    public void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
        handler.onUpgrade(request, metadata);
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        isWanted = opened.test(connection);
        tell(to -> to.onOpen(connection));
    }

    @Override
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        if (isWanted) {
            handler.onMessage(connection, message);
        }
    }

    @Override
    public boolean supportsPartialMessages() {
        return handler.supportsPartialMessages();
    }

    @Override
    public void onPartialMessage(WebSocketConnection connection, WebSocketMessage part, boolean isLast) {
        if (isWanted) {
            handler.onPartialMessage(connection, part, isLast);
        }
    }

    @Override
    public void onError(WebSocketConnection connection, Throwable error) {
        tell(to -> to.onError(connection, error));
    }

    @Override
    public void onRateLimited(WebSocketConnection connection, WebSocketMessage message, long retryAfterMs) {
        tell(to -> to.onRateLimited(connection, message, retryAfterMs));
    }

    @Override
    public void onWritable(WebSocketConnection connection) {
        tell(to -> to.onWritable(connection));
    }

    @Override
    public void onDrain(WebSocketConnection connection, DrainNotice notice) {
        tell(to -> to.onDrain(connection, notice));
    }

    @Override
    public boolean isBusy(WebSocketConnection connection) {
        return handler.isBusy(connection);
    }

    @Override
    public void onClose(WebSocketConnection connection, int code, String reason) {
        if (isWanted) {
            try {
                handler.onClose(connection, code, reason);
            } finally {
                closed.onClosed(code, reason);
            }
        }
    }

    private void tell(Consumer<WebSocketHandler> event) {
        if (isWanted) {
            event.accept(handler);
        }
    }
}

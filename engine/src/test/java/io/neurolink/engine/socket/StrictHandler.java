package io.neurolink.engine.socket;

import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Watches over the promise made to handlers while it passes everything on: open first, then the rest, one callback at a time, close last
 * and once.
 */
final class StrictHandler implements WebSocketHandler {
    private final WebSocketHandler handler;
    private final Map<String, Life> lives = new ConcurrentHashMap<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();

    private static final class Life {
        private final AtomicInteger callbacks = new AtomicInteger();
        private volatile boolean isClosed;
    }

    StrictHandler(WebSocketHandler handler) {
        this.handler = handler;
    }

    /** What was broken, in words; empty if nothing was. */
    Queue<String> faults() {
        return faults;
    }

    int opened() {
        return opened.get();
    }

    int closed() {
        return closed.get();
    }

    @Override
    public void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
        handler.onUpgrade(request, metadata);
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        opened.incrementAndGet();
        if (lives.putIfAbsent(connection.id(), new Life()) != null) {
            faults.add("opened twice: " + connection);
        }
        during(connection, "onOpen", () -> handler.onOpen(connection));
    }

    @Override
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        during(connection, "onMessage", () -> handler.onMessage(connection, message));
    }

    @Override
    public void onError(WebSocketConnection connection, Throwable error) {
        during(connection, "onError", () -> handler.onError(connection, error));
    }

    @Override
    public void onWritable(WebSocketConnection connection) {
        during(connection, "onWritable", () -> handler.onWritable(connection));
    }

    @Override
    public void onDrain(WebSocketConnection connection, DrainNotice notice) {
        during(connection, "onDrain", () -> handler.onDrain(connection, notice));
    }

    @Override
    public boolean isBusy(WebSocketConnection connection) {
        return handler.isBusy(connection);
    }

    @Override
    public void onClose(WebSocketConnection connection, int code, String reason) {
        closed.incrementAndGet();
        during(connection, "onClose", () -> {
            lives.get(connection.id()).isClosed = true;
            handler.onClose(connection, code, reason);
        });
    }

    private void during(WebSocketConnection connection, String callback, Runnable call) {
        Life life = lives.get(connection.id());
        if (life == null || life.isClosed) {
            faults.add(callback + (life == null ? " before onOpen: " : " after onClose: ") + connection);
            return;
        }
        if (life.callbacks.getAndIncrement() != 0) {
            faults.add(callback + " during another callback: " + connection);
        }
        try {
            call.run();
        } finally {
            life.callbacks.decrementAndGet();
        }
    }
}

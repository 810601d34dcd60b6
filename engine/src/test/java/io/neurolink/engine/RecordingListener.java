package io.neurolink.engine;

import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.spi.WebSocketConnection;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Writes down what the engine tells those who watch it. */
final class RecordingListener implements EngineListener {
    private final List<String> events = new ArrayList<>();

    List<String> events() {
        return events;
    }

    @Override
    public void onConnectionOpened(WebSocketConnection connection) {
        events.add("opened");
    }

    @Override
    public void onConnectionClosed(WebSocketConnection connection, int code, String reason) {
        events.add(("closed " + code + " " + reason).trim());
    }

    @Override
    public void onUpgradeRefused(SocketAddress remoteAddress, String path, int status, String message) {
        events.add("refused " + path + " " + status + " " + message);
    }

    @Override
    public void onSlowConsumer(WebSocketConnection connection, SlowConsumerPolicy policy, long bufferedBytes) {
        events.add("slow " + policy + " " + bufferedBytes);
    }
}

package io.neurolink.samples;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;

final class QuickStart {
    public static void main(String[] args) throws Exception {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws").maxConnections(1000).build());
        manager.registerHandler(new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                connection.send("You said: " + message.text());
            }
        });
        try (var server = NeuroLinkServer.builder().port(3000).webSocket(manager).build().start()) {
            server.awaitShutdown();
        }
    }
}

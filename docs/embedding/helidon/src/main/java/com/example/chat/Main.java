package com.example.chat;

import io.helidon.webserver.WebServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;

public final class Main {
    private Main() {
    }

    public static void main(String[] args) {
        start(8080, new WebSockets(manager(), 3000));
    }

    static WebSocketConnectionManager manager() {
        return new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws/echo").build()).registerHandler(new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                connection.send("You said: " + message.text());
            }
        });
    }

    static WebServer start(int port, WebSockets webSockets) {
        return WebServer.builder()
                .port(port)
                .routing(routing -> routing.register("/chat", webSockets))
                .build()
                .start();
    }
}

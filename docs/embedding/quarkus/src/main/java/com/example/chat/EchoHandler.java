package com.example.chat;

import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import jakarta.inject.Singleton;

/** No proxy may stand before a handler, so it is a singleton and not application-scoped. */
@Singleton
public class EchoHandler implements WebSocketHandler {
    @Override
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        connection.send("You said: " + message.text());
    }
}

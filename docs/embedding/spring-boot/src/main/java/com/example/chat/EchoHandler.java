package com.example.chat;

import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import org.springframework.stereotype.Component;

@Component("/ws/echo")
class EchoHandler implements WebSocketHandler {
    @Override
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        connection.send("You said: " + message.text());
    }
}

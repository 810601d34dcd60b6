package com.example.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ChatServerTest {
    @Inject
    ChatServer server;

    @Test
    void shouldServeTheBean() throws Exception {
        var heard = new CompletableFuture<String>();
        var socket = HttpClient.newHttpClient().newWebSocketBuilder()
                .buildAsync(URI.create("ws://localhost:" + server.port() + "/ws/echo"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean isLast) {
                        heard.complete(data.toString());
                        return null;
                    }
                }).join();
        socket.sendText("Quarkus", true).join();
        assertEquals("You said: Quarkus", heard.get(30, TimeUnit.SECONDS));
        socket.abort();
    }
}

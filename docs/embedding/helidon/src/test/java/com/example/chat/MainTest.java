package com.example.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MainTest {
    @Test
    void shouldStartAndEndWithHelidon() throws Exception {
        var webSockets = new WebSockets(Main.manager(), 0);
        var server = Main.start(0, webSockets);
        var heard = new CompletableFuture<String>();
        var closed = new CompletableFuture<Integer>();
        var http = HttpClient.newHttpClient();
        http.newWebSocketBuilder().buildAsync(URI.create("ws://localhost:" + webSockets.port() + "/ws/echo"), new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
                heard.complete(data.toString());
                socket.request(1);
                return null;
            }

            @Override
            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                closed.complete(code);
                return null;
            }
        }).join().sendText("Helidon", true).join();
        assertEquals("You said: Helidon", heard.get(30, TimeUnit.SECONDS));
        var count = http.send(HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/chat/connections")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals("1", count.body());
        server.stop();
        assertEquals(1001, closed.get(30, TimeUnit.SECONDS));
    }
}

package io.neurolink.samples;

import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.time.Duration;

public final class PlainMain {
    private PlainMain() {
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws/echo").build()).registerHandler(new Echo());
        try (NeuroLinkServer server = NeuroLinkServer.builder().host("0.0.0.0").port(port).webSocket(manager).build().start()) {
            DrainOptions drain = DrainOptions.builder().timeout(Duration.ofSeconds(20)).build();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println(server.drain(drain).join())));
            System.out.println("listening on port " + server.port());
            server.awaitShutdown();
        }
    }

    private static final class Echo implements WebSocketHandler {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            connection.send("You said: " + message.text());
        }
    }
}

package com.example.chat;

import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

@ApplicationScoped
public class ChatServer {
    private final NeuroLinkServer server;
    private final Duration drain;

    ChatServer(EchoHandler echo,
            @ConfigProperty(name = "neurolink.port", defaultValue = "3000") int port,
            @ConfigProperty(name = "neurolink.drain", defaultValue = "20s") Duration drain) {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws/echo").build()).registerHandler(echo);
        this.server = NeuroLinkServer.builder().port(port).webSocket(manager).build();
        this.drain = drain;
    }

    void onStart(@Observes StartupEvent event) throws IOException {
        server.start();
    }

    void onStop(@Observes ShutdownEvent event) {
        server.drain(DrainOptions.builder().timeout(drain).build()).join();
    }

    int port() {
        return server.port();
    }
}

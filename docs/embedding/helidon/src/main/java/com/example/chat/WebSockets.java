package com.example.chat;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Starts and ends with Helidon's web server, and tells it about the connections. */
final class WebSockets implements HttpService {
    private final WebSocketConnectionManager manager;
    private final NeuroLinkServer server;

    WebSockets(WebSocketConnectionManager manager, int port) {
        this.manager = manager;
        this.server = NeuroLinkServer.builder().port(port).webSocket(manager).build();
    }

    @Override
    public void beforeStart() {
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void afterStop() {
        server.drain(DrainOptions.defaults()).join();
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/connections", (request, response) -> response.send(String.valueOf(manager.getConnectionCount())));
    }

    int port() {
        return server.port();
    }
}

package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.neurolink.agent.support.Eventually;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.URI;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the samples of docs/cluster.md, with two servers in this process. */
@Timeout(120)
class ClusterSamplesTest {
    private static WebSocketConnectionManager newManager() {
        AuthConfig auth = AuthConfig.bearer(token -> AuthenticatedUser.of(token).withRoles("staff")).required(true).build();
        return new WebSocketConnectionManager(WebSocketConfig.builder().auth(auth).build()).registerHandler(new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                connection.subscribe("orders");
            }

            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                // Nothing is said by clients.
            }
        });
    }

    @Test
    void shouldReachAUserOfTheOtherNodeAndCloseTheConnection() throws Exception {
        WebSocketConnectionManager here = newManager();
        WebSocketConnectionManager there = newManager();
        List<NeuroLinkServer> servers = ClusterSamples.inMemory(here, there);
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        try (NeuroLinkServer first = servers.get(0).start(); NeuroLinkServer second = servers.get(1).start();
                WebSocketClient client = WebSocketClient.builder().build()) {
            client.connect(URI.create("ws://localhost:" + second.port() + "/ws"), new WebSocketHandler() {
                @Override
                public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                    seen.add(message.text());
                }

                @Override
                public void onClose(WebSocketConnection connection, int code, String reason) {
                    closed.complete(code);
                }
            }, ConnectOptions.defaults().header("Authorization", "Bearer ann")).get();
            Eventually.become(() -> here.cluster().getConnectionCount() == 1 && second.counters().get("cluster.subscriptions") == 2,
                    () -> "members: " + here.cluster().members());
            ClusterSamples.toAllNodes(here);
            for (String text : List.of("The shop closes in ten minutes", "{\"order\":7}", "Your parcel is on its way", "Stock is low")) {
                assertEquals(text, seen.poll(60, TimeUnit.SECONDS));
            }
            // A node that does not answer in time is not waited for, so it is asked again.
            Integer code = null;
            for (int tries = 0; code == null && tries < 10; tries++) {
                ClusterSamples.lookAround(here);
                code = closed.copy().completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
            }
            assertEquals(4001, code);
            assertEquals(0, first.counters().get("connections.opened"));
        }
    }

    @Test
    void shouldMakeAServerOfACluster() throws Exception {
        assertFalse(ClusterSamples.onNats(newManager()).build().isReady());
    }
}

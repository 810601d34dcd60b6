package io.neurolink.perf.cluster;

import io.neurolink.agent.nats.NatsClusterBus;
import io.neurolink.engine.ClusterConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketHandler;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Nodes of a cluster in this process, a loop each, and a client on a loop of its own. */
final class Nodes implements AutoCloseable {
    private static final int AT_ONCE = 100;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private final List<NeuroLinkServer> servers = new ArrayList<>();
    private final List<WebSocketConnectionManager> managers = new ArrayList<>();
    private final WebSocketClient client;

    /**
     * Starts them, and waits until each knows all others.
     *
     * @param natsUrls where NATS is; null for nodes that know nothing of each other.
     */
    Nodes(String natsUrls, int count, int connections) throws IOException {
        client = WebSocketClient.builder().eventLoops(1).idleMode(IdleMode.BLOCKING).config(config(count * connections)).build();
        for (int i = 0; i < count; i++) {
            var manager = new WebSocketConnectionManager(config(connections));
            manager.registerHandler(new WebSocketHandler() { });
            var server = NeuroLinkServer.builder().host("127.0.0.1").port(0).idleMode(IdleMode.BLOCKING).eventLoops(1).webSocket(manager);
            if (natsUrls != null) {
                server.cluster(ClusterConfig.builder(NatsClusterBus.builder(natsUrls).build()).nodeId("node" + i).build());
            }
            managers.add(manager);
            servers.add(server.build().start());
        }
        if (natsUrls != null) {
            await("all nodes", () -> managers.stream().allMatch(manager -> manager.cluster().members().size() == count));
        }
    }

    private static WebSocketConfig config(int connections) {
        return WebSocketConfig.builder().maxConnections(connections + 1).handlerThreading(HandlerThreading.INLINE).build();
    }

    WebSocketConnectionManager manager(int node) {
        return managers.get(node);
    }

    /** Opens connections to a node. */
    void connect(int node, int connections, WebSocketHandler handler) {
        URI uri = URI.create("ws://127.0.0.1:" + servers.get(node).port() + "/ws");
        for (int done = 0; done < connections; done += AT_ONCE) {
            CompletableFuture<?>[] some = new CompletableFuture<?>[Math.min(AT_ONCE, connections - done)];
            Arrays.setAll(some, i -> client.connect(uri, handler));
            CompletableFuture.allOf(some).join();
        }
    }

    static void await(String what, BooleanSupplier condition) throws IOException {
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException(what + " did not come within a minute");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    @Override
    public void close() {
        servers.forEach(NeuroLinkServer::close);
        client.close();
    }
}

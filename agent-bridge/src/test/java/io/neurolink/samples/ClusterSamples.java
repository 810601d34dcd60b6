package io.neurolink.samples;

import io.neurolink.agent.nats.NatsClusterBus;
import io.neurolink.engine.ClusterConfig;
import io.neurolink.engine.ClusterView;
import io.neurolink.engine.InMemoryClusterBus;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.ConnectionFilter;
import java.io.IOException;
import java.util.List;

/** The samples of docs/cluster.md, one method each. */
final class ClusterSamples {
    private ClusterSamples() {
    }

    static NeuroLinkServer.Builder onNats(WebSocketConnectionManager manager) throws IOException {
        ClusterBus bus = NatsClusterBus.builder("nats://10.0.0.7:4222,nats://10.0.0.8:4222").prefix("shop").build();
        return NeuroLinkServer.builder()
                .cluster(ClusterConfig.builder(bus).nodeId("shop-1").build())
                .webSocket(manager);
    }

    static void toAllNodes(WebSocketConnectionManager manager) {
        manager.broadcast("The shop closes in ten minutes");
        manager.publish("orders", "{\"order\":7}");
        manager.sendToUser("ann", "Your parcel is on its way");
        manager.broadcast("Stock is low", ConnectionFilter.role("staff").and(ConnectionFilter.path("/ws")));
    }

    static void lookAround(WebSocketConnectionManager manager) {
        ClusterView cluster = manager.cluster();
        System.out.println(cluster.getConnectionCount() + " connections on " + cluster.members().size() + " nodes");
        cluster.getConnectionsByUser("ann").thenAccept(found -> {
            found.connections().forEach(connection -> cluster.close(connection.id(), 4001, "Signed in elsewhere"));
            if (!found.isComplete()) {
                System.out.println("no answer from " + found.silentNodes());
            }
        });
    }

    static List<NeuroLinkServer> inMemory(WebSocketConnectionManager manager, WebSocketConnectionManager otherManager) {
        var hub = new InMemoryClusterBus.Hub();
        var first = NeuroLinkServer.builder().port(0).cluster(ClusterConfig.builder(hub.newBus()).build()).webSocket(manager).build();
        var second = NeuroLinkServer.builder().port(0).cluster(ClusterConfig.builder(hub.newBus()).build()).webSocket(otherManager).build();
        return List.of(first, second);
    }
}

package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.ClusterListener;
import io.neurolink.engine.spi.ClusterMember;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.Parameter;

/** Several servers as one, in lock-step, over a bus in memory. */
abstract class LockStepCluster {
    @Parameter
    Mode mode;

    final InMemoryClusterBus.Hub hub = new InMemoryClusterBus.Hub(4096);
    final List<Node> nodes = new ArrayList<>();

    /** A server of the cluster. */
    static final class Node {
        final InMemoryClusterBus bus;
        final RecordingHandler handler = new RecordingHandler();
        final List<String> events = new ArrayList<>();
        LockStepServer server;

        Node(InMemoryClusterBus bus) {
            this.bus = bus;
        }

        WebSocketConnectionManager manager() {
            return server.manager;
        }

        ClusterListener listener() {
            return new ClusterListener() {
                @Override
                public void onConnected(long dropped) {
                    events.add("connected " + dropped);
                }

                @Override
                public void onLost(String cause) {
                    events.add("lost " + cause);
                }

                @Override
                public void onDropped(long outgoing, long incoming) {
                    events.add("dropped " + outgoing + " " + incoming);
                }

                @Override
                public void onNodeJoined(ClusterMember member) {
                    events.add("joined " + member.nodeId());
                }

                @Override
                public void onNodeLeft(ClusterMember member, boolean isOrderly) {
                    events.add("left " + member.nodeId() + (isOrderly ? "" : " silently"));
                }
            };
        }
    }

    @AfterEach
    void endServers() {
        for (Node node : nodes) {
            node.server.end();
            assertEquals(0, node.server.counter(EngineCounter.LOOP_ERRORS), () -> "errors: " + node.server.stacks());
            assertEquals(List.of(), node.server.errors(), () -> "errors: " + node.server.stacks());
        }
    }

    Node start(String name) {
        return start(name, config -> { }, cluster -> { });
    }

    Node start(String name, Consumer<WebSocketConfig.Builder> settings, Consumer<ClusterConfig.Builder> cluster) {
        return start(new Node(hub.newBus()), name, settings, cluster, null);
    }

    Node start(Node node, String name, Consumer<WebSocketConfig.Builder> settings, Consumer<ClusterConfig.Builder> cluster,
            ClusterBus wrapped) {
        return start(node, name, settings, cluster, wrapped, Duration.ZERO);
    }

    /** @param offset of its clock from that of the others. */
    Node start(Node node, String name, Consumer<WebSocketConfig.Builder> settings, Consumer<ClusterConfig.Builder> cluster,
            ClusterBus wrapped, Duration offset) {
        ClusterConfig.Builder clusterConfig =
                ClusterConfig.builder(wrapped == null ? node.bus : wrapped).nodeId(name).listener(node.listener());
        cluster.accept(clusterConfig);
        node.server = LockStepServer.builder(mode)
                .config(config -> config.auth(AuthConfig.bearer(this::user).required(false).build()))
                .config(settings)
                .cluster(clusterConfig.build())
                .clockOffset(offset)
                .handler(node.handler)
                .start();
        nodes.add(node);
        return node;
    }

    /** The token is the name, with roles behind a colon. */
    AuthenticatedUser user(String token) {
        String[] parts = token.split(":");
        return parts.length == 1 ? AuthenticatedUser.of(parts[0]) : AuthenticatedUser.of(parts[0]).withRoles(parts[1]);
    }

    /** Until nobody has anything to do. */
    void settle() {
        int workCount;
        int rounds = 0;
        do {
            workCount = nodes.stream().mapToInt(node -> node.server.step()).sum();
            assertTrue(++rounds < 100_000, "the cluster does not come to rest");
        } while (workCount > 0);
    }

    void pass(Duration total) {
        for (Duration passed = Duration.ZERO; passed.compareTo(total) < 0; passed = passed.plusMillis(100)) {
            nodes.forEach(node -> node.server.clock.advance(Duration.ofMillis(100)));
            settle();
        }
    }

    TestPeer open(Node node) {
        return open(node, null);
    }

    TestPeer open(Node node, String token) {
        TestPeer peer = node.server.connect();
        peer.upgrade("/ws", token == null ? new String[0] : new String[] {"Authorization: Bearer " + token});
        settle();
        peer.agreement();
        return peer;
    }

    static WebSocketConnection last(Node node) {
        List<WebSocketConnection> connections = node.handler.connections();
        return connections.get(connections.size() - 1);
    }
}

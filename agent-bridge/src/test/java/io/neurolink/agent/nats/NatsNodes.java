package io.neurolink.agent.nats;

import io.neurolink.agent.support.Eventually;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.ClusterConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.ClusterListener;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Servers that are one by NATS, and clients of theirs, all in this process. */
final class NatsNodes implements AutoCloseable {
    /** Faults are what these tests are about; held so that the level stays. */
    private static final java.util.logging.Logger SILENCED = java.util.logging.Logger.getLogger("io.neurolink.engine.cluster");

    static {
        SILENCED.setLevel(java.util.logging.Level.OFF);
    }

    private final List<Node> nodes = new ArrayList<>();
    private final WebSocketClient client;

    /** A server. */
    static final class Node implements AutoCloseable {
        final Queue<String> events = new ConcurrentLinkedQueue<>();
        final Queue<WebSocketConnection> opened = new ConcurrentLinkedQueue<>();
        final WebSocketConnectionManager manager;
        final NeuroLinkServer server;

        Node(NatsClusterBus bus, String name, Consumer<WebSocketConfig.Builder> settings, Consumer<ClusterConfig.Builder> cluster)
                throws Exception {
            WebSocketConfig.Builder config = WebSocketConfig.builder().maxConnections(10_000)
                    .auth(AuthConfig.bearer(AuthenticatedUser::of).required(false).build());
            settings.accept(config);
            manager = new WebSocketConnectionManager(config.build());
            manager.registerHandler(new WebSocketHandler() {
                @Override
                public void onOpen(WebSocketConnection connection) {
                    opened.add(connection);
                }

                @Override
                public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                    connection.subscribe(message.text());
                }
            });
            ClusterConfig.Builder clusterConfig = ClusterConfig.builder(bus).nodeId(name).heartbeatInterval(Duration.ofMillis(200))
                    .nodeTimeout(Duration.ofSeconds(3))
                    .answerTimeout(Duration.ofSeconds(20)).bufferTime(Duration.ofMinutes(2)).listener(new ClusterListener() {
                        @Override
                        public void onConnected(long dropped) {
                            events.add("connected " + dropped);
                        }

                        @Override
                        public void onLost(String cause) {
                            events.add("lost " + cause);
                        }
                    });
            cluster.accept(clusterConfig);
            server = NeuroLinkServer.builder().port(0).idleMode(IdleMode.BLOCKING).eventLoops(1).workers(1)
                    .cluster(clusterConfig.build()).webSocket(manager).build().start();
        }

        long counter(String name) {
            return server.counters().get(name);
        }

        /** @return how often it was told that it is connected; a loss that was over when it looked it is not told of. */
        long connectedCount() {
            return events.stream().filter(event -> event.startsWith("connected ")).count();
        }

        @Override
        public void close() {
            server.close();
        }
    }

    /** A client, and what it got. */
    static final class Peer implements WebSocketHandler {
        final Queue<String> received = new ConcurrentLinkedQueue<>();
        final Queue<byte[]> binary = new ConcurrentLinkedQueue<>();
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        WebSocketConnection connection;

        @Override
        public void onMessage(WebSocketConnection from, WebSocketMessage message) {
            if (message.isText()) {
                received.add(message.text());
            } else {
                byte[] bytes = new byte[message.bytes().remaining()];
                message.bytes().get(bytes);
                binary.add(bytes);
            }
        }

        @Override
        public void onClose(WebSocketConnection from, int code, String reason) {
            closed.complete(code);
        }

        void awaitMessages(int count) {
            Eventually.become(() -> received.size() >= count, () -> received.size() + " of " + count + " messages");
        }
    }

    NatsNodes() throws Exception {
        client = WebSocketClient.builder().eventLoops(1).idleMode(IdleMode.BLOCKING)
                .config(WebSocketConfig.builder().maxConnections(20_000).maxMessageSize(4 * 1024 * 1024).build()).build();
    }

    Node start(String url, String name) throws Exception {
        return start(NatsClusterBus.builder(url).build(), name, config -> { }, cluster -> { });
    }

    Node start(NatsClusterBus bus, String name, Consumer<WebSocketConfig.Builder> settings, Consumer<ClusterConfig.Builder> cluster)
            throws Exception {
        Node node = new Node(bus, name, settings, cluster);
        nodes.add(node);
        return node;
    }

    /** Starts a node that NATS refuses; again if NATS was so slow that the node complained of that first, since it complains once. */
    Node startRefused(NatsClusterBus.Builder bus, String name) throws Exception {
        Node node = start(bus.build(), name, config -> { }, cluster -> { });
        awaitEvent(node);
        for (int i = 0; i < 5 && node.events.peek().startsWith("lost no connection to NATS"); i++) {
            node.close();
            node = start(bus.build(), name, config -> { }, cluster -> { });
            awaitEvent(node);
        }
        return node;
    }

    private static void awaitEvent(Node node) {
        Eventually.become(() -> !node.events.isEmpty(), () -> "nobody complained");
    }

    /** Until each of these hears of all the others. */
    static void awaitEachOther(Node... together) {
        for (Node node : together) {
            Eventually.become(() -> node.manager.cluster().members().size() == together.length,
                    () -> "nodes: " + node.manager.cluster().members());
        }
    }

    Peer connect(Node node) throws Exception {
        return connect(node, null);
    }

    Peer connect(Node node, String user) throws Exception {
        Peer peer = new Peer();
        ConnectOptions options = ConnectOptions.defaults();
        peer.connection = client.connect(URI.create("ws://localhost:" + node.server.port() + "/ws"), peer,
                user == null ? options : options.header("Authorization", "Bearer " + user)).join();
        return peer;
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
        client.close();
    }
}

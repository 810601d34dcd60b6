package io.neurolink.agent.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.nats.NatsNodes.Node;
import io.neurolink.agent.nats.NatsNodes.Peer;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.FaultyLink;
import io.neurolink.agent.support.FaultyLink.Way;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.engine.ClusterConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.SendResult;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Faults of the lines between nodes and a real {@code nats-server}, and between two of these: cut, dead, slow; real clients meanwhile. */
@Tag("faults")
@Timeout(300)
class NatsLinksIT {
    private static final Consumer<WebSocketConfig.Builder> ONE_EACH = config -> config.maxConnectionsPerUser(1);
    private static final Consumer<ClusterConfig.Builder> QUICK = cluster -> cluster.nodeTimeout(Duration.ofSeconds(1));

    @TempDir
    private Path folder;
    private NatsProcess nats;
    private NatsNodes nodes;
    private int said;

    @BeforeEach
    void start() throws Exception {
        nats = NatsProcess.start(folder);
        nodes = new NatsNodes();
    }

    @AfterEach
    void stop() {
        nodes.close();
        nats.close();
    }

    private Node node(String url, String name) throws Exception {
        return nodes.start(NatsClusterBus.builder(url).build(), name, ONE_EACH, QUICK);
    }

    /** A broadcast is at the node's own connections before anything else happens, whatever the line does. */
    private void sayAndHear(Node node, Peer own) {
        String text = node.manager.cluster().nodeId() + " " + said++;
        assertEquals(SendResult.ACCEPTED, node.manager.broadcast(text));
        Eventually.become(() -> own.received.contains(text), () -> text + " is not among " + own.received);
    }

    /** Nothing twice, and what comes of a node in the order in which it was said. */
    private static void assertOrder(Peer... peers) {
        for (Peer peer : peers) {
            Map<String, Integer> last = new HashMap<>();
            for (String text : peer.received) {
                String[] words = text.split(" ");
                Integer before = last.put(words[0], Integer.parseInt(words[1]));
                assertTrue(before == null || before < Integer.parseInt(words[1]), () -> text + " came after " + before);
            }
        }
    }

    private static List<String> saidBy(String node, Peer peer) {
        return peer.received.stream().filter(text -> text.startsWith(node + " ")).toList();
    }

    private static void awaitLost(Node node) {
        Eventually.become(() -> !node.manager.cluster().isConnected(), () -> node.manager.cluster().nodeId() + " is still connected");
    }

    private static boolean hasLost(Node node) {
        return node.events.stream().anyMatch(event -> event.startsWith("lost "));
    }

    private boolean isRefused(Node node, String user) {
        try {
            nodes.connect(node, user).connection.close().toCompletableFuture().join();
            return false;
        } catch (CompletionException refused) {
            return true;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldServeAloneWhileTheLineIsCutAndCatchUp() throws Exception {
        try (FaultyLink link = new FaultyLink(nats.port())) {
            Node a = node(link.url(), "a");
            Node b = node(nats.url(), "b");
            Node c = node(nats.url(), "c");
            NatsNodes.awaitEachOther(a, b, c);
            Peer atA = nodes.connect(a, "ann");
            Peer atB = nodes.connect(b, "bob");
            Peer atC = nodes.connect(c, "carl");
            atA.connection.send("before");
            Eventually.become(() -> a.counter("cluster.subscriptions") == 2, () -> "no subscriptions");
            Eventually.become(() -> isRefused(b, "ann"), () -> "ann may connect twice");
            String annsId = atA.connection.id();
            long lostBefore = a.counter("cluster.lost");
            link.refuse();
            awaitLost(a);
            for (int i = 0; i < 100; i++) {
                sayAndHear(a, atA);
                sayAndHear(b, atB);
                sayAndHear(c, atC);
            }
            // Each side has forgotten the other after its timeout, and what the other's users have.
            NatsNodes.awaitEachOther(b, c);
            Eventually.become(() -> a.manager.cluster().members().size() == 1, () -> "nodes: " + a.manager.cluster().members());
            assertFalse(isRefused(b, "ann"));
            assertEquals(List.of(), saidBy("a", atB));
            Eventually.become(() -> saidBy("c", atB).size() == 100, () -> "others do not go on: " + atB.received);
            assertThrows(ExecutionException.class, () -> b.manager.cluster().close(annsId, 4001, "").get(30, TimeUnit.SECONDS));
            atA.connection.send("meanwhile");
            Eventually.become(() -> a.counter("cluster.subscriptions") == 3, () -> "no subscription");

            link.heal();
            NatsNodes.awaitEachOther(a, b, c);
            sayAndHear(a, atA);
            Eventually.become(() -> saidBy("a", atB).size() == 101 && saidBy("a", atC).size() == 101, () -> "at b: " + atB.received);
            assertEquals(saidBy("a", atA), saidBy("a", atB), "what waited was not lost");
            assertEquals(0, a.counter("cluster.dropped.out"));
            assertEquals(1, a.counter("cluster.lost") - lostBefore);
            b.manager.publish("before", "b " + said++);
            b.manager.publish("meanwhile", "b " + said++);
            b.manager.sendToUser("ann", "b " + said++);
            List<String> last = IntStream.range(said - 3, said).mapToObj(i -> "b " + i).toList();
            Eventually.become(() -> atA.received.containsAll(last), () -> "at a: " + atA.received);
            assertOrder(atA, atB, atC);
            Eventually.become(() -> isRefused(b, "ann"), () -> "ann may connect twice");
            Eventually.become(() -> {
                b.manager.cluster().getConnectionsByUser("ann").orTimeout(30, TimeUnit.SECONDS).join().connections()
                        .forEach(found -> b.manager.cluster().close(found.id(), 4001, "elsewhere"));
                return atA.closed.isDone();
            }, () -> "it was not closed");
            assertEquals(4001, atA.closed.join());
        }
    }

    /** Cuts that are over at once: subscriptions are there again, and nobody misses what is said afterwards. */
    @Test
    void shouldSurviveOneCutAfterTheOther() throws Exception {
        try (FaultyLink link = new FaultyLink(nats.port())) {
            Node a = node(link.url(), "a");
            Node b = node(nats.url(), "b");
            NatsNodes.awaitEachOther(a, b);
            Peer atA = nodes.connect(a);
            Peer atB = nodes.connect(b);
            for (int round = 1; round <= 5; round++) {
                long before = a.connectedCount();
                link.cut();
                sayAndHear(a, atA);
                Eventually.become(() -> a.connectedCount() > before && a.manager.cluster().isConnected(), () -> "events: " + a.events);
                sayAndHear(a, atA);
                String text = "a " + (said - 1);
                Eventually.become(() -> atB.received.contains(text), () -> text + " is not among " + atB.received);
                sayAndHear(b, atB);
                String other = "b " + (said - 1);
                Eventually.become(() -> atA.received.contains(other), () -> other + " is not among " + atA.received);
            }
            assertOrder(atA, atB);
        }
    }

    /** Nobody says that the line is dead: both ways, one way, the other. */
    @Test
    void shouldFindOutThatALineIsDeadAndComeBack() throws Exception {
        try (FaultyLink both = new FaultyLink(nats.port()); FaultyLink there = new FaultyLink(nats.port());
                FaultyLink back = new FaultyLink(nats.port())) {
            Node a = nodes.start(NatsClusterBus.builder(both.url()).build(), "a", ONE_EACH,
                    cluster -> cluster.nodeTimeout(Duration.ofSeconds(1)).maxBufferedBytes(1024 * 1024));
            Node b = node(there.url(), "b");
            Node c = node(back.url(), "c");
            Node d = node(nats.url(), "d");
            NatsNodes.awaitEachOther(a, b, c, d);
            Peer atA = nodes.connect(a, "ann");
            Peer atB = nodes.connect(b, "bob");
            Peer atC = nodes.connect(c, "carl");
            Peer atD = nodes.connect(d, "dora");
            d.events.clear();
            both.swallow();
            there.swallow(Way.THERE);
            back.swallow(Way.BACK);
            for (int i = 0; i < 50; i++) {
                sayAndHear(a, atA);
                sayAndHear(b, atB);
                sayAndHear(c, atC);
            }
            // Who is not heard of is forgotten before anybody knows why.
            Eventually.become(() -> d.manager.cluster().members().stream().noneMatch(member -> List.of("a", "b").contains(member.nodeId())),
                    () -> "nodes: " + d.manager.cluster().members());
            byte[] payload = new byte[50_000];
            for (int i = 0; i < 100; i++) {
                a.manager.broadcast(ByteBuffer.wrap(payload));
            }
            Eventually.become(() -> atA.binary.size() == 100, () -> "only " + atA.binary.size());
            assertTrue(a.counter("cluster.buffered_bytes") <= 2 * 1024 * 1024);
            Eventually.become(() -> a.counter("cluster.dropped.out") > 0, () -> "nothing was dropped");
            for (Node node : List.of(a, b, c)) {
                awaitLost(node);
                // What was on its way is not known to have arrived.
                Eventually.become(() -> node.counter("cluster.unconfirmed") > 0, () -> "nothing is unconfirmed");
            }
            assertFalse(hasLost(d));

            both.heal();
            there.heal();
            back.heal();
            NatsNodes.awaitEachOther(a, b, c, d);
            List<Node> all = List.of(a, b, c, d);
            List<Peer> peers = List.of(atA, atB, atC, atD);
            for (int i = 0; i < all.size(); i++) {
                sayAndHear(all.get(i), peers.get(i));
            }
            for (Peer peer : peers) {
                IntStream.range(said - all.size(), said).forEach(i -> Eventually.become(
                        () -> peer.received.stream().anyMatch(text -> text.endsWith(" " + i)), () -> i + " is not among " + peer.received));
            }
            assertOrder(atA, atB, atC, atD);
        }
    }

    /** 200 ms each way, some more now and then, and no more than so many bytes: all of it comes, later. */
    @Test
    void shouldLoseNothingOnASlowLine() throws Exception {
        try (FaultyLink link = new FaultyLink(nats.port())) {
            Consumer<ClusterConfig.Builder> patient = cluster -> cluster.nodeTimeout(Duration.ofSeconds(30));
            Node a = nodes.start(NatsClusterBus.builder(link.url()).build(), "a", config -> { }, patient);
            Node b = nodes.start(NatsClusterBus.builder(nats.url()).build(), "b", config -> { }, patient);
            NatsNodes.awaitEachOther(a, b);
            Peer atA = nodes.connect(a);
            Peer atB = nodes.connect(b);
            List.of(a, b).forEach(node -> node.events.clear());
            for (Way way : Way.values()) {
                link.delay(way, 200, 100);
                link.throttle(way, 200_000);
            }
            String padding = " " + "x".repeat(4000);
            for (int i = 0; i < 100; i++) {
                a.manager.broadcast("a " + i + padding);
                b.manager.broadcast("b " + i + padding);
            }
            for (Peer peer : List.of(atA, atB)) {
                peer.awaitMessages(200);
                assertEquals(100, saidBy("a", peer).size());
                assertEquals(100, saidBy("b", peer).size());
            }
            assertOrder(atA, atB);
            for (Node node : List.of(a, b)) {
                assertEquals(List.of(), List.copyOf(node.events), "slow is not lost");
                assertEquals(0, node.counter("cluster.dropped.out"));
                assertEquals(2, node.manager.cluster().members().size());
            }
        }
    }

    /** Each node has a NATS that it reaches, and these do not reach each other. */
    @Test
    void shouldGoOnInPartsWhenServersOfNatsAreCutOffFromEachOther() throws Exception {
        int firstRoute = NatsProcess.freePort();
        int secondRoute = NatsProcess.freePort();
        try (FaultyLink link = new FaultyLink(secondRoute);
                NatsProcess first = NatsProcess.start(folder, route(firstRoute, "\"nats-route://127.0.0.1:" + link.port() + "\""));
                NatsProcess second = NatsProcess.start(folder, route(secondRoute, ""))) {
            Node a = node(first.url(), "a");
            Node b = node(second.url(), "b");
            NatsNodes.awaitEachOther(a, b);
            Peer atA = nodes.connect(a);
            Peer atB = nodes.connect(b);
            link.refuse();
            for (Node node : List.of(a, b)) {
                Eventually.become(() -> node.manager.cluster().members().size() == 1, () -> "nodes: " + node.manager.cluster().members());
                assertTrue(node.manager.cluster().isConnected(), "its own NATS is there");
            }
            sayAndHear(a, atA);
            sayAndHear(b, atB);
            link.heal();
            NatsNodes.awaitEachOther(a, b);
            sayAndHear(a, atA);
            sayAndHear(b, atB);
            Eventually.become(() -> !saidBy("a", atB).isEmpty() && !saidBy("b", atA).isEmpty(), () -> "at a: " + atA.received);
            assertOrder(atA, atB);
        }
    }

    private static String route(int port, String routes) {
        return "cluster { name: nodes, listen: \"127.0.0.1:" + port + "\", no_advertise: true, connect_retries: 1000, routes: [ " + routes
                + " ] }";
    }
}

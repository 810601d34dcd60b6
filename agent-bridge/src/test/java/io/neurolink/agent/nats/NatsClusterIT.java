package io.neurolink.agent.nats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.nats.NatsNodes.Node;
import io.neurolink.agent.nats.NatsNodes.Peer;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.engine.ClusterConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ClientTlsConfig;
import io.neurolink.engine.spi.ClusterConnections;
import io.neurolink.engine.spi.ConnectionFilter;
import io.neurolink.engine.spi.SendResult;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers and real clients as one by a real {@code nats-server}; and what happens when it is lost, slow, or does not want us. */
@Timeout(300)
class NatsClusterIT {
    private static final int PEERS_PER_NODE = 150;
    private static final int MESSAGES = 40;
    /** Where no node may be forgotten, though one stood still for a while. */
    private static final Consumer<ClusterConfig.Builder> PATIENT = cluster -> cluster.nodeTimeout(Duration.ofSeconds(30));

    @TempDir
    Path folder;

    @Test
    void shouldReachAllConnectionsOfThreeNodesInOrder() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder); NatsNodes nodes = new NatsNodes()) {
            Node[] three = {nodes.start(nats.url(), "a"), nodes.start(nats.url(), "b"), nodes.start(nats.url(), "c")};
            NatsNodes.awaitEachOther(three);
            List<Peer> peers = new ArrayList<>();
            for (int i = 0; i < 3 * PEERS_PER_NODE; i++) {
                peers.add(nodes.connect(three[i % 3]));
            }
            for (int i = 0; i < MESSAGES; i++) {
                for (Node node : three) {
                    assertEquals(SendResult.ACCEPTED, node.manager.broadcast(node.manager.cluster().nodeId() + i));
                }
            }
            for (Peer peer : peers) {
                peer.awaitMessages(3 * MESSAGES);
                for (String name : List.of("a", "b", "c")) {
                    assertEquals(IntStream.range(0, MESSAGES).mapToObj(i -> name + i).toList(),
                            peer.received.stream().filter(text -> text.startsWith(name)).toList());
                }
            }
            for (Node node : three) {
                Eventually.become(() -> node.counter("cluster.received") >= 2L * MESSAGES, () -> "" + node.counter("cluster.received"));
                assertEquals(2L * MESSAGES, node.counter("cluster.received"), "once per node, not per connection");
                Eventually.become(() -> node.manager.cluster().getConnectionCount() == peers.size(),
                        () -> "connections: " + node.manager.cluster().getConnectionCount());
            }
        }
    }

    @Test
    void shouldReachTopicsUsersAndFiltersWhereTheyAre() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder); NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(nats.url(), "a");
            Node b = nodes.start(nats.url(), "b");
            NatsNodes.awaitEachOther(a, b);
            Peer ann = nodes.connect(b, "ann > * .");
            Peer bob = nodes.connect(b, "bob");
            String topic = "weather.*.> \u00FC";
            bob.connection.send(topic);
            Eventually.become(() -> b.counter("cluster.subscriptions") == 3, () -> "subscriptions: " + b.counter("cluster.subscriptions"));
            // Subscriptions go to NATS in order with what the node publishes, so once this comes, they are there.
            a.manager.broadcast("0");
            // Nothing says which of two nodes' messages comes first, so the second one waits for the first.
            ann.awaitMessages(1);
            bob.awaitMessages(1);
            Peer witness = nodes.connect(a);
            b.manager.broadcast("1");
            witness.awaitMessages(1);

            a.manager.publish(topic, "to the topic");
            a.manager.sendToUser("ann > * .", "to ann");
            a.manager.broadcast("to bob", ConnectionFilter.user("bob"));
            a.manager.broadcast("last");
            ann.awaitMessages(4);
            bob.awaitMessages(5);
            assertEquals(List.of("0", "1", "to ann", "last"), List.copyOf(ann.received));
            assertEquals(List.of("0", "1", "to the topic", "to bob", "last"), List.copyOf(bob.received));
        }
    }

    @Test
    void shouldFindAndCloseAndLimitConnectionsOfOtherNodes() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder); NatsNodes nodes = new NatsNodes()) {
            Consumer<WebSocketConfig.Builder> limit = config -> config.maxConnectionsPerUser(1);
            Node a = nodes.start(NatsClusterBus.builder(nats.url()).build(), "a", limit, PATIENT);
            Node b = nodes.start(NatsClusterBus.builder(nats.url()).build(), "b", limit, PATIENT);
            NatsNodes.awaitEachOther(a, b);
            Peer ann = nodes.connect(b, "ann");
            ClusterConnections found = a.manager.cluster().getConnectionsByUser("ann").get(30, TimeUnit.SECONDS);
            assertTrue(found.isComplete());
            assertEquals("b", found.connections().get(0).nodeId());
            Eventually.become(() -> isRefused(nodes, a, "ann"), () -> "ann may connect twice");
            a.manager.cluster().close(found.connections().get(0).id(), 4001, "elsewhere").get(30, TimeUnit.SECONDS);
            assertEquals(4001, ann.closed.get(30, TimeUnit.SECONDS));
            Eventually.become(() -> !isRefused(nodes, a, "ann"), () -> "ann may not connect any more");
        }
    }

    private static boolean isRefused(NatsNodes nodes, Node node, String user) {
        try {
            Peer peer = nodes.connect(node, user);
            peer.connection.close().toCompletableFuture().join();
            return false;
        } catch (CompletionException e) {
            return true;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldCarryMessagesBeyondWhatNatsTakes() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder, "max_payload: 4096"); NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(NatsClusterBus.builder(nats.url()).build(), "a", config -> { }, PATIENT);
            Node b = nodes.start(NatsClusterBus.builder(nats.url()).build(), "b", config -> { }, PATIENT);
            NatsNodes.awaitEachOther(a, b);
            Peer peer = nodes.connect(b);
            byte[] large = new byte[1_000_000];
            for (int i = 0; i < large.length; i++) {
                large[i] = (byte) (i * 7 + (i >> 8));
            }
            a.manager.broadcast(ByteBuffer.wrap(large));
            a.manager.broadcast("behind");
            peer.awaitMessages(1);
            assertArrayEquals(large, peer.binary.poll());
        }
    }

    @Test
    void shouldGoOnAloneWhileNatsIsAwayAndCatchUp() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder); NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(nats.url(), "a");
            Node b = nodes.start(nats.url(), "b");
            NatsNodes.awaitEachOther(a, b);
            Peer here = nodes.connect(a);
            Peer there = nodes.connect(b);
            there.connection.send("topic");
            Eventually.become(() -> b.counter("cluster.subscriptions") == 1, () -> "no subscription");
            assertTrue(a.events.contains("connected 0"), () -> "events: " + a.events);
            a.events.clear();
            nats.kill();
            Eventually.become(() -> !a.manager.cluster().isConnected() && !b.manager.cluster().isConnected(), () -> "still connected");
            for (int i = 0; i < 100; i++) {
                assertEquals(SendResult.ACCEPTED, a.manager.broadcast("m" + i));
            }
            here.awaitMessages(100);
            assertEquals(0, there.received.size());
            Eventually.become(() -> a.counter("cluster.buffered_bytes") > 0, () -> "nothing is buffered");
            Eventually.become(() -> a.manager.cluster().members().size() == 1, () -> "nodes: " + a.manager.cluster().members());

            nats.start();
            NatsNodes.awaitEachOther(a, b);
            a.manager.publish("topic", "subscribed still");
            there.awaitMessages(1);
            Eventually.become(() -> there.received.contains("subscribed still"), () -> "got " + there.received);
            assertTrue(there.received.size() >= 1);
            assertEquals(0, a.counter("cluster.dropped.out"));
            assertTrue(a.events.poll().startsWith("lost the connection to NATS at nats://" + nats.address() + " was lost"));
            assertEquals("connected 0", a.events.poll());
        }
    }

    @Test
    void shouldStartWithoutNatsAndJoinLater() throws Exception {
        try (NatsProcess nats = NatsProcess.prepare(folder); NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(nats.url(), "a");
            Peer peer = nodes.connect(a);
            Eventually.become(() -> !a.events.isEmpty(), () -> "nobody complained");
            assertTrue(a.events.peek().startsWith("lost no connection to NATS at nats://" + nats.address()), a.events.peek());
            assertFalse(a.manager.cluster().isConnected());
            a.manager.broadcast("alone");
            peer.awaitMessages(1);
            nats.start();
            Node b = nodes.start(nats.url(), "b");
            NatsNodes.awaitEachOther(a, b);
            b.manager.broadcast("together");
            peer.awaitMessages(2);
        }
    }

    /** Local clients never wait: the bus stands still, its buffers fill, and everything here goes on. */
    @Test
    void shouldNotWaitForNatsThatStandsStill() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder); NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(NatsClusterBus.builder(nats.url()).build(), "a", config -> { },
                    cluster -> cluster.maxBufferedBytes(1024 * 1024));
            Node b = nodes.start(nats.url(), "b");
            NatsNodes.awaitEachOther(a, b);
            Peer here = nodes.connect(a);
            Peer there = nodes.connect(b);
            nats.pause();
            byte[] payload = new byte[50_000];
            for (int i = 1; i <= 600; i++) {
                int count = i;
                a.manager.broadcast(ByteBuffer.wrap(payload));
                Eventually.become(() -> here.binary.size() == count, () -> here.binary.size() + " of " + count);
            }
            a.manager.broadcast("local");
            here.awaitMessages(1);
            assertTrue(a.counter("cluster.dropped.out") > 0);
            assertTrue(a.counter("cluster.buffered_bytes") <= 2 * 1024 * 1024);
            nats.goOn();
            NatsNodes.awaitEachOther(a, b);
            awaitBroadcast(a, "again", there);
        }
    }

    @Test
    void shouldGiveUpAConnectionThatDoesNotAnswerAndComeBack() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder); NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(nats.url(), "a");
            Node b = nodes.start(nats.url(), "b");
            NatsNodes.awaitEachOther(a, b);
            nats.pause();
            Eventually.become(() -> !a.manager.cluster().isConnected() && !b.manager.cluster().isConnected(), () -> "still connected");
            Peer there = nodes.connect(b);
            a.manager.broadcast("kept meanwhile");
            nats.goOn();
            NatsNodes.awaitEachOther(a, b);
            awaitBroadcast(a, "after", there);
            // What was kept has left; it is missing there only if that node came back later than this one.
            assertTrue(List.of("kept meanwhile", "after").containsAll(there.received), () -> "got " + there.received);
            assertEquals(0, a.counter("cluster.dropped.out"));
        }
    }

    @Test
    void shouldMoveToAnotherServerOfNats() throws Exception {
        int firstRoute = NatsProcess.freePort();
        int secondRoute = NatsProcess.freePort();
        try (NatsProcess first = NatsProcess.start(folder, cluster(firstRoute, secondRoute));
                NatsProcess second = NatsProcess.start(folder, cluster(secondRoute, firstRoute)); NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(first.url() + "," + second.url(), "a");
            // Told of one server only; it learns of the other from it.
            Node b = nodes.start(first.url(), "b");
            Node c = nodes.start(second.url(), "c");
            NatsNodes.awaitEachOther(a, b, c);
            Peer there = nodes.connect(b);
            first.kill();
            Eventually.become(() -> a.manager.cluster().isConnected() && b.connectedCount() >= 2, () -> "events: " + a.events + b.events);
            NatsNodes.awaitEachOther(a, b, c);
            awaitBroadcast(a, "by the other one", there);
        }
    }

    /** Said again and again: the first may find no room, or be gone, as nodes hear of each other before all is as it was. */
    private static void awaitBroadcast(Node from, String text, Peer to) {
        Eventually.become(() -> {
            from.manager.broadcast(text);
            return to.received.contains(text);
        }, () -> "got " + to.received);
    }

    private static String cluster(int ownPort, int otherPort) {
        return "cluster { name: nodes, listen: \"127.0.0.1:" + ownPort + "\", no_advertise: false, routes: [ \"nats-route://127.0.0.1:"
                + otherPort + "\" ] }";
    }

    // ------------------------------------------------------------------ who may

    @Test
    void shouldTellNatsWhoItIsAndKeepThatSecret() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder, "authorization { user: node, password: \"pass@word\" }");
                NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start("nats://node:pass%40word@" + nats.address(), "a");
            Eventually.become(() -> a.manager.cluster().isConnected(), () -> "events: " + a.events);
            Node wrong = nodes.startRefused(NatsClusterBus.builder("nats://node:hushhush@" + nats.address()), "wrong");
            assertEquals("lost NATS at nats://" + nats.address() + " refuses the credentials", wrong.events.peek());
            assertFalse(wrong.manager.cluster().isConnected());
        }
    }

    @Test
    void shouldShowItsCredentialsFile() throws Exception {
        NatsAccounts accounts = new NatsAccounts();
        try (NatsProcess nats = NatsProcess.start(folder, accounts.configuration()); NatsNodes nodes = new NatsNodes()) {
            Path file = accounts.newUser(folder.resolve("user.creds"));
            Node a = nodes.start(NatsClusterBus.builder(nats.url()).credentials(file).build(), "a", config -> { }, cluster -> { });
            Node b = nodes.start(NatsClusterBus.builder(nats.url()).credentials(file).build(), "b", config -> { }, cluster -> { });
            NatsNodes.awaitEachOther(a, b);
            Path strange = new NatsAccounts().newUser(folder.resolve("strange.creds"));
            Node refused = nodes.startRefused(NatsClusterBus.builder(nats.url()).credentials(strange), "c");
            assertEquals("lost NATS at " + nats.url() + " refuses the credentials", refused.events.peek());
        }
    }

    @Test
    void shouldSpeakTlsAndCheckTheHost() throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        try (NatsProcess nats = NatsProcess.start(folder,
                "tls { cert_file: \"" + certificate.chain() + "\", key_file: \"" + certificate.key() + "\" }");
                NatsNodes nodes = new NatsNodes()) {
            ClientTlsConfig trusting = ClientTlsConfig.defaults().trusting(certificate.chain());
            Node a = nodes.start(NatsClusterBus.builder("tls://localhost:" + nats.port()).tls(trusting).build(), "a", config -> { },
                    cluster -> { });
            Eventually.become(() -> a.manager.cluster().isConnected(), () -> "events: " + a.events);
            Node otherHost = nodes.start(NatsClusterBus.builder("tls://127.0.0.1:" + nats.port()).tls(trusting).build(), "b",
                    config -> { }, cluster -> { });
            Node untrusting = nodes.start(NatsClusterBus.builder("tls://localhost:" + nats.port()).build(), "c", config -> { },
                    cluster -> { });
            for (Node refused : List.of(otherHost, untrusting)) {
                Eventually.become(() -> !refused.events.isEmpty(), () -> "nobody complained");
                assertFalse(refused.manager.cluster().isConnected());
                assertTrue(refused.events.peek().startsWith("lost no connection to NATS"), refused.events.peek());
            }
        }
    }

    @Test
    void shouldKeepDeploymentsApart() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder); NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(NatsClusterBus.builder(nats.url()).prefix("one").build(), "a", config -> { }, cluster -> { });
            Node b = nodes.start(NatsClusterBus.builder(nats.url()).prefix("two").build(), "b", config -> { }, cluster -> { });
            Node c = nodes.start(NatsClusterBus.builder(nats.url()).prefix("two").build(), "c", config -> { }, cluster -> { });
            NatsNodes.awaitEachOther(b, c);
            assertEquals(1, a.manager.cluster().members().size());
        }
        assertThrows(IllegalArgumentException.class, () -> NatsClusterBus.builder("nats://x").prefix("a b"));
    }
}

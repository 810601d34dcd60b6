package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.ClusterConnection;
import io.neurolink.engine.spi.ClusterConnections;
import io.neurolink.engine.spi.ClusterMember;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.status.EngineCounter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What nodes know of each other: counts, lists, limits, and who is there. */
@InAllModes
class LockStepPresenceTest extends LockStepCluster {
    @Test
    void shouldCountTheConnectionsOfAllNodes() {
        Node a = start("a");
        Node b = start("b");
        settle();
        open(a);
        open(b);
        TestPeer leaving = open(b);
        pass(Duration.ofSeconds(1));
        assertEquals(3, a.manager().cluster().getConnectionCount());
        assertEquals(1, a.manager().getConnectionCount());
        List<ClusterMember> members = a.manager().cluster().members();
        assertEquals(List.of("a", "b"), members.stream().map(ClusterMember::nodeId).toList());
        assertEquals(List.of(1, 2), members.stream().map(ClusterMember::connections).toList());
        assertTrue(members.get(0).isSelf());
        leaving.transport.reset();
        pass(Duration.ofSeconds(1));
        assertEquals(2, a.manager().cluster().getConnectionCount());
        assertEquals(1, a.server.counter(EngineCounter.CLUSTER_NODES));
    }

    @Test
    void shouldForgetANodeThatLeavesAtOnce() {
        Node a = start("a");
        Node b = start("b");
        settle();
        open(b);
        pass(Duration.ofSeconds(1));
        b.manager().broadcast("last words");
        b.server.end();
        settle();
        assertEquals(0, a.manager().cluster().getConnectionCount());
        assertEquals(List.of("connected 0", "joined b", "left b"), a.events);
        pass(Duration.ofSeconds(10));
        assertEquals(List.of("connected 0", "joined b", "left b"), a.events);
    }

    @Test
    void shouldForgetANodeThatDiedAfterItsTimeout() {
        Node a = start("a");
        Node b = start("b");
        settle();
        open(b);
        pass(Duration.ofSeconds(1));
        b.server.killNode(b.bus);
        pass(Duration.ofMillis(3_900));
        assertEquals(1, a.manager().cluster().getConnectionCount());
        pass(Duration.ofMillis(1_200));
        assertEquals(0, a.manager().cluster().getConnectionCount());
        assertEquals(List.of("connected 0", "joined b", "left b silently"), a.events);
    }

    @Test
    void shouldTakeANodeThatStartsAnewForAnother() {
        Node a = start("a");
        Node b = start("b");
        settle();
        TestPeer peer = open(a);
        for (int i = 0; i < 20; i++) {
            b.manager().broadcast("old " + i);
        }
        settle();
        b.server.killNode(b.bus);
        pass(Duration.ofMillis(500));
        Node again = start(new Node(hub.newBus()), "b", config -> { }, cluster -> { }, null, Duration.ofMillis(500));
        settle();
        again.manager().broadcast("new");
        settle();
        assertEquals(21, peer.texts().size());
        assertEquals(List.of("connected 0", "joined b", "left b silently", "joined b"), a.events);
    }

    @Test
    void shouldHearANodeWhoseClockWentBackOnceItsFormerLifeIsForgotten() {
        Node a = start("a");
        Node b = start("b");
        settle();
        TestPeer peer = open(a);
        b.server.killNode(b.bus);
        Node again = start(new Node(hub.newBus()), "b", config -> { }, cluster -> { }, null, Duration.ofHours(-1));
        pass(Duration.ofSeconds(1));
        again.manager().broadcast("too early");
        pass(Duration.ofSeconds(5));
        again.manager().broadcast("heard");
        settle();
        assertEquals(List.of("heard"), peer.texts());
        assertEquals(List.of("connected 0", "joined b", "left b silently", "joined b"), a.events);
    }

    @Test
    void shouldFindTheConnectionsOfAUserAndOfAPath() {
        Node a = start("a");
        Node b = start("b");
        settle();
        open(a, "ann");
        open(b, "ann");
        open(b, "bob");
        String anns = b.manager().getConnectionsByUser("ann").get(0).id();
        CompletableFuture<ClusterConnections> ofUser = a.manager().cluster().getConnectionsByUser("ann");
        CompletableFuture<ClusterConnections> ofPath = a.manager().cluster().getConnectionsByPath("/ws");
        assertFalse(ofUser.isDone());
        settle();

        ClusterConnections user = ofUser.join();
        assertTrue(user.isComplete());
        assertEquals(List.of("a", "b"), user.connections().stream().map(ClusterConnection::nodeId).toList());
        assertEquals(anns, user.connections().get(1).id());
        assertEquals("ann", user.connections().get(1).userId());
        assertEquals("/ws", user.connections().get(1).path());
        assertEquals(3, ofPath.join().total());
        assertEquals(3, ofPath.join().connections().size());
    }

    @Test
    void shouldSayWhoHasNotAnswered() {
        Node a = start("a");
        Node b = start("b");
        settle();
        open(b, "ann");
        b.bus.disconnect();
        CompletableFuture<ClusterConnections> asked = a.manager().cluster().getConnectionsByUser("ann");
        CompletableFuture<Void> closed = a.manager().cluster().close("none", 1000, "");
        pass(Duration.ofMillis(1_900));
        assertFalse(asked.isDone());
        pass(Duration.ofMillis(300));
        assertEquals(Set.of("b"), asked.join().silentNodes());
        assertFalse(asked.join().isComplete());
        CompletionException failure = assertThrows(CompletionException.class, closed::join);
        assertEquals("Connection not found: none; no answer from b", failure.getCause().getMessage());
    }

    @Test
    void shouldCloseAConnectionOfAnotherNode() {
        Node a = start("a");
        Node b = start("b");
        Node c = start("c");
        settle();
        open(a);
        TestPeer peer = open(c);
        CompletableFuture<Void> closed = a.manager().cluster().close(last(c).id(), 4000, "elsewhere");
        settle();
        closed.join();
        assertEquals(List.of("close 4000 elsewhere"), peer.frames());
        CompletableFuture<Void> unknown = b.manager().cluster().close("unknown", 1000, "");
        settle();
        assertInstanceOf(WebSocketConnectionError.class, assertThrows(CompletionException.class, unknown::join).getCause());
        assertThrows(IllegalArgumentException.class, () -> a.manager().cluster().close("x", 1005, ""));
        CompletableFuture<Void> own = a.manager().cluster().close(last(a).id(), 1000, "");
        a.server.settle();
        assertFalse(own.isCompletedExceptionally());
    }

    // ------------------------------------------------------------------ limits

    private int statusOfUpgrade(Node node, String token) {
        TestPeer peer = node.server.connect();
        peer.upgrade("/ws", "Authorization: Bearer " + token);
        settle();
        return peer.isUpgraded() ? 101 : peer.answer().head().statusCode();
    }

    @Test
    void shouldLimitTheConnectionsOfAUserOnAllNodes() {
        Consumer<WebSocketConfig.Builder> limit = config -> config.maxConnectionsPerUser(2);
        Node a = start("a", limit, cluster -> { });
        Node b = start("b", limit, cluster -> { });
        settle();
        TestPeer first = open(a, "ann");
        open(b, "ann");
        pass(Duration.ofMillis(200));
        assertEquals(503, statusOfUpgrade(a, "ann"));
        assertEquals(503, statusOfUpgrade(b, "ann"));
        assertEquals(101, statusOfUpgrade(b, "bob"));
        // A node that comes later learns of everybody.
        Node c = start("c", limit, cluster -> { });
        pass(Duration.ofMillis(1_100));
        assertEquals(503, statusOfUpgrade(c, "ann"));
        first.transport.reset();
        pass(Duration.ofMillis(200));
        assertEquals(101, statusOfUpgrade(c, "ann"));
        // What a dead node had does not count for ever.
        b.server.killNode(b.bus);
        pass(Duration.ofMillis(5_200));
        assertEquals(101, statusOfUpgrade(a, "ann"));
        pass(Duration.ofMillis(200));
        assertEquals(503, statusOfUpgrade(c, "ann"));
    }

    @Test
    void shouldCatchUpWithUsersAfterTheBusWasLost() {
        Consumer<WebSocketConfig.Builder> limit = config -> config.maxConnectionsPerUser(1);
        Node a = start("a", limit, cluster -> { });
        Node b = start("b", limit, cluster -> { });
        settle();
        open(a, "before");
        pass(Duration.ofMillis(200));
        b.bus.disconnect();
        settle();
        open(a, "meanwhile");
        pass(Duration.ofMillis(200));
        b.bus.reconnect();
        pass(Duration.ofMillis(1_100));
        assertEquals(503, statusOfUpgrade(b, "before"));
        assertEquals(503, statusOfUpgrade(b, "meanwhile"));
    }

    @Test
    void shouldBeAClusterOfOneWithoutACluster() {
        Node alone = new Node(hub.newBus());
        alone.server = LockStepServer.builder(mode).handler(alone.handler).start();
        nodes.add(alone);
        open(alone);
        ClusterView view = alone.manager().cluster();
        assertFalse(view.isClustered());
        assertTrue(view.isConnected());
        assertEquals("local", view.nodeId());
        assertEquals(1, view.getConnectionCount());
        assertEquals(1, view.members().size());
        assertEquals(1, view.getConnectionsByPath("/ws").join().connections().size());
        assertTrue(view.close("unknown", 1000, "").isCompletedExceptionally());
    }
}

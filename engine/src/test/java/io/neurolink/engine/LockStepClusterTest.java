package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.ConnectionFilter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every message once and in order, on all nodes, whatever the bus does. */
@InAllModes
class LockStepClusterTest extends LockStepCluster {
    private static final int PARTS = 5;

    @Test
    void shouldReachTheConnectionsOfEveryNodeOnceAndInOrder() {
        Node a = start("a");
        Node b = start("b");
        Node c = start("c");
        settle();
        List<TestPeer> peers = List.of(open(a), open(a), open(b), open(b), open(c));
        for (int i = 0; i < 50; i++) {
            assertEquals(SendResult.ACCEPTED, a.manager().broadcast("m" + i));
        }
        assertEquals(SendResult.ACCEPTED, a.manager().broadcast(ByteBuffer.wrap(new byte[] {9, 1, 2, 9}, 1, 2)));
        settle();

        List<String> expected = new ArrayList<>(IntStream.range(0, 50).mapToObj(i -> "text m" + i).toList());
        expected.add("binary 0102");
        peers.forEach(peer -> assertEquals(expected, peer.frames()));
        assertEquals(51, a.server.counter(EngineCounter.CLUSTER_PUBLISHED));
        assertEquals(51, b.server.counter(EngineCounter.CLUSTER_RECEIVED));
        assertEquals(0, a.server.counter(EngineCounter.CLUSTER_RECEIVED));
        assertEquals(51, b.server.counter(EngineCounter.BROADCAST_ENCODES));
    }

    @Test
    void shouldReachOthersAlsoFromANodeWithoutConnections() {
        Node a = start("a");
        Node b = start("b");
        settle();
        TestPeer peer = open(b);
        a.manager().broadcast("x\uD83D\uDE00\uD800");
        settle();
        assertEquals(List.of("text x\uD83D\uDE00\uFFFD"), peer.frames());
    }

    @Test
    void shouldPublishOnlyToNodesWithSubscribers() {
        Node a = start("a");
        Node b = start("b");
        Node c = start("c");
        settle();
        TestPeer onA = open(a);
        TestPeer onB = open(b);
        TestPeer onC = open(c);
        String topic = "news of the day. * > \u00FC";
        last(b).subscribe(topic);
        settle();
        assertEquals(1, b.server.counter(EngineCounter.CLUSTER_SUBSCRIPTIONS));
        a.manager().publish(topic, "1");
        settle();
        b.manager().publish(topic, "2");
        settle();

        assertEquals(List.of("1", "2"), onB.texts());
        assertEquals(1, b.server.counter(EngineCounter.CLUSTER_RECEIVED));
        assertEquals(0, c.server.counter(EngineCounter.CLUSTER_RECEIVED));
        last(b).unsubscribe(topic);
        settle();
        a.manager().publish(topic, "3");
        settle();
        assertEquals(0, b.server.counter(EngineCounter.CLUSTER_SUBSCRIPTIONS));
        assertEquals(1, b.server.counter(EngineCounter.CLUSTER_RECEIVED));
        List.of(onA, onB, onC).forEach(peer -> assertEquals(List.of(), peer.texts().stream().filter("3"::equals).toList()));
    }

    @Test
    void shouldKeepATopicAsLongAsAnyLoopHasASubscriber() {
        Node a = start("a");
        Node b = start("b");
        settle();
        TestPeer first = open(b);
        WebSocketConnection firstConnection = last(b);
        TestPeer second = open(b);
        firstConnection.subscribe("t");
        last(b).subscribe("t");
        settle();
        first.transport.reset();
        settle();
        a.manager().publish("t", "still");
        settle();
        assertEquals(List.of("still"), second.texts());
        second.transport.reset();
        settle();
        assertEquals(0, b.server.counter(EngineCounter.CLUSTER_SUBSCRIPTIONS));
    }

    @Test
    void shouldSendToTheConnectionsOfAUserWhereverTheyAre() {
        Node a = start("a");
        Node b = start("b");
        Node c = start("c");
        settle();
        List<TestPeer> anns = List.of(open(a, "ann"), open(b, "ann"), open(b, "ann"));
        List<TestPeer> others = List.of(open(a, "bob"), open(b), open(c));
        assertEquals(SendResult.ACCEPTED, c.manager().sendToUser("ann", "hello"));
        settle();
        assertEquals(SendResult.ACCEPTED, a.manager().sendToUser("ann", ByteBuffer.wrap(new byte[] {7})));
        assertEquals(SendResult.ACCEPTED, a.manager().sendToUser("nobody", "hello"));
        settle();

        anns.forEach(peer -> assertEquals(List.of("text hello", "binary 07"), peer.frames()));
        others.forEach(peer -> assertEquals(List.of(), peer.frames()));
        assertEquals(0, c.server.counter(EngineCounter.CLUSTER_RECEIVED));
        assertEquals(2, b.server.counter(EngineCounter.BROADCASTS));
    }

    @Test
    void shouldEvaluateFiltersThatTravelEverywhereAndCodeOnlyHere() {
        Node a = start("a");
        Node b = start("b");
        settle();
        TestPeer adminHere = open(a, "ann:admin");
        TestPeer adminThere = open(b, "bob:admin");
        TestPeer guestThere = open(b, "eve");
        last(b).metadata().put("room", 7);
        a.manager().broadcast("admins", ConnectionFilter.role("admin"));
        a.manager().broadcast("room", ConnectionFilter.metadata("room", "7").and(ConnectionFilter.path("/ws")));
        a.manager().broadcast("others", ConnectionFilter.user("eve").or(ConnectionFilter.role("admin")).negate());
        a.manager().broadcast("code", connection -> true);
        settle();

        assertEquals(List.of("admins", "code"), adminHere.texts());
        assertEquals(List.of("admins"), adminThere.texts());
        assertEquals(List.of("room"), guestThere.texts());
    }

    @Test
    void shouldCutMessagesThatAreTooLongForTheBus() {
        Node a = start("a");
        Node b = start("b");
        settle();
        TestPeer peer = open(b);
        byte[] large = new byte[300_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31 + (i >> 8));
        }
        a.manager().broadcast("before");
        a.manager().broadcast(ByteBuffer.wrap(large));
        a.manager().broadcast("after");
        settle();

        List<byte[]> messages = peer.messages();
        assertEquals(3, messages.size());
        assertTrue(Arrays.equals(large, messages.get(1)));
        assertEquals(3, b.server.counter(EngineCounter.CLUSTER_RECEIVED));
        int limit = a.manager().config().maxBufferedBytes();
        assertThrows(IllegalArgumentException.class, () -> a.manager().broadcast(ByteBuffer.allocate(limit + 1)));
    }

    @Test
    void shouldCutAtEveryLengthAroundThatOfTheBus() {
        Node a = start("a");
        Node b = start("b");
        settle();
        TestPeer peer = open(b);
        List<Integer> lengths = new ArrayList<>(List.of(0, 1));
        IntStream.rangeClosed(4000, 4096).forEach(lengths::add);
        IntStream.rangeClosed(8060, 8192).forEach(lengths::add);
        for (int length : lengths) {
            byte[] payload = new byte[length];
            Arrays.fill(payload, (byte) length);
            a.manager().broadcast(ByteBuffer.wrap(payload));
            settle();
        }
        List<byte[]> messages = peer.messages();
        assertEquals(lengths, messages.stream().map(message -> message.length).toList());
        messages.forEach(message -> IntStream.range(0, message.length).forEach(i -> assertEquals((byte) message.length, message[i])));
    }

    /** A bus that repeats, loses and damages what it carries. */
    private static final class BadBus implements ClusterBus {
        final InMemoryClusterBus real;
        int times = 1;
        int refuse;
        int lose;
        int published;

        BadBus(InMemoryClusterBus real) {
            this.real = real;
        }

        @Override
        public void start(String nodeId, Listener listener) {
            real.start(nodeId, listener);
        }

        @Override
        public SendResult publish(String subject, byte[] message) {
            if (refuse > 0) {
                refuse--;
                return SendResult.BACK_PRESSURED;
            }
            published++;
            for (int i = 0; i < (published == lose ? 0 : times); i++) {
                real.publish(subject, message);
            }
            return SendResult.ACCEPTED;
        }

        @Override
        public void subscribe(String subject) {
            real.subscribe(subject);
        }

        @Override
        public void unsubscribe(String subject) {
            real.unsubscribe(subject);
        }

        @Override
        public int maxMessageLength() {
            return real.maxMessageLength();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    @Test
    void shouldDeliverOnceWhatTheBusBringsTwice() {
        Node a = new Node(hub.newBus());
        BadBus bus = new BadBus(a.bus);
        start(a, "a", config -> { }, cluster -> { }, bus);
        Node b = start("b");
        settle();
        TestPeer peer = open(b);
        bus.times = 3;
        a.manager().broadcast("once");
        a.manager().broadcast(ByteBuffer.allocate(20_000));
        settle();
        assertEquals(2, peer.messages().size());
        assertTrue(b.server.counter(EngineCounter.CLUSTER_DUPLICATES) >= 2 + 2 * 5);
    }

    @Test
    void shouldReportAMessageOfWhichAPartWasLost() {
        Node a = new Node(hub.newBus());
        BadBus bus = new BadBus(a.bus);
        start(a, "a", config -> { }, cluster -> { }, bus);
        Node b = start("b");
        settle();
        TestPeer peer = open(b);
        for (int lost = 0; lost < PARTS; lost++) {
            bus.lose = bus.published + 1 + lost;
            a.manager().broadcast(ByteBuffer.allocate((PARTS - 1) * 4096 + 500));
            settle();
            assertEquals(0, peer.messages().size(), "lost part " + lost);
        }
        a.manager().broadcast("whole");
        settle();
        assertEquals(List.of("whole"), peer.texts());
        // Where the first part is lost, there is nothing to complete; where the last one is, the next message tells.
        assertEquals(PARTS - 1, b.server.counter(EngineCounter.CLUSTER_INCOMPLETE));
        assertEquals(1, b.server.counter(EngineCounter.CLUSTER_RECEIVED));
    }

    @Test
    void shouldGoOnWhereABusThatIsSlowStopped() {
        Node a = new Node(hub.newBus());
        BadBus bus = new BadBus(a.bus);
        start(a, "a", config -> { }, cluster -> { }, bus);
        Node b = start("b");
        settle();
        TestPeer peer = open(b);
        byte[] large = new byte[30_000];
        Arrays.fill(large, (byte) 3);
        a.manager().broadcast("1");
        a.manager().broadcast(ByteBuffer.wrap(large));
        a.manager().broadcast("2");
        for (int i = 0; i < 30; i++) {
            bus.refuse = 1;
            a.server.stepNode();
        }
        bus.refuse = 0;
        settle();
        List<byte[]> messages = peer.messages();
        assertEquals(3, messages.size());
        assertTrue(Arrays.equals(large, messages.get(1)));
    }

    @Test
    void shouldWaitForEventLoopsWithoutRoomAndDropWhatIsTooMuch() {
        Node a = start("a");
        Node b = start("b", config -> { }, cluster -> cluster.maxBufferedBytes(64 * 1024));
        settle();
        TestPeer peer = open(b);
        b.server.engine.loops().forEach(loop -> {
            while (loop.hasRoom()) {
                loop.proxy().execute(() -> { });
            }
        });
        for (int i = 0; i < 40; i++) {
            a.manager().broadcast(ByteBuffer.wrap(new byte[] {(byte) i}).limit(1));
            a.manager().broadcast(ByteBuffer.allocate(2_000).put(0, (byte) i));
        }
        for (int i = 0; i < 20; i++) {
            a.server.stepNode();
            b.server.stepNode();
        }
        assertEquals(0, b.server.counter(EngineCounter.CLUSTER_RECEIVED));
        long dropped = b.server.counter(EngineCounter.CLUSTER_DROPPED_IN);
        assertTrue(dropped > 10 && dropped < 70, () -> "dropped: " + dropped);
        settle();
        List<byte[]> messages = peer.messages();
        assertEquals(80 - dropped, messages.size());
        for (int i = 1; i < messages.size(); i++) {
            assertTrue(messages.get(i - 1)[0] <= messages.get(i)[0], "in order");
        }
        pass(Duration.ofSeconds(1));
        assertEquals(List.of("connected 0", "joined a", "dropped 0 " + dropped), b.events);
    }

    @Test
    void shouldLetNoForeignBytesHarmANode() {
        Node a = start("a");
        settle();
        TestPeer peer = open(a);
        InMemoryClusterBus stranger = hub.newBus();
        stranger.start("stranger", new ClusterBus.Listener() {
            @Override
            public void onMessage(String subject, byte[] message) {
            }

            @Override
            public void onConnected() {
            }

            @Override
            public void onLost(String cause) {
            }

            @Override
            public void onDropped(long count) {
            }
        });
        java.util.Random random = new java.util.Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            if (bytes.length > 30 && i % 2 == 0) {
                bytes[0] = 1;
                bytes[1] = (byte) random.nextInt(8);
                Arrays.fill(bytes, 2, 14, (byte) 0);
                bytes[5] = 1;
                bytes[22] = 2;
            }
            stranger.publish(i % 3 == 0 ? "nodes" : i % 3 == 1 ? "node.a" : "group.=2fws.all", bytes);
        }
        settle();
        assertTrue(a.server.counter(EngineCounter.CLUSTER_REFUSED) > 5_000);
        a.manager().broadcast("alive");
        settle();
        assertTrue(peer.texts().contains("alive"));
    }

    // ------------------------------------------------------------------ the bus is lost

    @Test
    void shouldServeAloneUntilTheBusCanBeReached() {
        Node a = new Node(hub.newBus());
        a.bus.disconnect();
        start(a, "a", config -> { }, cluster -> { }, null);
        Node b = start("b");
        TestPeer here = open(a);
        TestPeer there = open(b);
        assertFalse(a.manager().cluster().isConnected());
        a.manager().broadcast("1");
        settle();
        assertEquals(List.of("1"), here.texts());
        assertEquals(List.of(), there.texts());
        a.bus.reconnect();
        settle();

        assertTrue(a.manager().cluster().isConnected());
        assertEquals(List.of("1"), there.texts());
        assertEquals(List.of("lost cut off", "connected 0", "joined b"), a.events);
        assertEquals(List.of("connected 0", "joined a"), b.events);
    }

    @Test
    void shouldKeepMessagesForABusThatComesBackAndReportThoseItDropped() {
        Node a = start("a", config -> { }, cluster -> cluster.maxBufferedBytes(64 * 1024));
        Node b = start("b");
        settle();
        TestPeer there = open(b);
        a.bus.disconnect();
        settle();
        byte[] payload = new byte[10_000];
        for (int i = 0; i < 10; i++) {
            payload[0] = (byte) i;
            assertEquals(SendResult.ACCEPTED, a.manager().broadcast(ByteBuffer.wrap(payload)));
        }
        settle();
        assertEquals(4, a.server.counter(EngineCounter.CLUSTER_DROPPED_OUT));
        assertTrue(a.server.counter(EngineCounter.CLUSTER_BUFFERED_BYTES) > 60_000);
        a.bus.reconnect();
        settle();

        assertEquals(List.of(0, 1, 2, 3, 4, 5), there.messages().stream().map(message -> (int) message[0]).toList());
        assertEquals(List.of("connected 0", "joined b", "lost cut off", "connected 4"), a.events);
        pass(Duration.ofSeconds(2));
        assertEquals(List.of("connected 0", "joined b", "lost cut off", "connected 4", "dropped 4 0"), a.events);
        assertEquals(0, a.server.counter(EngineCounter.CLUSTER_BUFFERED_BYTES));
        assertEquals(1, a.server.counter(EngineCounter.CLUSTER_LOST));
    }

    @Test
    void shouldTellOfALossHoweverQuicklyTheBusComesAndGoes() {
        Node a = new Node(hub.newBus());
        a.bus.disconnect();
        start(a, "a", config -> { }, cluster -> { }, null);
        a.bus.reconnect();
        a.bus.disconnect();
        settle();
        a.bus.reconnect();
        settle();
        a.bus.disconnect();
        a.bus.reconnect();
        settle();
        assertEquals(List.of("lost cut off", "connected 0", "connected 0"), a.events);
    }

    @Test
    void shouldDropWhatHasBecomeTooOld() {
        Node a = start("a", config -> { }, cluster -> cluster.bufferTime(Duration.ofSeconds(10)));
        Node b = start("b");
        settle();
        TestPeer there = open(b);
        a.bus.disconnect();
        settle();
        a.manager().broadcast("old");
        pass(Duration.ofSeconds(6));
        a.manager().broadcast("young");
        pass(Duration.ofSeconds(6));
        assertEquals(1, a.server.counter(EngineCounter.CLUSTER_DROPPED_OUT));
        a.bus.reconnect();
        settle();
        assertEquals(List.of("young"), there.texts());
    }
}

package io.neurolink.engine.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.neurolink.engine.spi.ClusterBus;
import io.neurolink.engine.spi.ClusterListener;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Whatever comes from the bus: it is taken or refused and counted, nothing is thrown, nothing is held for longer than needed, and what the
 * node delivers can be sent on and read again. An input is messages of up to 255 bytes, each behind its length.
 */
final class ClusterNodeFuzzTest {
    private static final long MAX_BYTES = 64 * 1024;

    private final Counters counters = new Counters();
    private final List<GroupMessage> delivered = new ArrayList<>();
    private final Bus bus = new Bus();
    private long nowNs;

    /** Takes everything, to nowhere. */
    private static final class Bus implements ClusterBus {
        private Listener listener;

        @Override
        public void start(String nodeId, Listener newListener) {
            listener = newListener;
            newListener.onConnected();
        }

        @Override
        public SendResult publish(String subject, byte[] message) {
            return SendResult.ACCEPTED;
        }

        @Override
        public void subscribe(String subject) {
        }

        @Override
        public void unsubscribe(String subject) {
        }

        @Override
        public int maxMessageLength() {
            return 4096;
        }

        @Override
        public void close() {
        }
    }

    private final class Group implements LocalGroup {
        @Override
        public boolean deliver(GroupMessage message) {
            delivered.add(message);
            return true;
        }

        @Override
        public int connectionCount() {
            return 1;
        }

        @Override
        public int countOfUser(String userId) {
            return 1;
        }

        @Override
        public List<WebSocketConnection> ofUser(String userId) {
            return List.of();
        }

        @Override
        public List<WebSocketConnection> ofPath(String path) {
            return List.of();
        }

        @Override
        public WebSocketConnection find(String id) {
            return null;
        }
    }

    @FuzzTest
    void shouldTakeOrRefuseAnyBytes(byte[] data) {
        List<Throwable> errors = new ArrayList<>();
        ClusterSettings settings = new ClusterSettings("self", 1_000, 5_000, 2_000, MAX_BYTES, 10_000, new ClusterListener() { });
        ClusterNode node = new ClusterNode(bus, settings, new ClusterNode.Wiring(counters.newSet("cluster"), counters.shared(),
                errors::add, errors::add, () -> nowNs, () -> 1_000, Runnable::run));
        ClusterGroup group = node.join("/ws", new Group(), true);
        node.onStart();
        int next = 0;
        while (next < data.length) {
            int length = Math.min(data[next] & 0xFF, data.length - next - 1);
            bus.listener.onMessage("nodes", Arrays.copyOfRange(data, next + 1, next + 1 + length));
            next += 1 + length;
            nowNs += 100;
            node.doWork();
            group.connectionsElsewhere();
            group.countElsewhere("ann");
            group.members();
        }
        node.doWork();
        assertEquals(List.of(), errors);
        assertEquals(0, counters.sum(EngineCounter.CLUSTER_BUFFERED_BYTES));
        for (GroupMessage message : delivered) {
            assertEquals(message, GroupMessage.decode(ByteBuffer.wrap(message.encode(0))));
        }
        nowNs += 10_000;
        node.doWork();
        assertEquals(0, counters.sum(EngineCounter.CLUSTER_NODES), "the silent are forgotten");
        assertEquals(0, group.countElsewhere("ann"));
        node.onClose();
        assertTrue(counters.sum(EngineCounter.CLUSTER_BUFFERED_BYTES) == 0);
    }
}

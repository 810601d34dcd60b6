package io.neurolink.perf.cluster;

import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.perf.agents.ThreadMeter;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a broadcast to all connections of several nodes costs, beside one to as many of a node alone. Compared is processor time of the
 * nodes' threads; clients are in this process too and do not count.
 */
final class BroadcastCost {
    private static final int WARM_UP = 50;

    private final String natsUrls;
    private final int nodes;
    private final int connections;
    private final int broadcasts;
    private final String text;

    /**
     * What a broadcast took, in nanoseconds.
     *
     * @param loops processor time of event loops
     * @param bus   processor time of the cluster's threads and of those of NATS's client
     * @param time  until the last connection had it
     */
    record Cost(double loops, double bus, double time) {
    }

    /** @param connections of each node. */
    BroadcastCost(String natsUrls, int nodes, int connections, int broadcasts, int size) {
        this.natsUrls = natsUrls;
        this.nodes = nodes;
        this.connections = connections;
        this.broadcasts = broadcasts;
        this.text = "x".repeat(size);
    }

    /** One node with all connections. */
    Cost alone() throws IOException {
        return measure(null, 1, nodes * connections);
    }

    /** All nodes. */
    Cost together() throws IOException {
        return measure(natsUrls, nodes, connections);
    }

    private Cost measure(String urls, int count, int each) throws IOException {
        AtomicLong received = new AtomicLong();
        WebSocketHandler counting = new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                received.incrementAndGet();
            }
        };
        try (Nodes started = new Nodes(urls, count, each)) {
            for (int i = 0; i < count; i++) {
                started.connect(i, each, counting);
            }
            send(started, WARM_UP, received, count * each);
            ThreadMeter loops = new ThreadMeter(name -> name.startsWith("neurolink-loop"));
            ThreadMeter bus = new ThreadMeter(name -> name.startsWith("neurolink-cluster") || name.startsWith("nats:"));
            ThreadMeter.Used loopsBefore = loops.read();
            ThreadMeter.Used busBefore = bus.read();
            long startNs = System.nanoTime();
            send(started, broadcasts, received, count * each);
            long timeNs = System.nanoTime() - startNs;
            return new Cost((double) loops.read().since(loopsBefore).cpuNs() / broadcasts,
                    (double) bus.read().since(busBefore).cpuNs() / broadcasts, (double) timeNs / broadcasts);
        }
    }

    /** One after the other, each when everybody has the one before. */
    private void send(Nodes started, int count, AtomicLong received, int recipients) throws IOException {
        for (int i = 0; i < count; i++) {
            long due = received.get() + recipients;
            started.manager(0).broadcast(text);
            Nodes.await("a broadcast", () -> received.get() >= due);
        }
    }
}

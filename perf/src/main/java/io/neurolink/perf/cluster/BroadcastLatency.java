package io.neurolink.perf.cluster;

import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** How long a broadcast of one node takes until a connection of that node has it, and one of another. */
final class BroadcastLatency {
    private static final int SIGNIFICANT_DIGITS = 3;

    private final String natsUrls;
    private final int rate;
    private final int count;
    private final int size;
    private final Histogram here = new Histogram(SIGNIFICANT_DIGITS);
    private final Histogram there = new Histogram(SIGNIFICANT_DIGITS);

    /**
     * @param rate  broadcasts a second.
     * @param count of them; a tenth goes before, and does not count.
     */
    BroadcastLatency(String natsUrls, int rate, int count, int size) {
        this.natsUrls = natsUrls;
        this.rate = rate;
        this.count = count;
        this.size = size;
    }

    /** Measures it, once. */
    void run() throws IOException {
        int all = count + count / 10;
        AtomicLongArray sentNs = new AtomicLongArray(all);
        AtomicInteger arrived = new AtomicInteger();
        try (Nodes nodes = new Nodes(natsUrls, 2, 1)) {
            nodes.connect(0, 1, new Arrivals(here, sentNs, arrived));
            nodes.connect(1, 1, new Arrivals(there, sentNs, arrived));
            long startNs = System.nanoTime();
            for (int i = 0; i < all; i++) {
                awaitTime(startNs + TimeUnit.SECONDS.toNanos(i) / rate);
                String text = i + " ";
                sentNs.set(i, System.nanoTime());
                nodes.manager(0).broadcast(text + "x".repeat(Math.max(0, size - text.length())));
            }
            Nodes.await("the last broadcast", () -> arrived.get() == 2 * all);
        }
    }

    private static void awaitTime(long timeNs) {
        for (long leftNs = timeNs - System.nanoTime(); leftNs > 0; leftNs = timeNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
    }

    /** Nanoseconds from the call of {@code broadcast} to the callback of a client of the same node. */
    Histogram here() {
        return here;
    }

    /** The same, of a client of the other node. */
    Histogram there() {
        return there;
    }

    /** A connection that notes when each broadcast came. */
    private final class Arrivals implements WebSocketHandler {
        private final Histogram latency;
        private final AtomicLongArray sentNs;
        private final AtomicInteger arrived;

        Arrivals(Histogram latency, AtomicLongArray sentNs, AtomicInteger arrived) {
            this.latency = latency;
            this.sentNs = sentNs;
            this.arrived = arrived;
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            long nowNs = System.nanoTime();
            String text = message.text();
            int number = Integer.parseInt(text.substring(0, text.indexOf(' ')));
            if (number >= count / 10) {
                latency.recordValue(nowNs - sentNs.get(number));
            }
            arrived.incrementAndGet();
        }
    }
}

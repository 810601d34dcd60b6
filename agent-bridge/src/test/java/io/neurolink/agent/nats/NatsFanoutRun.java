package io.neurolink.agent.nats;

import io.neurolink.agent.nats.NatsNodes.Node;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a broadcast costs three nodes on NATS, beside one node alone with as many connections; by its name only:
 * {@code mvn -pl agent-bridge -am test -Dtest=NatsFanoutRun -Dsurefire.failIfNoSpecifiedTests=false}. Clients and servers share the
 * process; what is compared is the processor time of the servers' threads.
 */
class NatsFanoutRun {
    private static final int NODES = 3;
    private static final int ROUNDS = 5;

    @TempDir
    Path folder;

    /**
     * @param serverNs processor time of event loops
     * @param busNs    of the cluster's thread and of the client library's
     * @param wallNs   time until everybody had everything
     */
    private record Cost(long serverNs, long busNs, long wallNs) {
    }

    @Test
    void compare() throws Exception {
        int perNode = Integer.getInteger("fanout.connections", 2000);
        int messages = Integer.getInteger("fanout.messages", 200);
        String text = "x".repeat(Integer.getInteger("fanout.bytes", 100));
        List<Double> server = new ArrayList<>();
        List<Double> all = new ArrayList<>();
        List<Double> wall = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            Cost alone = measure(1, perNode * NODES, messages, text);
            Cost cluster = measure(NODES, perNode, messages, text);
            server.add((double) cluster.serverNs / alone.serverNs);
            all.add((double) (cluster.serverNs + cluster.busNs) / alone.serverNs);
            wall.add((double) cluster.wallNs / alone.wallNs);
            System.out.printf("round %d: event loops %.2f, with cluster and NATS client threads %.2f, time %.2f;"
                    + " bus threads %.1f us a message, event loops of one node alone %.1f us a message%n", round + 1,
                    server.get(round), all.get(round), wall.get(round), cluster.busNs / 1000.0 / messages,
                    alone.serverNs / 1000.0 / messages);
        }
        System.out.printf("%d x %d connections, %d messages of %d bytes, medians of %d: event loops %.2f, with bus threads %.2f,"
                + " time %.2f%n", NODES, perNode, messages, text.length(), ROUNDS, median(server), median(all), median(wall));
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private Cost measure(int nodeCount, int perNode, int messages, String text) throws Exception {
        AtomicLong received = new AtomicLong();
        try (NatsProcess nats = NatsProcess.start(folder); NatsNodes nodes = new NatsNodes();
                WebSocketClient client = WebSocketClient.builder().eventLoops(1).idleMode(IdleMode.BLOCKING)
                        .config(WebSocketConfig.builder().maxConnections(100_000).build()).build()) {
            Node[] started = new Node[nodeCount];
            for (int i = 0; i < nodeCount; i++) {
                started[i] = nodes.start(nats.url(), "n" + i);
            }
            NatsNodes.awaitEachOther(started);
            connect(client, started, perNode, received);
            send(started[0], 50, text, received, (long) nodeCount * perNode);
            long serverBefore = cpu("neurolink-loop");
            long busBefore = cpu("neurolink-cluster", "nats:");
            long start = System.nanoTime();
            send(started[0], messages, text, received, (long) nodeCount * perNode);
            return new Cost(cpu("neurolink-loop") - serverBefore, cpu("neurolink-cluster", "nats:") - busBefore, System.nanoTime() - start);
        }
    }

    private static void connect(WebSocketClient client, Node[] nodes, int perNode, AtomicLong received) {
        WebSocketHandler counting = new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                received.incrementAndGet();
            }
        };
        for (Node node : nodes) {
            URI uri = URI.create("ws://localhost:" + node.server.port() + "/ws");
            for (int done = 0; done < perNode; done += 100) {
                CompletableFuture<?>[] some = new CompletableFuture<?>[Math.min(100, perNode - done)];
                Arrays.setAll(some, i -> client.connect(uri, counting));
                CompletableFuture.allOf(some).join();
            }
        }
    }

    /** One after the other, as many at once as would be a burst in a chat. */
    private static void send(Node from, int messages, String text, AtomicLong received, long recipients) {
        for (int i = 1; i <= messages; i++) {
            long before = received.get();
            from.manager.broadcast(text);
            Eventually.become(() -> received.get() >= before + recipients, () -> received.get() - before + " of " + recipients);
        }
    }

    private static long cpu(String... prefixes) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long id : threads.getAllThreadIds()) {
            ThreadInfo info = threads.getThreadInfo(id);
            if (info != null && Arrays.stream(prefixes).anyMatch(info.getThreadName()::startsWith)) {
                sum += Math.max(0, threads.getThreadCpuTime(id));
            }
        }
        return sum;
    }
}

package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.client.AgentClient;
import io.neurolink.agent.client.AgentClientOptions;
import io.neurolink.agent.client.AgentPrompt;
import io.neurolink.agent.client.AgentRun;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.support.JarProcess;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.agent.support.RoundRobinRelay;
import io.neurolink.agent.support.TestClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three packaged servers, a NATS with JetStream, and clients that go from one to the other. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ClusterRunsIT {
    private static final int FAULT_SECONDS = Integer.getInteger("cluster.faults.seconds", 20);
    private static final int FAULT_STREAMS = Integer.getInteger("cluster.faults.streams", 30);
    private static final long SEED = Long.getLong("cluster.faults.seed", 1);
    private static final int NODES = 3;
    private static final int USERS = 10;

    @TempDir
    private Path folder;
    private NatsProcess nats;
    private final List<JarProcess> nodes = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        nats = NatsProcess.start(folder, "jetstream { store_dir: \"" + folder.resolve("js") + "\" }");
        for (int i = 0; i < NODES; i++) {
            nodes.add(startNode());
        }
    }

    private JarProcess startNode() throws IOException {
        List<String> args = new ArrayList<>(List.of("--port", "0", "--cluster", nats.url(), "--event-loops", "1", "--workers", "1",
                "--idle", "blocking", "--auth", "bearer"));
        for (int user = 0; user < USERS; user++) {
            args.addAll(List.of("--token", "user" + user + "=" + user));
        }
        return JarProcess.start(Map.of(), args.toArray(String[]::new));
    }

    @AfterEach
    void stop() throws InterruptedException {
        nodes.forEach(JarProcess::close);
        nats.close();
    }

    private TestClient connect(int node) throws InterruptedException {
        TestClient client = new TestClient(URI.create(nodes.get(node).url()).getPort(), "/ws/agent?token=0");
        assertEquals("connected", client.next().get("type"));
        return client;
    }

    private static String stream(String id, int words, int delayMs) {
        return "{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\",\"options\":{\"words\":" + words
                + ",\"delayMs\":" + delayMs + "}}}";
    }

    private static String about(String type, String id, String more) {
        return "{\"type\":\"" + type + "\",\"payload\":{\"requestId\":\"" + id + "\"" + more + "}}";
    }

    private static String words(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
    }

    /** Reads events of a run, none missing and none twice. */
    private static final class Reader {
        private final StringBuilder text = new StringBuilder();
        private long seq;
        private Map<String, Object> end;

        void read(TestClient client, long throughSeq) throws InterruptedException {
            while (seq < throughSeq && end == null) {
                Map<String, Object> message = client.next();
                assertNotNull(message, () -> "nothing came after " + seq);
                assertTrue(!"resume_failed".equals(message.get("type")), message::toString);
                Object number = message.get("seq");
                if (number == null || (Long) number == 0) {
                    continue;
                }
                assertEquals(seq, (Long) number - (Long) message.getOrDefault("n", 1L), message::toString);
                seq = (Long) number;
                if ("chunk".equals(message.get("type"))) {
                    text.append(message.get("content"));
                } else if (!"stream_start".equals(message.get("type"))) {
                    end = message;
                }
            }
        }
    }

    @Test
    void shouldLoseAndDoubleNothingOnTheWayFromNodeToNode() throws Exception {
        int words = 60;
        Reader reader = new Reader();
        TestClient client = connect(0);
        client.send(stream("walk", words, 20));
        for (int hop = 1; reader.end == null; hop++) {
            reader.read(client, reader.seq + 4);
            client.close();
            client = connect(hop % NODES);
            client.send(about("resume", "walk", ",\"after\":" + reader.seq));
        }
        client.close();
        assertEquals(words(words), reader.text.toString().strip());
        assertEquals("stream_complete", reader.end.get("type"));
    }

    @Test
    void shouldCancelFromAnotherNodeAndRefuseToRunTwice() throws Exception {
        TestClient first = connect(0);
        first.send(stream("long", 10_000, 20));
        new Reader().read(first, 3);
        TestClient second = connect(1);
        Reader reader = new Reader();
        second.send(about("resume", "long", ",\"after\":0"));
        reader.read(second, 5);
        first.close();
        TestClient third = connect(2);
        third.send(stream("long", 10_000, 20));
        assertEquals("DUPLICATE_REQUEST", third.next().get("code"));
        third.send(about("cancel", "long", ",\"reason\":\"enough\""));
        reader.read(second, Long.MAX_VALUE);
        assertEquals("cancelled", reader.end.get("type"));
        assertEquals("enough", reader.end.get("reason"));
        second.close();
        third.close();
    }

    @Test
    void shouldEndWhatADeadNodeLeft() throws Exception {
        TestClient first = connect(0);
        Reader own = new Reader();
        first.send(stream("left", 10_000, 10));
        own.read(first, 30);
        TestClient second = connect(1);
        Reader other = new Reader();
        second.send(about("resume", "left", ",\"after\":0"));
        other.read(second, 30);
        nodes.get(0).signal("KILL");
        other.read(second, Long.MAX_VALUE);
        assertEquals("MODEL_UNAVAILABLE", other.end.get("code"));
        assertEquals(true, other.end.get("retryable"));
        TestClient third = connect(2);
        third.send(about("resume", "left", ",\"after\":" + own.seq));
        own.read(third, Long.MAX_VALUE);
        assertEquals("MODEL_UNAVAILABLE", own.end.get("code"));
        second.close();
        third.close();
    }

    @Test
    void shouldFinishOnADrainedNodeWhatIsReadFromAnother() throws Exception {
        TestClient first = connect(0);
        Reader reader = new Reader();
        first.send(stream("drained", 150, 20));
        reader.read(first, 10);
        nodes.get(0).signal("TERM");
        Map<String, Object> message = first.next();
        while (!"shutdown".equals(message.get("type"))) {
            message = first.next();
        }
        first.close();
        TestClient second = connect(1);
        second.send(about("resume", "drained", ",\"after\":" + reader.seq));
        reader.read(second, Long.MAX_VALUE);
        second.close();
        assertEquals("stream_complete", reader.end.get("type"), () -> reader.end + ", after " + reader.text);
        assertEquals(words(150), reader.text.toString().strip());
        assertEquals(0, nodes.get(0).status());
    }

    /** Nodes and NATS die and come back while clients read, each from whatever node its connection gets to. */
    @Test
    void shouldCompleteOrReportEveryTextWhateverDies() throws Exception {
        Random random = new Random(SEED);
        Map<String, AtomicInteger> faults = new TreeMap<>();
        Map<String, AtomicInteger> outcomes = new TreeMap<>();
        List<CompletableFuture<Void>> streams = new ArrayList<>();
        try (RoundRobinRelay relay = new RoundRobinRelay()) {
            nodes.forEach(node -> relay.add(URI.create(node.url()).getPort()));
            AgentClientOptions options = AgentClientOptions.defaults().backOff(Duration.ofMillis(50), Duration.ofMillis(500))
                    .maxAttempts(200).retryFirst();
            List<AgentClient> clients = new ArrayList<>();
            for (int i = 0; i < FAULT_STREAMS; i++) {
                clients.add(AgentClient.connect(URI.create("ws://localhost:" + relay.port() + "/ws/agent?token=" + i % USERS), options));
            }
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(FAULT_SECONDS);
            clients.forEach(client -> streams.add(CompletableFuture.completedFuture(client)
                    .thenCompose(one -> streamOn(one, new Random(random.nextLong()), endNs, outcomes))));
            while (System.nanoTime() - endNs < 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1500 + random.nextInt(2500)));
                fault(random, relay, faults);
            }
            for (CompletableFuture<Void> stream : streams) {
                stream.get(2, TimeUnit.MINUTES);
            }
            clients.forEach(AgentClient::close);
        }
        System.out.println("faults: " + faults + "; outcomes of runs: " + outcomes);
        assertEquals(0, count(outcomes, "wrong text"), () -> "outcomes: " + outcomes);
        assertTrue(count(outcomes, "complete") > 0);
    }

    private static int count(Map<String, AtomicInteger> counts, String name) {
        return counts.getOrDefault(name, new AtomicInteger()).get();
    }

    private static synchronized void add(Map<String, AtomicInteger> counts, String name) {
        counts.computeIfAbsent(name, key -> new AtomicInteger()).incrementAndGet();
    }

    private void fault(Random random, RoundRobinRelay relay, Map<String, AtomicInteger> faults) throws Exception {
        int which = random.nextInt(6);
        if (which <= 2) {
            add(faults, "node killed");
            restartNode(random.nextInt(NODES), relay);
        } else if (which <= 4) {
            add(faults, "NATS killed");
            nats.kill();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2000)));
            nats.start();
        } else {
            add(faults, "NATS and node killed");
            nats.kill();
            restartNode(random.nextInt(NODES), relay);
            nats.start();
        }
    }

    private void restartNode(int index, RoundRobinRelay relay) throws Exception {
        JarProcess dead = nodes.get(index);
        relay.remove(URI.create(dead.url()).getPort());
        dead.signal("KILL");
        JarProcess again = startNode();
        nodes.set(index, again);
        relay.add(URI.create(again.url()).getPort());
    }

    /** One run after the other until time is up. */
    private static CompletableFuture<Void> streamOn(AgentClient client, Random random, long endNs, Map<String, AtomicInteger> outcomes) {
        int words = 20 + random.nextInt(200);
        AgentRun run = client.stream(AgentPrompt.of("p").option("words", words).option("delayMs", 5 + random.nextInt(25)));
        return run.result().handle((result, error) -> {
            Throwable cause = error instanceof CompletionException ? error.getCause() : error;
            if (cause instanceof AgentException failure) {
                add(outcomes, failure.code());
            } else if (cause != null) {
                add(outcomes, cause.toString());
            } else {
                add(outcomes, result.text().strip().equals(words(words)) ? "complete" : "wrong text");
            }
            return System.nanoTime() - endNs < 0;
        }).thenCompose(isMore -> isMore ? streamOn(client, random, endNs, outcomes) : CompletableFuture.completedFuture(null));
    }
}

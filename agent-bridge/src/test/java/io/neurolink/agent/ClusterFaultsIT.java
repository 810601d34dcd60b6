package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nats.client.api.StreamInfo;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.session.RunRecords;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.JarProcess;
import io.neurolink.agent.support.NatsTrio;
import io.neurolink.agent.support.TestClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three packaged servers, three of NATS that keep each record three times, and clients behind a load balancer, which moves many of them to
 * other servers now and then. Servers, servers of NATS, and both at once are killed at random times and come back. Each text must be whole,
 * or its run have failed because its server was killed; what is left in the end must be nothing.
 */
@Tag("faults")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class ClusterFaultsIT {
    private static final int SECONDS = Integer.getInteger("cluster.faults.seconds", 20);
    private static final int STREAMS = Integer.getInteger("cluster.faults.streams", 30);
    private static final long SEED = Long.getLong("cluster.faults.seed", 1);
    private static final int NODES = 3;
    private static final int USERS = 30;
    private static final int HEAP_MB = 160;
    /** Of a process: the heap, the code, the stacks, and buffers outside the heap. */
    private static final long MAX_NODE_MB = HEAP_MB + 250L;
    private static final long MAX_NATS_MB = 500;
    private static final long STREAM_BYTES = 64L * 1024 * 1024;
    /** The shortest time that logs of dead nodes can be kept for. */
    private static final long RUN_AGE_MS = 60_000;
    private static final double MOVED_AT_ONCE = 0.4;
    private static final String STREAM = "neurolink_runs";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private enum Fault {
        NODE(5), NATS(4), BOTH(2), ALL_OF_NATS_AND_NODE(1);

        /** Of twelve. */
        private final int share;

        Fault(int share) {
            this.share = share;
        }
    }

    @TempDir
    private Path folder;
    private NatsTrio nats;
    private final List<JarProcess> nodes = new ArrayList<>();
    private final List<JarProcess> dead = new ArrayList<>();
    private final Map<Fault, Integer> faults = new TreeMap<>();
    private final long startNs = System.nanoTime();
    private long cut;
    private long mostNodeMb;
    private long mostNatsMb;

    @BeforeEach
    void start() throws Exception {
        nats = NatsTrio.start(folder);
        for (int i = 0; i < NODES; i++) {
            nodes.add(startNode());
        }
        Eventually.become(() -> nodes.stream().allMatch(node -> counter(node, "runs.replication_connected") == 1),
                () -> "runs are not replicated");
    }

    private JarProcess startNode() throws IOException {
        List<String> args = new ArrayList<>(List.of("--port", "0", "--cluster", nats.urls(), "--cluster-run-replicas", "3",
                "--cluster-run-bytes", "" + STREAM_BYTES, "--cluster-run-age", "" + RUN_AGE_MS, "--event-loops", "1", "--workers", "1",
                "--idle", "blocking", "--auth", "bearer"));
        for (int user = 0; user < USERS; user++) {
            args.addAll(List.of("--token", "user" + user + "=" + user));
        }
        return JarProcess.start(Map.of("JAVA_TOOL_OPTIONS", "-Xmx" + HEAP_MB + "m"), args.toArray(String[]::new));
    }

    @AfterEach
    void stop() {
        nodes.forEach(JarProcess::close);
        nats.close();
    }

    private static int port(JarProcess node) {
        return URI.create(node.url()).getPort();
    }

    @Test
    void shouldCompleteOrReportEveryTextWhateverDies() throws Exception {
        Random random = new Random(SEED);
        String epoch = epoch(nodes.get(0));
        try (WatchedStreams streams = new WatchedStreams(USERS)) {
            nodes.forEach(node -> streams.relay().add(port(node)));
            streams.start(STREAMS, random, Duration.ofSeconds(SECONDS));
            for (int i = 0; !streams.isTimeUp(); i++) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2500)));
                // So that runs are looked at from other servers than their own, and outlive the death of those.
                cut += streams.relay().cut(MOVED_AT_ONCE, random);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1000 + random.nextInt(2500)));
                noteMemory();
                // Each kind first, so that none is missing in a short run.
                fault(i < Fault.values().length ? Fault.values()[i] : draw(random), random, streams);
                say(streams.toString());
                explain(streams.nextMistaken());
            }
            while (!streams.areOver()) {
                explain(streams.nextMistaken());
            }
            say(streams + "; faults " + faults + ", " + cut + " connections cut, seed " + SEED + "; most memory of a node "
                    + mostNodeMb + " MB, of a NATS " + mostNatsMb + " MB");
            assertEquals(List.of(), streams.mistakes());
            assertTrue(streams.complete() > STREAMS);
            noteMemory();
        }
        shouldKeepNothing(epoch);
        checkComplaints();
        assertTrue(mostNodeMb < MAX_NODE_MB, "memory of a node: " + mostNodeMb + " MB");
        assertTrue(mostNatsMb < MAX_NATS_MB, "memory of a NATS: " + mostNatsMb + " MB");
    }

    private void say(String text) {
        System.out.printf("%6.1f s: %s%n", (System.nanoTime() - startNs) / 1e9, text);
    }

    /** What there is to be known of a run with which something was wrong. */
    private void explain(String requestId) throws Exception {
        if (requestId != null) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(requestId.getBytes(StandardCharsets.UTF_8));
            String hash = Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, 16));
            say(requestId + " in the stream: " + nats.messages(STREAM, "neurolink.runs." + hash + ".>", RunRecords::describe));
            nats.states().forEach(this::say);
            for (JarProcess node : nodes) {
                say(node.url() + ": " + inBrief(node));
            }
        }
    }

    // ------------------------------------------------------------------ faults

    private static Fault draw(Random random) {
        int ticket = random.nextInt(12);
        for (Fault fault : Fault.values()) {
            ticket -= fault.share;
            if (ticket < 0) {
                return fault;
            }
        }
        throw new IllegalStateException("shares");
    }

    private void fault(Fault fault, Random random, WatchedStreams streams) throws Exception {
        int node = random.nextInt(NODES);
        int server = random.nextInt(nats.size());
        faults.merge(fault, 1, Integer::sum);
        say(fault + ": node " + node + ", NATS " + server);
        List<Integer> servers = switch (fault) {
            case NODE -> List.of();
            case NATS, BOTH -> List.of(server);
            case ALL_OF_NATS_AND_NODE -> IntStream.range(0, nats.size()).boxed().toList();
        };
        for (int each : servers) {
            nats.get(each).kill();
            streams.killedNats();
        }
        if (fault != Fault.NATS) {
            killNode(node, streams);
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2000)));
        for (int each : servers) {
            nats.get(each).start();
        }
        if (fault != Fault.NATS) {
            JarProcess again = startNode();
            nodes.set(node, again);
            streams.relay().add(port(again));
        }
    }

    private void killNode(int index, WatchedStreams streams) throws Exception {
        JarProcess victim = nodes.get(index);
        streams.relay().remove(port(victim));
        victim.signal("KILL");
        streams.killed(port(victim));
        dead.add(victim);
    }

    // ------------------------------------------------------------------ what is left

    /** Nobody looks any more, and all runs have ended. */
    private void shouldKeepNothing(String epoch) throws Exception {
        for (JarProcess node : nodes) {
            for (String name : List.of("runs.active", "runs.viewers", "runs.followed", "cluster.buffered_bytes")) {
                Eventually.become(() -> counter(node, name) == 0, () -> name + " of " + node.url() + ": " + counter(node, name));
            }
            long known = counter(node, "runs.kept") + counter(node, "runs.forgotten");
            long started = counter(node, "runs.started");
            assertTrue(known <= started && known >= started - counter(node, "runs.refused"), known + " of " + started + " runs");
            Eventually.become(() -> counter(node, "runs.replication_connected") == 1,
                    () -> "runs of " + node.url() + " are not replicated");
            assertEquals(epoch, epoch(node));
            Eventually.become(() -> counter(node, "cluster.nodes") == NODES - 1, () -> "nodes: " + counter(node, "cluster.nodes"));
            say(node.url() + ": " + inBrief(node));
        }
        Eventually.become(() -> countOfWatches() == 0, () -> countOfWatches() + " subscriptions to logs of runs");
        Eventually.become(() -> areAllCurrent(), () -> "a NATS is behind");
        StreamInfo info = nats.with(management -> {
            assertEquals(List.of(STREAM), management.getStreamNames());
            assertEquals(List.of(), management.getConsumerNames(STREAM));
            return management.getStreamInfo(STREAM);
        });
        say("in the stream: " + info.getStreamState().getByteCount() + " bytes, " + info.getStreamState().getMsgCount() + " records of "
                + info.getStreamState().getSubjectCount() + " runs");
        assertTrue(info.getStreamState().getByteCount() <= STREAM_BYTES);
        if (TimeUnit.SECONDS.toMillis(SECONDS) >= RUN_AGE_MS) {
            shouldForgetAllLogs();
        }
    }

    private static Map<String, Object> inBrief(JarProcess node) {
        Map<String, Object> brief = new TreeMap<>(counters(node));
        brief.keySet().removeIf(name -> !name.startsWith("runs.") && !name.startsWith("cluster."));
        brief.values().removeIf(value -> value.equals(0L));
        return brief;
    }

    private long countOfWatches() {
        try {
            return nats.countInSubscriptions("\"neurolink.runs.");
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean areAllCurrent() {
        try {
            return nats.areAllCurrent(STREAM);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void shouldForgetAllLogs() throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2 * RUN_AGE_MS);
        long left = Long.MAX_VALUE;
        while (left > 0 && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
            left = nats.with(management -> management.getStreamInfo(STREAM)).getStreamState().getMsgCount();
        }
        assertEquals(0, left, "records of runs, " + RUN_AGE_MS + " ms after the last one");
        say("the stream is empty");
    }

    /** Whoever was killed, and whoever is still there, had nothing to complain of but that others are away. */
    private void checkComplaints() {
        nodes.forEach(JarProcess::close);
        dead.addAll(nodes);
        List<String> odd = dead.stream().flatMap(node -> node.stderr().lines())
                .filter(line -> line.startsWith("SEVERE") || line.contains("OutOfMemory")
                        || line.matches("([a-z0-9]+\\.)+[A-Z]\\w*(Exception|Error)(: .*)?")).toList();
        assertEquals(List.of(), odd);
    }

    private void noteMemory() throws IOException {
        for (JarProcess node : nodes) {
            mostNodeMb = Math.max(mostNodeMb, residentMb(node.pid()));
        }
        for (int i = 0; i < nats.size(); i++) {
            mostNatsMb = Math.max(mostNatsMb, residentMb(nats.get(i).pid()));
        }
    }

    private static long residentMb(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", "" + pid, "status")).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024).findFirst().orElse(0);
    }

    private static String epoch(JarProcess node) throws InterruptedException {
        try (TestClient client = new TestClient(port(node), "/ws/agent?token=0")) {
            return Objects.toString(client.next().get("epoch"));
        }
    }

    private static long counter(JarProcess node, String name) {
        return (Long) counters(node).get(name);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> counters(JarProcess node) {
        URI uri = URI.create("http://localhost:" + port(node) + "/api/health/websocket");
        try {
            byte[] body = HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray()).body();
            Map<String, Object> health = (Map<String, Object>) new EnvelopeReader(1024 * 1024, 16, 10_000).readValue(ByteBuffer.wrap(body));
            return (Map<String, Object>) health.get("counters");
        } catch (IOException e) {
            throw new IllegalStateException(node.url(), e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

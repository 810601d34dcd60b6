package io.neurolink.agent.nats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.api.ClusterInfo;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.agent.spi.RunReplication.Key;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.NatsProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Logs of runs in a real NATS with JetStream. */
@Timeout(300)
class NatsRunReplicationTest {
    private static final Key ANNS = new Key("ann", "r.1 *>", "");

    @TempDir
    private Path folder;
    private NatsProcess nats;
    private final List<RunReplication> nodes = new ArrayList<>();

    @BeforeEach
    void startNats() throws IOException {
        nats = NatsProcess.start(folder, "jetstream { store_dir: \"" + folder.resolve("js") + "\" }");
    }

    @AfterEach
    void stop() throws InterruptedException {
        nodes.forEach(RunReplication::close);
        nats.close();
    }

    /** What a node does for others: it says what it was asked, backwards; nothing to nothing. */
    private static final class Mirror implements RunReplication.Listener {
        private final AtomicInteger connections = new AtomicInteger();

        @Override
        public CompletionStage<byte[]> onRequest(byte[] message) {
            return CompletableFuture.completedStage(message.length == 0 ? null
                    : bytes(new StringBuilder(text(message)).reverse().toString()));
        }

        @Override
        public void onConnected() {
            connections.incrementAndGet();
        }
    }

    private RunReplication node() throws IOException {
        return node(new Mirror());
    }

    private RunReplication node(Mirror listener) throws IOException {
        RunReplication node = NatsRunReplication.builder(NatsClusterBus.builder(nats.url()).prefix("some.shop").build())
                .maxBytes(16 * 1024 * 1024).build();
        nodes.add(node);
        node.start(listener);
        eventually(node::isConnected);
        return node;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        try {
            return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CompletionException wrapped && wrapped.getCause() instanceof Exception cause ? cause
                    : (Exception) e.getCause();
        }
    }

    private interface Condition {
        boolean isMet() throws Exception;
    }

    /** What fails is tried again, as a server of NATS may be slow, or another one than before leads. */
    private static void eventually(Condition condition) {
        AtomicReference<Exception> failure = new AtomicReference<>();
        Eventually.become(() -> {
            try {
                failure.set(null);
                return condition.isMet();
            } catch (Exception e) {
                failure.set(e);
                return false;
            }
        }, () -> "it never came: " + failure);
    }

    private static Throwable failure(CompletionStage<?> stage) {
        return assertThrows(Exception.class, () -> get(stage));
    }

    @Test
    void shouldAppendAfterWhatIsExpectedOnly() throws Exception {
        RunReplication a = node();
        RunReplication b = node();
        assertEquals(a.epoch(), b.epoch());
        assertNotEquals(a.nodeId(), b.nodeId());
        assertNull(get(b.last(ANNS)));
        assertNull(get(b.next(ANNS, 1)));
        long first = get(a.append(ANNS, RunReplication.NONE, bytes("one")));
        assertInstanceOf(RunReplication.Conflict.class, failure(b.append(ANNS, RunReplication.NONE, bytes("other"))));
        get(b.append(new Key("bob", ANNS.requestId(), ""), RunReplication.NONE, bytes("bob's")));
        long second = get(b.append(ANNS, first, bytes("two")));
        assertInstanceOf(RunReplication.Conflict.class, failure(a.append(ANNS, first, bytes("two as well"))));
        assertEquals("two", text(get(a.last(ANNS)).bytes()));
        assertEquals(second, get(a.last(ANNS)).position());
        assertEquals("one", text(get(b.next(ANNS, 1)).bytes()));
        assertEquals("two", text(get(b.next(ANNS, first + 1)).bytes()));
        assertNull(get(b.next(ANNS, second + 1)));
        assertEquals("one", text(get(b.exactNext(ANNS, 1)).bytes()));
        assertEquals("two", text(get(b.exactNext(ANNS, first + 1)).bytes()));
        assertEquals(second, get(b.exactNext(ANNS, first + 1)).position());
        assertNull(get(b.exactNext(ANNS, second + 1)));
    }

    @Test
    void shouldFindRunsOfUsersAndOfAnonymousConnections() throws Exception {
        RunReplication a = node();
        get(a.append(ANNS, RunReplication.NONE, bytes("ann's")));
        Key one = new Key(null, ANNS.requestId(), "first");
        Key other = new Key(null, ANNS.requestId(), "second");
        assertNull(get(a.find(null, ANNS.requestId())));
        long position = get(a.append(one, RunReplication.NONE, bytes("1")));
        get(a.append(other, RunReplication.NONE, bytes("2")));
        assertEquals(other, get(a.find(null, ANNS.requestId())).key());
        get(a.append(one, position, bytes("3")));
        assertEquals(one, get(a.find(null, ANNS.requestId())).key());
        assertEquals(ANNS, get(a.find("ann", ANNS.requestId())).key());
        assertNull(get(a.find("bob", ANNS.requestId())));
        assertTrue(get(a.isKnown(ANNS.requestId())));
        assertFalse(get(a.isKnown("r.1")));
    }

    @Test
    void shouldTrim() throws Exception {
        RunReplication a = node();
        long first = get(a.append(ANNS, RunReplication.NONE, bytes("one")));
        long second = get(a.append(ANNS, first, bytes("two")));
        get(a.append(ANNS, second, bytes("three")));
        a.trim(ANNS, second);
        eventually(() -> text(get(a.next(ANNS, 1)).bytes()).equals("three"));
        a.trim(ANNS, Long.MAX_VALUE);
        eventually(() -> get(a.last(ANNS)) == null);
        get(a.append(ANNS, RunReplication.NONE, bytes("again")));
    }

    @Test
    void shouldTellOfChanges() throws Exception {
        RunReplication a = node();
        RunReplication b = node();
        AtomicInteger changes = new AtomicInteger();
        RunReplication.Watch watch = b.watch(ANNS, changes::incrementAndGet);
        // An answer comes after the subscription, as both go the same way.
        get(b.last(ANNS));
        long first = get(a.append(ANNS, RunReplication.NONE, bytes("one")));
        eventually(() -> changes.get() == 1);
        watch.close();
        get(b.last(ANNS));
        get(a.append(ANNS, first, bytes("two")));
        get(b.last(ANNS));
        assertEquals(1, changes.get());
    }

    @Test
    void shouldAskOtherNodes() throws Exception {
        RunReplication a = node();
        RunReplication b = node();
        assertEquals("olleh", text(get(a.request(b.nodeId(), bytes("hello")))));
        assertEquals("olleh", text(get(a.requestAny(bytes("hello")))));
        assertInstanceOf(Exception.class, failure(a.requestAny(bytes(""))), "nobody has an answer to that");
        byte[] large = new byte[200_000];
        assertEquals(large.length, get(a.request(b.nodeId(), large)).length);
        assertInstanceOf(RunReplication.Unreachable.class, failure(a.request("nobody", bytes("hello"))));
        b.close();
        assertInstanceOf(RunReplication.Unreachable.class, failure(a.request(b.nodeId(), bytes("hello"))));
    }

    @Test
    void shouldTakeRecordsOfAnyKind() throws Exception {
        RunReplication a = node();
        byte[] record = new byte[a.maxRecordLength()];
        for (int i = 0; i < record.length; i++) {
            record[i] = (byte) i;
        }
        get(a.append(ANNS, RunReplication.NONE, record));
        assertArrayEquals(record, get(a.next(ANNS, 1)).bytes());
        assertArrayEquals(record, get(a.last(ANNS)).bytes());
    }

    @Test
    void shouldGoOnAfterNatsWasKilled() throws Exception {
        Mirror listener = new Mirror();
        RunReplication a = node(listener);
        RunReplication b = node();
        AtomicInteger changes = new AtomicInteger();
        b.watch(ANNS, changes::incrementAndGet);
        get(b.last(ANNS));
        long first = get(a.append(ANNS, RunReplication.NONE, bytes("one")));
        eventually(() -> changes.get() == 1);
        String epoch = a.epoch();
        nats.kill();
        eventually(() -> !a.isConnected() && !b.isConnected());
        failure(a.append(ANNS, first, bytes("two")));
        nats.start();
        eventually(() -> a.isConnected() && b.isConnected());
        // It is told after that.
        eventually(() -> listener.connections.get() >= 2);
        assertEquals(epoch, a.epoch());
        eventually(() -> {
            Object answer = a.request(b.nodeId(), bytes("x")).handle((bytes, error) -> error == null ? bytes : error)
                    .toCompletableFuture().get(30, TimeUnit.SECONDS);
            return answer instanceof byte[];
        });
        assertEquals("one", text(get(b.last(ANNS)).bytes()));
        get(a.append(ANNS, first, bytes("two")));
        eventually(() -> changes.get() == 2);
    }

    @Test
    void shouldConnectWhenNatsComesLater() throws Exception {
        nats.kill();
        RunReplication late = NatsRunReplication.builder(NatsClusterBus.builder(nats.url()).build()).build();
        nodes.add(late);
        late.start(new Mirror());
        assertFalse(late.isConnected());
        assertNull(late.epoch());
        assertInstanceOf(RunReplication.Unreachable.class, failure(late.last(ANNS)));
        nats.start();
        eventually(late::isConnected);
        get(late.append(ANNS, RunReplication.NONE, bytes("one")));
    }

    @Test
    void shouldMakeTheStreamAgainThatSomebodyDeleted() throws Exception {
        RunReplication a = node();
        get(a.append(ANNS, RunReplication.NONE, bytes("one")));
        String epoch = a.epoch();
        Connection connection = Nats.connect(nats.url());
        connection.jetStreamManagement().deleteStream("some=shop_runs");
        connection.close();
        failure(a.append(ANNS, 1, bytes("two")));
        eventually(() -> a.isConnected() && !a.epoch().equals(epoch));
        get(a.append(ANNS, RunReplication.NONE, bytes("again")));
    }

    @Test
    void shouldKeepLogsOnThreeServersOfWhichOneDies() throws Exception {
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ports.add(NatsProcess.freePort());
        }
        String routes = ports.stream().map(port -> "\"nats://127.0.0.1:" + port + "\"").collect(Collectors.joining(", "));
        List<NatsProcess> servers = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                servers.add(NatsProcess.start(folder, "server_name: s" + i,
                        "jetstream { store_dir: \"" + folder.resolve("js" + i) + "\" }",
                        "cluster { name: c, listen: \"127.0.0.1:" + ports.get(i) + "\", routes: [" + routes + "] }"));
            }
            String urls = servers.stream().map(NatsProcess::url).collect(Collectors.joining(","));
            RunReplication a = NatsRunReplication.builder(NatsClusterBus.builder(urls).build()).replicas(3).build();
            RunReplication b = NatsRunReplication.builder(NatsClusterBus.builder(urls).build()).replicas(3).build();
            for (RunReplication node : List.of(a, b)) {
                nodes.add(node);
                node.start(new Mirror());
                eventually(node::isConnected);
            }
            long last = RunReplication.NONE;
            for (int killed = 0; killed < 3; killed++) {
                long before = last;
                for (int i = 0; i < 20; i++) {
                    last = appendSurely(a, last);
                }
                long position = last;
                eventually(() -> b.isConnected() && get(b.last(ANNS)).position() == position);
                eventually(() -> failure(b.append(ANNS, before, bytes("late"))) instanceof RunReplication.Conflict);
                servers.get(killed).kill();
                // Those who were connected to it, and what it led, go to another one.
                eventually(() -> isAnswered(a.last(ANNS)) && isAnswered(b.last(ANNS)));
                servers.get(killed).start();
                // Until it has all of it again, the two others are needed.
                eventually(() -> areAllThereAgain(urls));
                eventually(() -> isAnswered(a.next(ANNS, 1)));
            }
        } finally {
            for (NatsProcess server : servers) {
                server.close();
            }
        }
    }

    private static boolean areAllThereAgain(String urls) throws Exception {
        Connection connection = Nats.connect(urls);
        try {
            ClusterInfo cluster = connection.jetStreamManagement().getStreamInfo("neurolink_runs").getClusterInfo();
            return cluster.getLeader() != null && cluster.getReplicas().size() == 2
                    && cluster.getReplicas().stream().allMatch(replica -> replica.isCurrent() && !replica.isOffline());
        } catch (IOException | JetStreamApiException notYet) {
            return false;
        } finally {
            connection.close();
        }
    }

    /** As the node of a run does it: what is not known to have arrived is looked for. */
    private static long appendSurely(RunReplication node, long after) throws Exception {
        while (true) {
            try {
                return get(node.append(ANNS, after, bytes("record")));
            } catch (RunReplication.Conflict e) {
                eventually(() -> isAnswered(node.last(ANNS)));
                return get(node.last(ANNS)).position();
            } catch (Exception e) {
                eventually(() -> node.isConnected() && isAnsweredOrEmpty(node.last(ANNS)));
            }
        }
    }

    private static boolean isAnsweredOrEmpty(CompletionStage<?> stage) throws Exception {
        return stage.handle((value, error) -> error == null).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static boolean isAnswered(CompletionStage<?> stage) throws Exception {
        return stage.handle((value, error) -> error == null && value != null).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void shouldRefuseBoundsThatMakeNoSense() throws Exception {
        NatsRunReplication.Builder builder = NatsRunReplication.builder(NatsClusterBus.builder(nats.url()).build());
        assertThrows(IllegalArgumentException.class, () -> builder.replicas(2));
        assertThrows(IllegalArgumentException.class, () -> builder.replicas(7));
        assertThrows(IllegalArgumentException.class, () -> builder.maxBytes(1000));
        assertThrows(IllegalArgumentException.class, () -> builder.maxAge(Duration.ofSeconds(1)));
    }
}

package io.neurolink.agent.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.nats.NatsNodes.Node;
import io.neurolink.agent.nats.NatsNodes.Peer;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.agent.spi.RunReplication.Key;
import io.neurolink.agent.support.CapturingLoggers;
import io.neurolink.agent.support.DocumentedNats;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.engine.ClusterConfig;
import io.neurolink.engine.client.ClientTlsConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The permissions that the documents give a node at NATS: with them everything works, and without any one of them somebody says so. */
@Timeout(300)
class NatsPermissionsIT {
    private static final Key ANNS = new Key("ann", "r", "");
    private static final String CREATE = "$JS.API.STREAM.CREATE.";

    /** Where no node may be forgotten, though one stood still for a while. */
    private static final Consumer<ClusterConfig.Builder> PATIENT = cluster -> cluster.nodeTimeout(Duration.ofSeconds(30));

    @TempDir
    private Path folder;
    private DocumentedNats documented;
    private NatsProcess nats;
    /** Null where NATS speaks no TLS. */
    private ClientTlsConfig tls;
    private final List<RunReplication> replications = new ArrayList<>();

    @BeforeEach
    void read() throws IOException {
        documented = DocumentedNats.read();
    }

    @AfterEach
    void stop() {
        replications.forEach(RunReplication::close);
        nats.close();
    }

    private NatsClusterBus.Builder bus(String user, String prefix) throws Exception {
        NatsClusterBus.Builder bus = NatsClusterBus.builder(
                (tls == null ? "nats" : "tls") + "://" + user + ":secret@localhost:" + nats.port()).prefix(prefix);
        return tls == null ? bus : bus.tls(tls);
    }

    private RunReplication replication(String user, String prefix, int maxMegabytes) throws Exception {
        RunReplication replication = NatsRunReplication.builder(bus(user, prefix).build()).maxBytes(maxMegabytes * 1024 * 1024).build();
        replications.add(replication);
        replication.start(new RunReplication.Listener() {
            @Override
            public CompletionStage<byte[]> onRequest(byte[] message) {
                return CompletableFuture.completedStage(message);
            }

            @Override
            public void onConnected() {
                // The test looks by itself.
            }
        });
        return replication;
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void shouldNeedNothingElse() throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        tls = ClientTlsConfig.defaults().trusting(certificate.chain());
        nats = NatsProcess.start(folder, documented.lines(folder, certificate, ""));
        try (NatsNodes nodes = new NatsNodes()) {
            Node a = nodes.start(bus("shop", "shop").build(), "a", config -> { }, PATIENT);
            Node b = nodes.start(bus("shop", "shop").build(), "b", config -> { }, PATIENT);
            NatsNodes.awaitEachOther(a, b);
            Peer ann = nodes.connect(b, "ann");
            ann.connection.send("news");
            Eventually.become(() -> b.counter("cluster.subscriptions") == 2, () -> "subscriptions: " + b.counter("cluster.subscriptions"));
            Eventually.become(() -> {
                a.manager.publish("news", "to the topic");
                a.manager.sendToUser("ann", "to ann");
                a.manager.broadcast("to all");
                return ann.received.containsAll(List.of("to the topic", "to ann", "to all"));
            }, () -> "got " + ann.received);
            var found = a.manager.cluster().getConnectionsByUser("ann").get(30, TimeUnit.SECONDS);
            a.manager.cluster().close(found.connections().get(0).id(), 4001, "").get(30, TimeUnit.SECONDS);
            assertEquals(4001, ann.closed.get(30, TimeUnit.SECONDS));
            for (Node node : List.of(a, b)) {
                assertTrue(node.events.stream().noneMatch(event -> event.contains("refuses")), () -> "events: " + node.events);
            }
        }
        shouldReplicate();
    }

    private void shouldReplicate() throws Exception {
        RunReplication first = replication("shop", "shop", 1);
        Eventually.become(first::isConnected, first::fault);
        // Another bound than the first one's: it changes the stream.
        RunReplication second = replication("shop", "shop", 2);
        Eventually.become(second::isConnected, second::fault);
        AtomicInteger changes = new AtomicInteger();
        second.watch(ANNS, changes::incrementAndGet);
        assertNull(get(second.last(ANNS)));
        long position = get(first.append(ANNS, RunReplication.NONE, bytes("one")));
        Eventually.become(() -> changes.get() == 1, () -> "told of " + changes);
        assertEquals(position, get(second.next(ANNS, 1)).position());
        assertEquals(position, get(second.find("ann", "r")).position());
        assertTrue(get(second.isKnown("r")));
        assertEquals("echo", new String(get(second.request(first.nodeId(), bytes("echo"))), StandardCharsets.UTF_8));
        second.trim(ANNS, Long.MAX_VALUE);
        Eventually.become(() -> {
            try {
                return get(first.last(ANNS)) == null;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }, () -> "it was not removed");
        assertNull(first.fault());
        assertNull(second.fault());
    }

    /** For each permission a deployment whose nodes lack it. */
    @Test
    void shouldNameThePermissionThatIsMissing() throws Exception {
        List<String> subjects = documented.subjects();
        StringBuilder users = new StringBuilder();
        for (int i = 0; i < subjects.size(); i++) {
            users.append(documented.user("all" + i, "p" + i, -1)).append(documented.user("lacks" + i, "p" + i, i));
        }
        nats = NatsProcess.start(folder, documented.lines(folder, null, users.toString()));
        for (int i = 0; i < subjects.size(); i++) {
            if (!subjects.get(i).startsWith(CREATE)) {
                replication("all" + i, "p" + i, 1);
            }
        }
        replications.forEach(all -> Eventually.become(all::isConnected, all::fault));
        List<RunReplication> lacking = new ArrayList<>();
        for (int i = 0; i < subjects.size(); i++) {
            lacking.add(replication("lacks" + i, "p" + i, 2));
        }
        for (int i = 0; i < subjects.size(); i++) {
            RunReplication node = lacking.get(i);
            String missing = subjects.get(i).replaceAll("^shop\\.>", "p" + i + ".").replaceAll("shop_runs$", "p" + i + "_runs");
            // The next try may fail in another way.
            AtomicReference<String> told = new AtomicReference<>();
            Eventually.become(() -> {
                told.set(node.fault());
                return told.get() != null && told.get().contains(missing);
            }, () -> missing + ": " + told);
            assertFalse(node.isConnected());
            String said = told.get();
            assertTrue(said.startsWith("Permissions Violation for "), said);
            String warning = "WARNING runs are not replicated: JetStream at nats://localhost:" + nats.port() + ": ";
            Eventually.become(() -> CapturingLoggers.lines().contains(warning + said), CapturingLoggers::traces);
        }
        // Where somebody else makes the stream nobody needs to.
        int create = subjects.indexOf(CREATE + "shop_runs");
        RunReplication maker = replication("all" + create, "p" + create, 2);
        Eventually.become(maker::isConnected, maker::fault);
        Eventually.become(lacking.get(create)::isConnected, lacking.get(create)::fault);
        assertNull(lacking.get(create).fault());
        int update = subjects.indexOf("$JS.API.STREAM.UPDATE.shop_runs");
        RunReplication same = replication("lacks" + update, "p" + update, 1);
        Eventually.become(same::isConnected, same::fault);
    }

    @Test
    void shouldServeAloneWithoutThePermissionToSpeakOrToListen() throws Exception {
        List<String> subjects = documented.subjects();
        int listen = subjects.size() - 1;
        nats = NatsProcess.start(folder,
                documented.lines(folder, null, documented.user("dumb", "shop", 0) + documented.user("deaf", "shop", listen)));
        try (NatsNodes nodes = new NatsNodes()) {
            Node dumb = nodes.startRefused(bus("dumb", "shop"), "dumb");
            Node deaf = nodes.startRefused(bus("deaf", "shop"), "deaf");
            for (Node node : List.of(dumb, deaf)) {
                String what = node == dumb ? "Publish" : "Subscription";
                assertTrue(node.events.peek().startsWith("lost NATS at nats://localhost:" + nats.port()
                        + " refuses its user: Permissions Violation for " + what + " to \"shop."), node.events::peek);
                assertTrue(node.events.peek().endsWith("; it must be allowed to publish and to subscribe to shop.>"), node.events::peek);
                assertFalse(node.manager.cluster().isConnected());
                Peer peer = nodes.connect(node);
                node.manager.broadcast("here");
                peer.awaitMessages(1);
                assertNotNull(peer.received.poll());
            }
            // Somebody mends that.
            nats.reload(documented.lines(folder, null, documented.user("dumb", "shop", -1) + documented.user("deaf", "shop", -1)));
            NatsNodes.awaitEachOther(dumb, deaf);
        }
    }
}

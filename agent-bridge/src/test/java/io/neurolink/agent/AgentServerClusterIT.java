package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.DocumentedNats;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.JarProcess;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.agent.support.TestCertificate;
import io.neurolink.agent.support.TestSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server as a node: {@code --cluster}, what its health says, and nodes and NATS killed. */
@Timeout(300)
class AgentServerClusterIT {
    @TempDir
    Path folder;

    private static JarProcess node(NatsProcess nats, String name) throws IOException {
        return JarProcess.start(Map.of("NEUROLINK_CLUSTER", nats.url()), "--port", "0", "--cluster-node", name, "--idle", "blocking");
    }

    private static String health(JarProcess server, String route) {
        try {
            var connection = (HttpURLConnection) URI.create(server.url().replace("ws:", "http:") + route).toURL().openConnection();
            assertEquals(200, connection.getResponseCode());
            return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitHealth(JarProcess server, String part) {
        Eventually.become(() -> health(server, "/api/health/websocket").contains(part), () -> health(server, "/api/health/websocket"));
    }

    @Test
    void shouldTellOfTheOtherNodesUntilTheyDie() throws Exception {
        try (NatsProcess nats = NatsProcess.start(folder, "jetstream { store_dir: \"" + folder.resolve("js") + "\" }");
                JarProcess a = node(nats, "a"); JarProcess b = node(nats, "b");
                JarProcess c = node(nats, "c"); TestSocket client = TestSocket.connect(b.url() + "/ws")) {
            client.next();
            awaitHealth(a, "\"cluster\":{\"node\":\"a\",\"connected\":true,\"connections\":1,");
            awaitHealth(a, "{\"node\":\"b\",\"connections\":1,");
            awaitHealth(a, "{\"node\":\"c\",\"connections\":0,");
            b.signal("KILL");
            c.signal("TERM");
            assertEquals(0, c.status());
            assertEquals(List.of(), complaints(c));
            Eventually.become(() -> !health(a, "/api/health/websocket").contains("\"node\":\"b\"")
                    && !health(a, "/api/health/websocket").contains("\"node\":\"c\""), () -> health(a, "/api/health/websocket"));
            a.signal("TERM");
            assertEquals(0, a.status());
            assertEquals(1, complaints(a).size(), a.stderr());
            assertTrue(complaints(a).get(0).startsWith("WARNING: node b of the cluster was not heard of for"), a.stderr());
        }
    }

    private static long refusals(NatsProcess nats) {
        try {
            return nats.log().lines().filter(line -> line.contains("Violation") && line.contains("$JS.API.DIRECT.GET.shop_runs")).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its warnings and errors, but for those of a NATS that was slow to answer. */
    private static List<String> complaints(JarProcess server) {
        return server.complaints().stream()
                .filter(line -> line.matches("[A-Z]+: .*") || line.contains("Exception") || line.contains("Error"))
                .filter(line -> !line.matches("WARNING: (the cluster's bus cannot be reached|runs are not replicated).*"
                        + "|INFO: the cluster's bus can be reached again.*")).toList();
    }

    @Test
    void shouldBeDegradedWithoutNatsAndServe() throws Exception {
        try (NatsProcess nats = NatsProcess.prepare(folder); JarProcess a = node(nats, "a")) {
            assertEquals("{\"status\":\"degraded\"}", health(a, "/api/health"));
            try (TestSocket client = TestSocket.connect(a.url() + "/ws/agent")) {
                client.next();
                client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"hello\",\"options\":{\"delayMs\":0}}}");
                assertTrue(client.nextOfType("response").contains("You said: hello"));
            }
            nats.start();
            Eventually.become(() -> health(a, "/api/health").equals("{\"status\":\"ok\"}"), () -> health(a, "/api/health"));
            nats.kill();
            Eventually.become(() -> health(a, "/api/health").equals("{\"status\":\"degraded\"}"), () -> health(a, "/api/health"));
        }
    }

    @Test
    void shouldBeDegradedWithoutAPermissionAndServeUntilItIsThere() throws Exception {
        DocumentedNats documented = DocumentedNats.read();
        TestCertificate certificate = TestCertificate.make(folder);
        int lacks = documented.subjects().indexOf("$JS.API.DIRECT.GET.shop_runs");
        try (NatsProcess nats = NatsProcess.start(folder,
                documented.lines(folder, certificate, documented.user("other", "shop", lacks)));
                JarProcess a = JarProcess.start(Map.of("NEUROLINK_CLUSTER", "tls://other:secret@localhost:" + nats.port()), "--port", "0",
                        "--cluster-prefix", "shop", "--cluster-tls-ca", certificate.chain().toString(), "--idle", "blocking")) {
            awaitHealth(a, "\"connected\":true");
            Eventually.become(() -> health(a, "/api/health").equals("{\"status\":\"degraded\"}"), () -> health(a, "/api/health"));
            try (TestSocket client = TestSocket.connect(a.url() + "/ws/agent")) {
                client.next();
                client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"hello\",\"options\":{\"delayMs\":0}}}");
                assertTrue(client.nextOfType("response").contains("You said: hello"));
            }
            // Refused once more, so it has complained of the first time.
            Eventually.become(() -> refusals(nats) >= 2, () -> refusals(nats) + " refusals");
            nats.reload(documented.lines(folder, certificate, documented.user("other", "shop", -1)));
            Eventually.become(() -> health(a, "/api/health").equals("{\"status\":\"ok\"}"), () -> health(a, "/api/health"));
            a.signal("TERM");
            assertEquals(0, a.status());
            assertTrue(a.complaints().contains("WARNING: runs are not replicated: JetStream at tls://localhost:" + nats.port()
                    + ": Permissions Violation for Publish to \"$JS.API.DIRECT.GET.shop_runs\""), a.stderr());
        }
    }
}

package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.JarProcess;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.agent.support.TestClient;
import io.neurolink.agent.support.WordReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three packaged servers, a NATS with JetStream, and clients that go from one to the other. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ClusterRunsIT {
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
        for (JarProcess node : nodes) {
            Eventually.become(() -> health(node).contains("\"runs.replication_connected\":1"), () -> health(node));
        }
    }

    private static String health(JarProcess node) {
        try (var in = URI.create(node.url().replace("ws:", "http:") + "/api/health/websocket").toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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

    @Test
    void shouldLoseAndDoubleNothingOnTheWayFromNodeToNode() throws Exception {
        int words = 60;
        WordReader reader = new WordReader();
        TestClient client = connect(0);
        client.send(stream("walk", words, 20));
        for (int hop = 1; reader.end() == null; hop++) {
            reader.read(client, reader.seq() + 4);
            client.close();
            client = connect(hop % NODES);
            client.send(about("resume", "walk", ",\"after\":" + reader.seq()));
        }
        client.close();
        assertEquals(WordReader.words(words), reader.text());
        assertEquals("stream_complete", reader.end().get("type"));
    }

    @Test
    void shouldCancelFromAnotherNodeAndRefuseToRunTwice() throws Exception {
        TestClient first = connect(0);
        first.send(stream("long", 10_000, 20));
        new WordReader().read(first, 3);
        TestClient second = connect(1);
        WordReader reader = new WordReader();
        second.send(about("resume", "long", ",\"after\":0"));
        reader.read(second, 5);
        first.close();
        TestClient third = connect(2);
        third.send(stream("long", 10_000, 20));
        assertEquals("DUPLICATE_REQUEST", third.next().get("code"));
        third.send(about("cancel", "long", ",\"reason\":\"enough\""));
        reader.read(second, Long.MAX_VALUE);
        assertEquals("cancelled", reader.end().get("type"));
        assertEquals("enough", reader.end().get("reason"));
        second.close();
        third.close();
    }

    @Test
    void shouldEndWhatADeadNodeLeft() throws Exception {
        TestClient first = connect(0);
        WordReader own = new WordReader();
        first.send(stream("left", 10_000, 10));
        own.read(first, 30);
        TestClient second = connect(1);
        WordReader other = new WordReader();
        second.send(about("resume", "left", ",\"after\":0"));
        other.read(second, 30);
        nodes.get(0).signal("KILL");
        other.read(second, Long.MAX_VALUE);
        assertEquals("MODEL_UNAVAILABLE", other.end().get("code"));
        assertEquals(true, other.end().get("retryable"));
        TestClient third = connect(2);
        third.send(about("resume", "left", ",\"after\":" + own.seq()));
        own.read(third, Long.MAX_VALUE);
        assertEquals("MODEL_UNAVAILABLE", own.end().get("code"));
        second.close();
        third.close();
    }

    @Test
    void shouldFinishOnADrainedNodeWhatIsReadFromAnother() throws Exception {
        TestClient first = connect(0);
        WordReader reader = new WordReader();
        first.send(stream("drained", 400, 20));
        reader.read(first, 10);
        nodes.get(0).signal("TERM");
        Map<String, Object> message = first.next();
        while (!"shutdown".equals(message.get("type"))) {
            message = first.next();
        }
        first.close();
        TestClient second = connect(1);
        second.send(about("resume", "drained", ",\"after\":" + reader.seq()));
        reader.read(second, Long.MAX_VALUE);
        second.close();
        assertEquals("stream_complete", reader.end().get("type"), () -> reader.end() + ", after " + reader.text());
        assertEquals(WordReader.words(400), reader.text());
        assertEquals(0, nodes.get(0).status());
    }
}

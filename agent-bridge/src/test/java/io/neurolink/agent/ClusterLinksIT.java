package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.FaultyLink;
import io.neurolink.agent.support.FaultyLink.Way;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.agent.support.TestClient;
import io.neurolink.agent.support.WordReader;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs on three servers, of which the first has a line to NATS that is cut, slow or dead; the JDK's WebSocket client on each of them. */
@Tag("faults")
@Timeout(300)
class ClusterLinksIT {
    private static final int ENDLESS = 10_000;

    @TempDir
    private Path folder;
    private NatsProcess nats;
    private FaultyLink link;
    private final List<RunningServer> servers = new ArrayList<>();
    private final List<TestClient> clients = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        nats = NatsProcess.start(folder, "jetstream { store_dir: \"" + folder.resolve("js") + "\" }");
        link = new FaultyLink(nats.port());
        for (String name : List.of("a", "b", "c")) {
            servers.add(RunningServer.start("--cluster", name.equals("a") ? link.url() : nats.url(), "--cluster-node", name,
                    "--event-loops", "1", "--workers", "1", "--idle", "blocking", "--auth", "bearer", "--token", "ann=0"));
        }
        for (int i = 0; i < servers.size(); i++) {
            int index = i;
            Eventually.become(() -> counter(index, "runs.replication_connected") == 1 && nodes(index) == 3, () -> health(index));
        }
    }

    @AfterEach
    void stop() throws IOException {
        clients.forEach(TestClient::close);
        link.heal();
        servers.forEach(RunningServer::close);
        link.close();
        nats.close();
    }

    private String get(int server, String route) {
        try {
            URI uri = URI.create("http://localhost:" + servers.get(server).port() + route);
            var connection = (HttpURLConnection) uri.toURL().openConnection();
            assertEquals(200, connection.getResponseCode());
            return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String health(int server) {
        return get(server, "/api/health/websocket");
    }

    private long counter(int server, String name) {
        Matcher matcher = Pattern.compile("\"" + Pattern.quote(name) + "\":(\\d+)").matcher(health(server));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }

    private long nodes(int server) {
        return Pattern.compile("\"silentMs\"").matcher(health(server)).results().count();
    }

    private TestClient connect(int server) throws InterruptedException {
        TestClient client = new TestClient(servers.get(server).port(), "/ws/agent?token=0");
        clients.add(client);
        return client;
    }

    /** A client that looks at one run. */
    private final class Viewer {
        private final TestClient client;
        private final String id;
        private WordReader reader = new WordReader();

        Viewer(int server, String id) throws InterruptedException {
            this.client = connect(server);
            this.id = id;
            assertEquals("connected", client.next().get("type"));
        }

        Viewer run(int words) {
            client.send("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\",\"options\":{\"words\":" + words
                    + ",\"delayMs\":20}}}");
            return this;
        }

        Viewer resume(long after) {
            reader = new WordReader(after);
            client.send("{\"type\":\"resume\",\"payload\":{\"requestId\":\"" + id + "\",\"after\":" + after + "}}");
            return this;
        }

        void cancel() {
            client.send("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"" + id + "\"}}");
        }

        Viewer read(long throughSeq) throws InterruptedException {
            reader.read(client, throughSeq);
            return this;
        }

        /** Reads so many events more. */
        void readOn(int count) throws InterruptedException {
            reader.read(client, reader.seq() + count);
        }

        String readAll() throws InterruptedException {
            read(Long.MAX_VALUE);
            return reader.text();
        }

        void assertLost() throws InterruptedException {
            String all = readAll();
            assertTrue(WordReader.words(ENDLESS).startsWith(all), all);
            assertEquals("MODEL_UNAVAILABLE", reader.end().get("code"));
            assertEquals(true, reader.end().get("retryable"));
        }
    }

    @Test
    void shouldKeepTextsWholeOnALineThatIsSlowAndCut() throws Exception {
        for (Way way : Way.values()) {
            link.delay(way, 200, 50);
            link.throttle(way, 100_000);
        }
        Viewer own = new Viewer(0, "slow").run(150);
        own.read(3);
        Viewer other = new Viewer(1, "slow").resume(0);
        for (int seq = 10; seq <= 90; seq += 40) {
            other.read(seq);
            link.cut();
            // On its own node the run goes on at once.
            own.readOn(5);
        }
        assertEquals(WordReader.words(150), own.readAll());
        assertEquals(WordReader.words(150), other.readAll());
        assertEquals("stream_complete", other.reader.end().get("type"));
        assertEquals(WordReader.words(150), new Viewer(2, "slow").resume(0).readAll());
        for (int server = 0; server < servers.size(); server++) {
            assertEquals(0, counter(server, "runs.takeovers") + counter(server, "runs.fenced") + counter(server, "runs.replication_gaps"));
        }
    }

    /** Nothing of what a node says gets through, and nobody is told: to the others it is dead, to its own clients it is not. */
    @Test
    void shouldEndForOthersWhatIsCutOffAndGoOnWithTheRest() throws Exception {
        String epoch = epoch(1);
        assertEquals(epoch, epoch(0));
        Viewer watched = new Viewer(0, "watched").run(ENDLESS).read(5);
        Viewer ahead = new Viewer(0, "ahead").run(ENDLESS).read(5);
        Viewer alone = new Viewer(0, "alone").run(ENDLESS).read(5);
        new Viewer(1, "elsewhere").run(ENDLESS).read(5);
        Viewer watching = new Viewer(1, "watched").resume(0).read(20);
        link.swallow();

        // Its own clients notice nothing, not even who begins something now.
        watched.readOn(50);
        alone.readOn(20);
        ahead.readOn(50);
        Viewer late = new Viewer(0, "late").run(ENDLESS).read(20);
        Viewer hopper = new Viewer(2, "ahead").resume(ahead.reader.seq());
        TestClient asking = connect(0);
        asking.send("{\"type\":\"resume\",\"payload\":{\"requestId\":\"elsewhere\",\"after\":0}}");

        watching.assertLost();
        // More was seen on its own node.
        watched.read(watching.reader.seq() + 1);
        hopper.read(Long.MAX_VALUE);
        assertEquals("MODEL_UNAVAILABLE", hopper.reader.end().get("code"));
        List<Map<String, Object>> said = asking.until("error");
        Map<String, Object> answer = said.get(said.size() - 1);
        assertEquals("MODEL_UNAVAILABLE", answer.get("code"));
        assertEquals("resume", answer.get("inReplyTo"));
        Eventually.become(() -> get(0, "/api/health").equals("{\"status\":\"degraded\"}"), () -> get(0, "/api/health"));
        assertEquals("{\"status\":\"ok\"}", get(1, "/api/health"));
        Eventually.become(() -> nodes(1) == 2, () -> health(1));
        alone.readOn(20);
        late.readOn(20);

        link.heal();
        // Whose run was ended without it is told so on its own node too.
        watched.assertLost();
        ahead.assertLost();
        assertEquals(2, counter(0, "runs.fenced"));
        assertEquals(2, counter(1, "runs.takeovers") + counter(2, "runs.takeovers"));
        // What nobody looked at from elsewhere was not ended, and is whole from its beginning on.
        for (Viewer here : List.of(alone, late)) {
            here.readOn(20);
            Viewer there = new Viewer(2, here.id).resume(0).read(here.reader.seq() + 20);
            there.cancel();
            String text = there.readAll();
            assertEquals("cancelled", there.reader.end().get("type"));
            assertTrue(WordReader.words(ENDLESS).startsWith(text), text);
            assertEquals(text, here.readAll());
        }
        Eventually.become(() -> get(0, "/api/health").equals("{\"status\":\"ok\"}") && nodes(0) == 3 && nodes(1) == 3, () -> health(0));
        assertEquals(epoch, epoch(0));
        assertEquals(epoch, epoch(1));
    }

    private String epoch(int server) throws InterruptedException {
        return (String) connect(server).next().get("epoch");
    }
}

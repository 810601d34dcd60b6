package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages in parts over real sockets, both ways, in every threading, and with little memory. */
@Timeout(300)
class StreamingTest {
    private static final long LENGTH = 24L * 1024 * 1024;
    private static final long HUGE = 512L * 1024 * 1024;

    static WebSocketConfig config(HandlerThreading threading, CompressionConfig compression) {
        return WebSocketConfig.builder().path("/ws").handlerThreading(threading).compression(compression).maxMessageSize(64 * 1024)
                .pingInterval(Duration.ofMillis(50)).pongTimeout(Duration.ofSeconds(60)).build();
    }

    static Stream<Arguments> ways() {
        return Modes.available().flatMap(threading -> Stream.of(CompressionConfig.off(), CompressionConfig.dedicated())
                .map(compression -> Arguments.of(threading, compression)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldCarryBothWaysWhatIsLargerThanAnyLimit(HandlerThreading threading, CompressionConfig compression) throws Exception {
        WebSocketConfig config = config(threading, compression);
        PartPeer served = new PartPeer();
        PartPeer asking = new PartPeer();
        try (TestServer server = TestServer.start(config, served);
                TestClient client = TestClient.start(asking, builder -> builder.config(config))) {
            WebSocketConnection connection = client.open(TestClient.uri(server.address(), "/ws"));
            asking.start(connection, LENGTH);
            assertEquals(PartPeer.sum(LENGTH), asking.next(), "what the server got");
            connection.send("send " + LENGTH);
            assertEquals(PartPeer.sum(LENGTH), asking.next(), "what the client got");
            assertEquals("done " + LENGTH, asking.next());
            connection.send("send 0");
            assertEquals(PartPeer.sum(0), asking.next());
            assertTrue(asking.longestPart() <= 64 * 1024 && served.longestPart() <= 64 * 1024, "short parts");
            Await.done(connection.close(1000, ""));
        }
    }

    @Test
    void shouldServeManyAtATime() throws Exception {
        WebSocketConfig config = config(HandlerThreading.WORKER, CompressionConfig.off());
        int count = 8;
        try (TestServer server = TestServer.start(config, new PartPeer());
                TestClient client = TestClient.start(new PartPeer(), builder -> builder.config(config))) {
            List<PartPeer> peers = new ArrayList<>();
            List<WebSocketConnection> connections = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                PartPeer peer = new PartPeer();
                peers.add(peer);
                connections.add(Await.done(client.client().connect(TestClient.uri(server.address(), "/ws"), peer)));
                peer.start(connections.get(i), LENGTH / 8 + i);
                connections.get(i).send("send " + (LENGTH / 8 - i));
            }
            for (int i = 0; i < count; i++) {
                List<String> told = new ArrayList<>(List.of(peers.get(i).next(), peers.get(i).next(), peers.get(i).next()));
                String got = PartPeer.sum(LENGTH / 8 - i);
                assertTrue(told.remove(got) && told.remove(PartPeer.sum(LENGTH / 8 + i)) && told.remove("done " + (LENGTH / 8 - i)),
                        told::toString);
            }
            connections.forEach(connection -> Await.done(connection.close(1000, "")));
        }
    }

    /** The server has 64 MiB of heap and as much direct memory; the messages are eight times as large. */
    @Test
    void shouldNeedLittleMemory() throws Exception {
        Process server = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
                "-XX:MaxDirectMemorySize=64m", "-XX:+ExitOnOutOfMemoryError", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), PartPeer.class.getName()).start();
        CompletableFuture<List<String>> errors = new CompletableFuture<>();
        Thread reader = new Thread(() -> errors.complete(server.errorReader().lines().toList()));
        reader.setDaemon(true);
        reader.start();
        PartPeer asking = new PartPeer();
        try (TestClient client = TestClient.start(asking,
                builder -> builder.config(config(HandlerThreading.WORKER, CompressionConfig.off())))) {
            WebSocketConnection connection = client.open(uri(server.inputReader(), errors));
            asking.start(connection, HUGE);
            assertEquals(PartPeer.sum(HUGE), asking.next());
            connection.send("send " + HUGE);
            assertEquals(PartPeer.sum(HUGE), asking.next());
            assertEquals("done " + HUGE, asking.next());
            Await.done(connection.close(1000, ""));
            server.toHandle().destroy();
            assertTrue(server.waitFor(60, TimeUnit.SECONDS));
            assertEquals(List.of(), errors.get(60, TimeUnit.SECONDS));
        } finally {
            server.destroyForcibly();
        }
    }

    private static URI uri(BufferedReader out, CompletableFuture<List<String>> errors) throws IOException {
        String line = out.readLine();
        assertNotNull(line, () -> "the server did not start: " + errors.join());
        return URI.create("ws://127.0.0.1:" + line + "/ws");
    }
}

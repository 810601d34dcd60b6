package io.neurolink.perf.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.neurolink.perf.server.Certificate;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;

/** Every peer starts, does what it is for, and stops. */
@Timeout(120)
class PeersTest {
    private static final Map<String, PeerServer.Starter> PEERS = new TreeMap<>(Map.of("netty", NettyPeer::start,
            "netty-epoll", NettyEpollPeer::start, "jetty", JettyPeer::start, "undertow", UndertowPeer::start,
            "vertx", VertxPeer::start, "java-websocket", JavaWebSocketPeer::start, "nio-floor", NioFloor::start));

    private final HttpClient http = HttpClient.newHttpClient();

    /** From JDK 24 on the JVM warns of native code and of Unsafe unless flags allow them, which {@code compare} gives, but no test has. */
    private static boolean isSilentWithLibraries() {
        return Runtime.version().feature() < 24;
    }

    private static PeerServer start(String name, String... args) throws Exception {
        assumeTrue(name.equals("nio-floor") || isSilentWithLibraries(), "the JVM would warn of what the libraries do");
        assumeTrue(!name.equals("netty-epoll") || Epoll.isAvailable(), "not a Linux that Netty knows");
        return PEERS.get(name).start(PeerOptions.parse(args));
    }

    @ParameterizedTest
    @ValueSource(strings = {"netty", "netty-epoll", "jetty", "undertow", "vertx", "java-websocket", "nio-floor"})
    void shouldEchoTextAndBinary(String name) throws Exception {
        PeerServer server = start(name, "--port", "0");
        try (server) {
            PeerClient client = new PeerClient(http, "ws://127.0.0.1:" + server.port() + "/any/path");
            assertEquals("hello ✓", client.sendText("hello ✓").next());
            assertEquals("0102ff", client.sendBinary((byte) 1, (byte) 2, (byte) 0xFF).next());
            assertEquals("", client.sendText("").next());
            byte[] large = new byte[300_001];
            for (int i = 0; i < large.length; i++) {
                large[i] = (byte) (i * 31);
            }
            assertEquals(HexFormat.of().formatHex(large), client.sendBinary(large).next());
            assertEquals("after", client.sendText("after").next());
            client.close();
        }
        try (ServerSocket free = new ServerSocket()) {
            free.setReuseAddress(true);
            free.bind(new InetSocketAddress(PeerOptions.HOST, server.port()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"netty", "netty-epoll", "jetty", "undertow", "vertx", "java-websocket", "nio-floor"})
    void shouldBroadcastToEverybody(String name) throws Exception {
        try (PeerServer server = start(name, "--port", "0", "--broadcast")) {
            PeerClient one = new PeerClient(http, "ws://127.0.0.1:" + server.port() + "/");
            // Its echo tells that the server knows it, which some learn only after they sent the answer.
            assertEquals("first", one.sendText("first").next());
            PeerClient two = new PeerClient(http, "ws://127.0.0.1:" + server.port() + "/");
            assertEquals("second", two.sendText("second").next());
            assertEquals("second", one.next());
            one.sendBinary((byte) 7);
            assertEquals("07", one.next());
            assertEquals("07", two.next());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"netty", "netty-epoll", "jetty", "undertow", "vertx", "java-websocket"})
    void shouldEchoOverTls(String name) throws Exception {
        try (Certificate certificate = Certificate.make();
                PeerServer server = start(name, "--port", "0", "--compression", "--tls-cert", certificate.chain().toString(),
                        "--tls-key", certificate.key().toString())) {
            HttpClient client = HttpClient.newBuilder().sslContext(certificate.trust()).build();
            assertEquals("secret", new PeerClient(client, "wss://127.0.0.1:" + server.port() + "/").sendText("secret").next());
        }
    }

    @Test
    void shouldRefuseWhatAFloorCannot() {
        assertThrows(IllegalArgumentException.class, () -> start("nio-floor", "--port", "0", "--compression"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--broadcast", "--port x", "--port 0 --tls-key key.pem", "--port 0 --unknown"})
    void shouldComplainOfBadOptions(String line) {
        assertThrows(ParameterException.class, () -> PeerOptions.parse(line.split(" ")));
    }
}

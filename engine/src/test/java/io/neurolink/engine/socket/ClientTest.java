package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketHandshakeError;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against the server, on real sockets. */
@Timeout(300)
class ClientTest {
    private static final int LARGE = 2 * 1024 * 1024;

    /** Keeps what comes in. */
    static final class Inbox implements WebSocketHandler {
        final LinkedBlockingQueue<Object> messages = new LinkedBlockingQueue<>();
        final LinkedBlockingQueue<String> closes = new LinkedBlockingQueue<>();

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            messages.add(message.isText() ? message.text() : message.toByteArray());
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            closes.add((code + " " + reason).trim());
        }

        Object next() throws InterruptedException {
            Object message = messages.poll(Await.TIMEOUT_S, TimeUnit.SECONDS);
            assertNotNull(message, "no message came");
            return message;
        }

        String close() throws InterruptedException {
            String close = closes.poll(Await.TIMEOUT_S, TimeUnit.SECONDS);
            assertNotNull(close, "the connection was not closed");
            return close;
        }
    }

    static WebSocketConfig.Builder config(HandlerThreading threading) {
        return WebSocketConfig.builder().path("/ws").maxMessageSize(LARGE).maxBufferedBytes(64 * LARGE).maxConnections(2000)
                .handlerThreading(threading).pingInterval(Duration.ZERO);
    }

    private static TestServer echo(HandlerThreading threading) throws IOException {
        return TestServer.start(config(threading).build(), TestServer.ECHO);
    }

    static java.util.stream.Stream<HandlerThreading> threadings() {
        return Modes.available();
    }

    @ParameterizedTest
    @MethodSource("threadings")
    void shouldSendAndReceiveMessagesOfAllSizes(HandlerThreading threading) throws Exception {
        Inbox inbox = new Inbox();
        try (TestServer server = echo(threading);
                TestClient client = TestClient.start(inbox, builder -> builder.config(config(threading).build()))) {
            WebSocketConnection connection = client.open(TestClient.uri(server.address(), "/ws"));
            for (int size : new int[] {0, 1, 3, 4, 7, 8, 9, 125, 126, 1000, 32_767, 32_768, 65_535, 65_536, 262_144, 524_288, LARGE}) {
                byte[] payload = new byte[size];
                new Random(size).nextBytes(payload);
                assertEquals(SendResult.ACCEPTED, connection.send(ByteBuffer.wrap(payload)));
                assertArrayEquals(payload, (byte[]) inbox.next(), () -> "size " + size);
                String text = "é".repeat(size / 2);
                assertEquals(SendResult.ACCEPTED, connection.send(text));
                assertEquals(text, inbox.next());
            }
            assertEquals("/ws", connection.path());
            assertEquals(server.address().getPort(), connection.remoteAddress().getPort());
            assertNull(connection.user());
            Await.done(connection.close(1000, "done"));
            assertEquals("1000 done", inbox.close());
            assertFalse(connection.isOpen());
            assertEquals(SendResult.CLOSED, connection.send("too late"));
        }
    }

    @ParameterizedTest
    @EnumSource(CompressionConfig.Mode.class)
    void shouldSendAndReceiveCompressed(CompressionConfig.Mode mode) throws Exception {
        Inbox inbox = new Inbox();
        CompressionConfig compression = CompressionConfig.of(mode).withThreshold(0);
        WebSocketConfig config = config(HandlerThreading.INLINE).compression(compression).build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO);
                TestClient client = TestClient.start(inbox, builder -> builder.config(config))) {
            WebSocketConnection connection = client.open(TestClient.uri(server.address(), "/ws"));
            for (int size : new int[] {0, 1, 2, 126, 1000, 65_536, 300_000, LARGE}) {
                String text = "all the same ".repeat(size / 13 + 1).substring(0, size);
                connection.send(text);
                assertEquals(text, inbox.next(), () -> "size " + size);
                byte[] noise = new byte[size];
                new Random(size).nextBytes(noise);
                connection.send(ByteBuffer.wrap(noise));
                assertArrayEquals(noise, (byte[]) inbox.next(), () -> "size " + size);
            }
            assertEquals(mode != CompressionConfig.Mode.OFF, client.counter("messages.deflated") > 0);
        }
    }

    /** Answers on the loop go through the cork, gathered in one write, or piece by piece where they do not fit. */
    @ParameterizedTest
    @MethodSource("threadings")
    void shouldAnswerFromItsHandler(HandlerThreading threading) throws Exception {
        Inbox got = new Inbox();
        List<byte[]> sent = new ArrayList<>();
        WebSocketHandler sender = new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                for (int size : new int[] {0, 5, 5, 130, 70_000, 1, 200_000, 300_000, 16, LARGE}) {
                    byte[] payload = new byte[size];
                    new Random(size + 1).nextBytes(payload);
                    sent.add(payload);
                    connection.send(ByteBuffer.wrap(payload));
                }
            }

            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                got.onMessage(connection, message);
            }
        };
        try (TestServer server = TestServer.start(config(HandlerThreading.INLINE).build(), sender);
                TestClient client = TestClient.start(TestServer.ECHO, builder -> builder.config(config(threading).build()))) {
            client.open(TestClient.uri(server.address(), "/ws"));
            for (int i = 0; i < 10; i++) {
                byte[] echoed = (byte[]) got.next();
                assertArrayEquals(sent.get(i), echoed, "message " + i);
            }
        }
    }

    @Test
    void shouldLeaveWhatItEchoesAsItWas() throws Exception {
        LinkedBlockingQueue<Boolean> same = new LinkedBlockingQueue<>();
        WebSocketHandler handler = new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                byte[] before = message.toByteArray();
                connection.send(message);
                same.add(java.util.Arrays.equals(before, message.toByteArray()));
            }
        };
        WebSocketHandler sender = new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            }

            @Override
            public void onOpen(WebSocketConnection connection) {
                connection.send(ByteBuffer.allocate(5000));
                connection.send(ByteBuffer.allocate(100_000));
            }
        };
        try (TestServer server = TestServer.start(config(HandlerThreading.INLINE).build(), sender);
                TestClient client = TestClient.start(handler, builder -> builder.config(config(HandlerThreading.INLINE).build()))) {
            client.open(TestClient.uri(server.address(), "/ws"));
            assertEquals(Boolean.TRUE, same.poll(Await.TIMEOUT_S, TimeUnit.SECONDS));
            assertEquals(Boolean.TRUE, same.poll(Await.TIMEOUT_S, TimeUnit.SECONDS));
        }
    }

    @Test
    void shouldAgreeOnSubprotocolAndSendHeaders() throws Exception {
        WebSocketConfig config = WebSocketConfig.builder().subprotocols("two", "three")
                .auth(AuthConfig.bearerTokens(Map.of("secret", AuthenticatedUser.of("ada"))).required(true).build()).build();
        try (TestServer server = TestServer.start(config, new Inbox()); TestClient client = TestClient.start(new Inbox())) {
            URI uri = TestClient.uri(server.address(), "/ws?x=1");
            ConnectOptions options = ConnectOptions.defaults().subprotocols("one", "two").header("Authorization", "Bearer secret");
            assertEquals("two", Await.done(client.connect(uri, options)).subprotocol());
            assertNull(Await.done(client.connect(uri, options.subprotocols("four"))).subprotocol());

            WebSocketHandshakeError refused = client.refused(WebSocketHandshakeError.class, uri, ConnectOptions.defaults());
            assertEquals(401, refused.status());
            assertEquals("Unauthorized", refused.reason());
            assertEquals("the server answered 401 Unauthorized instead of 101", refused.getMessage());
            assertEquals(1, refused.headers("www-authenticate").size());
            assertTrue(refused.body().contains("WebSocketConnectionError"), refused::body);
        }
    }

    /** It has a port, which nobody else gets meanwhile, and does not listen. */
    static Socket deafSocket() throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
    }

    @Test
    void shouldSayWhyThereIsNoConnection() throws Exception {
        try (Socket deaf = deafSocket(); TestServer server = echo(HandlerThreading.INLINE);
                TestClient client = TestClient.start(new Inbox())) {
            int deafPort = deaf.getLocalPort();
            var refused = client.refused(WebSocketConnectionError.class, URI.create("ws://127.0.0.1:" + deafPort + "/"),
                    ConnectOptions.defaults());
            assertEquals("cannot connect to 127.0.0.1:" + deafPort + ": Connection refused", refused.getMessage());
            assertEquals(ConnectException.class, refused.getCause().getClass());

            var unknown = client.refused(WebSocketConnectionError.class, URI.create("ws://no-such-host.invalid/"),
                    ConnectOptions.defaults().timeout(Duration.ofSeconds(50)));
            assertEquals("cannot find the address of no-such-host.invalid", unknown.getMessage());
            assertEquals(UnknownHostException.class, unknown.getCause().getClass());

            var notFound = client.refused(WebSocketHandshakeError.class, TestClient.uri(server.address(), "/elsewhere"),
                    ConnectOptions.defaults());
            assertEquals(404, notFound.status());
            assertTrue(notFound.body().contains("there is no WebSocket at this path"), notFound::body);
            assertEquals(1, client.counter("client.connects.refused"));
            assertEquals(2, client.counter("client.connects.failed"));
        }
    }

    @Test
    void shouldHoldThousandConnectionsOnOneLoop() throws Exception {
        int count = 1000;
        AtomicInteger answers = new AtomicInteger();
        WebSocketHandler handler = new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                connection.send("hello " + connection.id());
            }

            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                if (message.text().equals("hello " + connection.id())) {
                    answers.incrementAndGet();
                }
            }
        };
        try (TestServer server = echo(HandlerThreading.INLINE);
                TestClient client = TestClient.start(handler, builder -> builder.config(config(HandlerThreading.INLINE).build()))) {
            List<CompletableFuture<WebSocketConnection>> opening = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                opening.add(client.connect(TestClient.uri(server.address(), "/ws"),
                        ConnectOptions.defaults().timeout(Duration.ofSeconds(60))));
            }
            opening.forEach(Await::done);
            Await.untilEquals(count, answers::get);
            assertEquals(count, client.client().connectionCount());
            assertEquals(count, server.manager().getConnectionCount());
        }
    }

    @Test
    void shouldRefuseMoreConnectionsThanItMayHave() throws Exception {
        Inbox inbox = new Inbox();
        try (TestServer server = echo(HandlerThreading.INLINE);
                TestClient client = TestClient.start(inbox,
                        builder -> builder.config(WebSocketConfig.builder().maxConnections(2).build()))) {
            URI uri = TestClient.uri(server.address(), "/ws");
            client.open(uri);
            WebSocketConnection second = client.open(uri);
            var error = client.refused(WebSocketConnectionError.class, uri, ConnectOptions.defaults());
            assertEquals("Maximum connections (2) reached", error.getMessage());
            Await.done(second.close(1000, ""));
            client.open(uri);
        }
    }

    @Test
    void shouldCloseWhatTheServerCloses() throws Exception {
        Inbox inbox = new Inbox();
        try (TestServer server = echo(HandlerThreading.WORKER); TestClient client = TestClient.start(inbox)) {
            client.open(TestClient.uri(server.address(), "/ws"));
            server.manager().closeAll(4000, "enough");
            assertEquals("4000 enough", inbox.close());
        }
    }

    @Test
    void shouldAnswerPingsAndMeasureTheWay() throws Exception {
        try (TestServer server = TestServer.start(WebSocketConfig.builder().pingInterval(Duration.ofMillis(20))
                        .pongTimeout(Duration.ofSeconds(50)).build(), new Inbox());
                TestClient client = TestClient.start(new Inbox(),
                        builder -> builder.config(WebSocketConfig.builder().pingInterval(Duration.ofMillis(20))
                                .pongTimeout(Duration.ofSeconds(50)).build()))) {
            WebSocketConnection connection = client.open(TestClient.uri(server.address(), "/ws"));
            Await.until("round trip time", () -> connection.roundTripTime() != null);
            Await.until("pongs of the client", () -> server.counter("pongs.in") >= 3);
            assertTrue(client.counter("pongs.in") >= 1);
        }
    }

    @ParameterizedTest
    @EnumSource(value = HandlerThreading.class, names = {"INLINE", "WORKER"})
    void shouldShareTheLoopsOfAServer(HandlerThreading threading) throws Exception {
        Inbox inbox = new Inbox();
        try (TestServer server = TestServer.start(
                config(HandlerThreading.WORKER).build(), TestServer.ECHO, builder -> builder.eventLoops(2))) {
            for (int round = 0; round < 3; round++) {
                TestClient client = TestClient.start(inbox,
                        builder -> builder.loopsOf(server.server()).config(config(threading).build()));
                for (int i = 0; i < 4; i++) {
                    WebSocketConnection connection = client.open(TestClient.uri(server.address(), "/ws"));
                    connection.send("round " + round);
                    assertEquals("round " + round, inbox.next());
                }
                client.closeSharing();
                for (int i = 0; i < 4; i++) {
                    assertEquals("1001 client closed", inbox.close());
                }
            }
        }
    }

    @Test
    void shouldNotShareTheLoopsOfAServerThatCannotCallItsHandlers() throws Exception {
        try (TestServer server = echo(HandlerThreading.INLINE)) {
            WebSocketClient.Builder builder = WebSocketClient.builder().loopsOf(server.server());
            var error = assertThrows(IllegalStateException.class, builder::build);
            assertEquals("handlerThreading WORKER needs workers, and the server has none: none of its managers wants any",
                    error.getMessage());
        }
    }

    @Test
    void shouldGiveUpWhatIsCancelled() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestClient client = TestClient.start(new Inbox())) {
            URI uri = URI.create("ws://127.0.0.1:" + silent.getLocalPort() + "/");
            CompletableFuture<WebSocketConnection> attempt = client.connect(uri, ConnectOptions.defaults());
            silent.accept().close();
            TestClient.failure(WebSocketConnectionError.class, attempt);
            CompletableFuture<WebSocketConnection> unwanted = client.connect(uri, ConnectOptions.defaults());
            unwanted.cancel(true);
            Await.untilEquals(1L, () -> client.counter("client.connects.cancelled"));
        }
    }

    @Test
    void shouldTellThoseWhoWaitWhenItIsClosed() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            TestClient client = TestClient.start(new Inbox());
            URI uri = URI.create("ws://127.0.0.1:" + silent.getLocalPort() + "/");
            CompletableFuture<WebSocketConnection> attempt = client.connect(uri, ConnectOptions.defaults());
            client.close();
            assertEquals("the client was closed", TestClient.failure(WebSocketConnectionError.class, attempt).getMessage());
            assertEquals("the client is closed",
                    client.refused(WebSocketConnectionError.class, uri, ConnectOptions.defaults()).getMessage());
            client.client().close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost/", "localhost", "ws:///x", "ws://user:pw@localhost/", "ws://localhost/#part", "ws://localhost:0/",
        "ws://localhost:65536/", "wss:opaque", "ws://[fe80::1%25lo]/"})
    void shouldRefuseWhatIsNoAddressOfAWebSocket(String address) {
        try (WebSocketClient client = WebSocketClient.builder().build()) {
            var error = assertThrows(IllegalArgumentException.class, () -> client.connect(URI.create(address), new Inbox()));
            assertTrue(error.getMessage().startsWith("the address of a WebSocket must"), error::getMessage);
            assertFalse(error.getMessage().contains("pw"), error::getMessage);
        }
    }

    @Test
    void shouldConnectToAnAddressOfIpv6() throws Exception {
        Inbox inbox = new Inbox();
        InetSocketAddress address = new InetSocketAddress("::1", 0);
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address);
        } catch (IOException noIpv6Here) {
            org.junit.jupiter.api.Assumptions.abort("this machine has no IPv6");
        }
        try (TestServer server = TestServer.start(config(HandlerThreading.INLINE).build(), TestServer.ECHO, builder -> builder.host("::1"));
                TestClient client = TestClient.start(inbox)) {
            client.open(URI.create("ws://[::1]:" + server.address().getPort() + "/ws")).send("six");
            assertEquals("six", inbox.next());
        }
    }

    @ParameterizedTest
    @EnumSource(IdleMode.class)
    void shouldWorkInAllIdleModes(IdleMode mode) throws Exception {
        Inbox inbox = new Inbox();
        try (TestServer server = echo(HandlerThreading.INLINE);
                TestClient client = TestClient.start(inbox, builder -> builder.idleMode(mode))) {
            client.open(TestClient.uri(server.address(), "/ws")).send("hi");
            assertEquals("hi", inbox.next());
        }
    }
}

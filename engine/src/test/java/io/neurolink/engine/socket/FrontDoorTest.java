package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.tls.TestCertificate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The limits that hold before there is a WebSocket, over real sockets and several loops. */
class FrontDoorTest {
    private static final int CROWD = 40;
    private static final int ROOM = 7;
    private static final byte[] PROXY_HEADER = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "2111000c" + "c0000201" + "0a000001"
            + "dc0401bb");

    private static TestServer start(WebSocketConfig.Builder config, Consumer<NeuroLinkServer.Builder> change) throws IOException {
        return TestServer.start(config.build(), TestServer.ECHO, change);
    }

    /** @return the statuses of the answers; 0 where the connection was closed without one. */
    private static List<Integer> upgradeAll(List<RawClient> crowd, Consumer<RawClient> request) throws IOException {
        for (RawClient client : crowd) {
            request.accept(client);
        }
        List<Integer> statuses = new ArrayList<>();
        for (RawClient client : crowd) {
            try {
                statuses.add(client.readAnswer().status());
            } catch (IOException | AssertionError closed) {
                statuses.add(0);
            }
        }
        return statuses;
    }

    private static void send(RawClient client, byte[] bytes) {
        try {
            client.send(bytes);
        } catch (IOException closedAlready) {
            assertTrue(client.socket().isConnected());
        }
    }

    private static List<RawClient> connectAll(TestServer server) throws IOException {
        List<RawClient> crowd = new ArrayList<>();
        for (int i = 0; i < CROWD; i++) {
            crowd.add(RawClient.connect(server.address()));
        }
        return crowd;
    }

    private static void closeAll(List<RawClient> crowd) throws IOException {
        for (RawClient client : crowd) {
            client.close();
        }
    }

    @Test
    void shouldTakeExactlyAsManySocketsOfAnAddressAsItMayHave() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(), builder -> builder.eventLoops(2).maxConnectionsPerAddress(ROOM))) {
            List<RawClient> crowd = connectAll(server);
            List<Integer> statuses = upgradeAll(crowd, client -> send(client, RawClient.upgradeRequest("/ws")));

            assertEquals(ROOM, statuses.stream().filter(status -> status == 101).count());
            assertEquals(CROWD - ROOM, server.counter("sockets.refused.address_limit"));
            closeAll(crowd);
            server.awaitCounter("sockets.open", 0);
            server.open().close();
        }
    }

    @Test
    void shouldAdmitExactlyAsManyClientsOfAnAddressThatAProxyNames() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(),
                builder -> builder.eventLoops(2).maxConnectionsPerAddress(ROOM).trustedProxies("127.0.0.1"))) {
            List<RawClient> crowd = connectAll(server);
            List<Integer> statuses = upgradeAll(crowd, client -> send(client,
                    RawClient.upgradeRequest("/ws", "X-Forwarded-For: 192.0.2.1")));

            assertEquals(ROOM, statuses.stream().filter(status -> status == 101).count());
            assertEquals(CROWD - ROOM, statuses.stream().filter(status -> status == 503).count());
            closeAll(crowd);
            server.awaitCounter("sockets.open", 0);
            server.open("X-Forwarded-For: 192.0.2.1").close();
        }
    }

    @Test
    void shouldAdmitExactlyAsManyConnectionsOfAUser() throws IOException {
        WebSocketConfig.Builder config = WebSocketConfig.builder().maxConnectionsPerUser(ROOM)
                .auth(AuthConfig.bearer(AuthenticatedUser::of).build());
        try (TestServer server = start(config, builder -> builder.eventLoops(2))) {
            List<RawClient> crowd = connectAll(server);
            List<Integer> statuses = upgradeAll(crowd, client -> send(client, RawClient.upgradeRequest("/ws?token=ann")));

            assertEquals(ROOM, statuses.stream().filter(status -> status == 101).count());
            assertEquals(CROWD - ROOM, statuses.stream().filter(status -> status == 503).count());
            closeAll(crowd);
            server.awaitCounter("sockets.open", 0);
            server.open("Authorization: Bearer ann").close();
        }
    }

    @Test
    void shouldStopAskingTheAuthenticatorOfAnAddressThatGuesses() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        WebSocketConfig.Builder config = WebSocketConfig.builder().auth(AuthConfig.bearer(token -> {
            asked.incrementAndGet();
            return null;
        }).required(true).build());
        try (TestServer server = start(config, builder -> builder.maxFailedUpgradesPerMinute(2))) {
            for (int i = 0; i < 10; i++) {
                try (RawClient client = RawClient.connect(server.address())) {
                    HttpAnswer answer = client.upgrade("/ws?token=guess" + i);
                    assertEquals(i < 2 ? 401 : 429, answer.status());
                    assertEquals(i >= 2, answer.header("Retry-After") != null);
                    client.expectEnd();
                }
            }
            assertEquals(2, asked.get());
            assertEquals(8, server.counter("upgrades.refused.too_many_failures"));
        }
    }

    /** Many silent ones do not keep out one that means well. */
    @Test
    void shouldServeANewcomerWhileSilentSocketsFillTheServer() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(), builder -> builder.eventLoops(1).maxHandshakes(ROOM))) {
            List<RawClient> crowd = connectAll(server);
            for (int i = 0; i < 3; i++) {
                try (RawClient client = server.open()) {
                    client.send(Frames.text("hello"));
                    client.expect(Frame.text("hello"));
                }
            }
            assertTrue(server.counter("handshakes.dropped") >= CROWD - ROOM, () -> server.server().counters().toString());
            closeAll(crowd);
        }
    }

    @Test
    void shouldAnswerForARouteThatHangs() throws IOException {
        CompletableFuture<HttpResponse> never = new CompletableFuture<>();
        try (TestServer server = start(WebSocketConfig.builder(), builder -> builder.routeTimeout(java.time.Duration.ofMillis(50)))) {
            server.server().registerRoute(new HttpRoute("GET", "/never", request -> never, "", List.of()));
            try (RawClient client = RawClient.connect(server.address())) {
                client.send("GET /api/never HTTP/1.1\r\nHost: a\r\n\r\n");
                assertEquals(503, client.readAnswer().status());
                client.expectEnd();
            }
            assertEquals(1, server.counter("timeouts.route"));
        }
    }

    @Test
    void shouldLetThoseWaitForWhomThereIsNoRoomWhileOthersWaitForTheServer() throws Exception {
        CompletableFuture<AuthDecision> undecided = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(1);
        WebSocketConfig.Builder config = WebSocketConfig.builder().auth(AuthConfig.custom((request, credential) -> {
            asked.countDown();
            return undecided;
        }).build());
        try (TestServer server = start(config, builder -> builder.eventLoops(1).maxHandshakes(1));
                RawClient first = RawClient.connect(server.address())) {
            first.send(RawClient.upgradeRequest("/ws"));
            asked.await();
            try (RawClient second = RawClient.connect(server.address())) {
                second.send(RawClient.upgradeRequest("/ws"));
                undecided.complete(AuthDecision.accepted(AuthenticatedUser.of("ann")));
                first.upgraded(first.readAnswer());
                second.upgraded(second.readAnswer());
                first.closeNormally();
                second.closeNormally();
            }
            assertEquals(0, server.counter("sockets.refused"));
            assertEquals(0, server.counter("handshakes.dropped"));
        }
    }

    @Test
    void shouldReadAProxyHeaderBeforeTls() throws IOException {
        TestCertificate certificate = TestCertificate.localhost();
        try (TestServer server = start(WebSocketConfig.builder(), builder -> builder.proxyProtocol(true).trustedProxies("127.0.0.1")
                .tls(TlsConfig.pem(certificate.chain(), certificate.key())))) {
            RawClient plain = RawClient.connect(server.address());
            plain.sendChopped(PROXY_HEADER, 5);
            SSLSocket socket = (SSLSocket) certificate.trustingContext().getSocketFactory()
                    .createSocket(plain.socket(), "localhost", server.address().getPort(), true);
            try (RawClient client = RawClient.over(socket)) {
                client.upgraded(client.upgrade("/ws"));
                client.send(Frames.text("through"));
                client.expect(Frame.text("through"));
                WebSocketConnection connection = server.manager().getAllConnections().get(0);
                assertEquals(new InetSocketAddress("192.0.2.1", 0xDC04), connection.remoteAddress());
                assertEquals(plain.socket().getLocalSocketAddress(), connection.peerAddress());
                client.closeNormally();
            }
            assertEquals(1, server.counter("proxy.headers"));
            assertEquals(1, server.counter("tls.handshakes.completed"));
        }
    }

    @Test
    void shouldReadAProxyLineAndTheRequestBehindItInOnePacket() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(), builder -> builder.proxyProtocol(true).trustedProxies("127.0.0.0/8"));
                RawClient client = RawClient.connect(server.address())) {
            client.send(("PROXY TCP6 2001:db8::1 ::1 5 6\r\n" + new String(RawClient.upgradeRequest("/ws"), StandardCharsets.ISO_8859_1))
                    .getBytes(StandardCharsets.ISO_8859_1));
            client.upgraded(client.readAnswer());
            assertEquals(new InetSocketAddress("2001:db8::1", 5), server.manager().getAllConnections().get(0).remoteAddress());
            client.closeNormally();
        }
    }

    @Test
    void shouldCloseConnectionsWithoutTheHeaderOrFromElsewhere() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(), builder -> builder.proxyProtocol(true).trustedProxies("127.0.0.1"));
                RawClient client = RawClient.connect(server.address())) {
            client.send(RawClient.upgradeRequest("/ws"));
            server.awaitCounter("proxy.headers.refused", 1);
        }
        try (TestServer server = start(WebSocketConfig.builder(), builder -> builder.proxyProtocol(true).trustedProxies("192.0.2.1"));
                RawClient client = RawClient.connect(server.address())) {
            client.expectEnd();
            assertEquals(1, server.counter("sockets.refused.no_proxy"));
            assertEquals(0, server.counter("sockets.accepted"));
        }
    }

    @Test
    void shouldNotSpeakTheProxyProtocolWithNobody() {
        NeuroLinkServer.Builder builder = NeuroLinkServer.builder().proxyProtocol(true);
        assertEquals("proxyProtocol needs trustedProxies", assertThrows(IllegalArgumentException.class, builder::build).getMessage());
    }

    /** Otherwise the system takes megabytes on this machine's own line. */
    @Test
    void shouldLeaveLittleToTheSystemWhereItsSendBufferIsLimited() throws Exception {
        int message = 1024 * 1024;
        var waiting = new CompletableFuture<Long>();
        WebSocketConfig config = WebSocketConfig.builder().maxMessageSize(message).maxBufferedBytes(16 * message).build();
        try (TestServer server = TestServer.start(config, new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                for (int i = 0; i < 8; i++) {
                    connection.send(ByteBuffer.allocate(message));
                }
            }

            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage asked) {
                waiting.complete(connection.bufferedAmount());
            }
        }, builder -> builder.systemSendBuffer(16 * 1024)); RawClient deaf = RawClient.connect(server.address(), 8 * 1024)) {
            deaf.upgraded(deaf.upgrade("/ws"));
            // Read in a turn after the one in which all was written that the system took.
            deaf.send(Frames.text("how much"));
            assertTrue(waiting.get(60, TimeUnit.SECONDS) > 7L * message, () -> waiting.join() + " bytes wait here");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 4095, Integer.MAX_VALUE})
    void shouldRefuseASendBufferThatTheSystemCannotHave(int bytes) {
        NeuroLinkServer.Builder builder = NeuroLinkServer.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.systemSendBuffer(bytes));
    }
}

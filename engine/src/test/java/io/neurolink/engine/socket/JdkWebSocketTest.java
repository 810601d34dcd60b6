package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import java.io.IOException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server against a client that others wrote: the one of the JDK. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.neurolink.engine.socket.Modes#available")
class JdkWebSocketTest {
    private static final int CROWD = 50;

    @Parameter
    HandlerThreading threading;

    private TestServer server;

    /** Its selector takes descriptors, which are not the server's. */
    @BeforeAll
    static void openClient() {
        assertNotNull(JdkPeer.CLIENT);
    }

    @BeforeEach
    void start() throws IOException {
        AuthConfig auth = AuthConfig.bearer(token -> token.equals("wrong") ? null : AuthenticatedUser.of(token)).required(false).build();
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).subprotocols("v2", "v1")
                .maxMessageSize(4 * 1024 * 1024).auth(auth).build();
        server = TestServer.start(config, TestServer.ECHO);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private JdkPeer open() {
        return JdkPeer.open(server.address(), "/ws");
    }

    private WebSocketConnection onlyConnection() {
        Await.untilEquals(1, server.manager()::getConnectionCount);
        return server.manager().getAllConnections().get(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536, 1_000_000, 4 * 1024 * 1024})
    void shouldEcho(int size) {
        JdkPeer peer = open();
        String text = Frames.textOfBytes(size);
        Await.done(peer.webSocket().sendText(text, true));
        assertEquals(text, peer.next());
        Await.done(peer.webSocket().sendBinary(ByteBuffer.wrap(Frames.payload(size)), true));
        assertEquals(ByteBuffer.wrap(Frames.payload(size)), peer.next());
        Await.done(peer.webSocket().sendClose(1000, "thanks"));
        assertEquals(new JdkPeer.Closed(1000, "thanks"), peer.next());
    }

    @Test
    void shouldPutFragmentsTogetherAndAnswerPingsBetweenThem() {
        JdkPeer peer = open();
        for (int i = 0; i < 10; i++) {
            Await.done(peer.webSocket().sendText("part " + i + "µ ", i == 9));
            Await.done(peer.webSocket().sendPing(ByteBuffer.wrap(new byte[] {(byte) i})));
            if (i < 9) {
                assertEquals(JdkPeer.Pong.of((byte) i), peer.next());
            }
        }
        List<Object> last = List.of(peer.next(), peer.next());
        assertTrue(last.contains("part 0µ part 1µ part 2µ part 3µ part 4µ part 5µ part 6µ part 7µ part 8µ part 9µ "), last::toString);
        assertTrue(last.contains(JdkPeer.Pong.of((byte) 9)), last::toString);
        peer.webSocket().abort();
    }

    @Test
    void shouldMeasureTheRoundTripOfItsPings() {
        JdkPeer peer = open();
        WebSocketConnection connection = onlyConnection();
        assertEquals(null, connection.roundTripTime());
        connection.ping();
        Await.until("a pong", () -> connection.roundTripTime() != null);
        assertTrue(connection.roundTripTime().toNanos() > 0);
        peer.webSocket().abort();
    }

    @Test
    void shouldCloseWithCodeAndReason() {
        JdkPeer peer = open();
        CompletableFuture<Void> gone = onlyConnection().close(4321, "enough µ");
        assertEquals(new JdkPeer.Closed(4321, "enough µ"), peer.next());
        Await.done(gone);
    }

    @Test
    void shouldAgreeOnSubprotocolsAndSeeHeaders() {
        JdkPeer peer = Await.done(JdkPeer.connect(server.address(), "/ws",
                JdkPeer.CLIENT.newWebSocketBuilder().subprotocols("v1", "other").header("Authorization", "Bearer ada")));
        assertEquals("v1", peer.webSocket().getSubprotocol());
        assertEquals("v1", onlyConnection().subprotocol());
        assertEquals("ada", onlyConnection().user().id());
        peer.webSocket().abort();
    }

    @Test
    void shouldRefuseInWaysAClientUnderstands() {
        assertEquals(401, statusOf("/ws?token=wrong"));
        assertEquals(404, statusOf("/nowhere"));
    }

    private int statusOf(String target) {
        CompletableFuture<JdkPeer> refused = JdkPeer.connect(server.address(), target, JdkPeer.CLIENT.newWebSocketBuilder());
        ExecutionException failure = assertThrows(ExecutionException.class, refused::get);
        return assertInstanceOf(WebSocketHandshakeException.class, failure.getCause()).getResponse().statusCode();
    }

    @Test
    void shouldServeACrowdAtOnce() {
        List<JdkPeer> peers = new ArrayList<>();
        for (int i = 0; i < CROWD; i++) {
            peers.add(open());
        }
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < CROWD; i++) {
                peers.get(i).webSocket().sendText(i + " says " + round, true).join();
            }
            for (int i = 0; i < CROWD; i++) {
                assertEquals(i + " says " + round, peers.get(i).next());
            }
        }
        peers.stream().map(JdkPeer::webSocket).map(webSocket -> webSocket.sendClose(WebSocket.NORMAL_CLOSURE, "")).forEach(Await::done);
        for (JdkPeer peer : peers) {
            assertEquals(new JdkPeer.Closed(1000, ""), peer.next());
        }
    }
}

package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.TestPeer.Answer;
import io.neurolink.engine.loop.AddressRanges;
import io.neurolink.engine.loop.FrontDoorSettings;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Clients behind proxies: who they are, and what the limits per address mean for them. */
@InAllModes
class LockStepProxyTest extends LockStepTest {
    private static final String PROXY = "10.0.0.1";
    private static final String STRANGER = "192.0.2.66";
    private static final String WHO = "GET /api/who HTTP/1.1\nHost: a\n";

    private final List<String> asked = new ArrayList<>();

    private void start(int maxPerAddress, int maxFailures, boolean isProxyProtocol) {
        FrontDoorSettings settings = new FrontDoorSettings(maxPerAddress, 64, maxFailures, 1024, Duration.ofSeconds(30).toNanos(), Set.of(),
                AddressRanges.parse("proxies", List.of("10.0.0.0/8", "fd00::/8")), isProxyProtocol);
        server = LockStepServer.builder(mode).handler(handler).frontDoor(settings)
                .config(config -> config.auth(AuthConfig.custom((request, credential) -> {
                    asked.add(describe(request.remoteAddress()) + " by " + describe(request.peerAddress()));
                    return CompletableFuture.completedFuture("bad".equals(request.queryParameter("token"))
                            ? AuthDecision.rejected(null, "wrong") : AuthDecision.accepted(AuthenticatedUser.of("ann")));
                }).build()))
                .start()
                .route(HttpRoute.get("/who", request ->
                        HttpResponse.text(200, describe(request.remoteAddress()) + " by " + describe(request.peerAddress()))));
    }

    private static String describe(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + (address.getPort() == 0 ? "" : ":port");
    }

    private TestPeer upgrade(String from, String target, String... headers) {
        TestPeer peer = server.connectFrom(0, from).upgrade(target, headers);
        server.settle();
        return peer;
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A header of version 2 for a client with that last byte of an address. */
    private static byte[] v2(int host) {
        return HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "2111000c" + "c00002" + HexFormat.of().toHexDigits((byte) host)
                + "0a000001" + "dc0401bb");
    }

    // ------------------------------------------------------------------ header fields

    @Test
    void shouldTakeTheClientThatATrustedProxyNames() {
        start(0, 60, false);
        TestPeer peer = upgrade(PROXY, "/ws", "X-Forwarded-For: 203.0.113.9, 192.0.2.1, 10.0.0.7");
        peer.agreement();

        WebSocketConnection connection = handler.connection();
        assertEquals("192.0.2.1", describe(connection.remoteAddress()));
        assertEquals(peer.transport.peerAddress(), connection.peerAddress());
        assertEquals(List.of("192.0.2.1 by 10.0.0.1:port"), asked);
    }

    @Test
    void shouldBelieveNobodyElse() {
        start(0, 60, false);
        upgrade(STRANGER, "/ws", "X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.2").agreement();

        assertEquals("192.0.2.66:port", describe(handler.connection().remoteAddress()));
        assertEquals(handler.connection().peerAddress(), handler.connection().remoteAddress());
    }

    @Test
    void shouldKnowTheClientOfEachPlainRequestOfOneConnection() {
        start(0, 60, false);
        TestPeer peer = server.connectFrom(PROXY).request(
                WHO + "X-Forwarded-For: 192.0.2.1\n\n" + WHO + "Forwarded: for=\"[2001:db8::1]\"\n\n" + WHO + "\n");
        server.settle();

        assertEquals("192.0.2.1 by 10.0.0.1:port", peer.answer().body());
        assertEquals("2001:db8:0:0:0:0:0:1 by 10.0.0.1:port", peer.answer().body());
        assertEquals("10.0.0.1:port by 10.0.0.1:port", peer.answer().body());
    }

    @Test
    void shouldRefuseARequestThatNamesTwoClients() {
        start(0, 60, false);
        TestPeer peer = server.connectFrom(PROXY).request(WHO + "X-Forwarded-For: 192.0.2.1\nForwarded: for=192.0.2.2\n\n");
        TestPeer upgrade = upgrade(PROXY, "/ws", "X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.2");
        server.settle();

        assertEquals(400, peer.answer().status());
        assertTrue(upgrade.answer().body().contains("Forwarded and X-Forwarded-For name different clients"));
        assertCount(2, EngineCounter.PROXY_CONTRADICTIONS);
        assertEquals(List.of(), asked);
    }

    /** Nobody gets another origin's rights by a header: only Host counts. */
    @Test
    void shouldNotTakeTheHostFromAProxy() {
        start(0, 60, false);
        TestPeer peer = upgrade(PROXY, "/ws", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: evil.example",
                "Origin: http://evil.example");

        assertEquals(403, peer.answer().status());
    }

    @Test
    void shouldLimitTheConnectionsOfEachClientBehindAProxy() {
        start(2, 60, false);
        for (int client = 1; client <= 3; client++) {
            for (int i = 0; i < 2; i++) {
                upgrade(PROXY, "/ws", "X-Forwarded-For: 192.0.2." + client).agreement();
            }
        }
        TestPeer third = upgrade(PROXY, "/ws", "X-Forwarded-For: 192.0.2.2");
        Answer answer = third.answer();
        assertEquals(503, answer.status());
        assertEquals("5", answer.header("Retry-After"));
        assertTrue(answer.body().contains("Maximum connections per address (2) reached"), answer.body());
        assertCount(1, EngineCounter.UPGRADES_REFUSED_ADDRESS_LIMIT);
        assertCount(0, EngineCounter.SOCKETS_REFUSED_ADDRESS_LIMIT);
        assertEquals(6, server.manager.getConnectionCount());

        third.transport.end();
        server.settle();
        assertEquals(503, upgrade(PROXY, "/ws", "X-Forwarded-For: 192.0.2.2").answer().status());
        WebSocketConnection gone = server.manager.getAllConnections().stream()
                .filter(connection -> describe(connection.remoteAddress()).equals("192.0.2.2")).findFirst().orElseThrow();
        gone.close(1000, "");
        server.settle();
        server.advance(Duration.ofSeconds(5));
        upgrade(PROXY, "/ws", "X-Forwarded-For: 192.0.2.2").agreement();
    }

    @Test
    void shouldLimitTheFailuresOfEachClientBehindAProxy() {
        start(0, 2, false);
        for (int i = 0; i < 2; i++) {
            assertEquals(401, upgrade(PROXY, "/ws?token=bad", "X-Forwarded-For: 192.0.2.1").answer().status());
        }
        assertEquals(429, upgrade(PROXY, "/ws", "X-Forwarded-For: 192.0.2.1").answer().status());
        assertEquals(429, upgrade("192.0.2.1", "/ws").answer().status());
        upgrade(PROXY, "/ws", "X-Forwarded-For: 192.0.2.2").agreement();
        for (int i = 0; i < 5; i++) {
            assertEquals(401, upgrade(PROXY, "/ws?token=bad").answer().status(), "the proxy itself is not limited");
        }
    }

    // ------------------------------------------------------------------ PROXY protocol

    @Test
    void shouldTakeTheClientOfAProxyHeader() {
        start(0, 60, true);
        TestPeer peer = server.connectFrom(PROXY);
        peer.send(v2(1), peer.upgradeRequest("/ws"), ClientFrames.text("early"));
        server.settle();
        peer.agreement();

        assertEquals("192.0.2.1:port", describe(handler.connection().remoteAddress()));
        assertEquals(0xDC04, handler.connection().remoteAddress().getPort());
        assertEquals(peer.transport.peerAddress(), handler.connection().peerAddress());
        assertEquals(List.of("open", "text early"), handler.events());
        assertCount(1, EngineCounter.PROXY_HEADERS);
    }

    @Test
    void shouldReadTheHeaderWhereverTheBytesAreCut() {
        start(0, 60, true);
        byte[] all = ClientFrames.concat(v2(1), latin(WHO.replace("\n", "\r\n") + "\r\n"));
        for (int cut = 1; cut < all.length; cut++) {
            TestPeer peer = server.connectFrom(PROXY).send(Arrays.copyOf(all, cut));
            server.settle();
            peer.send(Arrays.copyOfRange(all, cut, all.length));
            server.settle();
            assertEquals("192.0.2.1:port by 10.0.0.1:port", peer.answer().body(), "cut at " + cut);
        }
    }

    @Test
    void shouldReadTheHeaderByteByByte() {
        start(0, 60, true);
        TestPeer peer = server.connectFrom(PROXY);
        peer.transport.maxRead(1);
        peer.send(v2(1)).request(WHO + "\n");
        TestPeer line = server.connectFrom(PROXY);
        line.transport.maxRead(1);
        line.request("PROXY TCP6 2001:db8::1 ::2 5 6\n" + WHO + "\n");
        server.settle();

        assertEquals("192.0.2.1:port by 10.0.0.1:port", peer.answer().body());
        assertEquals("2001:db8:0:0:0:0:0:1:port by 10.0.0.1:port", line.answer().body());
    }

    @Test
    void shouldTakeTheProxyItselfWhereItNamesNobody() {
        start(0, 60, true);
        TestPeer local = server.connectFrom(PROXY).send(HexFormat.of().parseHex("0d0a0d0a000d0a515549540a20000000")).request(WHO + "\n");
        TestPeer unknown = server.connectFrom(PROXY).request("PROXY UNKNOWN\n" + WHO + "\n");
        server.settle();

        assertEquals("10.0.0.1:port by 10.0.0.1:port", local.answer().body());
        assertEquals("10.0.0.1:port by 10.0.0.1:port", unknown.answer().body());
    }

    @Test
    void shouldCloseWhatDoesNotBeginWithAHeader() {
        start(0, 60, true);
        TestPeer plain = server.connectFrom(PROXY).request(WHO + "\n");
        TestPeer broken = server.connectFrom(PROXY).request("PROXY TCP4 nonsense\n");
        TestPeer half = server.connectFrom(PROXY).request("PROXY ");
        TestPeer left = server.connectFrom(PROXY).request("PRO");
        left.transport.end();
        server.settle();

        assertTrue(plain.transport.isClosed());
        assertTrue(broken.transport.isClosed());
        assertTrue(left.transport.isClosed());
        assertEquals(0, plain.transport.sentLength());
        assertCount(2, EngineCounter.PROXY_HEADERS_REFUSED);
        server.advance(Duration.ofMillis(9_999));
        assertFalse(half.transport.isClosed());
        server.advance(Duration.ofMillis(1));
        assertTrue(half.transport.isClosed());
        assertEquals(0, half.transport.sentLength());
    }

    @Test
    void shouldCloseWhoIsNoTrustedProxy() {
        start(0, 60, true);
        TestPeer stranger = server.connectFrom(STRANGER).send(v2(1));
        server.settle();

        assertTrue(stranger.transport.isClosed());
        assertCount(1, EngineCounter.SOCKETS_REFUSED_NO_PROXY);
        assertCount(0, EngineCounter.SOCKETS_ACCEPTED);
    }

    @Test
    void shouldLimitTheSocketsOfEachClientOfAProxyHeader() {
        start(2, 60, true);
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            peers.add(server.connectFrom(PROXY).send(v2(1)));
            server.connectFrom(PROXY).send(v2(2));
        }
        server.settle();
        TestPeer third = server.connectFrom(PROXY).send(v2(1));
        server.settle();

        assertTrue(third.transport.isClosed());
        assertFalse(peers.get(0).transport.isClosed());
        assertCount(1, EngineCounter.SOCKETS_REFUSED_ADDRESS_LIMIT);
        peers.get(0).transport.reset();
        server.settle();
        TestPeer fourth = server.connectFrom(PROXY).send(v2(1));
        fourth.upgrade("/ws");
        server.settle();
        fourth.agreement();
    }

    /** A proxy that speaks for another proxy: what that says in a header field counts too. */
    @Test
    void shouldGoOnFromTheHeaderToTheFields() {
        start(0, 60, true);
        TestPeer peer = server.connectFrom(PROXY)
                .request("PROXY TCP4 10.0.0.9 10.0.0.1 5 6\n" + WHO + "X-Forwarded-For: 203.0.113.5\n\n");
        TestPeer stranger = server.connectFrom(PROXY).send(v2(1)).request(WHO + "X-Forwarded-For: 203.0.113.5\n\n");
        server.settle();

        assertEquals("203.0.113.5 by 10.0.0.1:port", peer.answer().body());
        assertEquals("192.0.2.1:port by 10.0.0.1:port", stranger.answer().body());
    }
}

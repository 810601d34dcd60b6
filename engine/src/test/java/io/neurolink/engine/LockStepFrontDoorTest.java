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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The limits that hold before there is a WebSocket: sockets and failures per address, sockets that are not upgraded, slow routes. */
@InAllModes
class LockStepFrontDoorTest extends LockStepTest {
    private static final String A = "192.0.2.1";
    private static final String B = "192.0.2.2";
    private static final String GET_HELLO = "GET /api/hello HTTP/1.1\nHost: a\n\n";

    private final List<String> asked = new ArrayList<>();
    private final CompletableFuture<AuthDecision> undecided = new CompletableFuture<>();
    private final CompletableFuture<HttpResponse> later = new CompletableFuture<>();

    private void start(FrontDoorSettings settings, Consumer<WebSocketConfig.Builder> config) {
        server = LockStepServer.builder(mode).config(config).handler(handler).frontDoor(settings).start()
                .route(HttpRoute.get("/hello", request -> HttpResponse.text(200, "hello")))
                .route(new HttpRoute("GET", "/later", request -> later, "", List.of()));
    }

    private void startWithAddressLimit(int limit) {
        start(new FrontDoorSettings(limit, 64, 0, 1024, Duration.ofSeconds(30).toNanos(), Set.of(), AddressRanges.NONE, false),
                config -> { });
    }

    private void startWithFailureLimit(int perMinute, Duration firstMessageTimeout) {
        start(new FrontDoorSettings(0, 64, perMinute, 1024, Duration.ofSeconds(30).toNanos(), Set.of(), AddressRanges.NONE, false),
                config -> config.auth(AuthConfig.custom((request, credential) -> {
                    String token = credential == null ? request.queryParameter("token") : credential;
                    asked.add(token);
                    return CompletableFuture.completedFuture(token == null ? AuthDecision.missing(null, "who?")
                            : token.equals("good") ? AuthDecision.accepted(AuthenticatedUser.of("ann"))
                            : token.equals("weak") ? AuthDecision.forbidden("too weak") : AuthDecision.rejected(null, "wrong"));
                }).firstMessageTimeout(firstMessageTimeout).build()));
    }

    private void startWithHandshakeLimit(int limit) {
        start(new FrontDoorSettings(0, 64, 0, limit * mode.loops, Duration.ofSeconds(30).toNanos(), Set.of(), AddressRanges.NONE, false),
                config -> config.auth(AuthConfig.custom((request, credential) -> undecided).build()));
    }

    private TestPeer connected(String address) {
        TestPeer peer = server.connectFrom(address);
        server.settle();
        return peer;
    }

    private int upgradeStatus(String address, String target, String... headers) {
        TestPeer peer = server.connectFrom(address).upgrade(target, headers);
        server.settle();
        int status = peer.answer().status();
        if (status == 101) {
            peer.transport.end();
            server.settle();
        }
        return status;
    }

    // ------------------------------------------------------------------ sockets per address

    @Test
    void shouldCloseASocketTooManyOfAnAddressAtOnce() {
        startWithAddressLimit(3);
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            peers.add(connected(A));
            assertFalse(peers.get(i).transport.isClosed());
        }
        TestPeer fourth = connected(A);
        assertTrue(fourth.transport.isClosed());
        assertEquals(0, fourth.transport.sentLength());
        assertFalse(connected(B).transport.isClosed());

        assertCount(1, EngineCounter.SOCKETS_REFUSED_ADDRESS_LIMIT);
        assertCount(4, EngineCounter.SOCKETS_ACCEPTED);
        peers.get(1).transport.reset();
        server.settle();
        assertFalse(connected(A).transport.isClosed());
        assertTrue(connected(A).transport.isClosed());
    }

    @Test
    void shouldCountSocketsThatAreUpgraded() {
        startWithAddressLimit(2);
        TestPeer first = server.connectFrom(A).upgrade("/ws");
        TestPeer second = server.connectFrom(A).upgrade("/ws");
        server.settle();
        first.agreement();
        second.agreement();
        assertTrue(connected(A).transport.isClosed());

        first.send(ClientFrames.close(1000, ""));
        server.settle();
        TestPeer third = server.connectFrom(A).upgrade("/ws");
        server.settle();
        third.agreement();
        assertTrue(connected(A).transport.isClosed());
        assertCount(2, EngineCounter.CONNECTIONS_OPEN);
    }

    @Test
    void shouldTakeAnIpv6PrefixForOneAddress() {
        startWithAddressLimit(1);
        assertFalse(connected("2001:db8:0:1::1").transport.isClosed());
        assertTrue(connected("2001:db8:0:1:ffff::2").transport.isClosed());
        assertFalse(connected("2001:db8:0:2::1").transport.isClosed());
    }

    /** As many come and go, on every way a socket can end, as there is room for: if one were not counted out, the last would be refused. */
    @Test
    void shouldCountOutWhateverTheEnd() {
        startWithAddressLimit(1);
        List<Consumer<TestPeer>> ends = List.of(
                peer -> peer.transport.reset(),
                peer -> peer.transport.end(),
                peer -> peer.request("nonsense\n\n").transport.end(),
                peer -> peer.request("GET /nowhere HTTP/1.1\nHost: a\nConnection: close\n\n").transport.end(),
                peer -> server.advance(Duration.ofSeconds(10)),
                peer -> peer.upgrade("/nowhere").transport.end(),
                peer -> peer.upgrade("/ws").send(ClientFrames.close(1000, "")),
                peer -> peer.upgrade("/ws").send(new byte[] {1, 2, 3, 4}).transport.end(),
                peer -> {
                    peer.upgrade("/ws");
                    server.settle();
                    peer.transport.reset();
                });
        for (int i = 0; i < ends.size(); i++) {
            TestPeer peer = connected(A);
            assertFalse(peer.transport.isClosed(), "end " + (i - 1));
            ends.get(i).accept(peer);
            server.settle();
            assertTrue(peer.transport.isClosed(), "end " + i);
        }
        assertFalse(connected(A).transport.isClosed());
        assertCount(0, EngineCounter.SOCKETS_REFUSED_ADDRESS_LIMIT);
    }

    // ------------------------------------------------------------------ failures per address

    @Test
    void shouldAnswer429BeforeTheAuthenticatorIsAsked() {
        startWithFailureLimit(3, Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            assertEquals(401, upgradeStatus(A, "/ws?token=guess" + i));
        }
        TestPeer fourth = server.connectFrom(A).upgrade("/ws?token=good");
        server.settle();

        Answer answer = fourth.answer();
        assertEquals(429, answer.status());
        assertEquals("20", answer.header("Retry-After"));
        assertEquals("close", answer.header("Connection"));
        assertEquals(List.of("guess0", "guess1", "guess2"), asked);
        assertCount(1, EngineCounter.UPGRADES_REFUSED_TOO_MANY_FAILURES);
        assertEquals(101, upgradeStatus(B, "/ws?token=good"));
    }

    @Test
    void shouldGiveAnAddressAnotherChanceInTime() {
        startWithFailureLimit(3, Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            upgradeStatus(A, "/ws?token=guess");
        }
        server.advance(Duration.ofMillis(19_999));
        assertEquals(429, upgradeStatus(A, "/ws?token=good"));
        server.advance(Duration.ofMillis(1));
        assertEquals(101, upgradeStatus(A, "/ws?token=good"));
        assertEquals(101, upgradeStatus(A, "/ws?token=good"), "what succeeds costs nothing");
        assertEquals(401, upgradeStatus(A, "/ws?token=guess"));
        assertEquals(429, upgradeStatus(A, "/ws?token=good"));
    }

    @Test
    void shouldCountEveryRefusalThatIsTheClientsFault() {
        startWithFailureLimit(5, Duration.ZERO);
        assertEquals(401, upgradeStatus(A, "/ws"));
        assertEquals(403, upgradeStatus(A, "/ws?token=weak"));
        assertEquals(403, upgradeStatus(A, "/ws?token=good", "Origin: http://evil.example"));
        assertEquals(404, upgradeStatus(A, "/nowhere"));
        TestPeer bad = server.connectFrom(A).request("GET /ws HTTP/1.1\nHost: a\nUpgrade: websocket\nConnection: Upgrade\n\n");
        server.settle();
        assertTrue(bad.answer().status() < 500);
        assertEquals(429, upgradeStatus(A, "/ws?token=good"));
    }

    @Test
    void shouldLeavePlainRequestsAlone() {
        startWithFailureLimit(1, Duration.ZERO);
        upgradeStatus(A, "/ws?token=guess");
        TestPeer peer = server.connectFrom(A).request(GET_HELLO);
        server.settle();

        assertEquals(200, peer.answer().status());
    }

    @Test
    void shouldNotLookAtMessagesOfAnAddressWithTooManyFailures() {
        startWithFailureLimit(2, Duration.ofSeconds(10));
        TestPeer peer = server.connectFrom(A).upgrade("/ws");
        server.settle();
        peer.agreement();
        WebSocketConnection connection = server.connectionOf(peer);
        asked.clear();
        assertEquals("wrong", decisionOn(connection, "guess0").message());
        assertEquals("wrong", decisionOn(connection, "guess1").message());
        assertEquals("too many authentications from this address have failed", decisionOn(connection, "good").message());
        assertEquals(List.of("guess0", "guess1"), asked);
        assertCount(1, EngineCounter.AUTH_REFUSED_TOO_MANY_FAILURES);
        assertEquals(429, upgradeStatus(A, "/ws?token=good"));

        server.advance(Duration.ofSeconds(5));
        server.advance(Duration.ofSeconds(5));
        assertTrue(peer.transport.isClosed() || peer.transport.isOutputShut() || !connection.isOpen(), "first-message time is over");
    }

    private AuthDecision decisionOn(WebSocketConnection connection, String credential) {
        CompletableFuture<AuthDecision> decision = connection.authenticate(credential).toCompletableFuture();
        server.settle();
        return decision.join();
    }

    @Test
    void shouldNotLimitFailuresWhenToldSo() {
        startWithFailureLimit(0, Duration.ZERO);
        for (int i = 0; i < 100; i++) {
            assertEquals(401, upgradeStatus(A, "/ws?token=guess"));
        }
        assertEquals(101, upgradeStatus(A, "/ws?token=good"));
    }

    // ------------------------------------------------------------------ handshakes in flight

    @Test
    void shouldDropTheOldestUnfinishedHandshakeForANewOne() {
        startWithHandshakeLimit(3);
        TestPeer silent = server.connect(0);
        server.settle();
        TestPeer slow = server.connect(0).request("GET /ws HT");
        server.settle();
        TestPeer third = server.connect(0);
        server.settle();
        assertFalse(silent.transport.isClosed());
        assertCount(0, EngineCounter.HANDSHAKES_DROPPED);

        TestPeer fourth = server.connect(0);
        server.settle();
        assertTrue(silent.transport.isClosed());
        assertFalse(slow.transport.isClosed());
        assertCount(1, EngineCounter.HANDSHAKES_DROPPED);

        server.connect(0);
        server.settle();
        assertTrue(slow.transport.isClosed());
        assertFalse(third.transport.isClosed());
        assertFalse(fourth.transport.isClosed());
        assertEquals(0, slow.transport.sentLength());
        assertCount(3, EngineCounter.SOCKETS_OPEN);
    }

    @Test
    void shouldTakeAConnectionAtRestForOlderOnlyThanThoseThatCameAfterItsAnswer() {
        startWithHandshakeLimit(2);
        TestPeer resting = server.connect(0);
        server.settle();
        TestPeer silent = server.connect(0);
        server.settle();
        resting.request(GET_HELLO);
        server.settle();
        assertEquals(200, resting.answer().status());

        server.connect(0);
        server.settle();
        assertTrue(silent.transport.isClosed());
        assertFalse(resting.transport.isClosed());
        server.connect(0);
        server.settle();
        assertTrue(resting.transport.isClosed());
    }

    @Test
    void shouldNotDropWhoWaitsForTheServer() {
        startWithHandshakeLimit(2);
        TestPeer upgrading = server.connect(0).upgrade("/ws");
        TestPeer asking = server.connect(0).request("GET /api/later HTTP/1.1\nHost: a\n\n");
        server.settle();
        TestPeer newest = server.connect(0);
        server.settle();

        assertTrue(newest.transport.isClosed());
        assertCount(1, EngineCounter.SOCKETS_REFUSED);
        assertCount(0, EngineCounter.HANDSHAKES_DROPPED);
        undecided.complete(AuthDecision.accepted(AuthenticatedUser.of("ann")));
        later.complete(HttpResponse.text(200, "at last"));
        server.settle();
        upgrading.agreement();
        assertEquals("at last", asking.answer().body());
        assertFalse(server.connect(0).transport.isClosed());
    }

    /** More have asked than the loop answers in a turn; whose request is there does not wait for its peer any more. */
    @Test
    void shouldNotDropWhoseRequestWaitsForItsTurn() {
        undecided.complete(AuthDecision.accepted(AuthenticatedUser.of("ann")));
        startWithHandshakeLimit(100);
        List<TestPeer> visitors = Stream.generate(() -> server.connect(0)).limit(100).toList();
        server.settle();
        visitors.forEach(visitor -> visitor.upgrade("/ws"));
        server.stepLoop(0);
        // There is room for 46 of them, as many as were answered; after that they give way to each other.
        for (int i = 0; i < 100; i++) {
            server.connect(0);
        }
        server.settle();
        visitors.forEach(TestPeer::agreement);
        assertCount(54, EngineCounter.HANDSHAKES_DROPPED);
    }

    @Test
    void shouldNotCountConnectionsThatAreUpgraded() {
        undecided.complete(AuthDecision.accepted(AuthenticatedUser.of("ann")));
        startWithHandshakeLimit(1);
        for (int i = 0; i < 5; i++) {
            server.openOn(0);
        }
        assertCount(0, EngineCounter.HANDSHAKES_DROPPED);
        assertCount(5, EngineCounter.CONNECTIONS_OPEN);
    }

    @Test
    void shouldNotGiveMoreTimeForMoreBytes() {
        startWithHandshakeLimit(10);
        TestPeer peer = server.connect();
        server.settle();
        byte[] request = peer.upgradeRequest("/ws");
        for (int i = 0; i < 9; i++) {
            server.advance(Duration.ofSeconds(1));
            peer.send(new byte[] {request[i]});
            server.settle();
        }
        server.advance(Duration.ofMillis(999));
        assertEquals(0, peer.transport.sentLength());
        server.advance(Duration.ofMillis(1));

        assertEquals(408, peer.answer().status());
        assertCount(1, EngineCounter.UPGRADES_REFUSED_TIMEOUT);
    }

    @Test
    void shouldNotGiveMoreTimeForAnEmptyLineAheadOfTheRequest() {
        startWithHandshakeLimit(10);
        TestPeer peer = server.connect();
        server.settle();
        server.advance(Duration.ofSeconds(9));
        peer.request("\n");
        server.settle();
        server.advance(Duration.ofSeconds(1));

        assertTrue(peer.transport.isClosed());
        assertCount(1, EngineCounter.HANDSHAKES_TIMED_OUT);
    }

    @Test
    void shouldGiveTheNextRequestItsTimeFromItsFirstByteOn() {
        startWithHandshakeLimit(10);
        TestPeer peer = server.connect().request(GET_HELLO);
        server.settle();
        peer.answer();
        server.advance(Duration.ofSeconds(29));
        peer.request("\n");
        server.settle();
        server.advance(Duration.ofSeconds(9));
        peer.request("G");
        server.settle();
        assertEquals(0, peer.unseen().length);
        server.advance(Duration.ofSeconds(1));

        assertEquals(408, peer.answer().status());
    }

    // ------------------------------------------------------------------ routes

    @Test
    void shouldAnswer503WhenARouteTakesTooLong() {
        startWithHandshakeLimit(10);
        TestPeer peer = server.connect().request("GET /api/later HTTP/1.1\nHost: a\n\n" + GET_HELLO);
        server.settle();
        server.advance(Duration.ofMillis(29_999));
        assertEquals(0, peer.transport.sentLength());
        server.advance(Duration.ofMillis(1));

        Answer answer = peer.answer();
        assertEquals(503, answer.status());
        assertEquals("close", answer.header("Connection"));
        assertTrue(answer.body().contains("the handler of this route took too long"), answer.body());
        assertCount(1, EngineCounter.ROUTE_TIMEOUTS);
        later.complete(HttpResponse.text(200, "too late"));
        server.settle();
        assertEquals(0, peer.unseen().length, "neither the late answer nor one to the request behind it");
    }

    private void startWithRouteOrigins(String... origins) {
        start(new FrontDoorSettings(0, 64, 0, 1024, Duration.ofSeconds(30).toNanos(), Set.of(origins), AddressRanges.NONE, false),
                config -> { });
        server.route(HttpRoute.post("/hello", request -> HttpResponse.text(200, "done")))
                .route(HttpRoute.get("/cross", request -> HttpResponse.text(200, String.valueOf(request.isCrossOrigin()))));
    }

    private Answer request(String method, String path, String... headers) {
        TestPeer peer = server.connect().request(method + " /api/" + path + " HTTP/1.1\nHost: localhost:3000\nContent-Length: 0\n"
                + String.join("\n", headers) + (headers.length == 0 ? "\n" : "\n\n"));
        server.settle();
        return method.equals("HEAD") ? peer.answerWithoutBody() : peer.answer();
    }

    @Test
    void shouldNotLetAPageOfAnotherHostChangeAnything() {
        startWithRouteOrigins();
        assertEquals("done", request("POST", "hello").body());
        assertEquals("done", request("POST", "hello", "Origin: http://localhost:3000").body());
        assertCount(0, EngineCounter.HTTP_REFUSED_ORIGIN);
        for (String origin : List.of("http://evil.example", "http://localhost:3001", "http://localhost", "null",
                "http://localhost:3000/", "")) {
            Answer answer = request("POST", "hello", "Origin: " + origin);
            assertEquals(403, answer.status(), origin);
            assertTrue(answer.body().contains("a page of this Origin may not send this"), answer.body());
        }
        assertEquals(403, request("POST", "hello", "Origin: http://localhost:3000", "Origin: http://localhost:3000").status());
        assertEquals(403, request("DELETE", "nowhere", "Origin: http://evil.example").status());
        assertCount(8, EngineCounter.HTTP_REFUSED_ORIGIN);
    }

    @Test
    void shouldTellRoutesWhoAsks() {
        startWithRouteOrigins();
        assertEquals("false", request("GET", "cross").body());
        assertEquals("false", request("GET", "cross", "Origin: http://localhost:3000").body());
        assertEquals("true", request("GET", "cross", "Origin: http://evil.example").body());
        assertEquals(200, request("HEAD", "cross", "Origin: http://evil.example").status());
        assertEquals(204, request("OPTIONS", "cross", "Origin: http://evil.example").status());
    }

    @Test
    void shouldLetThePagesInThatAreListed() {
        startWithRouteOrigins("https://app.example");
        assertEquals(200, request("POST", "hello", "Origin: https://APP.example:443").status());
        assertEquals(403, request("POST", "hello", "Origin: http://localhost:3000").status());
        assertEquals(200, request("POST", "hello").status());
    }

    @Test
    void shouldLetAllPagesInWhenToldSo() {
        startWithRouteOrigins("*");
        assertEquals(200, request("POST", "hello", "Origin: http://evil.example").status());
    }

    // ------------------------------------------------------------------ smuggling

    /** What two readers could frame differently is refused, and nothing that follows it is served, as a request or otherwise. */
    @Test
    void shouldServeNothingBehindWhatItCannotFrame() {
        List<String> smuggled = new ArrayList<>();
        startWithHandshakeLimit(1024);
        server.route(HttpRoute.get("/smuggled", request -> {
            smuggled.add(request.path());
            return HttpResponse.text(200, "smuggled");
        }));
        String behind = "GET /api/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        List<String> heads = List.of(
                "\u0001GET /api/hello HTTP/1.1\r\nHost: a\r\n\r\n",
                "\u0000\r\nGET /api/hello HTTP/1.1\r\nHost: a\r\n\r\n",
                "\r\n\r\nGET /api/hello HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /api/hello HTTP/1.1\nHost: a\n\n",
                "GET /api/hello HTTP/1.1\r\nHost: a\n\n",
                "GET /api/hello HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
                "GET /api/hello HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET /api/hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET /api/hello HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 5\r\n\r\n",
                "POST /api/hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
                "POST /api/hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n",
                "POST /api/hello HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
                "POST /api/hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /api/hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /api/hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
                "POST /api/hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nContent-Length: 5\r\n\r\n",
                "GET /nowhere HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        for (String head : heads) {
            TestPeer peer = server.connect().send((head + behind).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            server.settle();
            Answer answer = peer.answer();
            assertTrue(answer.status() >= 400, head);
            assertEquals("close", answer.header("Connection"), head);
            peer.request(behind.replace("\r", ""));
            server.settle();
            assertEquals(0, peer.unseen().length, head);
            assertTrue(peer.transport.isOutputShut(), head);
        }
        assertEquals(List.of(), smuggled);
    }

    /** What follows an upgrade is frames, and no request any more. */
    @Test
    void shouldTakeARequestBehindAnUpgradeForABrokenFrame() {
        undecided.complete(AuthDecision.accepted(AuthenticatedUser.of("ann")));
        startWithHandshakeLimit(10);
        TestPeer peer = server.connect();
        peer.send(peer.upgradeRequest("/ws")).request(GET_HELLO);
        server.settle();
        peer.agreement();

        assertTrue(peer.frames().get(0).startsWith("close 1002"));
        assertCount(0, EngineCounter.HTTP_REQUESTS);
    }
}

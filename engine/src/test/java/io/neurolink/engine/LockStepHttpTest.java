package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.TestPeer.Answer;
import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.status.EngineCounter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Plain requests beside WebSockets: routes, keep-alive, and what cannot be served. */
@InAllModes
class LockStepHttpTest extends LockStepTest {
    private static final String GET_HELLO = "GET /api/hello HTTP/1.1\nHost: a\n\n";

    private final CompletableFuture<HttpResponse> later = new CompletableFuture<>();
    private final List<String> bodies = new ArrayList<>();

    @BeforeEach
    void startWithRoutes() {
        server = LockStepServer.builder(mode).handler(handler).maxRequestBody(100).start()
                .route(HttpRoute.get("/hello", request -> HttpResponse.text(200, "hello " + request.queryParameter("name"))))
                .route(HttpRoute.post("/echo", this::echo))
                .route(new HttpRoute("GET", "/later", request -> later, "", List.of()))
                .route(HttpRoute.get("/throws", request -> {
                    throw new IllegalStateException("route is broken");
                }))
                .route(HttpRoute.get("/bad", request -> HttpResponse.text(200, "x").withHeader("Content-Length", "77")))
                .route(HttpRoute.get("/large", request -> HttpResponse.of(200, "application/octet-stream", pattern(300_000))));
    }

    private HttpResponse echo(HttpRequest request) {
        String body = new String(request.body(), StandardCharsets.UTF_8);
        bodies.add(body);
        return HttpResponse.text(201, body);
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 >> 3);
        }
        return bytes;
    }

    @Test
    void shouldAnswerWithExactBytes() {
        TestPeer peer = server.connect().request("GET /api/hello?name=you HTTP/1.1\nHost: a\n\n");
        server.settle();

        assertEquals("""
                HTTP/1.1 200 OK\r
                Date: Sun, 15 Jun 2025 15:06:40 GMT\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: 9\r
                Connection: keep-alive\r
                \r
                hello you""", new String(peer.take(), StandardCharsets.ISO_8859_1));
        assertEquals(1, peer.transport.writes());
        assertCount(1, EngineCounter.HTTP_REQUESTS);
        assertCount(1, EngineCounter.HTTP_RESPONSES_2XX);
    }

    @Test
    void shouldServeRequestAfterRequestAndThenUpgrade() {
        TestPeer peer = server.connect();
        for (int i = 0; i < 3; i++) {
            peer.request(GET_HELLO);
            server.settle();
            assertEquals(200, peer.answer().status());
            server.advance(Duration.ofSeconds(29));
        }
        peer.upgrade("/ws");
        server.settle();
        peer.agreement();

        assertEquals(List.of("open"), handler.events());
        assertCount(3, EngineCounter.HTTP_REQUESTS);
    }

    @Test
    void shouldServeARequestAnUpgradeAndItsFramesFromOneRead() {
        TestPeer peer = server.connect().request(GET_HELLO);
        peer.upgrade("/ws").send(ClientFrames.text("early"), ClientFrames.ping("p"));
        server.settle();

        assertEquals("hello null", peer.answer().body());
        peer.agreement();
        assertEquals(List.of("pong 70"), peer.frames());
        assertEquals(List.of("open", "text early"), handler.events());
    }

    @Test
    void shouldAnswerPipelinedRequestsInOrder() {
        TestPeer peer = server.connect();
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            requests.append("GET /api/hello?name=").append(i).append(" HTTP/1.1\nHost: a\n\n");
        }
        peer.request(requests.toString());
        server.settle();

        for (int i = 0; i < 200; i++) {
            assertEquals("hello " + i, peer.answer().body());
        }
        assertEquals(0, peer.unseen().length);
    }

    @Test
    void shouldAnswerPipelinedRequestsInOrderWhileManyCommandsWait() {
        TestPeer other = server.openOn(0);
        TestPeer peer = server.connect(0)
                .request("GET /api/later HTTP/1.1\nHost: a\n\nGET /api/hello?name=1 HTTP/1.1\nHost: a\n\nGET /api/hello?na");
        server.settle();
        later.complete(HttpResponse.text(200, "first"));
        for (int i = 0; i < 3_000; i++) {
            server.connectionOf(other).subscribe("t" + i);
        }
        peer.request("me=2 HTTP/1.1\nHost: a\n\n");
        server.settle();

        assertEquals("first", peer.answer().body());
        assertEquals("hello 1", peer.answer().body());
        assertEquals("hello 2", peer.answer().body());
    }

    @Test
    void shouldAnswerRequestsThatComeByteByByte() {
        TestPeer peer = server.connect();
        peer.transport.maxRead(1);
        peer.transport.acceptance(offered -> 1);
        peer.request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 4\n\nbody" + GET_HELLO);
        server.settle();

        assertEquals("body", peer.answer().body());
        assertEquals("hello null", peer.answer().body());
    }

    @Test
    void shouldAnswerHeadWithoutItsBody() {
        TestPeer peer = server.connect().request("HEAD /api/hello HTTP/1.1\nHost: a\n\n" + GET_HELLO);
        server.settle();

        Answer head = peer.answerWithoutBody();
        assertEquals(200, head.status());
        assertEquals("10", head.header("Content-Length"));
        assertEquals("hello null", peer.answer().body());
    }

    @Test
    void shouldAnswerWhatNoRouteServes() {
        TestPeer peer = server.connect().request(
                "GET /nowhere HTTP/1.1\nHost: a\n\nDELETE /api/hello HTTP/1.1\nHost: a\n\nOPTIONS /api/hello HTTP/1.1\nHost: a\n\n");
        server.settle();

        assertEquals(404, peer.answer().status());
        Answer notAllowed = peer.answer();
        assertEquals(405, notAllowed.status());
        assertEquals("GET, HEAD, OPTIONS", notAllowed.header("Allow"));
        assertEquals(204, peer.answerWithoutBody().status());
        assertCount(2, EngineCounter.HTTP_RESPONSES_4XX);
    }

    @Test
    void shouldCloseAfterTheAnswerWhenToldSo() {
        TestPeer peer = server.connect().request("GET /api/hello HTTP/1.1\nHost: a\nConnection: close\n\n" + GET_HELLO);
        TestPeer old = server.connect().request("GET /api/hello HTTP/1.0\nHost: a\n\n");
        server.settle();

        assertEquals("close", peer.answer().header("Connection"));
        assertEquals(0, peer.unseen().length, "what comes behind is not served");
        assertEquals("close", old.answer().header("Connection"));
        assertTrue(peer.transport.isOutputShut());
        peer.transport.end();
        server.settle();
        assertTrue(peer.transport.isClosed());
        assertFalse(old.transport.isClosed());
        server.advance(Duration.ofSeconds(2));
        assertTrue(old.transport.isClosed());
    }

    @Test
    void shouldTakeBodiesUpToTheLimit() {
        String most = "x".repeat(100);
        TestPeer peer = server.connect()
                .request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 100\n\n" + most)
                .request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 0\n\n")
                .request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 101\n\n" + most + "x");
        server.settle();

        assertEquals(most, peer.answer().body());
        assertEquals("", peer.answer().body());
        Answer tooLarge = peer.answer();
        assertEquals(413, tooLarge.status());
        assertEquals("close", tooLarge.header("Connection"));
        assertTrue(tooLarge.body().contains("the body must not have more than 100 bytes"), tooLarge.body());
        assertEquals(List.of(most, ""), bodies);
    }

    @Test
    void shouldRefuseChunkedBodies() {
        TestPeer peer = server.connect().request("POST /api/echo HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n4\nbody\n0\n\n");
        server.settle();

        Answer answer = peer.answer();
        assertEquals(501, answer.status());
        assertTrue(answer.body().contains("\"header\":\"Transfer-Encoding\""), answer.body());
        assertEquals(List.of(), bodies);
    }

    @Test
    void shouldSayThatTheBodyIsWelcome() {
        TestPeer peer = server.connect().request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 4\nExpect: 100-continue\n\n");
        peer.transport.acceptance(offered -> 1);
        server.settle();
        assertEquals("HTTP/1.1 100 Continue\r\n\r\n", new String(peer.take(), StandardCharsets.ISO_8859_1));

        peer.request("body");
        server.settle();
        assertEquals("body", peer.answer().body());
    }

    @Test
    void shouldSendTheContinueThatWaitsBeforeTheAnswer() {
        TestPeer peer = server.connect();
        peer.transport.room(10);
        peer.request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 4\nExpect: 100-continue\n\nbody");
        server.settle();
        assertEquals(10, peer.transport.sentLength());
        peer.transport.unlimited();
        server.settle();

        assertEquals(100, peer.answer().status());
        assertEquals("body", peer.answer().body());
    }

    @Test
    void shouldNotInviteABodyItWillNotTake() {
        TestPeer peer = server.connect().request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 101\nExpect: 100-continue\n\n");
        server.settle();

        assertEquals(413, peer.answer().status());
    }

    @Test
    void shouldAnswer500WhenARouteThrows() {
        expectErrors("java.lang.IllegalStateException: route is broken");
        TestPeer peer = server.connect().request("GET /api/throws HTTP/1.1\nHost: a\n\n" + GET_HELLO);
        server.settle();

        Answer answer = peer.answer();
        assertEquals(500, answer.status());
        assertEquals("{\"error\":\"Internal Server Error\",\"message\":\"the handler of this route failed\",\"status\":500}",
                answer.body());
        assertEquals("hello null", peer.answer().body());
        assertCount(1, EngineCounter.HANDLER_ERRORS);
        assertCount(1, EngineCounter.HTTP_RESPONSES_5XX);
    }

    @Test
    void shouldAnswer500WhenARouteAnswersNonsense() {
        expectErrors("java.lang.IllegalArgumentException: header Content-Length is set by the encoder");
        TestPeer peer = server.connect().request("GET /api/bad HTTP/1.1\nHost: a\n\n");
        server.settle();

        Answer answer = peer.answer();
        assertEquals(500, answer.status());
        assertTrue(answer.body().contains("the handler of this route gave an unusable answer"), answer.body());
    }

    @Test
    void shouldWaitForARouteThatAnswersLater() {
        TestPeer peer = server.connect().request("GET /api/later HTTP/1.1\nHost: a\n\n" + GET_HELLO);
        server.settle();
        assertEquals(0, peer.transport.sentLength());
        later.complete(HttpResponse.text(200, "at last"));
        server.settle();

        assertEquals("at last", peer.answer().body());
        assertEquals("hello null", peer.answer().body());
    }

    @Test
    void shouldAnswer500WhenARouteFailsLater() {
        expectErrors("java.util.concurrent.CompletionException: java.lang.IllegalStateException: no luck");
        TestPeer peer = server.connect().request("GET /api/later HTTP/1.1\nHost: a\n\n");
        server.settle();
        later.completeExceptionally(new IllegalStateException("no luck"));
        server.settle();

        assertEquals(500, peer.answer().status());
    }

    @Test
    void shouldAnswer503WhenTooMuchWaits() {
        server.executor.full(true);
        TestPeer peer = server.connect().request(GET_HELLO + GET_HELLO);
        server.settle();
        server.executor.full(false);
        assertEquals(503, peer.answer().status());
        server.settle();

        assertEquals("{\"error\":\"Service Unavailable\",\"message\":\"the server is busy\",\"status\":503}", peer.answer().body());
    }

    @Test
    void shouldWriteALargeAnswerAsFastAsItIsRead() {
        TestPeer peer = server.connect().request("GET /api/large HTTP/1.1\nHost: a\n\n" + GET_HELLO);
        peer.transport.room(1_000);
        server.settle();
        assertEquals(1_000, peer.transport.sentLength());
        for (int i = 0; i < 40; i++) {
            peer.transport.room(8_000);
            server.advance(Duration.ofSeconds(5));
            assertFalse(peer.transport.isClosed(), "what goes on is not too slow");
        }
        peer.transport.unlimited();
        server.settle();

        byte[] sent = peer.unseen();
        int end = new String(sent, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
        assertTrue(Arrays.equals(pattern(300_000), Arrays.copyOfRange(sent, end, end + 300_000)));
        peer.answer();
        assertEquals("hello null", peer.answer().body());
    }

    @Test
    void shouldGiveUpAPeerThatDoesNotReadItsAnswer() {
        TestPeer peer = server.connect().request("GET /api/large HTTP/1.1\nHost: a\n\n");
        peer.transport.room(1_000);
        server.settle();
        server.advance(Duration.ofSeconds(9));
        assertFalse(peer.transport.isClosed());
        server.advance(Duration.ofSeconds(1));

        assertTrue(peer.transport.isClosed());
    }

    @Test
    void shouldCloseAConnectionThatRestsTooLong() {
        TestPeer peer = server.connect().request(GET_HELLO);
        server.settle();
        peer.answer();
        server.advance(Duration.ofMillis(29_999));
        assertFalse(peer.transport.isClosed());
        server.advance(Duration.ofMillis(1));

        assertTrue(peer.transport.isClosed());
        assertEquals(0, peer.unseen().length);
        assertCount(0, EngineCounter.UPGRADES_REFUSED_TIMEOUT);
    }

    @Test
    void shouldAnswer408WhenTheNextRequestStaysUnfinished() {
        TestPeer peer = server.connect().request(GET_HELLO);
        server.settle();
        peer.answer();
        server.advance(Duration.ofSeconds(25));
        peer.request("POST /api/echo HTTP/1.1\nHost: a\nContent-Length: 10\n\nhalf");
        server.settle();
        server.advance(Duration.ofMillis(9_999));
        assertEquals(0, peer.unseen().length);
        server.advance(Duration.ofMillis(1));

        assertEquals(408, peer.answer().status());
        assertEquals(List.of(), bodies);
    }

    @Test
    void shouldRefuseWhatIsNoHttp() {
        TestPeer tls = server.connect().send(new byte[] {0x16, 0x03, 0x01});
        TestPeer noise = server.connect().request("\u0001\u0002");
        TestPeer hostless = server.connect().request("GET / HTTP/1.1\n\n");
        server.settle();

        assertTrue(tls.answer().body().contains("starts like TLS"));
        assertEquals(400, noise.answer().status());
        assertEquals(400, hostless.answer().status());
    }

    @Test
    void shouldForgetPeersThatLeaveWhileTheyWaitForAnAnswer() {
        TestPeer peer = server.connect().request("GET /api/later HTTP/1.1\nHost: a\n\n");
        server.settle();
        peer.transport.reset();
        server.settle();
        later.complete(HttpResponse.text(200, "nobody hears this"));
        server.settle();

        assertTrue(peer.transport.isClosed());
        assertCount(0, EngineCounter.SOCKETS_OPEN);
    }
}

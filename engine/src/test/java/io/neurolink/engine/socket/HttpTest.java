package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.http.StaticFiles;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plain HTTP on the port of the WebSockets: routes, files, connections that are kept, requests that are wrong or never come. */
class HttpTest {
    private static final int LARGE = 20 * 1024 * 1024;
    private static final String HOST = " HTTP/1.1\r\nHost: localhost\r\n";

    @TempDir
    private Path folder;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = start(Duration.ofSeconds(30), Duration.ofSeconds(30));
    }

    private TestServer start(Duration handshakeTimeout, Duration keepAliveTimeout) throws IOException {
        TestServer started = TestServer.start(WebSocketConfig.defaults(), TestServer.ECHO, builder -> builder.maxRequestBody(1000)
                .handshakeTimeout(handshakeTimeout).keepAliveTimeout(keepAliveTimeout));
        started.server().registerRoute(HttpRoute.get("/hello",
                request -> HttpResponse.text(200, "hello " + request.queryParameter("name"))));
        started.server().registerRoute(HttpRoute.post("/echo", request -> HttpResponse.of(201, "x/y", request.body())));
        started.server().registerRoute("", HttpRoute.get("/large", request -> HttpResponse.of(200, "x/y", Frames.payload(LARGE))));
        return started;
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RawClient connect() throws IOException {
        return RawClient.connect(server.address());
    }

    private static String get(String target, String... headers) {
        String lines = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return "GET " + target + HOST + lines + "\r\n";
    }

    private static byte[] post(String target, byte[] body) {
        String head = "POST " + target + HOST + "Content-Length: " + body.length + "\r\n\r\n";
        return Frames.join(head.getBytes(StandardCharsets.ISO_8859_1), body);
    }

    @Test
    void shouldServeManyRequestsOnOneConnection() throws IOException {
        try (RawClient client = connect()) {
            for (int i = 0; i < 50; i++) {
                client.send(get("/api/hello?name=n" + i));
                HttpAnswer answer = client.readAnswer();
                assertEquals("hello n" + i, answer.text());
                assertEquals("text/plain; charset=utf-8", answer.header("Content-Type"));
                assertTrue(answer.header("Date").endsWith(" GMT"));
                client.send(post("/api/echo", Frames.payload(i * 20)));
                assertArrayEquals(Frames.payload(i * 20), client.readAnswer().body());
            }
            assertEquals(1, server.counter("sockets.accepted"));
            assertEquals(100, server.counter("http.requests"));
        }
    }

    @Test
    void shouldAnswerPipelinedRequestsInOrder() throws IOException {
        try (RawClient client = connect()) {
            byte[] all = new byte[0];
            for (int i = 0; i < 30; i++) {
                all = Frames.join(all, get("/api/hello?name=" + i).getBytes(StandardCharsets.ISO_8859_1), post("/api/echo", new byte[i]));
            }
            client.send(all);
            for (int i = 0; i < 30; i++) {
                assertEquals("hello " + i, client.readAnswer().text());
                assertEquals(i, client.readAnswer().body().length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void shouldTakeRequestsInPieces(int chop) throws IOException {
        try (RawClient client = connect()) {
            client.sendChopped(Frames.join(post("/api/echo", Frames.payload(300)), RawClient.upgradeRequest("/ws")), chop);
            assertArrayEquals(Frames.payload(300), client.readAnswer().body());
            client.upgraded(client.readAnswer());
            client.closeNormally();
        }
    }

    @Test
    void shouldUpgradeAConnectionThatServedRequestsBefore() throws IOException {
        try (RawClient client = connect()) {
            client.send(get("/api/hello?name=x"));
            assertEquals(200, client.readAnswer().status());
            client.upgraded(client.upgrade("/ws"));
            client.send(Frames.text("now a WebSocket"));
            client.expect(Frame.text("now a WebSocket"));
            client.closeNormally();
            assertEquals(1, server.counter("sockets.accepted"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "GET /api/nothing  |                                     | 404 | keep",
        "GET /hello        |                                     | 404 | keep",
        "PUT /api/hello    | Content-Length: 0                   | 405 | keep",
        "OPTIONS /api/hello|                                     | 204 | keep",
        "POST /api/echo    | Content-Length: 1001                | 413 | end",
        "POST /api/echo    | Content-Length: -1                  | 400 | end",
        "POST /api/echo    | Transfer-Encoding: chunked          | 501 | end",
        "GET /api/hello    | Connection: close                   | 200 | end",
        "GET /api/hello    | Bad Header                          | 400 | end",
        "get@ /api/hello   |                                     | 400 | end",
    })
    void shouldSayWhatIsWrong(String request, String header, int status, String afterwards) throws IOException {
        try (RawClient client = connect()) {
            client.send(request.strip() + HOST + (header == null ? "" : header + "\r\n") + "\r\n");
            assertEquals(status, client.readAnswer().status());
            if (afterwards.equals("end")) {
                client.expectEnd();
            } else {
                client.send(get("/api/hello"));
                assertEquals(200, client.readAnswer().status());
            }
        }
    }

    @Test
    void shouldAnswerHeadWithoutBody() throws IOException {
        try (RawClient client = connect()) {
            client.send("HEAD /api/hello?name=x" + HOST + "\r\n");
            HttpAnswer head = client.readAnswerToHead();
            assertEquals(200, head.status());
            assertEquals("7", head.header("Content-Length"));
            client.send(get("/api/hello?name=x"));
            assertEquals("hello x", client.readAnswer().text());
        }
    }

    @Test
    void shouldEndAnOldConnectionAfterItsAnswer() throws IOException {
        try (RawClient client = connect()) {
            client.send("GET /api/hello HTTP/1.0\r\n\r\n");
            assertEquals(200, client.readAnswer().status());
            client.expectEnd();
        }
    }

    @Test
    void shouldAskForABodyThatWaits() throws IOException {
        try (RawClient client = connect()) {
            client.send("POST /api/echo" + HOST + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
            assertEquals(100, client.readAnswerToHead().status());
            client.send(new byte[] {1, 2, 3});
            assertArrayEquals(new byte[] {1, 2, 3}, client.readAnswer().body());
        }
    }

    @Test
    void shouldServeALargeAnswerToASlowReader() throws IOException {
        try (RawClient slow = RawClient.connect(server.address(), 8 * 1024); RawClient other = connect()) {
            slow.send(get("/large"));
            other.send(get("/api/hello?name=quick"));
            assertEquals("hello quick", other.readAnswer().text());
            assertArrayEquals(Frames.payload(LARGE), slow.readAnswer().body());
            slow.send(get("/api/hello?name=still here"));
            assertEquals(400, slow.readAnswer().status());
        }
    }

    @Test
    void shouldAnswerWhenARouteIsReady() throws IOException {
        CompletableFuture<HttpResponse> later = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(1);
        server.server().registerRoute(new HttpRoute("GET", "/later", request -> {
            asked.countDown();
            return later;
        }, "", List.of()));
        try (RawClient waiting = connect(); RawClient other = connect()) {
            waiting.send(get("/api/later"));
            Await.untilEquals(0L, asked::getCount);
            other.send(get("/api/hello?name=meanwhile"));
            assertEquals("hello meanwhile", other.readAnswer().text());
            later.complete(HttpResponse.json("{}"));
            assertEquals("{}", waiting.readAnswer().text());
        }
    }

    @Test
    void shouldServeFilesAndTellWhatHasNotChanged() throws IOException {
        Files.writeString(folder.resolve("index.html"), "<p>µ</p>");
        Files.write(folder.resolve("data.bin"), Frames.payload(300_000));
        server.server().registerRoute("", StaticFiles.ofFolder(folder).routeAt("/files"));
        try (RawClient client = connect()) {
            client.send(get("/files/"));
            HttpAnswer page = client.readAnswer();
            assertEquals("<p>µ</p>", page.text());
            assertTrue(page.header("Content-Type").startsWith("text/html"));
            client.send(get("/files/index.html", "If-None-Match: " + page.header("ETag")));
            assertEquals(304, client.readAnswerToHead().status());
            client.send(get("/files/data.bin"));
            assertArrayEquals(Frames.payload(300_000), client.readAnswer().body());
            client.send(get("/files/../secret"));
            assertEquals(404, client.readAnswer().status());
        }
    }

    @Test
    void shouldGiveUpOnRequestsThatDoNotCome() throws IOException {
        try (TestServer impatient = start(Duration.ofSeconds(5), Duration.ofMillis(100));
                RawClient silent = RawClient.connect(impatient.address());
                RawClient half = RawClient.connect(impatient.address());
                RawClient resting = RawClient.connect(impatient.address())) {
            half.send("GET /api/hello HTTP/1.1\r\nHo");
            resting.send(get("/api/hello"));
            assertEquals(200, resting.readAnswer().status());
            resting.expectEnd();
            silent.expectEnd();
            assertEquals(408, half.readAnswer().status());
            half.expectEnd();
        }
    }

    /** Answers and requests that nobody waits for any more do no harm. */
    @Test
    void shouldOutliveClientsThatGoAway() throws IOException {
        CompletableFuture<HttpResponse> never = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(2);
        server.server().registerRoute(new HttpRoute("GET", "/never", request -> {
            asked.countDown();
            return never;
        }, "", List.of()));
        RawClient gone = connect();
        gone.send(get("/api/never"));
        RawClient reset = connect();
        reset.send(get("/api/never"));
        RawClient middle = connect();
        middle.send(get("/large"));
        Await.untilEquals(0L, asked::getCount);
        gone.close();
        reset.resetOnClose();
        reset.close();
        middle.resetOnClose();
        middle.close();
        never.complete(HttpResponse.of(200, "x/y", Frames.payload(LARGE)));
        try (RawClient client = connect()) {
            client.send(get("/api/hello?name=x"));
            assertEquals("hello x", client.readAnswer().text());
        }
        server.awaitCounter("sockets.open", 0);
    }
}

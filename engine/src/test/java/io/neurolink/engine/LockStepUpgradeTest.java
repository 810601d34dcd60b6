package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.TestPeer.Answer;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.TraceContext;
import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.EngineCounter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** From the first byte of a connection to its first message. */
@InAllModes
class LockStepUpgradeTest extends LockStepTest {
    /** The handshake of RFC 6455 section 1.3. */
    private static final String REQUEST = """
            GET /ws HTTP/1.1
            Host: localhost:3000
            Upgrade: websocket
            Connection: keep-alive, Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13

            """;
    private static final String SWITCHING = """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
            \r
            """;

    private static byte[] requestBytes() {
        return REQUEST.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldAnswerWithTheBytesOfTheRfc() {
        start();
        TestPeer peer = server.connect().request(REQUEST);
        server.settle();

        assertEquals(SWITCHING, latin(peer.take()));
        assertEquals(1, peer.transport.writes());
        assertEquals(List.of("open"), handler.events());
        assertTrue(peer.transport.wantsReadable());
        assertFalse(peer.transport.wantsWritable());
        assertEquals(1, server.manager.getConnectionCount());
        assertCount(1, EngineCounter.UPGRADES_ACCEPTED);
        assertCount(1, EngineCounter.CONNECTIONS_OPEN);
        assertCount(1, EngineCounter.SOCKETS_OPEN);
        assertCount(0, EngineCounter.HTTP_REQUESTS);
    }

    @Test
    void shouldUpgradeAndDeliverWhereverTheBytesAreCut() {
        handler = RecordingHandler.echo();
        start();
        byte[] all = ClientFrames.concat(requestBytes(), ClientFrames.text("early"));
        for (int cut = 1; cut < all.length; cut++) {
            TestPeer peer = server.connect().send(Arrays.copyOf(all, cut));
            server.settle();
            peer.send(Arrays.copyOfRange(all, cut, all.length));
            server.settle();

            String sent = latin(peer.take());
            assertEquals(SWITCHING + "\u0081\u0005early", sent, "cut at " + cut);
        }
        assertCount(all.length - 1, EngineCounter.UPGRADES_ACCEPTED);
    }

    @Test
    void shouldUpgradeByteByByte() {
        handler = RecordingHandler.echo();
        start();
        byte[] all = ClientFrames.concat(requestBytes(), ClientFrames.text("early"));
        TestPeer peer = server.connect();
        peer.transport.maxRead(1);
        peer.transport.acceptance(offered -> 1);
        peer.send(all);
        server.settle();

        assertEquals(SWITCHING + "\u0081\u0005early", latin(peer.take()));
        assertEquals(List.of("open", "text early"), handler.events());
    }

    @Test
    void shouldAnswerTheUpgradeBeforeTheGreetingHoweverLittleTheSocketTakes() {
        handler = new RecordingHandler().atOpen(connection -> connection.send("hello"));
        start();
        for (int taken = 1; taken < SWITCHING.length() + 8; taken++) {
            TestPeer peer = server.connect();
            int limit = taken;
            peer.transport.acceptance(offered -> Math.min(offered, limit));
            peer.send(requestBytes(), ClientFrames.ping("p"));
            server.settle();

            String sent = latin(peer.take());
            assertEquals(SWITCHING, sent.substring(0, SWITCHING.length()), "at most " + limit + " at once");
            assertTrue(sent.contains("\u0081\u0005hello") && sent.contains("\u008a\u0001p"), sent);
        }
    }

    @Test
    void shouldAnswerTheUpgradeBeforeWhatAListenerSends() {
        start(config -> config.listener(new EngineListener() {
            @Override
            public void onConnectionOpened(WebSocketConnection connection) {
                connection.send("welcome");
            }
        }));
        TestPeer peer = server.connect().request(REQUEST);
        server.settle();

        assertEquals(SWITCHING + "\u0081\u0007welcome", latin(peer.take()));
    }

    @Test
    void shouldAnswerTheUpgradeBeforeThePingBehindIt() {
        start();
        TestPeer peer = server.connect().request(REQUEST).send(ClientFrames.ping("p"), ClientFrames.text("m"));
        server.settle();

        assertEquals(SWITCHING + "\u008a\u0001p", latin(peer.take()));
        assertEquals(List.of("open", "text m"), handler.events());
    }

    @Test
    void shouldAnswerTheUpgradeBeforeTheCloseBehindIt() {
        start();
        TestPeer peer = server.connect().request(REQUEST).send(ClientFrames.text("m"), ClientFrames.close(1000, ""));
        server.settle();

        assertEquals(SWITCHING + "\u0088\u0002\u0003\u00e8", latin(peer.take()));
        assertEquals(List.of("open", "text m", "close 1000"), handler.events());
        assertTrue(peer.transport.isClosed());
    }

    @Test
    void shouldAnswerTheUpgradeBeforeWhatOnOpenSends() {
        handler.atOpen(connection -> {
            connection.ping();
            connection.send("welcome");
        });
        start(config -> config.pingInterval(Duration.ZERO));
        TestPeer peer = server.connect().request(REQUEST);
        server.settle();

        byte[] sent = peer.take();
        assertEquals(SWITCHING, latin(Arrays.copyOf(sent, SWITCHING.length())));
        assertEquals(SWITCHING.length() + 10 + 9, sent.length);
    }

    @Test
    void shouldKeepTheAnswerWhenOnOpenSendsTooMuch() {
        handler.atOpen(connection -> {
            for (int i = 0; i < 3; i++) {
                connection.send(new byte[900]);
            }
        });
        start(config -> config.maxBufferedBytes(1024));
        TestPeer peer = server.connect().request(REQUEST);
        server.settle();

        assertTrue(latin(peer.take()).startsWith(SWITCHING), "a close frame must not come without a handshake");
    }

    @Test
    void shouldChooseTheSubprotocolItPrefers() {
        start(config -> config.subprotocols("neurolink.agent.v1", "chat"));
        TestPeer both = server.connect().upgrade("/ws", "Sec-WebSocket-Protocol: chat, neurolink.agent.v1");
        TestPeer other = server.connect().upgrade("/ws", "Sec-WebSocket-Protocol: unknown");
        TestPeer none = server.connect().upgrade("/ws");
        server.settle();

        assertEquals("neurolink.agent.v1", both.agreement().subprotocol());
        assertNull(other.agreement().subprotocol());
        assertNull(none.agreement().subprotocol());
        assertEquals("neurolink.agent.v1", server.connectionOf(both).subprotocol());
        assertNull(server.connectionOf(other).subprotocol());
    }

    @Test
    void shouldAnswer404WhereThereIsNoWebSocket() {
        start();
        TestPeer peer = server.connect().upgrade("/nowhere");
        server.settle();

        Answer answer = peer.answer();
        assertEquals(404, answer.status());
        assertEquals("{\"error\":\"Not Found\",\"message\":\"there is no WebSocket at this path\",\"status\":404}", answer.body());
        assertEquals("application/json", answer.header("Content-Type"));
        assertEquals("close", answer.header("Connection"));
        assertLingers(peer);
        assertCount(1, EngineCounter.UPGRADES_REFUSED_NOT_FOUND);
        assertCount(1, EngineCounter.HTTP_RESPONSES_4XX);
    }

    /** The end of the answer is announced; the socket stays until the peer has read it. */
    private void assertLingers(TestPeer peer) {
        assertTrue(peer.transport.isOutputShut());
        assertFalse(peer.transport.isClosed());
        peer.send(ClientFrames.text("too late")).transport.end();
        server.settle();
        assertTrue(peer.transport.isClosed());
        assertEquals(List.of(), handler.events());
    }

    @Test
    void shouldNameTheHeaderThatIsWrong() {
        start();
        assertRefused(400, "Connection", REQUEST.replace("Connection: keep-alive, Upgrade\n", ""));
        assertRefused(400, "Connection", REQUEST.replace("keep-alive, Upgrade", "keep-alive"));
        assertRefused(400, "Sec-WebSocket-Key", REQUEST.replaceAll("Sec-WebSocket-Key.*\n", ""));
        assertRefused(400, "Sec-WebSocket-Key", REQUEST.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="));
        assertRefused(426, "Sec-WebSocket-Version", REQUEST.replace("Version: 13", "Version: 8"));
        assertRefused(426, "Sec-WebSocket-Version", REQUEST.replaceAll("Sec-WebSocket-Version.*\n", ""));
        assertRefused(426, "Upgrade", REQUEST.replace("Upgrade: websocket\n", ""));
        assertCount(7, EngineCounter.UPGRADES_REFUSED_BAD_REQUEST);
        assertCount(0, EngineCounter.UPGRADES_ACCEPTED);
    }

    private void assertRefused(int status, String header, String request) {
        TestPeer peer = server.connect().request(request);
        server.settle();
        Answer answer = peer.answer();
        assertEquals(status, answer.status(), request);
        assertTrue(answer.body().endsWith("\"status\":" + status + ",\"header\":\"" + header + "\"}"), answer.body());
        assertEquals(status == 426 ? "13" : null, answer.header("Sec-WebSocket-Version"));
        assertLingers(peer);
    }

    @Test
    void shouldRefuseOtherMethodsAndVersions() {
        start();
        TestPeer post = server.connect().request(REQUEST.replace("GET", "POST"));
        TestPeer old = server.connect().request(REQUEST.replace("HTTP/1.1", "HTTP/1.0"));
        server.settle();

        Answer answer = post.answer();
        assertEquals(405, answer.status());
        assertEquals("GET", answer.header("Allow"));
        assertEquals(400, old.answer().status());
    }

    @Test
    void shouldRefuseHeadsThatAreTooLarge() {
        start();
        TestPeer line = server.connect().request("GET /" + "x".repeat(9000) + " HTTP/1.1\n");
        TestPeer fields = server.connect().request("GET /ws HTTP/1.1\nHost: a\nX: " + "x".repeat(9000) + "\n");
        server.settle();

        assertEquals(414, line.answer().status());
        assertEquals(431, fields.answer().status());
        assertLingers(line);
    }

    @Test
    void shouldAllowTheSameHostOnlyAsOrigin() {
        start();
        assertEquals(101, statusFor("Origin: http://localhost:3000"));
        assertEquals(101, statusFor("Origin: https://LOCALHOST:3000"));
        assertEquals(101, statusFor("X-Other: no origin at all"));
        assertEquals(403, statusFor("Origin: http://evil.example"));
        assertEquals(403, statusFor("Origin: http://localhost:3001"));
        assertEquals(403, statusFor("Origin: null"));
        assertEquals(403, statusFor("Origin: http://localhost:3000", "Origin: http://localhost:3000"));
        assertCount(4, EngineCounter.UPGRADES_REFUSED_ORIGIN);
    }

    @Test
    void shouldAllowListedOriginsOnly() {
        start(config -> config.allowedOrigins("https://app.example"));
        assertEquals(101, statusFor("Origin: https://app.example"));
        assertEquals(101, statusFor("X-Other: no origin at all"));
        assertEquals(403, statusFor("Origin: http://app.example"));
        assertEquals(403, statusFor("Origin: http://localhost:3000"));
    }

    @Test
    void shouldAllowEveryOriginWhenToldSo() {
        start(config -> config.allowedOrigins("*"));
        assertEquals(101, statusFor("Origin: http://evil.example"));
        assertEquals(101, statusFor("Origin: null"));
    }

    private int statusFor(String... headers) {
        TestPeer peer = server.connect().upgrade("/ws", headers);
        server.settle();
        return peer.answer().status();
    }

    @Test
    void shouldSayWhyAnOriginIsRefused() {
        RecordingListener listener = new RecordingListener();
        start(config -> config.listener(listener));
        TestPeer peer = server.connect().upgrade("/ws", "Origin: http://evil.example");
        server.settle();

        assertEquals("{\"error\":\"WebSocketConnectionError\",\"message\":\"this Origin may not connect\",\"status\":403}",
                peer.answer().body());
        assertEquals(List.of("refused /ws 403 this Origin may not connect"), listener.events());
    }

    @Test
    void shouldRefuseMoreThanMaxConnectionsAndDisturbNobody() {
        RecordingListener listener = new RecordingListener();
        handler = RecordingHandler.echo();
        start(config -> config.maxConnections(2).listener(listener));
        TestPeer first = server.open();
        TestPeer second = server.open();
        TestPeer third = server.connect().upgrade("/ws");
        server.settle();

        Answer answer = third.answer();
        assertEquals(503, answer.status());
        assertEquals("5", answer.header("Retry-After"));
        assertEquals("{\"error\":\"WebSocketConnectionError\",\"message\":\"Maximum connections (2) reached\",\"status\":503}",
                answer.body());
        assertCount(1, EngineCounter.UPGRADES_REFUSED_MAX_CONNECTIONS);
        assertCount(1, EngineCounter.HTTP_RESPONSES_5XX);
        assertEquals(List.of("opened", "opened", "refused /ws 503 Maximum connections (2) reached"), listener.events());

        first.text("a");
        second.send(ClientFrames.close(1000, ""));
        server.settle();
        assertEquals(List.of("text a"), first.frames());
        assertEquals(101, statusFor());
    }

    @Test
    void shouldRefuseUpgradesDuringShutdown() {
        handler = RecordingHandler.echo();
        start();
        TestPeer old = server.open();
        server.engine.refuseUpgrades();
        TestPeer late = server.connect().upgrade("/ws");
        old.text("still here");
        server.settle();

        Answer answer = late.answer();
        assertEquals(503, answer.status());
        assertEquals("5", answer.header("Retry-After"));
        assertEquals("{\"error\":\"WebSocketConnectionError\",\"message\":\"the server is shutting down\",\"status\":503}", answer.body());
        assertEquals(List.of("text still here"), old.frames());
        assertCount(1, EngineCounter.UPGRADES_REFUSED_SHUTTING_DOWN);
    }

    @Test
    void shouldAnswer408ToARequestThatDripsIn() {
        start();
        byte[] request = requestBytes();
        TestPeer peer = server.connect();
        server.settle();
        for (int second = 0; second < 10; second++) {
            assertEquals(0, peer.transport.sentLength(), "after " + second + " s");
            peer.send(Arrays.copyOfRange(request, second, second + 1));
            server.settle();
            server.advance(Duration.ofSeconds(1));
        }

        Answer answer = peer.answer();
        assertEquals(408, answer.status());
        assertEquals("{\"error\":\"Request Timeout\",\"message\":\"the request took too long to arrive\",\"status\":408}", answer.body());
        assertCount(1, EngineCounter.UPGRADES_REFUSED_TIMEOUT);
        assertTrue(peer.transport.isOutputShut());
        for (int i = 0; i < 4; i++) {
            peer.send(request);
            server.advance(Duration.ofMillis(499));
        }
        assertFalse(peer.transport.isClosed());
        server.advance(Duration.ofMillis(4));
        assertTrue(peer.transport.isClosed(), "it lingers for two seconds, whatever still comes");
    }

    @Test
    void shouldCloseAConnectionThatNeverSaysAnything() {
        start();
        TestPeer peer = server.connect();
        server.settle();
        server.advance(Duration.ofMillis(9_999));
        assertFalse(peer.transport.isClosed());
        server.advance(Duration.ofMillis(1));

        assertTrue(peer.transport.isClosed());
        assertEquals(0, peer.transport.sentLength());
        assertCount(0, EngineCounter.UPGRADES_REFUSED_TIMEOUT);
    }

    @Test
    void shouldForgetAPeerThatLeavesDuringItsRequest() {
        start();
        TestPeer ended = server.connect().request("GET /ws HTTP/1.1\nHost: a\n");
        TestPeer reset = server.connect().request("GET /ws HTTP/1.1\nHost: a\n");
        server.settle();
        ended.transport.end();
        reset.transport.reset();
        server.settle();

        assertTrue(ended.transport.isClosed());
        assertTrue(reset.transport.isClosed());
        assertCount(0, EngineCounter.SOCKETS_OPEN);
        assertCount(2, EngineCounter.SOCKETS_CLOSED);
    }

    @Test
    void shouldForgetAPeerThatIsGoneWhenTheAnswerIsWritten() {
        start();
        TestPeer peer = server.connect().request(REQUEST);
        peer.transport.breakWriting();
        server.settle();

        assertTrue(peer.transport.isClosed());
        assertEquals(List.of("open", "close 1006"), handler.events());
    }

    @Test
    void shouldLetTheHandlerKeepWhatTheRequestHad() {
        WebSocketHandler keeper = new WebSocketHandler() {
            @Override
            public void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
                metadata.put("room", request.queryParameter("room"));
                metadata.put("agent", request.header("User-Agent"));
                metadata.put("session", request.cookie("session"));
            }

            @Override
            public void onOpen(WebSocketConnection connection) {
                connection.send(connection.path() + " " + connection.metadata().get("room") + " " + connection.metadata().get("agent")
                        + " " + connection.metadata().get("session") + " " + connection.metadata().get("path"));
            }
        };
        server = LockStepServer.builder(mode).handler("/chat/*", keeper).start();
        TestPeer peer = server.open("/chat/a?room=42", "User-Agent: test", "Cookie: a=b; session=s1");

        assertEquals(List.of("text /chat/a 42 test s1 /chat/a"), peer.frames());
    }

    @Test
    void shouldAnswer500WhenTheHandlerFailsBeforeTheUpgrade() {
        expectErrors("java.lang.IllegalStateException: not today");
        WebSocketHandler failing = new WebSocketHandler() {
            @Override
            public void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
                throw new IllegalStateException("not today");
            }
        };
        server = LockStepServer.builder(mode).config(config -> config.maxConnections(1)).handler(failing).handler("/ok", handler).start();
        TestPeer peer = server.connect().upgrade("/ws");
        server.settle();

        assertEquals(500, peer.answer().status());
        assertCount(1, EngineCounter.HANDLER_ERRORS);
        assertCount(0, EngineCounter.CONNECTIONS_OPENED);
        server.open("/ok");
    }

    @Test
    void shouldFindTheHandlerOfThePath() {
        RecordingHandler below = new RecordingHandler().atOpen(connection -> connection.send("below"));
        RecordingHandler exact = new RecordingHandler().atOpen(connection -> connection.send("exact"));
        RecordingHandler elsewhere = new RecordingHandler().atOpen(connection -> connection.send("elsewhere"));
        WebSocketConnectionManager other = new WebSocketConnectionManager(
                WebSocketConfig.builder().handlerThreading(mode.threading).path("/ws/*").build()).registerHandler(elsewhere)
                .registerHandler("/other", elsewhere);
        server = LockStepServer.builder(mode).handler("/ws/*", below).handler("/ws/a", exact).otherManager(other).start();

        assertEquals(List.of("text exact"), server.open("/ws/a").frames());
        assertEquals(List.of("text below"), server.open("/ws/a/b").frames());
        assertEquals(List.of("text elsewhere"), server.open("/other?x=1").frames());
        assertEquals(2, server.manager.getConnectionCount());
        assertEquals(1, other.getConnectionCount());
    }

    private TraceContext traceAfter(String... headers) {
        start();
        String request = REQUEST.replace("\n\n", "\n" + String.join("\n", headers) + "\n\n");
        server.connect().request(request);
        server.settle();
        WebSocketConnection connection = server.manager.getAllConnections().get(0);
        assertEquals(connection.trace(), connection.metadata().get(TraceContext.METADATA_KEY));
        return connection.trace();
    }

    @Test
    void shouldKeepTheTraceOfTheRequest() {
        TraceContext trace = traceAfter("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "TraceState: a=1",
                "tracestate: b=2");
        assertEquals("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", trace.traceparent());
        assertEquals("a=1,b=2", trace.state());
    }

    @Test
    void shouldIgnoreATraceThatBreaksTheRules() {
        assertNull(traceAfter("traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
    }

    @Test
    void shouldIgnoreATraceThatIsGivenTwice() {
        String traceparent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assertNull(traceAfter(traceparent, traceparent));
    }

    @Test
    void shouldDoWithoutATrace() {
        start();
        server.connect().request(REQUEST);
        server.settle();
        assertNull(server.manager.getAllConnections().get(0).trace());
    }
}

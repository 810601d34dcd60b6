package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.loop.ConnectAttempt;
import io.neurolink.engine.loop.ConnectRequest;
import io.neurolink.engine.loop.HostResolver;
import io.neurolink.engine.loop.ProxyTunnel;
import io.neurolink.engine.loop.Turns;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandshakeError;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.transport.FakePoller;
import io.neurolink.engine.transport.FakeTransport;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.handshake.ClientHandshake;
import io.neurolink.protocol.handshake.ExtensionOffer;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A client on a stepped loop: every way a server can answer, be silent or be wrong, with time that the test moves. */
@ParameterizedClass
@EnumSource(value = Mode.class, names = {"INLINE", "WORKER"})
@Timeout(120)
class LockStepClientTest extends LockStepTest {
    private static final int PORT = 8000;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final RecordingHandler client = new RecordingHandler();
    private final List<FakeTransport> lines = new ArrayList<>();
    private ManagerEndpoint endpoint;
    private HostResolver resolver = host -> new InetAddress[] {InetAddress.getByAddress(new byte[] {10, 0, 0, 1})};
    private ConnectAttempt attempt;
    private DeflateParameters deflate;
    private ProxyTunnel proxy;

    private void startClient(Consumer<WebSocketConfig.Builder> config) {
        start();
        WebSocketConfig.Builder builder = WebSocketConfig.builder().handlerThreading(mode.threading).pingInterval(Duration.ZERO);
        config.accept(builder);
        endpoint = new WebSocketConnectionManager(builder.build()).endpoint();
        endpoint.index(server.engine.takeIndex());
        Turns.of(server.engine.loops().get(0), () -> {
            server.engine.addOn(0, endpoint, mode.threading);
            return 0;
        });
    }

    private CompletableFuture<WebSocketConnection> connect(UnaryOperator<ClientHandshake.Builder> change) {
        if (server == null) {
            startClient(config -> { });
        }
        ClientHandshake handshake = change.apply(ClientHandshake.builder("example.org:8000", "/chat?x=1")).build(new Random(1));
        ConnectRequest request = new ConnectRequest(
                endpoint, client, handshake, deflate, "/chat", "example.org", PORT, resolver, null, proxy, TIMEOUT.toNanos());
        CompletableFuture<WebSocketConnection> result = new CompletableFuture<>();
        endpoint.admit(null);
        attempt = new ConnectAttempt(server.engine.loops().get(0), request, result);
        server.engine.loops().get(0).proxy().executeUrgently(attempt::start);
        server.settle();
        return result;
    }

    private CompletableFuture<WebSocketConnection> connect() {
        return connect(handshake -> handshake);
    }

    private FakePoller.FakeConnect wanted() {
        List<FakePoller.FakeConnect> connects = server.poller(0).connects();
        return connects.get(connects.size() - 1);
    }

    /** The server takes the connection. */
    private ServerPeer accepted() {
        FakeTransport line = new FakeTransport(PORT + lines.size());
        lines.add(line);
        wanted().accept(line);
        server.settle();
        return new ServerPeer(line);
    }

    private ServerPeer opened(Consumer<WebSocketConfig.Builder> config) {
        startClient(config);
        CompletableFuture<WebSocketConnection> result = connect();
        ServerPeer peer = accepted();
        peer.send(peer.switching());
        server.settle();
        assertTrue(result.isDone());
        return peer;
    }

    private ServerPeer opened() {
        return opened(config -> { });
    }

    private static <E extends Throwable> E failure(Class<E> type, CompletableFuture<?> future) {
        assertTrue(future.isDone(), "it is not decided");
        return assertInstanceOf(type, assertThrows(CompletionException.class, future::join).getCause());
    }

    private void assertOutcomes(long opened, long refused, long violated, long failed, long timedOut, long cancelled) {
        assertCount(opened, EngineCounter.CLIENT_CONNECTS_OPENED);
        assertCount(refused, EngineCounter.CLIENT_CONNECTS_REFUSED);
        assertCount(violated, EngineCounter.CLIENT_CONNECTS_VIOLATED);
        assertCount(failed, EngineCounter.CLIENT_CONNECTS_FAILED);
        assertCount(timedOut, EngineCounter.CLIENT_CONNECTS_TIMED_OUT);
        assertCount(cancelled, EngineCounter.CLIENT_CONNECTS_CANCELLED);
        assertCount(opened + refused + violated + failed + timedOut + cancelled, EngineCounter.CLIENT_CONNECTS);
    }

    @AfterEach
    void verifyClient() {
        if (server == null) {
            return;
        }
        server.end();
        assertEquals(List.of(), client.faults());
        assertEquals(List.of(), client.unclosed());
        assertEquals(0, endpoint.count());
        for (FakeTransport line : lines) {
            assertEquals(List.of(), line.misuse());
            assertTrue(line.isClosed(), "a line is left open");
        }
    }

    // ------------------------------------------------------------------ the request

    @Test
    void shouldAskForAnUpgrade() {
        connect(handshake -> handshake.subprotocols("one", "two").header("Authorization", "Bearer x"));
        assertEquals("/10.0.0.1:8000", wanted().address.toString());
        String request = accepted().request();
        assertEquals("GET /chat?x=1 HTTP/1.1\r\nHost: example.org:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
                + ServerPeer.key(request) + "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: one, two\r\n"
                + "Authorization: Bearer x\r\n\r\n", request);
    }

    @Test
    void shouldWriteItsRequestHoweverLittleTheLineTakes() {
        connect();
        FakeTransport line = new FakeTransport(PORT);
        lines.add(line);
        line.acceptance(offered -> 1);
        wanted().accept(line);
        server.settle();
        assertTrue(new ServerPeer(line).request().endsWith("\r\n\r\n"));
        assertFalse(line.wantsWritable());
    }

    @Test
    void shouldTryTheNextAddress() {
        resolver = host -> new InetAddress[] {
            InetAddress.getByAddress(new byte[] {10, 0, 0, 1}), InetAddress.getByAddress(new byte[] {10, 0, 0, 2})};
        CompletableFuture<WebSocketConnection> result = connect();
        wanted().refuse(new ConnectException("Connection refused"));
        server.settle();
        assertEquals("/10.0.0.2:8000", wanted().address.toString());
        wanted().refuse(new ConnectException("No route"));
        server.settle();
        assertEquals("cannot connect to example.org:8000: No route", failure(WebSocketConnectionError.class, result).getMessage());
        assertOutcomes(0, 0, 0, 1, 0, 0);
    }

    @Test
    void shouldSayThatAHostIsUnknown() {
        resolver = host -> {
            throw new UnknownHostException(host);
        };
        assertEquals("cannot find the address of example.org", failure(WebSocketConnectionError.class, connect()).getMessage());
        assertOutcomes(0, 0, 0, 1, 0, 0);
    }

    @Test
    void shouldSayThatTooMuchWaits() {
        startClient(config -> { });
        server.executor.full(true);
        assertEquals("too many name look-ups at once", failure(WebSocketConnectionError.class, connect()).getMessage());
        server.executor.full(false);
        assertOutcomes(0, 0, 0, 1, 0, 0);
    }

    // ------------------------------------------------------------------ the answer

    @Test
    void shouldOpenWhereverTheAnswerAndTheFirstFramesAreCut() {
        startClient(config -> { });
        int length = 0;
        for (int cut = 0; cut <= Math.max(length, 1); cut++) {
            CompletableFuture<WebSocketConnection> result = connect();
            ServerPeer peer = accepted();
            byte[] all = ClientFrames.concat(peer.switching(), ServerPeer.text("first"), ServerPeer.text("second"));
            length = all.length;
            peer.send(Arrays.copyOf(all, cut));
            server.settle();
            peer.send(Arrays.copyOfRange(all, cut, length));
            server.settle();
            WebSocketConnection connection = result.join();
            assertEquals(List.of("open", "text first", "text second"), client.events(connection), "cut at " + cut);
            peer.transport.reset();
            server.settle();
        }
        assertCount(length + 1, EngineCounter.CLIENT_CONNECTS_OPENED);
    }

    @Test
    void shouldTakeTheAnswerByteByByte() {
        CompletableFuture<WebSocketConnection> result = connect();
        ServerPeer peer = accepted();
        peer.transport.maxRead(1);
        peer.send(peer.switching(), ServerPeer.text("slow"));
        server.settle();
        assertEquals(List.of("open", "text slow"), client.events(result.join()));
    }

    @Test
    void shouldSkipInterimAnswersUpToALimit() {
        connect();
        ServerPeer peer = accepted();
        peer.send("HTTP/1.1 103 Early Hints\nLink: x\n\n".repeat(8)).send(peer.switching());
        server.settle();
        assertEquals(List.of("open"), client.events());

        CompletableFuture<WebSocketConnection> result = connect();
        accepted().send("HTTP/1.1 100 Continue\n\n".repeat(9));
        server.settle();
        assertEquals("the server sent more than 8 interim answers", failure(WebSocketHandshakeError.class, result).getMessage());
        assertOutcomes(1, 0, 1, 0, 0, 0);
    }

    private WebSocketHandshakeError violated(UnaryOperator<String> change) {
        CompletableFuture<WebSocketConnection> result =
                connect(handshake -> handshake.subprotocols("one").extension(new ExtensionOffer("x-known", List.of())));
        ServerPeer peer = accepted();
        peer.send(change.apply(new String(peer.switching(), StandardCharsets.ISO_8859_1)).getBytes(StandardCharsets.ISO_8859_1));
        server.settle();
        assertTrue(peer.transport.isClosed());
        return failure(WebSocketHandshakeError.class, result);
    }

    private void assertViolated(String expected, UnaryOperator<String> change) {
        assertEquals("bad answer to the upgrade: " + expected, violated(change).getMessage());
    }

    private static UnaryOperator<String> with(String header) {
        return answer -> answer.replace("\r\n\r\n", "\r\n" + header + "\r\n\r\n");
    }

    private static UnaryOperator<String> without(String header) {
        return answer -> answer.replaceAll(header + ": [^\r]*\r\n", "");
    }

    @Test
    void shouldRefuseAnswersThatAreNotWhatWasAskedFor() {
        assertViolated("Sec-WebSocket-Accept is missing", without("Sec-WebSocket-Accept"));
        assertViolated("Sec-WebSocket-Accept does not answer the key that was sent",
                answer -> answer.replaceAll("Accept: .", "Accept: "));
        assertViolated("Upgrade must be websocket", without("Upgrade"));
        assertViolated("Connection must list upgrade", without("Connection"));
        assertViolated("Sec-WebSocket-Protocol must be one of the subprotocols that were offered", with("Sec-WebSocket-Protocol: two"));
        assertViolated("Sec-WebSocket-Extensions must list extensions that were offered, each once",
                with("Sec-WebSocket-Extensions: permessage-bzip2"));
        assertViolated("Sec-WebSocket-Extensions must list extensions that were offered, each once",
                with("Sec-WebSocket-Extensions: x-known, x-known"));
        assertEquals(101, violated(without("Upgrade")).status());
        assertEquals(0, violated(answer -> "SSH-2.0-OpenSSH_9.6\r\n").status());
        assertOutcomes(0, 0, 9, 0, 0, 0);
    }

    @Test
    void shouldNotBelieveAnAnswerThatCameBeforeTheQuestion() {
        CompletableFuture<WebSocketConnection> result = connect();
        FakeTransport line = new FakeTransport(PORT);
        lines.add(line);
        line.room(0);
        line.receive("HTTP/1.1 101 Switching Protocols\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        wanted().accept(line);
        server.settle();
        assertEquals("the server answered before it was asked", failure(WebSocketHandshakeError.class, result).getMessage());
    }

    @Test
    void shouldBringTheBodyOfARefusal() {
        CompletableFuture<WebSocketConnection> result = connect();
        accepted().send("HTTP/1.1 302 Found\nLocation: ws://elsewhere/\nContent-Length: 9\n\nnot here!");
        server.settle();
        WebSocketHandshakeError error = failure(WebSocketHandshakeError.class, result);
        assertEquals("the server answered 302 Found instead of 101", error.getMessage());
        assertEquals(302, error.status());
        assertEquals("Found", error.reason());
        assertEquals("not here!", error.body());
        assertEquals(List.of("ws://elsewhere/"), error.headers("location"));
        assertOutcomes(0, 1, 0, 0, 0, 0);
    }

    @Test
    void shouldBringWhatThereIsOfABodyWhenItsTimeIsOver() {
        CompletableFuture<WebSocketConnection> silent = connect();
        accepted().send("HTTP/1.1 500 Oops\nContent-Length: 100\n\nhalf");
        server.settle();
        assertFalse(silent.isDone());
        server.advance(TIMEOUT);
        assertEquals("half", failure(WebSocketHandshakeError.class, silent).body());

        CompletableFuture<WebSocketConnection> broken = connect();
        ServerPeer peer = accepted();
        peer.send("HTTP/1.1 500 Oops\n\nto the end");
        server.settle();
        peer.transport.end();
        server.settle();
        assertEquals("to the end", failure(WebSocketHandshakeError.class, broken).body());
        assertOutcomes(0, 2, 0, 0, 0, 0);
    }

    @Test
    void shouldKeepNoMoreOfABodyThanItsLimit() {
        CompletableFuture<WebSocketConnection> result = connect();
        accepted().send("HTTP/1.1 500 Oops\n\n" + "x".repeat(16 * 1024 + 1));
        server.settle();
        assertEquals(16 * 1024, failure(WebSocketHandshakeError.class, result).body().length());
    }

    // ------------------------------------------------------------------ silence, ends, cancelling

    private void assertTimedOut(String what, CompletableFuture<?> result) {
        server.advance(TIMEOUT.minusMillis(1));
        assertFalse(result.isDone(), "too early");
        server.advance(Duration.ofMillis(2));
        WebSocketConnectionError error = failure(WebSocketConnectionError.class, result);
        assertEquals("example.org:8000: " + what + " within 10000 ms", error.getMessage());
        assertInstanceOf(TimeoutException.class, error.getCause());
    }

    @Test
    void shouldWaitForEachStepUpToTheSameDeadline() {
        startClient(config -> { });
        CompletableFuture<WebSocketConnection> connecting = connect();
        assertTimedOut("it did not take the connection", connecting);
        assertTrue(wanted().isAbandoned());

        CompletableFuture<WebSocketConnection> asking = connect();
        FakeTransport full = new FakeTransport(PORT);
        lines.add(full);
        full.room(0);
        wanted().accept(full);
        server.settle();
        assertTimedOut("the request could not be written", asking);

        CompletableFuture<WebSocketConnection> reading = connect();
        accepted().send("HTTP/1.1 101 Swi");
        assertTimedOut("it did not answer", reading);
        assertOutcomes(0, 0, 0, 0, 3, 0);
    }

    @Test
    void shouldWaitForALookUpUpToTheDeadline() {
        startClient(config -> { });
        resolver = host -> {
            throw new UnknownHostException("too late");
        };
        server.executor.held(true);
        CompletableFuture<WebSocketConnection> result = connect();
        server.advance(TIMEOUT);
        server.executor.held(false);
        server.settle();
        assertEquals("example.org:8000: its address was not found within 10000 ms",
                failure(WebSocketConnectionError.class, result).getMessage());
        assertOutcomes(0, 0, 0, 0, 1, 0);
    }

    @Test
    void shouldSayThatTheLineHasEnded() {
        startClient(config -> { });
        for (String sent : List.of("", "HTTP/1.1 101 Switching")) {
            CompletableFuture<WebSocketConnection> ended = connect();
            ServerPeer peer = accepted().send(sent);
            peer.transport.end();
            server.settle();
            assertEquals("no answer from example.org:8000: the server closed the connection",
                    failure(WebSocketConnectionError.class, ended).getMessage());

            CompletableFuture<WebSocketConnection> reset = connect();
            peer = accepted().send(sent);
            peer.transport.reset();
            server.settle();
            assertEquals("no answer from example.org:8000: Connection reset",
                    failure(WebSocketConnectionError.class, reset).getMessage());
        }
        assertOutcomes(0, 0, 0, 4, 0, 0);
    }

    @Test
    void shouldGiveUpAtEveryStep() {
        startClient(config -> { });
        server.executor.held(true);
        CompletableFuture<WebSocketConnection> resolving = connect();
        cancel();
        server.executor.held(false);
        server.settle();
        assertEquals(0, server.poller(0).connects().size());

        CompletableFuture<WebSocketConnection> connecting = connect();
        cancel();
        assertTrue(wanted().isAbandoned());

        CompletableFuture<WebSocketConnection> reading = connect();
        ServerPeer peer = accepted();
        cancel();
        assertTrue(peer.transport.isClosed());

        for (CompletableFuture<WebSocketConnection> result : List.of(resolving, connecting, reading)) {
            assertEquals("the client was closed", failure(WebSocketConnectionError.class, result).getMessage());
        }
        assertOutcomes(0, 0, 0, 0, 0, 3);
    }

    private void cancel() {
        Turns.of(server.engine.loops().get(0), () -> {
            attempt.cancel();
            return 0;
        });
        server.settle();
    }

    @Test
    void shouldCloseAConnectionThatNobodyWaitsForAnyMore() {
        CompletableFuture<WebSocketConnection> result = connect();
        ServerPeer peer = accepted();
        result.cancel(false);
        peer.send(peer.switching());
        server.settle();
        assertEquals(List.of("CLOSE 1001"), peer.frames());
    }

    // ------------------------------------------------------------------ frames

    @Test
    void shouldMaskEachFrameWithAnotherKey() {
        ServerPeer peer = opened();
        WebSocketConnection connection = client.connection();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            connection.send(ByteBuffer.allocate(0));
            server.settle();
            byte[] frame = peer.take();
            assertEquals("8280", HexFormat.of().formatHex(frame, 0, 2));
            assertEquals(6, frame.length);
            keys.add(HexFormat.of().formatHex(frame, 2, 6));
        }
        assertTrue(keys.stream().distinct().count() > 98, () -> "keys repeat: " + keys);
    }

    @Test
    void shouldSendWhatTheServerCanRead() {
        ServerPeer peer = opened();
        WebSocketConnection connection = client.connection();
        connection.send("text é");
        connection.send(ByteBuffer.wrap(new byte[] {65, 66}));
        connection.sendText(ByteBuffer.wrap(new byte[] {67}));
        connection.ping();
        connection.close(1000, "bye");
        server.settle();
        List<String> frames = peer.frames();
        assertEquals(List.of("TEXT text é", "BINARY AB", "TEXT C", "CLOSE 1000 bye"),
                frames.stream().filter(frame -> !frame.startsWith("PING")).toList());
        assertEquals(5, frames.size());
    }

    @Test
    void shouldAnswerOnTheLoopInOneWrite() {
        client.atMessage((connection, message) -> {
            connection.send(message);
            connection.send("and " + message.text());
        });
        ServerPeer peer = opened();
        int writes = peer.transport.writes();
        peer.send(ServerPeer.text("a"), ServerPeer.frame(Opcode.PING, (byte) 'p'), ServerPeer.text("b"));
        server.settle();
        if (mode.isInline()) {
            assertEquals(1, peer.transport.writes() - writes);
        }
        List<String> frames = peer.frames();
        assertEquals(List.of("TEXT a", "TEXT and a", "TEXT b", "TEXT and b"),
                frames.stream().filter(frame -> !frame.startsWith("PONG")).toList());
        assertTrue(frames.contains("PONG p"));
    }

    /** Frames that are cut by a full line, in the cork and in the queue. */
    @Test
    void shouldKeepFramesWholeHoweverLittleTheLineTakes() {
        Random random = new Random(5);
        List<byte[]> sent = new ArrayList<>();
        client.atMessage((connection, message) -> {
            for (int i = 0; i < 5; i++) {
                byte[] payload = new byte[new int[] {0, 3, 130, 5000, 70_000}[i]];
                random.nextBytes(payload);
                sent.add(payload);
                connection.send(ByteBuffer.wrap(payload));
            }
        });
        ServerPeer peer = opened();
        peer.transport.acceptance(offered -> random.nextInt(Math.min(offered, 3000) + 1));
        for (int i = 0; i < 6; i++) {
            peer.send(ServerPeer.text("more"));
            server.step();
        }
        server.settle();
        peer.transport.unlimited();
        server.settle();
        List<byte[]> got = peer.messages();
        assertEquals(30, got.size());
        for (int i = 0; i < got.size(); i++) {
            assertArrayEquals(sent.get(i), got.get(i), "message " + i);
        }
    }

    @Test
    void shouldFailServersThatBreakTheRules() {
        byte[] masked = ClientFrames.text("masked");
        byte[] reserved = ServerPeer.text("x");
        reserved[0] |= 0x40;
        for (byte[] wrong : List.of(masked, reserved, new byte[] {(byte) 0x83, 0}, new byte[] {(byte) 0x81, 1, (byte) 0xC3})) {
            ServerPeer peer = server == null ? opened() : reopened();
            peer.send(wrong);
            server.settle();
            String close = peer.frames().get(0);
            assertTrue(close.startsWith(wrong[0] == (byte) 0x81 && wrong[1] == 1 ? "CLOSE 1007" : "CLOSE 1002"), close);
            assertFalse(peer.transport.isOutputShut(), "the server ends the line first");
            assertFalse(peer.transport.isClosed());
            server.advance(CLOSE_TIMEOUT);
            assertTrue(peer.transport.isClosed(), "the server has had its time");
        }
        assertCount(4, EngineCounter.CLOSE_TIMEOUTS);
        assertEquals(4, client.events("error WebSocketError").size());
    }

    private ServerPeer reopened() {
        connect();
        ServerPeer peer = accepted();
        peer.send(peer.switching());
        server.settle();
        return peer;
    }

    // ------------------------------------------------------------------ compression

    private CompletableFuture<WebSocketConnection> offering() {
        startClient(config -> config.compression(CompressionConfig.dedicated().withThreshold(1)));
        deflate = endpoint.settings().deflate().offerable();
        return connect(handshake -> {
            DeflateNegotiation.offers(deflate).forEach(handshake::extension);
            return handshake;
        });
    }

    @Test
    void shouldCompressAsWasAgreed() {
        offering();
        ServerPeer peer = accepted();
        assertTrue(peer.request().contains("\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"), peer.request());
        peer.send(peer.switching("Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; client_max_window_bits=10"));
        server.settle();
        client.connection().send("x".repeat(1000));
        server.settle();
        byte[] frame = peer.take();
        assertEquals(0xC1, frame[0] & 0xFF, "compressed text");
        assertTrue(frame.length < 100 && (frame[1] & 0x80) != 0, "short and masked");
        // "Hello" of RFC 7692 section 7.2.3.1
        peer.send(HexFormat.of().parseHex("c107f248cdc9c90700"));
        server.settle();
        assertEquals(List.of("open", "text Hello"), client.events());
        assertCount(1, EngineCounter.MESSAGES_DEFLATED);
        peer.transport.reset();
        server.settle();
        assertCount(0, EngineCounter.DEFLATE_DEDICATED);
    }

    @Test
    void shouldTakeNoCompressionForAnAnswer() {
        offering();
        ServerPeer peer = accepted();
        peer.send(peer.switching());
        server.settle();
        client.connection().send("x".repeat(10));
        server.settle();
        assertEquals(List.of("TEXT " + "x".repeat(10)), peer.frames());
    }

    @Test
    void shouldRefuseCompressionThatWasNotOffered() {
        for (String parameters : List.of(
                "; server_max_window_bits=7", "; unknown", "; client_max_window_bits=16", "; client_max_window_bits")) {
            if (server != null) {
                connect(handshake -> handshake.extension(DeflateNegotiation.offers(deflate).get(0)));
            } else {
                offering();
            }
            ServerPeer peer = accepted();
            peer.send(peer.switching("Sec-WebSocket-Extensions: permessage-deflate" + parameters));
            server.settle();
            assertTrue(peer.transport.isClosed(), parameters);
        }
        assertOutcomes(0, 0, 4, 0, 0, 0);
    }

    // ------------------------------------------------------------------ closing

    @Test
    void shouldLetTheServerEndTheLine() {
        ServerPeer peer = opened();
        CompletableFuture<Void> closed = client.connection().close(1000, "bye");
        server.settle();
        assertEquals(List.of("CLOSE 1000 bye"), peer.frames());
        peer.send(ServerPeer.close(1000, "bye"));
        server.settle();
        assertFalse(peer.transport.isClosed());
        assertFalse(closed.isDone());
        peer.transport.end();
        server.settle();
        assertTrue(peer.transport.isClosed());
        assertTrue(closed.isDone());
        assertEquals(List.of("open", "close 1000 bye"), client.events());
        assertCount(0, EngineCounter.CLOSE_TIMEOUTS);
    }

    @Test
    void shouldAnswerTheClosingHandshakeOfTheServer() {
        ServerPeer peer = opened();
        peer.send(ServerPeer.close(1001, "restart"));
        server.settle();
        assertEquals(List.of("CLOSE 1001 restart"), peer.frames());
        assertFalse(peer.transport.isClosed());
        peer.transport.end();
        server.settle();
        assertEquals(List.of("open", "close 1001 restart"), client.events());
    }

    @Test
    void shouldNotWaitForEverForAServerThatDoesNotEndTheLine() {
        ServerPeer peer = opened();
        peer.send(ServerPeer.close(1000, ""));
        server.settle();
        server.advance(CLOSE_TIMEOUT.minusMillis(1));
        assertFalse(peer.transport.isClosed());
        server.advance(Duration.ofMillis(2));
        assertEquals(List.of("open", "close 1000"), client.events());
        assertCount(1, EngineCounter.CLOSE_TIMEOUTS);
    }

    @Test
    void shouldReportALostLine() {
        ServerPeer peer = opened();
        peer.transport.reset();
        server.settle();
        assertEquals(List.of("open", "close 1006"), client.events());

        reopened().transport.end();
        server.settle();
        assertEquals(2, client.events("close 1006").size());
    }

    @Test
    void shouldPingAServerAndMissItsAnswer() {
        ServerPeer peer = opened(config -> config.pingInterval(Duration.ofSeconds(30)).pongTimeout(Duration.ofSeconds(10)));
        server.advance(Duration.ofSeconds(30));
        assertTrue(peer.frames().get(0).startsWith("PING"));
        server.advance(Duration.ofSeconds(10));
        assertEquals(List.of("open", "close 1006 pong timeout"), client.events());
        assertTrue(peer.transport.isClosed());
        assertNotEquals(List.of(), peer.frames());
    }
}

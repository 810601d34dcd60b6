package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.tls.TestCertificate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way in which a connection can end, in every handler threading, plain and over TLS. The same holds for all: the handler is told once
 * and last, with the right code; what was taken for the connection is given back; the counters balance; and nothing of it is ever seen by
 * another connection, of which one watches all the time.
 */
@Timeout(300)
class EndsTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.localhost();
    private static final int MAX_MESSAGE = 100_000;
    private static final int MAX_CONTROL_FRAMES = 50;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Connections whose peers answer a close frame, for which the server waits however busy the machine is. */
    private static final Set<String> ANSWERING = Set.of("neighbour", "HANDLER_CLOSES", "HANDLER_THROWS");

    /** What each connection's handler was told, by the name in its upgrade request. */
    private final Map<String, List<String>> events = new ConcurrentHashMap<>();

    static Stream<Arguments> shouldEndInTheSameWay() {
        return Modes.available().flatMap(threading -> Stream.of(Arguments.of(threading, false), Arguments.of(threading, true)));
    }

    /** A client and the socket below its TLS, if there is any. */
    private record Peer(RawClient client, Socket line) implements AutoCloseable {
        void say(String text) throws IOException {
            client.send(Frames.text(text));
            client.expect(Frame.text(text));
        }

        @Override
        public void close() throws IOException {
            client.close();
            line.close();
        }
    }

    private interface Action {
        void on(Peer peer) throws IOException;
    }

    /** An end: who does what, and the code its handler is told. */
    private enum End {
        PEER_CLOSES(1000, peer -> peer.client.closeNormally()),
        PEER_CLOSES_WITHOUT_CODE(1005, peer -> {
            peer.client.send(Frames.close());
            assertTrue(peer.client.read().isClose());
            peer.client.expectEnd();
        }),
        PEER_CLOSES_AND_DOES_NOT_WAIT(1000, peer -> peer.client.send(Frames.close(1000, ""))),
        HANDLER_CLOSES(4000, peer -> {
            peer.client.send(Frames.text("close"));
            peer.client.expectClose(4000);
            peer.client.send(Frames.close(4000, ""));
            peer.client.expectEnd();
        }),
        HANDLER_CLOSES_AND_IS_NOT_ANSWERED(1006, peer -> {
            peer.client.send(Frames.text("close"));
            peer.client.expectClose(4000);
            peer.client.expectEnd();
        }),
        BOTH_CLOSE(1000, peer -> peer.client.send(join(Frames.text("close"), Frames.close(1000, "")))),
        RESET(1006, peer -> reset(peer)),
        RESET_WITHIN_A_MESSAGE(1006, peer -> {
            peer.client.send(Arrays.copyOf(Frames.binary(new byte[MAX_MESSAGE]), MAX_MESSAGE / 2));
            reset(peer);
        }),
        RESET_WITHIN_FRAGMENTS(1006, peer -> {
            peer.client.send(Frames.of(Frames.BINARY, new byte[10_000]));
            reset(peer);
        }),
        HALF_CLOSE(1006, peer -> {
            peer.client.halfClose();
            peer.client.expectEnd();
        }),
        TRUNCATION(1006, peer -> {
            peer.client.send(Arrays.copyOf(Frames.binary(new byte[1000]), 500));
            peer.line.shutdownOutput();
        }),
        VIOLATION(1002, peer -> {
            peer.client.send((byte) 0x83, (byte) 0x80);
            peer.client.expectClose(1002);
        }),
        INVALID_TEXT(1007, peer -> {
            peer.client.send(Frames.of(Frames.FIN | Frames.TEXT, new byte[] {(byte) 0xFF}));
            peer.client.expectClose(1007);
        }),
        MESSAGE_TOO_BIG(1009, peer -> {
            peer.client.send(Frames.binary(new byte[MAX_MESSAGE + 1]));
            peer.client.expectClose(1009);
        }),
        CONTROL_FLOOD(1008, peer -> {
            byte[][] flood = new byte[4 * MAX_CONTROL_FRAMES][];
            Arrays.setAll(flood, i -> Frames.of(Frames.FIN | Frames.PONG, new byte[0]));
            peer.client.send(Frames.join(flood));
            peer.client.expectClose(1008);
        }),
        SLOW_CONSUMER(1013, peer -> peer.client.send(Frames.text("flood"))),
        HANDLER_THROWS(1011, peer -> {
            peer.client.send(Frames.text("throw"));
            peer.client.expectClose(1011);
            peer.client.send(Frames.close(1011, ""));
            peer.client.expectEnd();
        });

        private final int code;
        private final Action action;

        End(int code, Action action) {
            this.code = code;
            this.action = action;
        }
    }

    private static void reset(Peer peer) throws IOException {
        peer.line.setSoLinger(true, 0);
        peer.line.close();
    }

    private static byte[] join(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }

    private final WebSocketHandler handler = new WebSocketHandler() {
        @Override
        public void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
            metadata.put("name", request.queryParameter("name"));
        }

        @Override
        public void onOpen(WebSocketConnection connection) {
            tell(connection, "open");
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            String text = message.text();
            tell(connection, text);
            switch (text) {
                case "close" -> connection.close(4000, "the handler wants so");
                case "throw" -> throw new IllegalStateException("thrown by a handler");
                case "flood" -> flood(connection);
                default -> connection.send(text);
            }
        }

        @Override
        public void onError(WebSocketConnection connection, Throwable error) {
            if (error instanceof IllegalStateException) {
                connection.close(1011, error.getMessage());
            }
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            tell(connection, "closed " + code);
        }

        private void tell(WebSocketConnection connection, String event) {
            events.computeIfAbsent((String) connection.metadata().get("name"), name -> new CopyOnWriteArrayList<>()).add(event);
        }
    };

    /** As fast as goes, until the connection is closed for it. */
    private static void flood(WebSocketConnection connection) {
        ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
        while (connection.isOpen()) {
            connection.send(bytes);
        }
    }

    private static Peer open(TestServer server, boolean isTls, String name) throws IOException {
        InetSocketAddress address = server.address();
        Socket line = new Socket();
        line.setReceiveBufferSize(16 * 1024);
        line.setTcpNoDelay(true);
        line.setSoTimeout(RawClient.TIMEOUT_MS);
        line.connect(address, RawClient.TIMEOUT_MS);
        Socket socket = line;
        if (isTls) {
            SSLSocket encrypted = (SSLSocket) CERTIFICATE.trustingContext().getSocketFactory()
                    .createSocket(line, "localhost", address.getPort(), false);
            encrypted.setSoTimeout(RawClient.TIMEOUT_MS);
            socket = encrypted;
        }
        RawClient client = RawClient.over(socket);
        client.upgraded(client.upgrade((ANSWERING.contains(name) ? "/patient" : "/ws") + "?name=" + name));
        return new Peer(client, line);
    }

    @ParameterizedTest(name = "{0}, TLS: {1}")
    @MethodSource
    void shouldEndInTheSameWay(HandlerThreading threading, boolean isTls) throws IOException {
        var config = WebSocketConfig.builder().handlerThreading(threading).allowedOrigins("*").maxMessageSize(MAX_MESSAGE)
                .maxControlFramesPerSecond(MAX_CONTROL_FRAMES).pingInterval(Duration.ZERO);
        var patient = new WebSocketConnectionManager(config.path("/patient").closeTimeout(PATIENCE).build()).registerHandler(handler);
        config.path("/ws").closeTimeout(CLOSE_TIMEOUT);
        TestServer server = TestServer.start(config.build(), handler, builder -> builder.eventLoops(2).workers(2).webSocket(patient)
                .tls(isTls ? TlsConfig.pem(CERTIFICATE.chain(), CERTIFICATE.key()) : null));
        List<String> said = new ArrayList<>(List.of("open"));
        try (Peer neighbour = open(server, isTls, "neighbour")) {
            for (End end : End.values()) {
                List<String> expected = endOne(server, isTls, end);
                assertEquals(expected, events.get(end.name()), () -> end + ", " + server.server().errors());
                neighbour.say("after " + end);
                said.add("after " + end);
            }
            endServer(server, neighbour);
        }
        said.add("closed 1001");
        assertEquals(said, events.get("neighbour"));
        assertEquals(1, server.counter("errors.handler"));
        assertBalanced(server, isTls);
    }

    /** @return what its handler is to be told */
    private List<String> endOne(TestServer server, boolean isTls, End end) throws IOException {
        List<String> expected = new ArrayList<>(List.of("open", "hello " + end));
        try (Peer peer = open(server, isTls, end.name())) {
            peer.say("hello " + end);
            end.action.on(peer);
            Await.until(() -> end + " ends: " + events.get(end.name()) + " " + server.server().counters(),
                    () -> isOver(events.get(end.name())));
        }
        switch (end) {
            case HANDLER_CLOSES, HANDLER_CLOSES_AND_IS_NOT_ANSWERED, BOTH_CLOSE -> expected.add("close");
            case SLOW_CONSUMER -> expected.add("flood");
            case HANDLER_THROWS -> expected.add("throw");
            default -> { }
        }
        expected.add("closed " + end.code);
        return expected;
    }

    private static boolean isOver(List<String> told) {
        return told != null && told.get(told.size() - 1).startsWith("closed");
    }

    private static void endServer(TestServer server, Peer neighbour) throws IOException {
        CompletableFuture<Void> ended = server.server().shutdown(Duration.ofSeconds(30));
        neighbour.client.expectClose(1001);
        neighbour.client.send(Frames.close(1001, ""));
        neighbour.client.expectEnd();
        Await.done(ended);
    }

    private static void assertBalanced(TestServer server, boolean isTls) {
        server.closeExpectingErrors();
        for (EngineCounter counter : EngineCounter.values()) {
            if (counter.kind() == EngineCounter.Kind.GAUGE) {
                assertEquals(0, server.counter(counter.label()), counter::label);
            }
        }
        assertEquals(End.values().length + 1, server.counter("connections.closed"));
        assertEquals(isTls ? End.values().length + 1 : 0, server.counter("tls.handshakes.completed"));
        assertEquals(0, server.counter("tls.handshakes.failed"));
        assertEquals(server.counter("reads.paused"), server.counter("reads.resumed"));
        assertEquals(0, server.counter("errors.loop"), () -> "" + server.server().errors());
        assertEquals(1, server.server().errors().size());
    }
}

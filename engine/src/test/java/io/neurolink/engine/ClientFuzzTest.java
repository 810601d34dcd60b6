package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.neurolink.engine.conformance.StrictReader;
import io.neurolink.engine.loop.ConnectAttempt;
import io.neurolink.engine.loop.ConnectRequest;
import io.neurolink.engine.loop.Turns;
import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.transport.FakePoller;
import io.neurolink.engine.transport.FakeTransport;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.handshake.AcceptKey;
import io.neurolink.protocol.handshake.ClientHandshake;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * Whatever a server says to the client: its answer to the upgrade, or frames behind a right answer. However the bytes are cut, the client
 * comes to the same end, tells its handler the same, says the same in well-formed masked frames, and holds nothing afterwards.
 *
 * <pre>
 *   kinds (bits: workers, compression, a right answer first), seed of the cuts, then what the server says
 * </pre>
 */
final class ClientFuzzTest {
    private static final int WORKERS = 1;
    private static final int COMPRESSION = 2;
    private static final int RIGHT_ANSWER = 4;
    private static final int PORT = 8000;
    private static final DeflateParameters AGREED = new DeflateParameters(false, false, 15, 10);
    private static final Duration LONG = Duration.ofSeconds(31);

    @FuzzTest
    void shouldComeToTheSameEndHoweverTheBytesAreCut(byte[] data) throws IOException {
        if (data.length < 3) {
            return;
        }
        byte[] said = Arrays.copyOfRange(data, 2, data.length);
        List<String> whole = new Run(data[0]).run(said, said.length, new Random(0));
        Random cuts = new Random(data[1]);
        assertEquals(whole, new Run(data[0]).run(said, 1 + cuts.nextInt(64), cuts));
    }

    /** One client and one connection. */
    private static final class Run {
        private final int kinds;
        private final Mode mode;
        private final RecordingHandler handler = RecordingHandler.echo();
        private final FakeTransport line = new FakeTransport(PORT);
        private final LockStepServer server;
        private final ManagerEndpoint endpoint;
        private final CompletableFuture<WebSocketConnection> result = new CompletableFuture<>();
        private final DeflateParameters deflate;
        private final ClientHandshake handshake;

        Run(int kinds) {
            this.kinds = kinds;
            mode = (kinds & WORKERS) != 0 ? Mode.WORKER : Mode.INLINE;
            server = LockStepServer.builder(mode).handler(new RecordingHandler()).receiveBufferLength(4096).start();
            CompressionConfig compression = (kinds & COMPRESSION) != 0 ? CompressionConfig.dedicated().withThreshold(20)
                    : CompressionConfig.off();
            WebSocketConfig config = WebSocketConfig.builder().handlerThreading(mode.threading).pingInterval(Duration.ZERO)
                    .maxMessageSize(10_000).compression(compression).build();
            endpoint = new WebSocketConnectionManager(config).endpoint();
            endpoint.index(server.engine.takeIndex());
            deflate = endpoint.settings().deflate() == null ? null : endpoint.settings().deflate().offerable();
            ClientHandshake.Builder builder = ClientHandshake.builder("example.org:8000", "/").subprotocols("one");
            if (deflate != null) {
                DeflateNegotiation.offers(deflate).forEach(builder::extension);
            }
            handshake = builder.build(new Random(1));
            Turns.of(server.engine.loops().get(0), () -> {
                server.engine.addOn(0, endpoint, mode.threading);
                return 0;
            });
        }

        /** @return what became of it, for the handler, the caller and the server. */
        List<String> run(byte[] said, int longest, Random cuts) throws IOException {
            connect();
            if ((kinds & RIGHT_ANSWER) != 0) {
                line.receive(rightAnswer());
                server.settle();
            }
            for (int at = 0; at < said.length;) {
                int length = Math.min(said.length - at, longest == said.length ? longest : 1 + cuts.nextInt(longest));
                line.receive(Arrays.copyOfRange(said, at, at + length));
                at += length;
                server.settle();
            }
            line.end();
            server.settle();
            server.advance(LONG);
            server.end();
            verify();
            List<String> outcome = new ArrayList<>(handler.events());
            outcome.add(result.isCompletedExceptionally() ? result.handle((connection, error) -> error.toString()).join() : "opened");
            outcome.addAll(frames());
            return outcome;
        }

        private void connect() {
            ConnectRequest request = new ConnectRequest(endpoint, handler, handshake, deflate, "/", "example.org", PORT,
                    host -> new InetAddress[] {InetAddress.getByAddress(new byte[] {10, 0, 0, 1})}, null, null, LONG.toNanos());
            endpoint.admit(null);
            ConnectAttempt attempt = new ConnectAttempt(server.engine.loops().get(0), request, result);
            server.engine.loops().get(0).proxy().executeUrgently(attempt::start);
            server.settle();
            List<FakePoller.FakeConnect> connects = server.poller(0).connects();
            connects.get(0).accept(line);
            server.settle();
        }

        private byte[] rightAnswer() {
            String extensions = deflate == null ? "" : "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10\r\n";
            return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                    + AcceptKey.compute(handshake.key()) + "\r\n" + extensions + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        }

        private void verify() {
            assertEquals(List.of(), handler.faults());
            assertEquals(List.of(), handler.unclosed());
            assertEquals(List.of(), line.misuse());
            assertTrue(line.isClosed(), "the line is left open");
            assertTrue(result.isDone(), "it is not decided");
            assertEquals(0, endpoint.count());
            assertEquals(0, server.counter(EngineCounter.LOOP_ERRORS), () -> "errors: " + server.stacks());
            assertEquals(List.of(), server.errors(), () -> "errors: " + server.stacks());
        }

        /** What the client said after its request; answers of workers may come later than pongs, so each kind by itself. */
        private List<String> frames() throws IOException {
            byte[] sent = line.sent();
            int end = new String(sent, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
            ByteArrayInputStream in = new ByteArrayInputStream(sent, end, sent.length - end);
            PeerDeflate peer = deflate == null ? null : new PeerDeflate(AGREED, Role.SERVER);
            StrictReader reader = new StrictReader(in, true, peer);
            List<String> data = new ArrayList<>();
            List<String> controls = new ArrayList<>();
            while (in.available() > 0) {
                Frame frame = reader.read();
                (frame.isControl() ? controls : data).add(frame.toString());
            }
            data.addAll(controls);
            return data;
        }
    }
}

package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.PeerDeflate;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.conformance.Case;
import io.neurolink.engine.conformance.DeflateGroup;
import io.neurolink.engine.conformance.Group;
import io.neurolink.engine.conformance.Script;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateParameters;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same table the other way round: the client echoes, and a server that says right and wrong things holds it to the rules. */
@Timeout(600)
class ClientConformanceTest {
    /** As in {@link ConformanceTest}: everything in one way, something in the others. */
    private static final int SOME = 5;

    private final LinkedBlockingQueue<Integer> closes = new LinkedBlockingQueue<>();

    private final WebSocketHandler echo = new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            TestServer.ECHO.onMessage(connection, message);
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            closes.add(code);
        }
    };

    static Stream<Arguments> groupsAndModes() {
        return Arrays.stream(Group.values()).flatMap(group -> Modes.available().map(mode -> Arguments.of(group, mode)));
    }

    @ParameterizedTest
    @MethodSource("groupsAndModes")
    void shouldDoTheRightThing(Group group, HandlerThreading threading) throws IOException {
        WebSocketConfig config = group.configure(WebSocketConfig.builder().handlerThreading(threading).closeTimeout(Duration.ofSeconds(30)))
                .build();
        try (RawServer server = new RawServer(); TestClient client = TestClient.start(echo, builder -> builder.config(config))) {
            group.runEvery(threading == HandlerThreading.INLINE ? 1 : SOME, "client " + threading, one -> run(one, server, client));
        }
    }

    private void run(Case one, RawServer server, TestClient client) throws IOException, InterruptedException {
        Script script = one.script(false);
        CompletableFuture<WebSocketConnection> opening =
                client.connect(TestClient.uri(server.address(), "/ws"), ConnectOptions.defaults());
        try (RawServer.Line line = server.accept()) {
            Await.done(opening);
            talk(script, line);
            line.end();
            assertEquals(script.ending().code(), closes.poll(RawClient.TIMEOUT_MS, TimeUnit.MILLISECONDS));
            assertNull(closes.peek(), "closed once");
        } finally {
            closes.clear();
        }
    }

    /** Up to the byte that ends it, and no further: a client that waits for more fails here. */
    private static void talk(Script script, RawServer.Line line) throws IOException {
        Iterator<Script.Due> dues = script.dues().iterator();
        Script.Due next = dues.hasNext() ? dues.next() : null;
        int sent = 0;
        for (int stop : script.stops()) {
            line.send(Arrays.copyOfRange(script.bytes(), sent, stop));
            sent = stop;
            while (next != null && next.offset() <= sent) {
                assertEquals(next.frame(), line.read());
                next = dues.hasNext() ? dues.next() : null;
            }
        }
        assertNull(next, "due, but never awaited");
        assertTrue(sent == script.end());
        script.ending().verify(line.read());
    }

    // ------------------------------------------------------------------ 12 and 13

    private static final int[] DEFLATE_SIZES = {0, 16, 1024, 16_384, 131_072};

    /** What a server may answer to an offer: everything that was asked for, and these further wishes, each of which it may have. */
    private static List<DeflateParameters> answersTo(CompressionConfig config) {
        boolean isShared = config.mode() == CompressionConfig.Mode.SHARED;
        List<DeflateParameters> answers = new ArrayList<>();
        for (int bits : new int[] {8, 9, 12, 15}) {
            answers.add(new DeflateParameters(isShared, isShared, bits, 15));
            answers.add(new DeflateParameters(isShared, isShared, 15, bits));
            answers.add(new DeflateParameters(true, true, bits, bits));
        }
        answers.add(new DeflateParameters(true, isShared, 15, 15));
        answers.add(new DeflateParameters(isShared, true, 15, 15));
        return answers;
    }

    private static String format(DeflateParameters parameters) {
        return "permessage-deflate" + (parameters.serverNoContextTakeover() ? "; server_no_context_takeover" : "")
                + (parameters.clientNoContextTakeover() ? "; client_no_context_takeover" : "")
                + (parameters.serverMaxWindowBits() < 15 ? "; server_max_window_bits=" + parameters.serverMaxWindowBits() : "")
                + (parameters.clientMaxWindowBits() < 15 ? "; client_max_window_bits=" + parameters.clientMaxWindowBits() : "");
    }

    @ParameterizedTest
    @MethodSource("io.neurolink.engine.socket.Modes#available")
    void shouldCompressAsTheServerAnswers(HandlerThreading threading) throws IOException {
        for (CompressionConfig compression : List.of(CompressionConfig.shared(), CompressionConfig.dedicated())) {
            WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).compression(compression.withThreshold(0))
                    .maxMessageSize(DeflateGroup.MAX_MESSAGE_SIZE).build();
            try (RawServer server = new RawServer(); TestClient client = TestClient.start(echo, builder -> builder.config(config))) {
                List<DeflateParameters> answers = answersTo(compression);
                for (int i = 0; i < answers.size(); i += threading == HandlerThreading.INLINE ? 1 : SOME) {
                    DeflateParameters answer = answers.get(i);
                    for (DeflateGroup.Content content : DeflateGroup.Content.values()) {
                        talk(server, client, answer, peer -> {
                            for (int size : DEFLATE_SIZES) {
                                peer.echo(content, size, 6);
                            }
                            peer.close();
                        });
                    }
                    for (DeflateGroup.Fault fault : DeflateGroup.Fault.values()) {
                        talk(server, client, answer, peer -> peer.fail(fault));
                    }
                }
            }
        }
    }

    private interface Deed {
        void by(DeflateGroup peer) throws IOException;
    }

    private static void talk(RawServer server, TestClient client, DeflateParameters answer, Deed deed) throws IOException {
        CompletableFuture<WebSocketConnection> opening =
                client.connect(TestClient.uri(server.address(), "/ws"), ConnectOptions.defaults());
        try (RawServer.Line line = server.accept(offer -> format(answer))) {
            PeerDeflate deflate = new PeerDeflate(answer, Role.SERVER);
            line.inflating(deflate);
            Await.done(opening);
            deed.by(new DeflateGroup(new DeflateGroup.Talk() {
                @Override
                public void send(byte[] bytes) throws IOException {
                    line.send(bytes);
                }

                @Override
                public Frame read() throws IOException {
                    return line.read();
                }

                @Override
                public void expectEnd() throws IOException {
                    line.end();
                }
            }, deflate, false));
        } catch (AssertionError e) {
            throw new AssertionError(format(answer), e);
        }
    }
}

package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.conformance.Case;
import io.neurolink.engine.conformance.Group;
import io.neurolink.engine.conformance.Script;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
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
}

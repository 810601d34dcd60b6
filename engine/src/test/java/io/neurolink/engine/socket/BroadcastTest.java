package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages for many connections on several loops: everybody, some, or the subscribers of a topic. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.neurolink.engine.socket.Modes#available")
class BroadcastTest {
    private static final int CROWD = 20;
    private static final int LARGE = 300_000;

    @Parameter
    HandlerThreading threading;

    private TestServer server;
    private final List<RawClient> crowd = new ArrayList<>();

    /** Does what a message says: a word, and what it is about. */
    private final WebSocketHandler commands = new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            String[] words = message.text().split(" ", 3);
            switch (words[0]) {
                case "subscribe" -> connection.subscribe(words[1]);
                case "unsubscribe" -> connection.unsubscribe(words[1]);
                case "name" -> connection.metadata().put("name", words[1]);
                case "publish" -> server.manager().publish(words[1], words[2]);
                case "tell" -> server.manager().broadcast(words[2]);
                default -> throw new IllegalArgumentException(words[0]);
            }
            connection.send("done");
        }
    };

    @BeforeEach
    void start() throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).build();
        server = TestServer.start(config, commands, builder -> builder.eventLoops(2).workers(2));
        for (int i = 0; i < CROWD; i++) {
            crowd.add(server.open());
            tell(i, "name " + i);
        }
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient client : crowd) {
            client.closeNormally();
            client.close();
        }
        server.close();
    }

    private void tell(int client, String command) throws IOException {
        crowd.get(client).send(Frames.text(command));
        crowd.get(client).expect(Frame.text("done"));
    }

    private static boolean isEven(WebSocketConnection connection) {
        return Integer.parseInt((String) connection.metadata().get("name")) % 2 == 0;
    }

    @Test
    void shouldReachEverybodyInOrder() throws IOException {
        for (int i = 0; i < 30; i++) {
            assertEquals(SendResult.ACCEPTED, server.manager().broadcast("text " + i));
            assertEquals(SendResult.ACCEPTED, server.manager().broadcast(ByteBuffer.wrap(Frames.payload(i * 1000))));
        }
        assertEquals(SendResult.ACCEPTED, server.manager().broadcast(ByteBuffer.wrap(Frames.payload(LARGE))));
        assertEquals(SendResult.ACCEPTED, server.manager().broadcast(Frames.textOfBytes(LARGE)));
        for (RawClient client : crowd) {
            for (int i = 0; i < 30; i++) {
                client.expect(Frame.text("text " + i));
                client.expect(Frame.binary(Frames.payload(i * 1000)));
            }
            client.expect(Frame.binary(Frames.payload(LARGE)));
            client.expect(Frame.text(Frames.textOfBytes(LARGE)));
        }
        assertEquals(62, server.counter("broadcasts"));
        assertEquals(62, server.counter("broadcasts.encodes"));
        assertEquals(62 * CROWD, server.counter("broadcasts.recipients"));
    }

    @Test
    void shouldReachOnlyThoseThatAreWanted() throws IOException {
        server.manager().broadcast("even", BroadcastTest::isEven);
        server.manager().broadcast("all");
        for (int i = 0; i < CROWD; i++) {
            if (i % 2 == 0) {
                crowd.get(i).expect(Frame.text("even"));
            }
            crowd.get(i).expect(Frame.text("all"));
        }
    }

    @Test
    void shouldReachTheSubscribersOfATopic() throws IOException {
        for (int i = 0; i < CROWD; i++) {
            tell(i, "subscribe " + (i % 2 == 0 ? "even" : "odd"));
            tell(i, "subscribe both");
        }
        assertEquals(CROWD * 2, server.counter("subscriptions"));
        tell(4, "unsubscribe even");
        server.manager().publish("even", "to the even");
        server.manager().publish("odd", ByteBuffer.wrap(Frames.payload(LARGE)));
        server.manager().publish("nobody", "to nobody");
        server.manager().publish("both", "to both");
        for (int i = 0; i < CROWD; i++) {
            if (i % 2 == 0 && i != 4) {
                crowd.get(i).expect(Frame.text("to the even"));
            } else if (i % 2 == 1) {
                crowd.get(i).expect(Frame.binary(Frames.payload(LARGE)));
            }
            crowd.get(i).expect(Frame.text("to both"));
        }
        Set<String> topics = server.manager().getAllConnections().stream().filter(each -> each.metadata().get("name").equals("4"))
                .findFirst().orElseThrow().topics();
        assertEquals(Set.of("both"), topics);
    }

    @Test
    void shouldForgetTheSubscriptionsOfWhoIsGone() throws IOException {
        for (int i = 0; i < CROWD; i++) {
            tell(i, "subscribe topic");
        }
        for (RawClient client : crowd.subList(0, CROWD / 2)) {
            client.resetOnClose();
            client.close();
        }
        server.awaitCounter("subscriptions", CROWD - CROWD / 2);
        crowd.subList(0, CROWD / 2).clear();
        server.manager().publish("topic", "still here");
        for (RawClient client : crowd) {
            client.expect(Frame.text("still here"));
        }
    }

    /** A thread's sends, subscriptions and publications take effect in the order it made them. */
    @Test
    void shouldKeepTheOrderOfAThread() throws IOException {
        for (WebSocketConnection connection : server.manager().getAllConnections()) {
            connection.send("before");
            connection.subscribe("topic");
        }
        server.manager().publish("topic", "published");
        for (WebSocketConnection connection : server.manager().getAllConnections()) {
            connection.unsubscribe("topic");
            connection.send("after");
        }
        server.manager().publish("topic", "too late");
        for (RawClient client : crowd) {
            client.expect(Frame.text("before"));
            client.expect(Frame.text("published"));
            client.expect(Frame.text("after"));
        }
        server.manager().broadcast("the end");
        for (RawClient client : crowd) {
            client.expect(Frame.text("the end"));
        }
    }

    @Test
    void shouldTakeBroadcastsFromHandlers() throws IOException {
        tell(1, "subscribe topic");
        tell(2, "subscribe topic");
        crowd.get(0).send(Frames.text("publish topic hello subscribers"));
        crowd.get(1).expect(Frame.text("hello subscribers"));
        crowd.get(2).expect(Frame.text("hello subscribers"));
        crowd.get(0).expect(Frame.text("done"));
        crowd.get(0).send(Frames.text("tell all hello everybody"));
        crowd.get(0).expect(Frame.text("hello everybody"));
        crowd.get(0).expect(Frame.text("done"));
        for (RawClient client : crowd.subList(1, CROWD)) {
            client.expect(Frame.text("hello everybody"));
        }
    }

    @Test
    void shouldKeepManagersApart() throws IOException {
        WebSocketConnectionManager left = new WebSocketConnectionManager().registerHandler("/left", TestServer.ECHO);
        WebSocketConnectionManager right = new WebSocketConnectionManager().registerHandler("/right/*", TestServer.ECHO);
        try (NeuroLinkServer both = NeuroLinkServer.builder().host("127.0.0.1").port(0).webSocket(left).webSocket(right).build().start();
                RawClient onLeft = RawClient.open(both.address(), "/left");
                RawClient onRight = RawClient.open(both.address(), "/right/somewhere");
                RawClient nowhere = RawClient.connect(both.address())) {
            assertEquals(404, nowhere.upgrade("/right").status());
            Await.untilEquals(1, () -> right.getConnectionsByPath("/right/somewhere").size());
            left.broadcast("left");
            right.broadcast("right");
            onLeft.expect(Frame.text("left"));
            onRight.expect(Frame.text("right"));
            onLeft.closeNormally();
            onRight.closeNormally();
        }
    }

    /** What one handler does about its slow peer while a publication goes round does not keep the others from getting it. */
    @Test
    void shouldReachTheOthersWhileAHandlerChangesItsSubscriptions() throws IOException {
        AtomicInteger errors = new AtomicInteger();
        WebSocketHandler fickle = new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                connection.subscribe("news");
            }

            @Override
            public void onError(WebSocketConnection connection, Throwable error) {
                errors.incrementAndGet();
                connection.unsubscribe("news");
                connection.subscribe("other");
            }
        };
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).maxBufferedBytes(LARGE).build();
        try (TestServer small = TestServer.start(config, fickle, builder -> builder.eventLoops(1));
                RawClient deaf = RawClient.connect(small.address(), 8 * 1024)) {
            deaf.upgraded(deaf.upgrade("/ws"));
            List<RawClient> keen = List.of(small.open(), small.open(), small.open());
            small.awaitCounter("subscriptions", 4);
            while (errors.get() == 0) {
                small.manager().publish("news", ByteBuffer.wrap(Frames.payload(LARGE / 2)));
                for (RawClient client : keen) {
                    client.expect(Frame.binary(Frames.payload(LARGE / 2)));
                }
            }
            for (RawClient client : keen) {
                client.closeNormally();
                client.close();
            }
        }
    }
}

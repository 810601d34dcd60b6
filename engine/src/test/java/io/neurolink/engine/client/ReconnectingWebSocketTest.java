package io.neurolink.engine.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.socket.Await;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket that comes back, against servers that come and go; its time is the test's. */
@Timeout(300)
class ReconnectingWebSocketTest implements ReconnectListener {
    private static final ReconnectPolicy POLICY = ReconnectPolicy.defaults();

    /** A wait that the test ends. */
    private record Wait(Runnable task, long delayNs) {
        long ms() {
            return TimeUnit.NANOSECONDS.toMillis(delayNs);
        }
    }

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<Wait> waits = new LinkedBlockingQueue<>();
    private final AtomicLong nowNs = new AtomicLong();
    private final BlockingQueue<WebSocketConnection> accepted = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private WebSocketClient client = keep(WebSocketClient.builder().build());

    private final WebSocketHandler handler = new WebSocketHandler() {
        @Override
        public void onOpen(WebSocketConnection connection) {
            events.add("open");
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            events.add(message.text());
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            events.add("close " + code);
        }
    };

    private <C extends AutoCloseable> C keep(C resource) {
        open.add(0, resource);
        return resource;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable resource : open) {
            resource.close();
        }
        assertEquals(List.of(), client.errors());
    }

    @Override
    public void onConnecting(int attempt) {
        told.add("connecting " + attempt);
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        told.add("open");
        throw new IllegalStateException("a listener that fails harms nobody");
    }

    @Override
    public void onWaiting(int failures, Duration delay, Throwable cause) {
        told.add("waiting " + failures + " " + delay.toMillis());
    }

    @Override
    public void onEnded(Throwable cause) {
        told.add("ended " + (cause == null ? "well" : cause.getMessage()));
    }

    private NeuroLinkServer server(int port) throws IOException {
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws").handlerThreading(HandlerThreading.INLINE)
                .closeTimeout(Duration.ofSeconds(5)).build()).registerHandler(new WebSocketHandler() {
                    @Override
                    public void onOpen(WebSocketConnection connection) {
                        accepted.add(connection);
                    }

                    @Override
                    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                        connection.send(message);
                    }
                });
        return keep(NeuroLinkServer.builder().host("127.0.0.1").port(port).webSocket(manager).build().start());
    }

    private static URI uri(int port) {
        return URI.create("ws://127.0.0.1:" + port + "/ws");
    }

    private ReconnectingWebSocket socket(URI uri, UnaryOperator<ReconnectingWebSocket.Builder> change) {
        return change.apply(ReconnectingWebSocket.builder(client, uri, handler).policy(POLICY).listener(this)
                .timing(nowNs::get, () -> 0, (task, delayNs) -> waits.add(new Wait(task, delayNs)))).open();
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T value = queue.poll(Await.TIMEOUT_S, TimeUnit.SECONDS);
        assertTrue(value != null, "nothing came");
        return value;
    }

    private void assertTold(String... expected) throws InterruptedException {
        for (String one : expected) {
            assertEquals(one, next(told));
        }
    }

    private void assertEvents(String... expected) throws InterruptedException {
        for (String one : expected) {
            assertEquals(one, next(events));
        }
    }

    private void assertNothingMore() {
        assertEquals(List.of(), List.copyOf(told));
        assertEquals(List.of(), List.copyOf(events));
        assertEquals(List.of(), List.copyOf(waits));
    }

    private static String failure(ReconnectingWebSocket socket) {
        Await.until("it has ended", () -> socket.ended().isDone());
        return assertThrows(CompletionException.class, () -> socket.ended().join()).getCause().getMessage();
    }

    @Test
    void shouldComeBackAfterTheServerDid() throws Exception {
        NeuroLinkServer first = server(0);
        int port = first.port();
        ReconnectingWebSocket socket = socket(uri(port), same -> same);
        WebSocketConnection before = Await.done(socket.opened());
        assertTold("connecting 1", "open");
        assertEquals(ReconnectingWebSocket.State.OPEN, socket.state());
        assertEquals(SendResult.ACCEPTED, socket.send("hello"));
        assertEvents("open", "hello");

        first.close();
        assertEvents("close 1001");
        assertTold("waiting 1 500");
        assertEquals(ReconnectingWebSocket.State.WAITING, socket.state());
        assertNull(socket.connection());
        assertEquals(SendResult.CLOSED, socket.send("to nobody"));
        assertEquals(SendResult.CLOSED, socket.send(ByteBuffer.allocate(1)));

        next(waits).task.run();
        assertTold("connecting 2", "waiting 2 1000");
        server(port);
        Wait wait = next(waits);
        assertEquals(1000, wait.ms());
        wait.task.run();
        assertTold("connecting 3", "open");
        assertEvents("open");
        assertNotSame(before, socket.connection());
        assertEquals(SendResult.ACCEPTED, socket.send(ByteBuffer.wrap("again".getBytes(StandardCharsets.UTF_8))));
        assertEvents("again");

        socket.close();
        assertTold("ended well");
        assertEvents("close 1000");
        Await.done(socket.ended());
        assertEquals(ReconnectingWebSocket.State.CLOSED, socket.state());
        socket.close();
        socket.reconnectNow();
        assertNothingMore();
    }

    @Test
    void shouldCountFailuresAnewOnlyAfterAGoodConnection() throws Exception {
        ReconnectingWebSocket socket = socket(uri(server(0).port()), same -> same);
        assertTold("connecting 1", "open");
        for (int i = 1; i <= 3; i++) {
            next(accepted).close(1011, "");
            assertTold("waiting " + i + " " + 250 * (1 << i));
            next(waits).task.run();
            assertTold("connecting " + (i + 1), "open");
        }
        nowNs.addAndGet(Duration.ofSeconds(5).toNanos());
        next(accepted).close(1011, "");
        assertTold("waiting 1 500");
        socket.close();
    }

    @Test
    void shouldWaitLongerAfterARestartAndAnOverload() throws Exception {
        ReconnectingWebSocket socket = socket(uri(server(0).port()), same -> same);
        assertTold("connecting 1", "open");
        next(accepted).close(1012, "");
        assertTold("waiting 1 10000");
        next(waits).task.run();
        assertTold("connecting 2", "open");
        next(accepted).close(1013, "");
        assertTold("waiting 2 10000");
        socket.close();
        assertTold("ended well");
        next(waits).task.run();
        assertEquals(List.of(), List.copyOf(told));
    }

    @Test
    void shouldWaitAsLongAsTheApplicationHeardFromTheServer() throws Exception {
        ReconnectingWebSocket socket = socket(uri(server(0).port()), same -> same);
        assertTold("connecting 1", "open");
        socket.reconnectAfter(Duration.ofSeconds(3));
        next(accepted).close(1001, "");
        assertTold("waiting 1 3500");
        next(waits).task.run();
        assertTold("connecting 2", "open");
        next(accepted).close(1001, "");
        assertTold("waiting 2 1000");
        socket.close();
    }

    @Test
    void shouldComeBackAtOnceIfAskedTo() throws Exception {
        ReconnectingWebSocket socket = socket(uri(server(0).port()), same -> same);
        assertTold("connecting 1", "open");
        socket.reconnectNow();
        next(accepted).close(1001, "");
        assertTold("waiting 1 500");
        socket.reconnectNow();
        assertTold("connecting 2", "open");
        next(waits).task.run();
        assertEquals(List.of(), List.copyOf(told), "a wait that was over");
        socket.close();
    }

    @Test
    void shouldEndWhereTheServerIsDone() throws Exception {
        ReconnectingWebSocket socket = socket(uri(server(0).port()), same -> same);
        next(accepted).close(1000, "");
        assertTold("connecting 1", "open", "ended well");
        Await.done(socket.ended());
        assertEvents("open", "close 1000");
        assertNothingMore();
    }

    @Test
    void shouldEndWhereItWouldMeetTheSameAgain() throws Exception {
        ReconnectingWebSocket socket = socket(uri(server(0).port()), same -> same);
        next(accepted).close(1008, "never again");
        assertTold("connecting 1", "open", "ended the connection was closed with 1008 never again");
        assertEquals("the connection was closed with 1008 never again", failure(socket));
    }

    @Test
    void shouldAskForNewCredentialsOnceWhereTheOldAreNotGood() throws Exception {
        AtomicInteger tokens = new AtomicInteger();
        ReconnectingWebSocket socket = socket(uri(server(0).port()), builder -> builder.options(() -> {
            tokens.incrementAndGet();
            return ConnectOptions.defaults();
        }));
        assertTold("connecting 1", "open");
        next(accepted).close(4403, "expired");
        assertTold("waiting 1 500");
        next(waits).task.run();
        assertTold("connecting 2", "open");
        assertEquals(2, tokens.get());
        nowNs.addAndGet(Duration.ofSeconds(5).toNanos());
        next(accepted).close(4401, "");
        assertTold("waiting 1 500");
        next(waits).task.run();
        assertTold("connecting 2", "open");
        next(accepted).close(4401, "");
        assertTold("ended the connection was closed with 4401");
        assertEquals(3, tokens.get());
        assertEquals("the connection was closed with 4401", failure(socket));
    }

    @Test
    void shouldNotTryTheSameCredentialsTwice() throws Exception {
        socket(uri(server(0).port()), builder -> builder.options(ConnectOptions.defaults()));
        next(accepted).close(4401, "");
        assertTold("connecting 1", "open", "ended the connection was closed with 4401");
    }

    @Test
    void shouldTryAgainWhereTheSourceOfOptionsFails() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        ReconnectingWebSocket socket = socket(uri(server(0).port()), builder -> builder.options(() -> switch (asked.incrementAndGet()) {
            case 1 -> throw new IllegalArgumentException("no token yet");
            case 2 -> null;
            default -> ConnectOptions.defaults();
        }));
        assertTold("connecting 1", "waiting 1 500");
        next(waits).task.run();
        assertTold("connecting 2", "waiting 2 1000");
        next(waits).task.run();
        assertTold("connecting 3", "open");
        socket.close();
    }

    /** Answers each connection with the next of these heads. */
    private int refusing(String... answers) throws IOException {
        ServerSocket listener = keep(new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1")));
        Thread thread = new Thread(() -> {
            try {
                for (String answer : answers) {
                    try (Socket socket = listener.accept()) {
                        byte[] head = new byte[4096];
                        for (int length = 0; !new String(head, StandardCharsets.ISO_8859_1).contains("\r\n\r\n");) {
                            length += socket.getInputStream().read(head, length, head.length - length);
                        }
                        socket.getOutputStream().write(answer.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                    }
                }
            } catch (IOException closed) {
                // The end of the test.
            }
        });
        thread.setDaemon(true);
        thread.start();
        return listener.getLocalPort();
    }

    @Test
    void shouldWaitAsLongAsARefusalSays() throws Exception {
        int port = refusing("HTTP/1.1 503 Busy\nRetry-After: 7\nContent-Length: 0\n\n", "HTTP/1.1 429 Slowly\nContent-Length: 0\n\n",
                "HTTP/1.1 404 Not Found\nContent-Length: 0\n\n");
        ReconnectingWebSocket socket = socket(uri(port), same -> same);
        assertTold("connecting 1", "waiting 1 7500");
        next(waits).task.run();
        assertTold("connecting 2", "waiting 2 1000");
        next(waits).task.run();
        assertTold("connecting 3", "ended the server answered 404 Not Found instead of 101");
        assertEquals("the server answered 404 Not Found instead of 101", failure(socket));
        assertTrue(socket.opened().isCompletedExceptionally());
        assertNothingMore();
    }

    @Test
    void shouldGiveUpAfterSoManyAttempts() throws Exception {
        int port = refusing("HTTP/1.1 500 Oops\nContent-Length: 0\n\n", "HTTP/1.1 500 Oops\nContent-Length: 0\n\n");
        socket(uri(port), builder -> builder.policy(POLICY.maxAttempts(2)));
        assertTold("connecting 1", "waiting 1 500");
        next(waits).task.run();
        assertTold("connecting 2", "ended the server answered 500 Oops instead of 101");
    }

    @Test
    void shouldLookTheServerUpAnewEachTime() throws Exception {
        NeuroLinkServer server = server(0);
        AtomicInteger lookUps = new AtomicInteger();
        client = keep(WebSocketClient.builder().resolver(host -> {
            assertEquals("moving.example", host);
            // Nobody listens at the first address; the name has moved when it is asked for again.
            return new InetAddress[] {InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (lookUps.incrementAndGet() == 1 ? 2 : 1)})};
        }).build());
        ReconnectingWebSocket socket = socket(URI.create("ws://moving.example:" + server.port() + "/ws"), same -> same);
        assertTold("connecting 1", "waiting 1 500");
        next(waits).task.run();
        assertTold("connecting 2", "open");
        assertEquals(2, lookUps.get());
        socket.close();
    }

    @Test
    void shouldEndWithItsClient() throws Exception {
        ReconnectingWebSocket connected = socket(uri(server(0).port()), same -> same);
        assertTold("connecting 1", "open");
        ReconnectingWebSocket waiting = socket(uri(refusing("HTTP/1.1 500 Oops\nContent-Length: 0\n\n")), same -> same);
        assertTold("connecting 1", "waiting 1 500");
        client.close();
        assertTold("ended the client is closed", "ended the client is closed");
        assertEquals("the client is closed", failure(connected));
        assertEquals("the client is closed", failure(waiting));
        assertEvents("open", "close 1001");
        assertEquals("the client is closed", failure(socket(uri(1), same -> same)));
        assertTold("ended the client is closed");
    }

    @Test
    void shouldGiveUpWhatIsBeingOpenedWhenItIsClosed() throws Exception {
        ServerSocket silent = keep(new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1")));
        ReconnectingWebSocket socket = socket(uri(silent.getLocalPort()), same -> same);
        try (Socket line = silent.accept()) {
            socket.close(4000, "enough");
            Await.done(socket.ended());
            byte[] rest = line.getInputStream().readAllBytes();
            assertTrue(rest.length == 0 || new String(rest, StandardCharsets.ISO_8859_1).startsWith("GET /ws"));
        }
        assertTold("connecting 1", "ended well");
        Await.untilEquals(1L, () -> client.counters().get("client.connects.cancelled"));
        assertNothingMore();
    }

    @Test
    void shouldRefuseWhatItCannotDo() {
        assertThrows(IllegalArgumentException.class, () -> ReconnectingWebSocket.builder(client, URI.create("http://a/"), handler));
        ReconnectingWebSocket socket = socket(uri(1), builder -> builder.policy(POLICY.maxAttempts(1)));
        assertThrows(IllegalArgumentException.class, () -> socket.close(1006, ""));
        assertTrue(failure(socket).startsWith("cannot connect to 127.0.0.1:1"));
    }

    @Test
    void shouldEndWhereTheRuleOfTheApplicationFails() throws Exception {
        ReconnectingWebSocket socket = socket(uri(server(0).port()), builder -> builder.policy(POLICY.recoverable(code -> {
            throw new IllegalStateException("no rule for " + code);
        })));
        assertTold("connecting 1", "open");
        assertThrows(IllegalArgumentException.class, () -> socket.close(1000, "x".repeat(124)));
        assertEquals(ReconnectingWebSocket.State.OPEN, socket.state());
        next(accepted).close(1011, "");
        assertTold("ended no rule for 1011");
        assertEquals("no rule for 1011", failure(socket));
    }

    /** With time as it is. */
    @Test
    void shouldComeBackByItself() throws Exception {
        NeuroLinkServer server = server(0);
        ReconnectingWebSocket socket = ReconnectingWebSocket.builder(client, uri(server.port()), handler)
                .policy(POLICY.delays(Duration.ofMillis(1), Duration.ofMillis(10))).open();
        for (int i = 0; i < 20; i++) {
            assertEvents("open");
            next(accepted).close(1001, "");
            assertEvents("close 1001");
        }
        assertEvents("open");
        socket.close();
        assertEvents("close 1000");
    }

    /** Whoever adds a callback to handlers must add it here. */
    @Test
    void shouldHandOnEveryCallback() {
        List<String> missing = Arrays.stream(WebSocketHandler.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()) && !isOverridden(method)).map(Method::getName).toList();
        assertEquals(List.of(), missing);
    }

    private static boolean isOverridden(Method method) {
        try {
            return WatchedHandler.class.getMethod(method.getName(), method.getParameterTypes()).getDeclaringClass() == WatchedHandler.class;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }
}

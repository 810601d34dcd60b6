package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.DrainReport;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a server while there are connections: what was accepted is flushed, everybody is told, and nobody can hold it up for ever. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.neurolink.engine.socket.Modes#available")
class ShutdownTest {
    private static final int MIB = 1024 * 1024;

    @Parameter
    HandlerThreading threading;

    private final Queue<String> closes = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();

    private final WebSocketHandler recorder = new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            TestServer.ECHO.onMessage(connection, message);
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            closes.add(code + " " + reason);
        }

        @Override
        public void onError(WebSocketConnection connection, Throwable error) {
            errors.add(error);
        }
    };

    private TestServer start(WebSocketConfig.Builder config, WebSocketHandler handler) throws IOException {
        return TestServer.start(config.handlerThreading(threading).build(), handler);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20})
    void shouldCloseEverybodyWith1001(int count) throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(), recorder)) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                clients.add(server.open());
            }
            Await.untilEquals(count, server.manager()::getConnectionCount);
            CompletableFuture<Void> ended = server.server().shutdown(Duration.ofSeconds(30));
            for (RawClient client : clients) {
                assertEquals("Server shutting down", client.expectClose(1001).text());
                client.send(Frames.close(1001, ""));
                client.expectEnd();
                client.close();
            }
            Await.done(ended);
            assertEquals(count, closes.size());
            assertTrue(closes.stream().allMatch(close -> close.startsWith("1001")), closes::toString);
        }
    }

    @Test
    void shouldDrainAndReport() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(), recorder)) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(server.open());
            }
            Await.untilEquals(20, server.manager()::getConnectionCount);
            CompletableFuture<DrainReport> report = server.server().drain(DrainOptions.defaults());
            assertFalse(server.server().isReady());
            for (RawClient client : clients) {
                client.expectClose(1001);
                client.send(Frames.close(1001, ""));
                client.expectEnd();
                client.close();
            }
            DrainReport told = Await.done(report);
            assertEquals(new DrainReport(20, 0, 20, 0, 0, 0, told.duration(), false), told);
            assertEquals(told, Await.done(server.server().drain(DrainOptions.defaults())));
            assertTrue(told.toString().endsWith(": 20 connections, 0 left, 20 closed, 0 cut, 0 interrupted, 0 messages undelivered"));
        }
    }

    /** An hour would go by otherwise: during the delay, and while a connection is busy. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldHurryWhenItIsShutDownWhileItDrains(boolean isDelayOver) throws IOException {
        CompletableFuture<Void> noticed = new CompletableFuture<>();
        WebSocketHandler busy = new WebSocketHandler() {
            @Override
            public void onDrain(WebSocketConnection connection, DrainNotice notice) {
                noticed.complete(null);
            }

            @Override
            public boolean isBusy(WebSocketConnection connection) {
                return true;
            }
        };
        try (TestServer server = start(WebSocketConfig.builder(), busy); RawClient client = server.open()) {
            Await.untilEquals(1, server.manager()::getConnectionCount);
            CompletableFuture<DrainReport> report = server.server().drain(DrainOptions.builder()
                    .delay(isDelayOver ? Duration.ZERO : Duration.ofHours(1)).timeout(Duration.ofHours(1)).build());
            if (isDelayOver) {
                Await.done(noticed);
            }
            // Who is busy is closed when half of the time is over, and has the other half to answer.
            CompletableFuture<Void> ended = server.server().shutdown(Duration.ofSeconds(8));
            client.expectClose(1001);
            client.send(Frames.close(1001, ""));
            client.expectEnd();
            DrainReport told = Await.done(report);
            Await.done(ended);
            assertEquals(new DrainReport(1, 0, 1, 0, 1, 0, told.duration(), true), told);
            Await.done(noticed);
        }
    }

    /** Who listens on the same port next gets those who come from now on. */
    @Test
    void shouldGiveThePortUpBeforeConnectionsIfToldSo() throws IOException {
        WebSocketHandler busy = new WebSocketHandler() {
            @Override
            public boolean isBusy(WebSocketConnection connection) {
                return true;
            }
        };
        try (TestServer server = start(WebSocketConfig.builder(), busy); RawClient client = server.open()) {
            Await.untilEquals(1, server.manager()::getConnectionCount);
            CompletableFuture<DrainReport> report = server.server().drain(DrainOptions.builder()
                    .timeout(Duration.ofHours(1)).closesListeners(true).build());
            Await.until("nobody listens", () -> isRefused(server.address()));
            client.send(Frames.text("still there"));
            server.awaitCounter("messages.in", 1);
            assertFalse(report.isDone());
            server.server().shutdown(Duration.ofMillis(200));
            client.expectClose(1001);
            DrainReport told = Await.done(report);
            assertEquals(new DrainReport(1, 0, 0, 1, 1, 0, told.duration(), true), told);
        }
    }

    /** If that is a loop's thread, the server gives up waiting for the loop. Nobody is forgotten. */
    @Test
    void shouldTellAndCountEverybodyThoughAHandlerBlocks() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        WebSocketHandler blocking = new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                blocked.countDown();
                awaitLatch(release);
            }

            @Override
            public boolean isBusy(WebSocketConnection connection) {
                return true;
            }
        };
        try (TestServer server = start(WebSocketConfig.builder(), blocking); RawClient client = server.open()) {
            client.send(Frames.text("x"));
            awaitLatch(blocked);
            CompletableFuture<DrainReport> report = server.server().drain(
                    DrainOptions.builder().timeout(Duration.ZERO).closeTimeout(Duration.ZERO).build());
            Await.until("the server ends", () -> report.isDone() || isEnding());
            release.countDown();
            client.expectClose(1001);
            DrainReport told = Await.done(report);
            assertEquals(new DrainReport(1, 0, 0, 1, 1, 0, told.duration(), false), told);
        }
    }

    private static boolean isEnding() {
        return Thread.getAllStackTraces().entrySet().stream().filter(thread -> thread.getKey().getName().equals("neurolink-shutdown"))
                .flatMap(thread -> Arrays.stream(thread.getValue())).anyMatch(frame -> frame.getMethodName().equals("end")
                        && frame.getClassName().endsWith(".RunningServer"));
    }

    private static boolean isRefused(InetSocketAddress address) {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            return !socket.isConnected();
        } catch (IOException refused) {
            return true;
        }
    }

    /** It would wait for itself: the thread it runs on ends with the server. */
    @Test
    void shouldNotWaitForItselfWhenAHandlerClosesTheServer() throws Exception {
        AtomicReference<TestServer> running = new AtomicReference<>();
        CompletableFuture<Boolean> returned = new CompletableFuture<>();
        WebSocketHandler closing = new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                running.get().server().close();
                returned.complete(Thread.interrupted());
            }
        };
        try (TestServer server = start(WebSocketConfig.builder(), closing); RawClient client = server.open()) {
            running.set(server);
            client.send(Frames.text("close"));
            assertFalse(Await.done(returned), "interrupted");
            client.expectClose(1001);
            client.send(Frames.close(1001, ""));
            client.expectEnd();
            server.server().awaitShutdown();
            assertFalse(server.server().isReady());
        }
    }

    @Test
    void shouldFlushWhatWasAcceptedBefore() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder().maxBufferedBytes(64 * MIB).closeTimeout(Duration.ofMinutes(5)), recorder);
                RawClient client = RawClient.connect(server.address(), 8 * 1024)) {
            client.upgraded(client.upgrade("/ws"));
            Await.untilEquals(1, server.manager()::getConnectionCount);
            WebSocketConnection connection = server.manager().getAllConnections().get(0);
            for (int i = 0; i < 40; i++) {
                assertEquals(SendResult.ACCEPTED, connection.send(Frames.payload(MIB + i)));
            }
            CompletableFuture<Void> ended = server.server().shutdown(Duration.ofSeconds(60));
            Await.until("closing", () -> !connection.isOpen());
            assertEquals(SendResult.CLOSED, connection.send("late"));
            for (int i = 0; i < 40; i++) {
                assertArrayEquals(Frames.payload(MIB + i), client.read().payload());
            }
            client.expectClose(1001);
            client.send(Frames.close(1001, ""));
            client.expectEnd();
            Await.done(ended);
            assertEquals(List.of("1001 "), List.copyOf(closes));
            assertEquals(List.of(), List.copyOf(errors));
        }
    }

    @Test
    void shouldCutWhoDoesNotReadInTime() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder().maxBufferedBytes(64 * MIB).closeTimeout(Duration.ofMinutes(5)), recorder);
                RawClient deaf = RawClient.connect(server.address(), 8 * 1024);
                RawClient mute = server.open()) {
            deaf.upgraded(deaf.upgrade("/ws"));
            Await.untilEquals(2, server.manager()::getConnectionCount);
            WebSocketConnection connection = server.manager().getAllConnections().stream()
                    .filter(each -> each.remoteAddress().getPort() == deaf.socket().getLocalPort()).findFirst().orElseThrow();
            for (int i = 0; i < 32; i++) {
                connection.send(Frames.payload(MIB));
            }
            long beginNs = System.nanoTime();
            Await.done(server.server().shutdown(Duration.ofMillis(300)));
            assertTrue(System.nanoTime() - beginNs >= TimeUnit.MILLISECONDS.toNanos(300));
            mute.expectClose(1001);
            mute.expectEnd();
            assertEquals(2, closes.size());
            assertTrue(closes.stream().allMatch(close -> close.startsWith("1006")), closes::toString);
            assertEquals(1, errors.size(), errors::toString);
            assertTrue(server.counter("messages.reported") > 0);
        }
    }

    @Test
    void shouldCutWhoDoesNotAnswerACloseInTime() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder().closeTimeout(Duration.ofMillis(100)), recorder);
                RawClient mute = server.open()) {
            Await.untilEquals(1, server.manager()::getConnectionCount);
            CompletableFuture<Void> gone = server.manager().closeAll(4000, "go");
            assertEquals("go", mute.expectClose(4000).text());
            mute.expectEnd();
            Await.done(gone);
            assertEquals(1, server.counter("timeouts.close"));
        }
    }

    @Test
    void shouldRefuseUpgradesWhileItEnds() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(), recorder);
                RawClient client = server.open();
                RawClient late = RawClient.connect(server.address())) {
            Await.untilEquals(1, server.manager()::getConnectionCount);
            late.send("GET /ws HTTP/1.1\r\n");
            CompletableFuture<Void> ended = server.server().shutdown(Duration.ofSeconds(30));
            client.expectClose(1001);
            byte[] request = RawClient.upgradeRequest("/ws");
            late.send(Arrays.copyOfRange(request, "GET /ws HTTP/1.1\r\n".length(), request.length));
            HttpAnswer answer = late.readAnswer();
            assertEquals(503, answer.status());
            assertTrue(answer.text().contains("the server is shutting down"), answer::text);
            client.send(Frames.close(1001, ""));
            client.expectEnd();
            Await.done(ended);
            assertEquals(1, server.counter("upgrades.refused.shutting_down"));
        }
    }

    /** More is waiting for a handler than its lane can hold when the server ends: the callbacks come all the same, onClose last. */
    @Test
    void shouldDeliverEveryCloseToAHandlerThatIsBehind() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        WebSocketHandler blocking = new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                if (threading != HandlerThreading.INLINE) {
                    awaitLatch(release);
                }
            }
        };
        try (TestServer server = start(WebSocketConfig.builder().maxConnections(10), blocking)) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                RawClient client = server.open();
                clients.add(client);
                byte[] frame = Frames.text("x");
                byte[][] frames = new byte[6000][];
                Arrays.fill(frames, frame);
                client.send(Frames.join(frames));
            }
            if (threading != HandlerThreading.INLINE) {
                Await.until("a full lane", () -> server.counter("reads.paused") > 0);
            }
            CompletableFuture<Void> ended = server.server().shutdown(Duration.ofSeconds(4));
            for (RawClient client : clients) {
                client.expectClose(1001);
            }
            expectCut(clients.get(0));
            release.countDown();
            Await.done(ended);
            assertEquals(4, server.handler().opened());
            assertEquals(4, server.handler().closed());
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    /** What the server has not read of a peer makes the end a reset. */
    private static void expectCut(RawClient client) throws IOException {
        try {
            client.expectEnd();
        } catch (SocketException reset) {
            assertTrue(reset.getMessage().contains("reset"), reset::toString);
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertTrue(latch.await(Await.TIMEOUT_S, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The futures of close belong to whoever asked, whenever that is. */
    @Test
    void shouldCompleteTheFuturesOfClose() throws IOException {
        try (TestServer server = start(WebSocketConfig.builder(), recorder); RawClient leaving = server.open()) {
            Await.untilEquals(1, server.manager()::getConnectionCount);
            WebSocketConnection left = server.manager().getAllConnections().get(0);
            leaving.closeNormally();
            Await.untilEquals(List.of("1000 "), () -> List.copyOf(closes));
            shouldCompleteTheFuturesOfClose(server);
            server.server().close();
            Await.done(left.close(1000, "after the end of the server"));
        }
    }

    private void shouldCompleteTheFuturesOfClose(TestServer server) throws IOException {
        try (RawClient client = server.open()) {
            Await.untilEquals(1, server.manager()::getConnectionCount);
            WebSocketConnection connection = server.manager().getAllConnections().get(0);
            CompletableFuture<Void> first = connection.close(4001, "first");
            CompletableFuture<Void> second = server.manager().close(connection.id(), 4002, "second");
            assertFalse(connection.isOpen());
            assertEquals(SendResult.CLOSED, connection.send("x"));
            assertFalse(first.isDone());
            assertEquals("first", client.expectClose(4001).text());
            client.send(Frames.close(4001, "and you"));
            client.expectEnd();
            Await.done(first);
            Await.done(second);
            Await.done(connection.close(1000, "again"));
            assertTrue(server.manager().close(connection.id(), 1000, "").isCompletedExceptionally());
            Await.untilEquals(List.of("1000 ", "4001 and you"), () -> List.copyOf(closes));
        }
    }
}

package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.worker.VirtualDispatch;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/**
 * Handlers on virtual threads, with code that blocks in every way that old code does: latches, sockets, and both within {@code
 * synchronized},
 * which no longer holds a carrier since JDK 24. Thousands of them at once, on as many carriers as there are processors.
 */
@EnabledForJreRange(min = JRE.JAVA_25)
@Timeout(300)
class VirtualHandlersTest {
    private static final int CONNECTIONS = 2000;
    private static final int MESSAGES = 5;

    @TempDir
    private Path folder;

    /** Waits in one way after the other, and says what it got, in order. */
    private static final class Blocking implements WebSocketHandler {
        private final CountDownLatch gate = new CountDownLatch(1);
        private final AtomicInteger inGate = new AtomicInteger();
        private final Map<String, Object> monitors = new ConcurrentHashMap<>();
        private final URI slow;

        Blocking(URI slow) {
            this.slow = slow;
        }

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            String text = message.text();
            switch (text.charAt(0)) {
                case 'l' -> awaitGate();
                case 'm' -> {
                    synchronized (monitors.computeIfAbsent(connection.id(), id -> new Object())) {
                        awaitGate();
                    }
                }
                case 'h' -> read();
                case 's' -> {
                    synchronized (monitors.computeIfAbsent(connection.id(), id -> new Object())) {
                        read();
                    }
                }
                case 'x' -> throw new IllegalStateException("a handler that fails");
                default -> { }
            }
            connection.send(text);
        }

        private void awaitGate() {
            inGate.incrementAndGet();
            try {
                if (!gate.await(Await.TIMEOUT_S, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the gate was not opened");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void read() {
            try (InputStream in = slow.toURL().openStream()) {
                in.readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void onError(WebSocketConnection connection, Throwable error) {
            connection.send("error " + error.getMessage());
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            monitors.remove(connection.id());
        }
    }

    private static WebSocketConfig config(HandlerThreading threading) {
        return WebSocketConfig.builder().path("/ws").maxConnections(2 * CONNECTIONS).handlerThreading(threading)
                .pingInterval(Duration.ofMillis(200)).pongTimeout(Duration.ofSeconds(60)).build();
    }

    /** Has few threads for many requests, so that most of them wait. */
    private static HttpServer slowServer(ExecutorService threads) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5000);
        server.setExecutor(threads);
        server.createContext("/slow", exchange -> {
            exchange.getResponseHeaders().set("Connection", "close");
            exchange.sendResponseHeaders(200, 4);
            exchange.getResponseBody().write("slow".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void shouldBlockByTheThousandAndPinNoCarrier() throws Exception {
        List<RecordedEvent> pinned;
        ExecutorService httpThreads = Executors.newFixedThreadPool(4);
        HttpServer http = slowServer(httpThreads);
        Blocking handler = new Blocking(URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/slow"));
        Map<String, List<String>> answers = new ConcurrentHashMap<>();
        WebSocketHandler answered = new WebSocketHandler() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                answers.computeIfAbsent(connection.id(), id -> new CopyOnWriteArrayList<>()).add(message.text());
            }
        };
        warmUp(handler);
        TestServer server = TestServer.start(config(HandlerThreading.VIRTUAL), handler);
        try (Recording recording = new Recording();
                TestClient client = TestClient.start(answered, builder -> builder.config(config(HandlerThreading.INLINE)))) {
            recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO).withStackTrace();
            recording.start();
            runPinned();
            List<WebSocketConnection> connections = openAll(client, server);
            WebSocketConnection free = connections.get(0);
            for (int i = 1; i < CONNECTIONS; i++) {
                for (int n = 0; n < MESSAGES; n++) {
                    connections.get(i).send("lmhsn".charAt((i + n) % 5) + " " + n);
                }
            }
            // However many wait, nobody else does.
            Await.until("handlers wait", () -> handler.inGate.get() == CONNECTIONS - 1);
            free.send("free");
            Await.untilEquals(List.of("free"), () -> List.copyOf(answers.getOrDefault(free.id(), List.of())));
            free.send("x");
            Await.untilEquals(List.of("free", "error a handler that fails"), () -> List.copyOf(answers.get(free.id())));
            long threadsWhileBlocked = Thread.getAllStackTraces().size();
            handler.gate.countDown();
            for (int i = 1; i < CONNECTIONS; i++) {
                int first = i;
                List<String> expected = new ArrayList<>();
                for (int n = 0; n < MESSAGES; n++) {
                    expected.add("lmhsn".charAt((first + n) % 5) + " " + n);
                }
                Await.untilEquals(expected, () -> List.copyOf(answers.getOrDefault(connections.get(first).id(), List.of())));
            }
            assertTrue(threadsWhileBlocked < 200, threadsWhileBlocked + " platform threads");
            connections.forEach(connection -> connection.close(1000, ""));
            Await.untilEquals(0, () -> server.manager().getConnectionCount());
            recording.stop();
            pinned = pinnedEvents(recording);
            assertTrue(server.server().errors().toString().contains("a handler that fails"));
        } finally {
            http.stop(0);
            httpThreads.shutdownNow();
        }
        server.closeExpectingErrors();
        assertTrue(pinned.stream().anyMatch(event -> frames(event).contains(Pinning.class.getName() + ".<clinit>")),
                "the recorder sees what is pinned");
        assertEquals(List.of(), pinned.stream().filter(VirtualHandlersTest::isOurs).map(RecordedEvent::toString).toList());
    }

    /** Holds its carrier, since a class is initialized by the virtual machine. */
    private static final class Pinning {
        private static final Object DONE = pause();

        private static Object pause() {
            LockSupport.parkNanos(1_000_000);
            return new Object();
        }
    }

    private static void runPinned() throws InterruptedException {
        ExecutorService thread = VirtualDispatch.newExecutor();
        thread.execute(() -> assertNotNull(Pinning.DONE));
        thread.shutdown();
        assertTrue(thread.awaitTermination(Await.TIMEOUT_S, TimeUnit.SECONDS));
    }

    /** What the JDK opens once for all sockets of virtual threads is there before descriptors are counted. */
    private static void warmUp(Blocking handler) throws InterruptedException {
        ExecutorService threads = VirtualDispatch.newExecutor();
        for (int i = 0; i < 100; i++) {
            threads.execute(handler::read);
        }
        threads.shutdown();
        assertTrue(threads.awaitTermination(Await.TIMEOUT_S, TimeUnit.SECONDS));
    }

    private List<WebSocketConnection> openAll(TestClient client, TestServer server) {
        List<WebSocketConnection> connections = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            connections.add(client.open(TestClient.uri(server.address(), "/ws")));
        }
        return connections;
    }

    private List<RecordedEvent> pinnedEvents(Recording recording) throws IOException {
        Path file = folder.resolve("pinned.jfr");
        recording.dump(file);
        assertTrue(Files.size(file) > 0, "a recording");
        return RecordingFile.readAllEvents(file).stream().filter(event -> event.getEventType().getName().equals("jdk.VirtualThreadPinned"))
                .toList();
    }

    private static List<String> frames(RecordedEvent event) {
        return event.getStackTrace() == null ? List.of() : event.getStackTrace().getFrames().stream()
                .map(frame -> frame.getMethod().getType().getName() + "." + frame.getMethod().getName()).toList();
    }

    /** Loading and initializing a class still holds the carrier, once; that is the JDK's affair. */
    private static boolean isOurs(RecordedEvent event) {
        if (event.getStackTrace() == null) {
            return true;
        }
        List<String> frames = frames(event);
        boolean isInitializing = frames.stream().anyMatch(frame -> frame.endsWith(".<clinit>") || frame.startsWith("java.lang.ClassLoader")
                || frame.startsWith("jdk.internal.loader."));
        return frames.stream().anyMatch(frame -> frame.startsWith("io.neurolink.")) && !isInitializing;
    }

    @Test
    void shouldBoundWhatWaitsForAHandlerThatDoesNotComeBack() throws Exception {
        Blocking handler = new Blocking(null);
        try (TestServer server = TestServer.start(config(HandlerThreading.VIRTUAL), handler);
                TestClient client = TestClient.start(new ClientTest.Inbox(),
                        builder -> builder.config(config(HandlerThreading.INLINE)))) {
            WebSocketConnection stuck = client.open(TestClient.uri(server.address(), "/ws"));
            WebSocketConnection other = client.open(TestClient.uri(server.address(), "/ws"));
            stuck.send("l");
            Await.until("the handler waits", () -> handler.inGate.get() == 1);
            String large = "n" + "x".repeat(64 * 1024);
            Await.until("the connection is not read any more", () -> {
                if (stuck.isWritable()) {
                    stuck.send(large);
                }
                return server.counter("reads.paused") > server.counter("reads.resumed");
            });
            long waiting = server.counter("memory.lane_bytes");
            assertTrue(waiting <= 2 * 1024 * 1024, () -> waiting + " bytes wait for the handler");
            assertTrue(other.isOpen());
            assertFalse(handler.gate.getCount() == 0);
            handler.gate.countDown();
            Await.untilEquals(0L, () -> server.counter("memory.lane_bytes"));
        }
    }
}

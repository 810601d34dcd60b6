package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server's start, its ways of running, and its end. */
class LifecycleTest {
    private static NeuroLinkServer.Builder onPort(int port) {
        return NeuroLinkServer.builder().host("127.0.0.1").port(port)
                .webSocket(new WebSocketConnectionManager().registerHandler(TestServer.ECHO));
    }

    private static void exchange(InetSocketAddress address, String text) throws IOException {
        try (RawClient client = RawClient.open(address, "/ws")) {
            client.send(Frames.text(text));
            client.expect(Frame.text(text));
            client.closeNormally();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldNameThePortThatIsInUse(int eventLoops) throws IOException {
        Resources before = Resources.now();
        try (ServerSocket holder = new ServerSocket(0)) {
            NeuroLinkServer server = onPort(holder.getLocalPort()).host("0.0.0.0").eventLoops(eventLoops).build();
            BindException error = assertThrows(BindException.class, server::start);
            assertTrue(error.getMessage().contains("0.0.0.0:" + holder.getLocalPort()), error.getMessage());
            assertFalse(server.isReady());
            server.awaitShutdown();
            server.close();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        before.assertBack();
    }

    /** Sharing a port among loops must not mean sharing it with another server. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldNotShareThePortOfAnotherServer(int eventLoops) throws IOException {
        Resources before = Resources.now();
        try (NeuroLinkServer first = onPort(0).eventLoops(2).build().start()) {
            NeuroLinkServer second = onPort(first.port()).eventLoops(eventLoops).build();
            assertThrows(BindException.class, second::start);
            exchange(first.address(), "undisturbed");
        }
        before.assertBack();
    }

    @Test
    void shouldNameTheHostThatIsUnknown() {
        NeuroLinkServer server = onPort(0).host("no-such-host.invalid").build();
        BindException error = assertThrows(BindException.class, server::start);
        assertTrue(error.getMessage().contains("no-such-host.invalid"), error.getMessage());
        server.close();
    }

    @Test
    void shouldStartOnceOnly() throws IOException {
        NeuroLinkServer server = onPort(0).build();
        assertThrows(IllegalStateException.class, server::port);
        server.start();
        assertThrows(IllegalStateException.class, server::start);
        server.close();
        assertThrows(IllegalStateException.class, server::start);
    }

    @Test
    void shouldNotServeAManagerTwice() throws IOException {
        WebSocketConnectionManager manager = new WebSocketConnectionManager().registerHandler(TestServer.ECHO);
        Resources before = Resources.now();
        try (NeuroLinkServer first = NeuroLinkServer.builder().host("127.0.0.1").port(0).webSocket(manager).build().start()) {
            NeuroLinkServer second = NeuroLinkServer.builder().host("127.0.0.1").port(0).webSocket(manager).build();
            assertThrows(IllegalStateException.class, second::start);
            exchange(first.address(), "undisturbed");
        }
        before.assertBack();
    }

    /** Connections of the one before may still be in TIME_WAIT: the server closes first. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldStartAgainOnTheSamePort(int eventLoops) throws IOException {
        Resources before = Resources.now();
        int port = 0;
        for (int i = 0; i < 5; i++) {
            try (NeuroLinkServer server = onPort(port).eventLoops(eventLoops).build().start()) {
                port = server.port();
                exchange(server.address(), "start " + i);
            }
        }
        before.assertBack();
    }

    static Stream<Arguments> idleModes() {
        return Stream.of(IdleMode.values()).flatMap(mode -> Modes.available().map(threading -> Arguments.of(mode, threading)));
    }

    @ParameterizedTest
    @MethodSource("idleModes")
    void shouldServeInEveryIdleMode(IdleMode idleMode, HandlerThreading threading) throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO,
                builder -> builder.idleMode(idleMode).eventLoops(2).workers(2))) {
            server.server().registerRoute(HttpRoute.get("/x", request -> HttpResponse.text(200, "x")));
            for (int i = 0; i < 20; i++) {
                exchange(server.address(), "message " + i);
            }
            try (RawClient client = RawClient.connect(server.address())) {
                client.send("GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertEquals("x", client.readAnswer().text());
            }
        }
    }

    @Test
    void shouldSpreadConnectionsOverTheLoops() throws IOException {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        WebSocketHandler handler = new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                threads.add(Thread.currentThread().getName());
            }
        };
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(HandlerThreading.INLINE).build();
        try (TestServer server = TestServer.start(config, handler, builder -> builder.eventLoops(2))) {
            List<RawClient> clients = new ArrayList<>();
            while (clients.size() < 200 && threads.size() < 2) {
                clients.add(server.open());
            }
            for (RawClient client : clients) {
                client.closeNormally();
                client.close();
            }
            assertEquals(Set.of("neurolink-loop-0", "neurolink-loop-1"), threads);
        }
    }

    @Test
    void shouldSpreadConnectionsOverTheWorkers() throws IOException {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        WebSocketHandler handler = new WebSocketHandler() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                threads.add(Thread.currentThread().getName());
            }
        };
        try (TestServer server = TestServer.start(WebSocketConfig.defaults(), handler, builder -> builder.eventLoops(1).workers(3))) {
            for (int i = 0; i < 3; i++) {
                try (RawClient client = server.open()) {
                    client.closeNormally();
                }
            }
            Await.untilEquals(3, () -> server.handler().closed());
            assertEquals(Set.of("neurolink-worker-0", "neurolink-worker-1", "neurolink-worker-2"), new HashSet<>(threads));
        }
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_20)
    void shouldSayThatVirtualThreadsNeedANewerJdk() {
        Resources before = Resources.now();
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(HandlerThreading.VIRTUAL).build();
        NeuroLinkServer server = NeuroLinkServer.builder().host("127.0.0.1").port(0)
                .webSocket(new WebSocketConnectionManager(config).registerHandler(TestServer.ECHO)).build();
        IllegalStateException error = assertThrows(IllegalStateException.class, server::start);
        assertEquals("handlerThreading VIRTUAL needs JDK 21 or later, this is JDK " + Runtime.version().feature(), error.getMessage());
        server.close();
        before.assertBack();
    }

    @ParameterizedTest
    @EnumSource(IdleMode.class)
    void shouldEndWithoutAConnectionAtOnce(IdleMode idleMode) throws IOException, InterruptedException {
        Resources before = Resources.now();
        NeuroLinkServer server = onPort(0).idleMode(idleMode).build().start();
        assertTrue(server.isReady());
        InetSocketAddress address = server.address();
        Await.done(server.shutdown(Duration.ofHours(1)));
        assertFalse(server.isReady());
        server.awaitShutdown();
        before.assertBack();
        assertThrows(ConnectException.class, () -> RawClient.connect(address));
        Await.done(server.shutdown(Duration.ZERO));
        server.close();
    }

    @Test
    void shouldEndWithoutHavingStarted() throws InterruptedException {
        NeuroLinkServer server = onPort(0).build();
        assertEquals(0, server.counters().size());
        server.close();
        server.awaitShutdown();
        assertThrows(IllegalStateException.class, server::start);
    }
}

package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Connections as the application finds them, and the end of the server. */
@InAllModes
class LockStepManagerTest extends LockStepTest {
    private final RecordingListener listener = new RecordingListener();

    private void startWithUsers() {
        server = LockStepServer.builder(mode).handler("/ws", handler).handler("/ws/admin", handler)
                .config(config -> config.listener(listener).auth(AuthConfig.bearer(AuthenticatedUser::of).required(false).build()))
                .start();
    }

    @Test
    void shouldFindConnectionsByIdUserAndPath() {
        startWithUsers();
        TestPeer first = server.open("/ws", "Authorization: Bearer ann");
        TestPeer second = server.open("/ws/admin", "Authorization: Bearer ann");
        TestPeer third = server.open("/ws", "Authorization: Bearer ben");
        TestPeer nobody = server.open("/ws");
        WebSocketConnection a = server.connectionOf(first);
        WebSocketConnection b = server.connectionOf(second);
        WebSocketConnection c = server.connectionOf(third);
        WebSocketConnection d = server.connectionOf(nobody);
        WebSocketConnectionManager manager = server.manager;

        assertEquals(4, new HashSet<>(List.of(a.id(), b.id(), c.id(), d.id())).size());
        assertSame(b, manager.getConnection(b.id()).orElseThrow());
        assertEquals(Optional.empty(), manager.getConnection("nonsense"));
        assertEquals(Set.of(a, b, c, d), Set.copyOf(manager.getAllConnections()));
        assertEquals(List.of(a, b), manager.getConnectionsByUser("ann"));
        assertEquals(List.of(), manager.getConnectionsByUser("nobody"));
        assertEquals(List.of(a, c, d), manager.getConnectionsByPath("/ws"));
        assertEquals(List.of(b), manager.getConnectionsByPath("/ws/admin"));
        assertEquals(4, manager.getConnectionCount());

        first.send(ClientFrames.close(1000, ""));
        second.transport.reset();
        server.settle();
        assertEquals(Optional.empty(), manager.getConnection(a.id()));
        assertEquals(List.of(), manager.getConnectionsByUser("ann"));
        assertEquals(List.of(c, d), manager.getConnectionsByPath("/ws"));
        assertEquals(List.of(), manager.getConnectionsByPath("/ws/admin"));
        assertEquals(2, manager.getConnectionCount());
        assertEquals(List.of("opened", "opened", "opened", "opened", "closed 1000", "closed 1006"),
                listener.events().stream().sorted((x, y) -> x.charAt(0) == y.charAt(0) ? x.compareTo(y) : y.charAt(0) - x.charAt(0))
                        .toList());
    }

    @Test
    void shouldSendToAConnectionByItsId() {
        start();
        TestPeer peer = server.open();
        String id = handler.connection().id();
        assertEquals(SendResult.ACCEPTED, server.manager.send(id, "text"));
        assertEquals(SendResult.ACCEPTED, server.manager.send(id, new byte[] {1}));
        assertEquals(SendResult.ACCEPTED, server.manager.send(id, ByteBuffer.wrap(new byte[] {2})));
        CompletableFuture<Void> gone = server.manager.close(id, 4000, "that is all");
        server.settle();
        assertEquals(List.of("text text", "binary 01", "binary 02", "close 4000 that is all"), peer.frames());
        peer.send(ClientFrames.close(4000, ""));
        server.settle();

        assertTrue(gone.isDone());
    }

    @Test
    void shouldSayThatThereIsNoSuchConnection() {
        start();
        WebSocketConnectionError error = assertThrows(WebSocketConnectionError.class, () -> server.manager.send("x1", "text"));
        assertEquals("Connection not found: x1", error.getMessage());
        assertEquals("x1", error.connectionId());
        assertThrows(WebSocketConnectionError.class, () -> server.manager.send("x1", new byte[1]));
        CompletableFuture<Void> failed = server.manager.close("x1", 1000, "");
        assertInstanceOf(WebSocketConnectionError.class, assertThrows(CompletionException.class, failed::join).getCause());
        assertThrows(IllegalArgumentException.class, () -> server.manager.close("x1", 1005, ""));
    }

    @Test
    void shouldKeepMetadata() {
        start();
        server.open();
        WebSocketConnection connection = handler.connection();
        connection.metadata().put("room", 7);
        assertEquals("/ws", connection.metadata().get("path"));
        assertEquals(7, server.manager.getConnection(connection.id()).orElseThrow().metadata().get("room"));
        assertSame(connection.metadata(), connection.metadata());
        assertTrue(connection.toString().contains(connection.id()));
    }

    @Test
    void shouldCloseAllConnections() {
        start();
        List<TestPeer> peers = List.of(server.open(), server.open(), server.open());
        CompletableFuture<Void> gone = server.manager.closeAll(1001, "bye");
        server.settle();
        for (TestPeer peer : peers) {
            assertEquals(List.of("close 1001 bye"), peer.frames());
            assertFalse(gone.isDone());
            peer.send(ClientFrames.close(1001, "bye"));
            server.settle();
        }

        assertTrue(gone.isDone());
        assertEquals(0, server.manager.getConnectionCount());
        assertCount(3, EngineCounter.CLOSES_GOING_AWAY);
        assertTrue(server.manager.closeAll(1001, "").isDone());
    }

    @Test
    void shouldShutDownInOrder() {
        handler = RecordingHandler.echo();
        start();
        TestPeer quick = server.open();
        TestPeer slow = server.open();
        TestPeer dead = server.open();
        slow.transport.room(0);
        server.manager.broadcast("last news");
        server.engine.refuseUpgrades();
        TestPeer late = server.connect().upgrade("/ws");
        CompletableFuture<Void> gone = server.manager.closeAll(1001, "Server shutting down");
        server.settle();
        assertEquals(503, late.answer().status());
        assertEquals(List.of("text last news", "close 1001 Server shutting down"), quick.frames());
        quick.send(ClientFrames.close(1001, ""));
        server.advance(Duration.ofSeconds(3));
        slow.transport.unlimited();
        server.settle();
        assertEquals(List.of("text last news", "close 1001 Server shutting down"), slow.frames());
        slow.send(ClientFrames.close(1001, ""));
        server.settle();
        assertFalse(gone.isDone());
        server.advance(Duration.ofSeconds(2));

        assertTrue(gone.isDone());
        assertTrue(dead.transport.isClosed());
        assertCount(2, EngineCounter.CLOSES_GOING_AWAY);
        assertCount(1, EngineCounter.CLOSES_ABNORMAL);
        server.end();
        assertTrue(server.poller(0).isClosed());
    }

    @Test
    void shouldEndWithWorkInAllQueues() {
        handler.atMessage((connection, message) -> {
            connection.send(message.text());
            server.manager.broadcast("all");
        });
        start(config -> config.maxBufferedBytes(1 << 20));
        List<TestPeer> peers = List.of(server.open(), server.open());
        peers.get(0).transport.room(0);
        handler.connection(0).send("waits for the socket");
        server.settle();
        peers.forEach(peer -> peer.send(ClientFrames.repeat(ClientFrames.text("m"), 50)));
        server.stepLoop(0);
        handler.connections().forEach(connection -> connection.send("waits for the loop"));
        server.manager.broadcast("waits for the loops");
        handler.connection(1).subscribe("never taken");
        CompletableFuture<Void> gone = handler.connection(1).close(1000, "");
        server.end();

        assertTrue(gone.isDone());
    }

    @Test
    void shouldSurviveAListenerThatThrows() {
        expectErrors("java.lang.IllegalStateException: closed", "java.lang.IllegalStateException: opened",
                "java.lang.IllegalStateException: refused");
        start(config -> config.maxConnections(1).listener(new EngineListener() {
            @Override
            public void onConnectionOpened(WebSocketConnection connection) {
                throw new IllegalStateException("opened");
            }

            @Override
            public void onConnectionClosed(WebSocketConnection connection, int code, String reason) {
                throw new IllegalStateException("closed");
            }

            @Override
            public void onUpgradeRefused(java.net.SocketAddress address, String path, int status, String message) {
                throw new IllegalStateException("refused");
            }
        }));
        TestPeer peer = server.open();
        TestPeer refused = server.connect().upgrade("/ws");
        server.settle();
        assertEquals(503, refused.answer().status());
        peer.send(ClientFrames.close(1000, ""));
        server.settle();

        assertEquals(List.of("open", "close 1000"), handler.events());
        assertCount(3, EngineCounter.HANDLER_ERRORS);
    }

    @Test
    void shouldCallHandlersOnTheThreadTheyAreMeantFor() {
        start();
        TestPeer peer = server.openOn(0);
        peer.text("m");
        server.stepLoop(0);
        assertEquals(mode.isInline() ? List.of("open", "text m") : List.of("open"), handler.events());
        if (!mode.isInline()) {
            server.stepWorker(0);
        }
        assertEquals(List.of("open", "text m"), handler.events());
        assertEquals(mode.isInline() ? 0 : 1, server.engine.workers().size());
    }

    @Test
    void shouldServeManagersWithDifferentThreadsTogether() {
        HandlerThreading otherThreading = mode.isInline() ? HandlerThreading.WORKER : HandlerThreading.INLINE;
        RecordingHandler others = RecordingHandler.echo();
        WebSocketConnectionManager other = new WebSocketConnectionManager(
                WebSocketConfig.builder().handlerThreading(otherThreading).path("/other").build()).registerHandler(others);
        handler.atMessage((connection, message) -> {
            connection.send("own " + message.text());
            other.broadcast("from ours");
            others.connections().forEach(connected -> connected.send("directly"));
        });
        server = LockStepServer.builder(mode).handler(handler).otherManager(other).start();
        TestPeer ours = server.open();
        TestPeer theirs = server.open("/other");
        theirs.text("echo");
        server.settle();
        ours.text("go");
        server.settle();

        assertEquals(List.of("text own go"), ours.frames());
        assertEquals(List.of("text echo", "text from ours", "text directly"), theirs.frames());
    }

    @Test
    void shouldBelongToOneServerOnly() {
        handler = RecordingHandler.echo();
        start();
        LockStepServer.Builder second = LockStepServer.builder(mode).handler(new RecordingHandler()).otherManager(server.manager);
        assertEquals("this WebSocketConnectionManager belongs to a server already",
                assertThrows(IllegalStateException.class, second::start).getMessage());
        TestPeer peer = server.open();
        peer.text("undisturbed");
        server.manager.broadcast("to all");
        server.settle();

        assertEquals(List.of("text to all", "text undisturbed"), peer.frames().stream().sorted().toList());
    }

    @Test
    void shouldRefuseASecondHandlerOfAPath() {
        WebSocketConnectionManager manager = new WebSocketConnectionManager();
        manager.registerHandler(handler).registerHandler("/other", handler);
        List<String> thrown = new ArrayList<>();
        thrown.add(assertThrows(IllegalStateException.class, () -> manager.registerHandler(handler)).getMessage());
        thrown.add(assertThrows(IllegalArgumentException.class, () -> manager.registerHandler("other", handler)).getMessage());

        assertEquals(List.of("a handler is registered for /ws already", "path must start with '/', not 'other'"), thrown);
    }
}

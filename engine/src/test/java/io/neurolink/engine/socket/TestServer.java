package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A server with one manager on a free port, and the checks that every server must pass at its end. */
public final class TestServer implements AutoCloseable {
    private final NeuroLinkServer server;
    private final WebSocketConnectionManager manager;
    private final StrictHandler handler;
    private final Resources before = Resources.now();

    /** Sends every message back, and wants that to be accepted. */
    public static final WebSocketHandler ECHO = new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            SendResult result = connection.send(message);
            if (result != SendResult.ACCEPTED) {
                throw new IllegalStateException("echo of " + message.length() + " bytes was " + result);
            }
        }
    };

    private TestServer(WebSocketConfig config, WebSocketHandler handler, Consumer<NeuroLinkServer.Builder> change) throws IOException {
        this.handler = new StrictHandler(handler);
        this.manager = new WebSocketConnectionManager(config).registerHandler(this.handler);
        NeuroLinkServer.Builder builder = NeuroLinkServer.builder().host("127.0.0.1").port(0).webSocket(manager);
        change.accept(builder);
        this.server = builder.build().start();
    }

    public static TestServer start(WebSocketConfig config, WebSocketHandler handler) throws IOException {
        return start(config, handler, builder -> { });
    }

    public static TestServer start(WebSocketConfig config, WebSocketHandler handler, Consumer<NeuroLinkServer.Builder> change)
            throws IOException {
        return new TestServer(config, handler, change);
    }

    public NeuroLinkServer server() {
        return server;
    }

    public WebSocketConnectionManager manager() {
        return manager;
    }

    StrictHandler handler() {
        return handler;
    }

    public InetSocketAddress address() {
        return server.address();
    }

    RawClient open(String... headers) throws IOException {
        return RawClient.open(address(), manager.config().path(), headers);
    }

    public long counter(String label) {
        Long value = server.counters().get(label);
        assertTrue(value != null, () -> "no counter " + label + " in " + server.counters().keySet());
        return value;
    }

    public void awaitCounter(String label, long value) {
        Await.untilEquals(value, () -> counter(label));
    }

    /** Ends the server and checks that everything balances, nothing went wrong in it, and it gave everything back. */
    @Override
    public void close() {
        closeExpectingErrors();
        assertEquals(List.of(), server.errors());
        assertEquals(0, counter("errors.loop"));
        assertEquals(0, counter("errors.handler"));
    }

    /** As {@link #close}, for tests in which handlers throw. */
    public void closeExpectingErrors() {
        server.close();
        assertEquals(List.of(), List.copyOf(handler.faults()));
        assertEquals(handler.opened(), handler.closed(), "callbacks onOpen and onClose");
        assertBalanced(server.counters());
        assertEquals(0, manager.getConnectionCount());
        before.assertBack();
    }

    public static void assertBalanced(Map<String, Long> counters) {
        assertEquals(counters.get("connections.opened"), counters.get("connections.closed"), "connections opened and closed");
        assertEquals(0, counters.get("connections.open"), "connections open");
        assertEquals(counters.get("sockets.accepted") + counters.get("sockets.connected"), counters.get("sockets.closed"),
                "sockets accepted or connected, and closed");
        assertEquals(0, counters.get("sockets.open"), "sockets open");
        assertEquals(counters.get("messages.queued"), counters.get("messages.sent") + counters.get("messages.reported"),
                "messages queued, and sent or reported: " + counters);
        assertEquals(0, counters.get("buffers.held_bytes"), "bytes held");
        assertEquals(0, counters.get("queued.bytes"), "bytes queued");
        assertEquals(0, counters.get("deflate.contexts"), "compressors and decompressors");
        assertEquals(0, counters.get("deflate.held_bytes"), "bytes held for compression");
        assertEquals(0, counters.get("deflate.dedicated"), "connections with context takeover");
        assertEquals(0, counters.get("subscriptions"), "subscriptions");
        assertEquals(0, counters.get("topics"), "topics");
    }
}

package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A client whose handlers are watched, and the checks that every client must pass at its end. */
final class TestClient implements AutoCloseable {
    static final String THREADS = "neurolink-client-";

    /** Threads do not tell whose they are, so they are counted when no client is left. */
    private static final AtomicInteger OPEN = new AtomicInteger();

    private final WebSocketClient client;
    private final StrictHandler handler;

    private TestClient(WebSocketHandler handler, Consumer<WebSocketClient.Builder> change) {
        this.handler = new StrictHandler(handler);
        WebSocketClient.Builder builder = WebSocketClient.builder();
        change.accept(builder);
        this.client = builder.build();
        OPEN.incrementAndGet();
    }

    static TestClient start(WebSocketHandler handler) {
        return start(handler, builder -> { });
    }

    static TestClient start(WebSocketHandler handler, Consumer<WebSocketClient.Builder> change) {
        return new TestClient(handler, change);
    }

    static URI uri(InetSocketAddress address, String target) {
        return URI.create("ws://127.0.0.1:" + address.getPort() + target);
    }

    WebSocketClient client() {
        return client;
    }

    StrictHandler handler() {
        return handler;
    }

    CompletableFuture<WebSocketConnection> connect(URI uri, ConnectOptions options) {
        return client.connect(uri, handler, options);
    }

    WebSocketConnection open(URI uri) {
        return Await.done(connect(uri, ConnectOptions.defaults()));
    }

    /** Connects in vain. */
    <E extends Throwable> E refused(Class<E> type, URI uri, ConnectOptions options) {
        return failure(type, connect(uri, options));
    }

    static <E extends Throwable> E failure(Class<E> type, CompletableFuture<?> future) {
        try {
            future.orTimeout(Await.TIMEOUT_S, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (type.isInstance(e.getCause())) {
                return type.cast(e.getCause());
            }
            throw new AssertionError("not a " + type.getSimpleName(), e.getCause());
        }
        throw new AssertionError("it was opened");
    }

    long counter(String label) {
        return client.counters().get(label);
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.startsWith(THREADS)).toList();
    }

    /** Ends the client and checks that everything balances, nothing went wrong in it, and its threads have ended. */
    @Override
    public void close() {
        closeSharing();
        if (OPEN.get() == 0) {
            Await.untilEquals(List.of(), TestClient::threads);
        }
    }

    /** The same for a client that has the loops of a server. */
    void closeSharing() {
        client.close();
        OPEN.decrementAndGet();
        assertEquals(List.of(), client.errors());
        assertEquals(List.of(), List.copyOf(handler.faults()));
        Await.untilEquals(handler.opened(), handler::closed);
        assertEquals(0, client.connectionCount());
        Map<String, Long> counters = client.counters();
        assertEquals(counters.get("client.connects"), counters.get("client.connects.opened") + counters.get("client.connects.refused")
                + counters.get("client.connects.violated") + counters.get("client.connects.failed")
                + counters.get("client.connects.timed_out") + counters.get("client.connects.cancelled"), counters::toString);
        if (counters.get("sockets.accepted") == 0) {
            TestServer.assertBalanced(counters);
        }
    }
}

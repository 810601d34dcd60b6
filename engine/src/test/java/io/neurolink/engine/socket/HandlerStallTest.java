package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.HandlerStall;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A handler that blocks its thread is named, with its stack, while it does. */
class HandlerStallTest {
    private final CompletableFuture<HandlerStall> told = new CompletableFuture<>();
    private final List<HandlerStall> all = new CopyOnWriteArrayList<>();

    private final EngineListener listener = new EngineListener() {
        @Override
        public void onHandlerStalled(HandlerStall stall) {
            all.add(stall);
            // On a busy machine a thread may stall elsewhere, too.
            if (stall.stack().stream().anyMatch(element -> element.getClassName().startsWith(HandlerStallTest.class.getName()))) {
                told.complete(stall);
            }
        }
    };

    /** Blocks until the stall was told. */
    private final WebSocketHandler blocking = new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            blockUntilTold();
            connection.send(connection.id());
        }
    };

    private void blockUntilTold() {
        CountDownLatch released = new CountDownLatch(1);
        told.thenAccept(stall -> released.countDown());
        try {
            released.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INLINE", "WORKER"})
    void shouldNameAHandlerThatBlocks(HandlerThreading threading) throws IOException {
        var config = WebSocketConfig.builder().handlerThreading(threading).listener(listener).build();
        try (TestServer server = TestServer.start(config, blocking,
                builder -> builder.eventLoops(1).workers(1).handlerStallThreshold(Duration.ofMillis(200)))) {
            try (RawClient client = server.open()) {
                client.send(Frames.text("block"));
                HandlerStall stall = Await.done(told);
                String id = new String(client.read().payload(), java.nio.charset.StandardCharsets.UTF_8);

                assertEquals(threading == HandlerThreading.INLINE ? "neurolink-loop-0" : "neurolink-worker-0", stall.threadName());
                assertEquals(id, stall.connectionId());
                assertEquals("/ws", stall.path());
                assertTrue(stall.lasting().toMillis() >= 200, stall::toString);
                assertTrue(stall.stack().stream().anyMatch(element -> element.getMethodName().equals("onMessage")), stall::toString);
                assertTrue(stall.toString().contains("working for connection " + id + " of /ws"), stall::toString);
                client.closeNormally();
            }
            assertTrue(server.counter("stalls.reported") >= 1);
            Await.until("all are told", () -> server.counter("stalls.reported") == all.size());
        }
    }

    @Test
    void shouldRefuseANegativeThreshold() {
        assertThrows(IllegalArgumentException.class, () -> NeuroLinkServer.builder().handlerStallThreshold(Duration.ofMillis(-1)));
    }
}

package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.IdleMode;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.URI;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whoever sleeps is woken for each event. A worker that is not would find it by itself only after a second, so that this test would take
 * more time than it has.
 */
class WakeUpTest {
    private static final int ROUNDS = 300;

    private static final WebSocketConfig WORKERS = WebSocketConfig.builder().handlerThreading(HandlerThreading.WORKER).build();

    private static final class Events implements WebSocketHandler {
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();

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
            events.add("closed " + code);
        }

        String next() throws InterruptedException {
            return events.poll(Await.TIMEOUT_S, TimeUnit.SECONDS);
        }
    }

    @Test
    @Timeout(240)
    void shouldWakeWorkersForEachEvent() throws Exception {
        Events atServer = new Events();
        Events atClient = new Events();
        try (TestServer server = TestServer.start(WORKERS, atServer, builder -> builder.idleMode(IdleMode.BLOCKING));
                TestClient client = TestClient.start(atClient, builder -> builder.config(WORKERS).idleMode(IdleMode.BLOCKING))) {
            URI uri = TestClient.uri(server.address(), "/ws");
            for (int i = 0; i < ROUNDS; i++) {
                WebSocketConnection connection = client.open(uri);
                assertEquals("open", atServer.next());
                assertEquals("open", atClient.next());
                connection.send("up");
                assertEquals("up", atServer.next());
                server.manager().broadcast("down");
                assertEquals("down", atClient.next());
                connection.close(4000, "");
                assertEquals("closed 4000", atServer.next());
                assertEquals("closed 4000", atClient.next());
            }
        }
    }
}

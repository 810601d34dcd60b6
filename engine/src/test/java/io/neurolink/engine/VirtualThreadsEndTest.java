package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

@Timeout(120)
class VirtualThreadsEndTest {
    /** The last callback takes its time: a server that has ended has told its handlers everything. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void shouldEndAfterTheLastCallback() throws Exception {
        var told = new AtomicBoolean();
        var manager = new WebSocketConnectionManager(WebSocketConfig.builder().handlerThreading(HandlerThreading.VIRTUAL).build());
        manager.registerHandler(new WebSocketHandler() {
            @Override
            public void onClose(WebSocketConnection connection, int code, String reason) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
                told.set(true);
            }
        });
        NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).build().start();
        HttpClient.newHttpClient().newWebSocketBuilder()
                .buildAsync(URI.create("ws://localhost:" + server.port() + "/ws"), new WebSocket.Listener() { }).join();
        server.close();
        assertTrue(told.get());
    }
}

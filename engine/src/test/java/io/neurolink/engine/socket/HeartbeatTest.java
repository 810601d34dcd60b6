package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.WebSocketConnection;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Pings and time limits over real sockets; how they count time is tested elsewhere with a clock that is moved. */
class HeartbeatTest {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofMinutes(5);

    @Test
    void shouldPingAndKeepWhoAnswers() throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().pingInterval(SHORT).pongTimeout(LONG).build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO); RawClient client = server.open()) {
            WebSocketConnection connection = server.manager().getAllConnections().get(0);
            assertNull(connection.roundTripTime());
            for (int i = 0; i < 5; i++) {
                Frame ping = client.read();
                assertEquals(Frames.PING, ping.opcode());
                client.send(Frames.pong(ping.payload()));
            }
            Await.until("a pong", () -> connection.roundTripTime() != null);
            client.closeNormally();
        }
    }

    @Test
    void shouldCloseWhoIsSilent() throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().pingInterval(SHORT).pongTimeout(SHORT).build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO); RawClient client = server.open()) {
            Frame frame = client.read();
            while (frame.opcode() == Frames.PING) {
                frame = client.read();
            }
            assertEquals(1001, frame.closeCode());
            assertEquals("pong timeout", frame.text());
            client.expectEnd();
            assertEquals(1, server.counter("timeouts.pong"));
        }
    }

    @Test
    void shouldPingInJson() throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().pingInterval(SHORT).pongTimeout(LONG).pingMode(WebSocketConfig.PingMode.JSON)
                .build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO); RawClient client = server.open()) {
            for (int i = 0; i < 3; i++) {
                String ping = client.read().text();
                assertTrue(ping.matches("\\{\"type\":\"ping\",\"timestamp\":\\d{13}}"), ping);
            }
        }
    }

    @Test
    void shouldCloseWhoIsIdle() throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().pingInterval(Duration.ZERO).idleTimeout(SHORT).build();
        try (TestServer server = TestServer.start(config, TestServer.ECHO); RawClient client = server.open()) {
            assertEquals("idle timeout", client.expectClose(1001).text());
            client.send(Frames.close(1001, ""));
            client.expectEnd();
            assertEquals(1, server.counter("timeouts.idle"));
        }
    }
}

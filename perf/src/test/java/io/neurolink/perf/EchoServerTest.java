package io.neurolink.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.spi.HandlerThreading;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class EchoServerTest {
    /** The JDK's client; what comes in is kept as text, binary messages in hexadecimal. */
    private static final class Client implements WebSocket.Listener {
        private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
        private final StringBuilder parts = new StringBuilder();
        private final WebSocket socket;

        Client(NeuroLinkServer server, String path) {
            socket = HttpClient.newHttpClient().newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + path), this).join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            parts.append(data);
            return partTaken(webSocket, last);
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            while (data.hasRemaining()) {
                parts.append(String.format("%02x", data.get()));
            }
            return partTaken(webSocket, last);
        }

        private CompletionStage<?> partTaken(WebSocket webSocket, boolean last) {
            if (last) {
                received.add(parts.toString());
                parts.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        String next() throws InterruptedException {
            return received.poll(60, TimeUnit.SECONDS);
        }
    }

    private static NeuroLinkServer start(boolean broadcast, HandlerThreading threading) throws Exception {
        return EchoServer.create(new EchoServer.Settings(0, broadcast, 1, threading, IdleMode.BACKOFF, 1 << 20,
                CompressionConfig.Mode.OFF, Duration.ZERO, null)).start();
    }

    @ParameterizedTest
    @EnumSource(names = {"INLINE", "WORKER"})
    void shouldEchoTextAndBinaryOnAnyPath(HandlerThreading threading) throws Exception {
        try (NeuroLinkServer server = start(false, threading)) {
            Client client = new Client(server, "/any/path?x=1");
            client.socket.sendText("hello ✓", true).join();
            assertEquals("hello ✓", client.next());
            client.socket.sendBinary(ByteBuffer.wrap(new byte[] {1, 2, (byte) 0xFF}), true).join();
            assertEquals("0102ff", client.next());
            client.socket.sendText("", true).join();
            assertEquals("", client.next());
            String large = "x".repeat(1 << 20);
            client.socket.sendText(large, true).join();
            assertEquals(large, client.next());
        }
    }

    @Test
    void shouldBroadcastToEverybodyTheSenderIncluded() throws Exception {
        try (NeuroLinkServer server = start(true, HandlerThreading.INLINE)) {
            Client one = new Client(server, "/");
            Client two = new Client(server, "/other");
            one.socket.sendText("news", true).join();
            assertEquals("news", one.next());
            assertEquals("news", two.next());
            two.socket.sendBinary(ByteBuffer.wrap(new byte[] {7}), true).join();
            assertEquals("07", one.next());
            assertEquals("07", two.next());
            assertNull(one.received.peek());
        }
    }
}

package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** permessage-deflate over real sockets, with a client that has the JDK's zlib. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.neurolink.engine.socket.Modes#available")
class CompressionTest {
    private static final List<String> OFFERS = List.of(
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; client_no_context_takeover; client_max_window_bits",
            "permessage-deflate; server_max_window_bits=9",
            "permessage-deflate; server_max_window_bits=15",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15",
            "permessage-deflate; server_max_window_bits=7, permessage-deflate; unknown, permessage-deflate; server_max_window_bits=10");
    private static final int[] SIZES = {0, 16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072};

    @Parameter
    HandlerThreading threading;

    private static byte[] message(int kind, int length) {
        Random random = new Random(31L * length + kind);
        byte[] bytes = new byte[length];
        if (kind == 0) {
            random.nextBytes(bytes);
            return bytes;
        }
        StringBuilder json = new StringBuilder();
        while (json.length() < length) {
            json.append("{\"id\":").append(random.nextInt(100_000)).append(",\"text\":\"of all things\"},");
        }
        return json.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }

    private TestServer start(CompressionConfig compression) throws IOException {
        return TestServer.start(WebSocketConfig.builder().handlerThreading(threading).compression(compression).build(), TestServer.ECHO,
                builder -> builder.eventLoops(2).workers(2));
    }

    @Test
    void shouldEchoWithEveryParameterSetShared() throws IOException {
        checkEcho(CompressionConfig.shared().withThreshold(0));
    }

    @Test
    void shouldEchoWithEveryParameterSetDedicated() throws IOException {
        checkEcho(CompressionConfig.dedicated().withThreshold(100).withDedicated(5, Duration.ofSeconds(1)));
    }

    private void checkEcho(CompressionConfig compression) throws IOException {
        try (TestServer server = start(compression)) {
            List<RawClient> clients = new ArrayList<>();
            for (String offer : OFFERS) {
                clients.add(RawClient.openCompressed(server.address(), "/ws", offer));
            }
            for (int size : SIZES) {
                for (RawClient client : clients) {
                    client.sendCompressed(Frames.BINARY, message(0, size));
                    client.sendCompressed(Frames.TEXT, message(1, size));
                    client.send(Frames.ping(new byte[] {1}));
                }
                for (RawClient client : clients) {
                    expectMessages(client, size);
                }
            }
            for (RawClient client : clients) {
                client.closeNormally();
                client.close();
            }
            assertTrue(server.counter("messages.deflated") > 50, "compressed " + server.counter("messages.deflated"));
        }
    }

    /** A pong may come earlier than answers of handlers on other threads. */
    private static void expectMessages(RawClient client, int size) throws IOException {
        List<Frame> frames = new ArrayList<>(List.of(client.read(), client.read(), client.read()));
        assertTrue(frames.remove(Frame.pong(new byte[] {1})));
        assertEquals(List.of(Frame.binary(message(0, size)), new Frame(Frames.TEXT, message(1, size))), frames);
    }

    @Test
    void shouldBroadcastToAllInTheirWindowsWhileTheyTalk() throws IOException {
        try (TestServer server = start(CompressionConfig.dedicated().withThreshold(50))) {
            List<RawClient> clients = new ArrayList<>();
            for (String offer : OFFERS) {
                clients.add(RawClient.openCompressed(server.address(), "/ws", offer));
            }
            String news = new String(message(1, 20_000), StandardCharsets.US_ASCII);
            for (int round = 0; round < 5; round++) {
                assertEquals(SendResult.ACCEPTED, server.manager().broadcast(news));
                for (RawClient client : clients) {
                    client.sendCompressed(Frames.TEXT, message(1, 3_000));
                }
                for (RawClient client : clients) {
                    List<Frame> frames = new ArrayList<>(List.of(client.read(), client.read()));
                    assertTrue(frames.remove(Frame.text(news)), "news");
                    assertEquals(List.of(new Frame(Frames.TEXT, message(1, 3_000))), frames);
                }
            }
            for (RawClient client : clients.subList(0, 4)) {
                client.closeNormally();
            }
            for (RawClient client : clients) {
                client.close();
            }
            assertEquals(5 * 3, server.counter("broadcasts.deflates"), "windows of 15, 10 and 9 bits");
        }
    }
}

package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.MessageWriter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketMessageType;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Messages that are sent in parts. */
@InAllModes
class LockStepStreamingTest extends LockStepTest {
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";

    private MessageWriter begin(WebSocketMessageType type) {
        return handler.connection().openMessage(type);
    }

    private MessageWriter text() {
        return begin(WebSocketMessageType.TEXT);
    }

    private static void accepted(SendResult result) {
        assertEquals(SendResult.ACCEPTED, result);
    }

    private static ByteBuffer utf8(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldSendEachPartAsAFragment() {
        start();
        TestPeer peer = server.open("/ws");
        MessageWriter message = text();
        server.settle();
        assertEquals("", peer.takeHex(), "before the first part");
        accepted(message.write("he"));
        server.settle();
        assertEquals("01026865", peer.takeHex());
        accepted(message.write(""));
        accepted(message.write(ByteBuffer.allocate(0)));
        server.settle();
        assertEquals("", peer.takeHex());
        accepted(message.write(utf8("llo")));
        server.settle();
        assertEquals("00036c6c6f", peer.takeHex());
        accepted(message.finish());
        server.settle();
        assertEquals("8000", peer.takeHex());
        assertCount(1, EngineCounter.MESSAGES_SENT);
        assertCount(0, EngineCounter.QUEUED_BYTES);
    }

    @Test
    void shouldSendAMessageOfNoPart() {
        start();
        TestPeer peer = server.open("/ws");
        accepted(begin(WebSocketMessageType.BINARY).finish());
        server.settle();
        assertEquals("8200", peer.takeHex());
        MessageWriter another = begin(WebSocketMessageType.BINARY);
        accepted(another.write(new byte[] {7}));
        another.finish();
        server.settle();
        assertEquals("0201078000", peer.takeHex());
        assertCount(2, EngineCounter.MESSAGES_SENT);
    }

    @Test
    void shouldKeepPairsOfSurrogatesTogether() {
        start();
        TestPeer peer = server.open("/ws");
        MessageWriter message = text();
        accepted(message.write("a\uD83D"));
        assertThrows(IllegalStateException.class, () -> message.write(utf8("x")));
        accepted(message.write("\uDE00b\uD83D"));
        accepted(message.write(""));
        accepted(message.write("c\uD83D"));
        accepted(message.finish());
        server.settle();
        assertEquals(List.of("text a\uD83D\uDE00b\uFFFDc\uFFFD"), peer.frames());
    }

    @Test
    void shouldQueueOtherMessagesBehindTheEnd() {
        start();
        TestPeer peer = server.open("/ws");
        WebSocketConnection connection = handler.connection();
        connection.send("before");
        MessageWriter message = text();
        connection.send("still before");
        accepted(message.write("one"));
        accepted(connection.send("behind"));
        accepted(connection.send(ByteBuffer.wrap(new byte[] {1})));
        server.manager.broadcast("to all");
        accepted(message.write("two"));
        server.settle();
        assertEquals(List.of("text before", "text still before"), peer.frames());
        accepted(connection.ping());
        peer.send(ClientFrames.ping("p"));
        server.settle();
        List<String> control = peer.frames();
        assertEquals(2, control.size(), control::toString);
        assertTrue(control.contains("pong 70") && control.stream().anyMatch(frame -> frame.startsWith("ping")), control::toString);
        assertTrue(connection.bufferedAmount() > 0);
        accepted(message.finish());
        accepted(connection.send("after"));
        server.settle();
        assertEquals(List.of("text onetwo", "text behind", "binary 01", "text to all", "text after"), peer.frames());
        assertEquals(0, connection.bufferedAmount());
        assertCount(7, EngineCounter.MESSAGES_SENT);
    }

    @Test
    void shouldSendOneMessageInPartsAtATime() {
        start();
        TestPeer peer = server.open("/ws");
        MessageWriter message = text();
        assertEquals("a message is being sent in parts already", assertThrows(IllegalStateException.class, this::text).getMessage());
        accepted(message.finish());
        assertThrows(IllegalStateException.class, () -> message.write("x"));
        assertThrows(IllegalStateException.class, message::finish);
        message.abort();
        MessageWriter unused = text();
        unused.close();
        MessageWriter next = begin(WebSocketMessageType.BINARY);
        assertThrows(IllegalStateException.class, () -> next.write("text"));
        accepted(next.finish());
        assertThrows(IllegalArgumentException.class, () -> begin(WebSocketMessageType.PING));
        server.settle();
        assertEquals(List.of("text ", "binary "), peer.frames());
        assertTrue(handler.connection().isOpen());
    }

    @Test
    void shouldRefusePartsWhileThePeerIsSlow() {
        start(config -> config.maxBufferedBytes(4000).writableMarks(100, 1000));
        TestPeer peer = server.open("/ws");
        peer.transport.room(0);
        MessageWriter message = begin(WebSocketMessageType.BINARY);
        byte[] part = new byte[600];
        accepted(message.write(part));
        server.settle();
        accepted(message.write(part));
        server.settle();
        assertEquals(SendResult.BACK_PRESSURED, message.write(part));
        assertEquals("a part of 4001 bytes cannot be sent: maxBufferedBytes is 4000; send smaller ones",
                assertThrows(IllegalArgumentException.class, () -> message.write(new byte[4001])).getMessage());
        assertEquals(List.of(), handler.events("writable"));
        peer.transport.unlimited();
        server.settle();
        assertEquals(List.of("writable"), handler.events("writable"));
        accepted(message.write(part));
        accepted(message.finish());
        server.settle();
        assertEquals(List.of("binary[1800]"), peer.frames());
        assertCount(1, EngineCounter.SENDS_BACK_PRESSURED);
        assertTrue(handler.connection().isOpen());
    }

    /** A handler that writes on whenever it is told to, over a line that takes next to nothing. */
    @Test
    void shouldSendAllOfItHoweverLittleTheLineTakes() {
        byte[] all = new byte[300_000];
        new Random(1).nextBytes(all);
        start(config -> config.maxBufferedBytes(20_000).writableMarks(1000, 4000));
        TestPeer peer = server.open("/ws");
        peer.transport.acceptance(offered -> Math.min(offered, 777));
        MessageWriter message = begin(WebSocketMessageType.BINARY);
        int[] sent = {0};
        Runnable more = () -> {
            while (sent[0] < all.length) {
                int end = Math.min(all.length, sent[0] + 1 + sent[0] % 5000);
                if (message.write(ByteBuffer.wrap(all, sent[0], end - sent[0])) != SendResult.ACCEPTED) {
                    return;
                }
                sent[0] = end;
                assertTrue(handler.connection().bufferedAmount() <= 4000 + 5000 + 14 * 50, "bounded");
            }
        };
        handler.atWritable(connection -> more.run());
        more.run();
        server.settle();
        assertEquals(all.length, sent[0]);
        accepted(message.finish());
        server.settle();
        assertArrayEquals(all, peer.messages().get(0));
    }

    @Test
    void shouldApplyTheSlowConsumerPolicyToWhatWaitsBehind() {
        start(config -> config.maxBufferedBytes(2000).writableMarks(100, 1000).slowConsumerPolicy(SlowConsumerPolicy.DROP_OLDEST));
        TestPeer peer = server.open("/ws");
        MessageWriter message = text();
        accepted(message.write("begun"));
        for (int i = 0; i < 30; i++) {
            server.manager.broadcast(i + "x".repeat(98));
            server.settle();
        }
        assertTrue(server.counter(EngineCounter.MESSAGES_DROPPED_OLDEST) > 0, "some were dropped");
        assertTrue(handler.connection().bufferedAmount() > 1000);
        accepted(message.write("not held up by what waits for its end"));
        accepted(message.finish());
        server.settle();
        List<String> frames = peer.frames();
        assertEquals("text begunnot held up by what waits for its end", frames.get(0));
        assertEquals(31 - server.counter(EngineCounter.MESSAGES_DROPPED_OLDEST), frames.size());
        assertEquals(0, handler.connection().bufferedAmount());
    }

    @Test
    void shouldEndTheConnectionWhereAMessageIsGivenUp() {
        start();
        TestPeer peer = server.open("/ws");
        try (MessageWriter message = text()) {
            accepted(message.write("be"));
            accepted(handler.connection().send("behind"));
        }
        server.settle();
        assertEquals(List.of("close 1011 message aborted"), peer.frames());
        peer.send(ClientFrames.close(1011, ""));
        server.settle();
        assertEquals(List.of("error WebSocketConnectionError: 2 accepted message(s) were not sent: "
                + "a message that was sent in parts had no end"), handler.events("error"));
        assertCount(2, EngineCounter.MESSAGES_REPORTED);
        assertEquals(SendResult.CLOSED, text().write("late"));
    }

    @Test
    void shouldReportAMessageWhoseConnectionIsLost() {
        start();
        TestPeer peer = server.open("/ws");
        MessageWriter message = text();
        accepted(message.write("be"));
        server.settle();
        accepted(handler.connection().send("behind"));
        server.settle();
        peer.transport.end();
        server.settle();
        assertEquals(List.of("error WebSocketConnectionError: 2 accepted message(s) were not sent: the connection ended"),
                handler.events("error"));
        assertEquals(SendResult.CLOSED, message.write("more"));
        assertEquals(SendResult.CLOSED, message.finish());
        message.abort();
    }

    @Test
    void shouldEndTheMessageWhenThePeerCloses() {
        start();
        TestPeer peer = server.open("/ws");
        MessageWriter message = text();
        accepted(message.write("be"));
        server.settle();
        peer.send(ClientFrames.close(1000, "bye"));
        server.settle();
        assertEquals(List.of("close 1000 bye"), peer.frames());
        assertEquals(SendResult.CLOSED, message.write("more"));
        assertCount(1, EngineCounter.MESSAGES_REPORTED);
    }

    @Test
    void shouldStreamOutOfACallback() {
        handler.atMessage((connection, received) -> {
            connection.send("first");
            MessageWriter message = connection.openMessage(WebSocketMessageType.TEXT);
            for (String word : received.text().split(" ")) {
                accepted(message.write(word));
            }
            connection.send("last");
            accepted(message.finish());
        });
        start();
        TestPeer peer = server.open("/ws");
        peer.text("a b c").text("d");
        server.settle();
        assertEquals(List.of("text first", "text abc", "text last", "text first", "text d", "text last"), peer.frames());
    }

    // ------------------------------------------------------------------ compressed

    private static String json(int length) {
        return "{\"type\":\"agent_token\",\"text\":\"haeuser\"},".repeat(length / 38 + 1).substring(0, length);
    }

    @Test
    void shouldCompressAcrossParts() {
        byte[] noise = new byte[200_000];
        new Random(3).nextBytes(noise);
        for (CompressionConfig compression : List.of(CompressionConfig.shared(), CompressionConfig.dedicated(),
                CompressionConfig.dedicated().withMaxWindowBits(9, 9))) {
            handler = RecordingHandler.echo();
            start(config -> config.compression(compression.withThreshold(0)));
            TestPeer peer = server.open("/ws", OFFER);
            for (int partLength : new int[] {1, 100, 60_000, 150_000}) {
                List<byte[]> expected = new ArrayList<>();
                for (byte[] content : List.of(json(partLength == 1 ? 50 : 300_000).getBytes(StandardCharsets.UTF_8),
                        partLength == 1 ? Arrays.copyOf(noise, 50) : noise)) {
                    MessageWriter message = begin(WebSocketMessageType.BINARY);
                    for (int from = 0; from < content.length; from += partLength) {
                        accepted(message.write(ByteBuffer.wrap(content, from, Math.min(partLength, content.length - from))));
                        server.settle();
                    }
                    handler.connection().send(json(1000));
                    accepted(message.finish());
                    handler.connection().send(json(2000));
                    server.settle();
                    expected.addAll(List.of(content, json(1000).getBytes(StandardCharsets.UTF_8),
                            json(2000).getBytes(StandardCharsets.UTF_8)));
                }
                accepted(begin(WebSocketMessageType.TEXT).finish());
                server.settle();
                expected.add(new byte[0]);
                List<byte[]> messages = peer.messages();
                assertEquals(expected.size(), messages.size());
                for (int i = 0; i < messages.size(); i++) {
                    assertArrayEquals(expected.get(i), messages.get(i), "message " + i + " in parts of " + partLength);
                }
            }
            assertTrue(peer.compressedMessages() >= 12, "compressed " + peer.compressedMessages());
            MessageWriter unfinished = begin(WebSocketMessageType.BINARY);
            accepted(unfinished.write(noise));
            server.settle();
            server.end();
            assertCount(0, EngineCounter.DEFLATE_CONTEXTS);
            assertCount(0, EngineCounter.DEFLATE_HELD_BYTES);
        }
    }
}

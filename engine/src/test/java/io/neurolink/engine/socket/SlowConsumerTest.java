package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that read slowly, or not at all, and handlers that are slower than their peers. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.neurolink.engine.socket.Modes#available")
class SlowConsumerTest {
    private static final int KIB = 1024;
    private static final int LIMIT = 1024 * KIB;
    private static final int MESSAGE = 32 * KIB;

    @Parameter
    HandlerThreading threading;

    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> closes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger slow = new AtomicInteger();

    private final EngineListener listener = new EngineListener() {
        @Override
        public void onSlowConsumer(WebSocketConnection connection, SlowConsumerPolicy policy, long bufferedBytes) {
            slow.incrementAndGet();
        }
    };

    /** A handler that notes what goes wrong. */
    private class Recorder implements WebSocketHandler {
        @Override
        public void onError(WebSocketConnection connection, Throwable error) {
            errors.add(error);
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            closes.add(code);
        }
    }

    private TestServer start(SlowConsumerPolicy policy, WebSocketHandler handler) throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).maxBufferedBytes(LIMIT).writableMarks(64 * KIB,
                256 * KIB).slowConsumerPolicy(policy).listener(listener).build();
        return TestServer.start(config, handler);
    }

    /** A client that takes little before it reads. */
    private static RawClient openDeaf(TestServer server) throws IOException {
        RawClient client = RawClient.connect(server.address(), 8 * KIB);
        client.upgraded(client.upgrade("/ws"));
        return client;
    }

    private static WebSocketConnection onlyConnection(TestServer server) {
        Await.untilEquals(1, server.manager()::getConnectionCount);
        return server.manager().getAllConnections().get(0);
    }

    /** A message that says its number. */
    private static byte[] numbered(int number) {
        return ByteBuffer.allocate(MESSAGE).putInt(number).array();
    }

    private static int number(Frame frame) {
        assertEquals(MESSAGE, frame.payload().length);
        return ByteBuffer.wrap(frame.payload()).getInt();
    }

    @Test
    void shouldCloseWith1013AndReportWhatWasAccepted() throws IOException {
        try (TestServer server = start(SlowConsumerPolicy.CLOSE, new Recorder()); RawClient client = openDeaf(server)) {
            WebSocketConnection connection = onlyConnection(server);
            int accepted = 0;
            while (connection.send(numbered(accepted)) == SendResult.ACCEPTED) {
                accepted++;
            }
            int received = 0;
            Frame frame = client.read();
            while (!frame.isClose()) {
                assertEquals(received++, number(frame));
                frame = client.read();
            }
            assertEquals(1013, frame.closeCode());
            assertEquals("slow consumer", frame.text());
            client.send(Frames.close(1013, ""));
            client.expectEnd();
            Await.untilEquals(1, closes::size);
            assertEquals(accepted, server.counter("messages.queued"));
            assertEquals(received, server.counter("messages.sent"));
            assertEquals(accepted - received, server.counter("messages.reported"));
            assertEquals(accepted - received, errors.stream().mapToInt(SlowConsumerTest::reportedMessages).sum(), errors::toString);
            assertEquals(1, slow.get());
            assertEquals(1, server.counter("closes.slow_consumer"));
        }
    }

    private static int reportedMessages(Throwable error) {
        assertInstanceOf(WebSocketConnectionError.class, error);
        assertTrue(error.getMessage().matches("\\d+ accepted message\\(s\\) were not sent: .+"), error.getMessage());
        return Integer.parseInt(error.getMessage().substring(0, error.getMessage().indexOf(' ')));
    }

    @Test
    void shouldDropTheNewestAndKeepTheRestInOrder() throws IOException {
        try (TestServer server = start(SlowConsumerPolicy.DROP_NEWEST, new Recorder()); RawClient client = openDeaf(server)) {
            WebSocketConnection connection = onlyConnection(server);
            List<Integer> accepted = new ArrayList<>();
            int number = 0;
            while (server.counter("messages.dropped.newest") < 20) {
                SendResult result = connection.send(numbered(number));
                assertTrue(result == SendResult.ACCEPTED || result == SendResult.DROPPED, result::toString);
                if (result == SendResult.ACCEPTED) {
                    accepted.add(number);
                }
                number++;
            }
            server.awaitCounter("messages.queued", accepted.size());
            List<Integer> received = new ArrayList<>();
            for (long i = server.counter("messages.reported"); i < accepted.size(); i++) {
                received.add(number(client.read()));
            }
            accepted.retainAll(received);
            assertEquals(accepted, received);
            Await.untilEquals((int) server.counter("messages.reported"),
                    () -> errors.stream().mapToInt(SlowConsumerTest::reportedMessages).sum());
            assertEquals(SendResult.ACCEPTED, connection.send("room again"));
            client.expect(Frame.text("room again"));
            client.closeNormally();
            assertTrue(slow.get() > 0);
        }
    }

    @Test
    void shouldDropTheOldestBroadcasts() throws IOException {
        try (TestServer server = start(SlowConsumerPolicy.DROP_OLDEST, new Recorder());
                RawClient deaf = openDeaf(server);
                RawClient keen = server.open()) {
            Await.untilEquals(2, server.manager()::getConnectionCount);
            int count = 0;
            while (count < 100 || server.counter("messages.dropped.oldest") < 20) {
                assertEquals(SendResult.ACCEPTED, server.manager().broadcast(ByteBuffer.wrap(numbered(count))));
                assertEquals(count, number(keen.read()));
                count++;
            }
            int last = -1;
            while (last < count - 1) {
                int next = number(deaf.read());
                assertTrue(next > last, next + " after " + last);
                last = next;
            }
            assertEquals(server.counter("messages.dropped.oldest"), server.counter("messages.reported"));
            deaf.closeNormally();
            keen.closeNormally();
        }
    }

    /** A producer that pauses while the connection is not writable loses nothing, whatever the policy. */
    @Test
    void shouldTellAProducerWhenToGoOn() throws IOException {
        int count = 600;
        AtomicLong most = new AtomicLong();
        WebSocketHandler producer = new Recorder() {
            private final AtomicInteger next = new AtomicInteger();

            @Override
            public void onOpen(WebSocketConnection connection) {
                produce(connection);
            }

            @Override
            public void onWritable(WebSocketConnection connection) {
                produce(connection);
            }

            private void produce(WebSocketConnection connection) {
                while (next.get() < count && connection.isWritable()) {
                    SendResult result = connection.send(numbered(next.get()));
                    if (result == SendResult.BACK_PRESSURED) {
                        return;
                    }
                    assertEquals(SendResult.ACCEPTED, result);
                    next.incrementAndGet();
                    most.accumulateAndGet(connection.bufferedAmount(), Math::max);
                }
            }
        };
        try (TestServer server = start(SlowConsumerPolicy.CLOSE, producer); RawClient client = openDeaf(server)) {
            for (int i = 0; i < count; i++) {
                assertEquals(i, number(client.read()));
            }
            client.closeNormally();
            int headers = 16 * (256 * KIB / MESSAGE + 1);
            assertTrue(most.get() <= 256 * KIB + MESSAGE + headers, () -> "buffered " + most);
            assertEquals(List.of(), List.copyOf(errors));
        }
    }

    @Test
    void shouldRefuseMessagesLargerThanTheLimitAtOnce() throws IOException {
        try (TestServer server = start(SlowConsumerPolicy.CLOSE, new Recorder()); RawClient client = server.open()) {
            WebSocketConnection connection = onlyConnection(server);
            byte[] tooLarge = new byte[LIMIT + 1];
            assertThrows(IllegalArgumentException.class, () -> connection.send(tooLarge));
            assertThrows(IllegalArgumentException.class, () -> connection.send("x".repeat(LIMIT + 1)));
            assertThrows(IllegalArgumentException.class, () -> server.manager().broadcast(ByteBuffer.wrap(tooLarge)));
            assertThrows(IllegalArgumentException.class, () -> server.manager().broadcast("x".repeat(LIMIT + 1)));
            assertThrows(IllegalArgumentException.class, () -> server.manager().publish("topic", ByteBuffer.wrap(tooLarge)));
            assertThrows(IllegalArgumentException.class, () -> server.manager().publish("topic", "x".repeat(LIMIT + 1)));
            byte[] largest = Frames.payload(LIMIT);
            Await.untilEquals(0L, connection::bufferedAmount);
            assertEquals(SendResult.ACCEPTED, connection.send(largest));
            client.expect(Frame.binary(largest));
            Await.untilEquals(0L, connection::bufferedAmount);
            assertEquals(SendResult.ACCEPTED, server.manager().broadcast(ByteBuffer.wrap(largest)));
            client.expect(Frame.binary(largest));
            client.closeNormally();
        }
    }

    /** More than the limit already in onOpen: the peer still gets a proper answer to its upgrade, then the close. */
    @Test
    void shouldUpgradeBeforeItClosesASlowConsumer() throws IOException, InterruptedException {
        CountDownLatch sent = new CountDownLatch(1);
        WebSocketHandler eager = new Recorder() {
            @Override
            public void onOpen(WebSocketConnection connection) {
                for (int i = 0; i < 200 && connection.isOpen(); i++) {
                    connection.send(numbered(i));
                }
                sent.countDown();
            }
        };
        try (TestServer server = start(SlowConsumerPolicy.CLOSE, eager); RawClient client = RawClient.connect(server.address(), 8 * KIB)) {
            client.upgraded(client.upgrade("/ws"));
            // A peer that reads as fast as a handler sends is no slow one.
            assertTrue(sent.await(60, TimeUnit.SECONDS));
            Frame frame = client.read();
            for (int i = 0; !frame.isClose(); i++) {
                assertEquals(i, number(frame));
                frame = client.read();
            }
            assertEquals(1013, frame.closeCode());
        }
    }

    /** A handler that does not get on is not sent more than its lane holds; the rest waits at the sender. */
    @Test
    void shouldStopReadingWhileTheHandlerIsBehind() throws IOException, InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        Queue<Integer> received = new ConcurrentLinkedQueue<>();
        WebSocketHandler handler = new Recorder() {
            @Override
            public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
                received.add(message.bytes().getInt());
                try {
                    assertTrue(release.await(Await.TIMEOUT_S, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        int count = 3000;
        try (TestServer server = start(SlowConsumerPolicy.CLOSE, handler); RawClient client = server.open()) {
            Thread sender = new Thread(() -> sendNumbered(client, count));
            sender.start();
            if (threading != HandlerThreading.INLINE) {
                Await.until("reading has stopped", () -> server.counter("reads.paused") > 0);
            }
            Await.until("the first message", () -> !received.isEmpty());
            assertTrue(server.counter("bytes.in") < (long) count * MESSAGE);
            assertTrue(sender.isAlive());
            release.countDown();
            Await.untilEquals(count, received::size);
            sender.join();
            for (int i = 0; i < count; i++) {
                assertEquals(i, received.poll());
            }
            client.closeNormally();
            assertEquals(server.counter("reads.paused"), server.counter("reads.resumed"));
        }
    }

    private static void sendNumbered(RawClient client, int count) {
        try {
            for (int i = 0; i < count; i++) {
                client.send(Frames.binary(numbered(i)));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** While a loop is busy its hand-off fills up; what was refused may be sent again after onWritable, and nothing is lost. */
    @Test
    void shouldPushBackOnThreadsThatSendFasterThanTheLoop() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch writable = new CountDownLatch(1);
        WebSocketHandler handler = new Recorder() {
            @Override
            public void onWritable(WebSocketConnection connection) {
                writable.countDown();
            }
        };
        try (TestServer server = start(SlowConsumerPolicy.CLOSE, handler); RawClient client = server.open()) {
            WebSocketConnection connection = onlyConnection(server);
            server.manager().broadcast("blocks the loop", each -> {
                awaitLatch(release);
                return false;
            });
            int accepted = 0;
            SendResult result = connection.send("m" + accepted);
            while (result == SendResult.ACCEPTED) {
                accepted++;
                result = connection.send("m" + accepted);
            }
            assertEquals(SendResult.BACK_PRESSURED, result);
            release.countDown();
            awaitLatch(writable);
            assertEquals(SendResult.ACCEPTED, connection.send("after"));
            for (int i = 0; i < accepted; i++) {
                assertArrayEquals(("m" + i).getBytes(), client.read().payload());
            }
            client.expect(Frame.text("after"));
            client.closeNormally();
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertTrue(latch.await(Await.TIMEOUT_S, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

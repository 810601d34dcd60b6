package io.neurolink.engine.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a real recording of a real server holds. */
class JfrEventsTest {
    private static final long SLOW_NS = 40_000_000;

    @TempDir
    private Path folder;

    private final CountDownLatch answered = new CountDownLatch(2);

    private final class Listener implements WebSocket.Listener {
        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            if (last) {
                answered.countDown();
            }
            socket.request(1);
            return null;
        }
    }

    private static final class SlowForLarge implements WebSocketHandler {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            long endNs = System.nanoTime() + (message.bytes().remaining() > 10 ? SLOW_NS : 0);
            while (System.nanoTime() - endNs < 0) {
                LockSupport.parkNanos(endNs - System.nanoTime());
            }
            connection.send(message.bytes());
        }
    }

    private List<RecordedEvent> eventsOf(Recording recording) throws Exception {
        Path file = folder.resolve("recording.jfr");
        recording.stop();
        recording.dump(file);
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.neurolink.")).toList();
        Files.delete(file);
        return events;
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals("io.neurolink." + name)).toList();
    }

    @ParameterizedTest
    @EnumSource(value = HandlerThreading.class, names = {"INLINE", "WORKER"})
    void shouldRecordTheLifeOfAConnection(HandlerThreading threading) throws Exception {
        WebSocketConnectionManager manager = new WebSocketConnectionManager(WebSocketConfig.builder().handlerThreading(threading).build());
        manager.registerHandler("/ws", new SlowForLarge());
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).build().start();
                Recording recording = new Recording()) {
            recording.start();
            WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder()
                    .buildAsync(URI.create("ws://localhost:" + server.port() + "/ws?token=hidden"), new Listener()).join();
            String id = manager.getAllConnections().get(0).id();
            socket.sendBinary(ByteBuffer.allocate(10), true).join();
            socket.sendBinary(ByteBuffer.allocate(100_000), true).join();
            assertTrue(answered.await(60, TimeUnit.SECONDS));
            manager.close(id, 1000, "enough").toCompletableFuture().get(60, TimeUnit.SECONDS);
            server.shutdown(Duration.ofSeconds(60)).join();
            List<RecordedEvent> events = eventsOf(recording);
            RecordedEvent opened = named(events, "ConnectionOpened").get(0);
            assertEquals(id, opened.getString("connectionId"));
            assertEquals("/ws", opened.getString("path"));
            List<RecordedEvent> large = named(events, "LargeMessage");
            assertEquals(2, large.size(), "there and back, and not the small one");
            assertTrue(large.get(0).getBoolean("incoming") && !large.get(1).getBoolean("incoming"));
            assertEquals(100_000, large.get(0).getLong("length"));
            List<RecordedEvent> slow = named(events, "SlowHandler");
            // The quick one before it may have come at the same time, or the machine has made it slow, too.
            assertTrue(slow.size() == 1 || slow.size() == 2, slow::toString);
            assertTrue(slow.stream().mapToInt(event -> event.getInt("messages")).sum() <= 2, slow::toString);
            assertTrue(slow.get(slow.size() - 1).getDuration().toNanos() >= SLOW_NS);
            slow.forEach(event -> assertEquals(id + " /ws", event.getString("connectionId") + " " + event.getString("path")));
            RecordedEvent closed = named(events, "ConnectionClosed").get(0);
            assertEquals(2, closed.getLong("messagesIn"));
            assertEquals(2, closed.getLong("messagesOut"));
            assertTrue(closed.getLong("bytesIn") > 100_000 && closed.getLong("bytesOut") > 100_000);
            assertTrue(events.stream().noneMatch(event -> event.toString().contains("hidden")));
        }
    }

    @Test
    void shouldAskTheRecordingHowLargeIsLarge() throws Exception {
        try (Recording recording = new Recording()) {
            recording.enable("io.neurolink.LargeMessage").with("minimumSize", "1k");
            recording.start();
            JfrEvents.message("c", "/ws", true, 1023);
            JfrEvents.message("c", "/ws", true, 1024);
            List<RecordedEvent> large = named(eventsOf(recording), "LargeMessage");
            assertEquals(List.of(1024L), large.stream().map(event -> event.getLong("length")).toList());
        }
    }

    @Test
    void shouldRecordPressureAndStalls() throws Exception {
        try (Recording recording = new Recording()) {
            recording.start();
            JfrEvents.slowConsumer("c", "/ws", "CLOSE", 4711);
            JfrEvents.messagesDropped("c", "/ws", 0, true);
            JfrEvents.messagesDropped("c", "/ws", 3, true);
            JfrEvents.stall("loop-0", 5_000_000, null, true);
            List<RecordedEvent> events = eventsOf(recording);
            assertEquals(4711, named(events, "SlowConsumer").get(0).getLong("bufferedBytes"));
            assertEquals(1, named(events, "MessagesDropped").size());
            assertEquals(3, named(events, "MessagesDropped").get(0).getInt("count"));
            assertEquals(5, named(events, "Stall").get(0).getDuration("stalledFor").toMillis());
            assertNull(named(events, "Stall").get(0).getString("connectionId"));
        }
    }

    @Test
    void shouldMakeNothingWhileNobodyRecords() {
        assertFalse(JfrEvents.watchesCloses());
        assertFalse(JfrEvents.watchesHandlers());
    }

    @Test
    void shouldStopWatchingWhenTheRecordingEnds() {
        try (Recording recording = new Recording()) {
            recording.start();
            assertTrue(JfrEvents.watchesHandlers());
        }
        assertFalse(JfrEvents.watchesHandlers());
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "64k,65536", "64 K,65536", "2m,2097152", "9999999999,2147483647", "-1,65536", "many,65536", "k,65536",
        "99999999999999999999,65536"})
    void shouldReadSizes(String text, int bytes) {
        assertEquals(bytes, MinimumSize.parse(text));
    }
}

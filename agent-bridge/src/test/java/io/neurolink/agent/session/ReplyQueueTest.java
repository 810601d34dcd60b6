package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.FakeConnection;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReplyQueueTest {
    private final FakeConnection connection = new FakeConnection().ownMessages().marks(100, 300);
    private final ReplyQueue replies = new ReplyQueue(connection, Runnable::run);

    ReplyQueueTest() {
        connection.open(new WebSocketHandler() {
            @Override
            public void onWritable(WebSocketConnection from) {
                replies.onWritable();
            }
        });
    }

    private SendResult send(String json) {
        return replies.send(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void shouldKeepWhatIsNotTakenAndSendItInOrder() {
        connection.stopReading();
        int sent = 0;
        while (connection.messages().size() == sent) {
            assertEquals(SendResult.ACCEPTED, send("{\"n\":" + sent++ + "}"));
        }
        send("{\"n\":" + sent++ + "}");
        connection.readAll();
        List<Map<String, Object>> messages = connection.messages();
        assertEquals(sent, messages.size());
        for (int i = 0; i < sent; i++) {
            assertEquals((long) i, messages.get(i).get("n"));
        }
    }

    @Test
    void shouldReplaceAnAnswerThatTheConnectionRefuses() {
        connection.refuseAbove(50);
        send("{\"text\":\"" + "x".repeat(200) + "\"}");
        send("{\"n\":1}");
        assertEquals("INTERNAL", connection.messages().get(0).get("code"));
        assertEquals(1L, connection.messages().get(1).get("n"));
    }

    @Test
    void shouldNotWaitForWhatWillNeverFit() {
        send("{\"text\":\"" + "x".repeat(400) + "\"}");
        send("{\"n\":1}");
        assertEquals(List.of(Map.of("n", 1L)), connection.messages());
    }

    @Test
    void shouldSayThatTheConnectionIsClosed() {
        connection.disconnect();
        assertEquals(SendResult.CLOSED, send("{}"));
    }

    @Test
    void shouldKeepTheOrderOfEachOfManyThreads() throws InterruptedException {
        FakeConnection busy = new FakeConnection().ownMessages();
        ReplyQueue shared = new ReplyQueue(busy, Runnable::run);
        busy.open(new WebSocketHandler() {
            @Override
            public void onWritable(WebSocketConnection from) {
                shared.onWritable();
            }
        });
        int threads = 4;
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            int id = t;
            new Thread(() -> {
                for (int i = 0; i < 50; i++) {
                    shared.send(ByteBuffer.wrap(("{\"t\":" + id + ",\"n\":" + i + "}").getBytes(StandardCharsets.UTF_8)));
                }
                done.countDown();
            }).start();
        }
        for (int i = 0; i < 200; i++) {
            busy.laneFull(i % 2 == 0);
        }
        busy.laneFull(false);
        assertTrue(done.await(30, TimeUnit.SECONDS));
        busy.laneFull(false);
        assertEquals(200, busy.messages().size());
        for (long t = 0; t < threads; t++) {
            long thread = t;
            List<Object> numbers = busy.messages().stream().filter(each -> each.get("t").equals(thread))
                    .map(each -> each.get("n")).toList();
            for (int i = 0; i < 50; i++) {
                assertEquals((long) i, numbers.get(i));
            }
        }
    }
}

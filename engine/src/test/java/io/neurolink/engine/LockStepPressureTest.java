package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Producers that wait for room: the marks of a connection, and the hand-off between threads when it is full. */
@InAllModes
class LockStepPressureTest extends LockStepTest {
    private static final int LOW = 100;
    private static final int HIGH = 1_000;

    private TestPeer startWithMarks() {
        start(config -> config.writableMarks(LOW, HIGH));
        return server.open();
    }

    @Test
    void shouldTellOnceWhenThereIsRoomAgain() {
        TestPeer peer = startWithMarks();
        WebSocketConnection connection = handler.connection();
        peer.transport.room(0);
        connection.send(new byte[HIGH]);
        assertTrue(connection.isWritable());
        server.settle();
        assertFalse(connection.isWritable(), "the header counts too");
        assertFalse(connection.isWritable());
        peer.transport.room(HIGH - LOW);
        server.settle();
        assertEquals(List.of(), handler.events("writable"), "still above the low mark");
        peer.transport.room(10);
        server.settle();
        assertEquals(List.of("writable"), handler.events("writable"));
        peer.transport.unlimited();
        server.settle();
        connection.send("more");
        server.settle();

        assertEquals(List.of("writable"), handler.events("writable"));
    }

    @Test
    void shouldNotTellThoseWhoDidNotAsk() {
        TestPeer peer = startWithMarks();
        peer.transport.room(0);
        handler.connection().send(new byte[HIGH * 3]);
        server.settle();
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of("open"), handler.events());
    }

    @Test
    void shouldTellAThreadWhoseBytesAreStillOnTheirWay() {
        startWithMarks();
        WebSocketConnection connection = handler.connection();
        connection.send(new byte[HIGH]);
        assertTrue(connection.isWritable());
        connection.send(new byte[1]);
        assertFalse(connection.isWritable());
        server.settle();

        assertTrue(connection.isWritable());
        assertEquals(List.of("writable"), handler.events("writable"));
    }

    @Test
    void shouldNotTellAConnectionThatIsGone() {
        TestPeer peer = startWithMarks();
        peer.transport.room(0);
        handler.connection().send(new byte[HIGH + 1]);
        server.settle();
        assertFalse(handler.connection().isWritable());
        peer.transport.reset();
        server.settle();

        assertEquals(List.of(), handler.events("writable"));
        assertEquals("close 1006", handler.events().get(handler.events().size() - 1));
    }

    /** Sends numbered messages as long as it may, and goes on when told. */
    private static final class Producer {
        private final int count;
        private int next;
        private int refusals;

        Producer(int count) {
            this.count = count;
        }

        void produce(WebSocketConnection connection) {
            while (next < count && connection.isWritable()) {
                if (connection.send("message " + next) == SendResult.ACCEPTED) {
                    next++;
                } else {
                    refusals++;
                    return;
                }
            }
        }

        List<String> all() {
            return IntStream.range(0, count).mapToObj(i -> "message " + i).toList();
        }
    }

    @Test
    void shouldDriveAProducerByItsMarks() {
        Producer producer = new Producer(5_000);
        handler.atMessage((connection, message) -> producer.produce(connection)).atWritable(producer::produce);
        TestPeer peer = startWithMarks();
        peer.transport.acceptance(offered -> Math.min(offered, 97));
        peer.text("go");
        server.settle();

        assertEquals(producer.all(), peer.texts());
        assertEquals(0, producer.refusals);
        int told = handler.events("writable").size();
        assertTrue(told >= 50 && told <= 200, () -> "told " + told + " times");
        assertCount(0, EngineCounter.SENDS_BACK_PRESSURED);
    }

    @Test
    void shouldDriveAProducerByBackPressure() {
        Producer producer = new Producer(200_000);
        handler.atMessage((connection, message) -> producer.produce(connection)).atWritable(producer::produce);
        start(config -> config.maxBufferedBytes(64 * 1024 * 1024).writableMarks(0, 64 * 1024 * 1024));
        TestPeer peer = server.open();
        peer.text("go");
        server.settle();

        List<String> texts = peer.texts();
        assertEquals(200_000, texts.size());
        assertEquals(producer.all(), texts);
        assertEquals(mode.isInline(), producer.refusals == 0, "a worker's lane is shorter than that");
        assertCount(producer.refusals, EngineCounter.SENDS_BACK_PRESSURED);
        assertEquals(producer.refusals, handler.events("writable").size());
    }

    @Test
    void shouldPushBackAThreadThatIsFasterThanTheLoop() {
        start(config -> config.maxBufferedBytes(64 * 1024 * 1024));
        TestPeer peer = server.open();
        WebSocketConnection connection = handler.connection();
        List<String> accepted = fillCommandQueue(connection);
        assertEquals(SendResult.BACK_PRESSURED, connection.send("again"));
        assertEquals(SendResult.BACK_PRESSURED, connection.send(new byte[3]));
        long buffered = connection.bufferedAmount();
        assertEquals(accepted.stream().mapToLong(String::length).sum(), buffered, "what is refused does not count");
        server.settle();
        assertEquals(List.of("writable"), handler.events("writable"));
        assertEquals(SendResult.ACCEPTED, connection.send("afterwards"));
        server.settle();

        List<String> expected = new ArrayList<>(accepted);
        expected.add("afterwards");
        assertEquals(expected, peer.texts());
        assertCount(3, EngineCounter.SENDS_BACK_PRESSURED);
        assertCount(3, EngineCounter.COMMANDS_REFUSED);
    }

    private static List<String> fillCommandQueue(WebSocketConnection connection) {
        List<String> accepted = new ArrayList<>();
        while (connection.send("m" + accepted.size()) == SendResult.ACCEPTED) {
            accepted.add("m" + accepted.size());
            assertTrue(accepted.size() <= 64 * 1024, "the queue is bounded");
        }
        return accepted;
    }

    @Test
    void shouldCloseAlsoWhenTheHandOffIsFull() {
        start(config -> config.maxBufferedBytes(64 * 1024 * 1024));
        TestPeer peer = server.open();
        WebSocketConnection connection = handler.connection();
        List<String> accepted = fillCommandQueue(connection);
        CompletableFuture<Void> gone = connection.close(1000, "enough");
        server.settle();
        peer.send(ClientFrames.close(1000, "enough"));
        server.settle();

        List<String> frames = peer.frames();
        assertEquals("close 1000 enough", frames.get(frames.size() - 1));
        assertEquals(accepted.size() + 1, frames.size());
        assertTrue(gone.isDone());
        assertEquals(List.of("open", "close 1000 enough"), handler.events());
    }

    @Test
    void shouldPushBackBroadcastsWhenALoopIsBehind() {
        start(config -> config.maxBufferedBytes(64 * 1024 * 1024));
        TestPeer peer = server.open();
        fillCommandQueue(handler.connection());
        int broadcasts = 0;
        while (server.manager.broadcast("to all") == SendResult.ACCEPTED) {
            broadcasts++;
            assertTrue(broadcasts <= 64 * 1024, "the queue is bounded");
        }
        server.settle();

        assertEquals(SendResult.ACCEPTED, server.manager.broadcast("to all"));
        server.settle();
        assertEquals(broadcasts + 1, peer.texts().stream().filter("to all"::equals).count());
    }
}

package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Peers that read more slowly than they are sent to: the policy is applied, and what was accepted is sent or reported. */
@InAllModes
class LockStepSlowConsumerTest extends LockStepTest {
    private static final int MAX = 1_024;

    private final RecordingListener listener = new RecordingListener();
    private final List<SendResult> results = new ArrayList<>();

    private TestPeer startWith(SlowConsumerPolicy policy) {
        start(config -> config.maxBufferedBytes(MAX).slowConsumerPolicy(policy).listener(listener));
        TestPeer peer = server.open();
        listener.events().clear();
        return peer;
    }

    private void sendFromTheHandler(String... texts) {
        handler.atMessage((connection, message) -> {
            for (String text : texts) {
                results.add(connection.send(text));
            }
        });
    }

    private static String text(char c) {
        return Character.toString(c).repeat(400);
    }

    // ------------------------------------------------------------------ not slow at all

    @Test
    void shouldTakeNobodyForSlowWhoWasNotWrittenToYet() {
        handler.atMessage((connection, message) -> {
            connection.send("published");
            server.manager.broadcast(text('n'));
        });
        TestPeer reader = startWith(SlowConsumerPolicy.CLOSE);
        TestPeer publisher = server.openOn(0);
        publisher.send(ClientFrames.repeat(ClientFrames.text("go"), 10));
        server.settle();

        assertEquals(Collections.nCopies(10, "text[400]"), reader.frames());
        assertEquals(Collections.nCopies(10, "text published, text[400]"), pairs(publisher.frames()));
        assertCount(0, EngineCounter.CLOSES_SLOW_CONSUMER);
        assertEquals(List.of(), listener.events().stream().filter(event -> event.startsWith("slow")).toList());
    }

    private static List<String> pairs(List<String> frames) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < frames.size(); i += 2) {
            pairs.add(frames.get(i) + ", " + frames.get(i + 1));
        }
        return pairs;
    }

    // ------------------------------------------------------------------ CLOSE

    @Test
    void shouldCloseASlowConsumerAndReportWhatItDidNotGet() {
        sendFromTheHandler(text('a'), text('b'), text('c'), text('d'));
        TestPeer peer = startWith(SlowConsumerPolicy.CLOSE);
        peer.transport.room(0);
        peer.text("go");
        server.settle();

        assertEquals(List.of(SendResult.ACCEPTED, SendResult.ACCEPTED, SendResult.CLOSED, SendResult.CLOSED), results);
        assertFalse(handler.connection().isOpen());
        assertEquals(1, listener.events().size());
        assertTrue(listener.events().get(0).startsWith("slow CLOSE "), listener.events().get(0));
        assertCount(1, EngineCounter.SLOW_CONSUMERS);
        peer.transport.unlimited();
        server.settle();
        assertEquals(List.of("close 1013 slow consumer"), peer.frames());
        peer.send(ClientFrames.close(1013, "slow consumer"));
        server.settle();

        assertEquals(List.of("open", "text go",
                "error WebSocketConnectionError: 2 accepted message(s) were not sent: the peer reads too slowly",
                "close 1013 slow consumer"), handler.events());
        assertCount(1, EngineCounter.CLOSES_SLOW_CONSUMER);
        assertCount(2, EngineCounter.MESSAGES_QUEUED);
        assertCount(2, EngineCounter.MESSAGES_REPORTED);
    }

    @Test
    void shouldFinishTheFrameThatHasBegunBeforeTheCloseFrame() {
        TestPeer peer = startWith(SlowConsumerPolicy.CLOSE);
        WebSocketConnection connection = handler.connection();
        peer.transport.room(10);
        connection.send(text('a'));
        connection.send(text('b'));
        server.settle();
        assertEquals(SendResult.CLOSED, connection.send(text('c')));
        assertEquals(SendResult.CLOSED, connection.send("d"));
        server.settle();
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of("text[400]", "close 1013 slow consumer"), peer.frames());
        assertCount(1, EngineCounter.MESSAGES_SENT);
        assertCount(1, EngineCounter.MESSAGES_REPORTED);
    }

    @Test
    void shouldCutASlowConsumerThatNeverReads() {
        TestPeer peer = startWith(SlowConsumerPolicy.CLOSE);
        peer.transport.room(0);
        handler.connection().send(text('a'));
        handler.connection().send(text('b'));
        server.settle();
        handler.connection().send(text('c'));
        server.settle();
        server.advance(Duration.ofSeconds(5));

        assertTrue(peer.transport.isClosed());
        assertEquals(List.of("open", "error WebSocketConnectionError: 2 accepted message(s) were not sent: the peer reads too slowly",
                "close 1013 slow consumer"), handler.events());
        assertCount(1, EngineCounter.CLOSE_TIMEOUTS);
    }

    @Test
    void shouldCloseAThreadsSlowConsumerBeforeTheLoopHasHadItsTurn() {
        TestPeer peer = startWith(SlowConsumerPolicy.CLOSE);
        WebSocketConnection connection = handler.connection();
        assertEquals(SendResult.ACCEPTED, connection.send(text('a')));
        assertEquals(SendResult.ACCEPTED, connection.send(text('b')));
        assertEquals(SendResult.CLOSED, connection.send(text('c')));
        assertFalse(connection.isOpen());
        assertEquals(SendResult.CLOSED, connection.send("d"));
        server.settle();

        assertEquals("close 1013 slow consumer", peer.frames().get(0));
        assertEquals(List.of("open", "error WebSocketConnectionError: 2 accepted message(s) were not sent: the peer reads too slowly"),
                handler.events());
    }

    @Test
    void shouldCloseAConsumerThatIsTooSlowForABroadcast() {
        TestPeer slow = startWith(SlowConsumerPolicy.CLOSE);
        TestPeer quick = server.open();
        slow.transport.room(0);
        for (int i = 0; i < 4; i++) {
            assertEquals(SendResult.ACCEPTED, server.manager.broadcast(text('a')));
            server.settle();
        }
        slow.transport.unlimited();
        server.settle();

        assertEquals(List.of("close 1013 slow consumer"), slow.frames());
        assertEquals(4, quick.frames().size());
        assertCount(6, EngineCounter.BROADCAST_RECIPIENTS);
        assertCount(2, EngineCounter.MESSAGES_REPORTED);
    }

    // ------------------------------------------------------------------ DROP_NEWEST

    @Test
    void shouldDropTheNewestOnTheHandlersThread() {
        sendFromTheHandler(text('a'), text('b'), text('c'), "d");
        TestPeer peer = startWith(SlowConsumerPolicy.DROP_NEWEST);
        peer.transport.room(0);
        peer.text("go");
        server.settle();
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of(SendResult.ACCEPTED, SendResult.ACCEPTED, SendResult.DROPPED, SendResult.ACCEPTED), results);
        assertEquals(List.of(text('a'), text('b'), "d"), peer.texts());
        assertEquals(1, listener.events().size());
        assertTrue(listener.events().get(0).startsWith("slow DROP_NEWEST "), listener.events().get(0));
        assertEquals(List.of("open", "text go"), handler.events());
        assertCount(1, EngineCounter.MESSAGES_DROPPED_NEWEST);
        assertCount(3, EngineCounter.MESSAGES_QUEUED);
        assertCount(3, EngineCounter.MESSAGES_SENT);
    }

    @Test
    void shouldDropTheNewestOfAnotherThread() {
        TestPeer peer = startWith(SlowConsumerPolicy.DROP_NEWEST);
        WebSocketConnection connection = handler.connection();
        assertEquals(SendResult.ACCEPTED, connection.send(text('a')));
        assertEquals(SendResult.ACCEPTED, connection.send(text('b')));
        assertEquals(SendResult.DROPPED, connection.send(text('c')));
        assertEquals(800, connection.bufferedAmount());
        server.settle();

        assertEquals(List.of(text('a'), text('b')), peer.texts());
        assertEquals(1, listener.events().size());
        assertCount(1, EngineCounter.MESSAGES_DROPPED_NEWEST);
    }

    /** The queue counts headers, who hands over does not: what was accepted gets in all the same. */
    @Test
    void shouldSendWhatItHasAcceptedOfAnotherThread() {
        TestPeer peer = startWith(SlowConsumerPolicy.DROP_NEWEST);
        peer.transport.room(0);
        WebSocketConnection connection = handler.connection();
        assertEquals(SendResult.ACCEPTED, connection.send("x".repeat(MAX / 2)));
        assertEquals(SendResult.ACCEPTED, connection.send("x".repeat(MAX / 2)));
        server.settle();
        assertEquals(SendResult.DROPPED, connection.send("y"));
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of("text[512]", "text[512]"), peer.frames());
        assertCount(0, EngineCounter.MESSAGES_REPORTED);
        assertEquals(SendResult.ACCEPTED, connection.send("y"));
    }

    @Test
    void shouldNotPileUpReportsOfDroppedMessages() {
        startWith(SlowConsumerPolicy.DROP_NEWEST);
        WebSocketConnection connection = handler.connection();
        connection.send(text('a'));
        connection.send(text('b'));
        for (int i = 0; i < 100_000; i++) {
            assertEquals(SendResult.DROPPED, connection.send(text('c')));
        }
        server.settle();

        assertCount(100_000, EngineCounter.MESSAGES_DROPPED_NEWEST);
        assertEquals(1, listener.events().size(), "told once per turn of the loop");
        connection.send(text('d'));
        connection.send(text('e'));
        connection.send(text('f'));
        server.settle();
        assertEquals(2, listener.events().size());
    }

    @Test
    void shouldDropTheNewestBroadcast() {
        TestPeer slow = startWith(SlowConsumerPolicy.DROP_NEWEST);
        slow.transport.room(0);
        for (char c = 'a'; c <= 'd'; c++) {
            server.manager.broadcast(text(c));
        }
        server.settle();
        slow.transport.unlimited();
        server.settle();

        assertEquals(List.of(text('a'), text('b')), slow.texts());
        assertCount(2, EngineCounter.MESSAGES_DROPPED_NEWEST);
        assertCount(2, EngineCounter.BROADCAST_RECIPIENTS);
    }

    // ------------------------------------------------------------------ DROP_OLDEST

    @Test
    void shouldDropTheOldestBroadcastsThatHaveNotBegun() {
        TestPeer slow = startWith(SlowConsumerPolicy.DROP_OLDEST);
        slow.transport.room(10);
        for (char c = 'a'; c <= 'e'; c++) {
            server.manager.broadcast(text(c));
            server.settle();
        }
        slow.transport.unlimited();
        server.settle();

        assertEquals(List.of(text('a'), text('e')), slow.texts(), "the first had begun");
        assertCount(3, EngineCounter.MESSAGES_DROPPED_OLDEST);
        assertCount(0, EngineCounter.MESSAGES_DROPPED_NEWEST);
        assertCount(5, EngineCounter.MESSAGES_QUEUED);
        assertCount(2, EngineCounter.MESSAGES_SENT);
        assertCount(3, EngineCounter.MESSAGES_REPORTED);
        assertEquals(3, listener.events().size());
        assertTrue(handler.connection().isOpen());
    }

    @Test
    void shouldDropBroadcastsForAMessageOfItsOwn() {
        sendFromTheHandler(text('x'), text('y'), text('z'));
        TestPeer slow = startWith(SlowConsumerPolicy.DROP_OLDEST);
        slow.transport.room(0);
        server.manager.broadcast(text('a'));
        server.manager.broadcast(text('b'));
        server.settle();
        slow.text("go");
        server.settle();
        slow.transport.unlimited();
        server.settle();

        assertEquals(List.of(text('x'), text('y')), slow.texts());
        assertCount(2, EngineCounter.MESSAGES_DROPPED_OLDEST);
        assertCount(1, EngineCounter.MESSAGES_DROPPED_NEWEST);
        assertEquals(List.of("open", "text go"), handler.events());
    }

    @Test
    void shouldDropTheNewestWhereNoBroadcastCanGo() {
        TestPeer slow = startWith(SlowConsumerPolicy.DROP_OLDEST);
        WebSocketConnection connection = handler.connection();
        slow.transport.room(0);
        connection.send(text('a'));
        connection.send(text('b'));
        server.settle();
        server.manager.broadcast(text('c'));
        server.settle();
        slow.transport.unlimited();
        server.settle();

        assertEquals(List.of(text('a'), text('b')), slow.texts());
        assertCount(0, EngineCounter.MESSAGES_DROPPED_OLDEST);
        assertCount(1, EngineCounter.MESSAGES_DROPPED_NEWEST);
    }

    @Test
    void shouldLimitWhatIsOnItsWayToo() {
        TestPeer slow = startWith(SlowConsumerPolicy.DROP_OLDEST);
        WebSocketConnection connection = handler.connection();
        slow.transport.room(0);
        server.manager.broadcast(text('a'));
        server.manager.broadcast(text('b'));
        server.settle();
        assertEquals(SendResult.ACCEPTED, connection.send(text('c')));
        assertEquals(SendResult.ACCEPTED, connection.send(text('d')));
        assertEquals(SendResult.DROPPED, connection.send(text('e')));
        server.settle();
        slow.transport.unlimited();
        server.settle();

        assertEquals(List.of(text('c'), text('d')), slow.texts());
        assertCount(2, EngineCounter.MESSAGES_DROPPED_OLDEST);
        assertCount(1, EngineCounter.MESSAGES_DROPPED_NEWEST);
    }
}

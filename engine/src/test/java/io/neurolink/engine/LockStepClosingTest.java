package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.ProtocolViolation;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The closing handshake, from either side, and every other way a connection ends: {@code onClose} once, last, with the right code. */
@InAllModes
class LockStepClosingTest extends LockStepTest {
    /** What a loop of these tests reads at once. */
    private static final int READ_LENGTH = 64 * 1024;
    private static final String UNSENT = "error WebSocketConnectionError: ";

    private WebSocketConnection connection;

    private TestPeer startAndOpen() {
        start();
        TestPeer peer = server.open();
        connection = handler.connection();
        return peer;
    }

    private void assertEnded(TestPeer peer, String... events) {
        assertTrue(peer.transport.isClosed());
        List<String> expected = new ArrayList<>(List.of("open"));
        expected.addAll(List.of(events));
        assertEquals(expected, handler.events());
        assertCount(0, EngineCounter.CONNECTIONS_OPEN);
        assertFalse(connection.isOpen());
    }

    @Test
    void shouldCloseAndWaitForTheAnswer() {
        TestPeer peer = startAndOpen();
        CompletableFuture<Void> gone = connection.close(1000, "done");
        assertFalse(connection.isOpen());
        server.settle();
        assertEquals("8806" + "03e8" + "646f6e65", peer.takeHex());
        assertFalse(gone.isDone());
        assertFalse(peer.transport.isClosed());
        assertFalse(peer.transport.isOutputShut());
        peer.send(ClientFrames.close(1000, "done"));
        server.settle();

        assertTrue(gone.isDone());
        assertEnded(peer, "close 1000 done");
        assertEquals(0, peer.take().length);
        assertCount(1, EngineCounter.CLOSES_NORMAL);
    }

    @Test
    void shouldAnswerTheCloseOfThePeer() {
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.close(3456, "that is it"));
        server.settle();

        assertEquals(List.of("close 3456 that is it"), peer.frames());
        assertEnded(peer, "close 3456 that is it");
        assertCount(1, EngineCounter.CLOSES_OTHER);
    }

    /** Ending the line over bytes that were not read would reset it, and the answer might never arrive. */
    @Test
    void shouldWaitForTheEndOfAPeerThatSendsOnBehindItsClose() {
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.close(3456, "that is it"), ClientFrames.text("too late"));
        server.settle();
        assertEquals(List.of("close 3456 that is it"), peer.frames());
        assertTrue(peer.transport.isOutputShut());
        assertFalse(peer.transport.isClosed());

        peer.send(ClientFrames.text("far too late"));
        server.settle();
        assertFalse(peer.transport.isClosed());
        peer.transport.end();
        server.settle();
        assertEnded(peer, "close 3456 that is it");
        assertCount(1, EngineCounter.CLOSES_OTHER);
        assertCount(0, EngineCounter.MESSAGES_IN);
    }

    /** What came is just as much as is read at once: the socket may hold more. */
    @Test
    void shouldWaitForTheEndOfAPeerWhoseCloseFillsTheRead() {
        TestPeer peer = startAndOpen();
        peer.text("first");
        server.settle();
        peer.frames();
        byte[] close = ClientFrames.close(1000, "");
        byte[] filler = ClientFrames.binary(new byte[READ_LENGTH - close.length - 8]);
        assertEquals(READ_LENGTH, filler.length + close.length);
        peer.send(filler, close);
        server.settle();
        assertFalse(peer.transport.isClosed());
        assertTrue(peer.transport.isOutputShut());
        peer.transport.end();
        server.settle();
        assertTrue(peer.transport.isClosed());
    }

    @Test
    void shouldNotWaitLongerThanTheCloseTimeoutForTheEndOfAPeerThatSendsOn() {
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.close(1000, ""), ClientFrames.text("too late"));
        server.settle();
        for (int second = 1; second < 5; second++) {
            server.advance(Duration.ofSeconds(1));
            peer.send(ClientFrames.text("and on"));
            server.settle();
            assertFalse(peer.transport.isClosed());
        }
        server.advance(Duration.ofSeconds(2));
        server.settle();
        assertEnded(peer, "close 1000");
    }

    @Test
    void shouldAnswerEveryCodeThatMayCome() {
        start();
        String longest = "r".repeat(123);
        for (int code : new int[] {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999}) {
            TestPeer peer = server.open();
            peer.send(ClientFrames.close(code, longest));
            server.settle();
            assertEquals(List.of("close " + code + " " + longest), peer.frames());
            assertTrue(peer.transport.isClosed());
        }
        assertCount(14, EngineCounter.CONNECTIONS_CLOSED);
    }

    @Test
    void shouldAnswerAnEmptyCloseWithAnEmptyOne() {
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.close());
        server.settle();

        assertEquals("8800", peer.takeHex());
        assertEnded(peer, "close 1005");
        assertCount(1, EngineCounter.CLOSES_NO_STATUS);
    }

    @Test
    void shouldTakeAnEmptyCloseForAnAnswer() {
        TestPeer peer = startAndOpen();
        connection.close();
        server.settle();
        peer.send(ClientFrames.close());
        server.settle();

        assertEquals(List.of("close 1000"), peer.frames());
        assertEnded(peer, "close 1005");
    }

    @Test
    void shouldNotDeliverWhatCameBehindItsOwnClose() {
        handler = new RecordingHandler().atMessage((to, message) -> {
            if (message.text().equals("last")) {
                to.close(1000, "enough");
            }
        });
        TestPeer peer = startAndOpen();
        peer.text("first").text("last").text("dropped");
        server.settle();
        assertEquals(List.of("close 1000 enough"), peer.frames());
        peer.send(ClientFrames.close(1000, "yes"));
        server.settle();

        assertEnded(peer, "text first", "text last", "close 1000 yes");
    }

    @Test
    void shouldNotDeliverWhatWasReadBeforeAnotherThreadClosed() {
        TestPeer peer = startAndOpen();
        peer.text("delivered");
        server.settle();
        peer.text("read but not delivered");
        connection.close(1000, "enough");
        server.settle();
        peer.send(ClientFrames.close(1000, "yes"));
        server.settle();

        assertEnded(peer, "text delivered", "close 1000 yes");
    }

    @Test
    void shouldBelongToNoTopicAfterItsEnd() {
        TestPeer peer = startAndOpen();
        connection.subscribe("a");
        connection.subscribe("b");
        server.settle();
        assertEquals(Set.of("a", "b"), connection.topics());
        peer.transport.reset();
        server.settle();

        assertEquals(Set.of(), connection.topics());
        assertCount(0, EngineCounter.TOPICS);
    }

    @Test
    void shouldSendOneCloseFrameWhenBothSidesCloseAtOnce() {
        TestPeer peer = startAndOpen();
        CompletableFuture<Void> gone = connection.close(1001, "ours");
        peer.send(ClientFrames.close(1000, "theirs"));
        server.settle();

        assertEquals(List.of("close 1001 ours"), peer.frames());
        assertEnded(peer, "close 1000 theirs");
        assertTrue(gone.isDone());
    }

    @Test
    void shouldCutAPeerThatDoesNotAnswerTheClose() {
        TestPeer peer = startAndOpen();
        CompletableFuture<Void> gone = connection.close(1000, "done");
        server.settle();
        server.advance(Duration.ofMillis(4_999));
        peer.text("still talking");
        server.settle();
        assertFalse(gone.isDone());
        server.advance(Duration.ofMillis(1));

        assertTrue(gone.isDone());
        assertEnded(peer, "close 1006");
        assertCount(1, EngineCounter.CLOSE_TIMEOUTS);
    }

    @Test
    void shouldChangeNothingWhenClosedAgain() {
        TestPeer peer = startAndOpen();
        CompletableFuture<Void> first = connection.close(1000, "first");
        CompletableFuture<Void> second = connection.close(1001, "second");
        server.settle();
        CompletableFuture<Void> third = connection.close(1011, "third");
        server.settle();
        assertEquals(List.of("close 1000 first"), peer.frames());
        peer.send(ClientFrames.close(1000, "first"));
        server.settle();
        CompletableFuture<Void> late = connection.close(1000, "late");
        server.settle();

        assertTrue(first.isDone() && second.isDone() && third.isDone() && late.isDone());
        assertEnded(peer, "close 1000 first");
    }

    @Test
    void shouldNotPileUpCallsOfClose() {
        TestPeer peer = startAndOpen();
        List<CompletableFuture<Void>> futures = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            futures.add(connection.close(1000, ""));
        }
        server.settle();
        assertCount(1, EngineCounter.COMMANDS);
        futures.add(connection.close(1000, ""));
        assertTrue(futures.stream().noneMatch(CompletableFuture::isDone));
        peer.send(ClientFrames.close(1000, ""));
        server.settle();

        assertTrue(futures.stream().allMatch(CompletableFuture::isDone));
        assertEnded(peer, "close 1000");
    }

    @Test
    void shouldCloseFromTheHandlerWhereverItIs() {
        List<CompletableFuture<Void>> futures = new ArrayList<>();
        handler.atMessage((c, message) -> futures.add(c.close(4000, "from onMessage")))
                .atClose(c -> futures.add(c.close(4001, "from onClose")));
        TestPeer peer = startAndOpen();
        peer.text("now");
        server.settle();
        peer.send(ClientFrames.close(4000, "ok"));
        server.settle();

        assertEquals(List.of("close 4000 from onMessage"), peer.frames());
        assertEnded(peer, "text now", "close 4000 ok");
        assertEquals(2, futures.size());
        assertTrue(futures.stream().allMatch(CompletableFuture::isDone));
    }

    @Test
    void shouldNotReadOnAfterTheHandlerHasClosed() {
        handler.atMessage((c, message) -> {
            if (message.text().equals("b")) {
                c.close(1000, "");
            }
        });
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.text("a"), ClientFrames.text("b"));
        server.settle();
        peer.send(ClientFrames.text("c"), ClientFrames.close(1000, ""));
        server.settle();

        assertEquals(List.of("close 1000"), peer.frames());
        assertEnded(peer, "text a", "text b", "close 1000");
    }

    @Test
    void shouldCloseInOnOpen() {
        handler.atOpen(c -> c.close(4003, "not you"));
        TestPeer peer = startAndOpen();
        peer.text("hello?");
        server.settle();
        assertEquals(List.of("close 4003 not you"), peer.frames());
        peer.send(ClientFrames.close(4003, "not you"));
        server.settle();

        assertEnded(peer, "close 4003 not you");
    }

    @Test
    void shouldCloseWith1011WhenOnOpenThrows() {
        expectErrors("java.lang.IllegalStateException: no set-up");
        handler.atOpen(c -> {
            throw new IllegalStateException("no set-up");
        });
        TestPeer peer = startAndOpen();
        assertEquals(List.of("close 1011 onOpen failed"), peer.frames());
        peer.send(ClientFrames.close(1011, ""));
        server.settle();

        assertEnded(peer, "error IllegalStateException: no set-up", "close 1011");
        assertCount(1, EngineCounter.HANDLER_ERRORS);
        assertCount(1, EngineCounter.CLOSES_INTERNAL_ERROR);
    }

    @Test
    void shouldSurviveWhatOtherCallbacksThrow() {
        expectErrors("java.lang.IllegalArgumentException: in onClose", "java.lang.IllegalStateException: in onError",
                "java.lang.StackOverflowError: in onMessage");
        handler.atMessage((c, message) -> {
            throw new StackOverflowError("in onMessage");
        }).atError((c, error) -> {
            throw new IllegalStateException("in onError");
        }).atClose(c -> {
            throw new IllegalArgumentException("in onClose");
        });
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.text("a"), ClientFrames.text("b"));
        server.settle();
        assertTrue(connection.isOpen());
        peer.send(ClientFrames.close(1000, ""));
        server.settle();

        String told = "error StackOverflowError: in onMessage";
        assertEquals(List.of("open", "text a", told, "text b", told, "close 1000"), handler.events());
        assertCount(5, EngineCounter.HANDLER_ERRORS);
    }

    @Test
    void shouldTakeNothingAfterClose() {
        TestPeer peer = startAndOpen();
        connection.close(1000, "");
        assertAllRefused();
        server.settle();
        assertAllRefused();
        peer.send(ClientFrames.close(1000, ""));
        server.settle();
        assertAllRefused();

        assertEquals(List.of("close 1000"), peer.frames());
        assertCount(9, EngineCounter.SENDS_CLOSED);
        assertCount(0, EngineCounter.MESSAGES_QUEUED);
    }

    private void assertAllRefused() {
        assertEquals(SendResult.CLOSED, connection.send("text"));
        assertEquals(SendResult.CLOSED, connection.send(new byte[1]));
        assertEquals(SendResult.CLOSED, connection.sendText(ByteBuffer.allocate(1)));
        assertEquals(SendResult.CLOSED, connection.ping());
        assertEquals(SendResult.CLOSED, connection.subscribe("topic"));
        assertEquals(SendResult.CLOSED, connection.unsubscribe("topic"));
    }

    @Test
    void shouldSendWhatWasAcceptedBeforeTheCloseFrame() {
        TestPeer peer = startAndOpen();
        peer.transport.room(3);
        connection.send("one");
        connection.send("two");
        CompletableFuture<Void> gone = connection.close(1000, "done");
        server.settle();
        assertEquals(3, peer.unseen().length);
        peer.transport.unlimited();
        server.settle();
        assertEquals(List.of("text one", "text two", "close 1000 done"), peer.frames());
        peer.send(ClientFrames.close(1000, "done"));
        server.settle();

        assertTrue(gone.isDone());
        assertEnded(peer, "close 1000 done");
        assertCount(2, EngineCounter.MESSAGES_SENT);
    }

    @Test
    void shouldSendWhatWasAcceptedBeforeAnsweringAClose() {
        TestPeer peer = startAndOpen();
        peer.transport.room(0);
        connection.send("one");
        server.settle();
        peer.send(ClientFrames.close(1000, "bye"));
        server.settle();
        assertFalse(peer.transport.isClosed());
        server.advance(Duration.ofMillis(4_999));
        peer.transport.unlimited();
        server.settle();

        assertEquals(List.of("text one", "close 1000 bye"), peer.frames());
        assertEnded(peer, "close 1000 bye");
    }

    @Test
    void shouldReportWhatAPeerThatClosesDoesNotTakeInTime() {
        TestPeer peer = startAndOpen();
        peer.transport.room(7);
        connection.send("one");
        connection.send("two");
        connection.send("three");
        server.settle();
        peer.send(ClientFrames.close(1000, "bye"));
        server.settle();
        server.advance(Duration.ofSeconds(5));

        assertEquals(List.of("text one"), peer.frames());
        assertEnded(peer, UNSENT + "2 accepted message(s) were not sent: the connection ended", "close 1000 bye");
        assertCount(1, EngineCounter.MESSAGES_SENT);
        assertCount(2, EngineCounter.MESSAGES_REPORTED);
        assertCount(1, EngineCounter.CLOSE_TIMEOUTS);
    }

    // ------------------------------------------------------------------ what came before the peer's last word

    private TestPeer startEchoAndOpen() {
        handler.atMessage(WebSocketConnection::send);
        return startAndOpen();
    }

    @Test
    void shouldAnswerMessagesThatCameWithACloseBeforeTheClose() {
        TestPeer peer = startEchoAndOpen();
        peer.send(ClientFrames.concat(ClientFrames.text("one"), ClientFrames.text("two"), ClientFrames.close(1000, "bye")));
        server.settle();

        assertEquals(List.of("text one", "text two", "close 1000 bye"), peer.frames());
        assertEnded(peer, "text one", "text two", "close 1000 bye");
        assertCount(0, EngineCounter.MESSAGES_REPORTED);
    }

    @Test
    void shouldAnswerMessagesThatCameWithAViolationBeforeFailing() {
        TestPeer peer = startEchoAndOpen();
        byte[] reservedBit = {(byte) 0xC2, (byte) 0x80, 0, 0, 0, 0};
        peer.send(ClientFrames.concat(ClientFrames.text("one"), ClientFrames.text("two"), reservedBit));
        server.settle();
        peer.transport.end();
        server.settle();

        String reason = ProtocolViolation.RESERVED_BIT.reason();
        assertEquals(List.of("text one", "text two", "close 1002 " + reason), peer.frames());
        assertEnded(peer, "text one", "text two", "error WebSocketError: " + reason, "close 1002 " + reason);
        assertCount(0, EngineCounter.MESSAGES_REPORTED);
    }

    @Test
    void shouldKeepItsAnswersWhenThePeerEndsTheStreamBehindItsClose() {
        TestPeer peer = startEchoAndOpen();
        peer.send(ClientFrames.concat(ClientFrames.text("one"), ClientFrames.close(1000, "")));
        peer.transport.end();
        server.settle();

        assertEquals(List.of("text one", "close 1000"), peer.frames());
        assertEnded(peer, "text one", "close 1000");
    }

    @Test
    void shouldCloseWithTheHandlersCodeWhenItClosesAfterThePeerDid() {
        handler.atMessage((c, message) -> c.close(4000, "enough"));
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.concat(ClientFrames.text("one"), ClientFrames.close(1000, "bye")));
        server.settle();

        assertEquals(List.of("close 4000 enough"), peer.frames());
        assertEnded(peer, "text one", "close 1000 bye");
    }

    @Test
    void shouldNotWaitLongerThanTheCloseTimeoutForAHandler() {
        assumeFalse(mode.isInline(), "an inline handler has handled everything when the close is read");
        TestPeer peer = startEchoAndOpen();
        peer.send(ClientFrames.concat(ClientFrames.text("one"), ClientFrames.close(1000, "bye")));
        server.settleLoops();
        assertEquals(List.of(), peer.frames());
        assertTrue(connection.isOpen());
        server.clock.advance(Duration.ofSeconds(5));
        server.settleLoops();
        assertTrue(peer.transport.isClosed());
        assertCount(1, EngineCounter.CLOSE_TIMEOUTS);
        server.settle();

        assertEquals(List.of(), peer.frames());
        assertEnded(peer, "text one", "close 1000 bye");
    }

    @Test
    void shouldEndWithThePeersStream() {
        TestPeer peer = startAndOpen();
        peer.transport.end();
        server.settle();

        assertEnded(peer, "close 1006");
        assertEquals(List.of(), peer.frames());
        assertCount(1, EngineCounter.CLOSES_ABNORMAL);
    }

    @Test
    void shouldDeliverWhatCameBeforeTheEndOfTheStream() {
        TestPeer peer = startAndOpen();
        peer.text("last words").transport.end();
        server.settle();

        assertEnded(peer, "text last words", "close 1006");
    }

    @Test
    void shouldTakeAStreamThatEndsBehindACloseForAnOrderlyEnd() {
        TestPeer peer = startAndOpen();
        peer.send(ClientFrames.close(1000, "bye")).transport.end();
        server.settle();

        assertEquals(List.of("close 1000 bye"), peer.frames());
        assertEnded(peer, "close 1000 bye");
    }

    @Test
    void shouldEndWhenThePeerClosesTheLineInsteadOfAnswering() {
        TestPeer peer = startAndOpen();
        CompletableFuture<Void> gone = connection.close(1000, "done");
        server.settle();
        peer.transport.end();
        server.settle();

        assertTrue(gone.isDone());
        assertEnded(peer, "close 1006");
    }

    @Test
    void shouldGiveBackWhatAnUnfinishedMessageHolds() {
        for (int length : new int[] {10, 5_000, 200_000}) {
            handler = new RecordingHandler();
            TestPeer peer = startAndOpen();
            byte[] frame = ClientFrames.frame(Opcode.BINARY, true, new byte[length]);
            peer.send(java.util.Arrays.copyOf(frame, frame.length - 1));
            server.settle();
            assertTrue(server.counter(EngineCounter.HELD_BYTES) > 0);
            peer.transport.end();
            server.settle();

            assertEnded(peer, "close 1006");
            assertCount(0, EngineCounter.HELD_BYTES);
            assertCount(0, EngineCounter.MESSAGES_IN);
            endServer();
        }
    }

    @Test
    void shouldEndWhenReadingFails() {
        TestPeer peer = startAndOpen();
        peer.text("never read").transport.reset();
        server.settle();

        assertEnded(peer, "close 1006");
    }

    @Test
    void shouldEndWhenWritingFails() {
        TestPeer peer = startAndOpen();
        peer.transport.breakWriting();
        connection.send("one");
        connection.send("two");
        CompletableFuture<Void> gone = connection.close(1000, "");
        server.settle();

        assertTrue(gone.isDone());
        assertEnded(peer, UNSENT + "2 accepted message(s) were not sent: the connection ended", "close 1006");
        assertCount(2, EngineCounter.MESSAGES_REPORTED);
    }

    @Test
    void shouldEndWhenWritingFailsWhileReading() {
        handler.atMessage((c, message) -> c.send(message));
        TestPeer peer = startAndOpen();
        peer.transport.breakWriting();
        peer.send(ClientFrames.text("a"), ClientFrames.text("b"));
        server.settle();

        assertTrue(peer.transport.isClosed());
        assertEquals("close 1006", handler.events().get(handler.events().size() - 1));
        assertCount(0, EngineCounter.MESSAGES_SENT);
        assertEquals(server.counter(EngineCounter.MESSAGES_QUEUED), server.counter(EngineCounter.MESSAGES_REPORTED));
    }

    @Test
    void shouldEndOnceWhenEverythingHappensAtOnce() {
        TestPeer peer = startAndOpen();
        connection.send("never sent");
        CompletableFuture<Void> gone = connection.close(1001, "");
        peer.send(ClientFrames.text("m"), new byte[] {(byte) 0xF3, 0}).transport.end();
        peer.transport.breakWriting();
        server.advance(Duration.ofDays(1));

        assertTrue(gone.isDone());
        assertTrue(peer.transport.isClosed());
        assertEquals(1, handler.events("close").size());
    }

    @Test
    void shouldEndWithTheServer() {
        TestPeer peer = startAndOpen();
        connection.send("not sent");
        server.end();

        assertTrue(peer.transport.isClosed());
        assertEquals("close 1006", handler.events().get(handler.events().size() - 1));
        assertTrue(connection.close(1000, "").isDone());
        assertEquals(SendResult.CLOSED, connection.send("after the end"));
    }

    @Test
    void shouldRefuseCodesAndReasonsThatCannotBeSent() {
        startAndOpen();
        for (int code : new int[] {0, 999, 1004, 1005, 1006, 1010, 1015, 1016, 2999, 5000, 65536 + 1000, -1}) {
            assertThrows(IllegalArgumentException.class, () -> connection.close(code, ""), () -> "code " + code);
            assertThrows(IllegalArgumentException.class, () -> server.manager.closeAll(code, ""), () -> "code " + code);
        }
        assertThrows(IllegalArgumentException.class, () -> connection.close(1000, "é".repeat(62)));
        server.settle();
        assertTrue(connection.isOpen());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> connection.close(1006, "")).getMessage().contains("1006"));
    }

    @Test
    void shouldSendTheLongestReason() {
        TestPeer peer = startAndOpen();
        connection.close(1000, "é".repeat(61));
        server.settle();

        assertEquals(List.of("close 1000 " + "é".repeat(61)), peer.frames());
    }
}

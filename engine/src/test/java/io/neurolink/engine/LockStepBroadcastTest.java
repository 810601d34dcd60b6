package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.loop.SharedFramePool;
import io.neurolink.engine.loop.SharedFrames;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** One message for many: encoded once, in order with everything else, and its memory comes back. */
@InAllModes
class LockStepBroadcastTest extends LockStepTest {
    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (1 + i % 250);
        }
        return bytes;
    }

    private List<TestPeer> open(int count) {
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            peers.add(server.open());
        }
        return peers;
    }

    @Test
    void shouldReachEverybodyWithOneEncoding() {
        start();
        List<TestPeer> peers = open(5);
        assertEquals(SendResult.ACCEPTED, server.manager.broadcast("to all"));
        assertEquals(SendResult.ACCEPTED, server.manager.broadcast(ByteBuffer.wrap(new byte[] {9, 1, 2, 9}, 1, 2)));
        server.settle();

        for (TestPeer peer : peers) {
            assertEquals("8106746f20616c6c" + "82020102", peer.takeHex());
        }
        assertCount(2, EngineCounter.BROADCASTS);
        assertCount(2, EngineCounter.BROADCAST_ENCODES);
        assertCount(10, EngineCounter.BROADCAST_RECIPIENTS);
        assertCount(10, EngineCounter.MESSAGES_SENT);
        assertCount(2L * mode.loops, EngineCounter.COMMANDS);
    }

    @Test
    void shouldReachNobodyWhereNobodyIs() {
        start();
        assertEquals(SendResult.ACCEPTED, server.manager.broadcast("to nobody"));
        assertEquals(SendResult.ACCEPTED, server.manager.publish("topic", "to nobody"));
        server.settle();

        assertCount(0, EngineCounter.BROADCAST_ENCODES);
    }

    @Test
    void shouldReachOnlyThoseTheFilterWants() {
        start();
        List<TestPeer> peers = open(4);
        Set<WebSocketConnection> wanted = Set.of(handler.connection(1), handler.connection(2));
        server.manager.broadcast("some", wanted::contains);
        server.manager.broadcast(ByteBuffer.wrap(new byte[] {1}), connection -> !wanted.contains(connection));
        server.settle();

        assertEquals(List.of("binary 01"), peers.get(0).frames());
        assertEquals(List.of("text some"), peers.get(1).frames());
        assertEquals(List.of("text some"), peers.get(2).frames());
        assertEquals(List.of("binary 01"), peers.get(3).frames());
        assertCount(4, EngineCounter.BROADCAST_RECIPIENTS);
    }

    @Test
    void shouldLeaveOutOnlyThoseTheFilterFailsFor() {
        expectErrors("java.lang.IllegalStateException: filter");
        start();
        List<TestPeer> peers = open(4);
        server.manager.broadcast("some", connection -> {
            if (connection == handler.connection(1)) {
                throw new IllegalStateException("filter");
            }
            return true;
        });
        server.settle();

        assertEquals(List.of(1, 0, 1, 1), peers.stream().map(peer -> peer.frames().size()).toList());
        assertCount(1, EngineCounter.HANDLER_ERRORS);
    }

    @Test
    void shouldLeaveOutThoseThatAreClosing() {
        start();
        List<TestPeer> peers = open(3);
        handler.connection(0).close(1000, "");
        peers.get(1).transport.reset();
        server.settle();
        server.manager.broadcast("who is there");
        server.settle();

        assertEquals(List.of("close 1000"), peers.get(0).frames());
        assertEquals(List.of("text who is there"), peers.get(2).frames());
        assertCount(1, EngineCounter.BROADCAST_RECIPIENTS);
    }

    @Test
    void shouldKeepTheOrderOfAThreadsBroadcastsAndSends() {
        start();
        List<TestPeer> peers = open(2);
        for (int i = 0; i < 5; i++) {
            handler.connection(0).send("own" + i);
            server.manager.broadcast("all" + i);
        }
        handler.connection(0).close(1000, "");
        server.manager.broadcast("too late");
        server.settle();

        assertEquals(List.of("text own0", "text all0", "text own1", "text all1", "text own2", "text all2", "text own3", "text all3",
                "text own4", "text all4", "close 1000"), peers.get(0).frames());
        assertEquals(6, peers.get(1).frames().size());
    }

    @Test
    void shouldKeepTheOrderOfAHandlersBroadcastsAndSends() {
        handler.atMessage((connection, message) -> {
            connection.send("before " + message.text());
            server.manager.broadcast("all " + message.text());
            connection.send("behind " + message.text());
        });
        start();
        List<TestPeer> peers = open(2);
        peers.get(0).send(ClientFrames.text("a"), ClientFrames.text("b"));
        server.settle();

        assertEquals(List.of("before a", "all a", "behind a", "before b", "all b", "behind b"), peers.get(0).texts());
        assertEquals(List.of("all a", "all b"), peers.get(1).texts());
    }

    @Test
    void shouldRefuseBroadcastsThatNobodyCouldGet() {
        start(config -> config.maxBufferedBytes(20_000));
        TestPeer peer = server.open();
        assertEquals("a message of 20001 bytes cannot be sent: maxBufferedBytes is 20000",
                assertThrows(IllegalArgumentException.class, () -> server.manager.broadcast("x".repeat(20_001))).getMessage());
        assertEquals(SendResult.ACCEPTED, server.manager.broadcast("x".repeat(20_000)));
        server.settle();

        assertEquals(List.of("text[20000]"), peer.frames());
        assertCount(1, EngineCounter.BROADCASTS);
        assertComesBack(20_004);
    }

    // ------------------------------------------------------------------ memory

    /** The pool holds exactly one buffer of that size, and it has been used: it came back. */
    private void assertComesBack(int frameLength) {
        SharedFramePool pool = server.engine.framePool();
        ByteBuffer first = SharedFrames.acquire(pool, frameLength);
        ByteBuffer second = SharedFrames.acquire(pool, frameLength);
        assertTrue(first.isDirect());
        assertTrue(first.get(0) != 0, "it held a frame before");
        assertEquals(0, second.get(0), "there was only one");
        SharedFrames.release(pool, first);
        SharedFrames.release(pool, second);
    }

    @Test
    void shouldWriteLargeBroadcastsFromSharedMemoryThatComesBack() {
        start();
        List<TestPeer> peers = open(5);
        byte[] payload = pattern(100_000);
        int writes = peers.get(0).transport.writes();
        server.manager.broadcast(ByteBuffer.wrap(payload));
        server.settle();

        for (TestPeer peer : peers) {
            assertArrayEquals(payload, peer.messages().get(0));
        }
        assertEquals(1, peers.get(0).transport.writes() - writes);
        assertComesBack(100_010);
    }

    @Test
    void shouldKeepSharedMemoryUntilTheSlowestHasRead() {
        start(config -> config.maxBufferedBytes(1 << 20));
        List<TestPeer> peers = open(4);
        peers.get(1).transport.room(70_000);
        peers.get(2).transport.room(0);
        byte[] payload = pattern(100_000);
        server.manager.broadcast(ByteBuffer.wrap(payload));
        server.settle();
        ByteBuffer other = SharedFrames.acquire(server.engine.framePool(), 100_010);
        assertEquals(0, other.get(0), "the buffer of the broadcast is still needed");
        server.manager.broadcast("behind");
        server.settle();
        peers.get(1).transport.unlimited();
        peers.get(2).transport.acceptance(offered -> Math.min(offered, 9_999));
        peers.get(2).transport.room(Long.MAX_VALUE);
        peers.get(3).transport.end();
        server.settle();

        for (int i = 0; i < 3; i++) {
            List<byte[]> messages = peers.get(i).messages();
            assertEquals(2, messages.size());
            assertArrayEquals(payload, messages.get(0));
        }
        assertComesBack(100_010);
        SharedFrames.release(server.engine.framePool(), other);
    }

    @Test
    void shouldGiveSharedMemoryBackWhenAPeerLeavesWithoutReading() {
        start(config -> config.maxBufferedBytes(1 << 20));
        List<TestPeer> peers = open(3);
        peers.get(1).transport.room(50_000);
        peers.get(2).transport.room(0);
        server.manager.broadcast(ByteBuffer.wrap(pattern(100_000)));
        server.settle();
        peers.get(1).transport.reset();
        peers.get(2).transport.reset();
        server.settle();

        assertComesBack(100_010);
        assertCount(2, EngineCounter.MESSAGES_REPORTED);
    }

    @Test
    void shouldGiveSharedMemoryBackAtTheEndOfTheServer() {
        start(config -> config.maxBufferedBytes(1 << 20));
        TestPeer peer = server.open();
        peer.transport.room(0);
        server.manager.broadcast(ByteBuffer.wrap(pattern(100_000)));
        server.settle();
        server.manager.broadcast(ByteBuffer.wrap(pattern(10)));
        assertTrue(server.counter(EngineCounter.BROADCAST_BYTES) > 100_000);
        server.end();

        assertCount(0, EngineCounter.BROADCAST_BYTES);
        assertCount(0, EngineCounter.POOLED_BYTES);
    }

    @Test
    void shouldMixLargeAndSmallBroadcastsInOrder() {
        start();
        TestPeer peer = server.open();
        int[] sizes = {10, 16_383, 16_384, 20, 40_000, 30, 30, 17_000, 100};
        peer.transport.acceptance(offered -> Math.min(offered, 12_345));
        for (int size : sizes) {
            server.manager.broadcast(ByteBuffer.wrap(pattern(size)));
        }
        server.settle();

        List<byte[]> messages = peer.messages();
        assertArrayEquals(sizes, messages.stream().mapToInt(message -> message.length).toArray());
        messages.forEach(message -> assertArrayEquals(pattern(message.length), message));
    }

    // ------------------------------------------------------------------ topics

    @Test
    void shouldPublishToSubscribersOnly() {
        start();
        List<TestPeer> peers = open(4);
        assertEquals(SendResult.ACCEPTED, handler.connection(0).subscribe("news"));
        handler.connection(1).subscribe("news");
        handler.connection(1).subscribe("news");
        handler.connection(2).subscribe("weather");
        assertEquals(SendResult.ACCEPTED, server.manager.publish("news", "n1"));
        server.manager.publish("weather", ByteBuffer.wrap(new byte[] {7}));
        server.manager.publish("sports", "nobody");
        server.settle();

        assertEquals(List.of("text n1"), peers.get(0).frames());
        assertEquals(List.of("text n1"), peers.get(1).frames());
        assertEquals(List.of("binary 07"), peers.get(2).frames());
        assertEquals(List.of(), peers.get(3).frames());
        assertEquals(Set.of("news"), handler.connection(1).topics());
        assertEquals(Set.of(), handler.connection(3).topics());
        assertCount(3, EngineCounter.SUBSCRIPTIONS);
        assertCount(3, EngineCounter.BROADCASTS);
        assertCount(3, EngineCounter.BROADCAST_RECIPIENTS);
    }

    @Test
    void shouldForgetTopicsNobodySubscribesTo() {
        start();
        TestPeer peer = server.open();
        WebSocketConnection connection = handler.connection();
        connection.subscribe("a");
        connection.subscribe("b");
        server.settle();
        assertEquals(Set.of("a", "b"), connection.topics());
        assertCount(2, EngineCounter.TOPICS);
        connection.unsubscribe("a");
        connection.unsubscribe("never subscribed to");
        server.manager.publish("a", "not for us");
        server.settle();
        assertEquals(Set.of("b"), connection.topics());
        assertCount(1, EngineCounter.TOPICS);
        peer.transport.end();
        server.settle();

        assertCount(0, EngineCounter.TOPICS);
        assertCount(0, EngineCounter.SUBSCRIPTIONS);
        assertEquals(0, peer.unseen().length);
        assertThrows(IllegalArgumentException.class, () -> connection.subscribe(""));
    }

    @Test
    void shouldSubscribeInOrderWithSendsAndPublications() {
        handler.atMessage((connection, message) -> {
            server.manager.publish("t", "1");
            connection.subscribe("t");
            server.manager.publish("t", "2");
            connection.send("own");
            connection.unsubscribe("t");
            server.manager.publish("t", "3");
            connection.send("last");
        });
        start();
        TestPeer peer = server.open();
        peer.text("go");
        server.settle();

        assertEquals(List.of("2", "own", "last"), peer.texts());
    }

    @Test
    void shouldNotSubscribeAConnectionThatLeavesMeanwhile() {
        start();
        TestPeer peer = server.open();
        handler.connection().subscribe("t");
        peer.transport.reset();
        server.settle();
        handler.connection().subscribe("u");
        server.settle();

        assertEquals(SendResult.CLOSED, handler.connection().subscribe("v"));
        assertCount(0, EngineCounter.TOPICS);
    }

    @Test
    void shouldKeepManagersApart() {
        RecordingHandler others = new RecordingHandler();
        WebSocketConnectionManager other = new WebSocketConnectionManager(
                WebSocketConfig.builder().handlerThreading(mode.threading).path("/other").build()).registerHandler(others);
        server = LockStepServer.builder(mode).handler(handler).otherManager(other).start();
        TestPeer ours = server.open();
        TestPeer theirs = server.open("/other");
        handler.connection().subscribe("t");
        others.connection().subscribe("t");
        server.manager.broadcast("a");
        other.publish("t", "b");
        server.settle();

        assertEquals(List.of("text a"), ours.frames());
        assertEquals(List.of("text b"), theirs.frames());
        theirs.send(ClientFrames.close(1000, ""));
        server.settle();
        assertFalse(others.connection().isOpen());
    }

    @Test
    void shouldNotCopyABroadcastForThoseWhoHaveToWait() {
        start(config -> config.maxBufferedBytes(1 << 20));
        List<TestPeer> peers = open(20);
        peers.forEach(peer -> peer.transport.room(1_000));
        byte[] payload = pattern(200_000);
        server.manager.broadcast(ByteBuffer.wrap(payload));
        server.settle();
        assertCount(20L * (200_010 - 1_000), EngineCounter.QUEUED_BYTES);
        assertCount(0, EngineCounter.HELD_BYTES);
        peers.forEach(peer -> peer.transport.unlimited());
        server.settle();

        peers.forEach(peer -> assertTrue(Arrays.equals(payload, peer.messages().get(0))));
        assertComesBack(200_010);
    }
}

package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.MemoryBudget;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.deflate.MessageDeflater;
import io.neurolink.protocol.deflate.MessageInflater;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** permessage-deflate with context takeover: what is kept per connection, how much of it, and that it comes back. */
@InAllModes
class LockStepDedicatedCompressionTest extends LockStepTest {
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final String NO_TAKEOVER =
            "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover";
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final CompressionConfig DEDICATED = CompressionConfig.dedicated().withThreshold(10).withDedicated(2, IDLE);

    /** Text that does not compress within itself. */
    private static String noise(int length, long seed) {
        return new Random(seed).ints(length, ' ', '~').collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private void startEcho(CompressionConfig compression) {
        handler = RecordingHandler.echo();
        start(config -> config.compression(compression));
    }

    private int echo(TestPeer peer, String text) {
        peer.compressed(text);
        server.settle();
        int length = peer.unseen().length;
        assertEquals(List.of(text), peer.texts());
        return length;
    }

    private long contexts() {
        return server.counter(EngineCounter.DEFLATE_CONTEXTS);
    }

    @Test
    void shouldReferToMessagesBefore() {
        startEcho(DEDICATED);
        TestPeer peer = server.open("/ws", OFFER);
        String text = noise(2_000, 1);
        assertTrue(echo(peer, text) > 1_500);
        for (int i = 0; i < 20; i++) {
            assertTrue(echo(peer, text) < 50, "seen before");
            echo(peer, noise(300, i));
        }
        assertCount(1, EngineCounter.DEFLATE_DEDICATED);
    }

    @Test
    void shouldKeepConnectionsApart() {
        startEcho(DEDICATED);
        TestPeer one = server.open("/ws", OFFER);
        TestPeer two = server.open("/ws", OFFER);
        for (int i = 0; i < 30; i++) {
            echo(one, noise(500, i % 7));
            echo(two, noise(700, 100 + i % 5));
            one.compressed(noise(400, i % 3));
            two.compressed(noise(400, i % 4));
            server.settle();
            assertEquals(List.of(noise(400, i % 3)), one.texts());
            assertEquals(List.of(noise(400, i % 4)), two.texts());
        }
    }

    @Test
    void shouldGiveCompressorsBackThatRestAndGoOnAfter() {
        startEcho(DEDICATED);
        TestPeer one = server.openOn(0, OFFER);
        TestPeer two = server.openOn(0, OFFER);
        String text = noise(2_000, 1);
        echo(one, text);
        echo(two, text);
        assertEquals(3, contexts(), "two compressors and the loop's decompressor");
        server.advance(IDLE.dividedBy(2));
        assertTrue(echo(two, text) < 50);
        server.advance(IDLE.dividedBy(2));
        assertEquals(2, contexts());
        assertCount(1, EngineCounter.DEFLATE_GIVEN_BACK);
        assertTrue(echo(one, text) > 1_500, "a fresh compressor refers to nothing");
        assertTrue(echo(one, text) < 50, "but to its own from then on");
        assertTrue(echo(two, text) < 50);
        server.advance(IDLE.multipliedBy(2));
        assertEquals(1, contexts());
        assertCount(3, EngineCounter.DEFLATE_GIVEN_BACK);
        assertTrue(server.counter(EngineCounter.DEFLATE_HELD_BYTES) <= MessageInflater.NATIVE_BYTES + 2 * 32 * 1024);
        echo(one, text);
    }

    @Test
    void shouldGiveCompressorsBackWhereMemoryIsShort() {
        handler = RecordingHandler.echo();
        server = LockStepServer.builder(mode).memoryBudget(1024 * 1024).handler(handler)
                .config(config -> config.compression(DEDICATED.withDedicated(10, Duration.ofHours(1)))).start();
        List<TestPeer> peers = Stream.generate(() -> server.openOn(0, OFFER)).limit(5).toList();
        for (TestPeer peer : peers) {
            peer.compressed(noise(2_000, 1));
        }
        server.settle();
        assertEquals(6, contexts());
        for (int i = 0; i < 5; i++) {
            server.advance(Duration.ofNanos(MemoryBudget.INTERVAL_NS));
        }
        assertEquals(1, contexts(), "the loop's decompressor");
        assertCount(5, EngineCounter.DEFLATE_GIVEN_BACK);
        assertCount(5, EngineCounter.CONNECTIONS_OPEN);
        for (TestPeer peer : peers) {
            assertEquals(List.of(noise(2_000, 1)), peer.texts());
        }
        echo(peers.get(1), noise(2_000, 1));
    }

    @Test
    void shouldCompressWithoutContextWhereAsManyAsMayHaveIt() {
        startEcho(DEDICATED);
        List<TestPeer> peers = new ArrayList<>();
        List<String> agreements = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            TestPeer peer = server.connect();
            peer.upgrade("/ws", OFFER);
            server.settle();
            agreements.add(peer.agreement().extensions().get(0).toString());
            peers.add(peer);
        }
        String without = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        assertEquals(List.of("permessage-deflate", "permessage-deflate", without, without), agreements);
        assertCount(2, EngineCounter.DEFLATE_DEDICATED);
        assertCount(2, EngineCounter.DEFLATE_DEDICATED_REFUSED);
        for (TestPeer peer : peers) {
            echo(peer, noise(1_000, 1));
            echo(peer, noise(1_000, 1));
        }
        peers.get(0).transport.reset();
        server.settle();
        TestPeer late = server.connect();
        late.upgrade("/ws", OFFER);
        server.settle();
        assertEquals("permessage-deflate", late.agreement().extensions().get(0).toString(), "its place is free");
    }

    @Test
    void shouldKeepNothingForClientsThatWantNoContext() {
        startEcho(DEDICATED);
        for (int i = 0; i < 4; i++) {
            TestPeer peer = server.openOn(0, NO_TAKEOVER);
            echo(peer, noise(2_000, 1) + "a".repeat(1_000));
        }
        assertCount(0, EngineCounter.DEFLATE_DEDICATED);
        assertCount(0, EngineCounter.DEFLATE_DEDICATED_REFUSED);
        assertEquals(2, contexts());
        assertCount(MessageInflater.NATIVE_BYTES + MessageDeflater.NATIVE_BYTES, EngineCounter.DEFLATE_HELD_BYTES);
    }

    @Test
    void shouldHonourSmallWindows() {
        startEcho(DEDICATED.withMaxWindowBits(15, 9));
        TestPeer peer = server.connect();
        peer.upgrade("/ws", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=9");
        server.settle();
        assertEquals("permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
                peer.agreement().extensions().get(0).toString());
        for (int i = 0; i < 50; i++) {
            handler.connection().send("a".repeat(30) + noise(i * 17, i % 5));
            server.settle();
            assertEquals(List.of("a".repeat(30) + noise(i * 17, i % 5)), peer.texts());
        }
        long before = server.counter(EngineCounter.DEFLATE_HELD_BYTES);
        peer.send(ClientFrames.frame(Opcode.BINARY | FrameEncoder.RSV1, true, PeerDeflate.bomb(100_000)));
        server.settle();
        assertTrue(server.counter(EngineCounter.DEFLATE_HELD_BYTES) - before <= MessageDeflater.NATIVE_BYTES + 512, "keeps the window");
    }

    @Test
    void shouldReachEverybodyWithOneCompressionPerWindowAndStayInStep() {
        startEcho(DEDICATED.withDedicated(3, IDLE));
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            peers.add(server.open("/ws", OFFER));
        }
        peers.add(server.open("/ws", NO_TAKEOVER));
        peers.add(server.open("/ws", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10"));
        peers.add(server.open("/ws", "X-None: 1"));
        String news = noise(200, 9) + "news ".repeat(300);
        for (int round = 0; round < 3; round++) {
            for (TestPeer peer : peers.subList(0, 5)) {
                echo(peer, noise(1_000, 3));
            }
            assertEquals(SendResult.ACCEPTED, server.manager.broadcast(news));
            assertEquals(SendResult.ACCEPTED, server.manager.broadcast("short"));
            server.settle();
            for (TestPeer peer : peers) {
                assertTrue(peer.unseen().length < (peer == peers.get(5) ? 2_000 : 500), "compressed for all but one");
                assertEquals(List.of(news, "short"), peer.texts());
            }
            for (TestPeer peer : peers.subList(0, 5)) {
                echo(peer, noise(1_000, 3));
                echo(peer, news);
            }
        }
        assertCount(6, EngineCounter.BROADCAST_ENCODES);
        assertCount(6, EngineCounter.BROADCAST_DEFLATES);
        assertCount(36, EngineCounter.BROADCAST_RECIPIENTS);
        assertEquals(3 + 2L * mode.loops + 1, contexts(), "three dedicated, two of each loop, one for broadcasts");
    }

    @Test
    void shouldBroadcastUncompressedWhatDoesNotBecomeShorter() {
        startEcho(DEDICATED);
        TestPeer peer = server.open("/ws", OFFER);
        byte[] bytes = new byte[40_000];
        new Random(5).nextBytes(bytes);
        server.manager.broadcast(ByteBuffer.wrap(bytes));
        server.settle();
        assertArrayEquals(bytes, peer.messages().get(0));
        assertEquals(0, peer.compressedMessages());
    }

    /** Every way a connection can end while it holds a compressor, a history and the beginning of a message; the end checks the rest. */
    @Test
    void shouldGiveEverythingBackHoweverAConnectionEnds() {
        startEcho(DEDICATED.withDedicated(100, IDLE));
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            TestPeer peer = server.open("/ws", OFFER);
            echo(peer, noise(3_000, i));
            peer.send(ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, false, (byte) 0xF2));
            peers.add(peer);
        }
        server.settle();
        peers.get(0).send(ClientFrames.close(1000, "")).transport.end();
        peers.get(1).transport.end();
        peers.get(2).transport.reset();
        peers.get(3).send(new byte[] {(byte) 0x83, (byte) 0x80, 0, 0, 0, 0});
        peers.get(4).send(ClientFrames.frame(Opcode.CONTINUATION, true, (byte) 0xFF));
        server.connectionOf(peers.get(5)).close(1000, "done");
        peers.get(6).send(ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, true, (byte) 0));
        server.settle();
        server.advance(Duration.ofMinutes(1));
        server.advance(Duration.ofMinutes(1));
        assertCount(0, EngineCounter.CONNECTIONS_OPEN);
        assertCount(0, EngineCounter.DEFLATE_DEDICATED);
        assertEquals(mode.loops, contexts(), "the loops' decompressors");
        assertCount((long) mode.loops * MessageInflater.NATIVE_BYTES, EngineCounter.DEFLATE_HELD_BYTES);
        TestPeer last = server.open("/ws", OFFER);
        echo(last, noise(100, 1) + noise(100, 1));
    }
}

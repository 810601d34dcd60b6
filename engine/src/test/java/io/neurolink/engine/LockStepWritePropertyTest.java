package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever a line takes at each write and gives at each read: the peer gets exactly the messages, in order. */
class LockStepWritePropertyTest {
    private enum Way { ECHO, SEND, BROADCAST, DIRECT_SEND, PING }

    private record Sending(Way way, int length, boolean isSettled) {
    }

    @Provide
    Arbitrary<List<Sending>> sendings() {
        Arbitrary<Integer> lengths = Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.integers().between(0, 300)),
                Tuple.of(2, Arbitraries.integers().between(301, 5_000)),
                Tuple.of(2, Arbitraries.of(125, 126, 2_047, 2_048, 16_379, 16_380, 32_767, 32_768, 65_535, 65_536)),
                Tuple.of(1, Arbitraries.integers().between(5_001, 80_000)));
        return Combinators.combine(Arbitraries.of(Way.class), lengths, Arbitraries.of(true, false)).as(Sending::new)
                .list().ofMinSize(1).ofMaxSize(25);
    }

    @Provide
    Arbitrary<List<Integer>> portions() {
        return Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.integers().between(500, 5_000)),
                Tuple.of(2, Arbitraries.integers().between(20, 500)),
                Tuple.of(1, Arbitraries.just(Integer.MAX_VALUE))).list().ofMinSize(1).ofMaxSize(20);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void shouldDeliverExactlyWhatWasSent(
            @ForAll Mode mode, @ForAll("sendings") List<Sending> sendings, @ForAll("portions") List<Integer> portions,
            @ForAll boolean hasSmallBuffers) {
        RecordingHandler handler = RecordingHandler.echo();
        LockStepServer server = LockStepServer.builder(mode).handler(handler)
                .receiveBufferLength(hasSmallBuffers ? 4 * 1024 : 64 * 1024).start();
        TestPeer peer = server.open();
        AtomicInteger turn = new AtomicInteger();
        peer.transport.acceptance(offered -> Math.min(offered, portions.get(turn.getAndIncrement() % portions.size())));
        peer.transport.maxRead(Math.max(100, portions.get(0)));
        List<byte[]> expected = new ArrayList<>();
        for (int i = 0; i < sendings.size(); i++) {
            send(server, peer, sendings.get(i), i, expected);
        }
        server.settle();

        List<byte[]> messages = peer.messages();
        assertEquals(expected.size(), messages.size());
        for (int i = 0; i < messages.size(); i++) {
            assertArrayEquals(expected.get(i), messages.get(i));
        }
        assertEquals(expected.size(), server.counter(EngineCounter.MESSAGES_SENT));
        assertEquals(0, server.connectionOf(peer).bufferedAmount());
        server.end();
        assertEquals(List.of(), server.errors());
    }

    /** An echo takes its time, so that before and after it everything rests, as far as the line lets it. */
    private static void send(LockStepServer server, TestPeer peer, Sending sending, int number, List<byte[]> expected) {
        byte[] payload = new byte[sending.length];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) (number + i * 3 + (i >> 7));
        }
        switch (sending.way) {
            case ECHO -> {
                server.settle();
                peer.send(ClientFrames.frame(Opcode.BINARY, true, payload));
                server.settle();
            }
            case SEND -> server.connectionOf(peer).send(payload);
            case DIRECT_SEND -> server.connectionOf(peer).send(ByteBuffer.allocateDirect(payload.length).put(payload).flip());
            case BROADCAST -> server.manager.broadcast(ByteBuffer.wrap(payload));
            default -> peer.send(ClientFrames.ping("p".repeat(sending.length % 126)));
        }
        if (sending.way != Way.PING) {
            expected.add(payload);
        }
        if (sending.isSettled) {
            server.step();
        }
    }
}

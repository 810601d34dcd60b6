package io.neurolink.engine.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.status.EngineCounter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class TlsStreamTest {
    private static final String TLS13 = "TLSv1.3";
    private static final int ROOM = 512 * 1024;

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.3, 1, 524288, 300", "TLSv1.2, 1, 524288, 300", "TLSv1.3, 1, 1, 40", "TLSv1.2, 1, 7, 17000", "TLSv1.3, 2, 100, 17000",
        "TLSv1.3, 3, 524288, 20000", "TLSv1.2, 5, 524288, 20000", "TLSv1.3, 7, 16384, 20000", "TLSv1.3, 13, 16383, 20000",
        "TLSv1.3, 100, 20000, 50000", "TLSv1.2, 1000, 1, 50000", "TLSv1.3, 16384, 1000, 200000", "TLSv1.3, 16406, 16384, 200000",
        "TLSv1.2, 65536, 524288, 1048576", "TLSv1.3, 4096, 524288, 1048576", "TLSv1.3, 2147483647, 524288, 1048576",
        "TLSv1.3, 2147483647, 16400, 1048576", "TLSv1.2, 2147483647, 17, 100000"})
    void shouldCarryBytesBothWaysHoweverTheyAreSplit(String protocol, int chunk, int room, int length) throws IOException {
        var talk = new TlsTalk(protocol, room);
        talk.wire.chunk = chunk;
        talk.open();
        byte[] up = bytes(length);
        byte[] down = bytes(length + 1);

        talk.peer.send(up);
        talk.write(down);
        talk.until(() -> talk.received.size() >= up.length && talk.peer.received.size() >= down.length);

        assertArrayEquals(up, talk.received.toByteArray());
        assertArrayEquals(down, talk.peer.received.toByteArray());
        talk.assertHandshakes(1, 1, 0);
        talk.assertNothingHeld();
        talk.stream.close();
        talk.assertHandshakes(1, 1, 0);
    }

    @Test
    void shouldDeliverWhatIsDecryptedAlreadyWithoutTheSocket() throws IOException {
        var talk = new TlsTalk(TLS13, 10).open();
        talk.peer.send(bytes(95));
        talk.peer.pump();
        talk.peer.send(bytes(95));
        talk.peer.pump();

        assertEquals(10, talk.read());
        assertEquals(0, talk.wire.toServer.size(), "nothing will make the socket readable");
        while (talk.stream.hasPending()) {
            assertTrue(talk.read() > 0);
        }
        assertEquals(190, talk.received.size());
        talk.assertNothingHeld();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldHoldExactlyThePartOfARecordThatCame(String protocol) throws IOException {
        var talk = new TlsTalk(protocol, ROOM).open();
        talk.wire.chunk = 29;
        talk.peer.send(bytes(1000));
        talk.peer.pump();

        assertEquals(0, talk.read());
        assertEquals(29, talk.loop.buffers().heldBytes());
        assertEquals(0, talk.read());
        assertEquals(58, talk.loop.buffers().heldBytes());
        assertFalse(talk.stream.hasPending());

        talk.wire.chunk = Integer.MAX_VALUE;
        assertEquals(1000, talk.read());
        talk.assertNothingHeld();
    }

    @Test
    void shouldKeepWhatTheSocketDoesNotTakeAndWriteItFirst() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM).open();
        byte[] down = bytes(1 << 20);
        ByteBuffer src = ByteBuffer.allocateDirect(down.length).put(down).flip();
        talk.wire.capacity = 1000;

        int taken = talk.stream.write(src);
        assertTrue(taken > 0 && taken < 128 * 1024, "taken: " + taken);
        assertFalse(talk.stream.isFlushed());
        assertTrue(talk.loop.buffers().heldBytes() > 0);
        assertEquals(0, talk.stream.write(src), "no more is taken while something waits");
        assertEquals(1000, talk.wire.toClient.size());

        talk.wire.capacity = 5000;
        while (src.hasRemaining() || !talk.stream.isFlushed()) {
            talk.peer.pump();
            talk.stream.flush();
            taken += talk.stream.write(src);
        }
        talk.until(() -> talk.peer.received.size() == down.length);
        assertEquals(down.length, taken);
        assertArrayEquals(down, talk.peer.received.toByteArray());
        talk.assertNothingHeld();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldWaitWithItsHandshakeForARoomyLine(String protocol) throws IOException {
        var talk = new TlsTalk(protocol, ROOM);
        talk.wire.capacity = 10;
        talk.open();
        talk.wire.capacity = Integer.MAX_VALUE;
        talk.until(() -> talk.stream.isFlushed());
        talk.assertHandshakes(1, 1, 0);
        talk.assertNothingHeld();
    }

    @Test
    void shouldNotTouchTheSocketWhileAColdThreadComputes() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM);
        talk.peer.pump();
        assertEquals(0, talk.read());
        assertEquals(1, talk.cold.size());
        assertFalse(talk.stream.isReceiving());
        int reads = talk.wire.reads;
        assertEquals(0, talk.read());
        assertEquals(reads, talk.wire.reads);
        assertFalse(talk.stream.hasPending());

        talk.runThreads();
        assertEquals(1, talk.resumptions);
        assertTrue(talk.stream.isReceiving());
        talk.open().assertHandshakes(1, 1, 0);
    }

    @Test
    void shouldForgetAStreamThatIsClosedWhileAColdThreadComputes() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM);
        talk.peer.pump();
        talk.read();
        talk.stream.close();
        talk.runThreads();
        assertEquals(0, talk.resumptions);
        assertTrue(talk.wire.isClosed);
        talk.assertHandshakes(1, 0, 1);
        talk.assertNothingHeld();
    }

    @Test
    void shouldFailAHandshakeThatNobodyHasTimeToCompute() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM);
        talk.isColdFull = true;
        talk.peer.pump();
        assertEquals(0, talk.read());
        talk.runThreads();
        assertEquals(1, talk.resumptions);
        assertThrows(SSLException.class, talk::read);
        talk.assertHandshakes(1, 0, 1);
        talk.stream.close();
        talk.assertHandshakes(1, 0, 1);
    }

    @Test
    void shouldComputeForALimitedNumberOfHandshakesAtOnce() throws IOException {
        var cold = new ArrayList<Runnable>();
        var onLoop = new ArrayList<Runnable>();
        var counters = new io.neurolink.engine.status.Counters();
        var loop = new TlsLoop(TlsTalk::serverEngine, counters.newSet("loop"), cold::add, onLoop::add);
        List<TlsStream> streams = new ArrayList<>();
        for (int i = 0; i < TlsLoop.MAX_COMPUTING + 30; i++) {
            TlsTalk client = new TlsTalk(TLS13, 1);
            client.peer.pump();
            TlsStream stream = new TlsStream(loop, loop.newEngine(), client.wire, () -> { }, () -> { });
            stream.read(ByteBuffer.allocate(100));
            streams.add(stream);
        }
        assertEquals(TlsLoop.MAX_COMPUTING, cold.size());
        streams.get(TlsLoop.MAX_COMPUTING).close();

        int computed = 0;
        while (!cold.isEmpty()) {
            assertTrue(cold.size() <= TlsLoop.MAX_COMPUTING);
            List<Runnable> tasks = List.copyOf(cold);
            cold.clear();
            tasks.forEach(Runnable::run);
            computed += tasks.size();
            List.copyOf(onLoop).forEach(Runnable::run);
            onLoop.clear();
        }
        assertEquals(TlsLoop.MAX_COMPUTING + 29, computed, "the closed one does not need it any more");
        streams.forEach(TlsStream::close);
        assertEquals(counters.sum(EngineCounter.TLS_HANDSHAKES_STARTED), counters.sum(EngineCounter.TLS_HANDSHAKES_FAILED));
        assertEquals(0, loop.buffers().heldBytes());
    }

    @Test
    void shouldLimitHandshakesPerTurn() throws IOException {
        TlsLoop loop = new TlsTalk(TLS13, 1).loop;
        for (int i = 0; i < TlsLoop.HANDSHAKES_PER_TURN; i++) {
            assertTrue(loop.takeHandshakeTurn());
        }
        assertFalse(loop.takeHandshakeTurn());
        loop.beginTurn();
        assertTrue(loop.takeHandshakeTurn());
    }

    // ------------------------------------------------------------------ ends

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldEndTheStreamAtCloseNotify(String protocol) throws IOException {
        var talk = new TlsTalk(protocol, 10).open();
        talk.peer.send(bytes(25));
        talk.peer.pump();
        talk.peer.closeOutbound();
        assertEquals(10, talk.read());
        assertEquals(10, talk.read());
        assertEquals(5, talk.read());
        if (!talk.isEnded) {
            assertTrue(talk.stream.hasPending(), "the end is still to be told");
        }
        assertEquals(-1, talk.read());
        assertFalse(talk.stream.hasPending());
        assertEquals(-1, talk.read());
        assertEquals(0, talk.count(EngineCounter.TLS_TRUNCATIONS));
        assertEquals(0, talk.count(EngineCounter.TLS_ERRORS));
        talk.stream.close();
        talk.assertNothingHeld();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldCountATruncatedStreamAndEndIt(String protocol) throws IOException {
        var talk = new TlsTalk(protocol, ROOM).open();
        talk.peer.send(bytes(25));
        talk.peer.pump();
        talk.wire.isClientGone = true;
        assertEquals(25, talk.read());
        assertEquals(-1, talk.read());
        assertEquals(-1, talk.read());
        assertEquals(1, talk.count(EngineCounter.TLS_TRUNCATIONS));
    }

    @Test
    void shouldFailAHandshakeThatEndsInTheMiddle() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM);
        talk.wire.chunk = 50;
        talk.peer.pump();
        talk.read();
        talk.wire.toServer.take(ByteBuffer.allocate(10_000), 10_000);
        talk.wire.isClientGone = true;
        assertEquals(-1, talk.read());
        talk.stream.close();
        talk.assertHandshakes(1, 0, 1);
        assertEquals(0, talk.count(EngineCounter.TLS_TRUNCATIONS));
        talk.assertNothingHeld();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldSayCloseNotifyAfterWhatWaitsAndEndTheLine(String protocol) throws IOException {
        var talk = new TlsTalk(protocol, ROOM).open();
        byte[] down = bytes(30_000);
        talk.wire.capacity = 1000;
        ByteBuffer src = ByteBuffer.allocateDirect(down.length).put(down).flip();
        assertEquals(down.length, talk.stream.write(src));
        talk.stream.shutdownOutput();
        assertFalse(talk.wire.isHalfClosed);

        talk.until(() -> talk.wire.isHalfClosed && talk.wire.toClient.size() == 0);
        talk.until(talk.peer::isEnded);
        assertArrayEquals(down, talk.peer.received.toByteArray());
        talk.wire.isClientGone = true;
        talk.until(() -> talk.isEnded);
        assertEquals(0, talk.count(EngineCounter.TLS_TRUNCATIONS), "who has ended itself is not cut");
        talk.stream.close();
        talk.assertNothingHeld();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldSayCloseNotifyWhenItCloses(String protocol) throws IOException {
        var talk = new TlsTalk(protocol, ROOM).open();
        talk.stream.close();
        assertTrue(talk.wire.isClosed);
        talk.peer.pump();
        assertTrue(talk.peer.isEnded());
    }

    @Test
    void shouldReadOnAfterItHasEndedItsOwnDirection() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM).open();
        talk.peer.send(bytes(100));
        talk.peer.pump();
        talk.stream.shutdownOutput();
        assertEquals(100, talk.read());
    }

    @Test
    void shouldTellOfABrokenLineAtTheNextReadOrWrite() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM).open();
        talk.wire.capacity = 10;
        talk.stream.write(ByteBuffer.allocateDirect(1000));
        talk.wire.isBroken = true;
        talk.stream.flush();
        assertTrue(talk.stream.isFlushed(), "a broken line takes nothing any more");
        assertTrue(talk.stream.hasPending());
        assertThrows(IOException.class, () -> talk.stream.write(ByteBuffer.allocateDirect(1)));
        assertThrows(IOException.class, talk::read);
        assertFalse(talk.stream.hasPending());
        talk.stream.close();
        talk.assertNothingHeld();
    }

    // ------------------------------------------------------------------ hostile peers

    @Test
    void shouldEndAConnectionWhoseRecordsCarryNothing() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM).open();
        for (int i = 0; i <= TlsProgress.MAX_IDLE_ROUNDS; i++) {
            talk.peer.engine.beginHandshake();
            assertTrue(talk.peer.wrap(ByteBuffer.allocate(0)) > 0, "a key update");
        }
        assertThrows(SSLException.class, talk::read);
        assertEquals(1, talk.count(EngineCounter.TLS_NO_PROGRESS));
        assertEquals(1, talk.count(EngineCounter.TLS_ERRORS));
        talk.stream.close();
        talk.assertNothingHeld();
    }

    @Test
    void shouldReadNoMoreThanItCanAnswer() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM).open();
        talk.wire.capacity = 0;
        talk.stream.write(ByteBuffer.allocateDirect(1000));
        talk.peer.engine.beginHandshake();
        assertTrue(talk.peer.wrap(ByteBuffer.allocate(0)) > 0, "a key update, which wants an answer");
        talk.peer.wrap(ByteBuffer.wrap(bytes(100)));
        assertEquals(0, talk.read());
        assertTrue(talk.stream.isBlocked());
        assertFalse(talk.stream.isReceiving());
        assertFalse(talk.stream.hasPending());

        talk.wire.capacity = Integer.MAX_VALUE;
        talk.stream.flush();
        assertFalse(talk.stream.isBlocked());
        assertTrue(talk.stream.hasPending());
        assertEquals(100, talk.read());
        talk.until(() -> talk.peer.received.size() == 1000);
        talk.assertNothingHeld();
    }

    @Test
    void shouldEndAConnectionWhoseEngineGetsNowhere() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM, StuckEngine::new);
        talk.wire.toServer.add(ByteBuffer.wrap(new byte[] {22, 3, 1}), 3);
        assertThrows(SSLException.class, talk::read);
        assertTrue(talk.count(EngineCounter.TLS_NO_PROGRESS) > 0);
        talk.stream.close();
        talk.assertHandshakes(1, 0, 1);
        talk.assertNothingHeld();
    }

    @Test
    void shouldAnswerPlainHttpReadably() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM);
        byte[] request = "GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        talk.wire.toServer.add(ByteBuffer.wrap(request), request.length);
        assertEquals(0, talk.read());
        ByteBuffer answer = ByteBuffer.allocate(1000);
        talk.wire.toClient.take(answer, 1000);
        String text = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
        assertTrue(text.startsWith("HTTP/1.1 400 Bad Request\r\n"), text);
        assertTrue(text.endsWith("\r\n\r\nThis port speaks TLS: use https:// or wss://\n"), text);
        assertTrue(talk.wire.isHalfClosed);
        assertEquals(1, talk.count(EngineCounter.TLS_PLAIN_HTTP));

        talk.wire.toServer.add(ByteBuffer.wrap(request), request.length);
        assertEquals(0, talk.read());
        talk.wire.isClientGone = true;
        assertEquals(-1, talk.read());
        talk.stream.close();
        talk.assertHandshakes(0, 0, 0);
        talk.assertNothingHeld();
    }

    @Test
    void shouldRefuseGarbage() throws IOException {
        for (int seed = 0; seed < 200; seed++) {
            var talk = new TlsTalk(TLS13, ROOM);
            byte[] garbage = new byte[500];
            new Random(seed).nextBytes(garbage);
            garbage[0] = garbage[0] >= 'A' && garbage[0] <= 'Z' ? 0 : garbage[0];
            talk.wire.toServer.add(ByteBuffer.wrap(garbage), garbage.length);
            talk.wire.isClientGone = true;
            try {
                for (int i = 0; i < 10 && !talk.isEnded; i++) {
                    talk.read();
                    talk.runThreads();
                }
            } catch (SSLException expected) {
                assertTrue(talk.count(EngineCounter.TLS_HANDSHAKES_FAILED) > 0);
            }
            talk.stream.close();
            talk.assertHandshakes(1, 0, 1);
            talk.assertNothingHeld();
        }
    }

    @Test
    void shouldDeliverWhatCameBeforeABrokenRecord() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM).open();
        byte[] up = bytes(500);
        talk.peer.send(up);
        talk.peer.pump();
        talk.wire.toServer.add(ByteBuffer.wrap(new byte[] {23, 3, 3, 0, 20}), 5);
        talk.wire.toServer.add(ByteBuffer.wrap(new byte[20]), 20);

        assertEquals(500, talk.read());
        assertArrayEquals(up, talk.received.toByteArray());
        assertTrue(talk.stream.hasPending());
        assertThrows(SSLException.class, talk::read);
        assertEquals(1, talk.count(EngineCounter.TLS_ERRORS));
        assertThrows(SSLException.class, talk.peer::pump, "the alert");
        talk.stream.close();
        talk.assertHandshakes(1, 1, 0);
        talk.assertNothingHeld();
    }

    @Test
    void shouldRefuseRenegotiation() throws IOException {
        var talk = new TlsTalk("TLSv1.2", ROOM).open();
        talk.peer.engine.beginHandshake();
        assertThrows(SSLException.class, () -> talk.until(() -> false));
        assertEquals(1, talk.count(EngineCounter.TLS_RENEGOTIATIONS_REFUSED));
        assertEquals(0, talk.cold.size());
        talk.stream.close();
        talk.assertHandshakes(1, 1, 0);
        talk.assertNothingHeld();
    }

    @Test
    void shouldFollowKeyUpdates() throws IOException {
        var talk = new TlsTalk(TLS13, ROOM).open();
        talk.peer.engine.beginHandshake();
        byte[] up = bytes(1000);
        talk.peer.pump();
        talk.peer.send(up);
        talk.write(up);
        talk.until(() -> talk.received.size() == 1000 && talk.peer.received.size() == 1000);
        assertArrayEquals(up, talk.received.toByteArray());
        assertArrayEquals(up, talk.peer.received.toByteArray());
        talk.assertNothingHeld();
    }
}

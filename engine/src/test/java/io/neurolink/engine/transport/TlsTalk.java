package io.neurolink.engine.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.tls.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** A {@link TlsStream} and its client, without threads: the test moves both, and the cold thread between them. */
final class TlsTalk {
    private static final SSLContext SERVER = TestCertificate.localhost().context(null);
    private static final SSLContext CLIENT = TestCertificate.localhost().trustingContext();
    private static final int MAX_STEPS = 2_000_000;

    final Counters counters = new Counters();
    final ArrayDeque<Runnable> cold = new ArrayDeque<>();
    final ArrayDeque<Runnable> onLoop = new ArrayDeque<>();
    final TlsWire wire = new TlsWire();
    final TlsLoop loop;
    final TlsStream stream;
    final TlsPeer peer;
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    boolean isColdFull;
    boolean isEnded;
    int resumptions;
    private final ByteBuffer dst;

    TlsTalk(String protocol, int roomLength) throws IOException {
        this(protocol, roomLength, () -> serverEngine());
    }

    TlsTalk(String protocol, int roomLength, java.util.function.Supplier<SSLEngine> engines) throws IOException {
        loop = new TlsLoop(engines, counters.newSet("loop"), this::runCold, onLoop::add);
        stream = new TlsStream(loop, loop.newEngine(), wire, () -> wire.isHalfClosed = true, () -> resumptions++);
        SSLEngine client = CLIENT.createSSLEngine("localhost", 443);
        client.setUseClientMode(true);
        client.setEnabledProtocols(new String[] {protocol});
        peer = new TlsPeer(client, wire);
        dst = ByteBuffer.allocateDirect(roomLength);
    }

    static SSLEngine serverEngine() {
        SSLEngine engine = SERVER.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    private void runCold(Runnable task) {
        if (isColdFull) {
            throw new RejectedExecutionException("full");
        }
        cold.add(task);
    }

    void runThreads() {
        while (!cold.isEmpty()) {
            cold.poll().run();
        }
        while (!onLoop.isEmpty()) {
            onLoop.poll().run();
        }
    }

    /** One readiness of the server's socket. @return as {@link TlsStream#read}. */
    int read() throws IOException {
        int count = stream.read(dst.clear());
        for (int i = 0; i < count; i++) {
            received.write(dst.get(i));
        }
        assertEquals(count < 0 ? 0 : count, dst.position());
        assertEquals(0, loop.buffers().borrowed());
        isEnded |= count < 0;
        return count;
    }

    void step() throws IOException {
        peer.pump();
        stream.flush();
        read();
        runThreads();
    }

    TlsTalk until(BooleanSupplier condition) throws IOException {
        for (int i = 0; i < MAX_STEPS && !condition.getAsBoolean(); i++) {
            step();
        }
        assertTrue(condition.getAsBoolean(), "not after " + MAX_STEPS + " steps");
        return this;
    }

    TlsTalk open() throws IOException {
        return until(() -> !stream.isHandshaking() && peer.isDone());
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer src = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        while (src.hasRemaining()) {
            int before = src.position();
            int count = stream.write(src);
            assertEquals(src.position() - before, count);
            step();
        }
    }

    long count(EngineCounter counter) {
        return counters.sum(counter);
    }

    void assertNothingHeld() {
        assertEquals(0, loop.buffers().borrowed());
        assertEquals(0, loop.buffers().heldBytes());
        assertEquals(0, count(EngineCounter.TLS_HELD_BYTES));
    }

    void assertHandshakes(long started, long completed, long failed) {
        assertEquals(started, count(EngineCounter.TLS_HANDSHAKES_STARTED), "started");
        assertEquals(completed, count(EngineCounter.TLS_HANDSHAKES_COMPLETED), "completed");
        assertEquals(failed, count(EngineCounter.TLS_HANDSHAKES_FAILED), "failed");
    }
}

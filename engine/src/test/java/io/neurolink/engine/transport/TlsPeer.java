package io.neurolink.engine.transport;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** The client's end of a {@link TlsWire}. */
final class TlsPeer {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    final SSLEngine engine;
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final TlsWire wire;
    private final ByteBuffer in = ByteBuffer.allocate(256 * 1024);
    private final ByteBuffer out = ByteBuffer.allocate(64 * 1024);
    private final ByteBuffer app = ByteBuffer.allocate(64 * 1024);
    private ByteBuffer toSend = NOTHING;

    TlsPeer(SSLEngine engine, TlsWire wire) throws SSLException {
        this.engine = engine;
        this.wire = wire;
        engine.beginHandshake();
    }

    void send(byte[] bytes) {
        toSend = ByteBuffer.wrap(bytes);
    }

    boolean isEnded() {
        return engine.isInboundDone();
    }

    boolean isDone() {
        return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING && !toSend.hasRemaining();
    }

    /** Goes on as far as possible without new bytes. */
    void pump() throws SSLException {
        boolean isMoving = true;
        while (isMoving) {
            isMoving = switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> wrap(NOTHING) > 0;
                default -> engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING && toSend.hasRemaining() && wrap(toSend) > 0
                        || unwrap();
            };
        }
    }

    private boolean runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        return true;
    }

    /** @return bytes put on the wire. */
    int wrap(ByteBuffer src) throws SSLException {
        engine.wrap(src, out.clear());
        int count = out.flip().remaining();
        wire.toServer.add(out, count);
        return count;
    }

    void closeOutbound() throws SSLException {
        engine.closeOutbound();
        wrap(NOTHING);
    }

    private boolean unwrap() throws SSLException {
        wire.toClient.take(in, in.remaining());
        in.flip();
        SSLEngineResult result = engine.unwrap(in, app.clear());
        in.compact();
        received.write(app.array(), 0, app.position());
        return result.getStatus() == SSLEngineResult.Status.OK && result.bytesConsumed() + result.bytesProduced() > 0;
    }
}

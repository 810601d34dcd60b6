package io.neurolink.perf.rig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;

/** TLS over the socket by the JDK's engine. The handshake goes along with the first reads and writes. */
final class TlsWire implements Wire {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int OUT_RECORDS = 4;

    private final SocketChannel channel;
    private final SSLEngine engine;
    private final ByteBuffer in;
    private final ByteBuffer out;
    private boolean isInShort = true;
    private boolean isBegun;
    private boolean isEnded;

    private TlsWire(SocketChannel channel, SSLEngine engine) {
        this.channel = channel;
        this.engine = engine;
        int record = engine.getSession().getPacketBufferSize();
        this.in = ByteBuffer.allocateDirect(2 * record).flip();
        this.out = ByteBuffer.allocateDirect(OUT_RECORDS * record).flip();
    }

    static TlsWire client(SocketChannel channel, SSLContext context, Target target) {
        SSLEngine engine = context.createSSLEngine(target.address().getHostString(), target.address().getPort());
        engine.setUseClientMode(true);
        return new TlsWire(channel, engine);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        int start = to.position();
        boolean isMoving = true;
        while (isMoving && !isEnded && to.remaining() >= engine.getSession().getApplicationBufferSize()) {
            isMoving = isInShort || !in.hasRemaining() ? fill() : unwrap(to);
            if (isHandshaking()) {
                shakeHands();
            }
        }
        int count = to.position() - start;
        return count == 0 && isEnded ? -1 : count;
    }

    private boolean fill() throws IOException {
        int count = channel.read(in.compact());
        in.flip();
        isEnded |= count < 0;
        isInShort &= count <= 0;
        return count > 0;
    }

    private boolean unwrap(ByteBuffer to) throws IOException {
        SSLEngineResult result = engine.unwrap(in, to);
        isInShort = result.getStatus() == Status.BUFFER_UNDERFLOW;
        isEnded |= result.getStatus() == Status.CLOSED;
        return isInShort || result.bytesConsumed() > 0 || result.bytesProduced() > 0;
    }

    @Override
    public boolean hasMore() {
        return !isEnded && !isInShort && in.hasRemaining();
    }

    private boolean isHandshaking() {
        HandshakeStatus status = engine.getHandshakeStatus();
        return status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
    }

    /** Goes on with the handshake until it is the peer's turn. */
    private void shakeHands() throws IOException {
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP) {
            if (status == HandshakeStatus.NEED_TASK) {
                engine.getDelegatedTask().run();
            } else if (!wrap(NOTHING)) {
                return;
            }
            status = engine.getHandshakeStatus();
        }
        flush();
    }

    @Override
    public boolean write(ByteBuffer from) throws IOException {
        if (!isBegun) {
            isBegun = true;
            engine.beginHandshake();
            shakeHands();
        }
        boolean isTaken = flush();
        while (isTaken && from.hasRemaining() && !isHandshaking()) {
            wrap(from);
            isTaken = flush();
        }
        return isTaken && !from.hasRemaining();
    }

    /** Encrypts one record. @return whether there was room for it */
    private boolean wrap(ByteBuffer from) throws IOException {
        out.compact();
        try {
            return engine.wrap(from, out).getStatus() != Status.BUFFER_OVERFLOW;
        } finally {
            out.flip();
        }
    }

    private boolean flush() throws IOException {
        if (out.hasRemaining()) {
            channel.write(out);
        }
        return !out.hasRemaining();
    }

    @Override
    public boolean isBlocked() {
        return out.hasRemaining();
    }
}

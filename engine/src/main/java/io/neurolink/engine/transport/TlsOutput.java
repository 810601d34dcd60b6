package io.neurolink.engine.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** The outgoing half of a TLS connection: wraps into a borrowed buffer, and keeps what the socket does not take. */
final class TlsOutput {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final ByteChannel channel;
    private final TlsBuffers buffers;
    private final TlsProgress progress;

    /** Encrypted bytes that the socket has not taken; nothing else is wrapped while there are any. */
    private ByteBuffer rest;

    TlsOutput(SSLEngine engine, ByteChannel channel, TlsBuffers buffers, TlsProgress progress) {
        this.engine = engine;
        this.channel = channel;
        this.buffers = buffers;
        this.progress = progress;
    }

    boolean isFlushed() {
        return rest == null;
    }

    /** @return whether nothing waits any more. */
    boolean flush() throws IOException {
        if (rest != null) {
            channel.write(rest);
            if (rest.hasRemaining()) {
                return false;
            }
            dropRest();
        }
        return true;
    }

    void dropRest() {
        buffers.drop(rest);
        rest = null;
    }

    /**
     * Wraps and writes until everything is taken or the socket is full.
     *
     * @return bytes taken from {@code src}; the last of them may still wait here in encrypted form.
     */
    int write(ByteBuffer src) throws IOException {
        int from = src.position();
        ByteBuffer out = buffers.borrowNetOut();
        try {
            while (src.hasRemaining() && rest == null) {
                wrap(src, out.clear());
                send(out.flip());
            }
        } finally {
            buffers.giveBack();
        }
        return src.position() - from;
    }

    private void wrap(ByteBuffer src, ByteBuffer out) throws IOException {
        while (src.hasRemaining()) {
            SSLEngineResult result = engine.wrap(src, out);
            if (result.getStatus() == Status.CLOSED) {
                throw new ClosedChannelException();
            }
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                requireRoom(out);
                return;
            }
            if (result.bytesConsumed() + result.bytesProduced() == 0) {
                progress.onIdleRound();
            }
        }
    }

    private static void requireRoom(ByteBuffer out) throws SSLException {
        if (out.position() == 0) {
            throw new SSLException("a TLS record does not fit the buffer of " + out.capacity() + " bytes");
        }
    }

    /**
     * Writes what the engine itself has to say: handshake messages and alerts.
     *
     * @return the engine's status afterwards.
     */
    HandshakeStatus writeOwn() throws IOException {
        ByteBuffer out = buffers.borrowNetOut();
        try {
            HandshakeStatus status = HandshakeStatus.NEED_WRAP;
            boolean isProductive = true;
            while (status == HandshakeStatus.NEED_WRAP && isProductive) {
                SSLEngineResult result = engine.wrap(NOTHING.duplicate(), out);
                status = result.getHandshakeStatus();
                isProductive = result.bytesProduced() > 0;
                if (out.position() == 0) {
                    progress.onIdleRound();
                }
                if (result.getStatus() == Status.CLOSED) {
                    break;
                }
            }
            send(out.flip());
            return status;
        } finally {
            buffers.giveBack();
        }
    }

    /** Writes bytes as they are, to a peer that does not speak TLS. */
    void writePlain(byte[] bytes) throws IOException {
        send(ByteBuffer.wrap(bytes));
    }

    private void send(ByteBuffer out) throws IOException {
        if (out.hasRemaining()) {
            channel.write(out);
            rest = buffers.keep(out);
        }
    }
}

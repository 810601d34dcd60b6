package io.neurolink.engine.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;

/**
 * A TLS connection over TCP. Its owner does not notice: until the handshake is done there is nothing to read, and what was decrypted but
 * not read makes the poller call the owner again, though the socket may be empty.
 */
final class TlsTransport implements Transport {
    private final SocketChannel channel;
    private final InetSocketAddress peerAddress;
    private final SelectionKey key;
    private final TlsLoop loop;
    private final TlsStream stream;
    private TransportOwner owner;

    /** Null unless a proxy has told it. */
    private InetSocketAddress toldAddress;
    private boolean isReadableWanted = true;
    private boolean isWritableWanted;
    private boolean isPending;
    private int interest = SelectionKey.OP_READ;

    TlsTransport(SocketChannel channel, SelectionKey key, TlsLoop loop, SSLEngine engine) throws IOException {
        this.channel = channel;
        this.key = key;
        this.loop = loop;
        this.peerAddress = (InetSocketAddress) channel.getRemoteAddress();
        this.stream = new TlsStream(loop, engine, channel, channel::shutdownOutput, this::onResumed);
    }

    // ------------------------------------------------------------------ the owner's side

    /** {@inheritDoc} The owner may read later than it was told to; what is left then is told of in another turn. */
    @Override
    public int read(ByteBuffer dst) throws IOException {
        try {
            return stream.read(dst);
        } finally {
            updateInterest();
            markPending();
        }
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        try {
            return stream.write(src);
        } finally {
            updateInterest();
        }
    }

    @Override
    public boolean isFlushed() {
        return stream.isFlushed();
    }

    @Override
    public void owner(TransportOwner newOwner) {
        owner = newOwner;
    }

    @Override
    public TransportOwner owner() {
        return owner;
    }

    @Override
    public void wantReadable(boolean wanted) {
        isReadableWanted = wanted;
        updateInterest();
        markPending();
    }

    @Override
    public void wantWritable(boolean wanted) {
        isWritableWanted = wanted;
        updateInterest();
    }

    @Override
    public void shutdownOutput() {
        stream.shutdownOutput();
        updateInterest();
    }

    @Override
    public void close() {
        stream.close();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return toldAddress == null ? peerAddress : toldAddress;
    }

    @Override
    public void remoteAddress(InetSocketAddress told) {
        toldAddress = told;
    }

    @Override
    public InetSocketAddress peerAddress() {
        return peerAddress;
    }

    @Override
    public List<X509Certificate> peerCertificates() {
        return stream.peerCertificates();
    }

    // ------------------------------------------------------------------ the poller's side

    boolean isHandshaking() {
        return stream.isHandshaking();
    }

    /** A client speaks first. */
    void begin() {
        onReady(SelectionKey.OP_READ);
    }

    void onReady(int ready) {
        try {
            if ((ready & SelectionKey.OP_WRITE) != 0) {
                onSocketWritable();
            }
            if ((ready & SelectionKey.OP_READ) != 0) {
                tellReadable();
            }
        } catch (Throwable t) {
            owner.onTransportError(t);
        }
        markPending();
    }

    private void onSocketWritable() {
        boolean wasFlushed = stream.isFlushed();
        boolean wasBlocked = stream.isBlocked();
        stream.flush();
        updateInterest();
        if (stream.isFlushed() && (isWritableWanted || !wasFlushed)) {
            owner.onWritable();
        }
        if (wasBlocked && !stream.isBlocked()) {
            tellReadable();
        }
    }

    private void tellReadable() {
        if (isReadableWanted && !stream.isClosed()) {
            owner.onReadable();
        }
    }

    /** The loop's turn for what can be read without the socket. */
    void onPending() {
        isPending = false;
        if (stream.hasPending()) {
            onReady(SelectionKey.OP_READ);
        }
    }

    /** A cold thread has computed what the handshake needed. */
    private void onResumed() {
        updateInterest();
        onReady(SelectionKey.OP_READ);
    }

    private void markPending() {
        if (isReadableWanted && !isPending && stream.hasPending()) {
            isPending = true;
            loop.addPending(this);
        }
    }

    private void updateInterest() {
        int ops = (isReadableWanted && stream.isReceiving() ? SelectionKey.OP_READ : 0)
                | (isWritableWanted && !stream.isHandshaking() || !stream.isFlushed() ? SelectionKey.OP_WRITE : 0);
        if (ops != interest && key.isValid()) {
            interest = ops;
            key.interestOps(ops);
        }
    }
}

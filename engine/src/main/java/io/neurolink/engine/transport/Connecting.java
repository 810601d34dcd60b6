package io.neurolink.engine.transport;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A connection that the peer has not taken yet. */
final class Connecting implements ConnectHandle {
    private final SocketChannel channel;
    private final TlsLoop tls;
    private final TlsClient tlsClient;
    private final ConnectListener listener;
    private boolean isOver;

    /**
     * @param tls       what the loop's TLS connections share; null if there are none.
     * @param tlsClient makes the engine; null for a plain connection.
     */
    Connecting(SocketChannel channel, TlsLoop tls, TlsClient tlsClient, ConnectListener listener) {
        this.channel = channel;
        this.tls = tls;
        this.tlsClient = tlsClient;
        this.listener = listener;
    }

    @Override
    public void abandon() {
        if (!isOver) {
            isOver = true;
            Sockets.quietly(channel::close);
        }
    }

    /** The attempt has come to its end, whichever that is. */
    void onReady(SelectionKey key) {
        try {
            if (!isOver && channel.finishConnect()) {
                connected(key);
            }
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    /** The peer was so near that there was nothing to wait for. */
    void onConnectedAtOnce(Selector selector) throws IOException {
        connected(channel.register(selector, 0));
    }

    private void connected(SelectionKey key) throws IOException {
        if (tlsClient == null) {
            PlainTransport transport = new PlainTransport(channel, key);
            start(key, transport);
        } else {
            TlsTransport transport = new TlsTransport(channel, key, tls, tlsClient.newEngine());
            start(key, transport);
            transport.begin();
        }
    }

    private void start(SelectionKey key, Transport transport) {
        isOver = true;
        key.attach(transport);
        key.interestOps(SelectionKey.OP_READ);
        listener.onConnected(transport);
    }

    /** Not what the listener does wrong: it has the line then, and is told as its owner. */
    void fail(Exception cause) {
        if (!isOver) {
            abandon();
            listener.onConnectFailed(cause instanceof IOException io ? io : new IOException(cause.toString(), cause));
        }
    }
}

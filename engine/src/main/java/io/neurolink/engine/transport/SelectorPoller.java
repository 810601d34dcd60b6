package io.neurolink.engine.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.NanoClock;

/** Polls sockets with a {@link Selector}. */
public final class SelectorPoller implements Poller {
    /** Connections accepted in one turn, so that a flood of them does not starve those that are there. */
    private static final int ACCEPT_LIMIT = 64;

    /** How long a listener rests after an accept failed, most likely because descriptors ran out. */
    private static final long ACCEPT_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How long it rests while there is no room for one more; those who come wait in the system's queue meanwhile. */
    private static final long FULL_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Selector selector;
    private final NanoClock clock;
    private final ErrorHandler acceptErrors;
    private final Consumer<SelectionKey> onReady = this::onReady;
    private SelectionKey restingListener;

    /** To be called before the first owner is told; null while nobody waits. */
    private Runnable awakened;
    private long restUntilNs;

    /** Null if all connections are plain. */
    private TlsLoop tls;
    private boolean isPlainFirst;

    /** Of accepted connections; 0 = as the system likes. */
    private int systemSendBuffer;

    /**
     * @param clock        tells when a resting listener may accept again.
     * @param acceptErrors is told when accepting fails.
     * @throws IOException if no selector can be opened.
     */
    public SelectorPoller(NanoClock clock, ErrorHandler acceptErrors) throws IOException {
        this.selector = Selector.open();
        this.clock = clock;
        this.acceptErrors = acceptErrors;
    }

    /**
     * Says what TLS connections share. If it {@linkplain TlsLoop#isAccepting() accepts}, all connections registered from now on are such.
     *
     * @param newTls of this poller's loop.
     */
    public void tls(TlsLoop newTls) {
        tls = newTls;
    }

    /** @return whether there is something that TLS connections share. */
    public boolean hasTls() {
        return tls != null;
    }

    /** Makes all connections registered from now on plain until {@link #secured} is called for them. */
    public void plainFirst() {
        isPlainFirst = true;
    }

    /** @param bytes that the system may keep for each connection accepted from now on; 0 = as many as it likes. */
    public void systemSendBuffer(int bytes) {
        systemSendBuffer = bytes;
    }

    /**
     * Starts to accept connections.
     *
     * @param listener   bound and non-blocking; closed with this poller.
     * @param hasRoom    says whether one more can be taken; asked on the thread of this poller's loop before each.
     * @param onAccepted takes each connection, on the same thread.
     * @throws IOException if the listener cannot be polled.
     */
    public void listen(ServerSocketChannel listener, BooleanSupplier hasRoom, Consumer<SocketChannel> onAccepted) throws IOException {
        listener.register(selector, SelectionKey.OP_ACCEPT, new Listener(listener, hasRoom, onAccepted));
    }

    /**
     * Makes a transport of an accepted connection.
     *
     * @param channel the connection; closed if this fails.
     * @return a transport that wants to be told when it is readable.
     * @throws IOException if the connection is broken already.
     */
    public Transport register(SocketChannel channel) throws IOException {
        try {
            Sockets.prepare(channel);
            if (systemSendBuffer > 0) {
                channel.setOption(StandardSocketOptions.SO_SNDBUF, systemSendBuffer);
            }
            SelectionKey key = channel.register(selector, 0);
            boolean isPlain = tls == null || isPlainFirst || !tls.isAccepting();
            Transport transport = isPlain ? new PlainTransport(channel, key) : new TlsTransport(channel, key, tls, tls.newEngine());
            key.attach(transport);
            key.interestOps(SelectionKey.OP_READ);
            return transport;
        } catch (IOException | RuntimeException e) {
            Sockets.quietly(channel::close);
            throw e;
        }
    }

    /** {@inheritDoc} TLS connections need {@link #tls(TlsLoop)} before. */
    @Override
    public ConnectHandle connect(InetSocketAddress address, TlsClient tlsClient, ConnectListener listener) {
        SocketChannel channel;
        try {
            channel = SocketChannel.open();
        } catch (IOException e) {
            listener.onConnectFailed(e);
            return () -> { };
        }
        Connecting connecting = new Connecting(channel, tls, tlsClient, listener);
        try {
            Sockets.prepare(channel);
            if (channel.connect(address)) {
                connecting.onConnectedAtOnce(selector);
            } else {
                channel.register(selector, SelectionKey.OP_CONNECT, connecting);
            }
        } catch (IOException | RuntimeException e) {
            connecting.fail(e);
        }
        return connecting;
    }

    @Override
    public Transport secured(Transport plain) throws IOException {
        if (tls == null || !tls.isAccepting()) {
            return plain;
        }
        SelectionKey key = ((PlainTransport) plain).key();
        TlsTransport secured = new TlsTransport(((PlainTransport) plain).channel(), key, tls, tls.newEngine());
        secured.remoteAddress(plain.remoteAddress());
        key.attach(secured);
        return secured;
    }

    @Override
    public int poll() throws IOException {
        if (restingListener != null) {
            wakeListener();
        }
        if (tls == null) {
            return selector.selectNow(onReady);
        }
        tls.beginTurn();
        return selector.selectNow(onReady) + tls.pollPending();
    }

    @Override
    public int await(long timeoutMs, Runnable onAwake) throws IOException {
        long timeout = timeoutMs;
        if (restingListener != null) {
            wakeListener();
        }
        if (restingListener != null) {
            timeout = Math.min(timeoutMs, 1 + TimeUnit.NANOSECONDS.toMillis(Math.max(0, restUntilNs - clock.nanoTime())));
        }
        if (tls != null && tls.hasPending()) {
            onAwake.run();
            return poll();
        }
        awakened = onAwake;
        int count = selector.select(onReady, timeout);
        if (count == 0) {
            onAwake.run();
        }
        awakened = null;
        return count;
    }

    @Override
    public void wakeUp() {
        selector.wakeup();
    }

    private void onReady(SelectionKey key) {
        if (awakened != null) {
            awakened.run();
            awakened = null;
        }
        if (key.attachment() instanceof PlainTransport transport) {
            onTransportReady(key, transport.owner());
        } else if (key.attachment() instanceof TlsTransport transport) {
            onTlsReady(key, transport);
        } else if (key.attachment() instanceof Connecting connecting) {
            connecting.onReady(key);
        } else {
            accept(key, (Listener) key.attachment());
        }
    }

    private static void onTransportReady(SelectionKey key, TransportOwner owner) {
        try {
            int ready = key.readyOps();
            if ((ready & SelectionKey.OP_WRITE) != 0) {
                owner.onWritable();
            }
            if ((ready & SelectionKey.OP_READ) != 0 && key.isValid()) {
                owner.onReadable();
            }
        } catch (Throwable t) {
            owner.onTransportError(t);
        }
    }

    private void onTlsReady(SelectionKey key, TlsTransport transport) {
        if (key.isValid() && (!transport.isHandshaking() || tls.takeHandshakeTurn())) {
            transport.onReady(key.readyOps());
        }
    }

    private void accept(SelectionKey key, Listener listener) {
        try {
            // Listening may have been stopped while this thread waited: who comes from then on is left to others.
            for (int i = 0; i < ACCEPT_LIMIT && key.isValid(); i++) {
                if (!listener.hasRoom.getAsBoolean()) {
                    rest(key, FULL_PAUSE_NS);
                    return;
                }
                SocketChannel channel = listener.channel.accept();
                if (channel == null) {
                    return;
                }
                listener.onAccepted.accept(channel);
            }
        } catch (Throwable t) {
            // A server that ends closes its listeners from outside; there is nothing wrong with that.
            if (listener.channel.isOpen()) {
                rest(key, ACCEPT_PAUSE_NS);
                acceptErrors.onError(t);
            }
        }
    }

    /** A selector goes on telling of a connection that cannot be accepted: without a rest the loop would be busy with nothing else. */
    private void rest(SelectionKey key, long pauseNs) {
        if (key.isValid()) {
            key.interestOps(0);
            restingListener = key;
            restUntilNs = clock.nanoTime() + pauseNs;
        }
    }

    private void wakeListener() {
        if (clock.nanoTime() - restUntilNs >= 0) {
            if (restingListener.isValid()) {
                restingListener.interestOps(SelectionKey.OP_ACCEPT);
            }
            restingListener = null;
        }
    }

    /**
     * Stops accepting, and leaves the listener open also when this poller closes. Any thread.
     *
     * @param listener one that was given to {@link #listen}.
     */
    public void stopListening(ServerSocketChannel listener) {
        SelectionKey key = listener.keyFor(selector);
        if (key != null) {
            key.cancel();
        }
    }

    @Override
    public void close() {
        for (SelectionKey key : selector.keys()) {
            if (key.isValid()) {
                Sockets.quietly(key.channel()::close);
            }
        }
        Sockets.quietly(selector::close);
    }

    private record Listener(ServerSocketChannel channel, BooleanSupplier hasRoom, Consumer<SocketChannel> onAccepted) {
    }
}

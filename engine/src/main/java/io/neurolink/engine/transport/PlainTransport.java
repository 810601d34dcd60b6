package io.neurolink.engine.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** A TCP connection. */
final class PlainTransport implements Transport {
    private final SocketChannel channel;
    private final InetSocketAddress peerAddress;
    private final SelectionKey key;
    private TransportOwner owner;

    /** Null unless a proxy has told it. */
    private InetSocketAddress toldAddress;
    private int interest = SelectionKey.OP_READ;

    PlainTransport(SocketChannel channel, SelectionKey key) throws IOException {
        this.channel = channel;
        this.key = key;
        this.peerAddress = (InetSocketAddress) channel.getRemoteAddress();
    }

    SocketChannel channel() {
        return channel;
    }

    SelectionKey key() {
        return key;
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        return channel.read(dst);
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        return channel.write(src);
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
        interest(wanted ? interest | SelectionKey.OP_READ : interest & ~SelectionKey.OP_READ);
    }

    @Override
    public void wantWritable(boolean wanted) {
        interest(wanted ? interest | SelectionKey.OP_WRITE : interest & ~SelectionKey.OP_WRITE);
    }

    private void interest(int ops) {
        if (ops != interest && key.isValid()) {
            interest = ops;
            key.interestOps(ops);
        }
    }

    @Override
    public void shutdownOutput() {
        Sockets.quietly(channel::shutdownOutput);
    }

    @Override
    public void close() {
        Sockets.quietly(channel::close);
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
}

package io.neurolink.engine.socket.stress;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;

/** A client's socket: writes what it can at once and the rest when there is room. */
final class Line {
    private static final int SMALL = 8 * 1024;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final ArrayDeque<ByteBuffer> unwritten = new ArrayDeque<>();

    private Line(SocketChannel channel, SelectionKey key) {
        this.channel = channel;
        this.key = key;
    }

    static Line connect(InetSocketAddress address, Selector selector, SwarmClient owner, boolean isSmall) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            return connect(channel, address, selector, owner, isSmall);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static Line connect(SocketChannel channel, InetSocketAddress address, Selector selector, SwarmClient owner, boolean isSmall)
            throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (isSmall) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL);
        }
        SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT, owner);
        if (channel.connect(address)) {
            throw new IOException("connected at once, which no selector tells");
        }
        return new Line(channel, key);
    }

    void finishConnect() throws IOException {
        channel.finishConnect();
        key.interestOps(SelectionKey.OP_READ);
    }

    int read(ByteBuffer buffer) throws IOException {
        return channel.read(buffer);
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (unwritten.isEmpty()) {
            channel.write(buffer);
        }
        if (buffer.hasRemaining()) {
            unwritten.add(buffer);
            key.interestOpsOr(SelectionKey.OP_WRITE);
        }
    }

    void writeMore() throws IOException {
        while (!unwritten.isEmpty()) {
            channel.write(unwritten.peek());
            if (unwritten.peek().hasRemaining()) {
                return;
            }
            unwritten.remove();
        }
        key.interestOpsAnd(~SelectionKey.OP_WRITE);
    }

    void listen(boolean isListening) {
        if (isListening) {
            key.interestOpsOr(SelectionKey.OP_READ);
        } else {
            key.interestOpsAnd(~SelectionKey.OP_READ);
        }
    }

    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    void reset() throws IOException {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
    }

    void close() throws IOException {
        channel.close();
    }
}

package io.neurolink.perf.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** What {@link NioFloor} keeps of a connection. Its thread only. */
final class FloorConnection {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    final SocketChannel channel;
    boolean isUpgraded;
    /** Bytes that were read and make no whole header or frame yet. */
    ByteBuffer rest = NOTHING;
    /** Bytes of a frame's payload that have not come yet, while the frame goes back in pieces. */
    long payloadLeft;
    /** The key of that frame, turned so that it fits the next byte. */
    int key;
    private SelectionKey selectionKey;
    private ByteBuffer unsent = NOTHING;

    FloorConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /** Says which key the selector knows it by, once. */
    void registered(SelectionKey registered) {
        selectionKey = registered;
    }

    /** Keeps bytes for the next read. */
    void keep(ByteBuffer bytes) {
        rest = bytes.hasRemaining() ? copy(bytes) : NOTHING;
    }

    /** Whether the socket has not taken everything yet. */
    boolean isBlocked() {
        return unsent.hasRemaining();
    }

    /** Sends bytes, or keeps what the socket does not take and reads no more until it does. */
    void send(ByteBuffer bytes) throws IOException {
        if (isBlocked()) {
            ByteBuffer both = ByteBuffer.allocateDirect(unsent.remaining() + bytes.remaining());
            unsent = both.put(unsent).put(bytes).flip();
            return;
        }
        channel.write(bytes);
        if (bytes.hasRemaining()) {
            unsent = copy(bytes);
            selectionKey.interestOps(SelectionKey.OP_WRITE);
        }
    }

    /** Goes on sending what was kept. */
    void flush() throws IOException {
        channel.write(unsent);
        if (!isBlocked()) {
            unsent = NOTHING;
            selectionKey.interestOps(SelectionKey.OP_READ);
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone, which is what was wanted.
        }
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
    }
}

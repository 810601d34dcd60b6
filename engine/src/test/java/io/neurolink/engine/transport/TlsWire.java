package io.neurolink.engine.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.Arrays;

/** A line in memory, seen from the server; each of its operations moves as few bytes as the test wants. */
final class TlsWire implements ByteChannel {
    final Bytes toServer = new Bytes();
    final Bytes toClient = new Bytes();

    /** Bytes moved by one read or write at most. */
    int chunk = Integer.MAX_VALUE;

    /** Bytes on the way to the client at most. */
    int capacity = Integer.MAX_VALUE;

    boolean isClientGone;
    boolean isHalfClosed;
    boolean isClosed;
    boolean isBroken;
    int reads;

    static final class Bytes {
        private byte[] array = new byte[1024];
        private int from;
        private int to;

        int size() {
            return to - from;
        }

        void add(ByteBuffer src, int count) {
            if (array.length - to < count) {
                array = Arrays.copyOfRange(array, from, from + Math.max(2 * size(), size() + count));
                to -= from;
                from = 0;
            }
            src.get(array, to, count);
            to += count;
        }

        int take(ByteBuffer dst, int limit) {
            int count = Math.min(Math.min(limit, size()), dst.remaining());
            dst.put(array, from, count);
            from += count;
            return count;
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        reads++;
        requireLine();
        int count = toServer.take(dst, chunk);
        return count == 0 && isClientGone ? -1 : count;
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        requireLine();
        int count = Math.min(Math.min(src.remaining(), chunk), Math.max(0, capacity - toClient.size()));
        toClient.add(src, count);
        return count;
    }

    private void requireLine() throws IOException {
        if (isBroken) {
            throw new IOException("Connection reset");
        }
    }

    @Override
    public boolean isOpen() {
        return !isClosed;
    }

    @Override
    public void close() {
        isClosed = true;
    }
}

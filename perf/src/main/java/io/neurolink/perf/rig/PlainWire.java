package io.neurolink.perf.rig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The socket itself. */
final class PlainWire implements Wire {
    private final SocketChannel channel;
    private boolean isBlocked;

    PlainWire(SocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        return channel.read(to);
    }

    @Override
    public boolean write(ByteBuffer from) throws IOException {
        channel.write(from);
        isBlocked = from.hasRemaining();
        return !isBlocked;
    }

    @Override
    public boolean isBlocked() {
        return isBlocked;
    }
}

package io.neurolink.perf.micro;

import io.neurolink.engine.transport.ConnectHandle;
import io.neurolink.engine.transport.ConnectListener;
import io.neurolink.engine.transport.Poller;
import io.neurolink.engine.transport.TlsClient;
import io.neurolink.engine.transport.Transport;
import io.neurolink.engine.transport.TransportOwner;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** A connection whose peer is memory: it brings the same messages as often as it is asked to, and counts what it gets. */
final class MemoryLine implements Transport, Poller {
    private static final int MASK_KEY = 0x12345678;

    private final InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    private final ByteBuffer frames;
    private TransportOwner owner;
    private ByteBuffer waiting;
    private boolean isWritableWanted;
    private long bytesOut;
    private long writes;

    /**
     * @param peer     who sends the messages.
     * @param messages how many binary messages come at a time.
     * @param length   bytes of payload of each.
     */
    MemoryLine(Role peer, int messages, int length) {
        int headerLength = FrameEncoder.headerLength(peer, length);
        FrameBuffer frame = FrameBuffer.allocateDirect(headerLength + length);
        if (peer == Role.CLIENT) {
            FrameEncoder.encodeMaskedFrame(frame, headerLength, Opcode.BINARY, true, length, MASK_KEY);
        } else {
            FrameEncoder.encodeHeader(frame.bytes(), 0, Opcode.BINARY, true, length);
        }
        frames = ByteBuffer.allocateDirect(messages * frame.capacity());
        for (int i = 0; i < messages; i++) {
            frames.put(frame.bytes().clear());
        }
        frames.flip();
    }

    /**
     * @param opcode  of the one message that comes at a time; with {@link FrameEncoder#RSV1} if it is compressed.
     * @param payload of that message.
     */
    MemoryLine(int opcode, byte[] payload) {
        int headerLength = FrameEncoder.headerLength(Role.CLIENT, payload.length);
        FrameBuffer frame = FrameBuffer.allocateDirect(headerLength + payload.length);
        frame.bytes().put(headerLength, payload);
        FrameEncoder.encodeMaskedFrame(frame, headerLength, opcode, true, payload.length, MASK_KEY);
        frames = frame.bytes().clear();
    }

    /** The messages can be read in the next cycle. */
    void bringMessages() {
        waiting = frames;
    }

    /** The bytes can be read in the next cycle. */
    void bring(byte[] bytes) {
        waiting = ByteBuffer.wrap(bytes);
    }

    /** Forgets what was counted. */
    void reset() {
        bytesOut = 0;
        writes = 0;
    }

    long bytesOut() {
        return bytesOut;
    }

    long writes() {
        return writes;
    }

    @Override
    public int poll() {
        if (isWritableWanted) {
            owner.onWritable();
        }
        if (waiting == null) {
            return 0;
        }
        owner.onReadable();
        return 1;
    }

    @Override
    public int await(long timeoutMs, Runnable onAwake) {
        onAwake.run();
        return poll();
    }

    /** The line is there already. */
    @Override
    public ConnectHandle connect(InetSocketAddress wanted, TlsClient tls, ConnectListener listener) {
        listener.onConnected(this);
        return () -> { };
    }

    @Override
    public void wakeUp() {
    }

    @Override
    public int read(ByteBuffer dst) {
        if (waiting == null) {
            return 0;
        }
        int count = waiting.remaining();
        dst.put(waiting);
        waiting.rewind();
        waiting = null;
        return count;
    }

    @Override
    public int write(ByteBuffer src) {
        int count = src.remaining();
        src.position(src.limit());
        bytesOut += count;
        writes++;
        return count;
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
    }

    @Override
    public void wantWritable(boolean wanted) {
        isWritableWanted = wanted;
    }

    @Override
    public void shutdownOutput() {
    }

    @Override
    public void close() {
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return address;
    }

    @Override
    public void remoteAddress(InetSocketAddress told) {
        throw new UnsupportedOperationException("no proxy stands before this line");
    }

    @Override
    public InetSocketAddress peerAddress() {
        return address;
    }
}

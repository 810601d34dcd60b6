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

/**
 * A connection whose peer is memory: it brings the same messages as often as it is asked to, and counts what is done with it. It polls
 * itself, or belongs to a {@link MemoryCrowd}, which polls it only when there is a reason.
 */
final class MemoryLine implements Transport, Poller {
    private static final int MASK_KEY = 0x12345678;

    private final InetSocketAddress address;
    private final ByteBuffer frames;

    /** Null for a line that polls itself. */
    private final MemoryCrowd crowd;
    private TransportOwner owner;
    private ByteBuffer waiting;
    private boolean isWritableWanted;
    private long bytesOut;
    private long writes;
    private long reads;
    private long interestChanges;
    private long touches;

    /**
     * @param peer     who sends the messages.
     * @param messages how many binary messages come at a time.
     * @param length   bytes of payload of each.
     */
    MemoryLine(Role peer, int messages, int length) {
        this(frames(peer, Opcode.BINARY, messages, length));
    }

    /** @param frames what comes at a time, from the first byte to the limit. */
    MemoryLine(ByteBuffer frames) {
        this(frames, null, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
    }

    /** A line of a crowd, with an address of its own. */
    MemoryLine(ByteBuffer frames, MemoryCrowd crowd, InetSocketAddress address) {
        this.frames = frames.duplicate();
        this.crowd = crowd;
        this.address = address;
    }

    /**
     * @param peer     who sends the messages.
     * @param opcode   of each; the payload is letters.
     * @param messages how many there are.
     * @param length   bytes of payload of each.
     * @return their frames.
     */
    static ByteBuffer frames(Role peer, int opcode, int messages, int length) {
        int headerLength = FrameEncoder.headerLength(peer, length);
        FrameBuffer frame = FrameBuffer.allocateDirect(headerLength + length);
        for (int i = 0; i < length; i++) {
            frame.bytes().put(headerLength + i, (byte) ('a' + i % 26));
        }
        if (peer == Role.CLIENT) {
            FrameEncoder.encodeMaskedFrame(frame, headerLength, opcode, true, length, MASK_KEY);
        } else {
            FrameEncoder.encodeHeader(frame.bytes(), 0, opcode, true, length);
        }
        ByteBuffer all = ByteBuffer.allocateDirect(messages * frame.capacity());
        for (int i = 0; i < messages; i++) {
            all.put(frame.bytes().clear());
        }
        return all.flip();
    }

    /**
     * @param opcode  of the one message that comes at a time; with {@link FrameEncoder#RSV1} if it is compressed.
     * @param payload of that message.
     */
    MemoryLine(int opcode, byte[] payload) {
        this(frame(opcode, payload));
    }

    private static ByteBuffer frame(int opcode, byte[] payload) {
        int headerLength = FrameEncoder.headerLength(Role.CLIENT, payload.length);
        FrameBuffer frame = FrameBuffer.allocateDirect(headerLength + payload.length);
        frame.bytes().put(headerLength, payload);
        FrameEncoder.encodeMaskedFrame(frame, headerLength, opcode, true, payload.length, MASK_KEY);
        return frame.bytes().clear();
    }

    /** The messages can be read from the next cycle on. */
    void bringMessages() {
        bring(frames);
    }

    /** The bytes can be read in the next cycle. */
    void bring(byte[] bytes) {
        bring(ByteBuffer.wrap(bytes));
    }

    private void bring(ByteBuffer bytes) {
        waiting = bytes;
        if (crowd != null) {
            crowd.onReady(this);
        }
    }

    /** Forgets what was counted. */
    void reset() {
        bytesOut = 0;
        writes = 0;
        reads = 0;
        interestChanges = 0;
        touches = 0;
    }

    long bytesOut() {
        return bytesOut;
    }

    long writes() {
        return writes;
    }

    long reads() {
        return reads;
    }

    /** @return how often the selector's interest would have been changed, which is a system call on the next poll. */
    long interestChanges() {
        return interestChanges;
    }

    /** @return how often anything was done with this line, were it only to ask it for its owner or address. */
    long touches() {
        return touches;
    }

    @Override
    public int poll() {
        touches++;
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
    public Transport secured(Transport plain, TlsClient tls) {
        throw new UnsupportedOperationException("a line in memory has no proxy");
    }

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
        touches++;
        reads++;
        if (waiting == null) {
            return 0;
        }
        int count = Math.min(waiting.remaining(), dst.remaining());
        int end = waiting.limit();
        dst.put(waiting.limit(waiting.position() + count));
        waiting.limit(end);
        if (!waiting.hasRemaining()) {
            waiting.rewind();
            waiting = null;
        } else if (crowd != null) {
            crowd.onReady(this);
        }
        return count;
    }

    @Override
    public int write(ByteBuffer src) {
        touches++;
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
        touches++;
        return owner;
    }

    @Override
    public void wantReadable(boolean wanted) {
        touches++;
        interestChanges++;
    }

    @Override
    public void wantWritable(boolean wanted) {
        touches++;
        interestChanges++;
        isWritableWanted = wanted;
        if (wanted && crowd != null) {
            crowd.onReady(this);
        }
    }

    @Override
    public void shutdownOutput() {
    }

    @Override
    public void close() {
    }

    @Override
    public InetSocketAddress remoteAddress() {
        touches++;
        return address;
    }

    @Override
    public void remoteAddress(InetSocketAddress told) {
        throw new UnsupportedOperationException("no proxy stands before this line");
    }

    @Override
    public InetSocketAddress peerAddress() {
        touches++;
        return address;
    }
}

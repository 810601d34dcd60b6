package io.neurolink.engine.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * A line whose other end is a test: what comes in is a stream of bytes, what goes out is taken as far as the test wants. As strict as a
 * socket, and stricter: misuse is remembered.
 */
public final class FakeTransport implements Transport {
    private static final long UNLIMITED = Long.MAX_VALUE;

    private final InetSocketAddress remoteAddress;
    private final List<String> misuse = new ArrayList<>();
    private TransportOwner owner;
    private InetSocketAddress toldAddress;
    private boolean wantsReadable = true;
    private boolean wantsWritable;

    private byte[] inbound = new byte[0];
    private int inboundPosition;
    private int maxRead = Integer.MAX_VALUE;
    private boolean isEnded;
    private boolean isReset;
    private IOException writeError;

    private final ByteArrayOutputStream outbound = new ByteArrayOutputStream();
    private IntUnaryOperator acceptance = IntUnaryOperator.identity();
    private long room = UNLIMITED;
    private int reads;
    private int writes;

    private boolean isOutputShut;
    private boolean isClosed;

    /**
     * @param port tells the peers of a test apart.
     */
    public FakeTransport(int port) {
        this("127.0.0.1", port);
    }

    /**
     * @param address where the peer is, as digits.
     * @param port    tells the peers of a test apart.
     */
    public FakeTransport(String address, int port) {
        try {
            remoteAddress = new InetSocketAddress(InetAddress.getByName(address), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    // ------------------------------------------------------------------ the peer's end

    /** The peer sends; what was not read yet and this become one stream. */
    public void receive(byte[] bytes) {
        byte[] all = Arrays.copyOfRange(inbound, inboundPosition, inbound.length + bytes.length);
        System.arraycopy(bytes, 0, all, inbound.length - inboundPosition, bytes.length);
        inbound = all;
        inboundPosition = 0;
    }

    /** No read gives more than that many bytes from now on. */
    public void maxRead(int bytes) {
        maxRead = bytes;
    }

    /** The peer ends its direction: after what it has sent, the stream ends. */
    public void end() {
        isEnded = true;
    }

    /** The line breaks: what was not read yet is lost, reading and writing fail. */
    public void reset() {
        inbound = new byte[0];
        inboundPosition = 0;
        isReset = true;
    }

    /** Writing fails from now on, though nothing is noticed on the reading side. */
    public void breakWriting() {
        writeError = new SocketException("Broken pipe");
    }

    /** The line takes that many more bytes, then no more until this is called again. */
    public void room(long bytes) {
        room = bytes;
    }

    /** The line takes everything again. */
    public void unlimited() {
        room = UNLIMITED;
        acceptance = IntUnaryOperator.identity();
    }

    /**
     * @param newAcceptance tells for each write how much of that many bytes is taken.
     */
    public void acceptance(IntUnaryOperator newAcceptance) {
        acceptance = newAcceptance;
    }

    /** Everything the peer has got so far. */
    public byte[] sent() {
        return outbound.toByteArray();
    }

    public int sentLength() {
        return outbound.size();
    }

    /** Bytes that came in and were not read yet. */
    public int unread() {
        return inbound.length - inboundPosition;
    }

    public int reads() {
        return reads;
    }

    public int writes() {
        return writes;
    }

    public boolean wantsReadable() {
        return wantsReadable;
    }

    public boolean wantsWritable() {
        return wantsWritable;
    }

    public boolean isOutputShut() {
        return isOutputShut;
    }

    public boolean isClosed() {
        return isClosed;
    }

    /** What no owner of a transport may do, and was done. */
    public List<String> misuse() {
        return misuse;
    }

    // ------------------------------------------------------------------ the poller's end

    boolean isReadable() {
        return wantsReadable && !isClosed && (unread() > 0 || isEnded || isReset);
    }

    boolean isWritable() {
        return wantsWritable && !isClosed && (room > 0 || isReset || writeError != null);
    }

    // ------------------------------------------------------------------ the engine's end

    @Override
    public int read(ByteBuffer dst) throws IOException {
        reads++;
        requireOpen("read");
        if (isReset) {
            throw new SocketException("Connection reset");
        }
        int count = Math.min(Math.min(dst.remaining(), maxRead), unread());
        if (count == 0) {
            return isEnded && dst.hasRemaining() ? -1 : 0;
        }
        dst.put(inbound, inboundPosition, count);
        inboundPosition += count;
        return count;
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        writes++;
        requireOpen("write");
        if (isOutputShut) {
            misuse.add("write after shutdownOutput");
            throw new ClosedChannelException();
        }
        if (!src.isDirect()) {
            misuse.add("write from the heap");
        }
        if (!src.hasRemaining()) {
            misuse.add("write of nothing");
        }
        if (isReset || writeError != null) {
            throw isReset ? new SocketException("Connection reset") : writeError;
        }
        int count = (int) Math.min(room, Math.min(src.remaining(), acceptance.applyAsInt(src.remaining())));
        byte[] taken = new byte[count];
        src.get(taken);
        outbound.writeBytes(taken);
        room -= room == UNLIMITED ? 0 : count;
        return count;
    }

    private void requireOpen(String operation) throws IOException {
        if (isClosed) {
            misuse.add(operation + " after close");
            throw new ClosedChannelException();
        }
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
        wantsReadable = wanted;
    }

    @Override
    public void wantWritable(boolean wanted) {
        wantsWritable = wanted;
    }

    @Override
    public void shutdownOutput() {
        isOutputShut = true;
    }

    @Override
    public void close() {
        isClosed = true;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return toldAddress == null ? remoteAddress : toldAddress;
    }

    @Override
    public void remoteAddress(InetSocketAddress told) {
        toldAddress = told;
    }

    @Override
    public InetSocketAddress peerAddress() {
        return remoteAddress;
    }
}

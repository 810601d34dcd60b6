package io.neurolink.perf.micro;

import io.neurolink.engine.transport.ConnectHandle;
import io.neurolink.engine.transport.ConnectListener;
import io.neurolink.engine.transport.Poller;
import io.neurolink.engine.transport.TlsClient;
import io.neurolink.engine.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Many {@link MemoryLine}s under one poller, which touches only those that are ready, as a selector does. */
final class MemoryCrowd implements Poller {
    private static final int FIRST_ADDRESS = 10 << 24 | 1;

    private final List<MemoryLine> lines = new ArrayList<>();
    private final ArrayDeque<MemoryLine> ready = new ArrayDeque<>();
    private long polls;

    /**
     * @param size   how many lines, each from an address of its own.
     * @param frames what each brings at a time; shared by all.
     */
    MemoryCrowd(int size, ByteBuffer frames) {
        for (int i = 0; i < size; i++) {
            lines.add(new MemoryLine(frames, this, new InetSocketAddress(address(FIRST_ADDRESS + i), 1)));
        }
    }

    private static InetAddress address(int bits) {
        try {
            return InetAddress.getByAddress(ByteBuffer.allocate(Integer.BYTES).putInt(0, bits).array());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    List<MemoryLine> lines() {
        return lines;
    }

    /** The line is looked at in the next poll. */
    void onReady(MemoryLine line) {
        ready.addLast(line);
    }

    /** @return how often it was polled. */
    long polls() {
        return polls;
    }

    @Override
    public int poll() {
        polls++;
        int count = ready.size();
        for (int i = 0; i < count; i++) {
            ready.pollFirst().poll();
        }
        return count;
    }

    @Override
    public int await(long timeoutMs, Runnable onAwake) {
        onAwake.run();
        return poll();
    }

    @Override
    public ConnectHandle connect(InetSocketAddress address, TlsClient tls, ConnectListener listener) {
        throw new UnsupportedOperationException("a crowd is accepted, it is not connected to");
    }

    @Override
    public Transport secured(Transport plain, TlsClient tls) {
        throw new UnsupportedOperationException("a crowd is not connected to through proxies");
    }

    @Override
    public void wakeUp() {
    }

    @Override
    public void close() {
    }
}

package io.neurolink.perf.rig;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.handshake.ClientHandshake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The connections of one run, all served by the thread that calls {@link #turn()}, which never blocks. After the connections are open it
 * allocates nothing for a message.
 */
final class Client implements AutoCloseable {
    private static final int RECEIVE_LENGTH = 256 * 1024;

    /** Addresses that connections come from, so that ports in TIME_WAIT do not run out; Linux has all of 127.0.0.0/8. */
    private static final int SOURCES = "Linux".equals(System.getProperty("os.name")) ? 64 : 1;

    private final Load load;
    private final Payload payload;
    private final Compression compression;
    private final Frames frames;
    private final FrameLimits limits;
    private final FrameBuffer receiveBuffer = FrameBuffer.allocateDirect(RECEIVE_LENGTH);
    private final Selector selector;
    private final Consumer<SelectionKey> onReady = this::onReady;
    private final SecureRandom random = new SecureRandom();
    private final int maskKey = random.nextInt();
    private final Set<Link> links = new LinkedHashSet<>();
    private Workload workload;

    private String firstError;
    private long openCount;
    private long endedCount;
    private long pingCount;
    private long idleNs;
    private long turnNs;
    private boolean wasIdle;

    /**
     * @param load what to do.
     * @throws IOException if there is no selector to be had.
     */
    Client(Load load) throws IOException {
        this.load = load;
        this.payload = new Payload(load.size(), load.isText());
        this.compression = load.compression();
        this.frames = compression.isOn() ? new CompressedFrames(payload, maskKey) : new FrameTemplate(payload, load.maxBatch(), maskKey);
        this.limits = new FrameLimits(load.size(), Integer.MAX_VALUE);
        this.selector = Selector.open();
        this.turnNs = nowNs();
    }

    /** Says who is told what happens; to be called before the first connection. */
    void start(Workload newWorkload) {
        workload = newWorkload;
    }

    /**
     * Begins to connect.
     *
     * @param index  number of the connection.
     * @param author number of the connection whose messages it gets.
     */
    void connect(int index, int author) {
        try {
            SocketChannel channel = SocketChannel.open(isIpv4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
            connect(channel, index, author);
        } catch (IOException e) {
            fail("connection " + index + " did not connect: " + e.getMessage());
        }
    }

    private boolean isIpv4() {
        return load.target().address().getAddress() instanceof Inet4Address;
    }

    private void connect(SocketChannel channel, int index, int author) throws IOException {
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (load.target().isLoopback() && isIpv4()) {
                channel.bind(new InetSocketAddress("127.0.0." + (1 + index % SOURCES), 0));
            }
            Link link = new Link(this, index, author, channel, nowNs());
            link.registered(channel.register(selector, SelectionKey.OP_CONNECT, link));
            links.add(link);
            channel.connect(load.target().address());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Works off every socket that is ready, then lets the workload do what is due.
     *
     * @return the time at the turn's beginning.
     */
    long turn() {
        long nowNs = nowNs();
        if (wasIdle) {
            idleNs += nowNs - turnNs;
        }
        turnNs = nowNs;
        try {
            int ready = selector.selectNow(onReady);
            wasIdle = !workload.doWork(nowNs) && ready == 0;
        } catch (IOException e) {
            throw new UncheckedIOException("the selector: " + e.getMessage(), e);
        }
        return nowNs;
    }

    private void onReady(SelectionKey key) {
        Link link = (Link) key.attachment();
        try {
            link.onReady();
        } catch (IOException e) {
            lost(link, e);
        }
    }

    /** What the clock says. */
    long nowNs() {
        return load.clock().getAsLong();
    }

    /** Time of all turns so far that found nothing to do. */
    long idleNs() {
        return idleNs;
    }

    /** What went wrong first, or null. */
    String firstError() {
        return firstError;
    }

    /** Connections that were ever upgraded. */
    long openCount() {
        return openCount;
    }

    /** Pings that were answered. */
    long pingCount() {
        return pingCount;
    }

    /** Connections that have ended, in whatever way. */
    long endedCount() {
        return endedCount;
    }

    /** Connections that have not ended. */
    List<Link> links() {
        return new ArrayList<>(links);
    }

    // ------------------------------------------------------------------ for links

    Workload workload() {
        return workload;
    }

    Payload payload() {
        return payload;
    }

    int opcode() {
        return payload.isText() ? Opcode.TEXT : Opcode.BINARY;
    }

    Frames frames() {
        return frames;
    }

    FrameLimits limits() {
        return limits;
    }

    Compression compression() {
        return compression;
    }

    FrameBuffer receiveBuffer() {
        return receiveBuffer;
    }

    void onPing() {
        pingCount++;
    }

    int maskKey() {
        return maskKey;
    }

    Wire wire(SocketChannel channel) {
        return load.tls() == null ? new PlainWire(channel) : TlsWire.client(channel, load.tls(), load.target());
    }

    ClientHandshake handshake() {
        ClientHandshake.Builder builder = ClientHandshake.builder(load.target().hostHeader(), load.target().resource());
        compression.offers().forEach(builder::extension);
        return builder.build(random);
    }

    void onOpen(Link link, long nowNs) {
        openCount++;
        workload.onOpen(link, nowNs);
    }

    void onClosed(Link link) {
        workload.onClosed(link, nowNs());
    }

    void ended(Link link) {
        endedCount++;
        links.remove(link);
    }

    /** A connection broke. While it is being closed that is an end like any other. */
    void lost(Link link, IOException e) {
        if (link.state() == Link.State.CLOSING) {
            link.end();
            onClosed(link);
        } else {
            fail(link, (link.state() == Link.State.CONNECTING ? "it did not connect: " : "it broke: ") + e.getMessage());
        }
    }

    /** Ends a connection that has shown a fault of the server. */
    void fail(Link link, String what) {
        fail("connection " + link.index() + ": " + what);
        link.end();
    }

    /** Notes a fault; only the first is kept. */
    void fail(String what) {
        if (firstError == null) {
            firstError = what;
        }
    }

    /** Ends all connections at once. */
    @Override
    public void close() {
        links().forEach(Link::end);
        frames.close();
        compression.close();
        try {
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

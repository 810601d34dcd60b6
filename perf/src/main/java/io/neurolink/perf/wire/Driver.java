package io.neurolink.perf.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Thousands of sockets to one address, on one thread. Any thread may call the public methods. */
public final class Driver implements AutoCloseable {
    /** Connections on their way at once, so that the server's queue of those it has not accepted yet does not overflow. */
    private static final int CONNECTING_LIMIT = 512;
    private static final int SCRATCH_LENGTH = 256 * 1024;
    private static final long IDLE_MS = 100;

    private record Wake(long dueNs, Line line) {
    }

    private record Opening(Supplier<? extends Peer> peers, int sources, int number) {
    }

    private final InetSocketAddress target;
    private final Selector selector;
    private final Thread thread;
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_LENGTH);
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Queue<Opening> openings = new ArrayDeque<>();
    private final PriorityQueue<Wake> wakes = new PriorityQueue<>(Comparator.comparingLong(Wake::dueNs));
    private final Set<Line> lines = new HashSet<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final AtomicLong waiting = new AtomicLong();
    private final AtomicLong open = new AtomicLong();
    private final AtomicLong connected = new AtomicLong();
    private final AtomicLong unconnected = new AtomicLong();
    private final AtomicLong sentBytes = new AtomicLong();
    private final AtomicLong receivedBytes = new AtomicLong();
    private int connecting;
    private volatile boolean isRunning = true;

    /**
     * @param target where all lines lead.
     * @throws IOException if no selector can be opened.
     */
    public Driver(InetSocketAddress target) throws IOException {
        this.target = target;
        this.selector = Selector.open();
        this.thread = new Thread(this::run, "driver");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Opens lines as fast as they come about.
     *
     * @param count   how many.
     * @param sources loopback addresses they come from, 127.0.0.2 and following.
     * @param peers   makes what they do, on the driver's thread.
     */
    public void open(int count, int sources, Supplier<? extends Peer> peers) {
        waiting.addAndGet(count);
        execute(() -> {
            for (int i = 0; i < count; i++) {
                openings.add(new Opening(peers, sources, i));
            }
        });
    }

    /** Runs something on the driver's thread. */
    public void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** Ends all lines, with resets, and opens none that waits. */
    public void resetAll() {
        execute(() -> {
            waiting.addAndGet(-openings.size());
            openings.clear();
            wakes.clear();
            List.copyOf(lines).forEach(Line::reset);
        });
    }

    /** Lines that are to be opened, or on their way. */
    public long waiting() {
        return waiting.get();
    }

    /** Lines that are connected now. */
    public long open() {
        return open.get();
    }

    /** Lines that were ever connected. */
    public long connected() {
        return connected.get();
    }

    /** Lines that never were. */
    public long unconnected() {
        return unconnected.get();
    }

    public long sentBytes() {
        return sentBytes.get();
    }

    public long receivedBytes() {
        return receivedBytes.get();
    }

    /** Exceptions that peers have thrown: faults of the attack, not of the server. */
    public List<Throwable> failures() {
        return failures;
    }

    // ------------------------------------------------------------------ the thread

    private void run() {
        while (isRunning) {
            try {
                runTasks();
                startConnecting();
                selector.select(this::onReady, timeoutMs());
                wakeDue();
            } catch (IOException | RuntimeException e) {
                failures.add(e);
            }
        }
        List.copyOf(lines).forEach(Line::reset);
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    private long timeoutMs() {
        if (wakes.isEmpty()) {
            return IDLE_MS;
        }
        return Math.max(1, Math.min(IDLE_MS, TimeUnit.NANOSECONDS.toMillis(wakes.peek().dueNs - System.nanoTime())));
    }

    private void startConnecting() {
        while (connecting < CONNECTING_LIMIT && !openings.isEmpty()) {
            Opening opening = openings.remove();
            connecting++;
            connect(opening);
        }
    }

    private void connect(Opening opening) {
        Peer peer = opening.peers.get();
        SocketChannel channel = null;
        Line line = null;
        try {
            channel = SocketChannel.open();
            line = new Line(this, peer, channel);
            lines.add(line);
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (peer.receiveBufferLength() > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, peer.receiveBufferLength());
            }
            channel.bind(new InetSocketAddress("127.0.0." + (2 + opening.number % opening.sources), 0));
            line.registered(channel.register(selector, SelectionKey.OP_CONNECT, line));
            channel.connect(target);
        } catch (IOException notToday) {
            if (line == null) {
                connecting--;
                waiting.decrementAndGet();
                unconnected.incrementAndGet();
            } else {
                line.end();
            }
        }
    }

    private void onReady(SelectionKey key) {
        Line line = (Line) key.attachment();
        try {
            line.onReady(scratch);
        } catch (IOException itIsGone) {
            line.end();
        } catch (RuntimeException e) {
            failures.add(e);
            line.reset();
        }
    }

    private void wakeDue() {
        long nowNs = System.nanoTime();
        while (!wakes.isEmpty() && wakes.peek().dueNs - nowNs <= 0) {
            Line line = wakes.remove().line;
            if (!line.isEnded()) {
                line.peer().onWake(line);
            }
        }
    }

    // ------------------------------------------------------------------ told by lines

    void wake(Line line, long delayNs) {
        wakes.add(new Wake(System.nanoTime() + delayNs, line));
    }

    void onConnected() {
        connecting--;
        waiting.decrementAndGet();
        connected.incrementAndGet();
        open.incrementAndGet();
    }

    void onEnded(Line line, boolean wasConnected) {
        lines.remove(line);
        if (wasConnected) {
            open.decrementAndGet();
        } else {
            connecting--;
            waiting.decrementAndGet();
            unconnected.incrementAndGet();
        }
    }

    void onSentBytes(int count) {
        sentBytes.addAndGet(count);
    }

    void onReceived(int count) {
        receivedBytes.addAndGet(count);
    }

    /** Ends all lines, with resets, and the thread. */
    @Override
    public void close() {
        isRunning = false;
        selector.wakeup();
        try {
            thread.join();
            selector.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

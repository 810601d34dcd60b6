package io.neurolink.agent.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A line to a port of this machine that can have every fault a line can have: who connects to {@link #port} speaks to that port, as long as
 * the line lets them. Bytes keep their order whatever happens to them; a connection that is not cut loses none, it has them later.
 */
public final class FaultyLink implements AutoCloseable {
    private static final int CHUNK_LENGTH = 4096;
    /** What is on the line, beside what the two kernels hold: as much as a path of 1 MB/s and a fourth of a second has room for. */
    private static final int CHUNKS = 64;
    private static final long TURN_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final int targetPort;
    private final int port;
    private final Direction there = new Direction();
    private final Direction back = new Direction();
    private final Set<Line> lines = ConcurrentHashMap.newKeySet();
    private final AtomicLong taken = new AtomicLong();
    private ServerSocket listener;

    /** From who has connected to the port, or from the port. */
    public enum Way {
        THERE, BACK
    }

    /** Bytes of a connection, read at one time and due at another; none = its end. */
    private record Chunk(byte[] bytes, long dueNs) {
    }

    /** What all connections suffer, one way. */
    private static final class Direction {
        private final Random random = new Random(1);
        private volatile boolean isHole;
        private volatile long delayNs;
        private volatile long jitterNs;
        private volatile long bytesPerSecond;
        private long freeNs = System.nanoTime();

        /** @return when the last of these bytes is through. */
        synchronized long due(int length) {
            long nowNs = System.nanoTime();
            long rate = bytesPerSecond;
            freeNs = Math.max(freeNs, nowNs) + (rate == 0 ? 0 : TimeUnit.SECONDS.toNanos(length) / rate);
            long jitter = jitterNs == 0 ? 0 : random.nextLong(jitterNs);
            return (rate == 0 ? nowNs : freeNs) + delayNs + jitter;
        }

        void heal() {
            delayNs = 0;
            jitterNs = 0;
            bytesPerSecond = 0;
            isHole = false;
        }
    }

    /** A connection. */
    private final class Line {
        private final Socket near;
        private final Socket far;
        private volatile boolean isOver;

        Line(Socket near, Socket far) {
            this.near = near;
            this.far = far;
        }

        void start() {
            pump(near, far, there);
            pump(far, near, back);
        }

        private void pump(Socket from, Socket to, Direction direction) {
            BlockingQueue<Chunk> queue = new LinkedBlockingQueue<>(CHUNKS);
            background(() -> read(from, direction, queue));
            background(() -> write(to, direction, queue));
        }

        private void read(Socket from, Direction direction, BlockingQueue<Chunk> queue) throws InterruptedException {
            byte[] buffer = new byte[CHUNK_LENGTH];
            int length = 0;
            while (length >= 0 && !isOver) {
                try {
                    InputStream in = from.getInputStream();
                    length = in.read(buffer);
                } catch (IOException broken) {
                    length = -1;
                }
                offer(queue, new Chunk(Arrays.copyOf(buffer, Math.max(0, length)), direction.due(Math.max(0, length))));
            }
        }

        private void offer(BlockingQueue<Chunk> queue, Chunk chunk) throws InterruptedException {
            while (!isOver && !queue.offer(chunk, TURN_NS, TimeUnit.NANOSECONDS)) {
                continue;
            }
        }

        private void write(Socket to, Direction direction, BlockingQueue<Chunk> queue) throws InterruptedException {
            try {
                OutputStream out = to.getOutputStream();
                while (!isOver) {
                    Chunk chunk = queue.poll(TURN_NS, TimeUnit.NANOSECONDS);
                    if (chunk == null) {
                        continue;
                    }
                    await(direction, chunk);
                    if (chunk.bytes().length == 0) {
                        end(false);
                    } else if (!isOver) {
                        out.write(chunk.bytes());
                    }
                }
            } catch (IOException broken) {
                end(false);
            }
        }

        private void await(Direction direction, Chunk chunk) {
            long leftNs = chunk.dueNs() - System.nanoTime();
            while (!isOver && (leftNs > 0 || direction.isHole)) {
                LockSupport.parkNanos(leftNs > 0 ? Math.min(leftNs, TURN_NS) : TURN_NS);
                leftNs = chunk.dueNs() - System.nanoTime();
            }
        }

        /** @param isReset whether both sides get a RST, or hear that it is over. */
        void end(boolean isReset) {
            isOver = true;
            lines.remove(this);
            for (Socket socket : new Socket[] {near, far}) {
                try {
                    socket.setSoLinger(isReset, 0);
                    socket.close();
                } catch (IOException closed) {
                    // That is what was wanted.
                    continue;
                }
            }
        }
    }

    private interface Task {
        void run() throws InterruptedException;
    }

    /** @param targetPort where the line leads to, on this machine. */
    public FaultyLink(int targetPort) throws IOException {
        this.targetPort = targetPort;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.port = listener.getLocalPort();
        accept(listener);
    }

    private static void background(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "faulty link");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket from) {
        background(() -> {
            while (!from.isClosed()) {
                try {
                    Socket near = from.accept();
                    open(near);
                } catch (IOException closed) {
                    // Or who connected is gone already.
                    continue;
                }
            }
        });
    }

    private void open(Socket near) throws IOException {
        Socket far = new Socket();
        try {
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            far.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort));
            Line line = new Line(near, far);
            lines.add(line);
            taken.incrementAndGet();
            line.start();
        } catch (IOException nobodyThere) {
            near.setSoLinger(true, 0);
            near.close();
            far.close();
        }
    }

    private Direction direction(Way way) {
        return way == Way.THERE ? there : back;
    }

    public int port() {
        return port;
    }

    public String url() {
        return "nats://127.0.0.1:" + port;
    }

    /** @return connections that were taken so far. */
    public long taken() {
        return taken.get();
    }

    /** Resets all connections. New ones are taken. */
    public void cut() {
        lines.forEach(line -> line.end(true));
    }

    /** Resets all connections and refuses new ones. */
    public synchronized void refuse() throws IOException {
        listener.close();
        cut();
    }

    /** Nothing gets through any more, and nobody is told: old connections stay open, new ones are taken. */
    public void swallow() {
        swallow(Way.THERE);
        swallow(Way.BACK);
    }

    /** The same one way. */
    public void swallow(Way way) {
        direction(way).isHole = true;
    }

    /** Bytes that are read from now on are that late, and up to so much later; they keep their order. */
    public void delay(Way way, long delayMs, long jitterMs) {
        direction(way).delayNs = TimeUnit.MILLISECONDS.toNanos(delayMs);
        direction(way).jitterNs = TimeUnit.MILLISECONDS.toNanos(jitterMs);
    }

    /** So many bytes get through in a second, of all connections together. */
    public void throttle(Way way, long bytesPerSecond) {
        direction(way).bytesPerSecond = bytesPerSecond;
    }

    /** There is no fault any more. Connections that were not cut go on, with everything that was kept from them. */
    public synchronized void heal() throws IOException {
        there.heal();
        back.heal();
        if (listener.isClosed()) {
            listener = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
            accept(listener);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        listener.close();
        cut();
    }
}

package io.neurolink.perf.attack;

import io.neurolink.perf.wire.Bytes;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * A few connections that behave well: each sends a small message at a steady rate, whether the last was answered or not, and takes the time
 * from the moment the message was due to its echo. Beside them a {@link ControlLine} tells what of it is the machine's.
 */
final class Neighbour implements AutoCloseable {
    private static final int LINES = 4;
    private static final int PAYLOAD = 32;
    private static final long INTERVAL_NS = TimeUnit.MICROSECONDS.toNanos(2500);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Recorder recorder = new Recorder(TimeUnit.MINUTES.toNanos(10), 3);
    private final List<Socket> sockets = new ArrayList<>();
    private final ControlLine control;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final Thread sender = new Thread(this::send, "neighbour-sender");
    private volatile boolean isSending;

    /** Whether the sender has sent its last of a measurement. */
    private volatile boolean isResting;
    private volatile boolean isClosed;

    /** @param tls trusts the server's certificate; null for plain connections. */
    Neighbour(InetSocketAddress target, SSLContext tls) throws IOException {
        for (int i = 0; i < LINES; i++) {
            Socket socket = tls == null ? new Socket() : tls.getSocketFactory().createSocket();
            sockets.add(socket);
            socket.setTcpNoDelay(true);
            socket.connect(target);
            upgrade(socket, "/echo");
            Thread reader = new Thread(() -> read(socket), "neighbour-" + i);
            reader.setDaemon(true);
            reader.start();
        }
        control = new ControlLine(this::complain);
        sender.setDaemon(true);
        sender.start();
    }

    static void upgrade(Socket socket, String path) throws IOException {
        socket.getOutputStream().write(Bytes.latin(Bytes.upgrade(path)));
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no upgrade but " + head);
            }
            head.append((char) next);
        }
        if (!head.toString().startsWith("HTTP/1.1 101 ")) {
            throw new IOException("no upgrade but " + head);
        }
    }

    /** A new visitor's connection: upgraded, echoed, closed. */
    static void visit(InetSocketAddress target, SSLContext tls) throws IOException {
        try (Socket socket = tls == null ? new Socket() : tls.getSocketFactory().createSocket()) {
            socket.setSoTimeout((int) TimeUnit.NANOSECONDS.toMillis(PATIENCE_NS));
            socket.connect(target);
            upgrade(socket, "/echo");
            socket.getOutputStream().write(Bytes.text("hello"));
            byte[] echo = new DataInputStream(socket.getInputStream()).readNBytes(7);
            if (echo.length < 7 || echo[2] != 'h' || echo[6] != 'o') {
                throw new IOException("no echo for a new visitor");
            }
            socket.getOutputStream().write(Bytes.close(1000));
            socket.getInputStream().readAllBytes();
        }
    }

    /** Begins a measurement. */
    void start() {
        recorder.reset();
        control.reset();
        isResting = false;
        isSending = true;
        LockSupport.unpark(sender);
    }

    /** Ends it, when all echoes have come. */
    Histogram stop() {
        isSending = false;
        long beginNs = System.nanoTime();
        while ((!isResting || received.get() < sent.get()) && complaints.isEmpty() && System.nanoTime() - beginNs < PATIENCE_NS) {
            LockSupport.parkNanos(PAUSE_NS);
        }
        if (received.get() < sent.get()) {
            complaints.add("the neighbour lost " + (sent.get() - received.get()) + " echoes");
        }
        return recorder.getIntervalHistogram();
    }

    /** The times of the control line in the measurement that was ended. */
    Histogram control() {
        return control.histogram();
    }

    /** What happened to it that should not have. */
    List<String> complaints() {
        return complaints;
    }

    private void send() {
        ByteBuffer payload = ByteBuffer.allocate(PAYLOAD);
        while (!isClosed) {
            LockSupport.parkNanos(PAUSE_NS);
            if (isSending) {
                long dueNs = System.nanoTime();
                for (int i = 0; isSending; i++) {
                    dueNs += INTERVAL_NS;
                    sleepUntil(dueNs);
                    if (i % LINES == 0) {
                        sendControl(dueNs);
                    }
                    write(sockets.get(i % LINES), payload.putLong(0, dueNs).array());
                }
                isResting = true;
            }
        }
    }

    private static void sleepUntil(long dueNs) {
        for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
    }

    private void sendControl(long dueNs) {
        try {
            control.send(dueNs);
        } catch (IOException e) {
            complain(e);
        }
    }

    private void write(Socket socket, byte[] payload) {
        try {
            sent.incrementAndGet();
            socket.getOutputStream().write(Bytes.frame(Bytes.FIN | Bytes.BINARY, payload));
        } catch (IOException e) {
            complain(e);
            isSending = false;
        }
    }

    private void read(Socket socket) {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] frame = new byte[2 + PAYLOAD];
            while (!isClosed) {
                in.readFully(frame, 0, 2);
                if ((frame[0] & 0x0F) == Bytes.BINARY) {
                    in.readFully(frame, 2, PAYLOAD);
                    recorder.recordValue(Math.max(0, System.nanoTime() - ByteBuffer.wrap(frame).getLong(2)));
                    received.incrementAndGet();
                } else {
                    answer(socket, in.readNBytes(frame[1]), frame[0] & 0x0F);
                }
            }
        } catch (IOException e) {
            complain(e);
        }
    }

    private void answer(Socket socket, byte[] payload, int opcode) throws IOException {
        if (opcode == Bytes.PING) {
            socket.getOutputStream().write(Bytes.frame(Bytes.FIN | Bytes.PONG, payload));
        } else {
            complain(new IOException("got a frame with opcode " + opcode + " and " + payload.length + " bytes"));
        }
    }

    private void complain(IOException e) {
        if (!isClosed) {
            complaints.add("the neighbour's line broke: " + e);
        }
    }

    /** Ends its connections. */
    @Override
    public void close() throws IOException {
        isClosed = true;
        isSending = false;
        for (Socket socket : sockets) {
            socket.close();
        }
        control.close();
    }
}

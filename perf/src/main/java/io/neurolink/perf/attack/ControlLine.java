package io.neurolink.perf.attack;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * A line from this process to itself, with a thread at its far end that sends back what comes. No server is at it, so its times are what
 * the machine takes while others use its processors and its loopback.
 */
final class ControlLine implements AutoCloseable {
    private final Recorder recorder = new Recorder(TimeUnit.MINUTES.toNanos(10), 3);
    private final Consumer<IOException> complaints;
    private final Socket near = new Socket();
    private final Socket far;

    /** @param complaints is told when the line breaks. */
    ControlLine(Consumer<IOException> complaints) throws IOException {
        this.complaints = complaints;
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            near.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort()));
            far = listener.accept();
        }
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        start("control-far", this::sendBack);
        start("control-near", this::read);
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Forgets all times. */
    void reset() {
        recorder.reset();
    }

    /** Times since the last reset. */
    Histogram histogram() {
        return recorder.getIntervalHistogram();
    }

    /** Sends a message that was due then. */
    void send(long dueNs) throws IOException {
        near.getOutputStream().write(ByteBuffer.allocate(Long.BYTES).putLong(dueNs).array());
    }

    private void sendBack() {
        byte[] message = new byte[Long.BYTES];
        try {
            DataInputStream in = new DataInputStream(far.getInputStream());
            while (!far.isClosed()) {
                in.readFully(message);
                far.getOutputStream().write(message);
            }
        } catch (IOException e) {
            complaints.accept(e);
        }
    }

    private void read() {
        try {
            DataInputStream in = new DataInputStream(near.getInputStream());
            while (!near.isClosed()) {
                long dueNs = in.readLong();
                recorder.recordValue(Math.max(0, System.nanoTime() - dueNs));
            }
        } catch (IOException e) {
            complaints.accept(e);
        }
    }

    @Override
    public void close() throws IOException {
        near.close();
        far.close();
    }
}

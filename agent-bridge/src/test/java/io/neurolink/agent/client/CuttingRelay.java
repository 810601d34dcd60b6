package io.neurolink.agent.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;

/** Stands between a client and a server, and breaks each connection after a number of bytes of the server's, by a reset. */
final class CuttingRelay implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger connections = new AtomicInteger();
    private final int serverPort;
    private final IntUnaryOperator bytesOf;

    /** @param bytesOf how many bytes of the server's each connection lets through, by its number. */
    CuttingRelay(int serverPort, IntUnaryOperator bytesOf) throws IOException {
        this.serverPort = serverPort;
        this.bytesOf = bytesOf;
        start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    int connectionCount() {
        return connections.get();
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                int limit = bytesOf.applyAsInt(connections.getAndIncrement());
                start(() -> pump(client, server, Integer.MAX_VALUE));
                start(() -> pump(server, client, limit));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private static void pump(Socket from, Socket to, int limit) {
        byte[] buffer = new byte[4096];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int left = limit;
            int count = in.read(buffer, 0, Math.min(buffer.length, left));
            while (count > 0) {
                out.write(buffer, 0, count);
                left -= count;
                count = in.read(buffer, 0, Math.min(buffer.length, left));
            }
        } catch (IOException e) {
            // The other side has gone.
        } finally {
            reset(from);
            reset(to);
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // Closed already.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}

package io.neurolink.agent.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;

/** A load balancer: each connection goes to the next server that takes it, and ends when one of its sides does. */
public final class RoundRobinRelay implements AutoCloseable {
    private static final int BUFFER_LENGTH = 8192;

    private final List<Integer> ports = new CopyOnWriteArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
    private final ServerSocket listener;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ObjIntConsumer<String> onRequest;

    public RoundRobinRelay() throws IOException {
        this((request, port) -> { });
    }

    /** @param onRequest is told the first line that came from a client, and the port of the server that got it. Any thread. */
    public RoundRobinRelay(ObjIntConsumer<String> onRequest) throws IOException {
        this.onRequest = onRequest;
        listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    public void add(int serverPort) {
        ports.add(serverPort);
    }

    public void remove(int serverPort) {
        ports.remove((Integer) serverPort);
    }

    /** Breaks a share of the connections, by lot; whoever had one can open another. @return how many. */
    public int cut(double share, Random random) throws IOException {
        int count = 0;
        for (Socket client : clients) {
            if (random.nextDouble() < share) {
                client.close();
                count++;
            }
        }
        return count;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket server = open();
                if (server == null) {
                    client.close();
                } else {
                    clients.add(client);
                    threads.execute(() -> copy(client, server, true));
                    threads.execute(() -> copy(server, client, false));
                }
            } catch (IOException e) {
                // The client is gone, or the relay is closed.
                continue;
            }
        }
    }

    private Socket open() {
        for (int attempts = ports.size(); attempts > 0; attempts--) {
            List<Integer> known = List.copyOf(ports);
            try {
                return new Socket(InetAddress.getLoopbackAddress(), known.get(Math.floorMod(next.getAndIncrement(), known.size())));
            } catch (IOException e) {
                // This one is dead: the next.
                continue;
            }
        }
        return null;
    }

    private void copy(Socket from, Socket to, boolean isFromClient) {
        try (from; to; InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            byte[] buffer = new byte[BUFFER_LENGTH];
            boolean isFirst = isFromClient;
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                if (isFirst) {
                    isFirst = false;
                    onRequest.accept(new String(buffer, 0, length, StandardCharsets.US_ASCII).lines().findFirst().orElse(""), to.getPort());
                }
                out.write(buffer, 0, length);
            }
        } catch (IOException e) {
            // One side is gone, and both are closed now.
            return;
        } finally {
            clients.remove(from);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }
}

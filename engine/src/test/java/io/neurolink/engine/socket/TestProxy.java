package io.neurolink.engine.socket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An HTTP proxy that knows {@code CONNECT} and nothing else, with two threads for each tunnel; or that says what it is told to say, and
 * makes no tunnel. Every name leads to this machine.
 */
final class TestProxy implements AutoCloseable {
    private final ServerSocket listener;
    private final String credentials;
    private final byte[] answer;
    private final boolean hasTunnels;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    private TestProxy(String credentials, String answer, boolean hasTunnels) throws IOException {
        this.credentials = credentials;
        this.answer = answer.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        this.hasTunnels = hasTunnels;
        this.listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        start(this::accept);
    }

    /** @param credentials value of {@code Proxy-Authorization} that it wants, or null. */
    static TestProxy tunnels(String credentials) throws IOException {
        return new TestProxy(credentials, "HTTP/1.1 200 Connection established\n\n", true);
    }

    /** @param answer what it says before the tunnel begins, {@code \n} for each end of a line. */
    static TestProxy tunnelsAfter(String answer) throws IOException {
        return new TestProxy(null, answer, true);
    }

    /** @param answer what it says, before it ends the connection; nothing = it is silent, and waits. */
    static TestProxy refusing(String answer) throws IOException {
        return new TestProxy(null, answer, false);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The heads that came in. */
    List<String> requests() {
        return requests;
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "test-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                sockets.add(client);
                start(() -> serve(client));
            }
        } catch (IOException closed) {
            // The end of the test.
        }
    }

    private void serve(Socket client) {
        try {
            String head = readHead(client.getInputStream());
            requests.add(head);
            OutputStream out = client.getOutputStream();
            if (credentials != null && !credentials.equals(RawServer.header(head, "Proxy-Authorization"))) {
                out.write(("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\n"
                        + "Content-Length: 8\r\n\r\nwho are?").getBytes(StandardCharsets.ISO_8859_1));
            } else if (hasTunnels) {
                tunnel(client, head);
            } else if (answer.length > 0) {
                // What is behind the head comes with its last byte: whoever reads the one has the other.
                int headEnd = new String(answer, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
                int single = headEnd < 0 ? answer.length : headEnd + 3;
                for (int i = 0; i < single; i++) {
                    out.write(answer[i]);
                }
                out.write(answer, single, answer.length - single);
                client.shutdownOutput();
            }
        } catch (IOException broken) {
            // The client sees it.
        }
    }

    private void tunnel(Socket client, String head) throws IOException {
        String authority = head.substring("CONNECT ".length(), head.indexOf(" HTTP/1.1\r\n"));
        Socket server = new Socket();
        sockets.add(server);
        server.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(authority.substring(authority.lastIndexOf(':') + 1))));
        client.getOutputStream().write(answer);
        start(() -> copy(server, client));
        copy(client, server);
    }

    private static void copy(Socket from, Socket to) {
        try (from; to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException broken) {
            // Both ends are closed.
        }
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int value = in.read();
            if (value < 0) {
                throw new IOException("no whole head");
            }
            head.append((char) value);
        }
        return head.toString();
    }

    /** Ends all connections, as an administrator would. */
    void cut() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }
}

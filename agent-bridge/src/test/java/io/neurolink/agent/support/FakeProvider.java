package io.neurolink.agent.support;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The provider's side of a model's API on bare sockets: answers each request by the next script, remembers what was asked, and notices at
 * once when its connection is closed.
 */
public final class FakeProvider implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 60;

    /** Answers one request; runs on a thread of its own, and may block. */
    @FunctionalInterface
    public interface Script {
        void run(Exchange exchange) throws Exception;
    }

    private final ServerSocket server;
    private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<Exchange> exchanges = new LinkedBlockingQueue<>();
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

    private FakeProvider() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getByName("localhost"));
        daemon("fake-provider", this::accept);
    }

    public static FakeProvider start() throws IOException {
        return new FakeProvider();
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    public String url() {
        return "http://localhost:" + server.getLocalPort();
    }

    /** Adds what the next requests are answered with. */
    public FakeProvider answer(Script... next) {
        scripts.addAll(List.of(next));
        return this;
    }

    /** @return the next request that came, waited for. */
    public Exchange next() throws InterruptedException {
        Exchange exchange = exchanges.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (exchange == null) {
            throw new AssertionError("no request came");
        }
        return exchange;
    }

    /** @return requests that came and were not asked for. */
    public int waitingCount() {
        return exchanges.size();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                daemon("fake-provider-connection", () -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    /** Reads all the time, so that the end of the connection is seen when it comes, whatever the script is doing. */
    private void serve(Socket socket) {
        CompletableFuture<Long> closed = new CompletableFuture<>();
        try {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            while (true) {
                Exchange exchange = read(in, socket, closed);
                if (exchange == null) {
                    break;
                }
                exchanges.add(exchange);
                Script script = scripts.poll();
                daemon("fake-provider-script", () -> exchange.play(script));
            }
        } catch (IOException e) {
            // The same as an end.
        }
        closed.complete(System.nanoTime());
    }

    private static Exchange read(InputStream in, Socket socket, CompletableFuture<Long> closed) throws IOException {
        String first = readLine(in);
        if (first == null) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        String line;
        while ((line = readLine(in)) != null && !line.isEmpty()) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Exchange(first, headers, new String(body, StandardCharsets.UTF_8), socket, closed);
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int c;
        while ((c = in.read()) != '\n') {
            if (c < 0) {
                return null;
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** One request and its answer. */
    public static final class Exchange {
        private final String requestLine;
        private final Map<String, String> headers;
        private final String body;
        private final Socket socket;
        private final CompletableFuture<Long> closed;
        private final AtomicLong written = new AtomicLong();
        private OutputStream out;

        private Exchange(String requestLine, Map<String, String> headers, String body, Socket socket, CompletableFuture<Long> closed) {
            this.requestLine = requestLine;
            this.headers = headers;
            this.body = body;
            this.socket = socket;
            this.closed = closed;
        }

        private void play(Script script) {
            try {
                out = new BufferedOutputStream(socket.getOutputStream());
                if (script == null) {
                    fail(500, "{\"error\":{\"message\":\"no script\"}}");
                } else {
                    script.run(this);
                }
            } catch (IOException e) {
                // The client went away in the midst of it, which a test finds out by awaitClosed.
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        public String requestLine() {
            return requestLine;
        }

        public String header(String name) {
            return headers.get(name.toLowerCase(Locale.ROOT));
        }

        public String body() {
            return body;
        }

        /** @return bytes of the answer so far. */
        public long written() {
            return written.get();
        }

        /** Begins a streamed answer of the type. */
        public void head(String contentType) throws IOException {
            raw("HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        }

        /** Sends the next piece of the answer. */
        public void send(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(bytes);
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            written.addAndGet(bytes.length);
        }

        /** Ends a streamed answer as it should. */
        public void end() throws IOException {
            raw("0\r\n\r\n");
        }

        /** Answers with a status and a body at once. */
        public void fail(int status, String json, String... extraHeaders) throws IOException {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: "
                    + bytes.length + "\r\n");
            for (String header : extraHeaders) {
                head.append(header).append("\r\n");
            }
            raw(head + "\r\n" + json);
        }

        /** Sends exactly this. */
        public void raw(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** Sends exactly this byte. */
        public void rawByte(byte each) throws IOException {
            out.write(each);
            out.flush();
        }

        /** Gives the client the time to read what there is. */
        public void awaitSilence() throws InterruptedException {
            new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS);
        }

        /** Closes the connection in the midst of it. */
        public void cut() throws IOException {
            socket.close();
        }

        public boolean isClosed() {
            return closed.isDone();
        }

        /** @return when the client closed the connection, by the nano clock; waited for. */
        public long awaitClosed() {
            return closed.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        }
    }
}

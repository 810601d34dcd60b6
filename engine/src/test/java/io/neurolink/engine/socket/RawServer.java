package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.PeerDeflate;
import io.neurolink.engine.conformance.StrictReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.function.UnaryOperator;

/** A WebSocket server for one connection at a time that says exactly what it is told to say, and shares no code with the product. */
final class RawServer implements AutoCloseable {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int MAX_HEAD = 16 * 1024;

    private final ServerSocket listener;

    RawServer() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        listener.setSoTimeout(RawClient.TIMEOUT_MS);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /** Takes a connection, and agrees to its upgrade. */
    Line accept() throws IOException {
        return accept(offer -> null);
    }

    /** Takes a connection, and agrees to its upgrade with this answer to its extensions; null for none. */
    Line accept(UnaryOperator<String> extensions) throws IOException {
        Socket socket = listener.accept();
        socket.setSoTimeout(RawClient.TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        Line line = new Line(socket);
        String request = line.readHead();
        StringBuilder answer = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
                .append("Sec-WebSocket-Accept: ").append(acceptOf(header(request, "Sec-WebSocket-Key"))).append("\r\n");
        String agreed = extensions.apply(header(request, "Sec-WebSocket-Extensions"));
        if (agreed != null) {
            answer.append("Sec-WebSocket-Extensions: ").append(agreed).append("\r\n");
        }
        line.send(answer.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        return line;
    }

    private static String acceptOf(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The value of a header field, or null. */
    static String header(String head, String name) {
        return head.lines().filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .map(line -> line.substring(name.length() + 1).trim()).findFirst().orElse(null);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    /** The server's end of a connection. */
    static final class Line implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private StrictReader frames;

        private Line(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
            this.frames = new StrictReader(in, true);
        }

        private String readHead() throws IOException {
            StringBuilder bytes = new StringBuilder();
            while (bytes.indexOf("\r\n\r\n") < 0 && bytes.length() < MAX_HEAD) {
                int value = in.read();
                assertEquals(false, value < 0, "a whole request");
                bytes.append((char) value);
            }
            return bytes.toString();
        }

        /** From now on compressed messages may come. */
        void inflating(PeerDeflate deflate) {
            frames = new StrictReader(in, true, deflate);
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        Frame read() throws IOException {
            return frames.read();
        }

        /** Ends the TCP connection, and waits until the client has done so as well. */
        void end() throws IOException {
            socket.shutdownOutput();
            assertEquals(-1, in.read(), "bytes after the close frame");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}

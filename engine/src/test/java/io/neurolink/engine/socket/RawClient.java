package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.PeerDeflate;
import io.neurolink.engine.conformance.StrictReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * A WebSocket client that says exactly what it is told to say, right or wrong, and takes nothing from the server that a strict client
 * would not. It shares no code with the product.
 */
final class RawClient implements AutoCloseable {
    static final int TIMEOUT_MS = 30_000;

    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final Socket socket;
    private final InputStream in;

    /** Null unless compression was agreed on. */
    private PeerDeflate deflate;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    }

    static RawClient connect(InetSocketAddress address) throws IOException {
        return connect(address, 0);
    }

    /** A small receive buffer makes a client that is full soon when it does not read; 0 = as the system likes. */
    static RawClient connect(InetSocketAddress address, int receiveBufferLength) throws IOException {
        Socket socket = new Socket();
        if (receiveBufferLength > 0) {
            socket.setReceiveBufferSize(receiveBufferLength);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.connect(address, TIMEOUT_MS);
        return new RawClient(socket);
    }

    /** Over a line that the caller has made, for instance one with TLS. */
    static RawClient over(Socket socket) throws IOException {
        return new RawClient(socket);
    }

    /** Connects and upgrades; the headers come in addition to those of every upgrade. */
    static RawClient open(InetSocketAddress address, String target, String... headers) throws IOException {
        RawClient client = connect(address);
        client.upgraded(client.upgrade(target, headers));
        return client;
    }

    /** Connects and upgrades with an offer of compression, which the server must take. */
    static RawClient openCompressed(InetSocketAddress address, String target, String offer) throws IOException {
        RawClient client = connect(address);
        HttpAnswer answer = client.upgrade(target, "Sec-WebSocket-Extensions: " + offer);
        client.upgraded(answer);
        String agreed = answer.header("Sec-WebSocket-Extensions");
        client.deflate = new PeerDeflate(!agreed.contains("server_no_context_takeover"), !agreed.contains("client_no_context_takeover"));
        return client;
    }

    /** Sends a whole message, compressed. */
    void sendCompressed(int opcode, byte[] message) throws IOException {
        send(Frames.of(Frames.FIN | 0x40 | opcode, deflate.deflate(message)));
    }

    void upgraded(HttpAnswer answer) {
        assertEquals(101, answer.status(), answer::text);
        assertEquals("websocket", answer.header("Upgrade"));
        assertEquals("Upgrade", answer.header("Connection"));
        assertEquals(acceptKey(), answer.header("Sec-WebSocket-Accept"));
    }

    /** Asks for an upgrade and reads the answer, whatever it is. */
    HttpAnswer upgrade(String target, String... headers) throws IOException {
        send(upgradeRequest(target, headers));
        return readAnswer();
    }

    static byte[] upgradeRequest(String target, String... headers) {
        StringBuilder head = new StringBuilder("GET ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n")
                .append("Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").append(KEY).append("\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String acceptKey() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((KEY + GUID).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    // ------------------------------------------------------------------ sending

    void send(byte... bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends in pieces of that many bytes, each in a write of its own. */
    void sendChopped(byte[] bytes, int chop) throws IOException {
        for (int from = 0; from < bytes.length; from += chop) {
            socket.getOutputStream().write(bytes, from, Math.min(chop, bytes.length - from));
        }
    }

    // ------------------------------------------------------------------ receiving

    HttpAnswer readAnswer() throws IOException {
        return HttpAnswer.read(in, true);
    }

    HttpAnswer readAnswerToHead() throws IOException {
        return HttpAnswer.read(in, false);
    }

    /** From now on compressed messages may come. */
    void inflating(PeerDeflate agreed) {
        deflate = agreed;
    }

    /** Reads a frame as {@link StrictReader} does. */
    Frame read() throws IOException {
        return new StrictReader(in, false, deflate).read();
    }

    void expect(Frame expected) throws IOException {
        assertEquals(expected, read());
    }

    /** @return the close frame. */
    Frame expectClose(int code) throws IOException {
        Frame frame = read();
        assertTrue(frame.isClose(), () -> "a close frame, not " + frame);
        assertEquals(code, frame.closeCode(), frame::text);
        return frame;
    }

    /** The server closes the TCP connection, and does so first: this side has closed nothing yet. */
    void expectEnd() throws IOException {
        assertEquals(-1, in.read(), "end of stream");
    }

    /** The closing handshake, begun here. */
    void closeNormally() throws IOException {
        send(Frames.close(1000, ""));
        expectClose(1000);
        expectEnd();
    }

    // ------------------------------------------------------------------ ending

    /** Ends the outgoing direction only. */
    void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    /** Makes the next close a reset. */
    void resetOnClose() throws IOException {
        socket.setSoLinger(true, 0);
    }

    Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

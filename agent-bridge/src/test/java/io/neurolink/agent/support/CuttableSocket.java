package io.neurolink.agent.support;

import io.neurolink.agent.envelope.EnvelopeReader;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** A WebSocket client on a blocking socket, plain or TLS, that can be cut off in every way a client can. */
public final class CuttableSocket implements AutoCloseable {
    private static final int READ_TIMEOUT_MS = 60_000;
    private static final int OPCODE_TEXT = 1;
    private static final int OPCODE_CLOSE = 8;
    private static final int OPCODE_PING = 9;
    private static final int OPCODE_PONG = 10;

    private final Socket line;
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final EnvelopeReader reader = new EnvelopeReader(64 * 1024 * 1024, 64, 1_000_000);

    /** How the line goes. */
    public enum Cut {
        /** The kernel says so: RST. */
        RESET,
        /** The client says so: a close frame. */
        CLOSE,
        /** Nobody says so: the client reads no more and answers nothing. */
        SILENCE
    }

    /**
     * @param port          of the server on this host.
     * @param path          of the agent.
     * @param tls           trusts the server; null = plain.
     * @param receiveBuffer bytes of the socket's receive buffer, 0 = as the kernel likes.
     */
    public CuttableSocket(int port, String path, SSLContext tls, int receiveBuffer) throws IOException {
        line = new Socket();
        if (receiveBuffer > 0) {
            line.setReceiveBufferSize(receiveBuffer);
        }
        line.setTcpNoDelay(true);
        line.connect(new InetSocketAddress("localhost", port));
        line.setSoTimeout(READ_TIMEOUT_MS);
        socket = tls == null ? line : tls.getSocketFactory().createSocket(line, "localhost", port, true);
        out = socket.getOutputStream();
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 8192));
        out.write(("GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        String head = readHead();
        if (!head.startsWith("HTTP/1.1 101")) {
            throw new IOException("not upgraded: " + head);
        }
    }

    private String readHead() throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        return head.toString();
    }

    /** Sends a text message; the mask is zero. */
    public void send(String text) throws IOException {
        send(OPCODE_TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    private void send(int opcode, byte[] payload) throws IOException {
        out.write(TestSocket.frame(opcode, payload));
    }

    /** @return the next message. */
    @SuppressWarnings("unchecked")
    public Map<String, Object> next() throws IOException {
        return (Map<String, Object>) reader.readValue(ByteBuffer.wrap(nextBytes()));
    }

    /** @return the next message as it came. */
    public byte[] nextBytes() throws IOException {
        while (true) {
            int opcode = in.readUnsignedByte() & 0x0F;
            byte[] payload = in.readNBytes(readLength());
            if (opcode == OPCODE_TEXT) {
                return payload;
            } else if (opcode == OPCODE_PING) {
                send(OPCODE_PONG, payload);
            } else if (opcode == OPCODE_CLOSE) {
                throw new IOException("closed by the server");
            }
        }
    }

    private int readLength() throws IOException {
        int length = in.readUnsignedByte() & 0x7F;
        return length < 126 ? length : length == 126 ? in.readUnsignedShort() : Math.toIntExact(in.readLong());
    }

    /** The line goes; after a silent cut the socket stays open until {@link #close}. */
    public void cut(Cut how) throws IOException {
        if (how == Cut.RESET) {
            line.setSoLinger(true, 0);
            line.close();
        } else if (how == Cut.CLOSE) {
            send(OPCODE_CLOSE, new byte[] {3, (byte) 232});
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        line.close();
    }
}

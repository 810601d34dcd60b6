package io.neurolink.agent.support;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLContext;

/**
 * A plain WebSocket client on a blocking socket that lets a test set any header, see any status, and read what came before a close. Answers
 * pings and close frames while it reads. It talks to agents only: every message is held to the schema of their protocol.
 */
public final class TestSocket implements AutoCloseable {
    private static final int READ_TIMEOUT_MS = 60_000;
    private static final int OPCODE_TEXT = 1;
    private static final int OPCODE_CLOSE = 8;
    private static final int OPCODE_PING = 9;
    private static final int OPCODE_PONG = 10;

    private final Socket socket;
    private final List<String> head;
    private int closeCode;
    private String closeReason = "";

    private TestSocket(SSLContext tls, URI uri, String... headers) throws IOException {
        socket = tls == null ? new Socket(uri.getHost(), uri.getPort()) : tls.getSocketFactory().createSocket(uri.getHost(), uri.getPort());
        socket.setSoTimeout(READ_TIMEOUT_MS);
        byte[] key = new byte[16];
        ThreadLocalRandom.current().nextBytes(key);
        var request = new StringBuilder("GET " + uri.getPath() + (uri.getQuery() == null ? "" : "?" + uri.getQuery()) + " HTTP/1.1\r\n"
                + "Host: " + uri.getHost() + ":" + uri.getPort() + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + Base64.getEncoder().encodeToString(key) + "\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        head = readHead(socket.getInputStream());
    }

    /**
     * @param url     where to.
     * @param headers names and values to send along.
     * @return a connection that was upgraded.
     */
    public static TestSocket connect(String url, String... headers) throws IOException {
        return connect(null, url, headers);
    }

    /** As {@link #connect(String, String...)}, over TLS. */
    public static TestSocket connect(SSLContext tls, String url, String... headers) throws IOException {
        TestSocket client = new TestSocket(tls, URI.create(url), headers);
        if (client.status() != 101) {
            client.socket.close();
            throw new IOException("not upgraded: " + client.head);
        }
        return client;
    }

    /** @return the status of an upgrade that is expected to be refused. */
    public static int refusal(String url, String... headers) throws IOException {
        return refusal(null, url, headers);
    }

    /** As {@link #refusal(String, String...)}, over TLS. */
    public static int refusal(SSLContext tls, String url, String... headers) throws IOException {
        TestSocket client = new TestSocket(tls, URI.create(url), headers);
        client.socket.close();
        return client.status();
    }

    private static List<String> readHead(InputStream in) throws IOException {
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        while (true) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("ended within its head: " + lines + line);
            }
            if (c == '\n') {
                if (line.isEmpty()) {
                    return lines;
                }
                lines.add(line.toString());
                line.setLength(0);
            } else if (c != '\r') {
                line.append((char) c);
            }
        }
    }

    private int status() {
        return Integer.parseInt(head.get(0).split(" ")[1]);
    }

    /** @return the subprotocol agreed on, or null. */
    public String subprotocol() {
        return head.stream().filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-protocol:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip()).findFirst().orElse(null);
    }

    /** Sends a text message. */
    public void send(String text) throws IOException {
        sendFrame(OPCODE_TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** @return the next text message, or null after a close frame. */
    public String next() throws IOException {
        while (true) {
            int opcode = readByte() & 0x0F;
            byte[] payload = readPayload();
            if (opcode == OPCODE_TEXT) {
                String text = new String(payload, StandardCharsets.UTF_8);
                ServerMessages.check(text);
                return text;
            } else if (opcode == OPCODE_PING) {
                sendFrame(OPCODE_PONG, payload);
            } else if (opcode == OPCODE_CLOSE) {
                closeReason = payload.length < 2 ? "" : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
                closeCode = payload.length < 2 ? 1005 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
                sendFrame(OPCODE_CLOSE, payload);
                return null;
            }
        }
    }

    /** @return the next text message of a type; others are passed over. */
    public String nextOfType(String type) throws IOException {
        var others = new ArrayList<String>();
        while (true) {
            String message = next();
            if (message == null) {
                throw new IOException("closed with " + closeCode + " instead of " + type + " after " + others);
            }
            if (message.contains("\"type\":\"" + type + "\"")) {
                return message;
            }
            others.add(message);
        }
    }

    /** @return the code of the server's close frame, past all messages before it. */
    public int closeCode() throws IOException {
        while (closeCode == 0) {
            next();
        }
        return closeCode;
    }

    /** @return the reason of the close frame that was read. */
    public String closeReason() {
        return closeReason;
    }

    private byte[] readPayload() throws IOException {
        int length = readByte() & 0x7F;
        if (length == 126) {
            length = readByte() << 8 | readByte();
        } else if (length == 127) {
            throw new IOException("longer than any answer expected here");
        }
        byte[] payload = socket.getInputStream().readNBytes(length);
        if (payload.length < length) {
            throw new IOException("ended within a frame");
        }
        return payload;
    }

    private int readByte() throws IOException {
        int b = socket.getInputStream().read();
        if (b < 0) {
            throw new IOException("ended without a close frame");
        }
        return b;
    }

    private void sendFrame(int opcode, byte[] payload) throws IOException {
        socket.getOutputStream().write(frame(opcode, payload));
    }

    /** The mask is zero: masking is tested elsewhere. */
    static byte[] frame(int opcode, byte[] payload) {
        boolean isShort = payload.length < 126;
        byte[] frame = new byte[(isShort ? 6 : 8) + payload.length];
        frame[0] = (byte) (0x80 | opcode);
        frame[1] = (byte) (0x80 | (isShort ? payload.length : 126));
        if (!isShort) {
            frame[2] = (byte) (payload.length >> 8);
            frame[3] = (byte) payload.length;
        }
        System.arraycopy(payload, 0, frame, frame.length - payload.length, payload.length);
        return frame;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

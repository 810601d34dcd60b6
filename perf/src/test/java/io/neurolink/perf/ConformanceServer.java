package io.neurolink.perf;

import io.neurolink.protocol.handshake.AcceptKey;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A conformance suite in small: its cases are polite, rude, or mad. Speaks by hand, without the product's codec. */
final class ConformanceServer implements AutoCloseable {
    static final int MAX_LENGTH = 16 * 1024 * 1024;

    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FIN = 0x80;

    final Queue<String> requests = new ConcurrentLinkedQueue<>();
    final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Thread thread = new Thread(this::serve, "conformance-server");
    private final List<Case> cases = List.of(
            line -> line.expectEcho(TEXT, "Grüße".getBytes(StandardCharsets.UTF_8)),
            line -> line.expectEcho(BINARY, random(MAX_LENGTH)),
            line -> line.expectEcho(TEXT, new byte[0]),
            Line::reset,
            line -> line.send(FIN | 0x40 | TEXT, new byte[] {'x'}),
            line -> {
                line.send(FIN | PING, new byte[] {1, 2});
                line.expect(PONG, new byte[] {1, 2});
            },
            line -> {
                line.send(TEXT, new byte[] {'a'});
                line.send(FIN, new byte[] {'b'});
                line.expect(TEXT, new byte[] {'a', 'b'});
            });

    private interface Case {
        void play(Line line) throws IOException;
    }

    ConformanceServer() throws IOException {
        thread.start();
    }

    String url() {
        return "ws://127.0.0.1:" + listener.getLocalPort();
    }

    /** One more than are played here: the last one is refused. */
    int caseCount() {
        return cases.size() + 1;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private void serve() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                socket.setSoTimeout(60_000);
                answer(new Line(socket));
            } catch (SocketException | EOFException ended) {
                continue;
            } catch (IOException | IllegalStateException e) {
                faults.add(e.toString());
            }
        }
    }

    private void answer(Line line) throws IOException {
        String target = line.readTarget();
        requests.add(target);
        if (target.equals("/runCase?case=" + caseCount() + "&agent=A+%26+B")) {
            line.sendHead("HTTP/1.1 500 Not Today\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }
        line.upgrade();
        if (target.equals("/getCaseCount")) {
            line.send(FIN | TEXT, String.valueOf(caseCount()).getBytes(StandardCharsets.UTF_8));
        } else if (target.startsWith("/runCase?case=")) {
            int number = Integer.parseInt(target.substring("/runCase?case=".length(), target.indexOf('&')));
            cases.get(number - 1).play(line);
        }
        line.close();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A connection, with frames made and taken apart by hand. */
    private static final class Line {
        private final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;
        private String key;

        Line(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 * 1024));
            this.out = socket.getOutputStream();
        }

        String readTarget() throws IOException {
            String first = readLine();
            for (String line = readLine(); !line.isEmpty(); line = readLine()) {
                if (line.startsWith("Sec-WebSocket-Key: ")) {
                    key = line.substring("Sec-WebSocket-Key: ".length());
                }
            }
            return first.split(" ")[1];
        }

        private String readLine() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
                line.append((char) c);
            }
            return line.toString().strip();
        }

        void sendHead(String head) throws IOException {
            out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        }

        void upgrade() throws IOException {
            sendHead("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                    + AcceptKey.compute(key) + "\r\n\r\n");
        }

        void send(int first, byte[] payload) throws IOException {
            out.write(first);
            if (payload.length < 126) {
                out.write(payload.length);
            } else {
                out.write(127);
                out.write(new byte[] {0, 0, 0, 0, (byte) (payload.length >> 24), (byte) (payload.length >> 16),
                    (byte) (payload.length >> 8), (byte) payload.length});
            }
            out.write(payload);
            out.flush();
        }

        void expectEcho(int opcode, byte[] payload) throws IOException {
            send(FIN | opcode, payload);
            expect(opcode, payload);
        }

        void expect(int opcode, byte[] payload) throws IOException {
            int first = in.readUnsignedByte();
            byte[] got = readPayload();
            if (first != (FIN | opcode) || !Arrays.equals(payload, got)) {
                throw new IllegalStateException("not what was sent: " + Integer.toHexString(first) + ", " + got.length + " bytes");
            }
        }

        private byte[] readPayload() throws IOException {
            int second = in.readUnsignedByte();
            if ((second & 0x80) == 0) {
                throw new IllegalStateException("a frame is not masked");
            }
            int length = second & 0x7F;
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
            byte[] mask = in.readNBytes(4);
            byte[] payload = in.readNBytes(length);
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i & 3];
            }
            return payload;
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** The closing handshake; the server ends the line. */
        void close() throws IOException {
            send(FIN | CLOSE, new byte[] {3, (byte) 0xE8});
            while (in.readUnsignedByte() != (FIN | CLOSE)) {
                readPayload();
            }
            readPayload();
        }
    }
}

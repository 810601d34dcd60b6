package io.neurolink.perf.rig;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.handshake.AcceptKey;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that answers each message as a test wants it to. */
final class ScriptedServer implements AutoCloseable {
    /** What is written for a message: bytes of frames, none, or null to cut the connection. */
    interface Script {
        byte[] answer(int number, int opcode, byte[] payload);
    }

    static final Script ECHO = (number, opcode, payload) -> frame(opcode, payload);
    static final String SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: $ACCEPT\r\n\r\n";

    private static final Pattern KEY = Pattern.compile("Sec-WebSocket-Key: (\\S+)");
    private static final int CHUNK = 64 * 1024;

    private final ServerSocket listener;
    private final String response;
    private final Script script;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    ScriptedServer(Script script) throws IOException {
        this(script, SWITCHING);
    }

    /** @param response answer to the upgrade; {@code $ACCEPT} stands for the right key. */
    ScriptedServer(Script script, String response) throws IOException {
        this.script = script;
        this.response = response;
        this.listener = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
        daemon(this::accept);
    }

    private interface Body {
        void run() throws IOException;
    }

    private static void daemon(Body body) {
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (IOException theTestIsOver) {
                Thread.currentThread().interrupt();
            }
        }, "scripted");
        thread.setDaemon(true);
        thread.start();
    }

    String url() {
        return "ws://127.0.0.1:" + listener.getLocalPort() + "/";
    }

    private void accept() throws IOException {
        while (true) {
            Socket socket = listener.accept();
            socket.setTcpNoDelay(true);
            sockets.add(socket);
            daemon(() -> serve(socket));
        }
    }

    private void serve(Socket socket) throws IOException {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            Matcher key = KEY.matcher(head);
            String accept = key.find() ? AcceptKey.compute(key.group(1)) : "";
            socket.getOutputStream().write(response.replace("$ACCEPT", accept).getBytes(StandardCharsets.ISO_8859_1));
            talk(socket);
        }
    }

    private void talk(Socket socket) throws IOException {
        FrameDecoder decoder = new FrameDecoder(Role.SERVER, new FrameLimits(1 << 24, 1 << 20));
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.allocate(CHUNK));
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        int number = 0;
        while (true) {
            int count = socket.getInputStream().read(buffer.bytes().array());
            if (count < 0) {
                return;
            }
            int position = 0;
            do {
                position = decoder.decode(buffer, position, count);
                if (decoder.event() == FrameDecoder.CLOSE) {
                    socket.getOutputStream().write(close(decoder.closeCode()));
                    return;
                }
                if (decoder.event() == FrameDecoder.MESSAGE || decoder.event() == FrameDecoder.PART) {
                    message.write(buffer.bytes().array(), decoder.payloadPosition(), decoder.payloadLength());
                }
                if (decoder.messageEnd() && decoder.event() != FrameDecoder.NEED_INPUT && decoder.event() != FrameDecoder.PONG) {
                    byte[] answer = script.answer(number++, decoder.opcode(), message.toByteArray());
                    message.reset();
                    if (answer == null) {
                        return;
                    }
                    socket.getOutputStream().write(answer);
                }
            } while (decoder.event() != FrameDecoder.NEED_INPUT);
        }
    }

    static byte[] frame(int opcode, byte[] payload) {
        return frame(opcode, true, payload);
    }

    static byte[] frame(int opcode, boolean fin, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(FrameEncoder.headerLength(Role.SERVER, payload.length) + payload.length);
        int header = FrameEncoder.encodeHeader(frame, 0, opcode, fin, payload.length);
        frame.put(header, payload);
        return frame.array();
    }

    static byte[] close(int code) {
        return frame(Opcode.CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
    }

    static byte[] all(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}

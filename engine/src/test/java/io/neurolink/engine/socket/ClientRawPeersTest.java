package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketConnectionError;
import io.neurolink.protocol.handshake.AcceptKey;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against servers that say exactly what a test wants, on real sockets. */
@Timeout(300)
class ClientRawPeersTest {
    private final ServerSocket listener;
    private final ClientTest.Inbox inbox = new ClientTest.Inbox();
    private final TestClient client;

    ClientRawPeersTest() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        client = client(Duration.ofSeconds(3));
    }

    private TestClient client(Duration closeTimeout) {
        return TestClient.start(inbox, builder -> builder.config(WebSocketConfig.builder().handlerThreading(HandlerThreading.INLINE)
                .closeTimeout(closeTimeout).pingInterval(Duration.ZERO).build()));
    }

    @AfterEach
    void end() throws IOException {
        listener.close();
        client.close();
    }

    private CompletableFuture<WebSocketConnection> connect() {
        return connect(client);
    }

    private CompletableFuture<WebSocketConnection> connect(TestClient one) {
        return one.connect(URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/"), ConnectOptions.defaults());
    }

    private Socket accept() throws IOException {
        Socket socket = listener.accept();
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static byte[] switching(Socket socket) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(socket.getInputStream().read());
        }
        String key = head.toString(StandardCharsets.ISO_8859_1).replaceAll("(?s).*Sec-WebSocket-Key: ([^\r]*).*", "$1");
        return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + AcceptKey.compute(key) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    private Socket opened(CompletableFuture<WebSocketConnection> attempt) throws IOException {
        Socket socket = accept();
        socket.getOutputStream().write(switching(socket));
        Await.done(attempt);
        return socket;
    }

    /** @return the close code in the client's close frame. */
    private static int readClose(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        assertEquals(0x88, in.readUnsignedByte());
        int length = in.readUnsignedByte() - 0x80;
        byte[] mask = in.readNBytes(4);
        byte[] body = in.readNBytes(length);
        return ((body[0] ^ mask[0]) & 0xFF) << 8 | (body[1] ^ mask[1]) & 0xFF;
    }

    @Test
    void shouldTakeFramesThatComeInTheSegmentOfTheAnswer() throws Exception {
        try (TestClient patient = client(Duration.ofSeconds(60))) {
            takeFramesThatComeInTheSegmentOfTheAnswer(connect(patient));
        }
    }

    private void takeFramesThatComeInTheSegmentOfTheAnswer(CompletableFuture<WebSocketConnection> attempt) throws Exception {
        try (Socket socket = accept()) {
            byte[] answer = switching(socket);
            byte[] all = Arrays.copyOf(answer, answer.length + 8);
            System.arraycopy(new byte[] {(byte) 0x81, 2, 'h', 'i', (byte) 0x88, 2, 3, (byte) 0xE8}, 0, all, answer.length, 8);
            socket.getOutputStream().write(all);
            assertEquals("hi", inbox.next());
            assertEquals(1000, readClose(socket));
            assertEquals(0, inbox.closes.size(), "the server ends the line first");
            socket.shutdownOutput();
            assertEquals("1000", inbox.close());
            Await.done(attempt);
        }
    }

    @Test
    void shouldTakeAnAnswerInSegmentsOfOneByte() throws Exception {
        CompletableFuture<WebSocketConnection> attempt = connect();
        try (Socket socket = accept()) {
            for (byte b : switching(socket)) {
                socket.getOutputStream().write(b);
            }
            socket.getOutputStream().write(new byte[] {(byte) 0x81, 1, 'x'});
            assertEquals("x", inbox.next());
            Await.done(attempt).close(1000, "");
            assertEquals(1000, readClose(socket));
        }
        assertEquals("1006", inbox.close());
    }

    /** Masked, reserved bit, unknown opcode, fragmented ping, wrong UTF-8. */
    @ParameterizedTest
    @ValueSource(strings = {"8180aabbccdd", "c100", "8300", "0900", "8101c3"})
    void shouldFailAServerThatBreaksTheRules(String hex) throws Exception {
        try (Socket socket = opened(connect())) {
            socket.getOutputStream().write(java.util.HexFormat.of().parseHex(hex));
            int code = hex.equals("8101c3") ? 1007 : 1002;
            assertEquals(code, readClose(socket));
            assertTrue(inbox.close().startsWith(code + " "));
            assertEquals(-1, socket.getInputStream().read(), "after the close timeout");
        }
    }

    @Test
    void shouldReportAResetAtEveryStage() throws Exception {
        for (int stage = 0; stage < 3; stage++) {
            CompletableFuture<WebSocketConnection> attempt = connect();
            try (Socket socket = accept()) {
                socket.setSoLinger(true, 0);
                byte[] answer = stage > 0 ? switching(socket) : new byte[0];
                socket.getOutputStream().write(answer, 0, answer.length / 2);
                if (stage == 2) {
                    socket.getOutputStream().write(answer, answer.length / 2, answer.length - answer.length / 2);
                    Await.done(attempt);
                }
            }
            if (stage == 2) {
                assertEquals("1006", inbox.close());
            } else {
                TestClient.failure(WebSocketConnectionError.class, attempt);
            }
        }
        assertEquals(2, client.counter("client.connects.failed"));
    }

    @Test
    void shouldAnswerAPing() throws Exception {
        try (Socket socket = opened(connect())) {
            socket.getOutputStream().write(new byte[] {(byte) 0x89, 1, 'p'});
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertEquals(0x8A81, in.readUnsignedShort());
            byte[] mask = in.readNBytes(4);
            assertEquals('p', in.readByte() ^ mask[0]);
        }
        assertEquals("1006", inbox.close());
    }
}

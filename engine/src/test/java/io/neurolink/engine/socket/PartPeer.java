package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.MessageWriter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;

/**
 * Takes and sends messages in parts, from either side. A binary message is answered with its length and checksum by a server, and kept so
 * by
 * a client; {@code send N} makes the other side send N bytes in parts, and say {@code done N} behind them.
 */
final class PartPeer implements WebSocketHandler {
    private static final int PERIOD = 64 * 1024 + 7;
    private static final byte[] PATTERN = pattern();

    private final Map<String, Incoming> incoming = new ConcurrentHashMap<>();
    private final Map<String, Outgoing> outgoing = new ConcurrentHashMap<>();
    private final LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final AtomicInteger longestPart = new AtomicInteger();

    /** Half of it compresses well. */
    private static byte[] pattern() {
        byte[] bytes = new byte[2 * PERIOD];
        int state = 1;
        for (int i = 0; i < PERIOD; i++) {
            state = state * 1_664_525 + 1_013_904_223;
            bytes[i] = (byte) (i % 200 < 100 ? state >>> 24 : i % 100);
            bytes[i + PERIOD] = bytes[i];
        }
        return bytes;
    }

    /** A message of that length, in a line. */
    static String sum(long length) {
        CRC32 crc = new CRC32();
        for (long at = 0; at < length;) {
            int count = (int) Math.min(PERIOD, length - at);
            crc.update(PATTERN, (int) (at % PERIOD), count);
            at += count;
        }
        return length + " " + crc.getValue();
    }

    private static final class Incoming {
        private final StringBuilder text = new StringBuilder();
        private final CRC32 crc = new CRC32();
        private long length;
    }

    /** Belongs to the thread that runs the handler; the first parts are sent by the thread that starts it. */
    private static final class Outgoing {
        private final WebSocketConnection connection;
        private final MessageWriter message;
        private final long length;
        private final String behind;
        private long sent;
        private boolean isFinished;

        Outgoing(WebSocketConnection connection, long length, String behind) {
            this.connection = connection;
            this.message = connection.openMessage(WebSocketMessageType.BINARY);
            this.length = length;
            this.behind = behind;
        }

        synchronized void more() {
            while (sent < length) {
                int count = (int) Math.min(1 + sent % 61_000, length - sent);
                SendResult result = message.write(ByteBuffer.wrap(PATTERN, (int) (sent % PERIOD), count));
                if (result != SendResult.ACCEPTED) {
                    return;
                }
                sent += count;
            }
            if (!isFinished) {
                isFinished = message.finish() == SendResult.ACCEPTED;
                if (isFinished && behind != null) {
                    connection.send(behind);
                }
            }
        }
    }

    /** Sends a message in parts. */
    void start(WebSocketConnection connection, long length) {
        start(connection, length, null);
    }

    private void start(WebSocketConnection connection, long length, String behind) {
        Outgoing out = new Outgoing(connection, length, behind);
        outgoing.put(connection.id(), out);
        out.more();
    }

    /** What the client got next: the length and checksum of a binary message, or a text. */
    String next() throws InterruptedException {
        String next = told.poll(4 * Await.TIMEOUT_S, TimeUnit.SECONDS);
        assertNotNull(next, "nothing came");
        return next;
    }

    int longestPart() {
        return longestPart.get();
    }

    @Override
    public boolean supportsPartialMessages() {
        return true;
    }

    @Override
    public void onPartialMessage(WebSocketConnection connection, WebSocketMessage part, boolean isLast) {
        Incoming in = incoming.computeIfAbsent(connection.id(), id -> new Incoming());
        longestPart.accumulateAndGet(part.length(), Math::max);
        if (part.isText()) {
            in.text.append(part.text());
        } else {
            in.crc.update(part.bytes());
            in.length += part.length();
        }
        if (isLast) {
            incoming.remove(connection.id());
            onWhole(connection, part.isText() ? in.text.toString() : in.length + " " + in.crc.getValue(), part.isText());
        }
    }

    private void onWhole(WebSocketConnection connection, String what, boolean isText) {
        if (isText && what.startsWith("send ")) {
            long length = Long.parseLong(what.substring("send ".length()));
            start(connection, length, length == 0 ? null : "done " + length);
        } else if (!isText && isServer(connection)) {
            connection.send(what);
        } else {
            told.add(what);
        }
    }

    /** A server's peer has a port that the system chose, and the path is known to both; only the client starts by itself. */
    private boolean isServer(WebSocketConnection connection) {
        return connection.metadata().containsKey("server");
    }

    @Override
    public void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
        metadata.put("server", true);
    }

    @Override
    public void onWritable(WebSocketConnection connection) {
        Outgoing out = outgoing.get(connection.id());
        if (out != null) {
            out.more();
        }
    }

    @Override
    public void onClose(WebSocketConnection connection, int code, String reason) {
        incoming.remove(connection.id());
        outgoing.remove(connection.id());
    }

    /** A server in a process of its own, with as little memory as its JVM is given. */
    public static void main(String[] args) throws IOException, InterruptedException {
        var manager = new WebSocketConnectionManager(StreamingTest.config(HandlerThreading.WORKER, CompressionConfig.off()))
                .registerHandler(new PartPeer());
        NeuroLinkServer server = NeuroLinkServer.builder().host("127.0.0.1").port(0).webSocket(manager).build().start();
        System.out.println(server.port());
        server.awaitShutdown();
    }
}

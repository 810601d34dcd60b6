package io.neurolink.perf.agents;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Reads the tokens of many runs on many connections, all from one thread, and notes how late each is. */
final class TokenReader implements AutoCloseable {
    private static final byte[] CONTENT = "\"content\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final int BUFFER = 64 * 1024;
    private static final int MAX_DIGITS = 20;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Selector selector = Selector.open();
    private final List<SocketChannel> channels = new ArrayList<>();
    private Histogram lateness = new Histogram(SIGNIFICANT_DIGITS);
    private long tokens;
    private long messages;

    TokenReader() throws IOException {
        // Only what can fail is done here.
    }

    /** Connects, and starts runs on that connection. */
    void connect(int port, String path, List<String> requestIds) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
        channels.add(channel);
        channel.write(ByteBuffer.wrap(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer head = ByteBuffer.allocate(BUFFER);
        int end = -1;
        while (end < 0) {
            if (channel.read(head) < 0) {
                throw new IOException("closed while upgrading");
            }
            end = new String(head.array(), 0, head.position(), StandardCharsets.US_ASCII).indexOf("\r\n\r\n");
        }
        for (String id : requestIds) {
            channel.write(frame("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}"));
        }
        channel.configureBlocking(false);
        head.flip().position(end + 4);
        ByteBuffer rest = ByteBuffer.allocate(BUFFER).put(head);
        channel.register(selector, SelectionKey.OP_READ, rest);
    }

    private static ByteBuffer frame(String text) {
        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
        frame.put((byte) 0x81).put((byte) (0x80 | Math.min(payload.length, 126)));
        if (payload.length >= 126) {
            frame.putShort((short) payload.length);
        }
        return frame.putInt(0).put(payload).flip();
    }

    /** Forgets what was read so far. */
    void reset() {
        lateness = new Histogram(SIGNIFICANT_DIGITS);
        tokens = 0;
        messages = 0;
    }

    Histogram lateness() {
        return lateness;
    }

    long tokens() {
        return tokens;
    }

    long messages() {
        return messages;
    }

    /** Reads for a time. */
    void read(long durationNs) throws IOException {
        long endNs = System.nanoTime() + durationNs;
        for (long leftNs = durationNs; leftNs > 0; leftNs = endNs - System.nanoTime()) {
            selector.select(key -> read(key), Math.max(1, leftNs / 1_000_000));
        }
    }

    private void read(SelectionKey key) {
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        try {
            if (((SocketChannel) key.channel()).read(buffer) < 0) {
                throw new IllegalStateException("a connection was closed");
            }
        } catch (IOException e) {
            throw new IllegalStateException("a connection was lost", e);
        }
        long nowNs = System.nanoTime();
        buffer.flip();
        while (takeFrame(buffer, nowNs)) {
            messages++;
        }
        buffer.compact();
    }

    private boolean takeFrame(ByteBuffer buffer, long nowNs) {
        if (buffer.remaining() < 4) {
            return false;
        }
        int start = buffer.position();
        int length = buffer.get(start + 1) & 0x7F;
        int head = length < 126 ? 2 : 4;
        if (length == 126) {
            length = buffer.getShort(start + 2) & 0xFFFF;
        }
        if (buffer.remaining() < head + length) {
            return false;
        }
        takeTokens(buffer, start + head, start + head + length, nowNs);
        buffer.position(start + head + length);
        return true;
    }

    private void takeTokens(ByteBuffer buffer, int from, int to, long nowNs) {
        int at = indexOfContent(buffer, from, to);
        if (at < 0) {
            return;
        }
        long number = 0;
        for (int i = at; i < to && buffer.get(i) != '"'; i++) {
            byte b = buffer.get(i);
            if (b == ' ') {
                lateness.recordValue(Math.max(0, nowNs - number));
                tokens++;
                number = 0;
            } else {
                number = number * 10 + b - '0';
            }
        }
    }

    private static int indexOfContent(ByteBuffer buffer, int from, int to) {
        for (int i = from; i <= to - CONTENT.length - MAX_DIGITS / 2; i++) {
            int matched = 0;
            while (matched < CONTENT.length && buffer.get(i + matched) == CONTENT[matched]) {
                matched++;
            }
            if (matched == CONTENT.length) {
                return i + CONTENT.length;
            }
        }
        return -1;
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
        selector.close();
    }
}

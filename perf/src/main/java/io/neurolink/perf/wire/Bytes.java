package io.neurolink.perf.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/** Bytes that peers send, right ones and wrong ones. */
public final class Bytes {
    public static final int CONTINUATION = 0x0;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;
    public static final int FIN = 0x80;

    private static final int MASKED = 0x80;
    private static final byte[] MASK = {0x12, 0x34, 0x56, 0x78};

    private Bytes() {
    }

    public static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A request to upgrade, right in every respect unless {@code lines} spoil it. */
    public static String upgrade(String path, String... lines) {
        StringBuilder head = new StringBuilder(256).append("GET ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n")
                .append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
                .append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        for (String line : lines) {
            head.append(line).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    /** A masked frame. @param first its first byte: FIN, reserved bits, opcode. */
    public static byte[] frame(int first, byte[] payload) {
        byte[] header = header(first, payload.length);
        ByteBuffer frame = ByteBuffer.allocate(header.length + payload.length).put(header);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ MASK[i & 3]));
        }
        return frame.array();
    }

    /** The header of a masked frame, which declares a length, in the shortest form. */
    public static byte[] header(int first, long length) {
        ByteBuffer header = ByteBuffer.allocate(14).put((byte) first);
        if (length < 0 || length > 0xFFFF) {
            header.put((byte) (MASKED | 127)).putLong(length);
        } else if (length > 125) {
            header.put((byte) (MASKED | 126)).putShort((short) length);
        } else {
            header.put((byte) (MASKED | length));
        }
        byte[] bytes = new byte[header.put(MASK).position()];
        header.get(0, bytes);
        return bytes;
    }

    public static byte[] text(String text) {
        return frame(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] close(int code) {
        return frame(FIN | CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
    }

    /** A frame again and again. */
    public static byte[] repeated(byte[] bytes, int count) {
        ByteBuffer all = ByteBuffer.allocate(bytes.length * count);
        for (int i = 0; i < count; i++) {
            all.put(bytes);
        }
        return all.array();
    }

    public static byte[] random(int length) {
        byte[] bytes = new byte[length];
        ThreadLocalRandom.current().nextBytes(bytes);
        return bytes;
    }
}

package io.neurolink.protocol.deflate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** Messages as they come: JSON, noise, repetitions from far away. */
final class Payloads {
    private Payloads() {
    }

    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    /** A kind of data from 0 to 3: noise, one byte, JSON, or noise repeated from up to 40 KB before. */
    static byte[] of(int kind, int length, long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[length];
        switch (kind) {
            case 0 -> random.nextBytes(bytes);
            case 1 -> Arrays.fill(bytes, (byte) seed);
            case 2 -> json(bytes, random);
            default -> repeated(bytes, random);
        }
        return bytes;
    }

    private static void json(byte[] bytes, Random random) {
        StringBuilder text = new StringBuilder();
        while (text.length() < bytes.length) {
            text.append("{\"type\":\"agent_token\",\"sequence\":").append(random.nextInt(10_000)).append(",\"text\":\"häuser ")
                    .append(Long.toString(random.nextLong(), 36)).append("\"},");
        }
        System.arraycopy(text.toString().getBytes(StandardCharsets.UTF_8), 0, bytes, 0, bytes.length);
    }

    private static void repeated(byte[] bytes, Random random) {
        random.nextBytes(bytes);
        for (int at = 1; at < bytes.length;) {
            int distance = 1 + random.nextInt(Math.min(at, 40_000));
            int end = Math.min(bytes.length, at + 3 + random.nextInt(300));
            while (at < end) {
                bytes[at] = bytes[at - distance];
                at++;
            }
            at += random.nextInt(20);
        }
    }

    /** @return the payload of the compressed message, or null if it is not shorter than {@code room}. */
    static byte[] deflate(MessageDeflater deflater, byte[] message, int windowBits, boolean keepContext, int room, boolean direct) {
        ByteBuffer src = direct ? ByteBuffer.allocateDirect(message.length).put(message).flip() : ByteBuffer.wrap(message);
        ByteBuffer dst = direct ? ByteBuffer.allocateDirect(room + 3) : ByteBuffer.allocate(room + 3);
        dst.position(3);
        int length = deflater.deflate(src, dst, windowBits, keepContext);
        if (length == MessageDeflater.TOO_LONG) {
            return null;
        }
        byte[] payload = new byte[length];
        dst.get(3, payload);
        if (dst.position() != 3 + length || src.hasRemaining()) {
            throw new AssertionError("positions");
        }
        return payload;
    }

    static byte[] deflate(MessageDeflater deflater, byte[] message, int windowBits, boolean keepContext) {
        int room = message.length + message.length / 8 + 64;
        return deflate(deflater, message, windowBits, keepContext, room, message.length % 2 == 0);
    }

    /** Inflates in steps of some size. @return the message, or null if the payload is corrupt. */
    static byte[] inflate(MessageInflater inflater, byte[] payload, InflateHistory history, int step) {
        inflater.begin(ByteBuffer.wrap(payload), history);
        ByteBuffer dst = ByteBuffer.allocate(step);
        while (true) {
            int status = inflater.inflate(dst);
            if (status == MessageInflater.CORRUPT) {
                return null;
            }
            if (status == MessageInflater.DONE) {
                if (history != null) {
                    history.append(dst, 0, dst.position());
                }
                return Arrays.copyOf(dst.array(), dst.position());
            }
            if (dst.hasRemaining()) {
                throw new AssertionError("not full");
            }
            dst = ByteBuffer.allocate(dst.capacity() + step).put(dst.flip());
        }
    }
}

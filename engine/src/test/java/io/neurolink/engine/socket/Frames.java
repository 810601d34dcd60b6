package io.neurolink.engine.socket;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Writes the frames of a client, right ones and wrong ones, without the product's own encoder.
 *
 * <pre>
 *   first byte  F R R R O O O O      second byte  M L L L L L L L      then 0, 2 or 8 bytes of length, 4 bytes of key, payload
 * </pre>
 */
public final class Frames {
    public static final int CONTINUATION = 0x0;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;

    public static final int FIN = 0x80;
    public static final int MASK = 0x80;

    public static final int LENGTH_7 = 7;
    public static final int LENGTH_16 = 16;
    public static final int LENGTH_64 = 64;

    /** Keys need not be secret here, only different and the same in every run. */
    private static final Random KEYS = new Random(20_260_101);

    private Frames() {
    }

    public static byte[] text(String text) {
        return of(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] binary(byte[] payload) {
        return of(FIN | BINARY, payload);
    }

    public static byte[] ping(byte[] payload) {
        return of(FIN | PING, payload);
    }

    public static byte[] pong(byte[] payload) {
        return of(FIN | PONG, payload);
    }

    public static byte[] close(int code, String reason) {
        return close(closeBody(code, reason));
    }

    public static byte[] closeBody(int code, String reason) {
        byte[] utf8 = reason.getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[2 + utf8.length];
        body[0] = (byte) (code >> 8);
        body[1] = (byte) code;
        System.arraycopy(utf8, 0, body, 2, utf8.length);
        return body;
    }

    public static byte[] close(byte... body) {
        return of(FIN | CLOSE, body);
    }

    /** A masked frame with the shortest form of its length; the first byte as given, valid or not. */
    public static byte[] of(int firstByte, byte[] payload) {
        return join(head(firstByte, payload.length), masked(payload));
    }

    /** As {@link #of}, without mask. */
    public static byte[] unmasked(int firstByte, byte[] payload) {
        return join(lengthBytes(firstByte, 0, payload.length, shortestForm(payload.length)), payload);
    }

    /** As {@link #of}, with the length written in 7, 16 or 64 bits, whether that is the shortest form or not. */
    public static byte[] withLengthForm(int firstByte, int lengthBits, byte[] payload) {
        return join(lengthBytes(firstByte, MASK, payload.length, lengthBits), masked(payload));
    }

    /** All of a masked frame before its key; the length is announced, whatever follows. */
    public static byte[] head(int firstByte, long announcedLength) {
        return lengthBytes(firstByte, MASK, announcedLength, shortestForm(announcedLength));
    }

    private static int shortestForm(long length) {
        return length >= 0 && length < 126 ? LENGTH_7 : length >= 126 && length < 65_536 ? LENGTH_16 : LENGTH_64;
    }

    private static byte[] lengthBytes(int firstByte, int mask, long length, int lengthBits) {
        int extended = lengthBits == LENGTH_7 ? 0 : lengthBits / 8;
        byte[] head = new byte[2 + extended];
        head[0] = (byte) firstByte;
        head[1] = (byte) (mask | (lengthBits == LENGTH_7 ? (int) length : lengthBits == LENGTH_16 ? 126 : 127));
        for (int i = 0; i < extended; i++) {
            head[2 + i] = (byte) (length >>> 8 * (extended - 1 - i));
        }
        return head;
    }

    /** A key and the payload masked with it. */
    public static byte[] masked(byte[] payload) {
        byte[] result = new byte[4 + payload.length];
        synchronized (KEYS) {
            for (int i = 0; i < 4; i++) {
                result[i] = (byte) KEYS.nextInt();
            }
        }
        for (int i = 0; i < payload.length; i++) {
            result[4 + i] = (byte) (payload[i] ^ result[i & 3]);
        }
        return result;
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** A payload of that length in which every byte tells its place, and no two lengths begin alike. */
    public static byte[] payload(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) + length);
        }
        return bytes;
    }

    /** Text of exactly that many bytes of UTF-8, with characters of one to four bytes where they fit. */
    public static String textOfBytes(int length) {
        StringBuilder text = new StringBuilder(length);
        String[] characters = {"a", "µ", "€", "😀", "z"};
        int left = length;
        for (int i = 0; left > 0; i++) {
            String next = characters[i % characters.length];
            int bytes = next.getBytes(StandardCharsets.UTF_8).length;
            text.append(bytes <= left ? next : "x");
            left -= bytes <= left ? bytes : 1;
        }
        return text.toString();
    }
}

package io.neurolink.engine.loop;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/**
 * Makes identifiers of connections: 128 random bits in the URL-safe alphabet of base64, so that knowing one does not help to guess another.
 * One per loop, since random bits are cheaper by the dozen.
 */
final class ConnectionIds {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final int RANDOM_LENGTH = 16;
    private static final int TEXT_LENGTH = 22;
    private static final int BATCH = 32;

    private final byte[] random = new byte[BATCH * RANDOM_LENGTH];
    private final byte[] text = new byte[TEXT_LENGTH];
    private int used = random.length;

    String next() {
        if (used == random.length) {
            RANDOM.nextBytes(random);
            used = 0;
        }
        int bits = 0;
        int bitCount = 0;
        int end = used + RANDOM_LENGTH;
        for (int i = 0; i < TEXT_LENGTH; i++) {
            if (bitCount < 6) {
                bits = bits << 8 | (used < end ? random[used++] & 0xFF : 0);
                bitCount += 8;
            }
            bitCount -= 6;
            text[i] = (byte) ALPHABET.charAt(bits >>> bitCount & 0x3F);
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }
}

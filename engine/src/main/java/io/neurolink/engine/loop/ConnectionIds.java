package io.neurolink.engine.loop;

import java.security.SecureRandom;
import java.util.Base64;

/** Makes identifiers of connections: 128 random bits, so that knowing one does not help to guess another. */
final class ConnectionIds {
    private static final int LENGTH = 16;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private ConnectionIds() {
    }

    static String next() {
        byte[] bytes = new byte[LENGTH];
        RANDOM.nextBytes(bytes);
        return ENCODER.encodeToString(bytes);
    }
}

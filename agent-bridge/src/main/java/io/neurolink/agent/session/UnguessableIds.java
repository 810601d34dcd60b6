package io.neurolink.agent.session;

import java.security.SecureRandom;
import java.util.Base64;

/** Mints identifiers of 128 random bits, which nobody can guess: 22 characters of base64url. Any thread. */
final class UnguessableIds {
    private static final int LENGTH = 16;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private UnguessableIds() {
    }

    static String next(String prefix) {
        byte[] bytes = new byte[LENGTH];
        RANDOM.nextBytes(bytes);
        return prefix + ENCODER.encodeToString(bytes);
    }
}

package io.neurolink.engine.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A token or API key as it may be stored: {@code sha256$} and the SHA-256 of its UTF-8 in hexadecimal. Fast, and good for secrets that
 * nobody can guess, as programs make them; for what people choose see {@link PasswordHash}.
 */
public final class TokenHash {
    /** How a stored hash begins. */
    public static final String PREFIX = "sha256$";

    private static final int HASH_LENGTH = 32;

    private TokenHash() {
    }

    /**
     * {@return the form to store}
     *
     * @param token the token, not empty.
     * @throws IllegalArgumentException if it is empty.
     */
    public static String of(String token) {
        if (token.isEmpty()) {
            throw new IllegalArgumentException("a token must not be empty");
        }
        return PREFIX + HexFormat.of().formatHex(digest(token));
    }

    /**
     * {@return whether it begins like a hash, and not like a token}
     *
     * @param text something stored.
     */
    public static boolean isHash(String text) {
        return text.startsWith(PREFIX);
    }

    /** @return the digest of what is stored, be it a token or the hash of one; the complaint about a malformed hash does not repeat it. */
    static byte[] digestOfStored(String text) {
        if (!isHash(text)) {
            return digest(text);
        }
        try {
            byte[] digest = HexFormat.of().parseHex(text, PREFIX.length(), text.length());
            if (digest.length == HASH_LENGTH) {
                return digest;
            }
        } catch (IllegalArgumentException malformed) {
            // Told below, without what was read.
        }
        throw new IllegalArgumentException("a hash of a token must be " + PREFIX + " and 64 hexadecimal digits");
    }

    static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}

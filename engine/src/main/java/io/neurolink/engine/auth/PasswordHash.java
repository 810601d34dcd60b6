package io.neurolink.engine.auth;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A password as it may be stored: PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2), salted, and slow on purpose. Immutable; any thread.
 *
 * <pre>
 *   pbkdf2-sha256$600000$c2FsdHNhbHRzYWx0c2FsdA$KmXh…
 *                 │      │                      └ 32 bytes, base64url without padding
 *                 │      └ salt, 8 to 64 bytes, the same
 *                 └ iterations
 * </pre>
 *
 * Both {@link #of} and {@link #matches} keep a processor busy for a good part of a second: not for an event loop, and not for as many
 * threads as somebody likes to send passwords.
 */
public final class PasswordHash {
    /** How a stored hash begins. */
    public static final String PREFIX = "pbkdf2-sha256$";

    /** What OWASP's Password Storage Cheat Sheet asks for. */
    public static final int DEFAULT_ITERATIONS = 600_000;

    /** Below it a hash is hardly slower than a fast one. */
    public static final int MIN_ITERATIONS = 1000;

    /** Some seconds of a processor. */
    public static final int MAX_ITERATIONS = 10_000_000;

    private static final int SALT_LENGTH = 16;
    private static final int HASH_LENGTH = 32;
    private static final int MIN_SALT_LENGTH = 8;
    private static final int MAX_SALT_LENGTH = 64;

    private final int iterations;
    private final byte[] salt;
    private final byte[] hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash) {
        this.iterations = iterations;
        this.salt = salt;
        this.hash = hash;
    }

    /**
     * Hashes a password with {@link #DEFAULT_ITERATIONS} and a salt of its own.
     *
     * @param password the password, not empty.
     * @return its hash.
     */
    public static PasswordHash of(String password) {
        return of(password, DEFAULT_ITERATIONS);
    }

    /**
     * Hashes a password with a salt of its own.
     *
     * @param password   the password, not empty.
     * @param iterations how slow, {@link #MIN_ITERATIONS} to {@link #MAX_ITERATIONS}.
     * @return its hash.
     * @throws IllegalArgumentException if the password is empty, or iterations are out of range.
     */
    public static PasswordHash of(String password, int iterations) {
        if (password.isEmpty()) {
            throw new IllegalArgumentException("a password must not be empty");
        }
        requireIterations(iterations);
        byte[] salt = new byte[SALT_LENGTH];
        new SecureRandom().nextBytes(salt);
        return new PasswordHash(iterations, salt, derive(password, salt, iterations));
    }

    /**
     * {@return whether it begins like a hash, and not like a password}
     *
     * @param text something stored.
     */
    public static boolean isHash(String text) {
        return text.startsWith(PREFIX);
    }

    /**
     * Reads a stored hash.
     *
     * @param text what {@link #encoded} gave.
     * @return the hash.
     * @throws IllegalArgumentException if it is malformed; the message does not repeat it.
     */
    public static PasswordHash parse(String text) {
        String[] parts = text.split("\\$", -1);
        try {
            if (isHash(text) && parts.length == 4) {
                int iterations = requireIterations(Integer.parseInt(parts[1]));
                byte[] salt = Base64.getUrlDecoder().decode(parts[2]);
                byte[] hash = Base64.getUrlDecoder().decode(parts[3]);
                if (salt.length >= MIN_SALT_LENGTH && salt.length <= MAX_SALT_LENGTH && hash.length == HASH_LENGTH) {
                    return new PasswordHash(iterations, salt, hash);
                }
            }
        } catch (IllegalArgumentException malformed) {
            // Told below, without what was read.
        }
        throw new IllegalArgumentException("a hash of a password must be " + PREFIX + "ITERATIONS$SALT$HASH with " + MIN_ITERATIONS
                + " to " + MAX_ITERATIONS + " iterations, a salt of " + MIN_SALT_LENGTH + " to " + MAX_SALT_LENGTH + " bytes and a hash of "
                + HASH_LENGTH + " bytes in base64url");
    }

    private static int requireIterations(int iterations) {
        if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
            throw new IllegalArgumentException(
                    "iterations must be " + MIN_ITERATIONS + " to " + MAX_ITERATIONS + ", not " + iterations);
        }
        return iterations;
    }

    /**
     * {@return whether it is the one} Takes as long either way.
     *
     * @param password a password.
     */
    public boolean matches(String password) {
        return MessageDigest.isEqual(hash, derive(password, salt, iterations));
    }

    /** {@return how slow it is} */
    public int iterations() {
        return iterations;
    }

    /** {@return the form to store; to be kept like a secret, as weak passwords can be guessed from it} */
    public String encoded() {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return PREFIX + iterations + "$" + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }

    /** Takes the time that a comparison takes. */
    static void burn(String password, int iterations) {
        if (iterations > 0) {
            derive(password, new byte[SALT_LENGTH], iterations);
        }
    }

    private static byte[] derive(String password, byte[] salt, int iterations) {
        PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, HASH_LENGTH * Byte.SIZE);
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform has PBKDF2WithHmacSHA256", impossible);
        } finally {
            spec.clearPassword();
        }
    }

    /** Without salt and hash. */
    @Override
    public String toString() {
        return "PasswordHash[iterations=" + iterations + "]";
    }
}

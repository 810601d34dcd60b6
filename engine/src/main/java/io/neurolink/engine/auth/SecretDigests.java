package io.neurolink.engine.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * Secrets as SHA-256 after 32 bytes of salt made when the program starts: nothing to read off a heap dump, one length for all, and a
 * comparison whose time says nothing about where two secrets differ. (Not for passwords at rest: these digests are fast and never stored.)
 */
final class SecretDigests {
    private static final int SALT_LENGTH = 32;

    private final byte[] salt = new byte[SALT_LENGTH];

    SecretDigests() {
        new SecureRandom().nextBytes(salt);
    }

    byte[] digest(String secret) {
        return digest(secret.getBytes(StandardCharsets.UTF_8));
    }

    byte[] digest(byte[] secret) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(salt);
            return sha256.digest(secret);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    static boolean isEqual(byte[] a, byte[] b) {
        return MessageDigest.isEqual(a, b);
    }
}

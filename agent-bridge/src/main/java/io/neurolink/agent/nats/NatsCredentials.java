package io.neurolink.agent.nats;

import io.nats.client.AuthHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The credentials file of a NATS user: a JWT, and the seed of the key that proves it is the user's own. The file is read for each
 * connection, so that a new one is used from the next on. The JDK signs (Ed25519); the client library would need another library for that.
 */
final class NatsCredentials implements AuthHandler {
    private static final Pattern JWT = Pattern.compile("-----BEGIN NATS USER JWT-----\\s+(\\S+)\\s+-+END NATS USER JWT-+");
    private static final Pattern SEED = Pattern.compile("-----BEGIN USER NKEY SEED-----\\s+(\\S+)\\s+-+END USER NKEY SEED-+");
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final String NAME = "Ed25519";

    /** What the seed of a user begins with: two prefixes of five bits each, {@code S} and {@code U}. */
    private static final String USER_SEED = "SU";
    private static final int PREFIX_LENGTH = 2;
    private static final int KEY_LENGTH = 32;
    private static final int CHECKSUM_LENGTH = 2;

    private final Path file;

    NatsCredentials(Path file) {
        this.file = file;
    }

    /** @throws IllegalArgumentException if the file cannot be used; the message names it, without a secret. */
    void check() {
        try {
            sign(new byte[1]);
            getJWT();
        } catch (UncheckedIOException e) {
            throw new IllegalArgumentException("cannot be read: " + file, e);
        }
    }

    @Override
    public byte[] sign(byte[] nonce) {
        try {
            byte[] seed = decodeSeed(find(SEED, "seed of a user's key"));
            Signature signature = Signature.getInstance(NAME);
            signature.initSign(KeyFactory.getInstance(NAME).generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed)));
            Arrays.fill(seed, (byte) 0);
            signature.update(nonce);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 is not available", e);
        }
    }

    /** The JWT names the key. */
    @Override
    public char[] getID() {
        return null;
    }

    @Override
    public char[] getJWT() {
        return find(JWT, "JWT of a user").toCharArray();
    }

    private String find(Pattern pattern, String what) {
        try {
            Matcher matcher = pattern.matcher(Files.readString(file, StandardCharsets.US_ASCII));
            if (!matcher.find()) {
                throw new IllegalArgumentException("holds no " + what + ": " + file);
            }
            return matcher.group(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Base32 of two bytes of prefix, the seed, and a checksum (CRC-16/XMODEM, low byte first). */
    private byte[] decodeSeed(String text) {
        byte[] bytes = new byte[text.length() * 5 / 8];
        int bits = 0;
        int bitCount = 0;
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            int value = ALPHABET.indexOf(text.charAt(i));
            bits = bits << 5 | value & 0x1F;
            bitCount += 5;
            if (bitCount >= 8 && length < bytes.length) {
                bitCount -= 8;
                bytes[length++] = (byte) (bits >> bitCount);
            }
        }
        int end = PREFIX_LENGTH + KEY_LENGTH;
        if (!text.startsWith(USER_SEED) || !text.chars().allMatch(c -> ALPHABET.indexOf(c) >= 0) || length != end + CHECKSUM_LENGTH
                || checksum(bytes, end) != ((bytes[end] & 0xFF) | (bytes[end + 1] & 0xFF) << 8)) {
            throw new IllegalArgumentException("holds a damaged seed: " + file);
        }
        return Arrays.copyOfRange(bytes, PREFIX_LENGTH, end);
    }

    private static int checksum(byte[] bytes, int end) {
        int crc = 0;
        for (int i = 0; i < end; i++) {
            crc ^= (bytes[i] & 0xFF) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
            }
            crc &= 0xFFFF;
        }
        return crc;
    }
}

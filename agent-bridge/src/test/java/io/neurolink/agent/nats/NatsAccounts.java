package io.neurolink.agent.nats;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.util.Base64;

/** An operator, an account and its users, as {@code nsc} would make them, for a nats-server that knows users by JWTs. */
final class NatsAccounts {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int OPERATOR = 14 << 3;
    private static final int ACCOUNT = 0;
    private static final int USER = 20 << 3;
    private static final int SEED = 18 << 3;

    private final Key operator = new Key(OPERATOR);
    private final Key account = new Key(ACCOUNT);

    /** An Ed25519 key with the names that NATS gives it. */
    private static final class Key {
        final KeyPair pair;
        final int kind;

        Key(int kind) {
            try {
                this.pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
            this.kind = kind;
        }

        String publicName() {
            EdECPublicKey key = (EdECPublicKey) pair.getPublic();
            byte[] bigEndian = key.getPoint().getY().toByteArray();
            byte[] bytes = new byte[32];
            for (int i = 0; i < bigEndian.length && i < bytes.length; i++) {
                bytes[i] = bigEndian[bigEndian.length - 1 - i];
            }
            bytes[31] |= (byte) (key.getPoint().isXOdd() ? 0x80 : 0);
            return encode(new byte[] {(byte) kind}, bytes);
        }

        String seed() {
            byte[] seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
            return encode(new byte[] {(byte) (SEED | kind >> 5), (byte) ((kind & 0x1F) << 3)}, seed);
        }

        byte[] sign(byte[] bytes) throws GeneralSecurityException {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(bytes);
            return signature.sign();
        }
    }

    private static String encode(byte[] prefix, byte[] key) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(prefix);
        bytes.writeBytes(key);
        int crc = 0;
        for (byte b : bytes.toByteArray()) {
            crc ^= (b & 0xFF) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = ((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1) & 0xFFFF;
            }
        }
        bytes.write(crc);
        bytes.write(crc >> 8);
        var text = new StringBuilder();
        int bits = 0;
        int count = 0;
        for (byte b : bytes.toByteArray()) {
            bits = bits << 8 | b & 0xFF;
            for (count += 8; count >= 5; count -= 5) {
                text.append(ALPHABET.charAt(bits >> count - 5 & 0x1F));
            }
        }
        return count == 0 ? text.toString() : text.append(ALPHABET.charAt(bits << 5 - count & 0x1F)).toString();
    }

    private static String jwt(Key issuer, Key subject, String nats) throws GeneralSecurityException {
        String claims = "{\"jti\":\"x\",\"iat\":" + 1_750_000_000 + ",\"iss\":\"" + issuer.publicName() + "\",\"name\":\"n\",\"sub\":\""
                + subject.publicName() + "\",\"nats\":" + nats + "}";
        String signed = base64("{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(claims.getBytes(StandardCharsets.UTF_8));
        return signed + "." + base64(issuer.sign(signed.getBytes(StandardCharsets.UTF_8)));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** @return the lines of a server's configuration. */
    String[] configuration() throws GeneralSecurityException {
        String limits = "\"limits\":{\"subs\":-1,\"data\":-1,\"payload\":-1,\"imports\":-1,\"exports\":-1,\"wildcards\":true,\"conn\":-1,"
                + "\"leaf\":-1}";
        return new String[] {
            "operator: " + jwt(operator, operator, "{\"type\":\"operator\",\"version\":2}"),
            "resolver: MEMORY",
            "resolver_preload: { " + account.publicName() + ": "
                    + jwt(operator, account, "{\"type\":\"account\",\"version\":2," + limits + "}") + " }"};
    }

    /** @return the credentials file of a new user. */
    Path newUser(Path file) throws GeneralSecurityException, IOException {
        Key user = new Key(USER);
        String jwt = jwt(account, user, "{\"type\":\"user\",\"version\":2,\"subs\":-1,\"data\":-1,\"payload\":-1}");
        return Files.writeString(file, "-----BEGIN NATS USER JWT-----\n" + jwt + "\n------END NATS USER JWT------\n\n"
                + "************************* IMPORTANT *************************\nNKEY Seed printed below can be used to sign.\n\n"
                + "-----BEGIN USER NKEY SEED-----\n" + user.seed() + "\n------END USER NKEY SEED------\n\n");
    }
}

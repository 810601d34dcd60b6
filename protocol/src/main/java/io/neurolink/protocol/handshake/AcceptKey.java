package io.neurolink.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The keys of the opening handshake (RFC 6455 sections 4.1 and 4.2.2). An instance answers one key after the other without garbage; it is
 * not safe for several threads.
 */
public final class AcceptKey {
    /** Bytes of the nonce a client sends in {@code Sec-WebSocket-Key}. */
    public static final int NONCE_LENGTH = 16;

    private static final byte[] GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11".getBytes(StandardCharsets.ISO_8859_1);
    private static final int DIGEST_LENGTH = 20;
    private static final int BASE64_LENGTH = 28;
    private static final int NOT_BASE64 = -1;

    private final MessageDigest sha1 = sha1();
    private final byte[] digest = new byte[DIGEST_LENGTH];
    private final byte[] base64 = new byte[BASE64_LENGTH];

    AcceptKey() {
    }

    /**
     * {@return the {@code Sec-WebSocket-Accept} that answers {@code key}: SHA-1 over the key's text and the protocol's GUID, in base64}
     *
     * @param key the key as text
     */
    public static String compute(String key) {
        final StringBuilder out = new StringBuilder(BASE64_LENGTH);
        new AcceptKey().append(key, out);
        return out.toString();
    }

    /** Appends what {@link #compute} returns. */
    void append(String key, StringBuilder out) {
        for (int i = 0; i < key.length(); i++) {
            sha1.update((byte) key.charAt(i));
        }
        sha1.update(GUID);
        try {
            sha1.digest(digest, 0, DIGEST_LENGTH);
        } catch (DigestException impossible) {
            throw new IllegalStateException("a SHA-1 digest has " + DIGEST_LENGTH + " bytes", impossible);
        }
        Base64.getEncoder().encode(digest, base64);
        for (byte character : base64) {
            out.append((char) character);
        }
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-1", impossible);
        }
    }

    /** What is wrong with a received key, as the end of a sentence, or {@code null}. */
    static String faultOf(String key) {
        final int length = decodedLength(key);
        if (length == NONCE_LENGTH) {
            return null;
        }
        return length == NOT_BASE64 ? "got something that is not base64" : "got " + length + " byte" + (length == 1 ? "" : "s");
    }

    /**
     * The number of bytes a padded base64 text stands for. The bits that padding leaves over are not looked at: the nonce is never
     * decoded, and RFC 4648 section 3.5 leaves the choice.
     */
    private static int decodedLength(String text) {
        if (text.length() % 4 != 0) {
            return NOT_BASE64;
        }
        final int padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
        for (int i = 0; i < text.length() - padding; i++) {
            final char c = text.charAt(i);
            if (!HttpChars.isAlpha(c) && !HttpChars.isDigit(c) && c != '+' && c != '/') {
                return NOT_BASE64;
            }
        }
        return text.length() / 4 * 3 - padding;
    }
}

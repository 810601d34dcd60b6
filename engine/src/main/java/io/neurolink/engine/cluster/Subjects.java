package io.neurolink.engine.cluster;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Names of subjects. Whatever comes from users is one token of harmless characters, and two texts never become the same token. */
final class Subjects {
    /** What concerns all nodes: signs of life, questions. */
    static final String NODES = "nodes";

    private static final int MAX_TOKEN = 96;
    private static final String HEX = "0123456789abcdef";

    private Subjects() {
    }

    /** What only one node is told. */
    static String node(String nodeId) {
        return "node." + token(nodeId);
    }

    /** Broadcasts of a group. */
    static String all(String group) {
        return "group." + token(group) + ".all";
    }

    /** Publications to a topic of a group. */
    static String topic(String group, String topic) {
        return "group." + token(group) + ".topic." + token(topic);
    }

    /** Messages to the connections of a user. */
    static String user(String group, String userId) {
        return "group." + token(group) + ".user." + token(userId);
    }

    /**
     * A text as one token: letters, digits and {@code - _} stand for themselves, every other byte of its UTF-8 is {@code =} and two
     * hexadecimal digits. A long text becomes {@code =h} and its SHA-256, an empty one {@code =e}; no bytes are encoded so.
     */
    static String token(String text) {
        if (text.isEmpty()) {
            return "=e";
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder token = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            if (b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '-' || b == '_') {
                token.append((char) b);
            } else {
                token.append('=').append(HEX.charAt(b >> 4 & 0xF)).append(HEX.charAt(b & 0xF));
            }
            if (token.length() > MAX_TOKEN) {
                return "=h" + Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(bytes));
            }
        }
        return token.toString();
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

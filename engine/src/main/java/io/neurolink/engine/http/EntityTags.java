package io.neurolink.engine.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Entity tags of RFC 9110 section 8.8.3, made from content. */
final class EntityTags {
    private static final int LENGTH = 12;

    private EntityTags() {
    }

    static String of(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return '"' + Base64.getUrlEncoder().encodeToString(Arrays.copyOf(digest, LENGTH)) + '"';
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** The weak comparison of RFC 9110 section 13.1.2. Our tags hold no comma, so a list can be split at them. */
    static boolean matches(String entityTag, List<String> ifNoneMatch) {
        for (String line : ifNoneMatch) {
            for (String element : line.split(",")) {
                String tag = element.strip();
                if (tag.equals("*") || tag.equals(entityTag) || tag.equals("W/" + entityTag)) {
                    return true;
                }
            }
        }
        return false;
    }
}

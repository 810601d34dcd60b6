package io.neurolink.protocol.handshake;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-decoding of RFC 3986 section 2.1, to strict UTF-8. */
final class PercentCoding {
    private PercentCoding() {
    }

    /** {@code null} if an escape is broken, or the bytes are not UTF-8. */
    static String decode(String text, boolean plusIsSpace) {
        if (text.indexOf('%') < 0) {
            return plusIsSpace ? text.replace('+', ' ') : text;
        }
        final byte[] out = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c == '%') {
                final int value = escapeAt(text, i);
                if (value < 0) {
                    return null;
                }
                out[length++] = (byte) value;
                i += 2;
            } else {
                out[length++] = (byte) (plusIsSpace && c == '+' ? ' ' : c);
            }
        }
        return utf8(out, length);
    }

    /** The value of the escape that starts at {@code index}, or -1. */
    static int escapeAt(String text, int index) {
        if (index + 2 >= text.length()) {
            return -1;
        }
        final int high = HttpChars.hexValue(text.charAt(index + 1));
        final int low = HttpChars.hexValue(text.charAt(index + 2));
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private static String utf8(byte[] bytes, int length) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
    }
}

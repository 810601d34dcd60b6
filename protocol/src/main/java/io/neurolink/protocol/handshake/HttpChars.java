package io.neurolink.protocol.handshake;

/** The character classes of RFC 9110 section 5.6 and RFC 3986, as one table. */
final class HttpChars {
    private static final byte TOKEN = 1;
    private static final byte FIELD_VALUE = 2;
    private static final byte HOST = 4;
    private static final byte[] CLASSES = new byte[256];

    static {
        mark(TOKEN, "!#$%&'*+-.^_`|~");
        mark(HOST, "-._~");
        for (int c = 0; c < 128; c++) {
            if (isAlpha(c) || isDigit(c)) {
                CLASSES[c] |= TOKEN | HOST;
            }
        }
        mark(FIELD_VALUE, "\t ");
        for (int c = 0x21; c <= 0xFF; c++) {
            if (c != 0x7F) {
                CLASSES[c] |= FIELD_VALUE;
            }
        }
    }

    private HttpChars() {
    }

    private static void mark(byte charClass, String chars) {
        for (int i = 0; i < chars.length(); i++) {
            CLASSES[chars.charAt(i)] |= charClass;
        }
    }

    static boolean isAlpha(int c) {
        return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    }

    static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    static boolean isVisible(int c) {
        return c > 0x20 && c < 0x7F;
    }

    static boolean isTokenChar(int c) {
        return c >= 0 && c < 256 && (CLASSES[c] & TOKEN) != 0;
    }

    /** Visible, obs-text, space or tab: what may stand inside a field value. */
    static boolean isFieldValueChar(int c) {
        return c >= 0 && c < 256 && (CLASSES[c] & FIELD_VALUE) != 0;
    }

    static boolean isHostChar(int c) {
        return c >= 0 && c < 256 && (CLASSES[c] & HOST) != 0;
    }

    static boolean isToken(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isTokenChar(text.charAt(i))) {
                return false;
            }
        }
        return text.length() > 0;
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hexValue(int c) {
        if (isDigit(c)) {
            return c - '0';
        }
        final int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /** Lower case for A to Z only, so that no letter outside ASCII ever equals one inside it. */
    static int lower(int c) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    static boolean equalsIgnoreCase(CharSequence a, CharSequence b) {
        if (a.length() != b.length()) {
            return false;
        }
        for (int i = 0; i < a.length(); i++) {
            if (lower(a.charAt(i)) != lower(b.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** {@code text} without spaces and tabs at both ends. */
    static String trim(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    static boolean isBlank(int c) {
        return c == ' ' || c == '\t';
    }
}

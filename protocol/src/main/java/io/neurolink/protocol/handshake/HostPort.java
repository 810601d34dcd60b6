package io.neurolink.protocol.handshake;

/**
 * {@code uri-host [ ":" port ]} of RFC 9110 section 7.2, its names narrowed to letters, digits and {@code -._~}: nothing that two readers
 * could take for two hosts.
 *
 * @param host as written, an IPv6 literal with its brackets
 * @param port 0 to 65535, or {@link #NO_PORT}
 */
record HostPort(String host, int port) {
    static final int NO_PORT = -1;

    private static final int INVALID_PORT = -2;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_HOST_LENGTH = 255;

    /** {@code null} if the text is not a host with an optional port, or the host is empty. */
    static HostPort parse(String text) {
        final int hostEnd = endOfHost(text);
        final int port = parsePort(text, hostEnd);
        return port == INVALID_PORT ? null : new HostPort(text.substring(0, hostEnd), port);
    }

    /** Whether {@link #parse} would find a host. */
    static boolean isValid(String text) {
        return parsePort(text, endOfHost(text)) != INVALID_PORT;
    }

    private static int endOfHost(String text) {
        return text.startsWith("[") ? endOfLiteral(text) : endOfName(text);
    }

    private static int endOfName(String text) {
        int end = 0;
        while (end < text.length() && HttpChars.isHostChar(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int endOfLiteral(String text) {
        final int close = text.indexOf(']');
        if (close < 3) {
            return -1;
        }
        for (int i = 1; i < close; i++) {
            final char c = text.charAt(i);
            if (HttpChars.hexValue(c) < 0 && c != ':' && c != '.') {
                return -1;
            }
        }
        return close + 1;
    }

    /** What stands behind the host; invalid without one. */
    private static int parsePort(String text, int colon) {
        if (colon <= 0 || colon > MAX_HOST_LENGTH) {
            return INVALID_PORT;
        }
        if (colon == text.length()) {
            return NO_PORT;
        }
        if (text.charAt(colon) != ':' || text.length() - colon > 6) {
            return INVALID_PORT;
        }
        if (colon + 1 == text.length()) {
            return NO_PORT;
        }
        int port = 0;
        for (int i = colon + 1; i < text.length(); i++) {
            if (!HttpChars.isDigit(text.charAt(i))) {
                return INVALID_PORT;
            }
            port = port * 10 + text.charAt(i) - '0';
        }
        return port > MAX_PORT ? INVALID_PORT : port;
    }

    int portOr(int defaultPort) {
        return port == NO_PORT ? defaultPort : port;
    }
}

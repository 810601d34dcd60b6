package io.neurolink.protocol.handshake;

/** Comparing the {@code Origin} of a browser (RFC 6454) with where it connects to: the guard against cross-site WebSocket hijacking. */
public final class Origins {
    private Origins() {
    }

    private record Origin(String scheme, String host, int port) {
    }

    /**
     * {@return whether a page of {@code origin} connects to its own host and port} A port left out means the default of the origin's scheme
     * on both sides, so that it also holds behind a proxy that ends TLS. Only http, https, ws and wss have hosts of that kind.
     *
     * @param origin value of the {@code Origin} header; the opaque origin {@code null} is nobody's
     * @param host   value of the {@code Host} header, see {@link HttpRequestHead#host()}; {@code null} is nobody's
     */
    public static boolean isSameHost(String origin, String host) {
        final Origin from = parse(origin);
        final HostPort to = host == null ? null : HostPort.parse(host);
        return from != null && to != null && defaultPort(from.scheme) != HostPort.NO_PORT
            && HttpChars.equalsIgnoreCase(from.host, to.host())
            && from.port == to.portOr(defaultPort(from.scheme));
    }

    /**
     * {@return whether two origins are the same: scheme, host without regard to case, and port} False if one of them is not an origin.
     *
     * @param a one origin
     * @param b the other
     */
    public static boolean isSameOrigin(String a, String b) {
        final Origin first = parse(a);
        final Origin second = parse(b);
        return first != null && second != null
            && HttpChars.equalsIgnoreCase(first.scheme, second.scheme)
            && HttpChars.equalsIgnoreCase(first.host, second.host)
            && first.port == second.port;
    }

    /**
     * {@return whether the text is an origin with a host: {@code scheme://host[:port]}, nothing before or after}
     *
     * @param text the text
     */
    public static boolean isOrigin(String text) {
        return parse(text) != null;
    }

    private static Origin parse(String text) {
        final int schemeEnd = text == null ? -1 : text.indexOf("://");
        if (schemeEnd < 1 || !isScheme(text.substring(0, schemeEnd))) {
            return null;
        }
        final String scheme = text.substring(0, schemeEnd);
        final HostPort hostPort = HostPort.parse(text.substring(schemeEnd + 3));
        return hostPort == null ? null : new Origin(scheme, hostPort.host(), hostPort.portOr(defaultPort(scheme)));
    }

    private static boolean isScheme(String text) {
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (!HttpChars.isAlpha(c) && (i == 0 || !HttpChars.isDigit(c) && c != '+' && c != '-' && c != '.')) {
                return false;
            }
        }
        return true;
    }

    private static int defaultPort(String scheme) {
        if (HttpChars.equalsIgnoreCase(scheme, "https") || HttpChars.equalsIgnoreCase(scheme, "wss")) {
            return 443;
        }
        final boolean isHttp = HttpChars.equalsIgnoreCase(scheme, "http") || HttpChars.equalsIgnoreCase(scheme, "ws");
        return isHttp ? 80 : HostPort.NO_PORT;
    }
}

package io.neurolink.engine.client;

import java.net.URI;
import java.util.Locale;
import java.util.Objects;

/**
 * A WebSocket URI (RFC 6455 section 3) in the parts a connection needs.
 *
 * @param isSecure whether it is {@code wss}
 * @param host     name or address literal, without brackets
 * @param port     1 to 65535
 * @param hostHeader value of the {@code Host} header
 * @param path     path, decoded
 * @param target   path and query as they stand in the request
 */
record ServerAddress(boolean isSecure, String host, int port, String hostHeader, String path, String target) {
    private static final int MAX_PORT = 65_535;

    /** @throws IllegalArgumentException if it is no WebSocket URI; the message says why. */
    static ServerAddress of(URI uri) {
        String scheme = Objects.requireNonNull(uri, "uri").getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        require(scheme.equals("ws") || scheme.equals("wss"), uri, "must begin with ws:// or wss://");
        require(uri.getHost() != null, uri, "must name a host");
        require(uri.getRawUserInfo() == null, uri, "must not hold credentials: send them in a header");
        require(uri.getRawFragment() == null, uri, "must not have a fragment (RFC 6455 section 3)");
        boolean isSecure = scheme.equals("wss");
        int defaultPort = isSecure ? 443 : 80;
        int port = uri.getPort() < 0 ? defaultPort : uri.getPort();
        require(port >= 1 && port <= MAX_PORT, uri, "must have a port from 1 to " + MAX_PORT);
        String literal = uri.getHost();
        String host = literal.startsWith("[") ? literal.substring(1, literal.length() - 1) : literal;
        require(host.indexOf('%') < 0, uri, "must not have an address with a zone");
        URI ascii = URI.create(uri.toASCIIString());
        String rawPath = ascii.getRawPath().isEmpty() ? "/" : ascii.getRawPath();
        return new ServerAddress(isSecure, host, port, port == defaultPort ? literal : literal + ":" + port,
                uri.getPath().isEmpty() ? "/" : uri.getPath(), ascii.getRawQuery() == null ? rawPath : rawPath + "?" + ascii.getRawQuery());
    }

    /** @return host and port, as a proxy is told of them. */
    String authority() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static void require(boolean condition, URI uri, String rule) {
        if (!condition) {
            throw new IllegalArgumentException("the address of a WebSocket " + rule + ": " + withoutSecrets(uri));
        }
    }

    /** Credentials and queries may be secrets. */
    private static String withoutSecrets(URI uri) {
        return uri.getScheme() + ":" + (uri.getHost() == null ? "" : "//" + uri.getHost());
    }
}
